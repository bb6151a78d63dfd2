"""When a callback is due, when it ends, and what a customer who calls meanwhile changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application import offers
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import items as callback_items
from centralino.domain.callbacks.model import CallbackState
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.configuration.hours import Hours, Interval
from centralino.domain.contacts.lost import REJOIN_MS
from centralino.domain.errors import NotFound, RuleViolation
from tests.support.centre import Centre
from tests.unit.application.calling_back import (
    accepted,
    agent_leaves,
    ask,
    asked,
    caller,
    centre_with,
    ended_once,
    minutes,
    sound,
    tell,
    types,
)

MINUTE = 60_000


# --------------------------------------------------------------------------- hours and ends


def open_between(opens: int, closes: int) -> Hours:
    return Hours("legal", "UTC", ((Interval(opens * 60, closes * 60),),) * 7)


def test_nobody_is_called_outside_legal_hours() -> None:
    # The clock stands at nine in the morning, UTC.
    rules = CallbackRules(hours="legal")
    centre = centre_with(rules, hours={"legal": open_between(10, 18)})
    contact = asked(centre)
    centre.agent()
    assert centre.state(contact) == "SCHEDULED"
    minutes(centre, 59)
    assert centre.state(contact) == "SCHEDULED"
    minutes(centre, 1)
    assert centre.state(contact) == "OFFERED"


def test_a_callback_that_waits_when_the_hours_end_waits_for_the_next_day() -> None:
    rules = CallbackRules(hours="legal", expire_ms=48 * 60 * MINUTE)
    centre = centre_with(rules, hours={"legal": open_between(8, 10)})
    contact = asked(centre)
    minutes(centre, 61)
    assert centre.state(contact) == "SCHEDULED"
    minutes(centre, 22 * 60)
    assert centre.state(contact) == "WAITING"


def test_an_agent_who_comes_on_the_line_too_late_in_the_day_calls_nobody() -> None:
    rules = CallbackRules(hours="legal")
    centre = centre_with(rules, hours={"legal": open_between(8, 10)})
    contact = asked(centre)
    centre.world.timers.mishaps.lose = 1.0
    centre.advance(60 * MINUTE + 1_000)  # the look at closing time is lost
    ann = centre.agent()
    accepted(centre, contact, ann)
    assert centre.world.dialler.calls == []
    assert centre.state(contact) == "SCHEDULED"
    assert centre.agent_item(ann).slots == {}


def test_a_request_nobody_got_to_expires() -> None:
    centre = centre_with(CallbackRules(expire_ms=30 * MINUTE))
    contact = asked(centre)
    minutes(centre, 31)
    back = centre.contact(contact)
    assert (str(back.state), types(back)) == ("EXPIRED", ["CallbackExpired", "ContactExpired"])
    assert callback_items.number_of(centre.app, contact, "sales") is None
    ended_once(centre)


def test_no_attempt_follows_when_time_is_over() -> None:
    centre = centre_with(CallbackRules(expire_ms=10 * MINUTE))
    contact = asked(centre)
    tell(centre, accepted(centre, contact, centre.agent()), "no_answer")
    assert centre.state(contact) == "EXPIRED"


@pytest.mark.parametrize("stage", ["waiting", "offered", "accepted", "dialing", "scheduled"])
def test_it_can_be_taken_back_until_the_customer_is_reached(stage: str) -> None:
    centre = centre_with()
    contact = asked(centre)
    ann = centre.agent() if stage != "waiting" else ""
    rid = centre.contact(contact).rid or ""
    if stage == "accepted":
        offers.accept(centre.app, ann, contact, rid, "api")
    if stage in ("dialing", "scheduled"):
        attempt = accepted(centre, contact, ann)
        if stage == "scheduled":
            tell(centre, attempt, "busy")
    name = "cb_" + contact[3:]
    assert str(callbacks.cancel(centre.app, name, "customer", "api").state) == "CANCELLED"
    assert str(callbacks.cancel(centre.app, name, "customer", "api").state) == "CANCELLED"
    sound(centre)
    if stage == "dialing":
        tell(centre, attempt, "answered")
        assert centre.state(contact) == "CANCELLED"
        assert ("drop_agent", attempt) in [(c.method, c.rid) for c in centre.world.media.calls]
    ended_once(centre)


def test_a_conversation_cannot_be_taken_back() -> None:
    centre = centre_with()
    contact = asked(centre)
    tell(centre, accepted(centre, contact, centre.agent()), "answered")
    with pytest.raises(RuleViolation, match="ended"):
        callbacks.cancel(centre.app, "cb_" + contact[3:], "customer", "api")
    assert centre.state(contact) == "CONNECTED"


def test_unknown_callbacks_are_not_found() -> None:
    centre = centre_with()
    with pytest.raises(NotFound):
        callbacks.cancel(centre.app, "cb_00000000000000000000000000", "customer", "api")
    plain = caller(centre)
    with pytest.raises(NotFound):
        callbacks.known(centre.app, "cb_" + plain.id[3:])


# --------------------------------------------------------------------------- calling meanwhile


def calls_meanwhile(centre: Centre, *, waits: bool = True) -> str:
    """Let the customer call again, and the relay see it; return that contact."""
    contact = caller(centre, "CA7", waits=waits)
    centre.relay()
    centre.advance(0)
    return contact.id


def test_nobody_is_called_back_while_they_are_on_the_line() -> None:
    centre = centre_with()
    contact = asked(centre)
    other = calls_meanwhile(centre)
    back = centre.contact(contact)
    assert (str(back.state), back.callback and back.callback.held_by) == ("SCHEDULED", other)
    place = back.virtual_time
    minutes(centre, 7)
    assert centre.state(contact) == "SCHEDULED"
    centre.caller_leaves(other)
    centre.relay()
    centre.advance(0)
    assert (centre.state(contact), centre.contact(contact).virtual_time) == ("WAITING", place)
    assert types(centre.contact(contact)) == ["ContactRequeued"]
    sound(centre)


def test_an_offer_to_an_agent_is_withdrawn_when_the_customer_calls() -> None:
    centre = centre_with()
    contact = asked(centre)
    ann = centre.agent()
    assert centre.contact(contact).agent == ann
    calls_meanwhile(centre, waits=False)
    assert centre.state(contact) == "SCHEDULED"
    assert centre.agent_item(ann).slots == {}


def test_who_was_served_meanwhile_is_not_called_any_more() -> None:
    centre = centre_with()
    contact = asked(centre)
    other = calls_meanwhile(centre)
    ann = centre.agent()
    rid = centre.contact(other).rid or ""
    offers.accept(centre.app, ann, other, rid, "api")
    centre.agent_joins(other, rid)
    centre.caller_joins(other)
    assert centre.state(other) == "CONNECTED"
    centre.relay()
    centre.advance(0)
    back = centre.contact(contact)
    assert (str(back.state), back.callback and back.callback.state) == (
        "CANCELLED",
        CallbackState.SUPERSEDED,
    )
    ended_once(centre)


def test_a_callback_held_for_long_asks_for_no_heap_of_looks() -> None:
    centre = centre_with()
    contact = asked(centre)
    calls_meanwhile(centre)
    minutes(centre, 60)
    assert str(centre.contact(contact).state) == "SCHEDULED"
    ahead = [t for t in centre.world.timers.pending() if t.key == contact]
    assert len(ahead) <= 1, ahead


def test_a_lost_message_about_the_other_call_is_made_good() -> None:
    centre = centre_with()
    contact = asked(centre)
    other = calls_meanwhile(centre)
    centre.caller_leaves(other)
    centre.stream.take()  # the relay never sees it
    minutes(centre, 7)
    assert centre.state(contact) == "WAITING"


def test_a_call_to_another_business_unit_holds_nothing() -> None:
    centre = centre_with()
    contact = asked(centre)
    first = caller(centre, "CA7", waits=False)
    elsewhere = replace(
        first, id="ct_" + "9" * 26, business_unit="other", call="CA8", version=1, sequence=1
    )
    centre.world.store.save_contact(elsewhere)
    callbacks.customer_called(centre.app, elsewhere.id, "t")
    assert centre.state(contact) == "WAITING"


def test_a_customer_being_rung_who_calls_is_rung_on() -> None:
    centre = centre_with()
    contact = asked(centre)
    attempt = accepted(centre, contact, centre.agent())
    calls_meanwhile(centre, waits=False)
    assert centre.state(contact) == "DIALING"
    tell(centre, attempt, "busy")
    assert centre.state(contact) == "SCHEDULED"


def test_what_goes_on_at_once_is_swept_when_its_timer_is_lost() -> None:
    centre = centre_with()
    contact = asked(centre)
    other = calls_meanwhile(centre)
    centre.world.timers.mishaps.lose = 1.0
    centre.caller_leaves(other)
    centre.world.faults.crash_after("store.save_contact")
    with pytest.raises(Crash):
        callbacks.customer_called(centre.app, other, "t")
    assert centre.state(contact) == "SCHEDULED"
    minutes(centre, 2)
    assert centre.state(contact) == "WAITING"


def test_one_that_cannot_be_looked_at_is_looked_at_by_the_next_sweep() -> None:
    centre = centre_with(CallbackRules(delay_ms=2 * MINUTE))
    centre.world.timers.mishaps.lose = 1.0
    contact = asked(centre)
    centre.advance(2 * MINUTE)
    centre.world.faults.refuse("store.save_contact")
    minutes(centre, 1)
    assert centre.state(contact) == "SCHEDULED"
    minutes(centre, 2)
    assert centre.state(contact) == "WAITING"


def test_a_callback_whose_queue_has_long_been_gone_ends() -> None:
    centre = centre_with(CallbackRules(delay_ms=10 * MINUTE))
    contact = asked(centre)
    rules = centre.app.configuration.current()
    queues = {"support": rules.queues["support"]}
    pools = {"main": replace(rules.pools["main"], queues=("support",))}
    centre.world.configuration.publish(replace(rules, version=2, queues=queues, pools=pools))
    minutes(centre, 11)
    back = centre.contact(contact)
    assert (str(back.state), back.events[0].data["reason"]) == ("EXPIRED", "queue_gone")
    ended_once(centre)


def test_a_customer_who_withholds_the_number_is_known_by_the_one_given() -> None:
    centre = centre_with()
    answers = []
    for call in ("CA1", "CA2"):
        first = caller(centre, call, waits=False)
        hidden = replace(first, subject=None, version=2, sequence=2)
        centre.world.store.save_contact(hidden)
        answers.append(ask(centre, hidden))
    assert [answer.outcome for answer in answers] == ["booked", "already"]
    assert answers[0].callback_id == answers[1].callback_id


def test_an_agent_lost_after_the_customer_was_reached_is_a_lost_agent_like_any() -> None:
    centre = centre_with()
    contact = asked(centre)
    ann = centre.agent()
    tell(centre, accepted(centre, contact, ann), "answered")
    agent_leaves(centre, contact, centre.contact(contact).rid or "")
    centre.advance(REJOIN_MS + 10_000)
    assert centre.state(contact) == "WAITING"
    bob = centre.agent("bob")
    rid = centre.contact(contact).rid or ""
    assert centre.contact(contact).agent == bob
    offers.accept(centre.app, bob, contact, rid, "api")
    centre.agent_joins(contact, rid)
    centre.caller_joins(contact)
    assert centre.state(contact) == "CONNECTED"
    assert len(centre.world.dialler.calls) == 1
    sound(centre)
    ended_once(centre)
