"""Messages, payments and calls put through: told once, twice, late, and never lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.application import recording_records
from centralino.application.routing import drain
from centralino.domain import ids
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import TransientDependency
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.capabilities import Capability
from tests.support.centre import KEY, Centre
from tests.unit.application.errand_flows import (
    FLOW,
    dialled,
    errand_centre,
    events,
    paid,
    recorded,
)
from tests.unit.application.flow_calls import at, give


@pytest.fixture
def centre() -> Centre:
    return errand_centre()


def message_of(contact: str, step: str) -> str:
    return ids.contact_id(KEY, contact, step)


# ---------------------------------------------------------------- messages


def test_a_message_is_a_contact_in_a_queue_and_the_callers_own_ends_with_it(
    centre: Centre,
) -> None:
    contact = centre.ring()
    token = "message.1"
    assert give(centre, contact, "1") == [
        act.Message((act.Say("parli", "it"),), contact, token, 90, 3)
    ]
    assert recorded(centre, contact) == [act.Say("grazie", "it"), act.Hangup()]
    made = centre.contact(message_of(contact, token))
    assert (made.state, made.channel, made.queue, made.plan) == (
        ContactState.WAITING,
        "task",
        "support",
        "task",
    )
    assert (made.previous, made.subject, made.version) == (
        contact,
        centre.contact(contact).subject,
        1,
    )
    assert [kind for kind, _ in events(centre, made.id)] == ["ContactStarted", "ContactEnqueued"]
    ((kind, data),) = events(centre, contact)[1:]
    assert (kind, data["outcome"]) == ("ContactClosed", "message")
    (kept,) = recording_records.of(centre.app, made.id)
    assert kept.deadline == made.created_at + 2 * 3_600_000


def test_a_message_told_twice_is_one_contact_and_heard_twice(centre: Centre) -> None:
    contact = centre.ring()
    give(centre, contact, "1")
    token = at(centre, contact)
    first = recorded(centre, contact, step=token)
    before = centre.world.store.contacts()
    assert recorded(centre, contact, step=token) == first
    assert centre.world.store.contacts() == before


@pytest.mark.parametrize("crash", ["crash_before", "crash_after"])
def test_a_process_that_dies_over_a_message_leaves_it_to_the_next_one(
    centre: Centre, crash: str
) -> None:
    contact = centre.ring()
    give(centre, contact, "1")
    token = at(centre, contact)
    getattr(centre.world.faults, crash)("store.save_together")
    with pytest.raises(BaseException):  # noqa: B017, PT011 - a dying process
        recorded(centre, contact, step=token)
    centre.world.faults.clear()
    assert centre.state(contact) == ("IVR" if crash == "crash_before" else "CLOSED")
    assert recorded(centre, contact, step=token) == [act.Say("grazie", "it"), act.Hangup()]
    assert len(centre.world.store.contacts()) == 2
    assert centre.state(message_of(contact, token)) == "WAITING"
    assert centre.state(contact) == "CLOSED"


def test_a_message_of_a_caller_who_hung_up_is_kept(centre: Centre) -> None:
    contact = centre.ring()
    give(centre, contact, "1")
    token = at(centre, contact)
    centre.caller_leaves(contact)
    assert recorded(centre, contact, step=token)[-1] == act.Hangup()
    assert centre.state(message_of(contact, token)) == "WAITING"
    kinds = [kind for kind, _ in events(centre, contact)]
    assert kinds == ["ContactStarted", "ContactAbandoned"]


def test_nothing_said_goes_on_to_a_person(centre: Centre) -> None:
    contact = centre.ring()
    give(centre, contact, "1")
    assert recorded(centre, contact, None) == [act.Queue(contact)]
    assert centre.state(contact) == "WAITING"
    assert len(centre.world.store.contacts()) == 1


def test_an_agent_takes_a_message_like_any_contact(centre: Centre) -> None:
    contact = centre.ring()
    give(centre, contact, "1")
    token = at(centre, contact)
    agent = centre.agent("ann", "support")
    recorded(centre, contact)
    message = message_of(contact, token)
    drain(centre.app, "main", cause="test")
    found = centre.contact(message)
    assert (found.state, found.agent) == (ContactState.OFFERED, agent)
    centre.advance(60_000)
    assert "sweep_failed" not in [line.message for line in centre.world.log.lines]
    centre.sweep()
    assert not centre.contact(message).ended


def test_a_message_for_a_queue_that_is_gone_waits_where_tasks_are_taken() -> None:
    centre = errand_centre(FLOW.replace("queue: support", "queue: gone"))
    contact = centre.ring()
    give(centre, contact, "1")
    token = at(centre, contact)
    recorded(centre, contact)
    assert centre.contact(message_of(contact, token)).queue == "sales"


def test_a_message_nobody_takes_leads_to_a_person_and_is_told() -> None:
    centre = errand_centre()
    rules = centre.world.configuration.current()
    voice = {name: replace(queue, plans=("voice",)) for name, queue in rules.queues.items()}
    centre.world.configuration.publish(replace(rules, queues=voice, version=2))
    contact = centre.ring()
    give(centre, contact, "1")
    assert recorded(centre, contact)[-1] == act.Queue(contact)
    assert "message_leads_nowhere" in [line.message for line in centre.world.log.lines]


def test_a_provider_that_takes_no_messages_is_not_asked_to() -> None:
    centre = errand_centre()
    able = frozenset(Capability) - {Capability.MESSAGE}
    centre.app = replace(centre.app, able=lambda _: able)
    contact = centre.ring()
    assert give(centre, contact, "1") == [act.Queue(contact)]
    failed = [line.fields for line in centre.world.log.lines if line.message == "flow_step_failed"]
    assert failed[0]["reason"] == "provider_cannot"


# ---------------------------------------------------------------- calls put through


def test_a_caller_is_put_through_under_the_number_that_was_called(centre: Centre) -> None:
    contact = centre.ring()
    assert give(centre, contact, "2") == [
        act.Say("un attimo", "it"),
        act.Dial("+390200000099", contact, "put_through.1", "+390200000001", 25),
    ]
    assert dialled(centre, contact, "answered") == [act.Say("ciao", "it"), act.Hangup()]
    assert centre.state(contact) == "CLOSED"


@pytest.mark.parametrize("outcome", ["busy", "no_answer", "failed"])
def test_a_number_nobody_answers_leads_to_a_person(centre: Centre, outcome: str) -> None:
    contact = centre.ring()
    give(centre, contact, "2")
    token = at(centre, contact)
    assert dialled(centre, contact, outcome) == [act.Queue(contact)]
    before = centre.contact(contact)
    assert dialled(centre, contact, "answered", token) == [act.Queue(contact)]
    assert centre.contact(contact) == before


@pytest.mark.parametrize("first", ["status", "dial"])
def test_who_hangs_up_while_the_number_rings_was_not_served(centre: Centre, first: str) -> None:
    contact = centre.ring()
    give(centre, contact, "2")
    token = at(centre, contact)
    centre.advance(10_000)
    if first == "status":
        centre.caller_leaves(contact)
    assert dialled(centre, contact, "canceled", token) == [act.Hangup()]
    centre.caller_leaves(contact)
    ((_, _), (kind, data)) = events(centre, contact)
    assert (kind, data["stage"]) == ("ContactAbandoned", "menu")


def test_who_hangs_up_while_put_through_has_not_abandoned_a_menu(centre: Centre) -> None:
    contact = centre.ring()
    give(centre, contact, "2")
    token = at(centre, contact)
    centre.advance(30_000)  # it cannot be ringing any more
    for _ in range(2):
        centre.caller_leaves(contact)
    assert dialled(centre, contact, "answered", token) == [act.Hangup()]
    ((_, _), (kind, data)) = events(centre, contact)
    assert (kind, data["outcome"]) == ("ContactClosed", "self_served")


def test_a_number_keyed_in_is_dialled_if_it_is_an_ordinary_one(centre: Centre) -> None:
    contact = centre.ring()
    give(centre, contact, "7")
    (_, dial) = give(centre, contact, "3331234567")
    assert isinstance(dial, act.Dial)
    assert dial.number == "+393331234567"


@pytest.mark.parametrize("number", ["899123456", "00441632960001"])
def test_a_number_that_costs_is_not_dialled_for_a_caller(centre: Centre, number: str) -> None:
    contact = centre.ring()
    give(centre, contact, "7")
    assert give(centre, contact, number)[-1] == act.Queue(contact)
    failed = [line.fields for line in centre.world.log.lines if line.message == "flow_step_failed"]
    assert failed[0]["reason"] == "number_not_allowed"


# ---------------------------------------------------------------- payments


def test_a_payment_is_proved_in_the_write_that_goes_on(centre: Centre) -> None:
    contact = centre.ring()
    assert give(centre, contact, "3") == [
        act.Say("carta", "it"),
        act.Pay(contact, "pay.1", "12.50", "eur", "a bill", "it", "Default"),
    ]
    assert paid(centre, contact) == [act.Say("ciao", "it"), act.Hangup()]
    told = events(centre, contact)
    assert told[1] == (
        "PaymentTaken",
        {"amount": "12.50", "currency": "eur", "reference": "PK1"},
    )
    assert told[2][0] == "ContactClosed"


def test_a_payment_told_twice_is_proved_once(centre: Centre) -> None:
    contact = centre.ring()
    give(centre, contact, "3")
    token = at(centre, contact)
    paid(centre, contact, step=token)
    assert paid(centre, contact, step=token) == [act.Hangup()]
    kinds = [kind for kind, _ in events(centre, contact)]
    assert kinds.count("PaymentTaken") == 1


@pytest.mark.parametrize(
    ("result", "again"),
    [("declined", True), ("invalid_input", True), ("cancelled", False), ("failed", False)],
)
def test_a_payment_is_tried_again_where_no_money_can_have_moved(
    centre: Centre, result: str, again: bool
) -> None:
    contact = centre.ring()
    give(centre, contact, "3")
    heard = paid(centre, contact, result)
    assert isinstance(heard[-1], act.Pay if again else act.Queue)
    if again:
        assert heard[0] == act.Say("ancora", "it")
        assert heard[-1].step == "pay.2"
        assert paid(centre, contact, result)[-1] == act.Queue(contact)
    failed = [data for kind, data in events(centre, contact) if kind == "PaymentFailed"]
    assert len(failed) == (2 if again else 1)
    assert failed[0]["reason"] == result


def test_a_payment_taken_while_the_caller_hung_up_is_proved_once(centre: Centre) -> None:
    contact = centre.ring()
    give(centre, contact, "3")
    token = at(centre, contact)
    centre.caller_leaves(contact)
    for _ in range(2):
        assert paid(centre, contact, step=token) == [act.Hangup()]
    kinds = [kind for kind, _ in events(centre, contact)]
    assert kinds == ["ContactStarted", "ContactAbandoned", "PaymentTaken"]


def test_a_hang_up_between_reading_and_writing_a_payment_leaves_it_proved_once(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = centre.ring()
    give(centre, contact, "3")
    token, store = at(centre, contact), centre.app.store
    save = store.save_contact

    def hang_up_first(found: Contact) -> None:
        monkeypatch.setattr(store, "save_contact", save)
        centre.caller_leaves(contact)
        save(found)

    monkeypatch.setattr(store, "save_contact", hang_up_first)
    # The carrier may tell it once only; twice changes nothing more.
    for _ in range(2):
        assert paid(centre, contact, step=token) == [act.Hangup()]
        kinds = [kind for kind, _ in events(centre, contact)]
        assert kinds == ["ContactStarted", "ContactAbandoned", "PaymentTaken"]


def test_a_recording_is_paused_for_a_payment_and_goes_on_after_it(centre: Centre) -> None:
    contact = centre.ring()
    give(centre, contact, "4")
    give(centre, contact, "1")
    (before,) = recording_records.of(centre.app, contact)
    assert before.state == "ON"
    give(centre, contact, "3")
    (during,) = recording_records.of(centre.app, contact)
    assert during.state == "PAUSED"
    paid(centre, contact, "declined")
    (again,) = recording_records.of(centre.app, contact)
    assert again.state == "PAUSED"
    paid(centre, contact, "cancelled")
    (after,) = recording_records.of(centre.app, contact)
    assert after.state == "ON"


def test_no_payment_begins_while_it_is_unknown_whether_the_recording_is_paused(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = centre.ring()
    give(centre, contact, "4")
    give(centre, contact, "1")

    def unknown(*_: object) -> None:
        raise TransientDependency("no answer", code="carrier_silent")

    monkeypatch.setattr(centre.world.recorder, "pause", unknown)
    heard = give(centre, contact, "3")
    assert heard[-1] == act.Queue(contact)
    failed = [line.fields for line in centre.world.log.lines if line.message == "flow_step_failed"]
    assert failed[0]["reason"] == "recording_not_paused"


def test_no_event_and_no_item_of_a_payment_holds_card_data(centre: Centre) -> None:
    contact = centre.ring()
    give(centre, contact, "3")
    paid(centre, contact)
    allowed = {"amount", "currency", "reference"}
    ((_, data),) = [e for e in events(centre, contact) if e[0] == "PaymentTaken"]
    assert set(data) == allowed


def test_a_sensitive_value_is_forgotten_with_the_message_that_ends_the_call() -> None:
    pin = """  pin:
    do: collect
    type: digits
    min: 4
    max: 4
    into: pin
    sensitive: true
    texts: {en: pin, it: pin}
    invalid: {en: none, it: nessuno}
    then: message
    otherwise: person
"""
    text = FLOW.replace("  message:\n", pin + "  message:\n", 1).replace('"1": message', '"1": pin')
    centre = errand_centre(text)
    contact = centre.ring()
    give(centre, contact, "1")
    give(centre, contact, "1234")
    assert centre.world.operations.get(f"secret#{contact}", "pin") is not None
    recorded(centre, contact)
    assert centre.world.operations.get(f"secret#{contact}", "pin") is None
