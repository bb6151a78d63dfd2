"""A SIP media application's call: answered, asked, queued, bridged to the agent's phone, ended."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from centralino.adapters.telephony.chime.media import ChimeMedia
from centralino.application import agent_phones, offers
from centralino.domain import ids
from centralino.domain.contacts.lost import is_lost
from tests.support.centre import KEY, NUMBER
from tests.support.sip_media import APPLICATION, SipMedia
from tests.support.wired import Wired, handler

PHONE = "+390299990001"


class Line:
    """A centre whose one call comes over a SIP media application."""

    def __init__(self, wired: Wired) -> None:
        self.wired = wired
        self.media = SipMedia(lambda event: handler("chime_calls")(event, None))
        app = wired.centre.app
        wired.centre.app = replace(
            app,
            media=ChimeMedia(
                self.media,
                app.operations,
                lambda agent: agent_phones.phone_of(app.operations, agent),
            ),
        )
        self.contact_id = ids.contact_id(KEY, "chime", f"{APPLICATION}/t1")

    @property
    def state(self) -> str:
        """Where the contact stands."""
        return self.wired.centre.state(self.contact_id)

    def queued(self) -> str:
        """Let a customer get in line while an agent with a phone is ready; return the agent."""
        agent = self.wired.centre.agent()
        agent_phones.name(self.wired.centre.app, agent, PHONE)
        self.media.dial(NUMBER)
        self.media.press("1")
        return agent

    def accepted(self) -> str:
        """Have the agent accept; return the offer."""
        agent = self.queued()
        rid = self.wired.centre.contact(self.contact_id).rid
        assert rid is not None
        offers.accept(self.wired.centre.app, agent, self.contact_id, rid, "api")
        return rid


@pytest.fixture
def line(wired: Wired) -> Line:
    return Line(wired)


def test_a_call_is_answered_asked_and_put_in_line(line: Line) -> None:
    line.media.dial(NUMBER)
    assert line.media.said == ["press 1, 2 or 3 (it)"]
    line.media.press("1")
    assert line.state == "WAITING"
    assert line.media.said[-1] == "please hold (it)"
    heard = len(line.media.said)
    line.media.wait()
    assert line.media.said[heard:] == ["please hold (it)"]
    assert line.media.pausing is not None


def test_silence_and_a_wrong_key_are_asked_again_and_lead_to_a_person(line: Line) -> None:
    line.media.dial(NUMBER)
    line.media.press_nothing()
    line.media.press("9")
    assert line.state == "IVR"
    line.media.press_nothing()
    assert line.state == "WAITING"


def test_an_accepted_call_is_bridged_to_the_agents_phone_and_ends_with_the_caller(
    line: Line,
) -> None:
    line.accepted()
    rung = line.media.ringing
    assert rung is not None
    assert rung["Endpoints"] == [{"Uri": PHONE, "BridgeEndpointType": "PSTN"}]
    assert rung["CallerIdNumber"] == NUMBER
    line.media.pick_up()
    assert line.state == "CONNECTED"
    line.media.hang_up("LEG-A")
    assert line.state == "WRAPUP"
    # The other leg would be billed on.
    assert line.media.live == set()


def test_a_phone_that_nobody_answers_leaves_the_caller_in_line(line: Line) -> None:
    line.accepted()
    line.media.no_answer()
    assert line.state == "WAITING"
    assert line.media.pausing is not None
    assert line.media.live == {"LEG-A"}


def test_an_agent_who_hangs_up_first_is_lost_and_the_caller_is_told(line: Line) -> None:
    line.accepted()
    line.media.pick_up()
    line.media.hang_up("LEG-B")
    line.wired.centre.advance(21_000)
    assert line.state in ("WAITING", "OFFERED")
    assert line.media.live == {"LEG-A"}
    assert line.media.pausing is not None


def test_the_late_end_of_an_earlier_leg_ends_nothing_of_the_next_one(line: Line) -> None:
    line.accepted()
    line.media.pick_up()
    gone = {
        "SipResponseCode": 0,
        "CallId": line.media.legs["LEG-B"]["CallId"],
        "ParticipantTag": "LEG-B",
    }
    line.media.hang_up("LEG-B")
    app = line.wired.centre.app
    bob = line.wired.centre.agent("bob")
    agent_phones.name(app, bob, PHONE)
    line.wired.centre.advance(20_000)
    offered = line.wired.centre.contact(line.contact_id)
    assert offered.agent == bob
    rid = offered.rid or ""
    offers.accept(app, bob, line.contact_id, rid, "api")
    line.media.tell("HANGUP", {"Type": "Hangup", "Parameters": gone})
    assert line.wired.centre.contact(line.contact_id).rid == rid
    line.media.pick_up()
    assert line.state == "CONNECTED"
    line.media.tell("HANGUP", {"Type": "Hangup", "Parameters": gone})
    contact = line.wired.centre.contact(line.contact_id)
    assert app.media.has_leg(contact, rid) is True
    assert not is_lost(contact, rid)
    line.media.hang_up("LEG-B")
    assert is_lost(line.wired.centre.contact(line.contact_id), rid)


def test_an_agent_without_a_phone_gets_a_clear_refusal(line: Line) -> None:
    agent = line.wired.centre.agent()
    line.media.dial(NUMBER)
    line.media.press("1")
    rid = line.wired.centre.contact(line.contact_id).rid
    assert rid is not None
    with pytest.raises(Exception, match="no phone"):
        offers.accept(line.wired.centre.app, agent, line.contact_id, rid, "api")
    assert line.state == "WAITING"


def test_asking_whether_a_call_is_there_takes_nothing_from_the_caller(line: Line) -> None:
    app = line.wired.centre.app

    def alive() -> bool | None:
        return app.media.alive(line.wired.centre.contact(line.contact_id))

    agent = line.wired.centre.agent()
    agent_phones.name(app, agent, PHONE)
    line.media.dial(NUMBER)
    assert alive() is True
    line.media.press("1")
    assert alive() is True
    line.media.wait()
    assert line.media.pausing is not None
    rid = line.wired.centre.contact(line.contact_id).rid
    assert rid is not None
    offers.accept(app, agent, line.contact_id, rid, "api")
    assert alive() is True
    # A pause would take the place of the ringing.
    assert (line.media.pausing, line.media.asking) == (None, None)
    line.media.pick_up()
    assert line.state == "CONNECTED"
    assert alive() is True
    assert (line.media.pausing, line.media.asking) == (None, None)
    line.media.hang_up("LEG-A")
    assert alive() is False


def test_a_caller_who_leaves_in_line_is_abandoned(line: Line) -> None:
    line.media.dial(NUMBER)
    line.media.press("1")
    line.media.hang_up("LEG-A")
    assert line.state == "ABANDONED"


def test_the_last_words_of_a_flow_end_the_call(line: Line) -> None:
    line.media.dial(NUMBER)
    line.media.press("3")
    assert line.media.said[-1] == "nine to five (it)"
    assert line.media.live == set()
    assert line.state == "CLOSED"


def test_every_invocation_twice_gives_the_same_end(wired: Wired) -> None:
    def twice(event: dict[str, Any]) -> dict[str, Any]:
        handler("chime_calls")(json.loads(json.dumps(event)), None)
        answer: dict[str, Any] = handler("chime_calls")(event, None)
        return answer

    line = Line(wired)
    line.media._ask = twice
    line.accepted()
    line.media.pick_up()
    assert line.state == "CONNECTED"
    line.media.hang_up("LEG-A")
    assert line.state == "WRAPUP"


def as_in_samples(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event with the traps of the published samples."""
    details = event["CallDetails"]
    people = [
        {**leg, "ParticipantTag": leg["ParticipantTag"].title(), "To": leg["To"].lstrip("+")}
        for leg in details["Participants"]
    ]
    shaped = {
        **event,
        "InvocationEvent": event["InvocationEventType"],
        "Sequence": "1",
        "CallDetails": {
            **details,
            "SipApplicationId": details["SipMediaApplicationId"],
            "Participants": people,
        },
    }
    del shaped["InvocationEventType"], shaped["CallDetails"]["SipMediaApplicationId"]
    return shaped


