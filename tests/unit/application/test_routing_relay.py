"""What the relay does for routing: it has everybody looked at, and knows which pools are hot."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from centralino.application.heartbeat import PERIOD_MS, SLACK_MS
from centralino.application.ports import Timer
from centralino.application.relay import JUST_NOW_MS, Image, relay
from centralino.application.routing import drain_nudged, heartbeat, nudge_or_drain
from centralino.domain.contacts import lifecycle, offers
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import TransientDependency
from tests.unit.application.room import POOL, Room, rules


class Relayed:
    """A room whose writes are relayed when told."""

    def __init__(self, room: Room | None = None) -> None:
        self.room = room or Room()
        self.stream = self.room.world.stream.subscribe("contacts")

    def relay(self) -> None:
        """Relay what was written since the last time."""
        changes = self.stream.take(1_000)
        images = [Image(str(n), change.image) for n, change in enumerate(changes)]
        assert relay(self.room.app, self.room.world.bus, images) is None

    def later(self, milliseconds: int) -> None:
        """Let time pass."""
        self.room.world.clock.advance(milliseconds)

    def beats(self) -> list[Timer]:
        """Return the looks and beats on their way."""
        return [t for t in self.room.world.timers.pending() if t.kind == "heartbeat"]


def forget(room: Room) -> None:
    """Be another process: what this one remembers is gone."""
    room.app.hints.clear()


def test_who_was_left_waiting_is_looked_at_now_and_again() -> None:
    relayed = Relayed()
    relayed.room.wait()
    relayed.later(JUST_NOW_MS)
    relayed.relay()
    assert [nudge.pool for nudge in relayed.room.world.nudges.take()] == [POOL]
    assert relayed.beats() == [Timer("heartbeat", POOL, delay_ms=PERIOD_MS)]


def test_who_has_just_begun_to_wait_is_looked_at_in_a_while() -> None:
    relayed = Relayed()
    contact, _ = relayed.room.wait(), relayed.room.ready("ann")
    relayed.relay()
    assert len(relayed.room.world.nudges) == 0
    assert relayed.room.requests("operations.put_if") == 0
    (look,) = relayed.beats()
    relayed.later(look.delay_ms)
    heartbeat(relayed.room.app, look.key, hop=look.hop, cause="timer")
    assert relayed.room.offered() == {contact.id: "ann"}


def test_one_look_serves_all_who_begin_to_wait_before_it() -> None:
    relayed = Relayed()
    for _ in range(10):
        relayed.room.wait()
        relayed.relay()
        relayed.later(SLACK_MS // 3)
    assert len(relayed.beats()) == 1
    relayed.later(PERIOD_MS)
    relayed.room.wait()
    relayed.relay()
    assert len(relayed.beats()) == 2


def test_a_look_that_finds_somebody_begins_a_chain_and_one_that_does_not_ends() -> None:
    relayed = Relayed()
    relayed.room.wait()
    relayed.relay()
    relayed.later(PERIOD_MS)
    relayed.room.world.timers.due()
    heartbeat(relayed.room.app, POOL, hop=0, cause="timer")
    assert len(relayed.beats()) == 1
    relayed.room.ready("ann")
    drain_nudged(relayed.room.app, POOL, hop=0, cause="test")
    relayed.later(PERIOD_MS)
    relayed.room.world.timers.due()
    heartbeat(relayed.room.app, POOL, hop=0, cause="timer")
    assert relayed.beats() == []


def test_where_a_beat_is_on_its_way_nobody_is_woken() -> None:
    relayed = Relayed()
    relayed.room.wait()
    relayed.later(JUST_NOW_MS)
    relayed.relay()
    relayed.room.world.nudges.take()
    relayed.room.wait()
    relayed.later(JUST_NOW_MS)
    relayed.relay()
    # Another process asks the marker, and learns the same.
    forget(relayed.room)
    relayed.room.wait()
    relayed.later(JUST_NOW_MS)
    relayed.relay()
    assert len(relayed.room.world.nudges) == 0
    assert len(relayed.beats()) == 1


def test_who_found_an_agent_in_the_same_batch_needs_nobody() -> None:
    relayed = Relayed()
    contact, _ = relayed.room.wait(), relayed.room.ready("ann")
    nudge_or_drain(relayed.room.app, POOL, "test", fresh=[contact])
    relayed.later(JUST_NOW_MS)
    relayed.relay()
    assert len(relayed.room.world.nudges) == 0
    assert relayed.beats() == []


def test_who_comes_back_to_the_queue_in_the_same_batch_is_looked_at() -> None:
    relayed = Relayed()
    contact, _ = relayed.room.wait(), relayed.room.ready("ann")
    nudge_or_drain(relayed.room.app, POOL, "test", fresh=[contact])
    offered = relayed.room.contact(contact)
    now = relayed.room.app.clock.now()
    back = offers.time_out(offered, str(offered.rid), now + 1_000, now, "timer")
    relayed.room.app.store.save_contact(back)
    relayed.later(JUST_NOW_MS)
    relayed.relay()
    assert len(relayed.room.world.nudges) == 1


def test_who_left_is_not_looked_for() -> None:
    relayed = Relayed()
    contact = relayed.room.wait()
    gone = lifecycle.hang_up(contact, "caller", relayed.room.app.clock.now(), None)
    relayed.room.app.store.save_contact(gone)
    relayed.later(JUST_NOW_MS)
    relayed.relay()
    assert len(relayed.room.world.nudges) == 0


def test_a_batch_comes_again_when_the_look_could_not_be_sent() -> None:
    relayed = Relayed()
    relayed.room.wait()
    relayed.room.world.faults.refuse("timers.send")
    with pytest.raises(TransientDependency):
        relayed.relay()
    relayed.stream.redeliver()
    relayed.relay()
    assert len(relayed.beats()) == 1


# --------------------------------------------------------------------------- hot pools


def arrivals(relayed: Relayed, per_second: float, seconds: int) -> Sequence[Contact]:
    """Let contacts begin to wait evenly, relayed four times a second."""
    found, due = [], 0.0
    for _ in range(seconds * 4):
        due += per_second / 4
        while due >= 1:
            found.append(relayed.room.wait())
            due -= 1
        relayed.relay()
        relayed.later(250)
    return found


def is_hot(room: Room) -> bool:
    """Tell whether another process leaves the pool to its consumer."""
    forget(room)
    before = room.requests("store.claim")
    nudged = nudge_or_drain(room.app, POOL, "test").nudged
    return nudged and room.requests("store.claim") == before


def test_a_busy_pool_becomes_hot_for_every_process() -> None:
    relayed = Relayed()
    arrivals(relayed, 17, 5)
    assert is_hot(relayed.room)


def test_a_quiet_pool_stays_cool() -> None:
    relayed = Relayed()
    arrivals(relayed, 2, 30)
    assert not is_hot(relayed.room)


def test_a_pool_cools_down_once_the_crowd_has_gone() -> None:
    relayed = Relayed()
    arrivals(relayed, 17, 5)
    relayed.later(11_000)
    arrivals(relayed, 1, 2)
    assert not is_hot(relayed.room)


def test_that_a_pool_is_hot_is_said_every_few_seconds_however_many_come() -> None:
    relayed = Relayed()
    arrivals(relayed, 40, 20)
    assert relayed.room.requests("operations.put") <= 5


def test_a_pool_is_hot_for_itself() -> None:
    room = Room(rules(queues=("q", "r")))
    relayed = Relayed(room)
    arrivals(relayed, 17, 3)
    assert room.world.operations.get(f"pool#{POOL}", "snapshot") is not None
    assert room.world.operations.get("pool#r", "snapshot") is None


def test_a_flag_that_cannot_be_written_does_not_stop_the_relay() -> None:
    relayed = Relayed()
    relayed.room.world.faults.refuse("operations.put", times=None)
    arrivals(relayed, 17, 2)
    assert [line.message for line in relayed.room.world.log.of("warning")][:1] == ["not_marked_hot"]
    relayed.room.world.faults.clear()
    arrivals(relayed, 17, 1)
    assert is_hot(relayed.room)
