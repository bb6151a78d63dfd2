"""``centralino staffing``: who is planned to work, from which follows what can be promised."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.failures import BAD_INPUT, fail

if TYPE_CHECKING:
    from datetime import date

    from centralino.application.ports import Operations
    from centralino.domain.configuration.model import Configuration

group = typer.Typer(help="Planned agents, by quarter of an hour.", no_args_is_help=True)

_START, _DATE, _TIME = "start", "date", "time"
_KNOWN = frozenset({"queue", "agents", "zone", _START, _DATE, _TIME})


@dataclass(frozen=True)
class _Row:
    queue: str
    day: date
    start: int
    agents: int


@group.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(help="CSV: queue, agents, and start or date and time; perhaps zone"),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Put down the planned agents of the days in a file; a file with a mistake changes nothing.

    A day in the file takes the place of what was planned for that queue and day: its quarters of
    an hour that are not in the file have nobody. Times are those of the queue's hours unless a
    column ``zone`` says otherwise.
    """
    from rich.console import Console
    from rich.progress import track

    from centralino.application import staffing_plans
    from centralino.domain.errors import CentralinoError
    from cli.outputs import NotDeployed

    try:
        operations, rules = _deployment()
        days: dict[tuple[str, date], dict[int, int]] = defaultdict(dict)
        for row in _rows(file, rules):
            days[row.queue, row.day][row.start] = row.agents
        # One that dies half way is run again: each day is written whole, and in place.
        console = Console(stderr=True)
        for queue, day in track(sorted(days), "Days", console=console, transient=True):
            staffing_plans.put_day(operations, queue, day, days[queue, day])
    except (NotDeployed, CentralinoError) as error:
        fail(error)
    queues = sorted({queue for queue, _ in days})
    quarters = sum(len(quarters) for quarters in days.values())
    if as_json:
        print(json.dumps({"quarters": quarters, "days": len(days), "queues": queues}))
    else:
        print(f"{quarters} quarters of an hour in {len(days)} days of {', '.join(queues)}")


def _rows(file: Path, rules: Configuration) -> list[_Row]:
    """Return the rows of a file that is right from its first line to its last."""
    found: list[_Row] = []
    seen: dict[tuple[str, int], int] = {}
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            table = csv.DictReader(opened, restkey="", restval="")
            _check_columns(file, table.fieldnames or ())
            for cells in table:
                where = f"{file}:{table.line_num}"
                if "" in cells:
                    fail(f"{where}: more cells than columns", BAD_INPUT)
                row = _row(where, {name: cell.strip() for name, cell in cells.items()}, rules)
                before = seen.setdefault((row.queue, row.start), table.line_num)
                if before != table.line_num:
                    fail(f"{where}: this quarter is in line {before} already", BAD_INPUT)
                found.append(row)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        fail(f"{file} cannot be read: {error}", BAD_INPUT)
    if not found:
        fail(f"{file}: there is no row", BAD_INPUT)
    return found


def _check_columns(file: Path, names: object) -> None:
    columns = set(names) if isinstance(names, list) else set()
    timed = _START in columns or {_DATE, _TIME} <= columns
    both = _START in columns and columns & {_DATE, _TIME}
    if not {"queue", "agents"} <= columns or not timed or both:
        columns_needed = "queue, agents, and start (or date and time)"
        fail(f"{file}: the columns needed are {columns_needed}", BAD_INPUT)
    unknown = sorted(columns - _KNOWN)
    if unknown:
        fail(f"{file}: unknown columns: {', '.join(unknown)}", BAD_INPUT)


def _row(where: str, cells: dict[str, str], rules: Configuration) -> _Row:
    from centralino.application import staffing_plans
    from centralino.domain.callbacks.local_times import moment
    from centralino.domain.errors import RuleViolation
    from centralino.domain.staffing.slots import quarter_of

    queue, agents = cells["queue"], cells["agents"]
    if queue not in rules.queues:
        fail(f"{where}: there is no queue {queue!r}", BAD_INPUT)
    if not (agents.isascii() and agents.isdigit()) or int(agents) > staffing_plans.MOST_AGENTS:
        fail(f"{where}: agents is a number from 0 to {staffing_plans.MOST_AGENTS}", BAD_INPUT)
    hours = rules.hours_of(queue)
    own = hours.zone if hours is not None else "UTC"
    text = cells[_START] if _START in cells else f"{cells[_DATE]}T{cells[_TIME]}"
    try:
        start = moment(text, cells.get("zone") or own)
    except RuleViolation as error:
        fail(f"{where}: {error}", BAD_INPUT)
    if start != quarter_of(start):
        fail(f"{where}: a quarter of an hour begins at :00, :15, :30 or :45", BAD_INPUT)
    return _Row(queue, staffing_plans.day_of(start, own), start, int(agents))


def _deployment() -> tuple[Operations, Configuration]:
    from centralino.adapters.dynamodb.configuration import DynamoConfiguration
    from centralino.adapters.dynamodb.operations import DynamoOperations
    from centralino.adapters.system import SystemClock
    from cli import outputs

    tables, clock = outputs.tables(), SystemClock()
    return DynamoOperations(tables, clock), DynamoConfiguration(tables, clock).current()