def test_events_as_in_the_published_samples_are_understood(line: Line) -> None:
    line.media.shape = as_in_samples
    line.accepted()
    line.media.pick_up()
    assert line.state == "CONNECTED"
    line.media.hang_up("LEG-A")
    assert line.state == "WRAPUP"
    assert line.media.live == set()


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"InvocationEventType": "NEW_INBOUND_CALL"},
        {"InvocationEventType": 7, "CallDetails": {"TransactionId": "t"}},
        {
            "InvocationEventType": "NEW_INBOUND_CALL",
            "CallDetails": {"TransactionId": "x" * 999, "SipMediaApplicationId": "a"},
        },
    ],
)
def test_nonsense_is_answered_with_an_apology_and_nothing_is_written(
    wired: Wired, event: dict[str, Any]
) -> None:
    reply = handler("chime_calls")(event, None)
    assert [action["Type"] for action in reply["Actions"]][-1] == "Hangup"
    assert reply["Actions"][0]["Type"] == "Speak"
    assert not list(wired.centre.world.store.contacts())


def test_a_call_whose_actions_keep_failing_ends_with_an_apology(line: Line) -> None:
    line.media.dial(NUMBER)
    for _ in range(5):
        if "LEG-A" in line.media.live:
            line.media.tell("INVALID_LAMBDA_RESPONSE", {"ErrorType": "x", "ErrorMessage": "y"})
    assert line.media.live == set()


def test_words_that_are_no_markup_are_said_as_words(line: Line) -> None:
    from centralino.adapters.telephony.chime.render import rendered
    from centralino.domain.telephony import actions as act

    (broken, sound), _ = rendered(
        [
            act.Say("Tom & <b>Jerry", "en", ssml=True),
            act.Say('Hello <break time="1s"/> you', "it", ssml=True),
        ],
        "c",
        {},
    )
    assert broken["Parameters"]["TextType"] == "text"
    assert "<" not in broken["Parameters"]["Text"]
    assert sound["Parameters"]["TextType"] == "ssml"
    assert sound["Parameters"]["Text"].startswith("<speak>")
    assert sound["Parameters"]["LanguageCode"] == "it-IT"
