"""Third parties in the caller's conference: requests by the document, legs that come and go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from centralino.adapters.telephony.twilio.api import TwilioApi
from centralino.adapters.telephony.twilio.rest import TwilioMedia
from centralino.application.ports import Media
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import CentralinoError, TransientDependency
from centralino.domain.telephony.commands import Command, HoldContinued, LegJoined, LegLeft
from local.twilio import Answers, CarrierThread, NeverAnswers, Refuses, Timing
from local.twilio.conferences import Participant
from tests.contract.telephony.desk import ACCOUNT, AGENT, CONTACT, RID, TOKEN, open_desk
from tests.contract.telephony.stub import Fault, Stub
from tests.contract.telephony.test_twilio_carrier import (
    Stage,
    agent_left,
    call_ended,
    caller_joined,
    waits,
)
from tests.contract.telephony.test_twilio_rest import (
    CALL,
    HOOKS,
    LOOK,
    OTHER_CALL,
    media_at,
    talking,
    waiting,
)
from tests.contract.telephony.test_twilio_rest import CONTACT as PARENT

CHILD = Contact(
    "ct_ZZZZZZZZZZZZZZZZZZZZZZZZZZ", ContactState.DIALING, "demo", parent=CONTACT, kind="consult"
)
THEIRS = f"{CHILD.id}#1"
NUMBER = "+390299999999"
COLLEAGUE = "ag_ZZZZZZZZZZZZZZZZZZZZZZZZZZ"


@pytest.fixture
def media(stub: Stub) -> Media:
    return media_at(stub.url, timeout_s=0.3)


# ------------------------------------------------------------------------ the requests


def test_an_outside_number_is_called_into_the_callers_conference(stub: Stub, media: Media) -> None:
    conference = talking(stub)
    media.add_number(CHILD, THEIRS, NUMBER)
    media.add_number(CHILD, THEIRS, NUMBER)
    (form,) = (dict(pairs) for pairs in stub.posted(f"/{CONTACT}/Participants.json"))
    assert (form["To"], form["From"], form["Label"]) == (NUMBER, "+390200000001", THEIRS)
    assert (form["Timeout"], form["EndConferenceOnExit"]) == ("30", "false")
    report = f"{HOOKS}/conference?c={CONTACT}&rid={CHILD.id}%231"
    assert {form["StatusCallback"], form["ConferenceStatusCallback"]} == {report}
    labels = [row["label"] for row in stub.participants[conference]]
    assert labels == [None, RID, THEIRS]


def test_an_agent_who_is_consulted_joins_the_callers_conference(stub: Stub, media: Media) -> None:
    conference = talking(stub)
    media.add_agent(CHILD, THEIRS, COLLEAGUE)
    assert [row["label"] for row in stub.participants[conference]] == [None, RID, THEIRS]
    media.drop_agent(CHILD, THEIRS)
    assert stub.calls[CALL] == stub.calls[OTHER_CALL] == "in-progress"
    assert [row["label"] for row in stub.participants[conference]] == [None, RID]


def test_a_number_the_carrier_does_not_call_is_a_refusal_without_the_number(
    stub: Stub, media: Media
) -> None:
    talking(stub)
    stub.faults.append(Fault("POST /Conferences", 400, times=9, code=21215))
    with pytest.raises(CentralinoError) as refused:
        media.add_number(CHILD, THEIRS, NUMBER)
    assert not isinstance(refused.value, TransientDependency)
    assert "21215" in str(refused.value)
    assert NUMBER[1:] not in str(refused.value)


def test_the_caller_alone_is_put_on_hold_and_taken_off_again(stub: Stub, media: Media) -> None:
    conference = talking(stub)
    media.hold(PARENT)
    path = f"POST /Conferences/{conference}/Participants/{CALL}.json"
    assert stub.what()[-1] == path
    assert stub.asked[-1].form == [
        ("Hold", "true"),
        ("HoldUrl", f"{HOOKS}/hold?c={CONTACT}"),
        ("HoldMethod", "POST"),
    ]
    assert [row.get("hold") for row in stub.participants[conference]] == [True, None]
    media.hold(PARENT)
    media.resume(PARENT)
    assert stub.asked[-1].form == [("Hold", "false")]
    assert [row.get("hold") for row in stub.participants[conference]] == [False, None]


def test_a_hold_whose_answer_was_lost_is_asked_for_again(stub: Stub, media: Media) -> None:
    conference = talking(stub)
    stub.faults.append(Fault(f"Participants/{CALL}", "lost"))
    media.hold(PARENT)
    assert stub.participants[conference][0]["hold"] is True


def test_a_caller_who_is_not_in_a_conversation_needs_no_hold(stub: Stub, media: Media) -> None:
    waiting(stub)
    media.hold(PARENT)
    media.resume(PARENT)
    assert stub.what() == [LOOK, LOOK]


def test_a_caller_who_has_just_left_needs_no_hold_either(stub: Stub, media: Media) -> None:
    conference = talking(stub)
    stub.faults.append(Fault(f"Participants/{CALL}", 404, code=20404))
    media.hold(PARENT)
    assert stub.conferences[conference]["status"] == "in-progress"


# ------------------------------------------------------------------------ the legs


@pytest.fixture
def stage() -> Iterator[Stage]:
    with open_desk() as (desk, address):
        timing = Timing(protocol_speed=20.0, speech_seconds_per_character=0.01)
        options = {"calls_per_second": 0.0, "speed": 20.0, "timing": timing}
        with CarrierThread(ACCOUNT, TOKEN, address, **options) as carrier:
            api = TwilioApi(ACCOUNT, TOKEN, carrier.url, timeout_s=0.5)
            desk.media = TwilioMedia(api, desk.urls, lambda contact: "+390200000001")
            carrier.apply(lambda c: c.register_client(AGENT, Answers(after=0.5)))
            carrier.apply(lambda c: c.register_client(COLLEAGUE, Answers(after=0.5)))
            carrier.apply(lambda c: c.register_phone(NUMBER, Answers(after=0.5)))
            opened = Stage(desk, carrier, desk.media)
            opened.connect()
            yield opened
            violations = list(carrier.carrier.violations)
            alerts = [f"{alert.code} {alert.message}" for alert in carrier.carrier.alerts]
    assert violations == []
    assert alerts == []
    assert desk.failures == []


def joined(rid: str) -> Callable[[Command], bool]:
    return lambda command: isinstance(command, LegJoined) and command.rid == rid


def left(rid: str) -> Callable[[Command], bool]:
    return lambda command: isinstance(command, LegLeft) and command.rid == rid


def inside(stage: Stage) -> dict[str | None, bool]:
    """Who is in the conversation by label, and whether on hold."""

    def look() -> dict[str | None, bool]:
        places = [call.place for call in stage.carrier.carrier.calls]
        return {p.options.label: p.hold for p in places if isinstance(p, Participant)}

    return stage.carrier.apply(lambda _: look())


def test_a_consulted_agent_talks_while_the_caller_is_held_and_takes_over(stage: Stage) -> None:
    caller = stage.desk.contact
    stage.media.hold(caller)
    stage.desk.until(lambda c: isinstance(c, HoldContinued))
    stage.media.add_agent(CHILD, THEIRS, COLLEAGUE)
    stage.desk.until(joined(THEIRS))
    assert inside(stage) == {None: True, RID: False, THEIRS: False}
    stage.media.drop_agent(caller, RID)
    stage.desk.until(agent_left)
    stage.media.resume(caller)
    # The caller has survived the first agent's leaving and talks to the second.
    assert inside(stage) == {None: False, THEIRS: False}
    assert stage.media.alive(caller) is True


def test_all_three_talk_and_any_one_but_the_caller_may_leave(stage: Stage) -> None:
    stage.media.add_agent(CHILD, THEIRS, COLLEAGUE)
    stage.desk.until(joined(THEIRS))
    assert inside(stage) == {None: False, RID: False, THEIRS: False}
    stage.media.drop_agent(CHILD, THEIRS)
    stage.desk.until(left(THEIRS))
    assert inside(stage) == {None: False, RID: False}
    stage.carrier.apply(lambda c: stage.caller.hang_up())
    stage.desk.until(call_ended)
    assert inside(stage) == {}


def test_an_outside_number_stays_with_the_caller_until_the_caller_leaves(stage: Stage) -> None:
    stage.media.add_number(CHILD, THEIRS, NUMBER)
    stage.desk.until(joined(THEIRS))
    stage.media.drop_agent(stage.desk.contact, RID)
    stage.desk.until(agent_left)
    assert inside(stage) == {None: False, THEIRS: False}
    stage.carrier.apply(lambda c: stage.caller.hang_up())
    stage.desk.until(left(THEIRS))
    assert inside(stage) == {}


@pytest.mark.parametrize(
    ("behaviour", "reason"), [(Refuses(status="busy"), "busy"), (NeverAnswers(), "canceled")]
)
def test_an_outside_number_that_is_not_reached_is_told(
    stage: Stage, behaviour: Callable[..., object], reason: str
) -> None:
    stage.carrier.apply(lambda c: c.register_phone(NUMBER, behaviour))
    stage.media.add_number(CHILD, THEIRS, NUMBER)
    if reason == "canceled":
        stage.media.drop_agent(CHILD, THEIRS)
    stage.desk.until(left(THEIRS))
    told = {c.reason for c in stage.desk.commands if left(THEIRS)(c) and isinstance(c, LegLeft)}
    assert told & {reason, "failed", "completed", "ended"}
    assert inside(stage) == {None: False, RID: False}


def test_a_transfer_to_a_queue_leaves_the_first_agent_out_and_brings_the_next(
    stage: Stage,
) -> None:
    caller = stage.desk.contact
    waited = sum(map(waits, stage.desk.commands))
    stage.desk.state = "queue"
    stage.media.drop_agent(caller, RID)
    stage.media.recall_caller(caller)
    stage.desk.until(waits, waited + 1)
    assert inside(stage) == {}
    stage.desk.state = "bridge"
    second = f"{CONTACT}#9"
    stage.media.add_agent(replace(caller, rid=second), second, COLLEAGUE)
    stage.desk.until(caller_joined, 2)
    assert inside(stage) == {None: False, second: False}
