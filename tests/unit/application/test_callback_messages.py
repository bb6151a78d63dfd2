"""What customers are written about their callback: once, in their language, while it is true."""

from __future__ import annotations

import contextlib

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application import messages
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import moving as callback_moving
from centralino.application.callbacks import reach as callback_reach
from centralino.application.callbacks.messages import tell as tell_customer
from centralino.application.messages import Sent
from centralino.application.ports.delivery import Kind, Message
from centralino.domain.callbacks.model import CallbackState, contact_of
from centralino.domain.configuration.model import Spend
from centralino.domain.consents import By, Purpose
from centralino.domain.errors import TransientDependency
from tests.support.centre import Centre
from tests.unit.application.calling_back import accepted, asked, minutes, tell
from tests.unit.application.picking_times import MINUTE, tomorrow
from tests.unit.application.writing_to import HOUR, booked, sent, told, web_centre


def hello(name: str = "m1", **how: str) -> Message:
    return Message(
        id=name,
        kind=Kind.SMS,
        to="+393331234567",
        language="en",
        text="hello",
        purpose="survey",
        business_unit="demo",
        **how,
    )


# --------------------------------------------------------------------------- any message


def test_a_message_is_sent_once_however_often_it_is_asked_for() -> None:
    centre = web_centre()
    assert [messages.deliver(centre.app, hello()) for _ in range(3)] == [Sent.SENT] * 3
    assert len(centre.world.delivery.sent) == 1


def test_what_was_not_sent_is_sent_when_it_is_asked_for_again() -> None:
    centre = web_centre()
    centre.world.faults.refuse("delivery.send")
    with pytest.raises(TransientDependency):
        messages.deliver(centre.app, hello())
    assert messages.deliver(centre.app, hello()) is Sent.SENT
    assert len(centre.world.delivery.sent) == 1


def test_what_may_have_been_sent_is_not_sent_again() -> None:
    centre = web_centre()
    centre.world.faults.lose_reply("delivery.send")
    assert messages.deliver(centre.app, hello()) is Sent.UNKNOWN
    assert messages.deliver(centre.app, hello()) is Sent.UNKNOWN
    assert len(centre.world.delivery.sent) == 1


@pytest.mark.parametrize("boundary", range(1, 17))
def test_whoever_dies_while_sending_leaves_at_most_one_message(boundary: int) -> None:
    centre = web_centre()
    centre.world.faults.crash_at(boundary)
    for _ in range(3):
        with contextlib.suppress(Crash):
            messages.deliver(centre.app, hello())
    assert len(centre.world.delivery.sent) <= 1


def test_a_message_that_is_refused_is_not_tried_again() -> None:
    centre = web_centre()
    centre.world.delivery.refused.add("+393331234567")
    assert messages.deliver(centre.app, hello()) is Sent.REFUSED
    centre.world.delivery.refused.clear()
    assert messages.deliver(centre.app, hello()) is Sent.REFUSED
    assert centre.world.delivery.sent == []


def test_without_a_way_nothing_is_sent_and_nothing_noted() -> None:
    centre = web_centre()
    centre.world.delivery.kinds = {Kind.EMAIL}
    assert messages.deliver(centre.app, hello()) is Sent.NO_WAY
    centre.world.delivery.kinds = {Kind.SMS}
    assert messages.deliver(centre.app, hello()) is Sent.SENT


def test_consent_is_read_when_it_is_sent() -> None:
    from centralino.application import consents

    centre = web_centre()
    contact = centre.ring()

    def answer(given: bool, step: str) -> None:
        consents.record(
            centre.app,
            "su_1",
            Purpose.SMS,
            given,
            text_version="1",
            evidence_contact=contact,
            step=step,
            by=By.FLOW,
            cause=None,
        )

    def send(name: str) -> Sent:
        return messages.deliver(centre.app, hello(name), subject="su_1", consent=Purpose.SMS)

    assert send("m1") is Sent.NO_CONSENT
    answer(True, "a")
    assert send("m1") is Sent.SENT
    centre.advance(1)
    answer(False, "b")
    assert send("m2") is Sent.NO_CONSENT
    assert messages.deliver(centre.app, hello("m3"), consent=Purpose.SMS) is Sent.NO_CONSENT
    assert len(centre.world.delivery.sent) == 1


