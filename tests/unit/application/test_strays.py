"""Whoever stands where only older rules look is brought to where agents and drains look now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application import agents, offers
from centralino.application.strays import HORIZON_MS
from centralino.domain.agents.model import AgentState
from centralino.domain.configuration.model import Configuration, Queue
from centralino.domain.configuration.pools import compile_pools
from centralino.domain.configuration.releases import Release, renumbered
from centralino.domain.contacts.model import Channel
from centralino.domain.errors import RuleViolation
from tests.support.centre import Centre, configuration
from tests.unit.application.test_offers import rid_of, talk


@pytest.fixture
def centre() -> Centre:
    return Centre()


def with_pools(rules: Configuration) -> Configuration:
    return replace(rules, pools=compile_pools(rules.queues, rules.profiles))


def renamed() -> Configuration:
    """The same rules, but for the pool: it is called after its first queue."""
    return with_pools(configuration())


def without_support() -> Configuration:
    rules = configuration()
    sales = {"sales": rules.queues["sales"]}
    profiles = {
        name: replace(profile, queues=rules.profiles["sales"].queues)
        for name, profile in rules.profiles.items()
    }
    return with_pools(replace(rules, queues=sales, profiles=profiles))


def publish(centre: Centre, rules: Configuration) -> None:
    """Put rules in force now, whoever waits: what a process that is behind leads to."""
    base = centre.world.configuration.in_force()
    assert base is not None
    centre.world.configuration.put_in_force(
        Release(renumbered(rules, base.number + 1), base.number, centre.world.clock.now(), "ada")
    )


def test_a_contact_in_a_pool_that_is_gone_is_served_in_its_old_place(centre: Centre) -> None:
    first = centre.queue("CA1")
    before = centre.contact(first)
    publish(centre, renamed())
    centre.advance(1_000)
    later = centre.queue("CA2")
    assert centre.sweep()["strays"] == 1
    after = centre.contact(first)
    assert after.waiting_partition == centre.contact(later).waiting_partition
    kept = ("virtual_time", "enqueued_at", "leg", "tier", "priority", "queue", "tried")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    assert after.events[0].data == {"reason": "rules_changed"}
    ann = centre.agent()
    assert centre.contact(first).agent == ann
    assert centre.state(later) == "WAITING"


def test_a_move_wakes_the_pool_it_leads_to(centre: Centre) -> None:
    contact_id = centre.queue()
    publish(centre, renamed())
    ann = centre.agent()
    assert centre.state(contact_id) == "WAITING"
    centre.sweep()
    assert centre.contact(contact_id).agent == ann


def test_sweeping_again_moves_nobody(centre: Centre) -> None:
    contact_id = centre.queue()
    publish(centre, renamed())
    centre.sweep()
    version = centre.contact(contact_id).version
    assert centre.sweep()["strays"] == 0
    assert centre.contact(contact_id).version == version


def test_without_a_change_nobody_is_looked_for(centre: Centre) -> None:
    centre.queue()
    assert centre.sweep()["strays"] == 0


def test_a_contact_that_comes_back_hours_later_is_still_found(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    publish(centre, renamed())
    offers.decline(centre.app, ann, contact_id, rid_of(centre, contact_id), "busy", "api")
    assert (centre.contact(contact_id).pool, centre.state(contact_id)) == ("main", "WAITING")
    publish(centre, renamed())
    publish(centre, renamed())
    centre.world.clock.advance(HORIZON_MS - 60_000)
    assert centre.sweep()["strays"] >= 1
    assert centre.contact(contact_id).pool == "sales"


def test_a_queue_that_is_gone_leaves_its_contacts_to_its_heir(centre: Centre) -> None:
    contact_id = centre.queue(digits="2")
    place, came = centre.contact(contact_id).virtual_time, centre.contact(contact_id).enqueued_at
    publish(centre, without_support())
    centre.advance(2_000)
    assert centre.sweep()["strays"] == 1
    after = centre.contact(contact_id)
    assert (after.queue, after.virtual_time, after.leg) == ("sales", place, 2)
    assert came is not None
    assert after.enqueued_at == came + 2_000
    ann = centre.agent()
    assert centre.contact(contact_id).agent == ann


def test_an_offer_of_a_queue_that_is_gone_ends_and_its_contact_goes_to_the_heir(
    centre: Centre,
) -> None:
    centre.agent("ann", "support")
    contact_id = centre.queue(digits="2")
    publish(centre, without_support())
    centre.advance(25_000)
    assert (centre.state(contact_id), centre.contact(contact_id).queue) == ("WAITING", "support")
    centre.sweep()
    assert centre.contact(contact_id).queue == "sales"


def test_a_conversation_of_a_queue_that_is_gone_ends_by_the_rules_it_had(centre: Centre) -> None:
    ann = centre.agent("ann", "support")
    contact_id = centre.queue(digits="2")
    talk(centre, contact_id, ann)
    publish(centre, without_support())
    centre.caller_leaves(contact_id)
    assert centre.state(contact_id) == "WRAPUP"
    agents.dispose(centre.app, ann, contact_id, "resolved", "api")
    assert centre.state(contact_id) == "CLOSED"
    assert centre.agent_item(ann).slots == {}


def test_without_an_heir_the_contact_is_left_and_told_of(centre: Centre) -> None:
    contact_id = centre.queue(digits="2")
    rules = without_support()
    other = {"sales": Queue("sales", "another", plans=("voice",))}
    publish(centre, with_pools(replace(rules, queues=other)))
    assert centre.sweep()["strays"] == 0
    assert centre.state(contact_id) == "WAITING"
    assert any(
        line.message == "stray_contact" and line.fields["contact_id"] == contact_id
        for line in centre.world.log.lines
    )


def test_a_contact_whose_caller_left_first_stays_abandoned(centre: Centre) -> None:
    contact_id = centre.queue()
    publish(centre, renamed())
    centre.caller_leaves(contact_id)
    assert centre.sweep()["strays"] == 0
    assert centre.state(contact_id) == "ABANDONED"


def test_a_sweep_that_dies_on_the_way_is_made_good_by_the_next(centre: Centre) -> None:
    first, second = centre.queue("CA1"), centre.queue("CA2")
    publish(centre, renamed())
    centre.world.faults.crash_after("store.save_contact")
    with pytest.raises(Crash):
        centre.sweep()
    assert {centre.contact(c).pool for c in (first, second)} == {"main", "sales"}
    centre.sweep()
    assert {centre.contact(c).pool for c in (first, second)} == {"sales"}


# --------------------------------------------------------------------------- agents


def test_an_agent_signed_in_under_older_rules_is_found_by_the_new_ones(centre: Centre) -> None:
    ann = centre.agent()
    publish(centre, renamed())
    contact_id = centre.queue()
    assert centre.state(contact_id) == "WAITING"
    assert centre.sweep()["strays"] == 1
    assert centre.agent_item(ann).pool == "sales"
    assert centre.contact(contact_id).agent == ann
    assert [item.sk for item in centre.world.operations.list(agents.roster("sales"))] == [ann]
    assert centre.sweep()["strays"] == 0


def test_an_agent_is_in_one_pool_at_a_time(centre: Centre) -> None:
    ann = centre.agent()
    publish(centre, renamed())
    agents.set_state(centre.app, ann, AgentState.NOT_READY, "lunch", "api")
    agents.set_state(centre.app, ann, AgentState.ROUTABLE, None, "api")
    store = centre.world.store
    assert store.available("main#sales#v#0").entries == []
    assert [e.agent for e in store.available("sales#sales#v#0").entries] == [ann]
    assert centre.sweep()["strays"] == 0


def test_asking_for_the_same_state_again_brings_an_agent_to_the_new_pool(centre: Centre) -> None:
    ann = centre.agent()
    before = centre.agent_item(ann)
    publish(centre, renamed())
    centre.ready(ann)
    after = centre.agent_item(ann)
    assert (after.pool, after.version) == ("sales", before.version + 1)
    assert (after.idle_since, after.sequence) == (before.idle_since, before.sequence)
    centre.ready(ann)
    assert centre.agent_item(ann).version == after.version


def test_a_busy_agent_who_is_moved_keeps_slots_and_is_still_swept(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    talk(centre, contact_id, ann)
    publish(centre, renamed())
    agents.set_state(centre.app, ann, AgentState.OFFLINE, None, "api")
    slots = centre.agent_item(ann).slots
    centre.sweep()
    assert centre.agent_item(ann).pool == "sales"
    assert centre.agent_item(ann).slots == slots
    centre.world.media.gone.add(contact_id)
    centre.advance(61_000)
    centre.sweep()
    assert centre.state(contact_id) == "WRAPUP"


def test_an_agent_whose_profile_is_gone_is_sent_away_and_told_why(centre: Centre) -> None:
    ann = centre.agent()
    rules = configuration()
    left = {name: p for name, p in rules.profiles.items() if name != "sales"}
    publish(centre, with_pools(replace(rules, profiles=left)))
    assert centre.sweep()["strays"] == 1
    agent = centre.agent_item(ann)
    assert (agent.state, agent.reason) == (AgentState.NOT_READY, "no_profile")
    with pytest.raises(RuleViolation) as refused:
        centre.ready(ann)
    assert refused.value.code == "unknown_profile"
    agents.set_state(centre.app, ann, AgentState.OFFLINE, None, "api")
    assert centre.sweep()["strays"] == 0


def test_an_agent_is_registered_in_the_pool_of_the_profile_whatever_is_asked(
    centre: Centre,
) -> None:
    publish(centre, renamed())
    ann = centre.agent(ready=False)  # asks for "main"
    assert centre.agent_item(ann).pool == "sales"


def test_signing_in_takes_up_the_profiles_capacity_and_a_shift_keeps_it(centre: Centre) -> None:
    ann = centre.agent()
    rules = configuration()
    wider = {
        name: replace(p, capacity={Channel.VOICE: 1, Channel.CHAT: 3}, exclusive=frozenset())
        for name, p in rules.profiles.items()
    }
    publish(centre, replace(rules, profiles=wider))
    agents.set_state(centre.app, ann, AgentState.NOT_READY, "lunch", "api")
    centre.ready(ann)
    assert centre.agent_item(ann).capacity == {Channel.VOICE: 1}
    agents.set_state(centre.app, ann, AgentState.OFFLINE, None, "api")
    centre.ready(ann)
    agent = centre.agent_item(ann)
    assert agent.capacity == {Channel.VOICE: 1, Channel.CHAT: 3}
    assert agent.exclusive == frozenset()
