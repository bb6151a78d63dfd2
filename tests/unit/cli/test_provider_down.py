"""A call while the product is down: set up by the command, heard by a caller of the carrier."""

from __future__ import annotations

import pytest

from centralino.domain.telephony import phrases
from cli.main import main
from local.twilio import Answers, NeverAnswers, Person, silent
from tests.support.going_live import EN, FALLBACK, IT, Live

CALLER, EMERGENCY = "+393330000001", "+390266666666"
REFUSING = "http://127.0.0.1:1"


@pytest.fixture
def down(deployment: Live) -> Live:
    """The numbers are set as they are, and then nobody listens at the API any more."""
    deployment.found["PublicUrl"] = REFUSING
    deployment.found["EmergencyNumber"] = EMERGENCY
    assert main(["provider", "twilio", "apply", "--yes"]) == 0
    return deployment


def called(deployment: Live, number: str) -> Person:
    """Call a line and stay until the end."""
    thread = deployment.thread
    person: Person = thread.run(deployment.carrier.call(CALLER, number, silent))
    assert thread.run(person.ended(within=20)) == "completed"
    return person


def heard(person: Person) -> list[str]:
    return [one.text for one in person.heard if one.verb == "Say"]


@pytest.mark.parametrize(("number", "language"), [(IT, "it"), (EN, "en")])
def test_the_caller_hears_an_apology_and_is_put_through(
    down: Live, number: str, language: str
) -> None:
    down.thread.apply(lambda carrier: carrier.register_phone(EMERGENCY, Answers(after=1, talk=30)))
    person = called(down, number)
    assert heard(person) == [
        words[language]
        for words in (phrases.OUT_OF_ORDER, phrases.TO_EMERGENCY, phrases.CALL_AGAIN)
    ]
    (leg,) = (call for call in down.carrier.calls if call.to == EMERGENCY)
    assert (leg.status, leg.parent_sid) == ("completed", person.sid)
    assert any(moment.what == "talks to" for moment in person.history)
    # Nothing but the file was asked for: there is nobody else.
    assert [asked.partition("?")[0] for asked in down.side.asked] == [
        f"GET {FALLBACK}/voice-{language}.xml"
    ]
    assert [alert.code for alert in down.carrier.alerts] == [11205]


def test_an_emergency_number_that_does_not_answer_leaves_nobody_hanging(down: Live) -> None:
    down.thread.apply(lambda carrier: carrier.register_phone(EMERGENCY, NeverAnswers()))
    person = called(down, EN)
    assert heard(person)[-1] == phrases.CALL_AGAIN["en"]
    (leg,) = (call for call in down.carrier.calls if call.to == EMERGENCY)
    assert leg.status == "no-answer"


def test_without_an_emergency_number_the_caller_is_told_to_call_again(deployment: Live) -> None:
    deployment.found["PublicUrl"] = REFUSING
    assert main(["provider", "twilio", "apply", "--yes"]) == 0
    person = called(deployment, IT)
    assert heard(person) == [phrases.OUT_OF_ORDER["it"], phrases.CALL_AGAIN["it"]]
    assert [call.to for call in deployment.carrier.calls] == [IT]


@pytest.mark.parametrize("status", [500, 502, 503])
def test_an_api_that_answers_with_an_error_falls_back_as_well(
    deployment: Live, status: int
) -> None:
    assert main(["provider", "twilio", "apply", "--yes"]) == 0
    deployment.side.answer = (status, "application/json", '{"message": "Service Unavailable"}')
    person = called(deployment, EN)
    assert heard(person) == [phrases.OUT_OF_ORDER["en"], phrases.CALL_AGAIN["en"]]


def test_a_number_that_was_never_set_hears_the_carrier_s_own_error(deployment: Live) -> None:
    deployment.put(EN, VoiceUrl=f"{REFUSING}/v1/telephony/twilio/voice")
    person = called(deployment, EN)
    assert heard(person) == ["An application error has occurred. Goodbye."]
