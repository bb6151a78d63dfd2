"""One look every few seconds while anybody waits: never none for long, never many."""

from __future__ import annotations

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application.heartbeat import PERIOD_MS, arm_heartbeat
from centralino.application.routing import drain, heartbeat, mark_hot
from centralino.domain.contacts.model import ContactState
from centralino.domain.errors import TransientDependency
from tests.unit.application.room import POOL, Room


def beats(room: Room) -> list[float]:
    """Return when the beats under way fall due, from now."""
    now = room.world.clock.time
    return [due - now for due, _, t in sorted(room.world.timers._queue) if t.kind == "heartbeat"]


def live(room: Room, milliseconds: int) -> int:
    """Let time pass, firing beats as the timers function does; return how many fired."""
    end, fired = room.world.clock.time + milliseconds, 0
    while (due := room.world.timers.next_at()) is not None and due <= end:
        room.world.clock.move_to(due)
        for timer in room.world.timers.due():
            if timer.kind == "heartbeat":
                fired += 1
                heartbeat(room.app, timer.key, hop=timer.hop, cause="timer")
    room.world.clock.move_to(end)
    return fired


def forget(room: Room) -> None:
    """Be another process: what this one remembers is gone."""
    room.app.hints.clear()


def test_it_beats_while_anybody_waits_and_then_stops() -> None:
    room = Room()
    contact = room.wait()
    drain(room.app, POOL, cause="test")
    assert beats(room) == [PERIOD_MS]
    assert live(room, 60_000) == 12
    room.ready("ann")
    assert live(room, PERIOD_MS) == 1
    assert room.contact(contact).state is ContactState.OFFERED
    assert beats(room) == []
    assert live(room, 60_000) == 0


def test_a_wait_longer_than_any_count_of_hops_goes_on_being_looked_at() -> None:
    room = Room()
    room.wait()
    arm_heartbeat(room.app, POOL)
    assert live(room, 3_600_000) == 720
    assert room.world.log.of("error") == []


def test_a_relaxing_need_is_met_when_it_relaxes() -> None:
    room = Room()
    contact = room.wait(plan="expert")
    room.ready("ann")
    drain(room.app, POOL, cause="test")
    live(room, 29_999)
    assert room.contact(contact).state is ContactState.WAITING
    live(room, 1)
    assert room.contact(contact).state is ContactState.OFFERED


def test_however_many_ask_one_beat_is_sent() -> None:
    room = Room()
    for _ in range(100):
        forget(room)
        arm_heartbeat(room.app, POOL)
    assert len(beats(room)) == 1


def test_a_process_that_knows_of_a_beat_does_not_ask_again() -> None:
    room = Room()
    assert arm_heartbeat(room.app, POOL)
    asked = room.requests("operations.put_if")
    assert not arm_heartbeat(room.app, POOL)
    assert room.requests("operations.put_if") == asked


def test_pools_beat_for_themselves() -> None:
    room = Room()
    assert arm_heartbeat(room.app, POOL)
    assert arm_heartbeat(room.app, "other")


def test_two_chains_become_one() -> None:
    room = Room()
    room.wait()
    arm_heartbeat(room.app, POOL)
    arm_heartbeat(room.app, POOL, recover=True)
    assert len(beats(room)) == 2
    live(room, 2 * PERIOD_MS)
    assert len(beats(room)) == 1
    assert live(room, 60_000) == 12


def test_a_doubled_beat_starts_no_second_chain() -> None:
    room = Room()
    room.wait()
    arm_heartbeat(room.app, POOL)
    for _ in range(2):
        room.world.clock.advance(PERIOD_MS)
        for timer in room.world.timers.due() * 3:
            forget(room)
            heartbeat(room.app, timer.key, hop=0, cause="timer")
        assert len(beats(room)) == 1


def test_dying_between_marker_and_message_is_made_good_by_whoever_comes_next() -> None:
    room = Room()
    room.wait()
    room.world.faults.crash_before("timers.send")
    with pytest.raises(Crash):
        drain(room.app, POOL, cause="test")
    assert beats(room) == []
    forget(room)
    drain(room.app, POOL, cause="test")
    # The marker says that a beat is coming, for as long as it would.
    assert beats(room) == []
    room.world.clock.advance(PERIOD_MS)
    forget(room)
    drain(room.app, POOL, cause="test")
    assert beats(room) == [PERIOD_MS]


def test_dying_between_marker_and_message_is_made_good_by_the_sweep_at_once() -> None:
    room = Room()
    room.world.faults.crash_before("timers.send")
    with pytest.raises(Crash):
        arm_heartbeat(room.app, POOL)
    forget(room)
    assert arm_heartbeat(room.app, POOL, recover=True)
    assert beats(room) == [PERIOD_MS]


def test_a_message_that_could_not_be_sent_leaves_no_marker() -> None:
    room = Room()
    room.world.faults.refuse("timers.send")
    with pytest.raises(TransientDependency):
        arm_heartbeat(room.app, POOL)
    assert arm_heartbeat(room.app, POOL)
    assert len(beats(room)) == 1


def test_a_beat_that_fails_comes_again_rather_than_end_the_chain() -> None:
    room = Room()
    room.wait()
    room.world.faults.refuse("store.waiting")
    with pytest.raises(TransientDependency):
        heartbeat(room.app, POOL, hop=0, cause="timer")
    heartbeat(room.app, POOL, hop=0, cause="timer")
    assert len(beats(room)) == 1


def test_clocks_that_differ_a_little_do_not_break_the_chain() -> None:
    room = Room()
    room.wait()
    arm_heartbeat(room.app, POOL)
    # The next process is behind by half a second when the message arrives.
    room.world.clock.advance(PERIOD_MS - 500)
    forget(room)
    heartbeat(room.app, POOL, hop=0, cause="timer")
    assert max(beats(room)) == PERIOD_MS


def test_the_beat_of_a_hot_pool_goes_to_its_consumer() -> None:
    room = Room()
    room.wait()
    mark_hot(room.app, POOL, room.app.clock.now() + 60_000)
    heartbeat(room.app, POOL, hop=0, cause="timer")
    assert heartbeat(room.app, POOL, hop=0, cause="timer").nudged
    drain(room.app, POOL, cause="nudge")
    assert len(beats(room)) == 1
