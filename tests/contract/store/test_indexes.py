"""The two indexes: who is in them, what they show, in which order, page by page."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from centralino.application.ports import AvailableEntry, Page, Store, WaitingEntry
from centralino.domain.agents import machine
from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.contacts import lifecycle, offers
from centralino.domain.contacts.machine import evolve
from centralino.domain.contacts.model import Channel, Contact, ContactState
from tests.contract.store.people import (
    PLAN,
    POOL,
    QUEUE,
    agent_id,
    available_entry,
    claim_of,
    contact_id,
    routable,
    started,
    waiting,
    waiting_entry,
)

PARTITION = f"{POOL}#{QUEUE}#{PLAN}#0"


def everything(page: Callable[..., Page], partition: str, limit: int) -> list[list[object]]:
    """All pages of a partition."""
    pages: list[list[object]] = []
    start: str | None = None
    while True:
        found = page(partition, start, limit)
        pages.append(list(found.entries))
        start = found.next_key
        if start is None:
            return pages


def shown(store: Store, contact: Contact) -> bool:
    return any(e.contact == contact.id for e in store.waiting(PARTITION).entries)


def test_a_waiting_contact_is_shown_as_it_is(store: Store, now: int) -> None:
    contact = waiting(store, now, tier=2, sla_offset_ms=20_000, boost_ms=1_500, preferred="ag_7")
    assert store.waiting(PARTITION).entries == [
        WaitingEntry(
            contact=contact.id,
            version=2,
            queue=QUEUE,
            plan=PLAN,
            channel=Channel.VOICE,
            tier=2,
            virtual_time=now + 18_500,
            enqueued_at=now,
            tried={},
            preferred="ag_7",
        )
    ]


def test_a_requeued_contact_shows_who_was_tried(store: Store, now: int) -> None:
    contact, agent = waiting(store, now), routable(store, now)
    assert store.claim(
        claim_of(waiting_entry(store, contact), available_entry(store, agent), now)
    ).ok
    ringing = store.contact(contact.id)
    assert ringing is not None
    back = offers.time_out(ringing, ringing.rid or "", now + 30_000, now + 20_000, "timer")
    store.save_contact(back)
    entry = waiting_entry(store, back)
    assert entry.tried == {agent.id: now + 30_000}
    assert entry.version == back.version
    assert entry.virtual_time == contact.virtual_time


def test_a_contact_is_shown_exactly_while_it_waits(store: Store, now: int) -> None:
    """Through a whole life: in its flow, waiting, ringing, back, talking, wrapping up, closed."""
    first = started(now)
    store.save_contact(first)
    assert not shown(store, first)
    contact = lifecycle.enqueue(first, pool=POOL, queue=QUEUE, plan=PLAN, now=now, cause="x")
    agent = routable(store, now)
    life: list[Contact] = [contact]
    ringing = offers.offer(
        contact,
        agent.id,
        expires_at=now + 9,
        decision=claim_of_nobody(),
        now=now,
        cause="x",
    )
    life.append(ringing)
    life.append(offers.decline(ringing, ringing.rid or "", agent.id, "no", now + 9, now, "x"))
    life.append(evolve(life[-1], now, "x", priority=4))
    again = offers.offer(
        life[-1], agent.id, expires_at=now, decision=claim_of_nobody(), now=now, cause="x"
    )
    rid = again.rid or ""
    life.append(again)
    life.append(offers.accept(again, rid, agent.id, now, "x", joined=True))
    life.append(lifecycle.hang_up(life[-1], "caller", now, "x"))
    life.append(lifecycle.wrap_up(life[-1], rid, None, now, "x"))
    for step in life:
        store.save_contact(step)
        assert shown(store, step) == (step.state is ContactState.WAITING), step.state


def claim_of_nobody() -> offers.Decision:
    """A decision without candidates."""
    return offers.Decision("longest_idle")


@pytest.mark.parametrize("end", ["hang_up", "transaction"])
def test_a_contact_that_ends_is_shown_no_more(store: Store, now: int, end: str) -> None:
    contact, other = waiting(store, now), waiting(store, now, 2)
    left = lifecycle.hang_up(contact, "caller", now + 1, "x")
    if end == "hang_up":
        store.save_contact(left)
    else:
        store.save_together([left, evolve(other, now + 1, "x", priority=9)])
    assert [e.contact for e in store.waiting(PARTITION).entries] == [other.id]


def test_an_available_agent_is_shown_as_it_is(store: Store, now: int) -> None:
    agent = routable(store, now, capacity={Channel.VOICE: 1, Channel.CHAT: 3})
    assert store.available(f"{POOL}#all#vc#0").entries == [
        AvailableEntry(
            agent=agent.id,
            version=2,
            pool=POOL,
            profile="all",
            shard=0,
            idle_since=now,
            skills={"it": 5, "fatturazione à rate": 3},
            capacity={Channel.VOICE: 1, Channel.CHAT: 3},
            used={},
            exclusive=frozenset({Channel.VOICE}),
            taken=0,
            last_offer_at=0,
        )
    ]


def test_an_agent_without_exclusive_channels_shows_so(store: Store, now: int) -> None:
    agent = routable(store, now, exclusive=frozenset())
    assert available_entry(store, agent).exclusive == frozenset()


def test_an_agent_is_shown_exactly_while_it_has_room(store: Store, now: int) -> None:
    agent = routable(store, now, capacity={Channel.CHAT: 2})
    partition = f"{POOL}#all#c#0"
    first = machine.take(agent, "ct_1#2", "ct_1", Channel.CHAT, now + 1)
    full = machine.take(first, "ct_2#2", "ct_2", Channel.CHAT, now + 2)
    freed = machine.release(full, "ct_1#2", now + 3, "x")
    away = machine.set_state(freed, AgentState.NOT_READY, "lunch", now + 4, "x")
    back = machine.set_state(away, AgentState.ROUTABLE, None, now + 5, "x")
    gone = machine.set_state(back, AgentState.OFFLINE, None, now + 6, "x")
    life: list[tuple[Agent, bool]] = [
        (first, True),
        (full, False),
        (freed, True),
        (away, False),
        (back, True),
        (gone, False),
    ]
    for step, there in life:
        store.save_agent(step)
        entries = store.available(partition).entries
        assert [e.version for e in entries] == ([step.version] if there else [])


def test_a_voice_call_hides_every_channel(store: Store, now: int) -> None:
    agent = routable(store, now, capacity={Channel.VOICE: 1, Channel.CHAT: 3})
    talking = machine.take(agent, "ct_1#2", "ct_1", Channel.VOICE, now + 1)
    store.save_agent(talking)
    for free in ("vc", "v", "c", ""):
        assert store.available(f"{POOL}#all#{free}#0").entries == []


@pytest.mark.parametrize("limit", [1, 3, 7, 50])
def test_contacts_come_in_the_order_they_are_served(store: Store, now: int, limit: int) -> None:
    """Strict tier first, then virtual time, then id; whatever the page size."""
    places = [(5, 300), (5, 100), (0, 900), (9, 0), (5, 100), (0, 50), (5, 200)]
    for number, (tier, offset) in enumerate(places):
        waiting(store, now, number, tier=tier, sla_offset_ms=offset)
    pages = everything(store.waiting, PARTITION, limit)
    assert all(len(page) <= limit for page in pages)
    order = [entry.contact for page in pages for entry in page]  # type: ignore[attr-defined]
    ranked = sorted(range(7), key=lambda n: (*places[n], n))
    assert order == [contact_id(n) for n in ranked]


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_agents_come_longest_idle_first(store: Store, now: int, limit: int) -> None:
    idle = [500, 100, 300, 100, 200]
    for number, after in enumerate(idle):
        routable(store, now + after, number)
    pages = everything(store.available, f"{POOL}#all#v#0", limit)
    order = [entry.agent for page in pages for entry in page]  # type: ignore[attr-defined]
    assert order == [agent_id(n) for n in sorted(range(5), key=lambda n: (idle[n], n))]


def test_paging_goes_on_although_the_last_one_left(store: Store, now: int) -> None:
    contacts = [waiting(store, now + n, n) for n in range(4)]
    first = store.waiting(PARTITION, limit=2)
    assert [e.contact for e in first.entries] == [c.id for c in contacts[:2]]
    store.save_contact(lifecycle.hang_up(contacts[1], "caller", now + 9, "x"))
    rest = store.waiting(PARTITION, first.next_key, limit=10)
    assert [e.contact for e in rest.entries] == [c.id for c in contacts[2:]]


def test_partitions_do_not_mix(store: Store, now: int) -> None:
    waiting(store, now, 1)
    waiting(store, now, 2, queue="support")
    waiting(store, now, 3, plan="chat-it")
    waiting(store, now, 4, shard=1)
    waiting(store, now, 5, pool="pool-2")
    for number, partition in [
        (1, PARTITION),
        (2, f"{POOL}#support#{PLAN}#0"),
        (3, f"{POOL}#{QUEUE}#chat-it#0"),
        (4, f"{POOL}#{QUEUE}#{PLAN}#1"),
        (5, f"pool-2#{QUEUE}#{PLAN}#0"),
    ]:
        entries = store.waiting(partition).entries
        assert [e.contact for e in entries] == [contact_id(number)]
    assert store.waiting(f"{POOL}#{QUEUE}").entries == []


def test_an_empty_partition_is_an_empty_page(store: Store) -> None:
    assert list(store.waiting("nobody#here#at#0").entries) == []
    assert store.waiting("nobody#here#at#0").next_key is None
