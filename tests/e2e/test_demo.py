"""The demo as a newcomer runs it: through the command line, on an embedded cloud of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from local.cloud.paths import ROOT
from local.cloud.processes import LAUNCHER
from tests.support.call_logs import shared_data

SETTINGS = ("CALLS", "SPEED", "AGENTS", "SEED", "HEADLESS", "DAY", "PROVIDER", "MEDIA")
PYTHON_PATH = os.pathsep.join([str(ROOT), str(ROOT / "layers" / "centralino" / "python")])


def start(build: Path, **settings: str) -> subprocess.Popen[str]:
    """Start the command as the Makefile does: settings in the environment."""
    environment = {k: v for k, v in os.environ.items() if k not in SETTINGS}
    environment |= {"PYTHONPATH": PYTHON_PATH, "HEADLESS": "1", **settings}
    return subprocess.Popen(
        [sys.executable, "-m", "cli.main", "demo", "--json", "--build", str(build)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A run in the background ignores interruptions, and would hand that on.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )


def demo(build: Path, timeout: float, **settings: str) -> dict[str, Any]:
    """Run the command to its end and return the report it wrote."""
    process = start(build, **settings)
    try:
        out, err = process.communicate(timeout=timeout)
    except BaseException:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        raise
    assert process.returncode == 0, err
    report: dict[str, Any] = json.loads((build / "demo-report.json").read_text())
    assert json.loads(out) == report
    return report


def check(report: dict[str, Any], build: Path, calls: int) -> None:
    """Hold a report against what every run must show."""
    assert report["passed"] is True
    assert [i["name"] for i in report["invariants"] if not i["holds"]] == []
    assert report["entered"] == report["offered"] + report["self_served"] == calls
    assert report["offered"] == report["answered"] + report["abandoned"]
    assert (report["lost"], report["double_assigned"], report["open_at_end"]) == (0, 0, 0)
    with (build / "demo-events.jsonl").open() as lines:
        events = [json.loads(line) for line in lines]
    distinct = {event["detail"]["metadata"]["event_id"] for event in events}
    assert len(distinct) == report["events_published"] == report["events_expected"]


@pytest.mark.timeout(600)
def test_a_short_day_from_an_empty_cloud_to_the_report(tmp_path: Path) -> None:
    report = demo(tmp_path, 570, CALLS="20", SPEED="30", SEED="5")
    check(report, tmp_path, 20)
    assert report["answered"] > 0
    assert report["asa_s"] == pytest.approx(report["asa_raw_s"] * 30, rel=0.01)
    assert report["aht_s"] == pytest.approx(report["aht_raw_s"] * 30, rel=0.01)
    # Eight conditional writes at the least, two of them in a transaction; see the budget.
    assert 8 < report["write_units_per_call"] < 30


@pytest.mark.timeout(600)
def test_the_same_day_between_pages_is_as_complete_and_is_heard(tmp_path: Path) -> None:
    # Slower than the day of telephones: two pages need several turns to find each other.
    report = demo(tmp_path, 570, CALLS="10", SPEED="12", SEED="5", PROVIDER="webvoice", MEDIA="0.5")
    check(report, tmp_path, 10)
    assert report["provider"] == "webvoice"
    assert report["answered"] > 0
    # Sound takes its time to be heard in: of a very short talk nothing may have come.
    assert 0 < report["calls_heard"] <= report["calls_with_sound"]
    assert report["carrier_alerts"] == 0, "every prompt is a file, and no page errs"
    with (tmp_path / "demo-events.jsonl").open() as lines:
        events = [json.loads(line) for line in lines]
    started = [e["detail"]["data"] for e in events if e["detail-type"] == "ContactStarted"]
    assert {data["line"] for data in started} == {"web"}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("setting", [{"PROVIDER": "carrier pigeon"}, {"MEDIA": "2"}])
def test_a_setting_that_is_no_good_is_told_in_one_line(
    tmp_path: Path, setting: dict[str, str]
) -> None:
    process = start(tmp_path, **setting)
    _, err = process.communicate(timeout=50)
    assert process.returncode == 2
    (name,) = setting
    assert [line for line in err.splitlines() if line.strip()] == [err.strip()]
    assert err.startswith(f"centralino: {name} must be")


@pytest.mark.timeout(200)
def test_an_interrupted_demo_leaves_no_process_behind(tmp_path: Path) -> None:
    process = start(tmp_path, CALLS="20", SPEED="1")
    try:
        launched = _eventually(lambda: _children(process.pid), 90)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, err
    assert "interrupted" in err.splitlines()[-1]
    assert _eventually(lambda: not any(map(_alive, launched)), 10)
    assert not (tmp_path / "demo-report.json").exists()


@pytest.mark.full
@pytest.mark.timeout(3_000)
def test_the_real_tuesday_every_call_accounted_for(tmp_path: Path) -> None:
    day = shared_data() / "golden_day_990209.csv"
    report = demo(tmp_path, 2_900, DAY=str(day), SPEED="120", AGENTS="16")
    check(report, tmp_path, 1_424)
    # 38 callers never queued; of the others, those who hung up may be answered in time here.
    assert report["abandoned_ivr"] == 38
    assert report["self_served"] == 0


def _children(parent: int) -> list[int]:
    """Return the emulators started by a process."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            command = stat.with_name("cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if int(fields[1]) == parent and LAUNCHER in command:
            found.append(int(stat.parent.name))
    return found


def _alive(pid: int) -> bool:
    try:
        return LAUNCHER.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _eventually(found: Any, within: float) -> Any:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        value = found()
        if value:
            return value
        time.sleep(0.2)
    return found()
