"""``callbacks.*``: what a callback costs, and whether it comes when it was promised.

``write_units``, ``requests``
    By DynamoDB's rule and count, of one callback that reaches its customer at the first call:
    from the request, made in line, to the end of the conversation. ``write_units`` is told by what
    it is spent on, too. ``decisions``, why this agent was chosen, is told apart, as by the routing
    benchmarks. Beside it stand what each further call adds (``_per_further_call``), and the mean
    where seven of ten calls are answered (``_at_pickup_70``). See :mod:`cli.bench.callback_run`.
``dollars_per_million``
    Everything a million of these callbacks is billed for, times the prices of a dated list
    (``cli/bench/prices``), by item; ``decisions`` included.
``promise_kept_ratio``
    Of a simulated day, with five agents and callbacks offered after a minute: the mean of ten
    seeds. The day is a real one where real call logs are at hand (``CENTRALINO_SHARED``), else
    one made up to be like it; standard error tells which.

Limits and floors are derived in docs/reference/callback-benchmarks.md.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from random import Random
from statistics import fmean

from centralino.simulation.call_list import ListedCall
from centralino.simulation.callbacks import CallbackOffer, simulate_callbacks
from cli.bench import Benchmark, Figure
from cli.bench.callback_run import CUSTOMERS, PICK_UP, CallbackRun
from cli.bench.latency.prices import billed, read_prices
from cli.bench.latency.requests import Request

UNITS, DOLLARS, KEPT = 30, 60, 0.9
AGENTS, SEEDS = 5, 10
OFFER = CallbackOffer(after_s=60, accept=0.5, pickup=0.7)
_ROOT = Path(__file__).resolve().parents[2]
_DAY = "data/golden_day_990209.csv"
#: Purpose of a request, or the item it is about, -> the line it is told in.
_LINES = {
    "callback-log": "ledger",
    "callbacks-ended": "ledger",
    "decisions": "decisions",
    "callbacks-due": "notes",
    "callbacks": "number",
    "callbacks-of": "uniqueness",
    "callbacks-day": "day_limit",
    "pacing": "pacing",
    "pool": "markers",
}


def benchmarks() -> dict[str, Benchmark]:
    """Return every benchmark here by the beginning of its metrics."""
    return {
        "callbacks.write_units": write_units,
        "callbacks.requests": requests,
        "callbacks.dollars_per_million": dollars,
        "callbacks.promise_kept_ratio": promise_kept,
    }


def write_units(seed: int) -> Iterator[Figure]:
    """Yield the write units of a callback, what they are spent on, and what a call in vain adds."""
    name = "callbacks.write_units"
    first, mixed = _run(seed, 1.0), _run(seed, PICK_UP)
    units = _units(first)
    yield Figure(name, units, "WRU", UNITS)
    lines: defaultdict[str, float] = defaultdict(float)
    for row in first.rows:
        if row.write:
            lines[line_of(row)] += row.write
    for line, spent in sorted(lines.items()):
        yield Figure(f"{name}.{line}", spent / CUSTOMERS, "WRU")
    yield Figure(f"{name}_at_pickup_70", _units(mixed), "WRU")
    yield Figure(f"{name}_per_further_call", (_units(mixed) - units) / _further(mixed), "WRU")
    yield Figure("callbacks.attempts_at_pickup_70", mixed.attempts / CUSTOMERS, "count")
    for label, run in (("", first), ("_at_pickup_70", mixed)):
        calls, met = run.attempts / CUSTOMERS, run.reached / CUSTOMERS
        yield Figure(f"{name}_floor{label}", floor(calls, met), "WRU")


def requests(seed: int) -> Iterator[Figure]:
    """Yield how many requests a callback sends to DynamoDB."""
    for label, pick_up in (("", 1.0), ("_at_pickup_70", PICK_UP)):
        rows = _run(seed, pick_up).rows
        sent = [row for row in rows if row.op.startswith(("store.", "operations."))]
        yield Figure(f"callbacks.requests{label}", len(sent) / CUSTOMERS, "count")


def dollars(seed: int) -> Iterator[Figure]:
    """Yield the dollars of a million callbacks, by item."""
    first, mixed = _run(seed, 1.0), _run(seed, PICK_UP)
    cost, counts = _cost(first), billed(first.rows)
    name, total = "callbacks.dollars_per_million", sum(cost.values())
    yield Figure(name, total, "USD", DOLLARS)
    for item, spent in sorted(cost.items()):
        yield Figure(f"{name}.{item}", spent, "USD")
        yield Figure(f"{name}.{item}.per_callback", counts[item] / CUSTOMERS, "count")
    together = sum(_cost(mixed).values())
    yield Figure(f"{name}_at_pickup_70", together, "USD")
    yield Figure(f"{name}_per_further_call", (together - total) / _further(mixed), "USD")


def floor(calls: float, met: float) -> float:
    """Return the write units of a callback that nobody could save.

    Parameters
    ----------
    calls, met : float
        Calls to the customer, and how many of them reached one, for each callback.

    Notes
    -----
    Derived line by line in docs/reference/callback-benchmarks.md.
    """
    return 11 + 11 * calls + 3 * met + 3 * (calls - met)


def _units(run: CallbackRun) -> float:
    """Return the write units of a callback; why an agent was chosen is routing's to tell."""
    told = (row.write for row in run.rows if row.write and line_of(row) != "decisions")
    return sum(told) / CUSTOMERS


