"""Large pools: how good the matching is, and that its cost grows with the pool and no faster."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from centralino.domain.routing.decide import decide
from centralino.domain.routing.strategies import STRATEGIES
from cli.bench.routing_workloads import NOW, Moment, Shape, moment
from tests.unit.domain.routing import reference
from tests.unit.domain.routing.making import Result


def herd(seed: int, contacts: int, agents: int, **more: object) -> Moment:
    """Return 20 queues with Zipf demand, 40 profiles of 1 or 10 of them, and the people."""
    return moment(Shape(contacts, agents, 20, 40, 10, **more), seed)  # type: ignore[arg-type]


def decided(pool: Moment) -> Result:
    return decide(pool.snapshot, NOW, pool.configuration)


def most_possible(pool: Moment) -> int:
    """Return the size of a maximum matching, by scipy."""
    of, contacts, agents = pool.configuration, pool.contacts, pool.agents
    listed = {agent.agent: agent for agent in agents}
    by_queue: dict[str, list[int]] = {}
    for column, agent in enumerate(agents):
        for served in of.profiles[agent.profile].queues:
            by_queue.setdefault(served.queue, []).append(column)
    rows, columns = [], []
    for row, contact in enumerate(contacts):
        for column in by_queue.get(contact.queue, ()):
            if reference.eligible(contact, agents[column], NOW, of, listed):
                rows.append(row)
                columns.append(column)
    graph = csr_matrix(
        (np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(len(contacts), len(agents))
    )
    return int((maximum_bipartite_matching(graph, perm_type="column") >= 0).sum())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("strategy", ["longest_idle", "scarce_profile_first", "random"])
def test_no_matching_serves_more(seed: int, strategy: str) -> None:
    pool = herd(seed, 2_000, 1_000, strategy=strategy, skills=False)
    assert len(decided(pool).assignments) == most_possible(pool)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_no_matching_serves_more_with_skills(strategy: str) -> None:
    pool = herd(7, 500, 400, strategy=strategy)
    assert len(decided(pool).assignments) == most_possible(pool)


@pytest.mark.parametrize("seed", range(3))
def test_no_matching_serves_more_where_every_queue_has_its_own_strategy(seed: int) -> None:
    pool = herd(seed, 500, 400)
    queues = {
        name: replace(queue, strategy=STRATEGIES[(number + seed) % len(STRATEGIES)])
        for number, (name, queue) in enumerate(pool.configuration.queues.items())
    }
    mixed = replace(pool, configuration=replace(pool.configuration, queues=queues))
    made = decided(mixed)
    assert len(made.assignments) == most_possible(mixed)
    assert len({a.agent.agent for a in made.assignments}) == len(made.assignments)
    for contact, _, why in made.assignments:
        assert why.rule == queues[contact.queue].strategy


def test_without_moving_anybody_fewer_would_be_served() -> None:
    # What the exchange is worth here: the same contacts in order, each keeping the first agent.
    pool = herd(0, 2_000, 1_000, skills=False)
    profiles = pool.configuration.profiles
    idle = sorted(pool.agents, key=lambda a: (a.idle_since, a.agent))
    greedy = 0
    for contact in sorted(pool.contacts, key=lambda c: (c.virtual_time, c.contact)):
        for agent in idle:
            if contact.queue in {way.queue for way in profiles[agent.profile].queues}:
                idle.remove(agent)
                greedy += 1
                break
    assert greedy < len(decided(pool).assignments)


def seconds(pool: Moment) -> float:
    """Return the least processor time of three runs."""
    times = []
    for _ in range(3):
        begun = time.process_time()
        decided(pool)
        times.append(time.process_time() - begun)
    return min(times)


def test_cost_grows_with_the_pool_and_no_faster() -> None:
    # With a step per pair of contact and agent, four times the pool would cost sixteen times.
    ratio = seconds(herd(1, 6_000, 3_000)) / seconds(herd(1, 1_500, 750))
    assert ratio < 8


def test_ten_thousand_contacts_and_five_thousand_agents() -> None:
    pool = herd(2, 10_000, 5_000, tried=0.05)
    made = decided(pool)
    assert len(made.assignments) > 4_500
    assert made.unserved == 10_000 - len(made.assignments)
    assert len({a.agent.agent for a in made.assignments}) == len(made.assignments)
    for contact, agent, why in made.assignments:
        assert why.candidates[0][0] == agent.agent
        assert contact.tried.get(agent.agent, 0) <= NOW
