"""Messages, payments, outside numbers and keys pressed in the queue, over the fake carrier."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from centralino.domain.telephony import actions as act
from centralino.domain.telephony.commands import (
    CallArrived,
    CallProgressed,
    Command,
    DialEnded,
    InputGiven,
    MessageRecorded,
    PaymentEnded,
    PresentAsked,
    WaitContinued,
)
from local.twilio import Answers, LeavesMessage, NeverAnswers, Pays, Person, Refuses, Script
from tests.contract.telephony.desk import CONTACT
from tests.contract.telephony.studio import LINE, Studio, open_studio

OUTSIDE = "+390299999999"
BYE = [act.Say("Goodbye.", "en"), act.Hangup()]
CARD = "4242424242424242"


@pytest.fixture
def studio() -> Iterator[Studio]:
    with open_studio() as opened:
        yield opened


def plays(studio: Studio, first: act.Action, ended: type[Command]) -> None:
    """Let the desk begin with an action and say goodbye at its end."""

    def script(command: Command) -> list[act.Action] | None:
        if isinstance(command, CallArrived):
            return [first]
        return list(BYE) if isinstance(command, ended) else None

    studio.desk.script = script


def told(studio: Studio, kind: type[Command]) -> list[Command]:
    studio.desk.until(lambda c: isinstance(c, kind))
    return studio.heard_of(kind)


def words(person: Person) -> list[str]:
    return [one.text for one in person.heard if one.verb == "Say"]


# ------------------------------------------------------------------------- messages


MESSAGE = act.Message((act.Say("Speak.", "en"),), CONTACT, "mail.0", longest_s=20, silence_s=2)


@pytest.mark.parametrize(
    ("script", "seconds"),
    [
        (LeavesMessage(6), 6),
        (LeavesMessage(6, key="#"), 6),
        (LeavesMessage(6, hang_up=True), 6),
        (LeavesMessage(90), 20),
    ],
    ids=["falls silent", "presses a key", "hangs up", "goes on for ever"],
)
def test_a_message_is_kept_however_it_ends(studio: Studio, script: Script, seconds: int) -> None:
    plays(studio, MESSAGE, MessageRecorded)
    person = studio.call(script)
    (message,) = told(studio, MessageRecorded)
    assert isinstance(message, MessageRecorded)
    assert (message.contact, message.call, message.step) == (CONTACT, person.sid, "mail.0")
    assert abs(message.seconds - seconds) <= 2
    assert message.reference is not None
    assert studio.carrier.run(person.ended(within=8)) == "completed"
    assert words(person)[0] == "Speak."
    studio.wait(person.call, lambda: True)
    found = studio.carrier.apply(lambda c: c.exchange.recordings.find(message.reference or ""))
    assert found is not None


def test_nobody_who_says_nothing_has_left_a_message(studio: Studio) -> None:
    plays(studio, MESSAGE, MessageRecorded)
    person = studio.call(LeavesMessage(0))
    (message,) = told(studio, MessageRecorded)
    assert isinstance(message, MessageRecorded)
    assert (message.reference, message.seconds) == (None, 0)
    studio.carrier.run(person.ended(within=8))
    assert words(person) == ["Speak.", "Goodbye."]


# ------------------------------------------------------------------------- payments


PAY = act.Pay(CONTACT, "pay.0", "12.50", "eur", "Order 7", "en", "Default")


@pytest.mark.parametrize(
    ("script", "answer", "result", "reason"),
    [
        (Pays(), "approved", "paid", None),
        (Pays(), "declined", "declined", "payment_connector_error"),
        (Pays(), "unreachable", "failed", "payment_connector_error"),
        (Pays(stop_at="expiration-date"), "approved", "cancelled", "caller_interrupted_with_star"),
        (Pays(stop_at="security-code", hang_up=True), "approved", "cancelled", "caller_hung_up"),
        (Pays(number="4242424242424241"), "approved", "invalid_input", "too_many_failed_attempts"),
    ],
)
def test_a_payment_ends_in_one_of_our_words(
    studio: Studio, script: Script, answer: str, result: str, reason: str | None
) -> None:
    plays(studio, PAY, PaymentEnded)
    studio.carrier.apply(lambda c: c.gateway.answers.append(answer))
    person = studio.call(script)
    (payment,) = told(studio, PaymentEnded)
    assert isinstance(payment, PaymentEnded)
    assert (payment.step, payment.result, payment.reason) == ("pay.0", result, reason)
    assert (payment.reference is not None) == (result == "paid")
    charged = studio.carrier.apply(lambda c: c.gateway.charged)
    assert charged == ([("12.50", "eur")] if result == "paid" else [])
    studio.carrier.run(person.ended(within=8))


def test_card_digits_go_from_the_caller_to_the_gateway_and_nowhere_else(studio: Studio) -> None:
    plays(studio, PAY, PaymentEnded)
    person = studio.call(Pays())
    (payment,) = told(studio, PaymentEnded)
    studio.carrier.run(person.ended(within=8))
    sent = [f"{entry.url} {entry.params}" for entry in studio.carrier.carrier.journal.webhooks]
    assert any("PaymentConfirmationCode" in one for one in sent)
    assert not [one for one in sent if CARD in one or "1230" in one]
    # The carrier sends the last four digits; nothing of ours reads them.
    assert any("xxxxxxxxxxxx4242" in one for one in sent)
    assert "4242" not in repr(payment).replace(str(payment.reference), "")  # type: ignore[union-attr]
    assert CARD not in "".join(moment.detail for moment in person.history)


@pytest.mark.parametrize(
    ("pay", "result", "reason"),
    [
        (act.Pay(CONTACT, "p.0", "x", "eur", "", "en"), "failed", "validation_error"),
        (act.Pay(CONTACT, "p.0", "1.00", "eur", "", "en", "other"), "failed",
         "payment_connector_error"),
    ],
)  # fmt: skip
def test_a_payment_that_cannot_be_taken_is_told(
    studio: Studio, pay: act.Pay, result: str, reason: str
) -> None:
    plays(studio, pay, PaymentEnded)
    studio.call()
    (payment,) = told(studio, PaymentEnded)
    assert isinstance(payment, PaymentEnded)
    assert (payment.result, payment.reason) == (result, reason)


# ------------------------------------------------------------------------- outside numbers


DIAL = act.Dial(OUTSIDE, CONTACT, "out.0", LINE, 10)


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (Answers(after=0.2, talk=2), "answered"),
        (Refuses(), "busy"),
        (Refuses(status="failed"), "failed"),
        (NeverAnswers(), "no_answer"),
    ],
)
def test_a_caller_put_through_comes_back_with_the_outcome(
    studio: Studio, behaviour: Script, outcome: str
) -> None:
    studio.carrier.apply(lambda c: c.register_phone(OUTSIDE, behaviour))
    plays(studio, DIAL, DialEnded)
    person = studio.call()
    (dialled,) = told(studio, DialEnded)
    assert isinstance(dialled, DialEnded)
    assert (dialled.step, dialled.outcome) == ("out.0", outcome)
    assert studio.leg(OUTSIDE).from_ == LINE
    studio.carrier.run(person.ended(within=8))
    assert words(person) == ["Goodbye."]


def test_a_caller_who_hangs_up_while_put_through_has_just_ended_the_call(studio: Studio) -> None:
    async def talks(me: Person) -> None:
        await me.connected()
        me.hang_up()

    studio.carrier.apply(lambda c: c.register_phone(OUTSIDE, Answers(after=0.2)))
    plays(studio, DIAL, DialEnded)
    studio.call(talks)
    studio.desk.until(lambda c: isinstance(c, CallProgressed) and c.ended)
    assert studio.heard_of(DialEnded) == []


# ------------------------------------------------------------------------- in the queue


def asks(studio: Studio, *answer: act.Action) -> None:
    """Let the desk ask somebody who waits, and answer a key with these actions."""
    question = act.Gather((act.Say("Press 1.", "en"),), CONTACT, "wait.0", timeout_s=4)

    def script(command: Command) -> list[act.Action] | None:
        if isinstance(command, WaitContinued):
            return [act.Say("Please wait.", "en"), question]
        if isinstance(command, InputGiven):
            return list(answer) if command.digits else [act.Queue(CONTACT)]
        if isinstance(command, PresentAsked):
            return [act.Say("Out of the queue.", "en"), act.Pause(60)]
        return None

    studio.desk.script = script


async def presses(me: Person) -> None:
    await me.queued()
    await me.prompt()
    await me.press("1")
    await me.ended()


def in_queue(studio: Studio, person: Person) -> bool:
    def members(carrier: object) -> list[str]:
        queues = studio.carrier.carrier.exchange.queues
        return [sid for queue in queues for sid in queue.members]

    return person.sid in studio.carrier.apply(members)


def test_somebody_who_presses_a_key_while_waiting_is_heard_and_stays_in_line(
    studio: Studio,
) -> None:
    asks(studio, act.Say("Noted.", "en"))
    person = studio.call(presses)
    studio.desk.until(lambda c: isinstance(c, InputGiven) and c.digits == "1")
    (given,) = [c for c in studio.desk.commands if isinstance(c, InputGiven) and c.digits]
    assert (given.contact, given.step) == (CONTACT, "wait.0")
    # After the answer's words the waiting goes on where it was, in the same queue.
    studio.desk.until(lambda c: isinstance(c, WaitContinued), 2)
    assert "Noted." in words(person)
    assert in_queue(studio, person)
    assert studio.heard_of(PresentAsked) == []


def test_somebody_who_presses_nothing_stays_in_line_without_a_pause(studio: Studio) -> None:
    asks(studio, *BYE)
    person = studio.call()
    studio.desk.until(lambda c: isinstance(c, WaitContinued), 3)
    assert in_queue(studio, person)
    assert studio.heard_of(PresentAsked) == []


def test_a_key_that_leads_out_of_the_queue_takes_the_caller_to_what_is_present(
    studio: Studio,
) -> None:
    asks(studio, act.Say("Not said here.", "en"), MESSAGE)
    person = studio.call(presses)
    studio.desk.until(lambda c: isinstance(c, PresentAsked))
    studio.wait(person.call, lambda: "Out of the queue." in words(person))
    assert not in_queue(studio, person)
    assert "Not said here." not in words(person)
    left = [w for w in studio.carrier.carrier.journal.webhooks if "/left?" in w.url]
    assert [w.param("QueueResult") for w in left] == ["leave"]


def test_a_key_that_ends_the_call_is_a_hang_up(studio: Studio) -> None:
    asks(studio, *BYE)
    person = studio.call(presses)
    assert studio.carrier.run(person.ended(within=8)) == "completed"
    assert words(person)[-1] == "Goodbye."
    studio.desk.until(lambda c: isinstance(c, CallProgressed) and c.ended)
