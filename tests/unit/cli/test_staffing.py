"""``centralino staffing``: plans of whole days, mistakes told by line, nothing half written."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from centralino.adapters.dynamodb.operations import DynamoOperations
from centralino.adapters.dynamodb.tables import Tables
from centralino.adapters.system import SystemClock
from centralino.application.ports import Item
from centralino.domain.callbacks.local_times import moment
from centralino.domain.staffing.slots import QUARTER_MS
from cli.commands import staffing
from cli.failures import BAD_INPUT
from cli.main import main
from tests.support.centre import configuration
from tests.unit.application.picking_times import open_daily

ROME = "Europe/Rome"


@pytest.fixture
def operations(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> DynamoOperations:
    found = DynamoOperations(tables, SystemClock())
    base = configuration()
    hours = {"office": open_daily(8, 18, zone=ROME)}
    queues = {name: replace(queue, hours="office") for name, queue in base.queues.items()}
    rules = replace(base, queues=queues, hours=hours)
    monkeypatch.setattr(staffing, "_deployment", lambda: (found, rules))
    return found


def write(path: Path, text: str) -> str:
    file = path / "plan.csv"
    file.write_text(text, encoding="utf-8")
    return str(file)


def plans(operations: DynamoOperations, queue: str = "sales") -> list[Item]:
    return operations.list(f"staffing#{queue}")


def test_each_quarter_of_a_day_is_planned_at_local_time(
    operations: DynamoOperations, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(
        tmp_path,
        "queue,date,time,agents\nsales,2099-06-01,09:00,4\nsales,2099-06-01,09:30,5\n"
        "support,2099-06-01,09:00,1\n",
    )
    assert main(["staffing", "import", file, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"quarters": 3, "days": 2, "queues": ["sales", "support"]}
    (plan,) = plans(operations)
    assert plan.sk == date(2099, 6, 1).isoformat()
    assert plan.attributes["first"] == moment("2099-06-01T09:00", ROME)
    assert plan.attributes["agents"] == [4, 0, 5]


def test_a_column_start_and_a_zone_do_as_well(operations: DynamoOperations, tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "queue,start,zone,agents\nsales,2099-06-01T09:00,,4\nsales,2099-06-01T07:15,UTC,6\n",
    )
    assert main(["staffing", "import", file]) == 0
    (plan,) = plans(operations)
    assert plan.attributes["agents"] == [4, 6]
    assert plan.attributes["first"] + QUARTER_MS == moment("2099-06-01T09:15", ROME)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("queue,agents\nsales,3\n", "columns needed"),
        ("queue,start,time,agents\n", "columns needed"),
        ("queue,start,agents,colour\nsales,2099-06-01T09:00,3,red\n", "unknown columns: colour"),
        ("queue,start,agents\n", "no row"),
        ("queue,start,agents\nnowhere,2099-06-01T09:00,3\n", "plan.csv:2: there is no queue"),
        ("queue,start,agents\nsales,2099-06-01T09:00,3\nsales,2099-06-01T09:15,-1\n",
         "plan.csv:3: agents is a number"),
        ("queue,start,agents\nsales,2099-06-01T09:00,many\n", "plan.csv:2: agents is a number"),
        ("queue,start,agents\nsales,2099-06-01T09:10,3\n", "plan.csv:2: a quarter"),
        ("queue,start,agents\nsales,tomorrow,3\n", "plan.csv:2: a time is given as"),
        ("queue,start,agents\nsales,2027-03-28T02:30,3\n", "plan.csv:2: 2027-03-28T02:30 does"),
        ("queue,start,agents\nsales,2027-10-31T02:30,3\n", "plan.csv:2: 2027-10-31T02:30 comes"),
        ("queue,start,zone,agents\nsales,2099-06-01T09:00,Mars,3\n", "no such time zone"),
        ("queue,start,agents\nsales,2099-06-01T09:00,3\nsales,2099-06-01T09:00,4\n",
         "plan.csv:3: this quarter is in line 2 already"),
        ("queue,start,agents\nsales,2099-06-01T09:00,3,4\n", "more cells than columns"),
        ("queue,start,agents\nsales,2099-06-01T09:00\n", "plan.csv:2: agents is a number"),
    ],
)  # fmt: skip
def test_a_file_with_a_mistake_changes_nothing_and_tells_its_line(
    operations: DynamoOperations,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    text: str,
    says: str,
) -> None:
    assert main(["staffing", "import", write(tmp_path, text)]) == BAD_INPUT
    assert says in capsys.readouterr().err
    assert plans(operations) == []


def test_a_file_that_is_not_there_is_bad_input(operations: DynamoOperations) -> None:
    assert main(["staffing", "import", "/nowhere/plan.csv"]) == BAD_INPUT
    assert plans(operations) == []
