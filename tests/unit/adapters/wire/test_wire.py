"""Entities as stored items: nothing is lost, nothing empty is stored, hot items stay small."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings

from centralino.adapters import wire
from centralino.adapters.dynamodb.mapping import (
    agent_model,
    agent_of_image,
    contact_model,
    contact_of_image,
    image_of,
    plain_item,
)
from centralino.domain.agents import machine
from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.callbacks.model import Callback, CallbackState
from centralino.domain.contacts import lifecycle, offers
from centralino.domain.contacts.model import Channel, Contact, Decision, FlowPosition
from centralino.domain.events import Event
from centralino.domain.flows.model import MOST_NESTED, MOST_TURNS, VARIABLES_BYTES, weight
from centralino.domain.promises.model import WaitPromise
from tests.unit.adapters.wire.strategies import agents, contacts

KILOBYTE = 1024
NOW = 1_767_603_612_345


@given(contacts())
def test_a_contact_survives_storage(contact: Contact) -> None:
    assert wire.contact_of(wire.contact_item(contact)) == contact


@given(agents())
def test_an_agent_survives_storage(agent: Agent) -> None:
    assert wire.agent_of(wire.agent_item(agent)) == agent


@settings(max_examples=50)
@given(contacts())
def test_a_contact_model_and_a_stream_image_are_the_same_item(contact: Contact) -> None:
    item = wire.contact_item(contact)
    serialized = contact_model(contact).serialize()
    assert serialized == image_of(item)
    assert plain_item(serialized) == item
    assert contact_of_image(serialized) == contact


@settings(max_examples=50)
@given(agents())
def test_an_agent_model_and_a_stream_image_are_the_same_item(agent: Agent) -> None:
    item = wire.agent_item(agent)
    serialized = agent_model(agent).serialize()
    assert serialized == image_of(item)
    assert plain_item(serialized) == item
    assert agent_of_image(serialized) == agent


@given(contacts())
def test_the_index_shows_of_a_contact_what_it_projects(contact: Contact) -> None:
    entry = wire.WAITING.entry(wire.contact_item(contact))
    if contact.waiting_key is None:
        assert entry is None
    else:
        assert entry is not None
        assert wire.waiting_entry(entry) == wire.waiting_entry_of(contact)


@given(agents())
def test_the_index_shows_of_an_agent_what_it_projects(agent: Agent) -> None:
    entry = wire.AVAILABLE.entry(wire.agent_item(agent))
    if agent.available_partition is None:
        assert entry is None
    else:
        assert entry is not None
        assert wire.available_entry(entry) == wire.available_entry_of(agent)


def test_every_field_has_a_place_on_the_wire() -> None:
    """A field added to an entity without a name here would be lost without a sound."""
    contact = Contact("ct_1", lifecycle.ContactState.IVR, "demo")
    for field in fields(Contact):
        changed = replace(contact, **{field.name: _other(getattr(contact, field.name), field.name)})
        assert wire.contact_item(changed) != wire.contact_item(contact), field.name
    agent = Agent("ag_1", AgentState.OFFLINE, "demo", "p", "all")
    for field in fields(Agent):
        changed_agent = replace(
            agent, **{field.name: _other(getattr(agent, field.name), field.name)}
        )
        assert wire.agent_item(changed_agent) != wire.agent_item(agent), field.name


def _other(value: Any, name: str) -> Any:
    special: dict[str, Any] = {
        "flow": FlowPosition("f", 1, "s"),
        "decision": Decision("r"),
        "segments": (offers.Segment("ct_1#1", "ag_1", "q", 1),),
        "events": (Event("ContactHeld"),),
        "tried": {"ag_1": 1},
        "skills": {"it": 1},
        "used": {Channel.CHAT: 1},
        "capacity": {Channel.CHAT: 1},
        "exclusive": frozenset(),
        "slots": {"ct_1#2": machine.Slot("ct_1", Channel.VOICE, 1)},
        "state": AgentState.ROUTABLE,
        "channel": Channel.CHAT,
        "direction": lifecycle.Direction.OUTBOUND,
        "promise": WaitPromise(1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
        "callback": Callback(CallbackState.QUEUED, "t", 1, 2, 3),
    }
    if name == "state" and isinstance(value, lifecycle.ContactState):
        return lifecycle.ContactState.CLOSED
    if name in special:
        return special[name]
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else "other"


def test_an_item_names_nothing_that_is_empty() -> None:
    item = wire.contact_item(Contact("ct_1", lifecycle.ContactState.IVR, "demo"))
    assert set(item) == {"c", "st", "ver", "seq", "bu", "ch", "dir", "lg", "cls"}
    agent = wire.agent_item(Agent("ag_1", AgentState.OFFLINE, "demo", "p", "all"))
    assert set(agent) == {"a", "st", "ver", "seq", "bu", "pool", "prof", "cap", "excl", "slots"}


# ---------------------------------------------------------------- sizes


def test_a_decision_is_stored_once_and_told_twice() -> None:
    """ContactOffered repeats the decision of its item; only the item holds it."""
    contact = _life()[2]
    item = wire.contact_item(contact)
    assert item["ev"] == ["of"]
    assert wire.contact_of(item).events == contact.events


def test_an_offer_event_that_says_something_else_is_kept() -> None:
    contact = _life()[2]
    for data in ({}, {"decision": {"rule": "other"}}):
        changed = replace(contact, events=(Event("ContactOffered", data),))
        assert wire.contact_of(wire.contact_item(changed)) == changed


def test_what_the_item_says_is_not_repeated_in_its_events() -> None:
    wrapping = _life()[-2]
    item = wire.contact_item(wrapping)
    assert item["ev"][1] == {
        "@a": True,
        "@r": True,
        "ended_by": "caller",
        "talk_ms": 61_976,
        "hold_ms": 1_111,
    }
    assert wire.contact_of(item).events == wrapping.events


def test_a_fitting_decision_is_left_alone() -> None:
    decision = _decision(5)
    assert wire.fitted(decision) is decision


@pytest.mark.parametrize("count", [6, 9, 40])
def test_a_decision_is_cut_to_its_limit(count: int) -> None:
    decision = _decision(count)
    fitted = wire.fitted(decision)
    stored = {"dec": wire.contact_item(replace(_life()[0], decision=fitted))["dec"]}
    assert wire.item_size(stored) <= 250
    assert fitted.candidates == decision.candidates[: len(fitted.candidates)]
    assert len(fitted.candidates) >= 5


def test_a_contact_stays_under_a_kilobyte_through_its_life() -> None:
    """Four agents tried, five candidates, the longest ids in use: the worst ordinary day."""
    sizes = {f"{n} {c.state}": wire.item_size(wire.contact_item(c)) for n, c in enumerate(_life())}
    assert max(sizes.values()) < KILOBYTE, sizes


def test_an_agent_stays_under_a_kilobyte_with_every_slot_in_use() -> None:
    agent = Agent(
        id="ag_" + "9" * 26,
        state=AgentState.ROUTABLE,
        business_unit="demo",
        pool="pool-sales-support",
        profile="everything-it-en",
        skills={f"skill-{n}": n for n in range(1, 9)},
        capacity={Channel.CHAT: 3, Channel.TASK: 5},
        exclusive=frozenset(),
        version=123_456,
        sequence=123_456,
        idle_since=NOW,
    )
    for number in range(8):
        channel = Channel.CHAT if number < 3 else Channel.TASK
        contact = f"ct_{number:026d}"
        agent = machine.take(agent, f"{contact}#12", contact, channel, NOW)
    assert wire.item_size(wire.agent_item(agent)) < KILOBYTE


def _decision(count: int) -> Decision:
    reasons = ("chosen", "busy", "skill", "level", "recent")
    return Decision(
        "longest_idle",
        2,
        tuple((f"ag_{n:026d}", reasons[n % len(reasons)]) for n in range(count)),
    )


def _life() -> list[Contact]:
    """A contact declined by four agents, served by the fifth, held, wrapped up and closed."""
    contact = "ct_" + "7" * 26
    cause = "CA" + "f" * 32
    steps = [
        lifecycle.start(
            contact,
            business_unit="demo",
            now=NOW,
            cause=cause,
            provider="twilio",
            call="CA" + "f" * 32,
            line="main-it",
            language="it",
            subject="su_" + "5" * 26,
            flow=FlowPosition("main-it", 12, "opening_hours", 2),
        )
    ]
    steps.append(
        lifecycle.enqueue(
            steps[-1],
            pool="pool-sales-support",
            queue="sales-it",
            plan="voice-it-sales",
            now=NOW,
            cause=cause,
            priority=3,
            shard=2,
        )
    )
    for number in range(5):
        agent = f"ag_{number:026d}"
        offered = offers.offer(
            steps[-1],
            agent,
            expires_at=NOW + 20_000,
            decision=_decision(5),
            now=NOW,
            cause=f"{contact}#{steps[-1].version + 1}",
        )
        steps += [offered, offers.acknowledge(offered, offered.rid or "", NOW, cause)]
        if number < 4:
            rid = steps[-1].rid or ""
            steps.append(offers.time_out(steps[-1], rid, NOW + 60_000, NOW, cause))
    rid = steps[-1].rid or ""
    agent = steps[-1].agent or ""
    steps.append(offers.accept(steps[-1], rid, agent, NOW, cause, joined=False))
    steps.append(offers.connect(steps[-1], rid, NOW + 2_345, cause))
    steps.append(offers.hold(steps[-1], rid, NOW + 3_456, cause))
    steps.append(offers.resume(steps[-1], rid, NOW + 4_567, cause))
    steps.append(lifecycle.hang_up(steps[-1], "caller", NOW + 65_432, cause))
    steps.append(lifecycle.wrap_up(steps[-1], rid, "follow_up", NOW + 76_543, cause))
    return steps


def test_a_contact_in_the_longest_flow_there_can_be_weighs_less_than_a_kilobyte() -> None:
    """What flows may keep is bounded so that this holds; lint refuses one that needs more."""
    longest = "n" * 32
    # As many values as there is room for: each costs its name, and what stands around it.
    variables, count = {}, 0
    while True:
        more = {**variables, f"{count:032d}": "v" * 8}
        if weight(more) > VARIABLES_BYTES:
            break
        variables, count = more, count + 1
    position = FlowPosition(
        flow=longest,
        version=99_999,
        step=longest,
        tries=4,
        turn=MOST_TURNS,
        stack=((longest, longest),) * MOST_NESTED,
        variables=variables,
    )
    contact = lifecycle.start(
        "ct_" + "7" * 26,
        business_unit="b" * 16,
        now=NOW,
        cause="CA" + "f" * 32,
        provider="twilio",
        call="CA" + "f" * 32,
        line="l" * 16,
        language="it",
        subject="su_" + "5" * 26,
        flow=position,
    )
    assert wire.item_size(wire.contact_item(contact)) < KILOBYTE
    assert wire.contact_of(wire.contact_item(contact)) == contact


def test_a_position_written_before_turns_were_counted_is_read() -> None:
    """Calls in a menu go on while a release is deployed: their question names tries alone."""
    stored = wire.contact_item(_life()[0])
    stored["fl"] = {"f": "main", "v": 1, "s": "menu", "n": 2}
    position = wire.contact_of(stored).flow
    assert position is not None
    assert position.token == "menu.2"
