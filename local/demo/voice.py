"""The voice of the demo: the laptop's speech server, and the words that are known beforehand.

Decides that those are spoken before the first call, as ``centralino config apply`` does.
"""

from __future__ import annotations

from functools import cache, partial
from urllib.parse import urlsplit

from centralino.adapters.prompts import PollyPrompts
from centralino.adapters.threads import ThreadFanOut
from centralino.application import prerendering
from centralino.domain.configuration.model import Configuration
from local.cloud import Deployment, client
from local.cloud.deploying import speech_url
from local.demo.errors import SetupError


def speech_port(endpoint: str) -> int:
    """Return where the speech server of a cloud listens."""
    return urlsplit(speech_url(endpoint)).port or 0


def prompts(deployment: Deployment, speech_url: str) -> PollyPrompts:
    """Return the product's prompts, spoken by a speech server."""
    endpoint = deployment.endpoint
    return PollyPrompts(
        lambda: client("s3", endpoint),
        lambda: client("polly", speech_url),
        deployment.prompts.bucket,
        deployment.prompts.url,
        partial(_key_of, endpoint, deployment.prompts.key),
    )


@cache
def _key_of(endpoint: str, arn: str) -> bytes:
    answer = client("secretsmanager", endpoint).get_secret_value(SecretId=arn)
    return str(answer["SecretString"]).encode()


def prerender(deployment: Deployment, speech_url: str, rules: Configuration) -> int:
    """Have the music written and every fixed word spoken; return how many words there are.

    Raises
    ------
    SetupError
        Some could not be spoken.
    """
    made = prompts(deployment, speech_url)
    made.keep_music()
    words = prerendering.fixed_words(rules)
    silent = prerendering.render(made, words, fan_out=ThreadFanOut(4))
    if silent:
        raise SetupError(f"{silent} of {len(words)} prompts could not be spoken")
    return len(words)
