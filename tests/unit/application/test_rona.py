"""Offers that ring out: the queue's graduated policy, end to end in memory."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application import offers
from centralino.domain.agents.model import AgentState
from centralino.domain.configuration.model import Pool, RonaPolicy
from tests.support.centre import Centre


@pytest.fixture
def centre() -> Centre:
    return Centre()


def allow(centre: Centre, misses: int) -> None:
    """Put a policy in force under which this many misses in a row take an agent out."""
    rules = centre.app.configuration.current()
    queues = {k: replace(q, rona=RonaPolicy(misses)) for k, q in rules.queues.items()}
    centre.world.configuration.publish(replace(rules, version=2, queues=queues))


def ring_out(centre: Centre, contact_id: str) -> None:
    """Let the offer in force reach its agent's page and ring until its time is over."""
    contact = centre.contact(contact_id)
    assert contact.agent is not None
    assert contact.rid is not None
    assert contact.expires_at is not None
    offers.acknowledge(centre.app, contact.agent, contact.rid, "page")
    centre.advance(contact.expires_at - centre.world.clock.now() + 1)


def test_one_miss_is_overlooked_and_the_caller_goes_to_somebody_else(centre: Centre) -> None:
    ann, bob = centre.agent("ann"), centre.agent("bob")
    contact_id = centre.queue()
    place = centre.contact(contact_id).virtual_time
    first = centre.contact(contact_id).agent
    ring_out(centre, contact_id)
    after = centre.contact(contact_id)
    assert after.agent == (bob if first == ann else ann)
    assert after.virtual_time == place
    missed = centre.agent_item(first or "")
    assert (missed.state, missed.missed, missed.slots) == (AgentState.ROUTABLE, 1, {})


def test_who_missed_one_is_behind_the_others_for_the_next_caller(centre: Centre) -> None:
    ann = centre.agent("ann")
    contact_id = centre.queue()
    centre.advance(1_000)
    bob = centre.agent("bob")
    assert centre.contact(contact_id).agent == ann
    ring_out(centre, contact_id)
    assert centre.contact(contact_id).agent == bob
    centre.advance(1_000)
    carl = centre.agent("carl")
    assert centre.contact(centre.queue("CA2")).agent == ann
    assert centre.agent_item(carl).idle_since > centre.agent_item(ann).idle_since


def test_the_last_of_the_allowed_misses_in_a_row_takes_the_agent_out(centre: Centre) -> None:
    allow(centre, 3)
    ann = centre.agent("ann")
    for count, call in enumerate(("CA1", "CA2", "CA3"), start=1):
        contact_id = centre.queue(call)
        assert centre.contact(contact_id).agent == ann
        ring_out(centre, contact_id)
        assert centre.agent_item(ann).missed == count
        centre.caller_leaves(contact_id)
    out = centre.agent_item(ann)
    assert (out.state, out.reason) == (AgentState.NOT_READY, "rona")
    assert out.slots == {}


def test_an_answered_call_forgives_the_misses_before_it(centre: Centre) -> None:
    ann = centre.agent("ann")
    missed = centre.queue("CA1")
    ring_out(centre, missed)
    centre.caller_leaves(missed)
    taken = centre.queue("CA2")
    rid = centre.contact(taken).rid or ""
    offers.accept(centre.app, ann, taken, rid, "api")
    centre.agent_joins(taken, rid)
    centre.caller_joins(taken)
    centre.caller_leaves(taken)
    centre.advance(60_001)
    assert centre.agent_item(ann).missed == 0


def test_the_strict_policy_takes_an_agent_out_at_the_first_miss(centre: Centre) -> None:
    allow(centre, 1)
    ann = centre.agent("ann")
    ring_out(centre, centre.queue())
    out = centre.agent_item(ann)
    assert (out.state, out.reason, out.missed) == (AgentState.NOT_READY, "rona", 1)


def test_a_miss_told_twice_counts_once(centre: Centre) -> None:
    ann = centre.agent("ann")
    contact_id = centre.queue()
    rid = centre.contact(contact_id).rid or ""
    ring_out(centre, contact_id)
    offers.time_out(centre.app, contact_id, rid, "timer again")
    centre.relay()
    assert centre.agent_item(ann).missed == 1


def test_a_queue_that_is_configured_no_more_has_the_strict_policy(centre: Centre) -> None:
    ann = centre.agent("ann")
    contact_id = centre.queue()
    offers.acknowledge(centre.app, ann, centre.contact(contact_id).rid or "", "page")
    centre.world.faults.crash_before("store.save_agent")
    with pytest.raises(Crash):
        centre.advance(20_001)
    rules = centre.app.configuration.current()
    kept = {name: queue for name, queue in rules.queues.items() if name != "sales"}
    pools = {"main": Pool("main", ("support",), ("support",))}
    centre.world.configuration.publish(replace(rules, version=2, queues=kept, pools=pools))
    centre.relay()
    out = centre.agent_item(ann)
    assert (out.state, out.slots) == (AgentState.NOT_READY, {})
