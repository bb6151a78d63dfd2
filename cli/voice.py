"""The words of a deployment's lines, spoken before the first call.

Decides how it is shown, and that it never stops a command: what could not be spoken now is spoken
when it is first said, and until then pages show the words.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import cache, partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from centralino.adapters.prompts import PollyPrompts
from centralino.adapters.threads import ThreadFanOut
from centralino.application import prerendering
from centralino.domain.errors import TransientDependency
from centralino.domain.telephony.actions import Say
from cli import outputs

#: Requests at once; Polly takes eight a second of a neural voice.
_TOGETHER = 4


def prerender(words: Sequence[Say]) -> None:
    """Have words spoken and the waiting music written, with a bar while it lasts."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    prompts = _prompts()
    if prompts is None:
        print(
            "centralino: what is deployed has no place for prompts: deploy again", file=sys.stderr
        )
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    try:
        prompts.keep_music()
        with bar:
            task = bar.add_task("speaking the prompts", total=len(words))
            silent = prerendering.render(
                prompts, words, lambda: bar.advance(task), ThreadFanOut(_TOGETHER)
            )
    except TransientDependency as error:
        print(
            f"centralino: the voice cannot be reached, nothing was spoken: {error}", file=sys.stderr
        )
        return
    if silent:
        told = f"{silent} of {len(words)} prompts could not be spoken"
        print(f"centralino: {told}; they are when they are first said", file=sys.stderr)


def _prompts() -> PollyPrompts | None:
    found = outputs.read()
    bucket, url = found.get("PromptsBucketName"), found.get("PromptsUrl")
    if not bucket or not url:
        return None
    if "PromptsKeyArn" not in found:
        return None
    key = partial(_key, found["PromptsKeyArn"])
    return PollyPrompts(lambda: _client("s3"), lambda: _client("polly"), bucket, url, key)


@cache
def _key(arn: str) -> bytes:
    """Return the key of the files' names; what speaks them at calls has the same one."""
    try:
        answer = _client("secretsmanager").get_secret_value(SecretId=arn)
    except (ClientError, BotoCoreError) as error:
        raise TransientDependency(f"the key of the prompts cannot be read: {error}") from error
    return str(answer["SecretString"]).encode()


@cache
def _client(service: str) -> Any:
    embedded = os.environ.get("AWS_ENDPOINT_URL")
    if service == "polly" and embedded:
        from local.cloud.deploying import speech_url

        # The SDK's own variable for the endpoint of one service.
        os.environ.setdefault("AWS_ENDPOINT_URL_POLLY", speech_url(embedded))
    return outputs.client(service)
