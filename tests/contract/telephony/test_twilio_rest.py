"""Every REST request conforms to Twilio's OpenAPI document and is repeated only where safe."""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from typing import Any

import pytest

from centralino.adapters.telephony.twilio.api import TwilioApi
from centralino.adapters.telephony.twilio.conversations import SETTLE_S
from centralino.adapters.telephony.twilio.rest import TwilioMedia
from centralino.adapters.telephony.twilio.urls import Urls
from centralino.application.ports import Media
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import CentralinoError, InvalidRequest, TransientDependency
from tests.contract.telephony.stub import ACCOUNT, TOKEN, Fault, Stub

CALL = "CA00000000000000000000000000000001"
OTHER_CALL = "CA00000000000000000000000000000002"
CONTACT = Contact("ct_0123456789ABCDEFGHJKMNPQRS", ContactState.OFFERED, "demo", call=CALL)
RID = f"{CONTACT.id}#4"
AGENT = "ag_0123456789ABCDEFGHJKMNPQRS"
HOOKS = "https://api.example.com/v1/telephony/twilio"
PARTICIPANTS = f"POST /Conferences/{CONTACT.id}/Participants.json"
LOOK = "GET /Conferences.json"
REDIRECT = [("Url", f"{HOOKS}/present?c={CONTACT.id}"), ("Method", "POST")]


def media_at(url: str, **options: Any) -> TwilioMedia:
    options.setdefault("sleep", lambda seconds: None)
    api = TwilioApi(ACCOUNT, TOKEN, url, **options)
    return TwilioMedia(api, Urls("https://api.example.com"), lambda contact: "+390200000001")


@pytest.fixture
def media(stub: Stub) -> Media:
    return media_at(stub.url, timeout_s=0.3)


def waiting(stub: Stub) -> None:
    """The caller waits in the queue: a call, no conference."""
    stub.calls[CALL] = "in-progress"


def talking(stub: Stub) -> str:
    conference = stub.conference(CONTACT.id)
    stub.join(conference, CALL, None, "connected")
    stub.join(conference, OTHER_CALL, RID, "connected")
    return conference


# ------------------------------------------------------------------------ add_agent


def test_the_agents_leg_is_asked_for_in_full(stub: Stub, media: Media) -> None:
    media.add_agent(CONTACT, RID, AGENT)
    assert stub.what() == [LOOK, PARTICIPANTS]
    assert stub.asked[0].query == {"FriendlyName": CONTACT.id, "PageSize": "50"}
    report = f"{HOOKS}/conference?c={CONTACT.id}&rid={CONTACT.id}%234"
    assert stub.asked[1].form == [
        ("From", "+390200000001"),
        ("To", f"client:{AGENT}"),
        ("Label", RID),
        ("Timeout", "15"),
        ("Beep", "false"),
        ("StartConferenceOnEnter", "true"),
        ("EndConferenceOnExit", "false"),
        ("EarlyMedia", "false"),
        ("WaitUrl", ""),
        ("StatusCallback", report),
        ("StatusCallbackMethod", "POST"),
        ("StatusCallbackEvent", "completed"),
        ("ConferenceStatusCallback", report),
        ("ConferenceStatusCallbackMethod", "POST"),
        ("ConferenceStatusCallbackEvent", "join"),
        ("ConferenceStatusCallbackEvent", "leave"),
    ]


def test_the_same_offer_rings_once(stub: Stub, media: Media) -> None:
    media.add_agent(CONTACT, RID, AGENT)
    media.add_agent(CONTACT, RID, AGENT)
    assert len(stub.posted("/Participants.json")) == 1


def test_the_next_offer_rings_anew(stub: Stub, media: Media) -> None:
    over = stub.conference(CONTACT.id, "completed")
    stub.participants[over].append({"call_sid": OTHER_CALL, "label": RID, "status": "complete"})
    media.add_agent(CONTACT, RID, AGENT)
    media.add_agent(CONTACT, f"{CONTACT.id}#6", AGENT)
    assert [dict(form)["Label"] for form in stub.posted("/Participants.json")] == [
        RID,
        f"{CONTACT.id}#6",
    ]


@pytest.mark.parametrize("kind", ["lost", "silent"])
def test_a_leg_whose_answer_never_came_is_found_and_not_rung_again(
    stub: Stub, media: Media, kind: str
) -> None:
    stub.faults.append(Fault(PARTICIPANTS, kind))
    media.add_agent(CONTACT, RID, AGENT)
    assert len(stub.posted("/Participants.json")) == 1
    assert [row["label"] for rows in stub.participants.values() for row in rows] == [RID]


@pytest.mark.parametrize("kind", ["cut", 500, 503])
def test_a_leg_that_was_not_made_is_rung_after_looking(
    stub: Stub, media: Media, kind: str | int
) -> None:
    stub.faults.append(Fault(PARTICIPANTS, kind))
    media.add_agent(CONTACT, RID, AGENT)
    assert stub.what() == [LOOK, PARTICIPANTS, LOOK, PARTICIPANTS]
    assert [row["label"] for rows in stub.participants.values() for row in rows] == [RID]


