"""Where and when a drain runs: in passing, by its nudges, against the clock, in a crowd."""

from __future__ import annotations

import pytest

from centralino.application.routing import (
    INLINE_MOST,
    MAX_HOPS,
    drain,
    drain_nudged,
    mark_hot,
    nudge_or_drain,
)
from centralino.domain.errors import TransientDependency
from tests.unit.application.room import POOL, Room


def run(room: Room) -> object:
    return drain(room.app, POOL, cause="test")


def slow_pages(room: Room, milliseconds: int) -> None:
    """Let every push take time."""
    room.world.realtime.listener = lambda *_: room.world.clock.advance(milliseconds)


def test_at_the_deadline_the_rest_is_left_to_a_nudge() -> None:
    room = Room()
    for n in range(150):
        room.wait()
        room.ready(f"a{n:03d}")
    slow_pages(room, 100)
    report = drain(room.app, POOL, cause="test", deadline_ms=5_000, hop=3)
    assert 50 <= report.assigned < 150
    assert report.assigned + report.unserved == 150
    assert report.nudged
    assert [(n.pool, n.hop) for n in room.world.nudges.take()] == [(POOL, 4)]
    rest = drain_nudged(room.app, POOL, hop=4, cause="nudge")
    assert report.assigned + rest.assigned + rest.unserved == 150


def test_an_endless_chain_of_nudges_is_cut_with_an_alarm() -> None:
    room = Room()
    for n in range(130):
        room.wait()
        room.ready(f"a{n:03d}")
    slow_pages(room, 100)
    report = drain(room.app, POOL, cause="test", deadline_ms=100, hop=MAX_HOPS)
    assert not report.nudged
    assert len(room.world.nudges) == 0
    assert [line.message for line in room.world.log.of("error")] == ["routing_loop_stopped"]
    # The heartbeat still looks after those who wait.
    assert "heartbeat" in {t.kind for t in room.world.timers.pending()}


def test_what_was_just_written_is_matched_though_no_index_shows_it() -> None:
    room = Room(lag=lambda: 1_000)
    contact, ann = room.wait(), room.ready("ann")
    assert nudge_or_drain(room.app, POOL, "test").assigned == 0
    assert nudge_or_drain(room.app, POOL, "test", fresh=[contact, ann]).assigned == 1
    assert room.offered() == {contact.id: "ann"}


def test_what_was_just_written_may_be_older_than_what_the_index_shows() -> None:
    room = Room()
    contact, ann = room.wait(), room.ready("ann")
    run(room)
    report = nudge_or_drain(room.app, POOL, "test", fresh=[contact, ann])
    assert report.assigned == 0
    assert room.offered() == {contact.id: "ann"}


def test_a_hot_pool_is_left_to_its_consumer() -> None:
    room = Room()
    room.wait()
    room.ready("ann")
    mark_hot(room.app, POOL, room.app.clock.now() + 1_000)
    room.app.hints.clear()
    report = nudge_or_drain(room.app, POOL, "test")
    assert (report.assigned, report.nudged) == (0, True)
    assert room.requests("store.claim") == 0
    room.world.meter.reset()
    assert nudge_or_drain(room.app, POOL, "test").nudged
    # Known for two seconds: nothing is read at all.
    assert room.world.meter.of().requests == 0
    assert drain_nudged(room.app, POOL, hop=0, cause="nudge").assigned == 1
    room.wait()
    room.ready("bob")
    room.world.clock.advance(2_001)
    assert nudge_or_drain(room.app, POOL, "test").assigned == 1


def test_after_a_conflict_the_rest_is_left_to_the_consumer() -> None:
    room = Room()
    room.wait()
    room.ready("ann")
    room.world.faults.contend("store.claim")
    report = nudge_or_drain(room.app, POOL, "test")
    assert (report.assigned, report.failed, report.nudged) == (0, 1, True)
    assert room.requests("store.claim") == 1
    # And so is what comes within the next two seconds.
    room.world.meter.reset()
    assert nudge_or_drain(room.app, POOL, "test").nudged
    assert room.world.meter.of().requests == 0
    room.world.clock.advance(2_001)
    assert nudge_or_drain(room.app, POOL, "test").assigned == 1


def test_a_crowd_is_left_to_the_consumer_and_everybody_is_told() -> None:
    room = Room()
    for n in range(INLINE_MOST + 1):
        room.wait()
        room.ready(f"a{n}")
    report = nudge_or_drain(room.app, POOL, "test")
    assert (report.assigned, report.nudged) == (0, True)
    assert report.unserved == INLINE_MOST + 1
    assert room.requests("store.claim") == 0
    # Another process knows nothing of it, and finds out while it reads.
    room.app.hints.clear()
    assert nudge_or_drain(room.app, POOL, "test").nudged
    assert room.requests("store.claim") == 0
    assert drain_nudged(room.app, POOL, hop=0, cause="nudge").assigned == INLINE_MOST + 1


def test_a_long_line_with_few_agents_is_no_crowd() -> None:
    room = Room()
    for _ in range(80):
        room.wait()
    for n in range(INLINE_MOST):
        room.ready(f"a{n}")
    assert nudge_or_drain(room.app, POOL, "test").assigned == INLINE_MOST


def test_a_conflict_over_a_contact_that_has_gone_needs_nobody() -> None:
    room = Room(lag=lambda: 1_000)
    contact, ann = room.wait(), room.ready("ann")
    room.world.clock.advance(2_000)
    drain(room.app, POOL, cause="other")
    report = nudge_or_drain(room.app, POOL, "test", fresh=[contact, ann])
    assert report.failed == 1
    assert not report.nudged


@pytest.mark.parametrize("operation", ["store.waiting", "store.available", "timers.send"])
def test_draining_in_passing_never_fails_its_caller(operation: str) -> None:
    room = Room()
    room.wait()
    room.ready("ann")
    room.world.faults.refuse(operation)
    report = nudge_or_drain(room.app, POOL, "test")
    assert report.nudged
    assert room.offered() == {}
    assert [line.message for line in room.world.log.of("warning")] == ["drain_failed"]


def test_draining_in_passing_survives_that_nothing_answers() -> None:
    room = Room()
    room.wait()
    room.world.faults.refuse("*", times=None)
    report = nudge_or_drain(room.app, POOL, "test")
    assert not report.nudged
    assert [line.message for line in room.world.log.of("error")] == ["nudge_failed"]


def test_a_nudge_that_fails_comes_again() -> None:
    room = Room()
    room.wait()
    room.world.faults.refuse("store.waiting")
    with pytest.raises(TransientDependency):
        drain_nudged(room.app, POOL, hop=0, cause="nudge")
