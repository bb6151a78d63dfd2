"""The one embedded cloud of a checkout that outlives the command which started it.

Decides when a recorded cloud counts as running. `up` may be repeated: it deploys again to the
cloud that runs. Clouds started with `EmbeddedCloud` for tests are not recorded here.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.cloud.cloud import EmbeddedCloud, is_running
from local.cloud.deploying import deploy
from local.cloud.deployment import Deployment
from local.cloud.errors import CloudNotRunning
from local.cloud.paths import CLOUD_DIRECTORY, STATE_FILE
from local.cloud.processes import end_group
from local.cloud.progress import Progress

_GRACE = 5.0


@dataclass(frozen=True)
class CloudStatus:
    """A running cloud; `deployment` is None while nothing has been deployed to it."""

    pid: int
    endpoint: str
    log: Path
    deployment: Deployment | None

    def as_json(self) -> dict[str, Any]:
        """Plain values, as written to the state file."""
        return {
            "pid": self.pid,
            "endpoint": self.endpoint,
            "log": str(self.log),
            "deployment": self.deployment.as_json() if self.deployment else None,
        }


def up(
    *,
    port: int | None = None,
    context: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> CloudStatus:
    """Start the checkout's cloud unless it runs, and deploy the product to it.

    Parameters
    ----------
    port
        Where a new cloud listens; a running one keeps its port.
    context
        Further CDK context, such as `{"twilio_api_url": ...}`.
    progress
        Where status lines go; standard error unless given.

    Raises
    ------
    EmbeddedCloudError
        When starting, synthesizing or deploying fails. A cloud that was started stays up, so
        that its log can be read and `up` repeated.
    """
    progress = progress or Progress()
    running = status()
    if running is None:
        shutil.rmtree(CLOUD_DIRECTORY, ignore_errors=True)
        cloud = EmbeddedCloud(
            port=port, directory=CLOUD_DIRECTORY, detached=True, progress=progress
        ).start()
        running = CloudStatus(cloud.pid, cloud.endpoint, cloud.log_path, None)
        _record(running)
    deployment = deploy(running.endpoint, context=context, progress=progress)
    deployed = CloudStatus(running.pid, running.endpoint, running.log, deployment)
    _record(deployed)
    return deployed


def down() -> bool:
    """Stop the checkout's cloud and forget it; False when none was running.

    The log stays until the next `up`.
    """
    recorded = _recorded()
    STATE_FILE.unlink(missing_ok=True)
    if recorded is None or not is_running(recorded.pid, recorded.endpoint):
        return False
    end_group(recorded.pid, _GRACE)
    shutil.rmtree(CLOUD_DIRECTORY / "tmp", ignore_errors=True)
    return True


def status() -> CloudStatus | None:
    """The checkout's cloud, or None when it does not run."""
    recorded = _recorded()
    if recorded is None or not is_running(recorded.pid, recorded.endpoint):
        return None
    return recorded


def require_deployment() -> Deployment:
    """What is deployed to the checkout's running cloud.

    Raises
    ------
    CloudNotRunning
        If it does not run, or nothing has been deployed to it.
    """
    running = status()
    if running is None:
        raise CloudNotRunning("the embedded cloud is not running: start it with `local up`")
    if running.deployment is None:
        raise CloudNotRunning("nothing is deployed to the embedded cloud: repeat `local up`")
    return running.deployment


def _record(state: CloudStatus) -> None:
    STATE_FILE.parent.mkdir(parents=True, exist_ok=True)
    partial = STATE_FILE.with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps(state.as_json(), indent=2) + "\n")
    partial.replace(STATE_FILE)


def _recorded() -> CloudStatus | None:
    try:
        value = json.loads(STATE_FILE.read_text())
    except FileNotFoundError:
        return None
    deployment = value["deployment"]
    return CloudStatus(
        pid=value["pid"],
        endpoint=value["endpoint"],
        log=Path(value["log"]),
        deployment=Deployment.from_json(deployment) if deployment else None,
    )
