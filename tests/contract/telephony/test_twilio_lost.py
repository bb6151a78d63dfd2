"""A lost agent's leg with the carrier: who is there, what the caller hears, and the way back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.domain.contacts.model import ContactState
from centralino.domain.errors import TransientDependency
from centralino.domain.telephony.commands import AnnouncementAsked, Command, LegJoined, LegLeft
from local.twilio import Answers
from local.twilio.model import Heard
from tests.contract.telephony.desk import AGENT, CONTACT, RID
from tests.contract.telephony.stub import Fault, Stub
from tests.contract.telephony.test_twilio_carrier import (
    Stage,
    agent_joined,
    agent_left_because,
    caller_joined,
    stage,
)
from tests.contract.telephony.test_twilio_rest import CALL, HOOKS, media_at, talking
from tests.contract.telephony.test_twilio_rest import CONTACT as PARENT

__all__ = ["stage"]


def announced(command: Command) -> bool:
    return isinstance(command, AnnouncementAsked)


def sorry(heard: list[Heard]) -> list[str]:
    return [one.text for one in heard if "interrupted" in one.text]


def test_a_lost_agent_comes_back_to_a_caller_who_never_left(stage: Stage) -> None:
    stage.carrier.apply(lambda c: c.register_client(AGENT, Answers(after=0.5, talk=10)))
    stage.connect()
    contact = replace(stage.desk.contact, state=ContactState.CONNECTED)
    assert stage.media.has_leg(contact, RID) is True
    stage.desk.until(agent_left_because("hung_up"))
    assert stage.media.has_leg(contact, RID) is False
    stage.media.announce(contact)
    stage.desk.until(announced)
    stage.carrier.run(stage.carrier.carrier.settled())
    assert sorry(stage.caller.heard)
    stage.carrier.apply(lambda c: c.register_client(AGENT, Answers(after=0.5)))
    stage.media.add_agent(contact, RID, AGENT)
    stage.desk.until(agent_joined, 2)
    assert stage.media.has_leg(contact, RID) is True
    assert stage.media.alive(contact) is True
    joined = [c.rid for c in stage.desk.commands if isinstance(c, LegJoined)]
    assert joined == [RID, None, RID]
    left = {c.rid for c in stage.desk.commands if isinstance(c, LegLeft)}
    assert left == {RID}


def test_a_leg_that_rings_is_not_there_yet(stub: Stub) -> None:
    conference = talking(stub)
    media = media_at(stub.url, timeout_s=0.3)
    stub.participants[conference][1]["status"] = "ringing"
    assert media.has_leg(PARENT, RID) is False
    stub.participants[conference][1]["status"] = "connected"
    assert media.has_leg(PARENT, RID) is True
    stub.conferences[conference]["status"] = "completed"
    assert media.has_leg(PARENT, RID) is False


def test_the_announcement_is_asked_for_the_caller_alone(stub: Stub) -> None:
    conference = talking(stub)
    media = media_at(stub.url, timeout_s=0.3)
    media.announce(PARENT)
    (form,) = (dict(pairs) for pairs in stub.posted(f"/{conference}/Participants/{CALL}.json"))
    assert form["AnnounceUrl"] == f"{HOOKS}/announce?c={CONTACT}"


@pytest.mark.parametrize("kind", ["lost", "silent", 503])
def test_an_announcement_whose_answer_is_lost_is_not_made_again(
    stub: Stub, kind: str | int
) -> None:
    conference = talking(stub)
    media = media_at(stub.url, timeout_s=0.3)
    stub.faults.append(Fault(f"POST /Conferences/{conference}/Participants/{CALL}", kind))
    with pytest.raises(TransientDependency):
        media.announce(PARENT)
    assert len(stub.posted(f"/{conference}/Participants/{CALL}.json")) == 1


@pytest.mark.parametrize("failure", [503, 429])
def test_a_carrier_that_fails_cannot_tell_who_is_there(stub: Stub, failure: int) -> None:
    talking(stub)
    media = media_at(stub.url, timeout_s=0.3)
    assert media.has_leg(PARENT, RID) is True
    stub.faults.append(Fault("GET /Conferences", failure, times=9))
    assert media.has_leg(PARENT, RID) is None


# --------------------------------------------------------------------------- handed on


def test_the_next_agent_does_not_join_the_talk_of_before_which_ends(stage: Stage) -> None:
    """The caller was handed on, and is still in the conversation when the next agent accepts."""
    stage.connect()
    following = f"{CONTACT}#9"
    stage.media.add_agent(stage.desk.contact, following, AGENT)
    stage.desk.until(caller_joined, 2)
    stage.desk.until(lambda c: isinstance(c, LegJoined) and c.rid == following)
    stage.carrier.run(stage.carrier.carrier.settled())
    assert stage.media.has_leg(stage.desk.contact, following) is True
    assert stage.media.has_leg(stage.desk.contact, RID) is False
    left = {c.rid for c in stage.desk.commands if isinstance(c, LegLeft)}
    assert following not in left
    assert stage.status() == "in-progress"


def test_a_conversation_that_does_not_end_rings_nobody_into_it(stub: Stub) -> None:
    """The redirect was taken, but the carrier goes on showing the caller where they were."""
    conference = talking(stub)
    slept: list[float] = []
    media = media_at(stub.url, timeout_s=0.3, sleep=slept.append)
    with pytest.raises(TransientDependency):
        media.add_agent(PARENT, f"{PARENT.id}#9", AGENT)
    assert stub.posted(f"/Calls/{CALL}.json")
    assert stub.posted("/Participants.json") == []
    assert stub.conferences[conference]["status"] == "in-progress"
    assert len(slept) == 5


def test_a_talk_that_goes_on_is_left_alone_when_its_agent_rejoins(stub: Stub) -> None:
    talking(stub)
    media = media_at(stub.url, timeout_s=0.3)
    media.add_agent(replace(PARENT, state=ContactState.CONNECTED), f"{PARENT.id}#9", AGENT)
    assert stub.posted(f"/Calls/{CALL}.json") == []
    assert len(stub.posted("/Participants.json")) == 1
