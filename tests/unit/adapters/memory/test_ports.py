"""The other ports in memory: clock, ids, faults, timers, nudges, pushes, bus, carrier, world."""

from __future__ import annotations

import pytest

from centralino.adapters.memory import world
from centralino.adapters.memory.clock import VirtualClock
from centralino.adapters.memory.configuration import FixedConfiguration
from centralino.adapters.memory.faults import Crash, Faults
from centralino.adapters.memory.ids import SeededIds
from centralino.adapters.memory.log import MemoryLog
from centralino.adapters.memory.media import MediaCall, MemoryMedia
from centralino.adapters.memory.messages import (
    MemoryBus,
    MemoryNudges,
    MemoryRealtime,
    MemoryTimers,
    Nudge,
)
from centralino.application.ports import Item, Timer
from centralino.domain.configuration.model import Configuration
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import NotFound, TransientDependency
from centralino.domain.events import describe
from tests.contract.store.people import started

CONFIGURATION = Configuration(1, {}, {}, {}, {}, {}, {})
CONTACT = Contact("ct_1", ContactState.CONNECTED, "demo", provider="twilio")


# ---------------------------------------------------------------- clock and ids


def test_the_clock_moves_when_told(clock: VirtualClock) -> None:
    clock.advance(0.6)
    assert clock.now() == 1_000
    clock.advance(0.4)
    assert clock.now() == 1_001
    clock.move_to(900)
    assert clock.now() == 1_001
    clock.move_to(5_000)
    assert clock.now() == 5_000
    clock.advance(-2)
    assert clock.now() == 4_998


def test_ids_repeat_with_the_seed_and_never_within_it(clock: VirtualClock) -> None:
    first, same, other = SeededIds(clock, 1), SeededIds(clock, 1), SeededIds(clock, 2)
    ulids = [first.ulid() for _ in range(100)]
    assert [same.ulid() for _ in range(100)] == ulids
    assert len(set(ulids)) == 100
    assert not set(ulids) & {other.ulid() for _ in range(100)}
    assert {len(ulid) for ulid in ulids} == {26}
    assert first.secret() != first.secret()


def test_a_later_ulid_sorts_later(clock: VirtualClock) -> None:
    ids = SeededIds(clock)
    before = ids.ulid()
    clock.advance(1)
    assert before < ids.ulid()


# ---------------------------------------------------------------- faults


def test_a_rule_skips_strikes_and_ends() -> None:
    faults = Faults()
    faults.refuse("timers.*", skip=1, times=2)
    struck = [_strikes(faults, "timers.send") for _ in range(5)]
    assert struck == [False, True, True, False, False]
    assert not _strikes(faults, "nudges.send")


def test_a_share_strikes_about_that_often_and_the_same_in_every_run() -> None:
    runs = []
    for _ in range(2):
        faults = Faults(seed=4)
        faults.refuse("*", times=None, share=0.25)
        runs.append([_strikes(faults, "bus.publish") for _ in range(1_000)])
    assert runs[0] == runs[1]
    assert 180 < sum(runs[0]) < 320


def test_cleared_rules_strike_no_more() -> None:
    faults = Faults()
    faults.refuse("*", times=None)
    faults.crash_at(3)
    faults.clear()
    assert not any(_strikes(faults, "x") for _ in range(4))


def test_every_boundary_can_be_the_last(clock: VirtualClock) -> None:
    """How a crash test walks a scenario: count the boundaries, then die at each."""

    def scenario(faults: Faults) -> tuple[int, int]:
        timers, nudges = MemoryTimers(clock, faults), MemoryNudges(faults)
        try:
            timers.send([Timer("offer", "ct_1")])
            nudges.send("pool")
        except Crash:
            pass
        return len(timers.pending()), len(nudges)

    counting = Faults()
    scenario(counting)
    assert counting.boundaries == 4
    ends = []
    for boundary in range(1, 5):
        faults = Faults()
        faults.crash_at(boundary)
        ends.append(scenario(faults))
    assert ends == [(0, 0), (1, 0), (1, 0), (1, 1)]


