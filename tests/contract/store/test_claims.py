"""The claim: one transaction, both versions, and exactly what the domain says comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from centralino.application.ports import ClaimResult, Store
from centralino.domain.agents import machine
from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.contacts import lifecycle, lost, offers
from centralino.domain.contacts.model import Channel, Contact, Decision
from centralino.domain.errors import Conflict, RuleViolation
from tests.contract.store.people import (
    agent_id,
    at_once,
    available_entry,
    claim_of,
    decision,
    routable,
    waiting,
    waiting_entry,
)

MANY = {Channel.VOICE: 1, Channel.CHAT: 3, Channel.TASK: 5}


def offered(contact: Contact, agent: Agent, now: int) -> Contact:
    """What the domain makes of the contact of :func:`claim_of`."""
    return offers.offer(
        contact,
        agent.id,
        expires_at=now + 20_000,
        decision=decision(agent.id),
        now=now,
        cause=f"{contact.id}#{contact.version + 1}",
    )


def taken(contact: Contact, agent: Agent, now: int) -> Agent:
    """What the domain makes of the agent of :func:`claim_of`."""
    rid = f"{contact.id}#{contact.version + 1}"
    return machine.take(agent, rid, contact.id, contact.channel, now)


def claimed(store: Store, contact: Contact, agent: Agent, now: int) -> ClaimResult:
    """Claim through what the indexes show."""
    entries = waiting_entry(store, contact), available_entry(store, agent)
    return store.claim(claim_of(*entries, now))


@dataclass(frozen=True)
class Case:
    """A pair to be claimed that has a past."""

    contact: Callable[[Store, int], Contact]
    agent: Callable[[Store, int], Agent]


def fresh(store: Store, now: int) -> Contact:
    return waiting(store, now, priority=3, boost_ms=500)


def chat(store: Store, now: int) -> Contact:
    return waiting(store, now, channel=Channel.CHAT)


def declined_after_acknowledgment(store: Store, now: int) -> Contact:
    contact, agent = waiting(store, now), routable(store, now, 800)
    assert claimed(store, contact, agent, now + 1).ok
    ringing = store.contact(contact.id)
    assert ringing is not None
    seen = offers.acknowledge(ringing, ringing.rid or "", now + 2, "ack")
    store.save_contact(seen)
    back = offers.decline(seen, seen.rid or "", agent.id, "busy", now + 60_000, now + 3, "declined")
    store.save_contact(back)
    return back


def lost_in_the_talk(store: Store, now: int) -> Contact:
    contact, agent = waiting(store, now), routable(store, now, 801)
    assert claimed(store, contact, agent, now + 1).ok
    ringing = store.contact(contact.id)
    assert ringing is not None
    rid = ringing.rid or ""
    seen = offers.acknowledge(ringing, rid, now + 2, "ack")
    store.save_contact(seen)
    talking = offers.accept(seen, rid, agent.id, now + 3, "a", joined=True)
    store.save_contact(talking)
    gone = lost.lose_leg(talking, rid, now + 8, "left")
    store.save_contact(gone)
    given_on = lost.lose_agent(gone, rid, now + 60_000, now + 9, "gone")
    store.save_contact(given_on)
    return given_on


def idle(store: Store, now: int) -> Agent:
    return routable(store, now)


def several_channels(store: Store, now: int) -> Agent:
    return routable(store, now, capacity=MANY)


def in_a_chat_already(store: Store, now: int) -> Agent:
    agent = routable(store, now, capacity=MANY)
    other = waiting(store, now, 77, channel=Channel.CHAT)
    assert claimed(store, other, agent, now + 1).ok
    found = store.agent(agent.id)
    assert found is not None
    return found


def once_served(store: Store, now: int) -> Agent:
    agent = routable(store, now)
    other = waiting(store, now, 78)
    assert claimed(store, other, agent, now + 1).ok
    busy = store.agent(agent.id)
    assert busy is not None
    free = machine.release(busy, next(iter(busy.slots)), now + 5, "closed")
    store.save_agent(free)
    return free


CASES = {
    "fresh": Case(fresh, idle),
    "declined": Case(declined_after_acknowledgment, idle),
    "agent-lost": Case(lost_in_the_talk, once_served),
    "chat-with-room": Case(chat, several_channels),
    "second-chat": Case(chat, in_a_chat_already),
    "voice-takes-all": Case(fresh, several_channels),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_claim_writes_what_the_domain_says(store: Store, now: int, case: Case) -> None:
    contact, agent = case.contact(store, now), case.agent(store, now)
    later = now + 1_000
    assert claimed(store, contact, agent, later) == ClaimResult(ok=True)
    assert store.contact(contact.id) == offered(contact, agent, later)
    assert store.agent(agent.id) == taken(contact, agent, later)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_claim_moves_both_index_entries(store: Store, now: int, case: Case) -> None:
    contact, agent = case.contact(store, now), case.agent(store, now)
    later = now + 1_000
    assert claimed(store, contact, agent, later).ok
    entries = store.waiting(contact.waiting_partition or "").entries
    assert [entry.contact for entry in entries if entry.contact == contact.id] == []
    after = taken(contact, agent, later)
    before = store.available(agent.available_partition or "").entries
    if after.available_partition == agent.available_partition:
        assert available_entry(store, after).version == after.version
        return
    assert [entry.agent for entry in before if entry.agent == agent.id] == []
    if after.available_partition is not None:
        entry = available_entry(store, after)
        assert entry.used == after.used
        assert entry.taken == after.taken
        assert entry.idle_since == agent.idle_since


def test_a_claimed_pair_goes_on_through_the_domain(store: Store, now: int) -> None:
    contact, agent = waiting(store, now), routable(store, now)
    assert claimed(store, contact, agent, now + 1).ok
    ringing = store.contact(contact.id)
    busy = store.agent(agent.id)
    assert ringing is not None
    assert busy is not None
    rid = ringing.rid or ""
    store.save_contact(offers.accept(ringing, rid, agent.id, now + 2, "a", joined=False))
    store.save_agent(machine.release(busy, rid, now + 3, "x"))
    again = store.agent(agent.id)
    assert again is not None
    assert again.slots == {}
    assert available_entry(store, again).version == again.version


def test_a_stale_contact_is_told_and_the_agent_untouched(store: Store, now: int) -> None:
    contact, agent = waiting(store, now), routable(store, now)
    claim = claim_of(waiting_entry(store, contact), available_entry(store, agent), now)
    left = lifecycle.hang_up(contact, "caller", now + 1, "x")
    store.save_contact(left)
    assert store.claim(claim) == ClaimResult(ok=False, contact_stale=True)
    assert store.contact(contact.id) == left
    assert store.agent(agent.id) == agent


def test_a_stale_agent_is_told_and_the_contact_untouched(store: Store, now: int) -> None:
    contact, agent = waiting(store, now), routable(store, now)
    claim = claim_of(waiting_entry(store, contact), available_entry(store, agent), now)
    away = machine.set_state(agent, AgentState.OFFLINE, None, now + 1, "x")
    store.save_agent(away)
    assert store.claim(claim) == ClaimResult(ok=False, agent_stale=True)
    assert store.contact(contact.id) == contact
    assert store.agent(agent.id) == away


def test_both_stale_are_both_told(store: Store, now: int) -> None:
    contact, agent = waiting(store, now), routable(store, now)
    claim = claim_of(waiting_entry(store, contact), available_entry(store, agent), now)
    assert store.claim(claim).ok
    assert store.claim(claim) == ClaimResult(ok=False, contact_stale=True, agent_stale=True)


def test_the_right_version_in_the_wrong_state_is_stale(store: Store, now: int) -> None:
    """A version alone is not enough: an entry could be made up of another item's version."""
    contact, agent = waiting(store, now), routable(store, now)
    entries = waiting_entry(store, contact), available_entry(store, agent)
    left = lifecycle.hang_up(contact, "caller", now + 1, "x")
    away = machine.set_state(agent, AgentState.NOT_READY, "lunch", now + 1, "x")
    store.save_together([left], [away])
    ghosts = replace(entries[0], version=left.version), replace(entries[1], version=away.version)
    result = store.claim(claim_of(*ghosts, now + 2))
    assert result == ClaimResult(ok=False, contact_stale=True, agent_stale=True)
    assert store.contact(contact.id) == left
    assert store.agent(agent.id) == away


