"""One emulator process: where it listens, what it passes on, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from local.cloud import EmbeddedCloud, client
from local.cloud.cloud import HOST, health
from local.cloud.errors import CloudStartError
from local.cloud.paths import ROOT
from local.cloud.processes import is_launcher
from tests.integration.local.probe_function import create_probe


def _invoke(cloud: EmbeddedCloud, event: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = client("lambda", cloud.endpoint).invoke(
        FunctionName="probe", Payload=json.dumps(event or {})
    )
    result: dict[str, Any] = json.load(answer["Payload"])
    return result


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/status")
    return not (status.exists() and "State:\tZ" in status.read_text())


def _eventually(condition: Any, timeout: float = 10.0) -> bool:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_two_clouds_live_side_by_side_and_share_nothing() -> None:
    with EmbeddedCloud() as first, EmbeddedCloud() as second:
        assert first.endpoint != second.endpoint
        client("sqs", first.endpoint).create_queue(QueueName="only-here")
        assert not client("sqs", second.endpoint).list_queues().get("QueueUrls")


def test_it_listens_on_loopback_only() -> None:
    with EmbeddedCloud() as cloud:
        port = int(cloud.endpoint.rpartition(":")[2])
        with socket.socket() as other:
            # Binding a second loopback address to the port fails if the first took them all.
            other.bind(("127.0.0.2", port))


def test_a_taken_port_is_refused_by_name() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CloudStartError, match=f"port {port} is already in use"):
            EmbeddedCloud(port=port).start()


def test_functions_see_nothing_of_the_callers_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a real one")
    monkeypatch.setenv("CENTRALINO_LEAK", "yes")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with EmbeddedCloud() as cloud:
        create_probe(client("lambda", cloud.endpoint), "probe")
        environment = _invoke(cloud)["environment"]
        assert environment["AWS_ENDPOINT_URL"] == cloud.endpoint
        assert environment["AWS_SESSION_TOKEN"] == ""
        assert not {"AWS_PROFILE", "CENTRALINO_LEAK", "PYTHONPATH"} & set(environment)
        assert environment["HOME"] != os.environ["HOME"]


def test_stopping_ends_the_emulator_and_its_workers_and_leaves_no_files() -> None:
    cloud = EmbeddedCloud().start()
    create_probe(client("lambda", cloud.endpoint), "probe")
    worker, emulator, endpoint = _invoke(cloud)["pid"], cloud.pid, cloud.endpoint
    directory = cloud.log_path.parent
    assert _lives(worker)
    cloud.stop()
    assert not is_launcher(emulator)
    assert _eventually(lambda: not _lives(worker))
    assert health(endpoint) is None
    assert not directory.exists()
    cloud.stop()


def test_a_deaf_emulator_is_killed_after_the_grace() -> None:
    cloud = EmbeddedCloud().start()
    emulator = cloud.pid
    os.kill(emulator, signal.SIGSTOP)
    started = time.monotonic()
    cloud.stop(grace=0.3)
    assert not is_launcher(emulator)
    assert time.monotonic() - started < 3


def test_it_ends_with_the_process_that_started_it_even_if_that_is_killed() -> None:
    script = (
        "import sys, time\n"
        "from local.cloud import EmbeddedCloud\n"
        "cloud = EmbeddedCloud().start()\n"
        "print(cloud.pid, cloud.log_path.parent, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    words = parent.stdout.readline().split()
    emulator, directory = int(words[0]), Path(words[1])
    assert directory.is_dir()
    assert is_launcher(emulator)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert _eventually(lambda: not is_launcher(emulator))
    assert not directory.exists()


def test_an_emulator_that_answers_in_place_of_ours_is_not_taken_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with EmbeddedCloud() as first:
        taken = int(first.endpoint.rpartition(":")[2])
        monkeypatch.setattr(EmbeddedCloud, "_candidate_ports", lambda self: [taken])
        with pytest.raises(CloudStartError, match="already in use"):
            EmbeddedCloud().start()
        assert health(first.endpoint) is not None


def test_a_start_that_fails_shows_the_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("local.cloud.cloud.LAUNCHER", "local.cloud.no_such_module")
    with pytest.raises(CloudStartError, match="no_such_module"):
        EmbeddedCloud(directory=tmp_path).start()


def test_a_failing_function_answers_and_serves_again() -> None:
    with EmbeddedCloud() as cloud:
        create_probe(client("lambda", cloud.endpoint), "probe")
        assert "asked to fail" in json.dumps(_invoke(cloud, {"fail": True}))
        assert _invoke(cloud)["event"] == {}
