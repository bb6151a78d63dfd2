"""``routing.core_*`` and ``routing.matching_ratio``: how fast the matcher decides, and how well.

Nothing is read or written here: what is measured is
:func:`centralino.domain.routing.decide.decide` alone.

``core_pairs_per_s``
    10,000 contacts wait and 5,000 agents are free, in 8 queues under 16 routing profiles of 1 or
    4 queues. A contact needs one of four skills, at a level that eases twice as it waits; an
    agent has two. One contact in twenty sets the agent aside who last did not take it. The
    snapshot is made of index items by the deployed code, partition by partition, before the
    clock starts. A round is one call of ``decide``, from the snapshot to the assignments with
    their decision records; garbage is collected as it always is. The figure is

        assignments made / processor seconds of ``decide``

    of the fastest of :data:`ROUNDS` rounds after two that do not count. Processor seconds are the
    process's own, and the fastest round is the one least disturbed: a neighbour on the same core
    slows a round by half and never speeds one up (:mod:`timeit` argues the same). The bare name
    is ``longest_idle``, which queues have unless told otherwise; a line for every other strategy
    follows and has no limit.
``core_calls_per_s``
    The small case, most of what a quiet centre's drains do: one contact, 50 agents, one queue
    and profile, no skills (``plain``), or the rules of the large case (``skills``). Calls of
    ``decide`` per processor second.
``matching_ratio``
    2,000 contacts, 1,000 agents, 20 queues, 40 profiles of 1 or 10 queues, no skills. The number
    of assignments over that of a maximum matching, which SciPy finds in the graph of who serves
    whose queue; this graph is made from the rules, not by the matcher. Median of five seeds.

``--seed`` moves all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

from cli.bench import Benchmark, Figure

if TYPE_CHECKING:
    from cli.bench.routing_workloads import Moment, Shape

ROUNDS = 15
SEEDS = 5
PAIRS_LIMIT = 100_000
RATIO_LIMIT = 0.995

_WARM_UP = 2
_SMALL_CALLS = 200

Clock = Callable[[], float]


def benchmarks() -> dict[str, Benchmark]:
    """Return every benchmark here by the beginning of its metrics."""
    return {"routing.core_": core, "routing.matching_ratio": matching}


def core(seed: int) -> Iterator[Figure]:
    """Yield the speed of the matcher: the large case by strategy, and the small case."""
    from centralino.domain.routing.strategies import LONGEST_IDLE, STRATEGIES
    from cli.bench.routing_workloads import Shape, moment

    large = Shape(10_000, 5_000, queues=8, profiles=16, wide=4, tried=0.05)
    name = "routing.core_pairs_per_s"
    for strategy in (LONGEST_IDLE, *(other for other in STRATEGIES if other != LONGEST_IDLE)):
        usual = strategy == LONGEST_IDLE
        value = pairs_per_s(moment(replace(large, strategy=strategy), seed))
        yield Figure(
            name if usual else f"{name}.{strategy}",
            value,
            "1/s",
            PAIRS_LIMIT if usual else None,
            at_least=True,
        )
    small: dict[str, Shape] = {
        "plain": Shape(1, 50, queues=1, profiles=1, wide=1, skills=False),
        "skills": replace(large, contacts=1, agents=50),
    }
    for case, shape in small.items():
        yield Figure(f"routing.core_calls_per_s.{case}", calls_per_s(moment(shape, seed)), "1/s")


def matching(seed: int) -> Iterator[Figure]:
    """Yield how close the matcher comes to the most that can be served."""
    from cli.bench.routing_workloads import Shape, moment

    shape = Shape(2_000, 1_000, queues=20, profiles=40, wide=10, skills=False)
    ratios = [ratio(moment(shape, seed * 100 + number)) for number in range(SEEDS)]
    yield Figure("routing.matching_ratio", median(ratios), "ratio", RATIO_LIMIT, at_least=True)


def pairs_per_s(of: Moment, rounds: int = ROUNDS, clock: Clock = time.process_time) -> float:
    """Return assignments per second, by the fastest round."""
    figures: list[float] = []
    for _ in range(_WARM_UP + rounds):
        pairs, seconds = _timed(of, clock)
        figures.append(pairs / seconds)
    return max(figures[_WARM_UP:])


def calls_per_s(of: Moment, rounds: int = ROUNDS, clock: Clock = time.process_time) -> float:
    """Return calls of ``decide`` per second, by the fastest of as many rounds of 200."""
    figures: list[float] = []
    for _ in range(_WARM_UP + rounds):
        figures.append(_SMALL_CALLS / sum(_timed(of, clock)[1] for _ in range(_SMALL_CALLS)))
    return max(figures[_WARM_UP:])


def ratio(of: Moment) -> float:
    """Return the assignments made over the most that are possible."""
    return _timed(of, time.process_time)[0] / most_possible(of)


def most_possible(of: Moment) -> int:
    """Return the size of a maximum matching of contacts and agents who serve their queue."""
    import numpy as np
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
    from scipy.sparse.csgraph import (  # type: ignore[import-untyped]
        maximum_bipartite_matching,
    )

    serving: dict[str, list[int]] = {}
    for column, agent in enumerate(of.agents):
        for way in of.configuration.profiles[agent.profile].queues:
            serving.setdefault(way.queue, []).append(column)
    edges = [
        (row, column)
        for row, contact in enumerate(of.contacts)
        for column in serving.get(contact.queue, ())
    ]
    rows, columns = np.array(edges).T
    graph = csr_matrix(
        (np.ones(len(edges), dtype=np.int8), (rows, columns)),
        shape=(len(of.contacts), len(of.agents)),
    )
    return int((maximum_bipartite_matching(graph, perm_type="column") >= 0).sum())


def _timed(of: Moment, clock: Clock) -> tuple[int, float]:
    """Return the assignments of one call of ``decide`` and the seconds it took."""
    from centralino.domain.routing.decide import decide
    from cli.bench.routing_workloads import NOW

    begun = clock()
    made = decide(of.snapshot, NOW, of.configuration)
    seconds = clock() - begun
    return len(made.assignments), seconds
