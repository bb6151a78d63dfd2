"""``routing.*`` in virtual time: round trips, conflicts, latency, fairness, units and dollars.

The deployed use cases run unchanged in an event simulation (:mod:`cli.bench.latency`) under the
workloads and latencies of the routing design. Every figure is the median of five seeds. Limits
hold for the workloads ``herd``, ``light`` and ``busy``; lines without a limit inform.

``round_trips_per_assignment``
    Waits on DynamoDB that matching causes, whoever began them: drains in passing, by nudge, by
    beat, that found nobody as well; the hot flag, the heartbeat's marker. What is sent in
    parallel is one wait per 32 requests, as many as the deployed functions have under way.
``write_units_per_call``, by line ``units_per_call``
    By DynamoDB's rule, from the write that makes a contact wait to the one that closes it: enqueue,
    claim, acknowledgment, accept (which connects: the media need no join), hang-up, wrap-up, the
    agent's release; failed claims, heartbeat markers and hot flags. Divided by the calls an agent
    took. Told apart: ``decisions`` (a read model, one unit per offer), ``presence`` (signing in),
    ``abandoned`` (callers nobody took). Not in it: the menu, further legs, surveys.
``dollars_per_million_calls``
    All requests of the busy run, those told apart above included, times the prices of a dated
    list (``cli/bench/prices``), divided by the calls an agent took.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache, partial
from statistics import median

from cli.bench import REQUESTS_FILE, Benchmark, Figure
from cli.bench.latency.counting import Figures, figures
from cli.bench.latency.prices import read_prices
from cli.bench.latency.workloads import WORKLOADS

SEEDS = 5

Read = Callable[[Figures], float]


def herd_seconds(seed: int) -> Iterator[Figure]:
    """Yield how long it takes until all 500 agents of a herd have a contact."""
    whole = _median("herd", seed, lambda f: f.seconds)
    fewest = min(run.assignments for run in _runs("herd", seed))
    yield Figure("routing.herd_seconds_virtual", whole, "s", 0.5)
    yield Figure("routing.herd_seconds_virtual.assigned", fewest, "count", 500, at_least=True)


def herd_unfair(seed: int) -> Iterator[Figure]:
    """Yield how many of a herd overtook somebody while no index lags."""
    worst = max(run.unfair for run in _runs("herd_without_lag", seed))
    yield Figure("routing.herd_unfair", worst, "count", 0)


def units_by_line(seed: int) -> Iterator[Figure]:
    """Yield what a call's write units are spent on in the busy run."""
    lines = sorted({line for run in _runs("busy", seed) for line in run.units})
    for line in lines:
        units = _median("busy", seed, lambda f, line=line: f.units.get(line, 0.0))  # type: ignore[misc]
        yield Figure(f"routing.units_per_call.busy.{line}", units, "WRU")


def dollars(seed: int) -> Iterator[Figure]:
    """Yield the dollars of a million calls, by item."""
    prices = read_prices()

    def cost(run: Figures) -> dict[str, float]:
        return {item: 1e6 * each for item, each in prices.cost(run.per_call).items()}

    name = "routing.dollars_per_million_calls"
    yield Figure(name, _median("busy", seed, lambda f: sum(cost(f).values())), "USD", 45)
    for item in sorted(prices.each):
        spent = _median("busy", seed, lambda f, item=item: cost(f).get(item, 0.0))  # type: ignore[misc]
        used = _median("busy", seed, lambda f, item=item: f.per_call.get(item, 0.0))  # type: ignore[misc]
        yield Figure(f"{name}.{item}", spent, "USD")
        yield Figure(f"{name}.{item}.per_call", used, "count")


Limits = dict[str, float | None]

_SIMPLE: dict[str, tuple[str, Read, Limits]] = {
    "round_trips_per_assignment": (
        "count",
        lambda f: f.round_trips,
        {"herd": 1.3, "light": 3.2, "busy": None, "once_light": None, "once_busy": None},
    ),
    "failed_claims_per_assignment": (
        "count",
        lambda f: f.failed_claims,
        {"herd": 0.02, "busy": 0.05, "light": 0.08, "once_busy": None, "once_light": None},
    ),
    "p99_offer_latency_virtual_ms": (
        "ms",
        lambda f: f.p99_ms,
        {"light": 150, "busy": 180, "herd": None, "once_light": None, "once_busy": None},
    ),
    "p50_offer_latency_virtual_ms": (
        "ms",
        lambda f: f.p50_ms,
        dict.fromkeys(("light", "busy", "herd", "once_light", "once_busy")),
    ),
    "write_units_per_call": (
        "WRU",
        lambda f: f.write_units,
        {"light": 15.8, "busy": 15.8, "once_light": None, "once_busy": None},
    ),
}


def benchmarks() -> dict[str, Benchmark]:
    """Return every benchmark here by its metric, or by the beginning of its metrics."""
    simple = {
        f"routing.{metric}.{workload}": partial(
            _simple, f"routing.{metric}.{workload}", workload, unit, read, limit
        )
        for metric, (unit, read, limits) in _SIMPLE.items()
        for workload, limit in limits.items()
    }
    return {
        **simple,
        "routing.herd_seconds_virtual": herd_seconds,
        "routing.herd_unfair": herd_unfair,
        "routing.units_per_call": units_by_line,
        "routing.dollars_per_million_calls": dollars,
    }


def _simple(
    metric: str, workload: str, unit: str, read: Read, limit: float | None, seed: int
) -> Iterator[Figure]:
    yield Figure(metric, _median(workload, seed, read), unit, limit)


def _median(workload: str, seed: int, read: Read) -> float:
    return median(read(run) for run in _runs(workload, seed))


@cache
def _runs(workload: str, seed: int) -> tuple[Figures, ...]:
    """Return the figures of a workload's five runs; each is simulated once per process."""
    found: list[Figures] = []
    for number in range(SEEDS):
        run = WORKLOADS[workload](seed * 100 + number)
        if path := os.environ.get(REQUESTS_FILE):
            with open(path, "a", encoding="utf-8") as file:
                run.write(file)
        found.append(figures(run.rows))
    return tuple(found)
