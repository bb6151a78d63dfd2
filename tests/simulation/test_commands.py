"""The commands: JSON alone on standard output, one line and status 2 for bad input."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from cli.main import main

QUEUE = ["simulate", "queue", "--arrivals-per-hour", "100", "--aht", "300", "--contacts", "200"]
DAY = ["simulate", "day", "--config", "local/demo", "--day"]
CALLS = """call,type,priority,arrival_s,service_s,patience_s
a,sales,0,0,10,
b,support,0,2,5,4
c,support,2,3,5,60
"""


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    path = tmp_path / "calls.csv"
    path.write_text(CALLS)
    return path


def _json(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    printed = capsys.readouterr()
    assert printed.err == ""
    found: dict[str, object] = json.loads(printed.out)
    return found


def test_queue(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*QUEUE, "--agents", "10", "--patience", "120", "--seed", "7", "--json"]) == 0
    found = _json(capsys)
    assert {
        "p_wait",
        "p_abandon",
        "asa_served_s",
        "service_level_offered",
        "service_level_answered",
        "occupancy",
    } <= found.keys()
    assert found["inputs"] == {
        "arrivals_per_hour": 100,
        "aht_s": 300,
        "agents": 10,
        "patience_s": 120,
        "target_s": 20,
        "contacts": 200,
        "seed": 7,
        "aht_sd_s": None,
    }


def test_queue_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*QUEUE, "--agents", "12", "--patience", "none"]) == 0
    assert "service_level_offered" in capsys.readouterr().out


def test_replay(calls: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "waits.csv"
    assert main(["replay", str(calls), "--agents", "1", "--out", str(out), "--json"]) == 0
    found = _json(capsys)
    assert (found["served"], found["abandoned"], found["sum_wait_served_s"]) == (2, 1, 7)
    with out.open(newline="") as lines:
        assert list(csv.reader(lines)) == [
            ["call", "outcome", "wait_s", "start_s", "end_s"],
            ["a", "SERVED", "0", "0", "10"],
            ["b", "ABANDONED", "4", "", ""],
            ["c", "SERVED", "7", "10", "15"],
        ]


def test_day(calls: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = [*DAY, str(calls), "--agents", "all=1"]
    assert main([*options, "--json"]) == 0
    found = _json(capsys)
    assert [(q["queue"], q["answered"]) for q in found["queues"]] == [  # type: ignore[index]
        ("sales", 1),
        ("support", 1),
    ]
    assert main(options) == 0
    assert "support" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([*QUEUE, "--agents", "8"], "unstable"),
        ([*QUEUE, "--agents", "10", "--patience", "soon"], "--patience"),
        ([*QUEUE, "--agents", "ten"], "agents"),
        ([*QUEUE], "agents"),
        (["replay", "nowhere.csv", "--agents", "1"], "nowhere.csv: No such file"),
        (["replay", "{calls}", "--agents", "0"], "agents must be"),
        (["replay", "{calls}", "--agents", "1", "--order", "lifo"], "order must be"),
        (["replay", "{calls}", "--agents", "1", "--out", "no/such/waits.csv"], "no such folder"),
        (["simulate", "day", "--config", "docs", "--day", "{calls}"], "no configuration in docs"),
        ([*DAY, "{calls}"], "nobody works"),
        ([*DAY, "{calls}", "--agents", "all"], "PROFILE=N"),
        ([*DAY, "README.md", "--agents", "all=1"], "README.md line 1: no column call"),
        ([*DAY, "{calls}", "--agents", "all=1", "--date", "tomorrow"], "--date"),
    ],
)
def test_bad_input_is_one_line_and_status_2(
    arguments: list[str], words: str, calls: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [argument.replace("{calls}", str(calls)) for argument in arguments]
    assert main(given) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert words in printed.err
