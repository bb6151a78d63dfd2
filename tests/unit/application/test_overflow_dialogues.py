"""Queues that are closed, full or too slow ask whether the caller wants to be called back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application import calls, offers
from centralino.contracts.envelope import detail
from centralino.contracts.flows import parse
from centralino.domain.configuration.hours import Hours, Interval
from centralino.domain.configuration.model import Configuration, Overflow
from centralino.domain.contacts.model import ContactState
from centralino.domain.kpi.facts import ContactFacts, Outcome
from centralino.domain.kpi.from_events import contact_facts
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.commands import InputGiven, PresentAsked, WaitContinued
from tests.support.centre import KEY, Centre
from tests.unit.application.flow_calls import at, give, rules

MAIN = """
flow: main
start: line
person: line
steps:
  line: {do: enqueue, queue: sales, plan: voice, texts: {en: hold, it: attenda}}
"""
DIALOGUE = """
flow: dialogue
start: sorry
steps:
  sorry:
    do: say
    texts: {en: sorry, it: scusi}
    then: offer
  offer:
    do: offer_callback
    queue: sales
    plan: voice
    texts: {en: call you, it: la richiamiamo}
    ask: {en: number, it: numero}
    invalid: {en: none, it: nessuno}
    then: booked
    otherwise: %s
  booked: {do: hangup, texts: {en: booked, it: prenotata}}
  %s