def test_an_entry_of_nobody_is_stale(store: Store, now: int) -> None:
    contact, agent = waiting(store, now), routable(store, now)
    entries = waiting_entry(store, contact), available_entry(store, agent)
    ghosts = replace(entries[0], contact="ct_ghost"), replace(entries[1], agent="ag_ghost")
    result = store.claim(claim_of(*ghosts, now))
    assert result == ClaimResult(ok=False, contact_stale=True, agent_stale=True)
    assert store.contact("ct_ghost") is None
    assert store.agent("ag_ghost") is None


def test_a_full_agent_is_not_asked_of_the_store(store: Store, now: int) -> None:
    contact, agent = waiting(store, now), routable(store, now)
    entry = replace(available_entry(store, agent), used={Channel.VOICE: 1})
    with pytest.raises(RuleViolation):
        store.claim(claim_of(waiting_entry(store, contact), entry, now))
    assert store.contact(contact.id) == contact


def test_another_versions_offer_id_is_refused(store: Store, now: int) -> None:
    contact, agent = waiting(store, now), routable(store, now)
    claim = claim_of(waiting_entry(store, contact), available_entry(store, agent), now)
    with pytest.raises(RuleViolation):
        store.claim(replace(claim, rid=f"{contact.id}#9"))
    assert store.contact(contact.id) == contact


