"""Presence, slots and capacity of an agent."""

from __future__ import annotations

import pytest

from centralino.domain.agents import machine
from centralino.domain.agents.model import Agent, AgentState, free_channels
from centralino.domain.contacts.model import Channel
from centralino.domain.errors import RuleViolation

V, C, E = Channel.VOICE, Channel.CHAT, Channel.EMAIL


def agent(**changes: object) -> Agent:
    base = Agent("ag_1", AgentState.OFFLINE, "demo", "p", "sales", skills={"it": 3})
    registered = machine.register(base, 1_000, "admin")
    return machine.set_state(registered, AgentState.ROUTABLE, None, 2_000, "api")


def test_registering_tells_it_and_starts_offline() -> None:
    base = Agent("ag_1", AgentState.ROUTABLE, "demo", "p", "sales")
    registered = machine.register(base, 1_000, "admin")
    assert registered.state is AgentState.OFFLINE
    assert (registered.version, registered.sequence) == (1, 1)
    assert registered.available_partition is None


def test_going_routable_enters_the_index_as_idle_from_now() -> None:
    ready = agent()
    assert ready.available_partition == "p#sales#v#0"
    assert ready.available_key == "0000000002000#ag_1"
    assert [e.type for e in ready.events] == ["AgentStateChanged"]
    assert machine.set_state(ready, AgentState.ROUTABLE, None, 9_000, "api") is ready


def test_a_slot_takes_the_agent_out_of_the_index_and_its_release_puts_it_back() -> None:
    busy = machine.take(agent(), "ct_1#3", "ct_1", V, 3_000)
    assert busy.used == {V: 1}
    assert busy.available_partition is None
    assert (busy.taken, busy.last_offer_at) == (1, 3_000)
    with pytest.raises(RuleViolation):
        machine.take(busy, "ct_2#3", "ct_2", V, 3_500)
    free = machine.release(busy, "ct_1#3", 8_000, "x")
    assert free.used == {}
    assert free.slots == {}
    assert free.idle_since == 8_000
    assert machine.release(free, "ct_1#3", 9_000, "x") is free


def test_a_withdrawn_offer_costs_no_place_in_line() -> None:
    busy = machine.take(agent(), "ct_1#3", "ct_1", V, 3_000)
    assert machine.release(busy, "ct_1#3", 8_000, "x", answered=False).idle_since == 2_000


def test_a_missed_offer_makes_not_ready_with_the_reason() -> None:
    busy = machine.take(agent(), "ct_1#3", "ct_1", V, 3_000)
    missed = machine.miss(busy, "ct_1#3", machine.RONA, 23_000, "t")
    assert (missed.state, missed.reason, missed.missed) == (AgentState.NOT_READY, "rona", 1)
    assert missed.slots == {}
    assert machine.miss(missed, "ct_1#3", machine.RONA, 24_000, "t") is missed


def test_a_missed_offer_of_somebody_who_left_does_not_bring_them_back() -> None:
    busy = machine.take(agent(), "ct_1#3", "ct_1", V, 3_000)
    left = machine.set_state(busy, AgentState.OFFLINE, None, 4_000, "api")
    missed = machine.miss(left, "ct_1#3", machine.RONA, 23_000, "t")
    assert missed.state is AgentState.OFFLINE
    assert missed.slots == {}


def test_not_ready_in_a_conversation_keeps_the_slot_but_takes_no_new_offer() -> None:
    busy = machine.take(agent(), "ct_1#3", "ct_1", V, 3_000)
    pausing = machine.set_state(busy, AgentState.NOT_READY, "lunch", 4_000, "api")
    assert pausing.slots
    after = machine.release(pausing, "ct_1#3", 9_000, "x")
    assert after.state is AgentState.NOT_READY
    assert after.available_partition is None


@pytest.mark.parametrize(
    ("used", "free"),
    [
        ({}, {V, C, E}),
        ({V: 1}, set()),
        ({C: 1}, {C, E}),
        ({C: 3}, {E}),
        ({C: 3, E: 5}, set()),
    ],
)
def test_an_exclusive_channel_needs_the_whole_agent(
    used: dict[Channel, int], free: set[Channel]
) -> None:
    assert free_channels({V: 1, C: 3, E: 5}, used, frozenset({V})) == free
