"""Messages, payments, dialled numbers, and what is said to somebody who stands in the queue."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from centralino.adapters.telephony.twilio.twiml import render
from centralino.adapters.telephony.twilio.urls import Urls
from centralino.domain.telephony import actions as act
from tests.unit.adapters.telephony.samples import CONTACT

URLS = Urls("https://api.example.com")
PREFIX = "https://api.example.com/v1/telephony/twilio"
SAY = act.Say("One moment.", "en")
MESSAGE = act.Message((SAY,), CONTACT, "voicemail.0", longest_s=90, silence_s=4)
PAY = act.Pay(CONTACT, "pay.2", "12.50", "eur", "Order 7 & more", "it", "stripe")
DIAL = act.Dial("+390299999999", CONTACT, "out.1", "+390200000001", 20)


def document(*actions: act.Action, queued: bool = False) -> ET.Element:
    return ET.fromstring(render(actions, URLS, queued=queued))


def test_a_message_is_recorded_after_its_prompt_and_an_empty_one_comes_back_too() -> None:
    say, record, redirect = document(MESSAGE)
    assert (say.tag, say.text) == ("Say", "One moment.")
    end = f"{PREFIX}/message?c={CONTACT}&s=voicemail.0"
    assert record.attrib == {
        "maxLength": "90",
        "timeout": "4",
        "finishOnKey": "1234567890*#",
        "playBeep": "true",
        "action": end,
        "method": "POST",
    }
    assert (redirect.tag, redirect.text, redirect.attrib) == ("Redirect", end, {"method": "POST"})


def test_a_payment_names_amount_gateway_and_where_its_end_is_told() -> None:
    (pay,) = document(PAY)
    assert pay.tag == "Pay"
    assert pay.attrib == {
        "input": "dtmf",
        "chargeAmount": "12.50",
        "currency": "eur",
        "description": "Order 7 & more",
        "language": "it-IT",
        "maxAttempts": "3",
        "postalCode": "false",
        "paymentConnector": "stripe",
        "action": f"{PREFIX}/paid?c={CONTACT}&s=pay.2",
        "method": "POST",
    }


def test_a_payment_without_a_named_gateway_goes_to_the_account_s_own() -> None:
    (pay,) = document(act.Pay(CONTACT, "pay.2", "1.00", "usd", "", "en"))
    assert pay.get("paymentConnector") is None


def test_a_number_is_dialled_under_the_line_s_number() -> None:
    (dial,) = document(DIAL)
    assert dial.attrib == {
        "timeout": "20",
        "action": f"{PREFIX}/dialled?c={CONTACT}&s=out.1",
        "method": "POST",
        "callerId": "+390200000001",
    }
    assert [(noun.tag, noun.text) for noun in dial] == [("Number", "+390299999999")]


def test_a_number_without_a_caller_id_shows_the_caller_s() -> None:
    (dial,) = document(act.Dial("+390299999999", CONTACT, "out.1"))
    assert dial.get("callerId") is None


@pytest.mark.parametrize("action", [MESSAGE, PAY, DIAL])
@pytest.mark.parametrize("queued", [False, True])
def test_nothing_follows_what_ends_elsewhere(action: act.Action, queued: bool) -> None:
    with pytest.raises(ValueError, match="nothing can follow"):
        render([action, SAY], URLS, queued=queued)


# --------------------------------------------------------------------- in the queue


def test_somebody_in_the_queue_hears_words_and_may_press_a_key() -> None:
    question = act.Gather((SAY,), CONTACT, "wait.3", timeout_s=10)
    say, gather = document(SAY, question, queued=True)
    assert say.tag == "Say"
    assert gather.get("action") == f"{PREFIX}/menu?c={CONTACT}&s=wait.3&q=1"


def test_a_question_outside_the_queue_does_not_say_that_it_was_asked_there() -> None:
    (gather,) = document(act.Gather((SAY,), CONTACT, "wait.3"))
    assert gather.get("action") == f"{PREFIX}/menu?c={CONTACT}&s=wait.3"


def test_somebody_who_goes_on_waiting_stays_in_line() -> None:
    (said, redirect) = document(SAY, act.Queue(CONTACT), queued=True)
    assert said.tag == "Say"
    assert (redirect.tag, redirect.text) == ("Redirect", f"{PREFIX}/wait?c={CONTACT}")


@pytest.mark.parametrize("action", [MESSAGE, PAY, DIAL, act.Bridge(CONTACT)])
def test_what_cannot_be_done_in_the_queue_is_asked_for_after_leaving_it(
    action: act.Action,
) -> None:
    assert [verb.tag for verb in document(SAY, action, queued=True)] == ["Leave"]


def test_a_call_is_ended_in_the_queue_itself() -> None:
    assert [verb.tag for verb in document(SAY, act.Hangup(), queued=True)] == ["Say", "Hangup"]


def test_nothing_to_say_in_the_queue_is_an_empty_document() -> None:
    assert list(document(queued=True)) == []
