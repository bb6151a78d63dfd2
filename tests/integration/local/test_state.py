"""`up`, `status` and `down`: the one cloud a checkout keeps between commands."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from local.cloud import state
from local.cloud.cloud import health
from local.cloud.deployment import Deployment, Identity, Prompts, Queues, Secrets, Tables
from local.cloud.errors import CloudNotRunning, DeploymentError
from local.cloud.processes import is_launcher
from local.cloud.progress import Progress

QUIET = Progress(quiet=True)


def _deployment(endpoint: str) -> Deployment:
    return Deployment(
        endpoint=endpoint,
        http_api_url=f"{endpoint}/_aws/execute-api/a/$default",
        websocket_url="ws://127.0.0.1/_aws/execute-api/b/local",
        tables=Tables("contacts", "agents", "config", "ops"),
        queues=Queues("nudges", "nudges-dead", "timers", "timers-dead"),
        identity=Identity("pool", "web", "robots"),
        secrets=Secrets("twilio", "identity"),
        prompts=Prompts("prompts", "http://127.0.0.1:1/prompts"),
        event_bus="centralino",
        functions={"routing": "Routing"},
    )


@pytest.fixture(autouse=True)
def own_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A state file of this test, and no `cdk` run: deploying has tests of its own."""
    monkeypatch.setattr(state, "STATE_FILE", tmp_path / "cloud.json")
    monkeypatch.setattr(state, "CLOUD_DIRECTORY", tmp_path / "cloud")

    def deploy(
        endpoint: str, *, context: Mapping[str, str] | None, progress: Progress
    ) -> Deployment:
        if context and "fail" in context:
            raise DeploymentError("cdk deploy failed")
        return _deployment(endpoint)

    monkeypatch.setattr(state, "deploy", deploy)
    yield
    state.down()


def test_a_cloud_is_kept_found_and_stopped() -> None:
    assert state.status() is None
    started = state.up(progress=QUIET)
    assert health(started.endpoint) is not None
    assert state.status() == started
    assert state.require_deployment() == _deployment(started.endpoint)
    assert state.up(progress=QUIET).pid == started.pid
    assert state.down() is True
    assert not is_launcher(started.pid)
    assert started.log.exists()
    assert state.status() is None
    assert state.down() is False


def test_a_failed_deployment_leaves_a_cloud_that_can_be_stopped() -> None:
    with pytest.raises(DeploymentError):
        state.up(context={"fail": "yes"}, progress=QUIET)
    running = state.status()
    assert running is not None
    assert running.deployment is None
    with pytest.raises(CloudNotRunning, match="nothing is deployed"):
        state.require_deployment()
    assert state.down() is True


def test_a_process_id_that_was_reused_is_left_alone(tmp_path: Path) -> None:
    # Process 1 stands for a stranger: it lives, and it is no emulator.
    recorded = {
        "pid": 1,
        "endpoint": "http://127.0.0.1:9",
        "log": str(tmp_path / "log"),
        "deployment": None,
    }
    (tmp_path / "cloud.json").write_text(json.dumps(recorded))
    assert state.status() is None
    assert state.down() is False
    with pytest.raises(CloudNotRunning, match="not running"):
        state.require_deployment()


def test_the_state_survives_writing_and_reading() -> None:
    deployment = _deployment("http://127.0.0.1:4570")
    assert Deployment.from_json(json.loads(json.dumps(deployment.as_json()))) == deployment
