"""An agent's page that is muted in a call between pages, over the deployed socket."""

from __future__ import annotations

import pytest

from centralino.adapters.telephony.webvoice.capabilities import CAPABILITIES
from centralino.application import keypad, muting
from centralino.domain.contacts.muting import is_muted
from centralino.domain.errors import RuleViolation
from centralino.domain.telephony.capabilities import Capability
from tests.support.web_centre import Web


def test_the_caller_hears_nothing_of_a_muted_agent_who_hears_on(web: Web) -> None:
    caller, desk, rid = web.talking()
    muting.mute(web.centre.app, web.agent_id, caller.contact, "api")
    web.settle()
    assert not caller.hears(rid)
    assert desk.hears("caller")
    muting.unmute(web.centre.app, web.agent_id, caller.contact, "api")
    web.settle()
    assert caller.hears(rid)


def test_a_page_loaded_anew_is_muted_as_before(web: Web) -> None:
    caller, desk, rid = web.talking()
    muting.mute(web.centre.app, web.agent_id, caller.contact, "api")
    web.settle()
    desk.close()
    again = web.agents_page(web.agent_id)
    again.tell("rejoin", room=caller.contact, rid=rid)
    shown = [frame for frame in again.inbox if frame["type"] == "room"]
    assert [frame["muted"] for frame in shown] == [True]
    assert [peer["send"] for peer in shown[-1]["peers"]] == [False]
    web.settle()
    assert is_muted(web.centre.contact(caller.contact), rid)
    assert not caller.hears(rid)
    muting.unmute(web.centre.app, web.agent_id, caller.contact, "api")
    web.settle()
    assert caller.hears(rid)


def test_a_page_that_was_not_told_is_told_again(web: Web) -> None:
    caller, desk, rid = web.talking()
    web.sockets.lost.add("room")
    muting.mute(web.centre.app, web.agent_id, caller.contact, "api")
    web.settle()
    web.sockets.lost.clear()
    assert desk.talk is not None
    assert desk.talk.peers["caller"]["send"], "nobody told it yet"
    web.advance(muting.LOOK_MS)
    assert not desk.talk.peers["caller"]["send"]
    assert caller.hears(rid), "told by what it asks next"
    caller.say("present", fresh=False)
    web.settle()
    assert not caller.hears(rid)


def test_no_page_hears_keys(web: Web) -> None:
    caller, _, _ = web.talking()
    with pytest.raises(RuleViolation) as refused:
        keypad.press(web.centre.app, web.agent_id, caller.contact, "1", "press-01", None)
    assert refused.value.code == "not_supported"
    assert Capability.SEND_DIGITS not in CAPABILITIES
