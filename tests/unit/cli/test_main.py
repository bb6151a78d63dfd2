"""The command line: bad input is one line and exit 2; a demo ends as its report says."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from cli.main import main
from local.demo import run
from local.demo.errors import SetupError
from local.demo.report import Report, make_report
from local.demo.settings import DemoSettings
from tests.unit.local.demo.good_run import good_run

VARIABLES = ("CALLS", "SPEED", "AGENTS", "SEED", "HEADLESS", "DAY")


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


class Demo:
    """Stands in for the run itself; remembers what it was told."""

    def __init__(self) -> None:
        self.settings: DemoSettings | None = None
        self.error: BaseException | None = None
        self.buried = 0

    def __call__(self, settings: DemoSettings, _console: Any, **options: Any) -> Report:
        self.settings = settings
        if self.error is not None:
            raise self.error
        evidence = replace(good_run().evidence(), buried=self.buried)
        return make_report(evidence, settings, wall_s=1.0, calls_wall_s=1.0)


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> Demo:
    stand_in = Demo()
    monkeypatch.setattr(run, "run", stand_in)
    return stand_in


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["demo", "--speed", "fast"], "--speed"),
        (["demo", "--speed", "0"], "SPEED"),
        (["demo", "--calls", "0"], "CALLS"),
        (["demo", "--agents", "1000"], "AGENTS"),
        (["demo", "--day", "/nowhere.csv"], "DAY"),
        (["demo", "--unknown"], "--unknown"),
        (["nonsense"], "nonsense"),
        (["local", "up", "--agents", "0"], "agents"),
    ],
)
def test_bad_input_is_told_in_one_line(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert named in told.err
    assert told.err.startswith("centralino: ")
    assert told.err.count("\n") == 1


def test_bad_input_from_the_environment_is_told_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPEED", "very")
    assert main(["demo"]) == 2
    assert "SPEED must be a number, not 'very'" in capsys.readouterr().err


def test_a_file_that_is_no_day_is_bad_input(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "day.csv"
    wrong.write_text("a,b\n1,2\n")
    assert main(["demo", "--day", str(wrong)]) == 2
    assert "DAY: day.csv line 1" in capsys.readouterr().err


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    shown = capsys.readouterr()
    assert "demo" in shown.out + shown.err


def test_help_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--help"]) == 0
    assert "--headless" in capsys.readouterr().out


def test_a_demo_that_holds_ends_well(
    demo: Demo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CALLS", "9")
    monkeypatch.setenv("SPEED", "30")
    assert main(["demo", "--calls", "7", "--headless"]) == 0
    assert demo.settings == DemoSettings(calls=7, speed=30.0, headless=True)
    assert "every invariant holds" in capsys.readouterr().out


def test_with_json_standard_output_is_json_only(
    demo: Demo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["entered"] == 5


def test_a_broken_invariant_ends_with_one_and_is_told_in_one_line(
    demo: Demo, capsys: pytest.CaptureFixture[str]
) -> None:
    demo.buried = 2
    assert main(["demo", "--json"]) == 1
    told = capsys.readouterr()
    assert json.loads(told.out)["passed"] is False
    lines = told.err.splitlines()
    assert lines == ["centralino: broken: nothing_buried: 2 messages in the dead-letter queues"]


@pytest.mark.parametrize(
    ("error", "status"), [(SetupError("the agents slept"), 1), (KeyboardInterrupt(), 130)]
)
def test_a_demo_that_cannot_go_on_says_why(
    demo: Demo, error: BaseException, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    demo.error = error
    assert main(["demo"]) == status
    assert capsys.readouterr().err.count("\n") == 1


def test_local_status_tells_that_nothing_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("local.cloud.state.status", lambda: None)
    monkeypatch.setattr("local.cloud.state.down", lambda: False)
    assert main(["local", "status"]) == 1
    assert "not running" in capsys.readouterr().out
    assert main(["local", "down"]) == 0
    assert "was not running" in capsys.readouterr().out
