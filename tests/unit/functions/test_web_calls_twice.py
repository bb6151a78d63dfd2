"""Frames of a call between pages that come twice, late or never."""

from __future__ import annotations

import pytest

from centralino.application import offers, transfers
from tests.support.web_centre import Web


def test_an_answer_given_twice_counts_once(web: Web) -> None:
    caller = web.caller()
    contact_id = caller.contact
    caller.say("input", step="menu.0", digits="1")
    version = web.centre.contact(contact_id).version
    caller.say("input", step="menu.0", digits="2")
    web.settle()
    assert web.centre.contact(contact_id).queue == "sales"
    assert web.centre.contact(contact_id).version == version
    assert caller.doing == "ask"


def test_a_late_list_does_not_undo_a_newer_one(web: Web) -> None:
    web.desk()
    caller = web.caller()
    caller.say("input", step="menu.0", digits="1")
    late = list(caller.inbox)
    web.settle()
    web.accept(caller.contact)
    for frame in late:
        caller.take(frame)
    assert caller.doing == "bridge"
    assert caller.talk is not None


def test_rooms_told_twice_or_late_change_nothing(web: Web) -> None:
    caller, desk, rid = web.talking()
    transfers.hold(web.centre.app, web.agent_id, caller.contact, "api")
    late = list(desk.inbox)
    web.settle()
    transfers.resume(web.centre.app, web.agent_id, caller.contact, "api")
    web.settle()
    for frame in late:
        desk.take(frame)
    assert desk.hears("caller")
    assert caller.hears(rid)


@pytest.mark.parametrize("event", ["arrived", "present", "wait", "hold", "announce"])
def test_whatever_a_page_asks_in_mid_talk_it_stays_there(web: Web, event: str) -> None:
    caller, desk, rid = web.talking()
    version = web.centre.contact(caller.contact).version
    caller.say(event)
    caller.say(event)
    web.settle()
    assert caller.hears(rid)
    assert desk.hears("caller")
    assert web.centre.contact(caller.contact).version == version
    assert caller.errors == []


def test_a_hang_up_twice_ends_one_call(web: Web) -> None:
    caller, _, _ = web.talking()
    contact_id = caller.contact
    caller.say("hangup")
    version = web.centre.contact(contact_id).version
    caller.say("hangup")
    assert web.centre.contact(contact_id).version == version
    assert caller.errors == ["unknown_call"]


def test_an_offer_that_ends_while_the_caller_enters_calls_them_back(web: Web) -> None:
    """Whoever ends the offer finds no caller in the room yet: the entering looks once more."""
    web.desk()
    caller = web.waiting()
    agent_id, rid = web.offered(caller.contact)
    offers.accept(web.centre.app, agent_id, caller.contact, rid, "api")
    contact_id = caller.contact
    operations = web.centre.world.operations
    entering, ended = operations.put_if, []

    def put_if(item, attribute, below):  # type: ignore[no-untyped-def]
        if item.pk.startswith("room#") and not ended:
            ended.append(1)
            offers.join_missing(web.centre.app, contact_id, rid, "timer")
        return entering(item, attribute, below)

    operations.put_if = put_if  # type: ignore[method-assign]
    caller.say("present")
    operations.put_if = entering  # type: ignore[method-assign]
    web.settle()
    assert ended
    assert caller.talk is None
    assert caller.doing == "ask"


def test_a_caller_who_is_there_before_the_agent_is_not_talking_yet(web: Web) -> None:
    desk = web.desk()
    caller = web.waiting()
    agent_id, rid = web.offered(caller.contact)
    offers.accept(web.centre.app, agent_id, caller.contact, rid, "api")
    caller.say("present")
    caller.tell("joined", room=caller.contact)
    assert web.centre.state(caller.contact) == "OFFERED"
    web.settle()
    assert web.centre.state(caller.contact) == "CONNECTED"
    assert caller.hears(rid)
    assert desk.hears("caller")
