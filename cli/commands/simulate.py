"""``centralino simulate``: what a staffing, a demand or a rule would do to callers' waits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from cli.failures import BAD_INPUT, fail
from cli.promise_figures import figures_of, tell

if TYPE_CHECKING:
    from centralino.domain.configuration.model import Configuration
    from centralino.simulation import DayFigures, DayPlan, ListedCall, QueueOfDay, Staff

group = typer.Typer(help="Simulate queues with the engine that is deployed.", no_args_is_help=True)
Promises = Annotated[
    bool, typer.Option("--promises", help="Announce waits, and tell whether they came true")
]
Json = Annotated[bool, typer.Option("--json", help="Write the figures as JSON and nothing else")]

#: A Monday: what a list without a date is taken for.
_SOME_DAY = date(2026, 1, 5)
_HIGH_PRIORITY = 2


@group.command()
def queue(
    arrivals_per_hour: Annotated[float, typer.Option(help="Calls an hour, on average")],
    aht: Annotated[float, typer.Option(help="Average handling time, seconds")],
    agents: Annotated[int, typer.Option(help="Agents who take the calls")],
    patience: Annotated[
        str, typer.Option(help="Average patience in seconds, or none: nobody gives up")
    ] = "none",
    target: Annotated[float, typer.Option(help="Target of the service level, seconds")] = 20,
    contacts: Annotated[int, typer.Option(help="Calls to measure")] = 200_000,
    seed: Annotated[int, typer.Option(help="The same seed, the same calls")] = 1,
    aht_sd: Annotated[
        float | None,
        typer.Option(help="Spread of handling times, seconds: lognormal; exponential without"),
    ] = None,
    promises: Promises = False,
    as_json: Json = False,
) -> None:
    """Simulate one queue until its figures settle.

    Times are exponential unless --aht-sd says otherwise. An unstable queue (more work than
    agents, nobody gives up) is refused.
    """
    from centralino.domain.errors import InvalidRequest
    from centralino.simulation import QueueModel, simulate_queue

    try:
        model = QueueModel(
            arrivals_per_hour=arrivals_per_hour,
            aht_s=aht,
            agents=agents,
            patience_s=_patience(patience),
            target_s=target,
            contacts=contacts,
            seed=seed,
            aht_sd_s=aht_sd,
        )
    except InvalidRequest as error:
        fail(error, BAD_INPUT)
    with bar("contacts", model.warm_up + model.contacts) as progress:
        simulated = simulate_queue(model, progress, promises=promises)
    figures = figures_of(simulated)
    if as_json:
        print(json.dumps({"inputs": asdict(model), **figures}, indent=2))
        return
    _show_pairs({name: value for name, value in figures.items() if name != "promises"})
    if simulated.promises is not None:
        tell(simulated.promises, simulated.offered + simulated.warm_up_contacts)


@group.command()
def day(
    config: Annotated[Path, typer.Option(help="Folder of the configuration, or its file")],
    day_file: Annotated[Path, typer.Option("--day", help="The calls of a day")],
    agents: Annotated[
        list[str] | None, typer.Option(help="PROFILE=N: N agents all day; may be repeated")
    ] = None,
    staff: Annotated[
        Path | None, typer.Option(help="CSV of shifts: profile,agents,from,until,skills")
    ] = None,
    types: Annotated[
        list[str] | None,
        typer.Option("--map", help="TYPE=QUEUE or TYPE=QUEUE/PLAN, * for the rest; repeatable"),
    ] = None,
    on: Annotated[str | None, typer.Option("--date", help="Day of the calls, YYYY-MM-DD")] = None,
    promises: Promises = False,
    as_json: Json = False,
) -> None:
    """Ask what a day of calls would be like on your own queues.

    The day is a list as `centralino replay` reads it, or a call-by-call log of the Technion's
    bank. Types of call go to the queue of the same name unless --map says otherwise.
    """
    from centralino.domain.errors import InvalidRequest
    from centralino.simulation import DayPlan, simulate_day

    try:
        configuration = _configuration(config)
        calls, logged_on = calls_of_day(day_file)
        plan = DayPlan(
            configuration=configuration,
            calls=calls,
            staff=_staff(agents or [], staff),
            queues=_pairs(types or [], "--map", "TYPE=QUEUE"),
            midnight_ms=_midnight(configuration, on, logged_on),
        )
        with bar("calls", len(calls)) as progress:
            figures = simulate_day(plan, progress, promises=promises)
    except InvalidRequest as error:
        fail(_first_line(error), BAD_INPUT)
    _tell_day(figures, plan, as_json=as_json)


@contextmanager
def bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show progress on standard error while something long runs, on a terminal only."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        what, *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.update(task, completed=done)


def _patience(text: str) -> float | None:
    if text.strip().lower() == "none":
        return None
    try:
        return float(text)
    except ValueError:
        fail(f"--patience must be seconds or none, not {text[:40]!r}", BAD_INPUT)


def _configuration(path: Path) -> Configuration:
    from centralino.contracts.configuration import load
    from centralino.domain.errors import InvalidRequest

    if not path.is_dir():
        return load(path, 1)
    usual = path / "centralino.yaml"
    found = [usual] if usual.is_file() else sorted([*path.glob("*.yaml"), *path.glob("*.yml")])
    if len(found) != 1:
        what = "no configuration" if not found else "several files, none called centralino.yaml,"
        raise InvalidRequest(f"{what} in {path}")
    return load(found[0], 1)


def calls_of_day(path: Path) -> tuple[Sequence[ListedCall], date | None]:
    """Read a day of either format; return the calls and the day they were logged on."""
    from centralino.domain.errors import InvalidRequest
    from centralino.simulation import read_calls
    from local.demo.day_file import COLUMNS, DayFileError, read_day

    try:
        with path.open(encoding="utf-8-sig", errors="replace") as lines:
            first = lines.readline()
        if not first.startswith(COLUMNS[0]):
            return read_calls(path), None
        logged = read_day(path).calls
    except OSError as error:
        raise InvalidRequest(f"{path.name}: {error.strerror or error}") from error
    except DayFileError as error:
        raise InvalidRequest(str(error)) from error
    days = {call.day for call in logged}
    if len(days) > 1:
        raise InvalidRequest(f"{path.name}: {len(days)} days in the log, one is needed")
    return as_list(logged), days.pop()


def as_list(logged: Sequence[Any]) -> list[ListedCall]:
    """Return the calls of a log as a list to be replayed.

    Who hung up without any time in the queue left in the menu and is dropped. Who hung up later
    would have waited just as long again, and would have needed the average handling time.
    Priority 2 is high; 0 and 1 are not.
    """
    from centralino.domain.errors import InvalidRequest
    from centralino.simulation import ListedCall

    served = [call.service_s for call in logged if call.answered]
    usual = round(sum(served) / len(served)) if served else 0
    listed = [
        ListedCall(
            call=f"{call.trunk}-{call.call_id}",
            type=call.kind,
            priority=int(call.priority == _HIGH_PRIORITY),
            arrival_s=call.left_menu_s,
            service_s=call.service_s if call.answered else usual,
            patience_s=None if call.answered else call.waited_s,
        )
        for call in logged
        if call.answered or call.waited_s > 0
    ]
    if not listed:
        raise InvalidRequest("nobody reached a queue on that day")
    return sorted(listed, key=lambda call: call.arrival_s)


def _staff(counts: Sequence[str], path: Path | None) -> list[Staff]:
    from centralino.domain.errors import InvalidRequest
    from centralino.simulation import Staff, read_staff

    found = [] if path is None else list(read_staff(path))
    for profile, number in _pairs(counts, "--agents", "PROFILE=N").items():
        if not number.isascii() or not number.isdigit():
            raise InvalidRequest(f"--agents must be PROFILE=N, not {profile}={number[:40]}")
        found.append(Staff(profile, int(number)))
    if not found:
        raise InvalidRequest("nobody works: give --agents PROFILE=N or --staff FILE")
    return found


def _pairs(texts: Sequence[str], option: str, shape: str) -> dict[str, str]:
    from centralino.domain.errors import InvalidRequest

    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise InvalidRequest(f"{option} must be {shape}, not {text[:40]!r}")
        if name in pairs:
            raise InvalidRequest(f"{option} names {name!r} twice")
        pairs[name] = value
    return pairs


def _midnight(configuration: Configuration, on: str | None, logged_on: date | None) -> int:
    """Return when the day begins where the centre's opening hours are kept; UTC without any."""
    from centralino.domain.errors import InvalidRequest

    try:
        chosen = date.fromisoformat(on) if on is not None else logged_on or _SOME_DAY
    except ValueError:
        raise InvalidRequest(f"--date must be YYYY-MM-DD, not {str(on)[:40]!r}") from None
    zones = sorted({hours.zone for hours in configuration.hours.values()})
    zone = ZoneInfo(zones[0]) if len(zones) == 1 else UTC
    midnight = datetime(chosen.year, chosen.month, chosen.day, tzinfo=zone)
    return int(midnight.timestamp() * 1000)


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[0] if len(lines) == 1 else f"{lines[0]} (and {len(lines) - 1} more)"


