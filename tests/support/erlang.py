"""Holding the simulator against queueing theory: exact answers, run lengths, intervals.

The answers are rows of ``erlang_reference.csv`` (see :mod:`tests.support.call_logs`). A run's
figures swing with the demand that chance drew for it; how far that was from the demand asked for
is known, so the interval is that of the regression on it (control variates), which is several
times narrower than that of the plain mean for the same number of contacts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from heapq import heappop, heappush, heapreplace
from math import ceil, sqrt

import numpy as np
from scipy import stats

from centralino.simulation import Demand, QueueFigures, QueueModel, simulate_queue
from tests.support.call_logs import rows

CONFIDENCE = 0.99
#: How many callers beyond the target all runs of a row should see.
SEEN = 100
#: Figure of a run -> column of the reference.
COLUMNS = {
    "service_level_offered": "sl_of_offered",
    "service_level_answered": "sl_of_answered",
    "p_wait": "p_wait",
    "p_abandon": "p_abandon",
    "asa_served_s": "asa_served",
    "occupancy": "occupancy",
}


@dataclass(frozen=True)
class Row:
    """A queue whose answers are known; ``answers`` is empty for an unstable one."""

    arrivals_per_hour: float
    aht_s: float
    agents: int
    patience_s: float | None
    target_s: float
    answers: dict[str, float]

    @property
    def name(self) -> str:
        patience = "none" if self.patience_s is None else f"{self.patience_s:g}"
        return f"{self.arrivals_per_hour:g}/h-{self.aht_s:g}s-{self.agents}-agents-{patience}"

    def model(self, contacts: int, seed: int) -> QueueModel:
        return QueueModel(
            arrivals_per_hour=self.arrivals_per_hour,
            aht_s=self.aht_s,
            agents=self.agents,
            patience_s=self.patience_s,
            target_s=self.target_s,
            contacts=contacts,
            seed=seed,
        )


@cache
def reference() -> tuple[Row, ...]:
    """Return every row of the reference, unstable ones included; skip where it is absent."""
    return tuple(
        Row(
            float(row["lambda_per_h"]),
            float(row["aht_s"]),
            int(row["agents"]),
            float(row["mean_patience_s"]) if row["mean_patience_s"] else None,
            float(row["target_s"]),
            {name: float(row[column]) for name, column in COLUMNS.items()}
            if row["stable"] == "1"
            else {},
        )
        for row in rows("erlang_reference.csv")
    )


@dataclass(frozen=True)
class Interval:
    """An estimate and how far the truth may be from it."""

    middle: float
    half_width: float

    def holds(self, value: float) -> bool:
        return abs(value - self.middle) <= self.half_width


@dataclass(frozen=True)
class Observation:
    """One run's figures, and the demand it drew (see :func:`drawn`)."""

    figures: QueueFigures
    controls: tuple[float, ...]


def run(row: Row, contacts: int, seeds: Iterable[int]) -> list[Observation]:
    """Simulate a row once per seed."""
    found = []
    for seed in seeds:
        model = row.model(contacts, seed)
        found.append(Observation(simulate_queue(model), drawn(row, Demand(model), model)))
    return found


def interval(runs: Sequence[Observation], figure: str, confidence: float = CONFIDENCE) -> Interval:
    """Return the confidence interval of a figure over runs of different seeds."""
    found = [getattr(one.figures, figure) for one in runs]
    return regressed(found, [one.controls for one in runs], confidence)


def regressed(
    found: Sequence[float], controls: Sequence[tuple[float, ...]], confidence: float = CONFIDENCE
) -> Interval:
    """Return the interval of a mean over runs, by regression on controls whose means are 0."""
    y = np.array(found)
    x = np.column_stack([np.ones(len(y)), np.array(controls)])
    solved, *_ = np.linalg.lstsq(x, y, rcond=None)
    residual = y - x @ solved
    freedom = len(y) - x.shape[1]
    deviation = sqrt(float(residual @ residual) / freedom)
    # The intercept's variance is that of a mean, enlarged where the controls were off on average.
    spread = sqrt(float(np.linalg.pinv(x.T @ x)[0, 0]))
    quantile = float(stats.t.ppf((1 + confidence) / 2, freedom))
    return Interval(float(solved[0]), quantile * deviation * spread)


def drawn(row: Row, demand: Demand, model: QueueModel) -> tuple[float, ...]:
    """Return how far the demand of a run was from the mean, in four ways whose means are 0.

    The mean gap and the mean handling time; and, had there been an agent for everybody, the share
    of callers who would have met ``agents`` or more busy, and by how many more: Poisson.
    """
    talking: list[float] = []
    now = gaps = work = 0.0
    met = excess = 0
    for number in range(-model.warm_up, model.contacts):
        gap, service = demand.gap_ms(), demand.service_ms()
        now += gap
        while talking and talking[0] <= now:
            heappop(talking)
        if number >= 0:
            gaps, work = gaps + gap, work + service
            met += len(talking) >= row.agents
            excess += max(0, len(talking) - row.agents)
        heappush(talking, now + service)
    busy = stats.poisson(model.erlangs)
    above = float(busy.sf(row.agents - 1))
    mean_excess = float(sum(busy.sf(n) for n in range(row.agents, row.agents + 200)))
    return (
        gaps / model.contacts * row.arrivals_per_hour / 3_600_000 - 1,
        work / model.contacts / (1000 * row.aht_s) - 1,
        met / model.contacts - above,
        excess / model.contacts - mean_excess,
    )


def contacts_needed(row: Row, half_width: float, seeds: int) -> int:
    """Return how many contacts per seed the service level needs for this half-width.

    Found with a recursion of a few lines that knows nothing of the engine. It plans only: what
    it simulates is no part of any answer. Where hardly anybody waits too long, enough contacts
    are taken to see some who do: from nothing seen no interval follows.
    """
    pilots, contacts = 24, 8_000
    found, controls = [], []
    for seed in range(-pilots, 0):
        model = row.model(contacts, seed)
        found.append(service_level(row, Demand(model), model))
        controls.append(drawn(row, Demand(model), model))
    freedom = seeds - len(controls[0]) - 1
    seen = regressed(found, controls).half_width
    seen /= float(stats.t.ppf((1 + CONFIDENCE) / 2, pilots - len(controls[0]) - 1))
    expected = seen * float(stats.t.ppf((1 + CONFIDENCE) / 2, freedom))
    too_late = ceil(SEEN / (1 - row.answers["service_level_offered"]) / seeds)
    return max(400, too_late, ceil(contacts * (expected / half_width) ** 2 * pilots / seeds))


def service_level(row: Row, demand: Demand, model: QueueModel) -> float:
    """Return the service level of first come, first served, by a recursion over agents' times.

    It shares nothing with the engine but the callers, and is exact for them.
    """
    free = [0.0] * row.agents
    now = 0.0
    in_time = 0
    for number in range(-model.warm_up, model.contacts):
        now += demand.gap_ms()
        service, patience = demand.service_ms(), demand.patience_ms()
        starts = max(now, free[0])
        served = patience is None or starts - now <= patience
        if served:
            heapreplace(free, starts + service)
        in_time += number >= 0 and served and starts - now <= 1000 * row.target_s
    return in_time / model.contacts
