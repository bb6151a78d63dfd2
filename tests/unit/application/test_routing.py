"""The drain: what it reads, writes and leaves behind, and what it does when things go wrong."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application.ports import Timer
from centralino.application.routing import (
    drain,
    nudge_or_drain,
)
from centralino.contracts.realtime import OfferFrame
from centralino.domain.agents.model import AgentState
from centralino.domain.contacts import lifecycle
from centralino.domain.contacts.model import ContactState
from centralino.domain.errors import TransientDependency
from tests.unit.application.room import CHAT, POOL, VOICE, Room, rules


def run(room: Room) -> object:
    return drain(room.app, POOL, cause="test")


# --------------------------------------------------------------------------- what it does


def test_where_nobody_waits_the_agents_are_not_read() -> None:
    room = Room()
    room.ready("ann")
    report = drain(room.app, POOL, cause="test")
    assert (report.assigned, report.unserved) == (0, 0)
    assert room.requests("store.available") == 0
    assert report.round_trips == room.requests("store.waiting")


def test_the_oldest_contact_is_offered_to_an_agent() -> None:
    room = Room()
    old = room.wait()
    room.world.clock.advance(1_000)
    new = room.wait()
    ann = room.ready("ann")
    report = drain(room.app, POOL, cause="test")
    assert (report.assigned, report.failed, report.unserved) == (1, 0, 1)
    stored = room.contact(old)
    assert stored.state is ContactState.OFFERED
    assert stored.agent == ann.id
    assert stored.rid == f"{old.id}#3"
    assert stored.expires_at == room.app.clock.now() + 20_000
    assert stored.decision is not None
    assert stored.decision.rule == "longest_idle"
    assert list(room.agent("ann").slots) == [stored.rid]
    assert room.contact(new).state is ContactState.WAITING


def test_the_page_of_the_agent_is_told() -> None:
    room = Room()
    contact = room.wait()
    room.world.clock.advance(2_500)
    room.ready("ann")
    run(room)
    (frame,) = room.world.realtime.of("ann")
    OfferFrame.model_validate(frame)
    assert frame["rid"] == f"{contact.id}#{frame['number']}"
    assert frame["contact_id"] == contact.id
    assert frame["waited_ms"] == 2_500
    assert frame["queue"] == "q"
    assert frame["expires_at"] == room.contact(contact).expires_at


def test_offer_and_acknowledgment_are_timed() -> None:
    room = Room()
    contact = room.wait()
    room.ready("ann")
    run(room)
    assert room.world.timers.pending() == [
        Timer("ack", contact.id, f"{contact.id}#3", 3_000),
        Timer("offer", contact.id, f"{contact.id}#3", 20_000),
    ]


def test_an_offer_shorter_than_the_acknowledgment_needs_no_second_timer() -> None:
    room = Room(rules(offer_timeout_ms=3_000))
    room.wait()
    room.ready("ann")
    run(room)
    assert [t.kind for t in room.world.timers.pending()] == ["offer"]


def test_timers_of_a_drain_are_sent_together() -> None:
    room = Room()
    for n in range(5):
        room.wait()
        room.ready(f"a{n}")
    run(room)
    assert room.world.timers.requests == 1


def test_an_agent_takes_as_much_as_it_has_room_for() -> None:
    room = Room()
    for _ in range(4):
        room.wait(plan="chat")
    room.ready("ann", capacity={VOICE: 1, CHAT: 3})
    report = drain(room.app, POOL, cause="test")
    assert (report.assigned, report.failed, report.unserved) == (3, 0, 1)
    assert room.agent("ann").used == {CHAT: 3}
    assert len(room.agent("ann").slots) == 3


def test_reading_goes_on_until_somebody_matches() -> None:
    room = Room()
    # Two hundred contacts nobody here can serve stand before the one that can be served.
    for _ in range(120):
        room.wait(plan="expert")
    last = room.wait(plan="expert", preferred=None)
    room.world.clock.advance(30_000)
    late = [room.wait(plan="expert") for _ in range(60)]
    for n in range(130):
        room.ready(f"a{n:03d}", skills={"tax": 1})
    room.ready("expert", skills={"tax": 3})
    report = drain(room.app, POOL, cause="test")
    offered = room.offered()
    assert last.id in offered
    assert report.assigned == 122
    assert sum(contact.id in offered for contact in late) == 1


def test_a_preferred_agent_who_is_busy_is_waited_for_and_one_who_left_is_not() -> None:
    room = Room()
    room.ready("ann")
    room.ready("bob")
    first = room.wait(plan="own", preferred="ann")
    run(room)
    assert room.offered() == {first.id: "ann"}
    second = room.wait(plan="own", preferred="ann")
    report = drain(room.app, POOL, cause="test")
    assert (report.assigned, report.unserved) == (0, 1)
    room.state(room.agent("ann"), AgentState.OFFLINE)
    run(room)
    assert room.offered()[second.id] == "bob"


def test_nobody_asks_for_a_preferred_agent_whose_time_is_over() -> None:
    room = Room()
    room.wait(plan="own", preferred="ann")
    room.world.clock.advance(20_000)
    room.world.meter.reset()
    run(room)
    assert room.requests("store.agent") == 0


def test_a_pool_that_is_gone_is_nothing_to_drain() -> None:
    room = Room()
    report = drain(room.app, "gone", cause="test")
    assert report.assigned == 0
    assert [line.message for line in room.world.log.of("warning")] == ["unknown_pool"]


# --------------------------------------------------------------------------- what it costs


def test_one_contact_costs_two_waits() -> None:
    room = Room(together=True)
    room.ready("ann")
    room.ready("bob")
    room.wait()
    room.world.meter.reset()
    report = drain(room.app, POOL, cause="test")
    assert report.assigned == 1
    assert report.round_trips == 2


def test_a_contact_nobody_can_take_costs_one_wait() -> None:
    room = Room(together=True)
    room.wait()
    assert drain(room.app, POOL, cause="test").round_trips == 1


def test_looking_whether_a_pool_is_hot_costs_no_wait_of_its_own() -> None:
    room = Room(together=True)
    room.ready("ann")
    room.wait()
    assert nudge_or_drain(room.app, POOL, "test").round_trips == 2
    assert room.requests("operations.get") == 1


def test_a_herd_costs_hardly_more_than_its_claims() -> None:
    room = Room(rules(queues=("q", "r", "s", "t")))
    for n in range(300):
        room.wait(queue="qrst"[n % 4])
    for n in range(150):
        room.ready(f"a{n:03d}", profile="all")
    report = drain(room.app, POOL, cause="test")
    assert report.assigned == 150
    assert report.round_trips <= 1.3 * report.assigned
    assert report.failed == 0


# --------------------------------------------------------------------------- what it promises


def test_timers_are_durable_before_the_claim() -> None:
    room = Room()
    contact = room.wait()
    room.ready("ann")
    room.world.faults.crash_before("store.claim")
    with pytest.raises(Crash):
        run(room)
    assert room.contact(contact).state is ContactState.WAITING
    assert {t.rid for t in room.world.timers.pending()} == {f"{contact.id}#3"}


def test_without_timers_nothing_is_claimed() -> None:
    room = Room()
    contact = room.wait()
    room.ready("ann")
    room.world.faults.refuse("timers.send")
    with pytest.raises(TransientDependency):
        run(room)
    assert room.contact(contact).state is ContactState.WAITING
    assert room.requests("store.claim") == 0
    run(room)
    assert room.offered() == {contact.id: "ann"}


def test_the_page_is_told_only_of_offers_that_exist() -> None:
    room = Room(lag=lambda: 1_000)
    room.wait()
    ann = room.ready("ann")
    room.world.clock.advance(2_000)
    room.state(ann, AgentState.NOT_READY)
    run(room)
    assert room.requests("store.claim") == 1
    assert room.world.realtime.of("ann") == []


def test_a_stale_agent_is_passed_over_and_the_contact_goes_to_the_next() -> None:
    room = Room(lag=lambda: 1_000)
    contact = room.wait()
    ann = room.ready("ann")
    room.world.clock.advance(1)
    room.ready("bob")
    room.world.clock.advance(2_000)
    room.state(ann, AgentState.NOT_READY)
    report = drain(room.app, POOL, cause="test")
    assert (report.assigned, report.failed, report.unserved) == (1, 1, 0)
    assert room.offered() == {contact.id: "bob"}
    # The timer sent for the first try serves the second: it is the same offer.
    assert room.world.timers.sent == 2


def test_a_stale_contact_is_passed_over_and_the_agent_gets_the_next() -> None:
    room = Room(lag=lambda: 1_000)
    gone = room.wait()
    room.world.clock.advance(1)
    here = room.wait()
    room.ready("ann")
    room.world.clock.advance(2_000)
    room.app.store.save_contact(lifecycle.hang_up(gone, "caller", room.app.clock.now(), None))
    report = drain(room.app, POOL, cause="test")
    assert (report.assigned, report.failed, report.unserved) == (1, 1, 0)
    assert room.offered() == {here.id: "ann"}


def test_every_entry_stale_ends_the_drain() -> None:
    room = Room(lag=lambda: 1_000)
    for _ in range(3):
        room.wait()
    agents = [room.ready(f"a{n}") for n in range(3)]
    room.world.clock.advance(2_000)
    for agent in agents:
        room.state(agent, AgentState.OFFLINE)
    report = drain(room.app, POOL, cause="test")
    assert (report.assigned, report.failed, report.unserved) == (0, 3, 3)


def test_contention_is_tried_again() -> None:
    room = Room()
    contact = room.wait()
    room.ready("ann")
    room.world.faults.contend("store.claim", times=2)
    report = drain(room.app, POOL, cause="test")
    assert (report.assigned, report.failed) == (1, 2)
    assert room.offered() == {contact.id: "ann"}


def test_contention_without_end_is_given_up_but_not_forgotten() -> None:
    room = Room()
    room.wait()
    room.ready("ann")
    room.world.faults.contend("store.claim", times=None)
    report = drain(room.app, POOL, cause="test")
    assert (report.assigned, report.failed, report.unserved) == (0, 3, 1)
    assert [t.kind for t in room.world.timers.pending() if t.kind == "heartbeat"]


def test_a_claim_of_unknown_outcome_touches_neither_side_again() -> None:
    room = Room()
    contact = room.wait()
    room.ready("ann")
    room.ready("bob")
    room.world.faults.lose_reply("store.claim")
    report = drain(room.app, POOL, cause="test")
    assert (report.assigned, report.failed, report.unserved) == (0, 1, 1)
    assert room.requests("store.claim") == 1
    assert room.contact(contact).state is ContactState.OFFERED
    assert "offer" in {t.kind for t in room.world.timers.pending()}


def test_several_drains_at_once_assign_everything_exactly_once() -> None:
    room = Room()
    for n in range(24):
        room.wait()
        room.ready(f"a{n:02d}")
    barrier = threading.Barrier(4)
    reports = []

    def work() -> None:
        barrier.wait()
        reports.append(drain(room.app, POOL, cause="test"))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(report.assigned for report in reports) == 24
    assert max(Counter(room.offered().values()).values()) == 1
    assert len(room.offered()) == 24
    assert all(len(agent.slots) == 1 for agent in room.world.store.agents())