def _cost(run: CallbackRun) -> dict[str, float]:
    each = read_prices().cost(billed(run.rows))
    return {item: 1e6 * spent / CUSTOMERS for item, spent in each.items()}


def _further(run: CallbackRun) -> float:
    """Return how many calls it took beyond the first, for each callback."""
    return run.attempts / CUSTOMERS - 1


def promise_kept(seed: int) -> Iterator[Figure]:
    """Yield the share of promised windows in which the phone first rang, and how long they are."""
    calls = real_day() or made_up_day(seed)
    days = [
        simulate_callbacks(calls, AGENTS, OFFER, seed * SEEDS + number).callbacks
        for number in range(SEEDS)
    ]
    kept = fmean(day.promise_kept or 0.0 for day in days if day is not None)
    window = fmean(day.window_median_s or 0.0 for day in days if day is not None)
    yield Figure("callbacks.promise_kept_ratio", kept, "ratio", KEPT, at_least=True)
    yield Figure("callbacks.window_median_s", window, "s", 1_800)


def line_of(row: Request) -> str:
    """Return what a write was for."""
    if row.key == "callbacks":
        return "secret"  # made once in a deployment's life
    if row.op.startswith("operations."):
        return _LINES.get((row.key or "").split("#", 1)[0], "other")
    if row.op == "store.claim":
        return "claim"
    if row.op == "store.save_agent":
        return "release"
    return row.purpose.removeprefix("timer.")


def real_day() -> Sequence[ListedCall]:
    """Return the calls of 9 February 1999; nothing where the logs are not at hand."""
    from cli.commands.simulate import calls_of_day

    path = Path(os.environ.get("CENTRALINO_SHARED", _ROOT.parent / "shared")) / _DAY
    if not path.is_file():
        print(f"callbacks: no {path}: the promise is measured on a made-up day", file=sys.stderr)
        return ()
    return calls_of_day(path)[0]


def made_up_day(seed: int) -> list[ListedCall]:
    """Return a day of calls like that one: seventeen hours, a peak, one in five loses patience."""
    random = Random(f"callback-day-{seed}")
    at = 7.0 * 3600
    calls: list[ListedCall] = []
    while (at := at + random.expovariate(_per_second(at / 3600))) < 24 * 3600:
        service = max(1, round(random.lognormvariate(4.75, 0.98)))
        patience = max(1, round(random.expovariate(1 / 150))) if random.random() < 0.18 else None
        calls.append(ListedCall(str(len(calls)), "", 0, int(at), service, patience))
    return calls


def _per_second(hour: float) -> float:
    return (110 if 9 <= hour < 17 else 60) / 3600


@cache
def _run(seed: int, pick_up: float) -> CallbackRun:
    run = CallbackRun(seed, pick_up)
    run.live()
    return run
