"""The matcher's benchmark: what its workloads are like, and that it counts what it says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate, repeat
from typing import Any

import pytest

from centralino.domain.routing import decide as matcher
from centralino.domain.routing.model import Matching
from centralino.domain.routing.strategies import STRATEGIES
from cli import bench
from cli.bench import routing_core, routing_workloads
from cli.bench.routing_workloads import NOW, SKILLS, Moment, Shape, moment
from tests.unit.domain.routing import reference

SHAPE = Shape(3_000, 400, queues=8, profiles=16, wide=4, tried=0.1)


def clock(*seconds: float) -> Callable[[], float]:
    """Return a clock by which each round takes so many seconds."""
    # Asked before and after each; in between no time goes by.
    ticks = accumulate(step for spent in seconds for step in (0.0, spent))
    return lambda: next(ticks)


def test_a_moment_follows_from_its_seed() -> None:
    assert moment(SHAPE, 3) == moment(SHAPE, 3)
    assert moment(SHAPE, 3) != moment(SHAPE, 4)


def test_partitions_are_as_the_indexes_show_them() -> None:
    pool = moment(SHAPE, 1)
    assert (len(pool.contacts), len(pool.agents)) == (3_000, 400)
    for key, pages in pool.snapshot.waiting.items():
        assert key.split("#")[1:3] == [pages.queue, pages.plan]
        assert {(e.queue, e.plan) for e in pages.entries} <= {(pages.queue, pages.plan)}
        places = [(e.tier, e.virtual_time, e.contact) for e in pages.entries]
        assert places == sorted(places)
    for key, desks in pool.snapshot.available.items():
        assert key.split("#")[1] == desks.profile
        assert {entry.profile for entry in desks.entries} <= {desks.profile}
        idle = [(entry.idle_since, entry.agent) for entry in desks.entries]
        assert idle == sorted(idle)


def test_demand_skills_and_profiles_are_as_described() -> None:
    pool = moment(SHAPE, 1)
    asked = Counter(contact.queue for contact in pool.contacts)
    first, second, *_, last = [asked[queue] for queue in pool.configuration.queues]
    assert 1.6 < first / second < 2.4
    assert first > 5 * last
    assert {len(p.queues) for p in pool.configuration.profiles.values()} == {1, 4}
    assert {contact.plan for contact in pool.contacts} == set(SKILLS)
    assert all(len(agent.skills) == 2 for agent in pool.agents)
    for skill, plan in pool.configuration.plans.items():
        assert [dict(step.skills) for step in plan.steps] == [{skill: 3}, {skill: 2}, {}]
    known = {agent.agent for agent in pool.agents}
    aside = [contact.tried for contact in pool.contacts if contact.tried]
    assert 0.07 < len(aside) / 3_000 < 0.13
    assert all(tried.keys() <= known and min(tried.values()) > NOW for tried in aside)


def test_pairs_per_second_is_assignments_over_the_fastest_round() -> None:
    pool = moment(replace(SHAPE, contacts=30, agents=20), 1)
    made = matcher.decide(pool.snapshot, NOW, pool.configuration).assignments
    assert len(made) > 10
    warm_up = [1000.0] * 2
    measured = routing_core.pairs_per_s(pool, rounds=3, clock=clock(*warm_up, 8.0, 0.5, 2.0))
    assert measured == len(made) / 0.5


def test_calls_per_second_is_calls_over_the_fastest_round() -> None:
    pool = moment(Shape(1, 5, 1, 1, 1, skills=False), 1)
    rounds = [9.0, 9.0, 0.5, 0.25, 0.125]
    each = [spent for spent in rounds for _ in range(200)]
    assert routing_core.calls_per_s(pool, rounds=3, clock=clock(*each)) == 1 / 0.125


@pytest.mark.parametrize("seed", range(3))
def test_the_most_possible_is_what_moving_contacts_one_by_one_finds(seed: int) -> None:
    pool = moment(Shape(60, 40, 6, 8, 3, skills=False), seed)
    served = reference.served_in_order(pool.contacts, pool.agents, NOW, pool.configuration)
    assert routing_core.most_possible(pool) == len(served)


def test_the_ratio_tells_a_matcher_that_serves_too_few(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = moment(Shape(200, 100, 20, 40, 10, skills=False), 1)
    assert routing_core.ratio(pool) == 1
    decide = matcher.decide

    def half(*arguments: Any) -> Matching[Any, Any]:
        made = decide(*arguments)
        return replace(made, assignments=made.assignments[::2])

    monkeypatch.setattr(matcher, "decide", half)
    assert routing_core.ratio(pool) == pytest.approx(0.5, abs=0.01)


def test_the_matching_is_close_to_the_most_possible() -> None:
    (figure,) = bench.run("routing.matching_ratio", 3)
    assert figure.metric == "routing.matching_ratio"
    assert figure.at_least
    assert figure.limit == 0.995
    assert figure.kept
    assert figure.value <= 1


def test_every_strategy_is_measured_and_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes: list[Shape] = []

    def remembered(shape: Shape, seed: int) -> Moment:
        shapes.append(shape)
        return moment(replace(shape, contacts=1, agents=1), seed)

    monkeypatch.setattr(routing_workloads, "moment", remembered)
    monkeypatch.setattr(routing_core, "pairs_per_s", lambda of: 70_000.0)
    monkeypatch.setattr(routing_core, "calls_per_s", lambda of: 9_000.0)
    figures = {figure.metric: figure for figure in bench.run("routing.core_", 1)}
    name = "routing.core_pairs_per_s"
    others = {f"{name}.{strategy}" for strategy in STRATEGIES} - {f"{name}.longest_idle"}
    small = {"routing.core_calls_per_s.plain", "routing.core_calls_per_s.skills"}
    assert figures.keys() == {name, *others, *small}
    assert (figures[name].limit, figures[name].kept) == (100_000, False)
    assert all(figures[case].limit is None for case in others | small)
    assert [(s.contacts, s.agents) for s in shapes] == [
        *repeat((10_000, 5_000), len(STRATEGIES)),
        (1, 50),
        (1, 50),
    ]
    assert [shape.strategy for shape in shapes[: len(STRATEGIES)]].count("longest_idle") == 1
