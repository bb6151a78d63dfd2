"""The CDK command line, as installed by npm.

Decides the environment the command runs in: nothing of the caller's AWS settings, a home of
its own, no network but the endpoint. Never builds anything itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from local.cloud.clients import ACCESS_KEY, SECRET_KEY
from local.cloud.cloud import REGION
from local.cloud.errors import EmbeddedCloudError
from local.cloud.paths import CDK_CLI, LOCAL, ROOT

_SHOWN_LINES = 25


def run_cdk(
    arguments: Sequence[str],
    *,
    error: type[EmbeddedCloudError],
    endpoint: str | None = None,
) -> str:
    """Run `cdk` with `arguments` and return what it wrote.

    Parameters
    ----------
    error
        What to raise when the command fails; its message has the last lines of the output.
    endpoint
        Address every AWS call goes to. Without one the command makes no AWS call.
    """
    if not CDK_CLI.exists():
        raise error("the CDK command line is missing: run `npm ci`")
    result = subprocess.run(
        [str(CDK_CLI), *arguments, "--no-notices", "--ci", "--no-color"],
        cwd=ROOT,
        env=_environment(endpoint),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        shown = "\n".join(result.stdout.strip().splitlines()[-_SHOWN_LINES:])
        raise error(f"cdk {arguments[0]} failed:\n{shown}")
    return result.stdout


def _environment(endpoint: str | None) -> dict[str, str]:
    # The command caches account numbers by access key in its home: a home of its own keeps
    # the emulator's answers apart from the user's.
    home = LOCAL / "cdk-home"
    home.mkdir(parents=True, exist_ok=True)
    interpreter = Path(sys.executable).parent
    environment = {
        # The application is started as `python`: it must be this one.
        "PATH": os.pathsep.join([str(interpreter), os.environ.get("PATH", os.defpath)]),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DISABLE_VERSION_CHECK": "1",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
    }
    for name in ("TMPDIR", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"):
        if name in os.environ:
            environment[name] = os.environ[name]
    if endpoint is not None:
        environment["AWS_ENDPOINT_URL"] = endpoint
    return environment
