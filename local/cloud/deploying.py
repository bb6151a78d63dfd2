"""Deploys the product to a running embedded cloud, with the plain CDK command line.

Decides the order: bootstrap once per cloud, synthesize (from the cache when nothing changed),
deploy every stack, read the outputs. The stacks are those of AWS; nothing is created by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from local.cloud.assembly import synthesize
from local.cloud.cdk import run_cdk
from local.cloud.clients import ACCOUNT, client
from local.cloud.cloud import REGION
from local.cloud.deployment import Deployment, read_outputs
from local.cloud.errors import DeploymentError
from local.cloud.paths import LOCAL
from local.cloud.progress import Progress

_BOOTSTRAP_STACK = "CDKToolkit"
# Stacks that do not depend on each other go up together; more only queue in the emulator.
_CONCURRENCY = 4
SPEECH_PORT_OFFSET = 20


def deploy(
    endpoint: str,
    *,
    context: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    outputs_file: Path | None = None,
) -> Deployment:
    """Deploy every stack to the cloud at `endpoint` and return what they left.

    Safe to repeat: an unchanged stack is left alone, a changed one is updated in place.

    Parameters
    ----------
    context
        Further CDK context, such as `{"twilio_api_url": "http://127.0.0.1:4580"}`.
    outputs_file
        Where the command writes its outputs; under `.local/` unless given.

    Raises
    ------
    SynthesisError, DeploymentError
        When a command fails; the message has the end of its output.
    OutputsError
        When the stacks lack an output this side relies on.
    """
    progress = progress or Progress(quiet=True)
    outputs = outputs_file or LOCAL / f"outputs-{endpoint.rpartition(':')[2]}.json"
    outputs.parent.mkdir(parents=True, exist_ok=True)
    own = {"target": "embedded", "endpoint": endpoint, "polly_url": speech_url(endpoint)}
    assembly = synthesize({**own, **(context or {})}, progress)
    if not _bootstrapped(endpoint):
        with progress.step("Bootstrapping the account"):
            run_cdk(
                ["bootstrap", f"aws://{ACCOUNT}/{REGION}", "--app", str(assembly)],
                error=DeploymentError,
                endpoint=endpoint,
            )
    with progress.step("Deploying the stacks"):
        outputs.unlink(missing_ok=True)
        run_cdk(
            [
                "deploy", "--all", "--app", str(assembly),
                "--require-approval", "never",
                "--outputs-file", str(outputs),
                "--concurrency", str(_CONCURRENCY),
                # A change set per stack would be read by nobody and polled for.
                "--method", "direct",
                "--progress", "events",
            ],
            error=DeploymentError,
            endpoint=endpoint,
        )  # fmt: skip
    return read_outputs(outputs, endpoint)


def speech_url(endpoint: str) -> str:
    """Return where the product of a cloud looks for its voice (`local.speech`).

    It follows from the cloud's own port, so that one synthesized assembly serves again.
    """
    address = urlsplit(endpoint)
    return f"http://{address.hostname}:{(address.port or 0) + SPEECH_PORT_OFFSET}"


def _bootstrapped(endpoint: str) -> bool:
    try:
        client("cloudformation", endpoint).describe_stacks(StackName=_BOOTSTRAP_STACK)
    except ClientError:
        return False
    return True