"""
BACK = DIALOGUE % ("back", "back: {do: return}")
BYE = DIALOGUE % ("bye", "bye: {do: hangup, texts: {en: bye, it: ciao}}")
LATE = Overflow("late", "callback", limit=60_000, flow="dialogue")
FULL = Overflow("full", "callback", limit=1, flow="dialogue")
CLOSED = Overflow("closed", "callback", flow="dialogue")


def in_force(*ways: Overflow, dialogue: str = BACK, closed: bool = False) -> Configuration:
    made = rules(MAIN)
    sales = replace(made.queues["sales"], overflow=ways, hours="later" if closed else None)
    return replace(
        made,
        queues={**made.queues, "sales": sales},
        flows={**made.flows, "dialogue": parse(dialogue, "dialogue.yaml", 1).flow},
        hours={"later": Hours("later", "UTC", ((Interval(600, 1_200),),) * 7)},
    )


def centre_with(*ways: Overflow, dialogue: str = BACK, closed: bool = False) -> Centre:
    return Centre(rules=in_force(*ways, dialogue=dialogue, closed=closed))


def loop(centre: Centre, contact: str, call: str = "CA1") -> list[act.Action]:
    return calls.handle(centre.app, WaitContinued(contact, call, "w"), KEY)


def said(actions: list[act.Action]) -> list[str]:
    found: list[str] = []
    for action in actions:
        prompts = action.prompts if isinstance(action, act.Gather) else (action,)
        found += [prompt.text for prompt in prompts if isinstance(prompt, act.Say)]
    return found


def events(centre: Centre, contact: str) -> list[str]:
    centre.relay()
    told = {o.sequence: o.type for o in centre.world.bus.published if o.entity_id == contact}
    return [told[sequence] for sequence in sorted(told)]


def place(centre: Centre, contact: str) -> tuple[object, ...]:
    found = centre.contact(contact)
    return (found.state, found.queue, found.virtual_time, found.leg, found.enqueued_at)


# ---------------------------------------------------------------- in line


def asked_in_line(centre: Centre) -> str:
    contact = centre.ring()
    assert said(loop(centre, contact)) == ["attenda"]
    centre.advance(60_000)
    assert said(loop(centre, contact)) == ["scusi", "la richiamiamo"]
    return contact


def test_who_waits_too_long_is_asked_and_keeps_the_place() -> None:
    centre = centre_with(LATE)
    contact = centre.ring()
    before = place(centre, contact)
    centre.advance(59_999)
    assert said(loop(centre, contact)) == ["attenda"]
    centre.advance(1)
    assert said(loop(centre, contact)) == ["scusi", "la richiamiamo"]
    assert place(centre, contact) == before
    assert events(centre, contact) == ["ContactStarted", "ContactEnqueued", "ContactOverflowed"]


def test_who_says_yes_is_called_back() -> None:
    centre = centre_with(LATE)
    contact = asked_in_line(centre)
    assert "prenotata" in said(give(centre, contact, "1"))
    closed = centre.contact(contact)
    assert closed.state is ContactState.CLOSED
    (made,) = (c for c in centre.world.store.contacts() if c.id != contact)
    assert made.previous == contact
    assert made.virtual_time == closed.virtual_time


def test_who_says_no_is_back_in_line_and_not_asked_again_there() -> None:
    centre = centre_with(LATE)
    contact = asked_in_line(centre)
    before = place(centre, contact)
    give(centre, contact, "9")
    assert place(centre, contact) == before
    for _ in range(10):
        assert said(loop(centre, contact)) == ["attenda"]
        centre.advance(60_000)
    assert events(centre, contact).count("ContactOverflowed") == 1


def test_a_new_leg_may_ask_again() -> None:
    centre = centre_with(LATE)
    contact = asked_in_line(centre)
    give(centre, contact, "9")
    found = centre.contact(contact)
    moved = replace(
        found, leg=found.leg + 1, enqueued_at=found.updated_at, version=found.version + 1
    )
    centre.world.store.save_contact(moved)
    assert said(loop(centre, contact)) == ["attenda"]
    centre.advance(60_000)
    assert said(loop(centre, contact)) == ["scusi", "la richiamiamo"]


def test_a_turn_told_twice_asks_the_same_and_writes_nothing_more() -> None:
    centre = centre_with(LATE)
    contact = asked_in_line(centre)
    version = centre.contact(contact).version
    assert said(loop(centre, contact)) == ["la richiamiamo"]
    present = calls.handle(centre.app, PresentAsked(contact, "CA1", "w"), KEY)
    assert said(present) == ["la richiamiamo"]
    assert centre.contact(contact).version == version


def test_an_answer_told_twice_books_once() -> None:
    centre = centre_with(LATE)
    contact = asked_in_line(centre)
    answer = InputGiven(contact, "CA1", at(centre, contact), "1", "m")
    for _ in range(2):
        assert isinstance(calls.handle(centre.app, answer, KEY)[-1], act.Hangup)
    assert len(list(centre.world.store.contacts())) == 2


def test_an_agent_who_is_found_in_the_middle_comes_first() -> None:
    centre = centre_with(LATE)
    contact = asked_in_line(centre)
    step = at(centre, contact)
    ann = centre.agent()
    found = centre.contact(contact)
    assert (found.state, found.agent) == (ContactState.OFFERED, ann)
    late = InputGiven(contact, "CA1", step, "1", "m")
    calls.handle(centre.app, late, KEY)
    offers.accept(centre.app, ann, contact, found.rid or "", "api")
    centre.agent_joins(contact, found.rid or "")
    centre.caller_joins(contact)
    assert centre.state(contact) == "CONNECTED"
    assert len(list(centre.world.store.contacts())) == 1


def test_who_hangs_up_in_the_middle_has_abandoned_the_line() -> None:
    centre = centre_with(LATE)
    contact = asked_in_line(centre)
    centre.caller_leaves(contact)
    assert centre.state(contact) == "ABANDONED"
    assert isinstance(loop(centre, contact)[-1], act.Hangup)


@pytest.mark.parametrize("when", ["before", "after"])
def test_dying_with_the_first_step_asks_when_it_comes_again(when: str) -> None:
    centre = centre_with(LATE)
    contact = centre.ring()
    centre.advance(60_000)
    getattr(centre.world.faults, f"crash_{when}")("store.save_contact")
    with pytest.raises(Crash):
        loop(centre, contact)
    assert said(loop(centre, contact))[-1] == "la richiamiamo"
    assert events(centre, contact).count("ContactOverflowed") == 1


def test_a_later_rule_goes_on_while_an_earlier_one_asks() -> None:
    onward = Overflow("late", "queue", limit=120_000, queue="support")
    centre = centre_with(LATE, onward)
    contact = asked_in_line(centre)
    give(centre, contact, "9")
    centre.advance(60_000)
    assert centre.contact(contact).queue == "support"


def test_a_queue_that_closes_asks_those_who_wait_in_it() -> None:
    centre = centre_with(CLOSED)
    contact = centre.ring()
    closing = in_force(CLOSED, closed=True)
    flows = {name: replace(flow, version=2) for name, flow in closing.flows.items()}
    centre.world.configuration.publish(replace(closing, version=2, flows=flows))
    centre.advance(31_000)
    assert said(loop(centre, contact)) == ["scusi", "la richiamiamo"]
    assert centre.state(contact) == "WAITING"


def test_a_dialogue_that_is_newer_than_the_call_is_heard_all_the_same() -> None:
    centre = Centre(rules=rules(MAIN))
    contact = centre.ring()
    made = in_force(LATE)
    flows = {name: replace(flow, version=2) for name, flow in made.flows.items()}
    centre.world.configuration.publish(replace(made, version=2, flows=flows))
    centre.advance(61_000)
    assert said(loop(centre, contact)) == ["scusi", "la richiamiamo"]
    before = place(centre, contact)
    give(centre, contact, "9")
    assert place(centre, contact) == before
    assert said(loop(centre, contact)) == ["attenda"]


# ---------------------------------------------------------------- at the door


def closed(dialogue: str = BYE) -> Centre:
    return centre_with(CLOSED, dialogue=dialogue, closed=True)


def full(dialogue: str = BYE) -> Centre:
    centre = centre_with(FULL, dialogue=dialogue)
    centre.ring("CA0")
    return centre


@pytest.mark.parametrize("shut", [closed, full])
def test_the_dialogue_comes_instead_of_the_line(shut: Callable[[], Centre]) -> None:
    centre = shut()
    contact = centre.ring()
    assert said(centre.heard) == ["scusi", "la richiamiamo"]
    assert centre.state(contact) == "IVR"
    assert events(centre, contact) == ["ContactStarted", "ContactOverflowed"]
    heard = give(centre, contact, "1")
    assert said(heard) == ["prenotata"]
    assert isinstance(heard[-1], act.Hangup)
    assert centre.contact(contact).state is ContactState.CLOSED
    assert any(c.previous == contact for c in centre.world.store.contacts())


@pytest.mark.parametrize("shut", [closed, full])
def test_what_the_dialogue_says_is_what_happens(shut: Callable[[], Centre]) -> None:
    centre = shut()
    contact = centre.ring()
    heard = give(centre, contact, "9")
    assert said(heard) == ["ciao"]
    assert isinstance(heard[-1], act.Hangup)
    assert centre.contact(contact).ended


def test_who_comes_back_to_the_door_hears_why_it_is_shut_and_is_not_asked_again() -> None:
    centre = closed(BACK)
    contact = centre.ring()
    heard = give(centre, contact, "9")
    assert said(heard)[0].startswith("In questo momento siamo chiusi")
    assert isinstance(heard[-1], act.Hangup)
    assert centre.contact(contact).state is ContactState.OVERFLOWED
    assert events(centre, contact).count("ContactOverflowed") == 2


def test_who_comes_back_to_a_queue_with_room_again_waits_in_it() -> None:
    centre = full(BACK)
    (first,) = (c.id for c in centre.world.store.contacts())
    contact = centre.ring()
    calls.handle(
        centre.app,
        calls.CallProgressed("twilio", "CA0", "completed", True),
        KEY,
    )
    assert centre.contact(first).ended
    give(centre, contact, "9")
    assert (centre.state(contact), centre.contact(contact).queue) == ("WAITING", "sales")


def test_the_first_webhook_told_twice_asks_the_same_once() -> None:
    centre = closed()
    contact = centre.ring()
    first, version = centre.heard, centre.contact(contact).version
    centre.ring()
    assert said(centre.heard) == said(first)[-1:]
    assert centre.contact(contact).version == version


# ---------------------------------------------------------------- figures


def facts(centre: Centre, contact: str) -> ContactFacts:
    centre.relay()
    log = [
        {"detail-type": occurrence.type, "detail": detail(occurrence)}
        for occurrence in centre.world.bus.published
        if occurrence.entity_id == contact
    ]
    (told,) = contact_facts(log)
    return told


COUNTS = ("answered", "abandoned", "callback_requested", "overflowed")


@pytest.mark.parametrize(
    ("shut", "digits", "outcome"),
    [
        (closed, "1", Outcome.CALLBACK_REQUESTED),
        (closed, "9", Outcome.OVERFLOWED),
        (closed, None, Outcome.OVERFLOWED),
        (full, "1", Outcome.CALLBACK_REQUESTED),
        (full, "9", Outcome.OVERFLOWED),
        (lambda: closed(BACK), "9", Outcome.OVERFLOWED),
    ],
)
def test_at_the_door_a_contact_counts_once(
    shut: Callable[[], Centre], digits: str | None, outcome: Outcome
) -> None:
    centre = shut()
    contact = centre.ring()
    if digits is None:
        centre.caller_leaves(contact)
    else:
        give(centre, contact, digits)
    told = facts(centre, contact)
    assert told.outcome is outcome
    assert told.offered
    assert sum(getattr(told, name) for name in COUNTS) == 1


@pytest.mark.parametrize(
    ("digits", "outcome"),
    [("1", Outcome.CALLBACK_REQUESTED), ("9", Outcome.ABANDONED), (None, Outcome.ABANDONED)],
)
def test_in_line_a_contact_counts_once(digits: str | None, outcome: Outcome) -> None:
    centre = centre_with(LATE)
    contact = asked_in_line(centre)
    if digits is not None:
        give(centre, contact, digits)
    if digits != "1":
        centre.caller_leaves(contact)
    told = facts(centre, contact)
    assert told.outcome is outcome
    assert sum(getattr(told, name) for name in COUNTS) == 1
    assert len(told.legs) == 1
