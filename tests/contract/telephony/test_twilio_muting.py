"""Muted agents and keys: the requests by the document, and what is heard with the carrier."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from centralino.application.ports import Media
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import CentralinoError, RuleViolation, TransientDependency
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.commands import Command, DigitsAsked, LegJoined
from local.twilio import Answers
from local.twilio.model import Call
from tests.contract.telephony.desk import AGENT, CONTACT, RID
from tests.contract.telephony.stub import Fault, Stub
from tests.contract.telephony.studio import Studio, open_studio
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
    "ct_ZZZZZZZZZZZZZZZZZZZZZZZZZZ", ContactState.CONNECTED, "demo", parent=CONTACT, kind="consult"
)
THEIRS = f"{CHILD.id}#1"
NUMBER = "+390299999999"
NAME = "press-01"
KEYS = f"{HOOKS}/digits?c={CONTACT}&name={NAME}"


@pytest.fixture
def media(stub: Stub) -> Media:
    return media_at(stub.url, timeout_s=0.3)


def muted(stub: Stub, conference: str) -> list[object]:
    return [row.get("muted") for row in stub.participants[conference]]


# ------------------------------------------------------------------------ the requests


def test_the_agents_leg_alone_is_muted_and_heard_again(stub: Stub, media: Media) -> None:
    conference = talking(stub)
    for _ in range(2):
        media.mute_agent(PARENT, RID)
        path = f"POST /Conferences/{conference}/Participants/{OTHER_CALL}.json"
        assert (stub.what()[-1], stub.asked[-1].form) == (path, [("Muted", "true")])
        assert muted(stub, conference) == [None, True]
    media.unmute_agent(PARENT, RID)
    assert stub.asked[-1].form == [("Muted", "false")]
    assert muted(stub, conference) == [None, False]


def test_a_third_party_is_muted_in_the_customers_conference(stub: Stub, media: Media) -> None:
    conference = talking(stub)
    stub.join(conference, "CA" + "e" * 32, THEIRS, "connected")
    media.mute_agent(CHILD, THEIRS)
    assert muted(stub, conference) == [None, None, True]


@pytest.mark.parametrize("kind", ["lost", "silent", 503])
def test_a_mute_whose_answer_was_lost_is_asked_for_again(
    stub: Stub, media: Media, kind: str | int
) -> None:
    conference = talking(stub)
    stub.faults.append(Fault(f"Participants/{OTHER_CALL}", kind))
    media.mute_agent(PARENT, RID)
    assert muted(stub, conference) == [None, True]


def test_a_leg_that_is_not_there_or_has_just_left_needs_nothing(stub: Stub, media: Media) -> None:
    waiting(stub)
    media.mute_agent(PARENT, RID)
    media.unmute_agent(PARENT, RID)
    assert stub.what() == [LOOK, LOOK]
    conference = talking(stub)
    stub.faults.append(Fault(f"Participants/{OTHER_CALL}", 404, code=20404))
    media.mute_agent(PARENT, RID)
    assert muted(stub, conference) == [None, None]


@pytest.mark.parametrize(("rid", "call"), [(None, CALL), (RID, OTHER_CALL)])
def test_keys_are_announced_to_one_leg_by_their_name(
    stub: Stub, media: Media, rid: str | None, call: str
) -> None:
    conference = talking(stub)
    media.send_digits(PARENT, rid, NAME)
    assert stub.posted("/Participants/") == [
        [("AnnounceUrl", KEYS), ("AnnounceMethod", "POST")],
    ]
    assert stub.what()[-1] == f"POST /Conferences/{conference}/Participants/{call}.json"


@pytest.mark.parametrize("kind", ["lost", "silent", 503])
def test_keys_that_may_have_been_heard_are_not_sent_again(
    stub: Stub, media: Media, kind: str | int
) -> None:
    talking(stub)
    stub.faults.append(Fault(f"Participants/{CALL}", kind))
    with pytest.raises(TransientDependency):
        media.send_digits(PARENT, None, NAME)
    assert len(stub.posted(f"/Participants/{CALL}.json")) == 1


def test_a_leg_that_rings_or_has_gone_hears_no_keys(stub: Stub, media: Media) -> None:
    conference = talking(stub)
    stub.join(conference, "CA" + "e" * 32, THEIRS, "ringing")
    stub.faults.append(Fault(f"Participants/{CALL}", 404, code=20404))
    for rid in (THEIRS, f"{CONTACT}#99", None):
        with pytest.raises(RuleViolation) as refused:
            media.send_digits(PARENT, rid, NAME)
        assert refused.value.code == "leg_gone"
    assert len(stub.posted("/Participants/")) == 1


def test_keys_the_carrier_refuses_are_a_refusal(stub: Stub, media: Media) -> None:
    talking(stub)
    stub.faults.append(Fault(f"Participants/{CALL}", 400, code=21218))
    with pytest.raises(CentralinoError) as refused:
        media.send_digits(PARENT, None, NAME)
    assert not isinstance(refused.value, TransientDependency | RuleViolation)


# ------------------------------------------------------------------------ the carrier


@pytest.fixture
def studio() -> Iterator[Studio]:
    with open_studio() as opened:
        yield opened


def keys(call: Call) -> list[str]:
    return [one.text for one in call.heard if one.verb == "Keys"]


def test_an_outside_party_hears_keys_and_nobody_else_does(studio: Studio) -> None:
    def script(command: Command) -> list[act.Action] | None:
        return [act.SendDigits("1ww2#")] if isinstance(command, DigitsAsked) else None

    studio.desk.script = script
    studio.carrier.apply(lambda c: c.register_phone(NUMBER, Answers(after=0.1)))
    caller = studio.talk()
    studio.media.hold(studio.contact)
    studio.media.add_number(CHILD, THEIRS, NUMBER)
    studio.desk.until(lambda c: isinstance(c, LegJoined) and c.rid == THEIRS)
    outside, agent = studio.leg(NUMBER), studio.leg(f"client:{AGENT}")
    studio.media.send_digits(studio.contact, THEIRS, NAME)
    studio.wait(outside, lambda: keys(outside) == ["1ww2#"])
    assert keys(caller.call) == keys(agent) == []
    assert studio.hears(outside, agent)
    assert studio.hears(agent, outside)
    asked = studio.heard_of(DigitsAsked)
    assert [(c.contact, c.name) for c in asked if isinstance(c, DigitsAsked)] == [(CONTACT, NAME)]
    assert not any("1ww2" in str(entry.path) for entry in studio.carrier.carrier.journal.rest)


def test_a_leg_that_comes_anew_is_heard(studio: Studio) -> None:
    caller = studio.talk()
    agent = studio.leg(f"client:{AGENT}")
    contact = replace(studio.contact, state=ContactState.CONNECTED)
    studio.media.mute_agent(contact, RID)
    assert not studio.hears(caller.call, agent)
    studio.media.drop_agent(contact, RID)
    studio.wait(agent, lambda: agent.done)
    studio.media.add_agent(contact, RID, AGENT)
    studio.desk.until(lambda c: isinstance(c, LegJoined) and c.rid == RID, 2)
    assert studio.hears(caller.call, studio.leg(f"client:{AGENT}"))
