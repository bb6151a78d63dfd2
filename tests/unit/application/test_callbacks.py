"""A caller who will not wait asks to be called back: nothing lost or doubled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.application.callbacks import commands as callbacks
from centralino.domain.callbacks.model import contact_of
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.configuration.model import Line
from centralino.domain.contacts.model import Channel
from centralino.domain.errors import NotFound, RuleViolation
from centralino.domain.telephony.commands import CallProgressed
from tests.support.centre import KEY
from tests.unit.application.calling_back import (
    CUSTOMER,
    accepted,
    ask,
    asked,
    caller,
    centre_with,
    current,
    sound,
    types,
)

MINUTE = 60_000


def test_asking_closes_the_call_and_keeps_its_place_in_one_write() -> None:
    centre = centre_with()
    first = caller(centre)
    centre.advance(30_000)
    answer = ask(centre, first)
    assert answer.outcome == "booked"
    back = centre.contact(contact_of(answer.callback_id or ""))
    asking = centre.contact(first.id)
    assert (str(asking.state), types(asking)) == ("CLOSED", ["ContactClosed"])
    assert asking.events[0].data["outcome"] == "converted"
    assert (back.channel, back.previous) == (Channel.CALLBACK, asking.id)
    assert (back.virtual_time, back.queue) == (asking.virtual_time, "sales")
    assert back.correlation == asking.id
    sound(centre)


def test_a_later_hang_up_of_the_first_call_changes_nothing() -> None:
    centre = centre_with()
    contact = asked(centre)
    before = centre.contact(contact)
    asking = before.previous or ""
    from centralino.application import calls

    calls.handle(centre.app, CallProgressed("twilio", "CA1", "completed", True, asking), KEY)
    assert centre.contact(contact) == before
    assert centre.state(asking) == "CLOSED"


def test_somebody_in_the_menu_takes_a_place_now() -> None:
    centre = centre_with()
    contact = asked(centre, waits=False)
    assert centre.contact(contact).virtual_time == centre.app.clock.now()


def test_asking_again_with_the_same_call_answers_the_same() -> None:
    centre = centre_with()
    first = caller(centre)
    one, two = ask(centre, first), ask(centre, centre.contact(first.id))
    assert one == two
    assert sum(c.callback is not None for c in centre.world.store.contacts()) == 1


def test_a_second_request_of_the_customer_returns_the_first() -> None:
    centre = centre_with()
    one = ask(centre, caller(centre, "CA1"))
    other = caller(centre, "CA2")
    two = ask(centre, other)
    assert (two.outcome, two.callback_id) == ("already", one.callback_id)
    assert centre.state(other.id) == "CLOSED"
    sound(centre)


def test_another_topic_is_another_request() -> None:
    centre = centre_with()
    ask(centre, caller(centre, "CA1"))
    assert ask(centre, caller(centre, "CA2"), topic="billing").outcome == "booked"


def test_once_the_first_request_has_ended_another_may_be_made() -> None:
    centre = centre_with()
    one = ask(centre, caller(centre, "CA1"))
    callbacks.cancel(centre.app, one.callback_id or "", "customer", "api")
    two = ask(centre, caller(centre, "CA2"))
    assert two.outcome == "booked"
    assert two.callback_id != one.callback_id


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("12", "invalid_number"),
        ("+39899123456", "not_callable"),
        ("+442079460000", "country_not_allowed"),
        (None, "no_number"),
        ("not a number", "invalid_number"),
    ],
)
def test_numbers_that_are_not_called_are_refused(number: str | None, reason: str) -> None:
    centre = centre_with()
    first = caller(centre)
    answer = ask(centre, first, number)
    assert (answer.outcome, answer.reason) == ("refused", reason)
    assert centre.state(first.id) == "WAITING"


def test_countries_that_the_queue_names_are_called() -> None:
    centre = centre_with(CallbackRules(countries=("GB",)))
    assert ask(centre, caller(centre), "+442079460000").outcome == "booked"


def test_one_number_asks_only_so_often_in_a_day() -> None:
    centre = centre_with(CallbackRules(per_day=2))
    for number in range(2):
        answer = ask(centre, caller(centre, f"CA{number}"), topic=f"t{number}")
        assert answer.outcome == "booked"
    last = caller(centre, "CA9")
    answer = ask(centre, last, topic="t9")
    assert (answer.outcome, answer.reason) == ("refused", "too_many")
    assert centre.state(last.id) == "WAITING"
    centre.advance(24 * 60 * MINUTE)
    assert ask(centre, caller(centre, "CA10"), topic="t9").outcome == "booked"


def test_who_is_being_offered_to_an_agent_keeps_the_call() -> None:
    centre = centre_with()
    centre.agent()
    first = caller(centre)
    centre.app.nudges.send("main")
    centre.drain_nudged()
    answer = ask(centre, centre.contact(first.id))
    assert (answer.outcome, answer.reason) == ("refused", "not_waiting")


def test_an_unknown_queue_is_refused_and_the_caller_waits_on() -> None:
    centre = centre_with()
    first = caller(centre)
    answer = callbacks.ask(
        centre.app, first, queue="nowhere", plan="voice", number=CUSTOMER, cause="w"
    )
    assert (answer.outcome, answer.reason) == ("refused", "unknown_queue")
    assert centre.state(first.id) == "WAITING"


# --------------------------------------------------------------------------- booked by an agent


def test_an_agent_books_for_a_customer() -> None:
    centre = centre_with()
    answer = callbacks.book(
        centre.app, queue="sales", number=CUSTOMER, line=None, topic=None, key=KEY, cause="api"
    )
    assert answer.outcome == "booked"
    contact = centre.contact(contact_of(answer.callback_id or ""))
    assert (contact.previous, contact.line, str(contact.state)) == (None, "it", "WAITING")
    again = callbacks.book(
        centre.app, queue="sales", number=CUSTOMER, line="it", topic=None, key=KEY, cause="api"
    )
    assert (again.outcome, again.callback_id) == ("already", answer.callback_id)


def test_a_caller_and_an_agent_who_book_for_the_same_customer_book_once() -> None:
    centre = centre_with()
    one = ask(centre, caller(centre))
    two = callbacks.book(
        centre.app, queue="sales", number=CUSTOMER, line=None, topic=None, key=KEY, cause="api"
    )
    assert (two.outcome, two.callback_id) == ("already", one.callback_id)


def test_an_agent_s_booking_is_refused_for_the_same_reasons() -> None:
    centre = centre_with()
    for number, line, error in (
        ("+39899123456", None, RuleViolation),
        (CUSTOMER, "nowhere", NotFound),
    ):
        with pytest.raises(error):
            callbacks.book(
                centre.app,
                queue="sales",
                number=number,
                line=line,
                topic=None,
                key=KEY,
                cause="api",
            )


def test_who_came_by_a_page_is_called_from_a_line_that_can_call() -> None:
    base = centre_with().app.configuration.current()
    lines = {
        "web": Line("web", "web:web", "demo", "main", "it", provider="webvoice"),
        **base.lines,
    }
    centre = centre_with(lines=lines)
    first = replace(caller(centre, waits=False), line="web", provider="webvoice", version=2)
    centre.world.store.save_contact(replace(first, sequence=2))
    contact = contact_of(ask(centre, centre.contact(first.id)).callback_id or "")
    assert (centre.contact(contact).line, centre.contact(contact).provider) == ("it", "twilio")


def test_a_business_unit_that_cannot_call_refuses() -> None:
    centre = centre_with()
    first = caller(centre)
    app = replace(centre.app, able=lambda _: frozenset())
    answer = callbacks.ask(app, first, queue="sales", plan="voice", number=CUSTOMER, cause="w")
    assert (answer.outcome, answer.reason) == ("refused", "no_line")
    assert centre.state(first.id) == "WAITING"


# --------------------------------------------------------------------------- order


def test_a_callback_is_served_in_the_place_its_customer_had() -> None:
    centre = centre_with()
    contact = asked(centre, "CA1")
    centre.advance(1_000)
    other = caller(centre, "CA2", number="+393331234568")
    ann = centre.agent()
    assert centre.contact(contact).agent == ann
    assert centre.state(other.id) == "WAITING"


def test_the_delay_is_kept_before_anybody_is_asked() -> None:
    centre = centre_with(CallbackRules(delay_ms=99_000))
    contact = asked(centre)
    centre.agent()
    centre.advance(98_000)
    assert centre.state(contact) == "SCHEDULED"
    centre.advance(1_500)
    assert centre.state(contact) == "OFFERED"


def test_current_names_the_latest_attempt() -> None:
    centre = centre_with()
    contact = asked(centre)
    attempt = accepted(centre, contact, centre.agent())
    assert attempt == current(centre, contact) == f"cb_{contact[3:]}#1"
