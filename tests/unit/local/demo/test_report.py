"""The report: figures from the events, wall time stretched by the speed, the file's fields."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from local.demo import report
from local.demo.report import Report, make_report
from local.demo.settings import DemoSettings
from tests.unit.local.demo.good_run import good_run

REQUIRED = {
    "entered",
    "offered",
    "answered",
    "abandoned",
    "abandoned_ivr",
    "self_served",
    "lost",
    "double_assigned",
    "open_at_end",
    "events_expected",
    "events_published",
    "asa_s",
    "asa_raw_s",
    "service_level_20s",
    "aht_s",
    "aht_raw_s",
    "write_units_per_call",
    "wall_s",
    "invariants",
}


def made(speed: float = 10.0) -> Report:
    return make_report(
        good_run().evidence(),
        DemoSettings(speed=speed),
        wall_s=12.5,
        calls_wall_s=10.0,
    )


def test_the_figures_are_those_of_the_events() -> None:
    written = made().as_json()
    assert written.keys() >= REQUIRED
    assert (written["entered"], written["offered"], written["self_served"]) == (5, 4, 1)
    assert (written["answered"], written["abandoned"], written["abandoned_ivr"]) == (2, 2, 1)
    assert (written["lost"], written["double_assigned"], written["open_at_end"]) == (0, 0, 0)
    assert written["events_published"] == written["events_expected"] > 30
    assert written["passed"] is True


def test_times_are_wall_seconds_stretched_by_the_speed() -> None:
    written = made(speed=10).as_json()
    # The first waits 100 ms for the offer and 500 ms to be connected; the second waits for
    # 2 s (missed), 2 s and 5 ms (talk), 1 s and 5 ms (wrap-up), 10 ms, then 500 ms.
    assert written["asa_raw_s"] == pytest.approx((0.6 + 5.52) / 2)
    assert written["asa_s"] == pytest.approx(written["asa_raw_s"] * 10)
    assert written["aht_s"] == pytest.approx(written["aht_raw_s"] * 10)


def test_the_target_of_the_service_level_is_a_time_of_the_day() -> None:
    slow, fast = made(speed=10).as_json(), made(speed=40).as_json()
    # 20 s at ten times the speed are 2 s of wall clock: one of four in time. At forty, 0.5 s.
    assert slow["service_level_20s"] == 0.25
    assert fast["service_level_20s"] == 0.0
    assert slow["service_level_20s_raw"] == fast["service_level_20s_raw"] == 0.5


def test_a_lost_call_and_a_double_assignment_are_counted() -> None:
    evidence = good_run().evidence()
    timed_out = [e for e in evidence.events if e["detail-type"] == "OfferTimedOut"]
    spoilt = replace(
        evidence,
        calls=(*evidence.calls, "CA" + "f" * 32),
        events=[e for e in evidence.events if e not in timed_out],
    )
    written = make_report(
        spoilt, DemoSettings(), wall_s=1.0, calls_wall_s=1.0, carrier_alerts=0
    ).as_json()
    assert written["lost"] == 1
    assert written["double_assigned"] > 0
    assert written["passed"] is False
    assert any(not i["holds"] and i["broken"] for i in written["invariants"])


def test_it_is_written_as_a_file_and_shown_as_tables(tmp_path: Path) -> None:
    path = tmp_path / "build" / "demo-report.json"
    report.write(made(), path)
    assert json.loads(path.read_text()) == made().as_json()
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    screen = io.StringIO()
    report.show(made(), Console(file=screen, width=120))
    assert "ASA" in screen.getvalue()
    assert "every invariant holds" in screen.getvalue()


def test_figures_without_a_denominator_are_null() -> None:
    evidence = replace(good_run().evidence(), events=[])
    written = make_report(
        evidence, DemoSettings(), wall_s=1.0, calls_wall_s=1.0, carrier_alerts=0
    ).as_json()
    assert written["asa_s"] is None
    assert written["service_level_20s"] is None