def test_nothing_is_kept_of_number_and_text() -> None:
    centre = web_centre()
    messages.deliver(centre.app, hello())
    kept = repr(centre.world.operations._partitions) + repr(centre.world.log.__dict__)
    assert "+393331234567" not in kept
    assert "hello" not in kept


# --------------------------------------------------------------------------- of a callback


def test_a_caller_who_asked_is_told_in_their_language_with_a_link() -> None:
    centre = web_centre()
    asked(centre)
    told(centre)
    (message,) = sent(centre)
    assert (message.to, message.kind, message.language) == ("+393331234567", Kind.SMS, "it")
    assert message.text.startswith("Vendite: la richiameremo appena arriva il suo turno.")
    assert " https://api.example.com/v1/public/callbacks/links/m" in message.text
    assert message.sender == "+390200000001"


def test_a_queue_that_writes_nothing_keeps_and_sends_nothing() -> None:
    centre = web_centre(web=False, sms=False)
    contact = asked(centre)
    told(centre)
    assert sent(centre) == []
    assert callback_reach.of(centre.app, "cb_" + contact[3:]).number is None


def test_a_number_that_takes_no_texts_gets_none() -> None:
    from tests.unit.application.calling_back import ask, caller

    centre = web_centre()
    answer = ask(centre, caller(centre, number="+390212345678"), "+390212345678")
    assert answer.outcome == "booked"
    told(centre)
    assert sent(centre) == []


def test_what_the_relay_tells_twice_is_sent_once() -> None:
    centre = web_centre()
    asked(centre)
    centre.stream.redeliver()
    told(centre)
    told(centre)
    assert len(sent(centre)) == 1


def test_an_appointment_names_its_window_in_the_queue_s_zone() -> None:
    centre = web_centre()
    done = booked(centre, at="2026-01-06T10:00", language="en", email="a@example.com")
    assert done.answer.outcome == "booked"
    by_kind = {message.kind: message for message in sent(centre)}
    assert set(by_kind) == {Kind.SMS, Kind.EMAIL}
    for message in by_kind.values():
        assert "on Tuesday 6 January 2026, between 10:00 and 10:30" in message.text
    assert by_kind[Kind.EMAIL].subject == "Sales"


def test_a_reminder_comes_once_at_its_time() -> None:
    centre = web_centre(remind_ms=HOUR)
    booked(centre, at="2026-01-06T10:00", language="en")
    before = len(sent(centre))
    # The appointment is at 9:00 UTC.
    ahead = tomorrow(centre, 8) - centre.app.clock.now()
    centre.advance(ahead - 2 * MINUTE)
    minutes(centre, 1)
    assert len(sent(centre)) == before
    minutes(centre, 5)
    reminders = sent(centre)[before:]
    assert [m.text.split(". ")[0] for m in reminders] == [
        "Sales: we will call you between 10:00 and 10:30"
    ]


def test_a_reminder_whose_sweeps_were_missed_comes_with_the_next() -> None:
    centre = web_centre(remind_ms=HOUR)
    booked(centre, at="2026-01-06T10:00", language="en")
    centre.sweep()
    before = len(sent(centre))
    centre.advance(tomorrow(centre, 8) - centre.app.clock.now() + 20 * MINUTE)
    minutes(centre, 2)
    assert len(sent(centre)) == before + 1


def test_an_appointment_that_was_moved_is_told_and_reminded_of_at_its_new_time() -> None:
    centre = web_centre(remind_ms=HOUR)
    done = booked(centre, at="2026-01-06T10:00", language="en")
    callback_moving.move(centre.app, done.callback, tomorrow(centre, 13), "customer", "web")
    told(centre)
    assert "was moved" in sent(centre)[-1].text
    assert "between 14:00 and 14:30" in sent(centre)[-1].text
    before = len(sent(centre))
    centre.advance(tomorrow(centre, 8) - centre.app.clock.now())
    minutes(centre, 2)
    assert len(sent(centre)) == before
    centre.advance(4 * HOUR)
    minutes(centre, 3)
    assert len(sent(centre)) == before + 1