def _tell_day(figures: DayFigures, plan: DayPlan, *, as_json: bool) -> None:
    if as_json:
        inputs = {
            "calls": len(plan.calls),
            "staff": [asdict(staff) for staff in plan.staff],
            "map": dict(plan.queues),
            "midnight_ms": plan.midnight_ms,
        }
        print(json.dumps({"inputs": inputs, **figures_of(figures)}, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    title = f"{figures.agents} agents, occupancy {_percent(figures.occupancy)}; times in seconds"
    table = Table(title=title)
    headings = (
        "queue",
        "offered",
        "answered",
        "abandoned",
        "ASA s",
        "longest s",
        "in time",
        "of s",
    )
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "queue" else "right")
    for row in (*figures.queues, figures.total):
        table.add_row(*_cells(row))
    Console().print(table)
    if figures.promises is not None:
        tell(figures.promises, len(plan.calls))


def _cells(row: QueueOfDay) -> list[str]:
    return [
        row.queue or "all",
        str(row.offered),
        str(row.answered),
        str(row.abandoned),
        _seconds(row.asa_s),
        _seconds(row.longest_wait_s),
        _percent(row.service_level_offered),
        f"{row.target_s:g}",
    ]


def _show_pairs(figures: dict[str, Any]) -> None:
    for name, value in figures.items():
        print(f"{name:28} {_number(value)}")


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.4f}"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"
