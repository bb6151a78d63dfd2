"""What holds in both modes: from which number, by whom, what marks, and when the customer calls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.adapters.wire.callbacks import callback_map, callback_of
from centralino.application import customers, offers
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import desk
from centralino.application.scopes import Supervisor
from centralino.domain.callbacks.model import Mode, contact_of
from centralino.domain.callbacks.rules import MOST_AGENTS_LEAVE, CallbackRules
from centralino.domain.configuration.model import Line, Plan
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import NotFound, RuleViolation
from centralino.domain.ids import subject_id
from tests.support.centre import KEY, Centre
from tests.unit.application.calling_back import (
    CUSTOMER,
    accepted,
    agent_leaves,
    asked,
    caller,
    centre_with,
    configuration_with,
    current,
    ended_once,
    sound,
    tell,
    types,
)

MODES = pytest.mark.parametrize("mode", list(Mode))


def rung(centre: Centre, contact: str, mode: Mode) -> str:
    """Have the customer rung; return the attempt."""
    centre.relay()
    ann = centre.agent()
    if mode is Mode.AGENT_FIRST:
        return accepted(centre, contact, ann)
    centre.advance(10_001)
    assert centre.state(contact) == "DIALING"
    return current(centre, contact)


def back_of(centre: Centre, contact: str) -> Contact:
    found = centre.contact(contact)
    assert found.callback is not None
    return found


@MODES
def test_the_customer_sees_a_number_of_the_business_unit(mode: Mode) -> None:
    other = Line("aa", "+390200000009", "other", "main", "it")
    rules = configuration_with(CallbackRules(mode=mode))
    centre = Centre(rules=replace(rules, lines={"aa": other, **rules.lines}))
    answer = callbacks.book(
        centre.app, queue="sales", number=CUSTOMER, line=None, topic=None, key=KEY, cause="w"
    )
    contact = contact_of(answer.callback_id or "")
    rung(centre, contact, mode)
    (call,) = centre.world.dialler.calls
    assert call.caller_id == "+390200000001"
    assert centre.contact(contact).previous is None


@MODES
def test_a_request_leads_to_the_call_that_asked_and_the_other_way_round(mode: Mode) -> None:
    centre = centre_with(CallbackRules(mode=mode))
    contact = asked(centre)
    asking = centre.contact(centre.contact(contact).previous or "")
    assert centre.contact(contact).correlation == asking.id
    assert callbacks.known(centre.app, "cb_" + contact[3:]).id == contact


@MODES
def test_who_must_not_be_called_is_called_for_what_they_asked_and_that_is_marked(
    mode: Mode,
) -> None:
    centre = centre_with(CallbackRules(mode=mode))
    customers.put(centre.app, subject_id(KEY, "phone", CUSTOMER), {"do_not_call": "yes"})
    contact = asked(centre)
    (requested,) = [e for e in centre.contact(contact).events if e.type == "CallbackRequested"]
    assert requested.data["no_selling"] is True
    rung(centre, contact, mode)
    assert len(centre.world.dialler.calls) == 1
    callback = back_of(centre, contact).callback
    assert callback is not None
    assert callback.no_selling
    assert callback_of(callback_map(callback)) == callback
    if mode is Mode.AGENT_FIRST:
        frames = [f for _, f in centre.world.realtime.frames if f["type"] == "contact"]
        assert frames[-1]["no_selling"] is True


@pytest.mark.parametrize(("fact", "marked"), [("no", False), ("0", False), ("since 2025", True)])
def test_the_list_is_what_the_file_of_customers_says(fact: str, marked: bool) -> None:
    centre = centre_with()
    customers.put(centre.app, subject_id(KEY, "phone", CUSTOMER), {"do_not_call": fact})
    callback = back_of(centre, asked(centre)).callback
    assert callback is not None
    assert callback.no_selling is marked


def waiting_for(centre: Centre, agent: str) -> str:
    answer = callbacks.book(
        centre.app,
        queue="sales",
        number=CUSTOMER,
        line=None,
        topic=None,
        key=KEY,
        cause="w",
        prefer=agent,
    )
    centre.relay()
    return contact_of(answer.callback_id or "")


def preferring() -> Centre:
    rules = configuration_with(CallbackRules())
    plans = {"voice": Plan("voice", prefer_ms=120_000)}
    return Centre(rules=replace(rules, plans=plans))


def test_a_named_agent_is_asked_first_and_anybody_after_a_while() -> None:
    centre = preferring()
    ann, bob = centre.agent("ann"), centre.agent("bob")
    busy = asked(centre, "CA8", number="+393337654321")
    centre.relay()
    first = centre.contact(busy).agent
    assert first in (ann, bob)
    tell(centre, accepted(centre, busy, first), "answered")
    contact = waiting_for(centre, first)
    assert centre.state(contact) == "WAITING"  # though the other one is free
    centre.advance(119_000)
    assert centre.state(contact) == "WAITING"
    for _ in range(8):
        if centre.state(contact) == "WAITING":
            centre.advance(1_000)
    assert {ann, bob} - {first} == {centre.contact(contact).agent}


def test_who_books_one_for_themself_is_asked_first() -> None:
    centre = preferring()
    ann, bob = centre.agent("ann"), centre.agent("bob")
    booked = [
        desk.book(
            centre.app,
            desk.Viewer(agent),
            queue="sales",
            number=number,
            line=None,
            topic=None,
            key=KEY,
            cause="w",
            mine=True,
        )
        for agent, number in ((bob, CUSTOMER), (ann, "+393337654321"))
    ]
    centre.relay()
    found = [centre.contact(contact_of(one.callback_id or "")) for one in booked]
    assert [contact.preferred for contact in found] == [bob, ann]
    assert [contact.agent for contact in found] == [bob, ann]
    (row,) = desk.listed(centre.app, desk.Viewer(bob), desk.Wanted(mine=True)).rows
    assert row.contact_id == found[0].id


def test_a_supervisor_who_is_no_agent_of_the_unit_books_none_for_themself() -> None:
    centre = preferring()
    head = desk.Viewer("ag_head", Supervisor("ag_head", frozenset({"demo"})))
    with pytest.raises(NotFound) as refused:
        desk.book(
            centre.app,
            head,
            queue="sales",
            number=CUSTOMER,
            line=None,
            topic=None,
            key=KEY,
            cause="w",
            mine=True,
        )
    assert refused.value.code == "unknown_agent"
    assert desk.listed(centre.app, head, desk.Wanted()).rows == []


def test_a_named_agent_who_is_away_is_not_waited_for() -> None:
    centre = preferring()
    ann, bob = centre.agent("ann", ready=False), centre.agent("bob")
    contact = waiting_for(centre, ann)
    assert centre.contact(contact).agent == bob


def test_an_agent_cannot_be_named_where_no_plan_waits_for_one() -> None:
    centre = centre_with()
    with pytest.raises(RuleViolation) as refused:
        waiting_for(centre, centre.agent("ann"))
    assert refused.value.code == "no_preferred_plan"


def test_an_agent_who_leaves_costs_the_customer_no_try_but_not_for_ever() -> None:
    centre = centre_with(CallbackRules(tries=1))
    contact = asked(centre)
    centre.relay()
    ann = centre.agent()
    for left in range(1, MOST_AGENTS_LEAVE + 1):
        assert centre.state(contact) == "OFFERED"
        rid = centre.contact(contact).rid or ""
        accepted(centre, contact, ann)
        agent_leaves(centre, contact, rid)
        callback = back_of(centre, contact).callback
        assert callback is not None
        assert (callback.tried, len(callback.attempts)) == (0, left)
        centre.ready(ann)
        centre.advance(45_500)
    assert callback.state == "EXHAUSTED"
    sound(centre)
    ended_once(centre)


def test_after_agents_left_the_customer_s_own_tries_are_all_there() -> None:
    centre = centre_with(CallbackRules(tries=1))
    contact = asked(centre)
    centre.relay()
    ann = centre.agent()
    rid = centre.contact(contact).rid or ""
    accepted(centre, contact, ann)
    agent_leaves(centre, contact, rid)
    centre.ready(ann)
    centre.advance(45_500)
    attempt = accepted(centre, contact, ann)
    tell(centre, attempt, "busy")
    assert centre.state(contact) == "CLOSED"


@MODES
def test_nobody_is_rung_while_they_are_on_the_line_to_us(mode: Mode) -> None:
    centre = centre_with(CallbackRules(mode=mode))
    contact = asked(centre)
    live = caller(centre, "CA7", waits=False)
    centre.relay()
    centre.advance(1)
    callback = back_of(centre, contact).callback
    assert callback is not None
    assert (callback.state, callback.held_by) == ("HELD", live.id)
    centre.agent()
    centre.advance(60_000)
    assert centre.world.dialler.calls == []
    centre.caller_leaves(live.id)
    centre.relay()
    centre.advance(1)
    callback = back_of(centre, contact).callback
    assert callback is not None
    assert callback.called_meanwhile
    if mode is Mode.AGENT_FIRST:
        accepted(centre, contact, "ag_ann")
        frames = [f for _, f in centre.world.realtime.frames if f["type"] == "contact"]
        assert frames[-1]["called_meanwhile"] is True
    assert len(centre.world.dialler.calls) == 1


@MODES
def test_who_calls_while_they_are_rung_is_not_rung_again_as_long_as_they_wait(mode: Mode) -> None:
    centre = centre_with(CallbackRules(mode=mode))
    contact = asked(centre)
    attempt = rung(centre, contact, mode)
    live = caller(centre, "CA7", waits=False)
    centre.relay()
    centre.advance(1)
    assert centre.state(contact) == "DIALING"
    tell(centre, attempt, "busy")
    assert str(back_of(centre, contact).state) == "SCHEDULED"
    centre.advance(60_000)
    callback = back_of(centre, contact).callback
    assert callback is not None
    assert (callback.state, callback.held_by) == ("HELD", live.id)
    centre.advance(20 * 60_000)
    assert len(centre.world.dialler.calls) == 1
    sound(centre)


def test_what_is_asked_for_while_an_agent_talks_to_them_outlives_that_call() -> None:
    """However often, and late, it is told that they met an agent: that was before they asked."""
    centre = centre_with()
    live = caller(centre, "CA7")
    centre.relay()
    ann = centre.agent()
    rid = centre.contact(live.id).rid or ""
    offers.accept(centre.app, ann, live.id, rid, "api")
    centre.agent_joins(live.id, rid)
    centre.caller_joins(live.id)
    centre.relay()
    centre.advance(60_000)
    booked = callbacks.book(
        centre.app, queue="sales", number=CUSTOMER, line=None, topic=None, key=KEY, cause="api"
    )
    contact = contact_of(booked.callback_id or "")
    assert centre.contact(contact).subject == live.subject
    callbacks.customer_called(centre.app, live.id, "late")
    callback = back_of(centre, contact).callback
    assert callback is not None
    assert (callback.state, callback.held_by) == ("HELD", live.id)
    centre.caller_leaves(live.id)
    centre.relay()
    for _ in range(6):
        centre.advance(60_000)
        centre.sweep()
    callback = back_of(centre, contact).callback
    assert callback is not None
    assert callback.state not in ("HELD", "SUPERSEDED")
    ended_once(centre)


@MODES
def test_who_is_served_by_a_call_of_their_own_is_not_called_and_the_agent_hears_of_it(
    mode: Mode,
) -> None:
    """The call comes while the phone rings, or while the customer waits on the line of ours."""
    centre = centre_with(CallbackRules(mode=mode))
    contact = asked(centre)
    rung(centre, contact, mode)
    bob = centre.agent("bob")
    live = caller(centre, "CA7")
    centre.relay()
    for _ in range(6):
        if centre.state(live.id) == "WAITING":
            centre.advance(1_000)
    assert centre.state(contact) == "DIALING"
    rid = centre.contact(live.id).rid or ""
    agent = centre.contact(live.id).agent or ""
    assert agent in (bob, "ag_ann")
    offers.accept(centre.app, agent, live.id, rid, "api")
    centre.agent_joins(live.id, rid)
    centre.caller_joins(live.id)
    centre.relay()
    centre.advance(1)
    after = back_of(centre, contact)
    assert after.callback is not None
    assert after.callback.state == "SUPERSEDED"
    told = [f for _, f in centre.world.realtime.frames if f.get("callback")]
    assert [f["callback"] for f in told] == ["cb_" + contact[3:]]
    sound(centre)
    ended_once(centre)


@MODES
def test_a_call_waits_for_its_turn_at_the_carrier_and_is_made_once(mode: Mode) -> None:
    rules = configuration_with(CallbackRules(mode=mode))
    centre = Centre(rules=rules)
    centre.app = replace(centre.app, calls_per_second=0.1)
    first = asked(centre, "CA1")
    second = asked(centre, "CA2", number="+393337654321")
    centre.relay()
    agents = [centre.agent("ann"), centre.agent("bob")]
    centre.advance(1)
    if mode is Mode.AGENT_FIRST:
        for contact in (first, second):
            agent = centre.contact(contact).agent or ""
            assert agent in agents
            accepted(centre, contact, agent)
    assert len(centre.world.dialler.calls) == 1
    centre.sweep()
    centre.advance(9_000)
    assert len(centre.world.dialler.calls) == 1
    centre.advance(15_000)
    assert [call.contact for call in centre.world.dialler.calls] == [first, second]
    assert types(centre.contact(second)) == ["CallbackDialed"]
    sound(centre)
