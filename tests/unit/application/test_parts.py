"""Sub-pools: who is matched in which part, what is stolen from the others, and when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.application import agents, heat
from centralino.application.parts import nudge, part_of, parts_of, pool_of
from centralino.application.routing import OVERDUE_MS, drain, heartbeat, nudge_or_drain
from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.contacts.model import Contact, ContactState
from tests.unit.application.room import POOL, Room, rules

PARTS = 4


def parted(parts: int = PARTS) -> Room:
    """Return a room whose pool is matched in parts."""
    found = rules(shards=parts)
    profiles = {name: replace(p, shards=parts) for name, p in found.profiles.items()}
    return Room(replace(found, profiles=profiles), together=True)


def wait(room: Room, part: int) -> Contact:
    return room.wait(shard=part)


def ready(room: Room, name: str, part: int) -> Agent:
    return room.ready(name, shard=part)


def nudged(room: Room) -> list[str]:
    return [nudge.pool for nudge in room.world.nudges.take()]


@pytest.mark.parametrize(
    ("queue", "profile", "parts"), [(1, 1, 1), (4, 4, 4), (4, 2, 2), (8, 1, 1), (3, 5, 3)]
)
def test_a_pool_has_as_many_parts_as_its_least_sharded_member(
    queue: int, profile: int, parts: int
) -> None:
    found = rules(shards=queue)
    profiles = {name: replace(p, shards=profile) for name, p in found.profiles.items()}
    assert parts_of(replace(found, profiles=profiles), POOL) == parts


@pytest.mark.parametrize(
    ("name", "pool", "part"),
    [("q", "q", None), ("q/0", "q", 0), ("q/3", "q", 3), ("q/4", "q", None)],
)
def test_a_name_is_of_a_pool_or_of_a_part_that_there_is(
    name: str, pool: str, part: int | None
) -> None:
    assert (pool_of(name), part_of(name, PARTS)) == (pool, part)


def test_a_nudge_goes_to_the_part_of_who_asked_for_it() -> None:
    room = parted()
    contact, agent = wait(room, 2), ready(room, "ann", 5)
    nudge(room.app, POOL, [contact, agent])
    assert nudged(room) == [f"{POOL}/1", f"{POOL}/2"]


def test_a_nudge_for_nobody_in_particular_goes_to_every_part() -> None:
    room = parted()
    nudge(room.app, POOL)
    assert nudged(room) == [f"{POOL}/{part}" for part in range(PARTS)]


def test_a_pool_in_one_part_goes_by_its_own_name() -> None:
    room = Room()
    nudge(room.app, POOL)
    assert nudged(room) == [POOL]


def test_a_crowd_is_left_to_its_parts() -> None:
    room = parted()
    heat.believe_hot(room.app, POOL)
    assert nudge_or_drain(room.app, POOL, "test", fresh=[wait(room, 3)]).nudged
    assert nudged(room) == [f"{POOL}/3"]


def test_a_part_serves_its_own() -> None:
    room = parted()
    mine, other = wait(room, 1), wait(room, 2)
    ready(room, "ann", 1)
    ready(room, "bob", 2)
    report = drain(room.app, f"{POOL}/1", cause="test")
    assert report.assigned == 1
    assert room.offered() == {mine.id: "ann"}
    assert room.contact(other).state is ContactState.WAITING


def test_what_was_written_just_now_in_another_part_is_left_to_it() -> None:
    room = parted()
    wait(room, 1)
    ready(room, "bob", 2)
    assert drain(room.app, f"{POOL}/1", cause="test").assigned == 0


@pytest.mark.parametrize("part", [1, 2])
def test_what_has_lain_there_is_stolen_from_either_side(part: int) -> None:
    room = parted()
    contact = wait(room, 1)
    ready(room, "bob", 2)
    room.world.clock.advance(OVERDUE_MS + 1)
    assert drain(room.app, f"{POOL}/{part}", cause="test").assigned == 1
    assert room.offered() == {contact.id: "bob"}


def test_stealing_serves_the_oldest_of_all_parts_first() -> None:
    room = parted()
    oldest = wait(room, 3)
    room.world.clock.advance(1_000)
    wait(room, 1)
    ready(room, "bob", 2)
    room.world.clock.advance(OVERDUE_MS + 1)
    drain(room.app, f"{POOL}/1", cause="test")
    assert room.offered() == {oldest.id: "bob"}


def test_a_part_looks_at_the_others_only_now_and_then() -> None:
    room = parted()
    wait(room, 1)
    reads = []
    for _ in range(3):
        before = room.requests("store.waiting")
        drain(room.app, f"{POOL}/1", cause="test")
        reads.append(room.requests("store.waiting") - before)
    assert reads[0] > reads[1] == reads[2]


def test_a_part_with_nothing_left_over_reads_nothing_of_the_others() -> None:
    room = parted()
    wait(room, 1)
    ready(room, "ann", 1)
    drain(room.app, f"{POOL}/1", cause="test")
    plans = len(room.rules.plans)
    assert room.requests("store.waiting") == plans


def test_the_beat_looks_at_the_whole_pool() -> None:
    room = parted()
    contact = wait(room, 1)
    ready(room, "bob", 2)
    room.world.clock.advance(OVERDUE_MS + 1)
    heartbeat(room.app, POOL, hop=0, cause="test")
    assert room.offered() == {contact.id: "bob"}


def test_a_part_that_is_no_more_is_the_whole_pool() -> None:
    room = Room()
    contact = room.wait()
    room.ready("ann")
    assert drain(room.app, f"{POOL}/3", cause="an old nudge").assigned == 1
    assert room.offered() == {contact.id: "ann"}


def test_parts_side_by_side_assign_a_whole_crowd_once_each() -> None:
    room = parted()
    for number in range(120):
        wait(room, number % PARTS)
    for number in range(100):
        # Crowded unevenly: the agents of the last part have no contacts enough of their own.
        ready(room, f"ag_{number:03d}", 3 if number % 2 else number % PARTS)
    failed = 0
    for _ in range(3):
        for part in range(PARTS):
            failed += drain(room.app, f"{POOL}/{part}", cause="test").failed
        room.world.clock.advance(OVERDUE_MS + 1)
    offered = room.offered()
    assert len(offered) == 100
    assert len(set(offered.values())) == 100
    assert failed == 0


def test_agents_are_spread_over_the_parts_when_they_sign_in() -> None:
    room = parted()
    shards = set()
    for number in range(40):
        agent = Agent(f"ag_{number:02d}", AgentState.OFFLINE, "demo", POOL, "q")
        agents.register(room.app, agent, "admin")
        ready_now = agents.set_state(room.app, agent.id, AgentState.ROUTABLE, None, "api")
        again = agents.set_state(room.app, agent.id, AgentState.NOT_READY, "break", "api")
        assert ready_now.shard == again.shard
        shards.add(ready_now.shard)
    assert shards == set(range(PARTS))