def test_a_carrier_that_keeps_failing_leaves_it_unknown(stub: Stub, media: Media) -> None:
    stub.faults.append(Fault(PARTICIPANTS, 500, times=99))
    with pytest.raises(TransientDependency):
        media.add_agent(CONTACT, RID, AGENT)
    assert stub.what() == [LOOK, PARTICIPANTS, LOOK, PARTICIPANTS, LOOK]


def test_too_many_requests_is_passing_and_not_repeated(stub: Stub, media: Media) -> None:
    stub.faults.append(Fault(PARTICIPANTS, 429, times=99, code=20429))
    with pytest.raises(TransientDependency):
        media.add_agent(CONTACT, RID, AGENT)
    assert len(stub.posted("/Participants.json")) == 1


def test_a_label_in_use_is_this_offers_leg(stub: Stub, media: Media) -> None:
    """The listing lags behind: the carrier itself refuses the second leg of one offer."""
    stub.faults.append(Fault(PARTICIPANTS, 400, code=16026))
    media.add_agent(CONTACT, RID, AGENT)
    assert len(stub.posted("/Participants.json")) == 1


@pytest.mark.parametrize(("status", "code"), [(400, 21212), (401, 20003), (404, 20404), (302, 0)])
def test_a_refusal_is_final_and_quotes_no_number(
    stub: Stub, media: Media, status: int, code: int
) -> None:
    stub.faults.append(Fault(PARTICIPANTS, status, times=99, code=code))
    with pytest.raises(CentralinoError) as caught:
        media.add_agent(CONTACT, RID, AGENT)
    assert not isinstance(caught.value, TransientDependency)
    assert caught.value.code == "carrier_refused"
    assert str(code) in str(caught.value)
    assert "+39" not in str(caught.value)
    assert len(stub.posted("/Participants.json")) == 1


# ------------------------------------------------------------------------ the caller


def test_the_caller_is_redirected_to_the_present_step(stub: Stub, media: Media) -> None:
    waiting(stub)
    media.bring_caller(CONTACT)
    assert stub.posted(f"/Calls/{CALL}.json") == [REDIRECT]


def test_a_caller_already_in_the_conversation_is_left_there(stub: Stub, media: Media) -> None:
    """A second redirect would end the conversation: it ends with the caller's leg."""
    talking(stub)
    media.bring_caller(CONTACT)
    assert stub.posted("") == []


def test_a_redirect_without_an_answer_is_repeated_after_looking(stub: Stub, media: Media) -> None:
    waiting(stub)
    stub.faults.append(Fault(f"POST /Calls/{CALL}", "cut"))
    media.bring_caller(CONTACT)
    call = f"POST /Calls/{CALL}.json"
    assert stub.what() == [LOOK, call, LOOK, LOOK, LOOK, call]


