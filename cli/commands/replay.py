"""``centralino replay``: a list of calls through so many agents, call by call."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.simulate import Promises, bar
from cli.failures import BAD_INPUT, fail
from cli.promise_figures import figures_of, tell

if TYPE_CHECKING:
    from centralino.simulation import Replay

OUT_COLUMNS = ("call", "outcome", "wait_s", "start_s", "end_s")


def replay(
    file: Annotated[
        Path, typer.Argument(help="CSV: call,type,priority,arrival_s,service_s,patience_s")
    ],
    agents: Annotated[int, typer.Option(help="Agents, each of whom takes any call")],
    order: Annotated[
        str, typer.Option(help="fifo, or credit90: priority 2 counts as having come 90 s earlier")
    ] = "fifo",
    target: Annotated[int, typer.Option(help="Target of the service level, seconds", min=0)] = 20,
    out: Annotated[
        Path | None,
        typer.Option(help="Write every call's wait here, as CSV", dir_okay=False),
    ] = None,
    promises: Promises = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the figures as JSON and nothing else")
    ] = False,
) -> None:
    """Replay a list of calls through the engine that is deployed.

    Within one second, calls end, calls arrive in the order of the list, free agents take the
    head of the queue, and then callers whose patience is over leave. An empty patience waits
    until served.
    """
    from centralino import simulation
    from centralino.domain.errors import InvalidRequest

    try:
        calls = simulation.read_calls(file)
        _check_writable(out)
        with bar("calls", len(calls)) as progress:
            replayed = simulation.replay(calls, agents, order, target, progress, promises=promises)
    except InvalidRequest as error:
        fail(error, BAD_INPUT)
    if out is not None:
        _write(out, replayed)
    figures = figures_of(replayed)
    del figures["outcomes"]
    if as_json:
        inputs = {"file": file.name, "agents": agents, "order": order, "target_s": target}
        print(json.dumps({"inputs": inputs, **figures}, indent=2))
        return
    for name, value in figures.items():
        if name != "promises":
            print(f"{name:24} {'-' if value is None else value}")
    if replayed.promises is not None:
        tell(replayed.promises, replayed.offered)


def _check_writable(out: Path | None) -> None:
    """Refuse a place nothing can be written to before anything has been worked out."""
    if out is not None and not out.parent.is_dir():
        fail(f"{out}: there is no such folder", BAD_INPUT)


def _write(out: Path, replayed: Replay) -> None:
    try:
        with out.open("w", encoding="utf-8", newline="") as lines:
            writer = csv.writer(lines, lineterminator="\n")
            writer.writerow(OUT_COLUMNS)
            for outcome in replayed.outcomes:
                writer.writerow([_cell(getattr(outcome, column)) for column in OUT_COLUMNS])
    except OSError as error:
        fail(f"{out}: {error.strerror or error}", BAD_INPUT)


def _cell(value: object) -> object:
    return "" if value is None else value