def test_an_appointment_that_was_cancelled_is_not_reminded_of_and_leaves_no_number() -> None:
    centre = web_centre(remind_ms=HOUR)
    done = booked(centre, at="2026-01-06T10:00", email="a@example.com")
    callbacks.cancel(centre.app, done.callback, "customer", "web")
    told(centre)
    before = len(sent(centre))
    assert callback_reach.of(centre.app, done.callback) == callback_reach.Reach()
    centre.advance(tomorrow(centre, 8) - centre.app.clock.now())
    minutes(centre, 3)
    assert len(sent(centre)) == before


def test_who_was_not_reached_is_told_how_to_book_again() -> None:
    centre = web_centre(tries=1)
    agent = centre.agent()
    contact = asked(centre)
    told(centre)
    attempt = accepted(centre, contact, agent)
    tell(centre, attempt, "no_answer")
    told(centre)
    assert centre.contact(contact).callback.state is CallbackState.EXHAUSTED  # type: ignore[union-attr]
    last = sent(centre)[-1]
    assert "senza trovarla" in last.text
    assert "/links/a" in last.text
    tell_customer(centre.app, contact, "unreached")
    assert sent(centre)[-1] is last


def test_whom_nobody_called_in_time_is_told_so() -> None:
    centre = web_centre()
    contact = asked(centre)
    told(centre)
    centre.advance(24 * HOUR)
    callbacks.look(centre.app, contact, "sweep")
    told(centre)
    assert centre.contact(contact).callback.state is CallbackState.EXPIRED  # type: ignore[union-attr]
    last = sent(centre)[-1]
    assert last.text.startswith("Vendite: ci scusi se non l'abbiamo richiamata.")
    assert "/links/a" in last.text
    before = len(sent(centre))
    tell_customer(centre.app, contact, "expired")
    assert len(sent(centre)) == before
    assert callback_reach.of(centre.app, "cb_" + contact[3:]).number == "+393331234567"


def test_whose_time_ran_out_between_two_tries_is_told_of_the_call() -> None:
    centre = web_centre(tries=5)
    agent = centre.agent()
    contact = asked(centre)
    told(centre)
    tell(centre, accepted(centre, contact, agent), "no_answer")
    centre.advance(24 * HOUR)
    callbacks.look(centre.app, contact, "sweep")
    told(centre)
    assert centre.contact(contact).callback.state is CallbackState.EXPIRED  # type: ignore[union-attr]
    assert "senza trovarla" in sent(centre)[-1].text


def test_an_end_that_is_told_late_and_of_another_state_says_nothing() -> None:
    centre = web_centre()
    contact = asked(centre)
    told(centre)
    before = len(sent(centre))
    tell_customer(centre.app, contact, "expired")
    tell_customer(centre.app, contact, "unreached")
    assert len(sent(centre)) == before


def test_who_gave_an_address_alone_can_book_again_by_the_link_sent_there() -> None:
    centre = web_centre(sms=False)
    done = booked(centre, email="a@example.com")
    assert callback_reach.of(centre.app, done.callback).number == "+393331234567"
    assert [message.kind for message in sent(centre)] == [Kind.EMAIL]


def test_a_sweep_after_a_long_standstill_looks_at_a_day_and_no_more() -> None:
    centre = web_centre()
    centre.sweep()
    centre.advance(400 * 24 * HOUR)
    centre.world.meter.reset()
    from centralino.application.callbacks import messages as callback_messages

    callback_messages.sweep(centre.app)
    looked = centre.world.meter.of()
    assert looked.read_units < 2_000


def test_a_queue_says_it_in_its_own_words() -> None:
    words = {"confirmed": {"it": "Ciao da {queue}! {when} {nothing}", "en": "Hi"}}
    centre = web_centre(texts=words)
    asked(centre)
    told(centre)
    assert sent(centre)[0].text == "Ciao da Vendite! appena arriva il suo turno {nothing}"


def test_what_is_promised_goes_out_over_the_cap() -> None:
    centre = web_centre(Spend(messages_per_day=1))
    asked(centre, "CA1")
    told(centre)
    other = web_centre_caller(centre)
    told(centre)
    assert [message.to for message in sent(centre)] == ["+393331234567", "+393337654321"]
    assert other
    assert any(entry.message == "spend_cap" for entry in centre.world.log.lines)


def web_centre_caller(centre: Centre) -> str:
    from tests.unit.application.calling_back import ask, caller

    answer = ask(centre, caller(centre, "CA2", number="+393337654321"), "+393337654321")
    return contact_of(answer.callback_id or "")
