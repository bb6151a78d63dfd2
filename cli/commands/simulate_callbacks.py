"""``centralino simulate callbacks``: the same day with callbacks offered and without."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cli.callback_figures import as_json as figures_of
from cli.callback_figures import show
from cli.commands.simulate import Json, bar, calls_of_day
from cli.failures import BAD_INPUT, fail

_MOST_SEEDS = 1_000


def callbacks(
    day_file: Annotated[Path, typer.Option("--day", help="The calls of a day")],
    agents: Annotated[int, typer.Option(help="Agents, each of whom takes any call")],
    after: Annotated[
        str, typer.Option(help="Offered to who still waits after so long: 60s, 2m")
    ] = "60s",
    accept: Annotated[float, typer.Option(help="Share of those offered who take it")] = 0.5,
    pickup: Annotated[float, typer.Option(help="Chance that a call to them is answered")] = 0.7,
    seeds: Annotated[int, typer.Option(help="Runs; each draws other customers")] = 10,
    as_json: Json = False,
) -> None:
    """Ask what callbacks would do for a day of calls.

    The day is a list as `centralino replay` reads it, or a call-by-call log of the Technion's
    bank. It is replayed first come first served, once without callbacks and so many times with.
    """
    from centralino.domain.errors import InvalidRequest
    from centralino.simulation.callbacks import CallbackOffer, simulate_callbacks

    try:
        if not 1 <= seeds <= _MOST_SEEDS:
            raise InvalidRequest(f"--seeds must be from 1 to {_MOST_SEEDS}, not {seeds}")
        offer = CallbackOffer(_seconds(after), accept, pickup)
        calls, _ = calls_of_day(day_file)
        with bar("calls", len(calls) * (seeds + 1)) as progress:
            without = simulate_callbacks(calls, agents, None, progress=progress)
            days = [
                simulate_callbacks(
                    calls,
                    agents,
                    offer,
                    seed,
                    progress=lambda done, seed=seed: progress(seed * len(calls) + done),  # type: ignore[misc]
                )
                for seed in range(1, seeds + 1)
            ]
    except InvalidRequest as error:
        fail(error, BAD_INPUT)
    if as_json:
        inputs = {
            "calls": len(calls),
            "agents": agents,
            "after_s": offer.after_s,
            "accept": accept,
            "pickup": pickup,
            "seeds": seeds,
        }
        print(json.dumps({"inputs": inputs, **figures_of(without, days)}, indent=2))
        return
    show(without, days, f"{len(calls)} calls, {agents} agents, {seeds} seeds")


def _seconds(text: str) -> float:
    from pydantic import TypeAdapter, ValidationError

    from centralino.contracts.fields import Duration

    try:
        return float(TypeAdapter(Duration).validate_python(text)) / 1000
    except ValidationError:
        fail(f"--after must be such as 60s or 2m, not {text[:40]!r}", BAD_INPUT)