def _strikes(faults: Faults, operation: str) -> bool:
    try:
        faults.before(operation)
    except TransientDependency:
        return True
    return False


# ---------------------------------------------------------------- timers


def test_timers_fall_due_in_order(clock: VirtualClock) -> None:
    timers = MemoryTimers(clock)
    late, soon, now = (Timer("offer", "ct", str(ms), ms) for ms in (20_000, 3_000, 0))
    timers.send([late, soon, now])
    assert timers.due() == [now]
    assert timers.next_at() == 4_000
    assert timers.pending() == [soon, late]
    clock.advance(2_999)
    assert timers.due() == []
    clock.advance(17_001)
    assert timers.due(limit=1) == [soon]
    assert timers.due() == [late]
    assert timers.next_at() is None


def test_timers_are_sent_by_tens(clock: VirtualClock) -> None:
    timers = MemoryTimers(clock)
    timers.send([])
    timers.send([Timer("offer", "ct")] * 21)
    assert (timers.sent, timers.requests) == (21, 3)


@pytest.mark.parametrize("delay", [-1, 900_001])
def test_a_delay_the_queue_cannot_hold_is_refused(clock: VirtualClock, delay: int) -> None:
    with pytest.raises(ValueError, match="900000"):
        MemoryTimers(clock).send([Timer("offer", "ct", delay_ms=delay)])


def test_timers_get_lost_doubled_and_late(clock: VirtualClock) -> None:
    lost, doubled, late = (MemoryTimers(clock, seed=3) for _ in range(3))
    lost.mishaps.lose = 0.5
    doubled.mishaps.duplicate = 1.0
    late.mishaps.late_ms = 5_000
    timers = [Timer("offer", f"ct_{n}", delay_ms=1_000) for n in range(100)]
    for queue in (lost, doubled, late):
        queue.send(timers)
    clock.advance(1_000)
    assert 30 < len(lost.due()) < 70
    assert doubled.due() == [timer for timer in timers for _ in range(2)]
    assert len(late.due()) < 10
    clock.advance(5_000)
    assert late.due()
    assert late.pending() == []


# ---------------------------------------------------------------- messages


def test_nudges_are_taken_in_batches_oldest_first() -> None:
    nudges = MemoryNudges()
    for hop in range(12):
        nudges.send("pool", hop)
    assert nudges.take() == [Nudge("pool", hop) for hop in range(10)]
    assert nudges.take() == [Nudge("pool", 10), Nudge("pool", 11)]
    assert nudges.take() == []
    nudges.mishaps.lose = 1.0
    nudges.send("pool")
    nudges.mishaps.lose, nudges.mishaps.duplicate = 0.0, 1.0
    nudges.send("other")
    assert nudges.take() == [Nudge("other"), Nudge("other")]
    assert nudges.sent == 14


def test_a_frame_reaches_the_pages_that_are_open() -> None:
    realtime = MemoryRealtime()
    heard: list[str] = []
    realtime.listener = lambda agent, _: heard.append(agent)
    realtime.connect("ag_2", 2)
    realtime.disconnect("ag_3")
    assert [realtime.push(agent, {"type": "offer"}) for agent in ("ag_1", "ag_2", "ag_3")] == [
        1,
        2,
        0,
    ]
    assert heard == ["ag_1", "ag_2"]
    assert realtime.of("ag_2") == [{"type": "offer"}]
    assert realtime.of("ag_3") == []


def test_a_push_never_raises() -> None:
    faults = Faults()
    realtime = MemoryRealtime(faults)
    faults.refuse("realtime.push")
    assert realtime.push("ag_1", {}) == 0
    faults.lose_reply("realtime.push")
    assert realtime.push("ag_1", {}) == 0
    assert len(realtime.frames) == 1


