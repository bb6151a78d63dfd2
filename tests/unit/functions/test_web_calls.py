"""Whole calls between pages, over the deployed functions."""

from __future__ import annotations

from centralino.application import agents, supervision, transfers
from centralino.application.inviting import To
from centralino.application.rooms import rooms_of
from centralino.application.scopes import Supervisor
from centralino.domain.contacts.supervision import Mode
from tests.support.centre import KEY
from tests.support.web_centre import Web


def test_a_call_from_first_word_to_hang_up(web: Web) -> None:
    desk = web.desk()
    caller = web.caller()
    assert caller.heard == ["press 1, 2 or 3"]
    caller.say("input", step="menu.0", digits="1")
    web.settle()
    assert caller.heard[1:] == ["please hold"]
    assert caller.doing == "ask"
    contact_id = caller.contact
    rid = web.accept(contact_id)
    assert web.centre.state(contact_id) == "CONNECTED"
    assert caller.hears(rid)
    assert desk.hears("caller")
    caller.say("hangup")
    web.settle()
    assert web.centre.state(contact_id) == "WRAPUP"
    assert rooms_of(web.centre.app).get(contact_id).closed
    assert desk.talk is None
    assert caller.errors == []
    assert desk.errors == []


def test_the_language_asked_for_is_spoken(web: Web) -> None:
    caller = web.caller(language="it")
    assert caller.heard == ["press 1, 2 or 3 (it)"]
    assert web.centre.contact(caller.contact).language == "it"


def test_words_without_a_voice_are_shown(web: Web) -> None:
    web.prompts.broken = True
    caller = web.caller()
    assert caller.heard == ["press 1, 2 or 3"]
    assert caller.playing[-1]["prompts"][0]["url"] is None


def test_an_agent_s_hang_up_ends_the_caller_s_page(web: Web) -> None:
    caller, desk, _ = web.talking()
    contact_id = caller.contact
    agents.hang_up(web.centre.app, web.agent_id, contact_id, "api")
    web.settle()
    assert caller.doing == "hangup"
    assert caller.talk is None
    assert desk.talk is None
    assert web.centre.state(contact_id) == "WRAPUP"


def test_on_hold_nobody_is_heard_until_the_agent_is_back(web: Web) -> None:
    caller, desk, rid = web.talking()
    transfers.hold(web.centre.app, web.agent_id, caller.contact, "api")
    web.settle()
    assert not caller.hears(rid)
    assert not desk.hears("caller")
    assert caller.talk is not None
    assert caller.talk.held
    caller.say("hold")
    web.settle()
    assert [a["do"] for a in caller.over_talk] == ["play", "pause", "ask"]
    assert caller.doing == "bridge"
    transfers.resume(web.centre.app, web.agent_id, caller.contact, "api")
    web.settle()
    assert caller.hears(rid)
    assert desk.hears("caller")


def test_a_third_party_is_asked_while_the_caller_waits_and_then_all_talk(web: Web) -> None:
    caller, ann, rid = web.talking()
    asking = web.agent_id
    bob = web.desk("bob", "support")
    parent = caller.contact
    transfers.consult(web.centre.app, asking, parent, To("support", None, None), KEY, "api")
    web.settle()
    web.centre.relay()
    child = web.centre.contact(parent).party
    assert child is not None
    other = web.accept(child)
    assert web.centre.state(child) == "CONNECTED"
    assert (ann.hears(other), bob.hears(rid)) == (True, True)
    assert not bob.hears("caller")
    assert not caller.hears(other)
    transfers.conference(web.centre.app, asking, parent, None, KEY, "api")
    web.settle()
    assert caller.hears(other)
    assert caller.hears(rid)
    assert bob.hears("caller")
    transfers.complete_consult(web.centre.app, asking, parent, "api")
    web.settle()
    assert ann.talk is None
    assert caller.hears(other)
    assert web.centre.state(parent) == "CONNECTED"


def test_a_blind_transfer_puts_the_caller_back_in_line(web: Web) -> None:
    caller, ann, _ = web.talking()
    bob = web.desk("bob", "support")
    agent = web.centre.contact(caller.contact).agent
    assert agent is not None
    transfers.transfer(web.centre.app, agent, caller.contact, To("support", None, None), KEY, "api")
    web.settle()
    assert ann.talk is None
    assert caller.talk is None
    assert caller.doing == "ask"
    rid = web.accept(caller.contact)
    assert caller.hears(rid)
    assert bob.hears("caller")


def test_a_supervisor_listens_whispers_and_joins_in(web: Web) -> None:
    caller, ann, rid = web.talking()
    sue_id = web.centre.agent("sue", ready=False)
    sue, app = web.agents_page(sue_id), web.centre.app
    for mode, caller_hears, ann_hears in (
        (Mode.MONITOR, False, False),
        (Mode.COACH, False, True),
        (Mode.BARGE, True, True),
    ):
        leg = supervision.listen(app, Supervisor(sue_id), caller.contact, mode, "api").leg
        web.settle()
        assert sue.hears("caller")
        assert sue.hears(rid)
        assert (caller.hears(leg), ann.hears(leg)) == (caller_hears, ann_hears)
    assert caller.talk is not None
    assert {peer["role"] for peer in caller.talk.peers.values()} == {"agent"}
    supervision.leave(app, Supervisor(sue_id), caller.contact, "api")
    web.settle()
    assert sue.talk is None
    assert caller.hears(rid)


def test_a_supervisor_whose_page_is_gone_listens_no_more(web: Web) -> None:
    caller, _, rid = web.talking()
    sue_id = web.centre.agent("sue", ready=False)
    sue = web.agents_page(sue_id)
    supervision.listen(web.centre.app, Supervisor(sue_id), caller.contact, Mode.MONITOR, "api")
    web.settle()
    sue.close()
    web.advance(16_000)
    assert [one.open for one in supervision.of(web.centre.app, caller.contact)] == [False]
    assert caller.talk is not None
    assert list(caller.talk.peers) == [rid]
    assert web.centre.state(caller.contact) == "CONNECTED"
