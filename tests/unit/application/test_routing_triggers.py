"""Where and when a drain runs: in passing, by its nudges, against the clock, in a crowd."""

from __future__ import annotations

import pytest

from centralino.application.heat import FORGETS_MS, STRANGER_MS, hints_at_start
from centralino.application.routing import (
    INLINE_MOST,
    INLINE_TRIES,
    MAX_HOPS,
    OVERDUE_MS,
    drain,
    drain_nudged,
    heartbeat,
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
    for n in range(700):
        room.wait()
        room.ready(f"a{n:03d}")
    slow_pages(room, 100)
    report = drain(room.app, POOL, cause="test", deadline_ms=5_000, hop=3)
    assert 50 <= report.assigned < 700
    assert report.assigned + report.unserved == 700
    # Who was assigned has been told, however late it was.
    assert len(room.world.realtime.frames) == report.assigned
    assert report.nudged
    assert [(n.pool, n.hop) for n in room.world.nudges.take()] == [(POOL, 4)]
    rest = drain_nudged(room.app, POOL, hop=4, cause="nudge")
    assert report.assigned + rest.assigned + rest.unserved == 700


def test_an_endless_chain_of_nudges_is_cut_with_an_alarm() -> None:
    room = Room()
    for n in range(700):
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


def test_a_single_conflict_is_no_reason_to_wait_for_the_consumer() -> None:
    room = Room()
    contact = room.wait()
    room.ready("ann")
    room.world.faults.contend("store.claim")
    report = nudge_or_drain(room.app, POOL, "test", fresh=[contact])
    assert (report.assigned, report.failed, report.nudged) == (1, 1, False)


def test_after_several_conflicts_the_rest_is_left_to_the_consumer() -> None:
    room = Room()
    room.wait()
    room.ready("ann")
    room.world.faults.contend("store.claim", times=INLINE_TRIES)
    report = nudge_or_drain(room.app, POOL, "test")
    assert (report.assigned, report.failed, report.nudged) == (0, INLINE_TRIES, True)
    assert room.requests("store.claim") == INLINE_TRIES
    # And so is what comes within the next two seconds.
    room.world.meter.reset()
    assert nudge_or_drain(room.app, POOL, "test").nudged
    assert room.world.meter.of().requests == 0
    room.world.clock.advance(2_001)
    assert nudge_or_drain(room.app, POOL, "test").assigned == 1


def test_a_crowd_is_left_to_the_consumer() -> None:
    room = Room()
    for n in range(INLINE_MOST + 1):
        room.wait()
        room.ready(f"a{n}")
    report = nudge_or_drain(room.app, POOL, "test")
    assert (report.assigned, report.nudged) == (0, True)
    assert report.unserved == INLINE_MOST + 1
    assert room.requests("store.claim") == 0
    # This process leaves the next ones to the consumer as well; another one finds out by itself.
    assert nudge_or_drain(room.app, POOL, "test").nudged
    room.app.hints.clear()
    assert nudge_or_drain(room.app, POOL, "test").nudged
    assert room.requests("store.claim") == 0
    assert drain_nudged(room.app, POOL, hop=0, cause="nudge").assigned == INLINE_MOST + 1


def test_pairs_of_others_are_left_to_their_own_drains() -> None:
    room = Room()
    theirs, other = room.wait(), room.ready("ann")
    room.world.clock.advance(40)
    mine = room.wait()
    room.ready("bob")
    report = nudge_or_drain(room.app, POOL, "test", fresh=[mine])
    assert (report.assigned, report.unserved) == (1, 1)
    assert room.offered() == {mine.id: "bob"}
    # And the agent the other one should get is left to it.
    nudge_or_drain(room.app, POOL, "test", fresh=[theirs])
    assert room.offered() == {mine.id: "bob", theirs.id: other.id}


def test_a_pair_that_has_lain_there_is_taken_by_whoever_finds_it() -> None:
    room = Room()
    left = room.wait()
    room.ready("ann")
    room.world.clock.advance(OVERDUE_MS + 1)
    mine = room.wait()
    report = nudge_or_drain(room.app, POOL, "test", fresh=[mine])
    assert (report.assigned, report.unserved) == (1, 1)
    assert room.offered() == {left.id: "ann"}


def test_a_beat_leaves_pairs_alone_that_are_being_matched_now() -> None:
    room = Room()
    contact = room.wait()
    room.ready("ann")
    assert heartbeat(room.app, POOL, hop=0, cause="timer").assigned == 0
    room.world.clock.advance(OVERDUE_MS + 1)
    assert heartbeat(room.app, POOL, hop=0, cause="timer").assigned == 1
    assert room.offered() == {contact.id: "ann"}


def test_a_process_that_has_just_come_leaves_everything_to_the_consumer() -> None:
    room = Room()
    contact = room.wait()
    room.ready("ann")
    room.app.hints.update(hints_at_start())
    room.world.meter.reset()
    for _ in range(3):
        assert nudge_or_drain(room.app, POOL, "test", fresh=[contact]).nudged
        room.world.clock.advance(STRANGER_MS // 3)
    assert room.world.meter.of().requests == 0
    room.world.clock.advance(1)
    assert nudge_or_drain(room.app, POOL, "test", fresh=[contact]).assigned == 1


def test_a_process_that_was_long_idle_is_as_good_as_new() -> None:
    room = Room()
    room.app.hints.update(hints_at_start())
    nudge_or_drain(room.app, POOL, "test")
    room.world.clock.advance(FORGETS_MS - 1)
    assert not nudge_or_drain(room.app, POOL, "test").nudged
    room.world.clock.advance(FORGETS_MS)
    assert nudge_or_drain(room.app, POOL, "test").nudged


def test_each_pool_is_met_for_itself() -> None:
    room = Room()
    room.app.hints.update(hints_at_start())
    nudge_or_drain(room.app, POOL, "test")
    room.world.clock.advance(STRANGER_MS)
    assert not nudge_or_drain(room.app, POOL, "test").nudged
    assert nudge_or_drain(room.app, "other", "test").nudged


def test_the_consumer_drains_however_new_its_process() -> None:
    room = Room()
    room.wait()
    room.ready("ann")
    room.app.hints.update(hints_at_start())
    assert drain_nudged(room.app, POOL, hop=0, cause="nudge").assigned == 1


def test_what_a_process_claimed_itself_it_does_not_claim_again() -> None:
    room = Room(lag=lambda: 1_000)
    first, ann = room.wait(), room.ready("ann")
    second, bob = room.wait(), room.ready("bob")
    room.world.clock.advance(2_000)
    assert nudge_or_drain(room.app, POOL, "test", fresh=[first, ann]).assigned == 2
    # The indexes still show both pairs as they were.
    third = room.wait()
    report = nudge_or_drain(room.app, POOL, "test", fresh=[third])
    assert (report.assigned, report.failed, report.unserved) == (0, 0, 1)
    assert room.offered() == {first.id: ann.id, second.id: bob.id}


def test_who_is_left_waiting_in_passing_is_left_to_the_relay_unless_time_will_help() -> None:
    room = Room()
    plain = room.wait()
    nudge_or_drain(room.app, POOL, "test", fresh=[plain])
    assert room.requests("operations.put_if") == 0
    expert = room.wait(plan="expert")
    nudge_or_drain(room.app, POOL, "test", fresh=[expert])
    assert [t.kind for t in room.world.timers.pending()] == ["heartbeat"]


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
    room.app.hints.clear()  # that was another process
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