def test_the_bus_tells_what_it_refused() -> None:
    bus = MemoryBus()
    heard: list[str] = []
    bus.listener = lambda occurrence: heard.append(occurrence.entity_id)
    events = [event for n in range(3) for event in describe(started(1, n))]
    bus.refuses = lambda occurrence: occurrence.entity_id == events[1].entity_id
    assert bus.publish(events) == [1]
    assert list(bus.published) == [events[0], events[2]]
    assert heard == [events[0].entity_id, events[2].entity_id]


def test_the_carrier_remembers() -> None:
    media = MemoryMedia(joins=True)
    heard: list[str] = []
    media.listener = lambda call: heard.append(call.method)
    media.add_agent(CONTACT, "ct_1#2", "ag_1")
    media.bring_caller(CONTACT)
    media.drop_agent(CONTACT, "ct_1#2")
    media.recall_caller(CONTACT)
    assert media.alive(CONTACT) is True
    media.hang_up(CONTACT)
    assert media.alive(CONTACT) is False
    media.mute = True
    assert media.alive(CONTACT) is None
    assert media.calls[0] == MediaCall("add_agent", "ct_1", "ct_1#2", "ag_1")
    assert heard == ["add_agent", "bring_caller", "drop_agent", "recall_caller", "hang_up"]


def test_a_carrier_that_refuses_has_not_hung_up() -> None:
    faults = Faults()
    media = MemoryMedia(faults=faults)
    faults.refuse("media.hang_up")
    with pytest.raises(TransientDependency):
        media.hang_up(CONTACT)
    assert media.alive(CONTACT) is True


def test_a_call_keeps_the_version_it_began_with() -> None:
    source = FixedConfiguration(CONFIGURATION)
    newer = Configuration(2, {}, {}, {}, {}, {}, {})
    source.publish(newer)
    assert source.current() is newer
    assert source.version(1) is CONFIGURATION
    with pytest.raises(NotFound):
        source.version(3)
    with pytest.raises(ValueError, match="needed"):
        FixedConfiguration()


def test_the_log_keeps_its_last_lines() -> None:
    log = MemoryLog(keep=2)
    log.info("one", contact_id="ct_1")
    log.warning("two")
    log.error("three", code="x")
    assert [line.message for line in log.lines] == ["two", "three"]
    assert log.of("error")[0].fields == {"code": "x"}


# ---------------------------------------------------------------- world


def test_a_world_shares_clock_faults_and_meter() -> None:
    made = world(CONFIGURATION, seed=5, joins=True)
    assert made.app.media.joins(CONTACT)
    assert made.app.configuration.current() is CONFIGURATION
    changes = made.stream.subscribe()
    with made.meter.scope("start"):
        made.app.store.save_contact(started(made.clock.now()))
    made.app.operations.put(Item("a", "1", ttl=made.clock.now() // 1000 + 1))
    made.clock.advance(1_000)
    assert made.app.operations.get("a", "1") is None
    assert made.meter.of("start").write_units == 1
    assert len(changes) == 1
    made.faults.refuse("*", times=None)
    with pytest.raises(TransientDependency):
        made.app.timers.send([Timer("menu", "ct")])
    with pytest.raises(TransientDependency):
        made.app.nudges.send("pool")
    with pytest.raises(TransientDependency):
        made.app.operations.list("a")
    with pytest.raises(TransientDependency):
        made.app.media.hang_up(CONTACT)
    with pytest.raises(TransientDependency):
        made.bus.publish([])


def test_the_same_seed_makes_the_same_world() -> None:
    first, second = world(CONFIGURATION, seed=9), world(CONFIGURATION, seed=9)
    assert [first.app.ids.ulid() for _ in range(5)] == [second.app.ids.ulid() for _ in range(5)]
    assert world(CONFIGURATION, seed=10).app.ids.ulid() != first.app.ids.ulid()


def test_a_world_that_is_not_metered_counts_nothing() -> None:
    made = world(CONFIGURATION, metered=False, keep=1)
    made.app.store.save_contact(started(made.clock.now()))
    assert made.meter.of().requests == 0