def test_a_long_decision_loses_its_last_candidates(store: Store, now: int) -> None:
    contact, agent = waiting(store, now), routable(store, now)
    claim = claim_of(waiting_entry(store, contact), available_entry(store, agent), now)
    reasons = tuple((agent_id(n), "far_too_long_a_reason") for n in range(9))
    store.claim(replace(claim, decision=Decision("longest_idle", 0, reasons)))
    stored = store.contact(contact.id)
    assert stored is not None
    assert stored.decision is not None
    assert 0 < len(stored.decision.candidates) < 5
    assert stored.decision.candidates == reasons[: len(stored.decision.candidates)]
    assert stored.events == (offers.offered_event(stored.decision),)


def test_of_64_claims_of_one_contact_one_wins(store: Store, now: int) -> None:
    contact = waiting(store, now)
    agents = [routable(store, now, number) for number in range(64)]
    shown = waiting_entry(store, contact)
    claims = [claim_of(shown, available_entry(store, agent), now) for agent in agents]
    results: list[ClaimResult] = at_once(64, lambda number: store.claim(claims[number]))
    winners = [number for number, result in enumerate(results) if result.ok]
    assert len(winners) == 1
    assert all(r.contact_stale or r.contention for r in results if not r.ok)
    assert not any(r.agent_stale for r in results)
    stored = store.contact(contact.id)
    assert stored is not None
    assert stored.agent == agents[winners[0]].id
    holders = [a for a in agents if (found := store.agent(a.id)) and found.slots]
    assert [a.id for a in holders] == [stored.agent]


def test_of_64_contacts_for_one_agent_one_gets_it(store: Store, now: int) -> None:
    agent = routable(store, now)
    shown = available_entry(store, agent)
    contacts = [waiting(store, now, number, queue=f"q{number}") for number in range(64)]
    claims = [claim_of(waiting_entry(store, contact), shown, now) for contact in contacts]
    results: list[ClaimResult] = at_once(64, lambda number: store.claim(claims[number]))
    assert sum(result.ok for result in results) == 1
    assert not any(result.contact_stale for result in results)
    stored = store.agent(agent.id)
    assert stored is not None
    assert stored.used == {Channel.VOICE: 1}
    assert len(stored.slots) == 1


def test_capacity_is_never_exceeded(store: Store, now: int) -> None:
    """Everybody reads again and tries again until the agent shows no room."""
    agent = routable(store, now, capacity=MANY)
    contacts = [waiting(store, now, n, channel=Channel.CHAT, queue=f"q{n}") for n in range(8)]
    shown = [waiting_entry(store, contact) for contact in contacts]

    def insist(number: int) -> bool:
        while True:
            found = store.agent(agent.id)
            assert found is not None
            assert found.used.get(Channel.CHAT, 0) <= 3
            assert sum(found.used.values()) == len(found.slots)
            if Channel.CHAT not in found.free:
                return False
            entries = store.available(found.available_partition or "").entries
            for entry in entries:
                if store.claim(claim_of(shown[number], entry, now)).ok:
                    return True

    assert at_once(8, insist).count(True) == 3
    final = store.agent(agent.id)
    assert final is not None
    assert final.used == {Channel.CHAT: 3}
    assert len(final.slots) == 3
    assert final.taken == 3


def test_a_hang_up_and_a_claim_at_once_leave_one_story(store: Store, now: int) -> None:
    contact, agent = waiting(store, now), routable(store, now)
    claim = claim_of(waiting_entry(store, contact), available_entry(store, agent), now)
    left = lifecycle.hang_up(contact, "caller", now + 1, "x")

    def act(number: int) -> Any:
        if number == 0:
            return store.claim(claim).ok
        try:
            store.save_contact(left)
        except Conflict:
            return False
        return True

    claim_won, hang_up_won = at_once(2, act)
    assert claim_won != hang_up_won
    stored = store.contact(contact.id)
    holder = store.agent(agent.id)
    assert stored is not None
    assert holder is not None
    assert (stored.agent == agent.id) == claim_won
    assert bool(holder.slots) == claim_won
