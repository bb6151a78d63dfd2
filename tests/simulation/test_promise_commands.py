"""``--promises``: figures of announced waits, for people and as JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cli.main import main
from tests.support.call_logs import shared_data

DOCS = Path("docs/concepts/promises.md")
QUEUE = [
    *("simulate", "queue", "--arrivals-per-hour", "120", "--aht", "300", "--agents", "10"),
    *("--patience", "300", "--contacts", "200"),
]


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    rows = [f"c{n},sales,0,{32400 + 20 * n},50,{40 if n % 7 == 3 else ''}" for n in range(80)]
    path = tmp_path / "calls.csv"
    header = "call,type,priority,arrival_s,service_s,patience_s"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def arguments(command: str, calls: Path) -> list[str]:
    day = ["simulate", "day", "--config", "local/demo", "--day", str(calls), "--agents", "all=2"]
    return {
        "replay": ["replay", str(calls), "--agents", "2"],
        "queue": QUEUE,
        "day": day,
    }[command]


@pytest.mark.parametrize("command", ["replay", "queue", "day"])
def test_every_simulation_can_tell_of_promises(
    command: str, calls: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = arguments(command, calls)
    assert main([*given, "--json"]) == 0
    silent = json.loads(capsys.readouterr().out)
    assert "promises" not in silent
    assert main([*given, "--promises", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    promises = told.pop("promises")
    assert told == silent
    assert promises["announced"] > 10
    assert 0 < promises["coverage"] <= 1
    assert sum(half["announced"] for half in promises["half_hours"]) == promises["announced"]
    assert main([*given, "--promises"]) == 0
    assert f"announced waits of {promises['announced']} callers" in capsys.readouterr().out


def test_half_hours_are_told_by_the_clock_of_the_list(
    calls: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments("replay", calls), "--promises"]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"^ +09:00 +\d+ +\d+ = ", shown, re.MULTILINE)


def test_the_example_of_the_documentation_is_true(capsys: pytest.CaptureFixture[str]) -> None:
    path = shared_data() / "golden_replay_990209_c6_fifo.csv"
    assert main(["replay", str(path), "--agents", "6", "--promises"]) == 0
    shown = capsys.readouterr().out.splitlines()
    blocks = re.findall(r"^```\w*\n(.*?)^```$", DOCS.read_text(), re.MULTILINE | re.DOTALL)
    (example,) = [block for block in blocks if block.startswith("announced waits")]
    for line in filter(None, example.splitlines()):
        assert line in shown