def test_a_redirect_that_takes_effect_late_is_not_repeated(stub: Stub) -> None:
    """The carrier did not answer, and moves the caller a second later."""
    waiting(stub)
    stub.faults.append(Fault(f"POST /Calls/{CALL}", "cut"))
    pauses: list[float] = []

    def late(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            stub.join(stub.conference(CONTACT.id), CALL, None, "connected")

    media_at(stub.url, sleep=late).bring_caller(CONTACT)
    assert len(stub.posted(f"/Calls/{CALL}.json")) == 1
    assert sum(pauses) <= SETTLE_S


def test_a_redirect_waits_no_longer_than_the_operation_may_take(stub: Stub) -> None:
    waiting(stub)
    stub.faults.append(Fault(f"POST /Calls/{CALL}", "cut", times=9))
    with pytest.raises(TransientDependency):
        media_at(stub.url, budget_s=0.4).bring_caller(CONTACT)
    assert len(stub.posted(f"/Calls/{CALL}.json")) == 1


@pytest.mark.parametrize("state", ["completed", "unknown"])
def test_a_caller_who_is_gone_needs_nothing(stub: Stub, media: Media, state: str) -> None:
    if state == "completed":
        stub.calls[CALL] = "completed"
    media.bring_caller(CONTACT)
    media.recall_caller(CONTACT)
    media.hang_up(CONTACT)


def test_recall_takes_the_caller_out_of_the_conversation_once(stub: Stub, media: Media) -> None:
    talking(stub)
    media.recall_caller(CONTACT)
    media.recall_caller(CONTACT)
    assert stub.posted("") == [REDIRECT]


def test_recall_leaves_a_waiting_caller_in_line(stub: Stub, media: Media) -> None:
    waiting(stub)
    media.add_agent(CONTACT, RID, AGENT)
    stub.asked.clear()
    media.recall_caller(CONTACT)
    assert stub.posted("") == []


# ------------------------------------------------------------------------ ends


@pytest.mark.parametrize("status", ["queued", "ringing", "connected"])
def test_an_agents_leg_ends_whether_it_rings_or_talks(
    stub: Stub, media: Media, status: str
) -> None:
    conference = stub.conference(CONTACT.id)
    stub.join(conference, CALL, None, "connected")
    stub.join(conference, OTHER_CALL, RID, status)
    media.drop_agent(CONTACT, RID)
    assert stub.calls == {CALL: "in-progress", OTHER_CALL: "completed"}
    media.drop_agent(CONTACT, RID)
    assert stub.posted("") == [[("Status", "completed")]]


def test_the_leg_of_another_offer_stays(stub: Stub, media: Media) -> None:
    talking(stub)
    media.drop_agent(CONTACT, f"{CONTACT.id}#2")
    assert stub.posted("") == []


def test_ending_a_leg_is_repeated_until_it_is_done(stub: Stub, media: Media) -> None:
    talking(stub)
    stub.faults += [Fault("POST /Calls", 503), Fault("POST /Calls", "lost"), Fault(LOOK, 500)]
    media.drop_agent(CONTACT, RID)
    assert stub.calls[OTHER_CALL] == "completed"


def test_a_listing_is_asked_for_three_times_at_most(stub: Stub, media: Media) -> None:
    stub.faults.append(Fault(LOOK, 503, times=99))
    with pytest.raises(TransientDependency):
        media.drop_agent(CONTACT, RID)
    assert stub.what() == [LOOK] * 3


def test_hanging_up_ends_every_leg_and_the_conversation(stub: Stub, media: Media) -> None:
    conference = talking(stub)
    ringing = "CA00000000000000000000000000000003"
    stub.join(conference, ringing, f"{CONTACT.id}#6", "ringing")
    media.hang_up(CONTACT)
    assert stub.calls == dict.fromkeys((CALL, OTHER_CALL, ringing), "completed")
    assert stub.conferences[conference]["status"] == "completed"


def test_hanging_up_a_waiting_caller_needs_no_conference(stub: Stub, media: Media) -> None:
    waiting(stub)
    media.hang_up(CONTACT)
    assert stub.calls == {CALL: "completed"}


# ------------------------------------------------------------------------ alive


@pytest.mark.parametrize(
    ("status", "alive"),
    [
        ("queued", True),
        ("ringing", True),
        ("in-progress", True),
        ("completed", False),
        ("busy", False),
        ("failed", False),
        ("no-answer", False),
        ("canceled", False),
    ],
)
def test_the_carrier_knows_whether_a_call_exists(
    stub: Stub, media: Media, status: str, alive: bool
) -> None:
    stub.calls[CALL] = status
    assert media.alive(CONTACT) is alive


def test_a_call_nobody_knows_does_not_exist(media: Media) -> None:
    assert media.alive(CONTACT) is False
    assert media.alive(replace(CONTACT, call=None)) is False


@pytest.mark.parametrize(
    "fault",
    [
        Fault("GET", 500, times=9),
        Fault("GET", 429, times=9),
        Fault("GET", 401, times=9, code=20003),
        Fault("GET", "cut", times=9),
        Fault("GET", 200, times=9, body=b"<html>"),
        Fault("GET", 200, times=9, body=b"[]"),
        Fault("GET", 200, times=9, body=b"{}"),
    ],
)
def test_an_answer_that_says_nothing_leaves_it_open(stub: Stub, media: Media, fault: Fault) -> None:
    stub.faults.append(fault)
    assert media.alive(CONTACT) is None


def test_a_missing_call_is_missing_even_without_a_json_body(stub: Stub, media: Media) -> None:
    stub.faults.append(Fault("GET", 404, body=b"<html>"))
    assert media.alive(CONTACT) is False


# ------------------------------------------------------------------------ limits


def test_an_operation_stays_within_its_time(stub: Stub) -> None:
    """All attempts and pauses together, or a slow carrier would time the function out."""
    stub.faults.append(Fault("GET", "silent", times=99))
    media = media_at(stub.url, timeout_s=0.2, budget_s=0.5, sleep=time.sleep)
    started = time.monotonic()
    with pytest.raises(TransientDependency):
        media.drop_agent(CONTACT, RID)
    assert time.monotonic() - started < 1.0


def test_pauses_grow_and_never_outlast_the_time_left(stub: Stub) -> None:
    stub.faults.append(Fault("GET", 503, times=99))
    pauses: list[float] = []
    media = media_at(stub.url, sleep=pauses.append)
    assert media.alive(CONTACT) is None
    assert len(pauses) == 2
    assert 0.1 <= pauses[0] <= 0.2 <= pauses[1] <= 0.4
    pauses.clear()
    assert media_at(stub.url, budget_s=0.05, sleep=pauses.append).alive(CONTACT) is None
    assert pauses == []


def test_a_carrier_that_cannot_be_reached_is_passing() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        media = media_at(f"http://127.0.0.1:{closed.getsockname()[1]}")
        with pytest.raises(TransientDependency):
            media.add_agent(CONTACT, RID, AGENT)
        assert media.alive(CONTACT) is None


@pytest.mark.parametrize(
    "url", ["http://api.twilio.com", "http://127.0.0.1.example.com", "ftp://127.0.0.1", "x"]
)
def test_the_token_is_never_sent_in_clear(url: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        TwilioApi(ACCOUNT, TOKEN, url)
    assert caught.value.code == "insecure_url"
