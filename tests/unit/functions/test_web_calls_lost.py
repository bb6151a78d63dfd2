"""Sockets, pages and microphones that are lost in a call between pages."""

from __future__ import annotations

import pytest

from centralino.application import agents, offers, rejoining
from tests.support.web_centre import Web


def test_a_page_that_comes_back_in_time_goes_on_talking(web: Web) -> None:
    caller, desk, rid = web.talking()
    caller.close()
    web.advance(5_000)
    again = web.back(caller, fresh=False)
    web.advance(60_000)
    assert web.centre.state(again.contact) == "CONNECTED"
    assert again.hears(rid)
    assert desk.hears("caller")


def test_a_page_loaded_anew_is_connected_again(web: Web) -> None:
    caller, desk, rid = web.talking()
    before = desk.talk.peers["caller"]["seat"] if desk.talk else 0
    caller.close()
    again = web.back(caller, fresh=True)
    assert again.hears(rid)
    assert desk.hears("caller")
    assert desk.talk is not None
    assert desk.talk.peers["caller"]["seat"] > before
    assert web.centre.state(again.contact) == "CONNECTED"


def test_a_caller_in_line_who_comes_back_keeps_the_place(web: Web) -> None:
    caller = web.waiting()
    since = web.centre.contact(caller.contact).enqueued_at
    caller.close()
    web.advance(10_000)
    again = web.back(caller, fresh=True)
    web.advance(60_000)
    assert web.centre.state(again.contact) == "WAITING"
    assert web.centre.contact(again.contact).enqueued_at == since
    assert again.doing == "ask"


def test_a_caller_who_does_not_come_back_is_gone_after_the_grace(web: Web) -> None:
    caller, desk, _ = web.talking()
    contact_id = caller.contact
    caller.close()
    web.advance(14_000)
    assert web.centre.state(contact_id) == "CONNECTED"
    web.advance(2_000)
    assert web.centre.state(contact_id) == "WRAPUP"
    assert desk.talk is None
    path = f"/v1/public/calls/{caller.call}/tickets"
    status, problem, _ = web.public(path, {"resume": caller.placed["resume"]})
    assert (status, problem["code"]) == (404, "unknown_call")


def test_a_second_loss_begins_the_grace_anew(web: Web) -> None:
    caller, _, _ = web.talking()
    contact_id = caller.contact
    caller.close()
    web.advance(10_000)
    again = web.back(caller, fresh=False)
    web.advance(1_000)
    again.close()
    web.advance(6_000)  # the first grace is over, the second is not
    assert web.centre.state(contact_id) == "CONNECTED"
    web.advance(10_000)
    assert web.centre.state(contact_id) == "WRAPUP"


def test_a_call_that_nobody_came_for_leaves_nothing(web: Web) -> None:
    _, placed, _ = web.public("/v1/public/calls", {"line": "web"})
    page = web.page_of(placed)
    contact_id = page.contact
    page.close()
    web.advance(60_000)
    assert web.centre.app.store.contact(contact_id) is None


def test_an_agent_s_page_loaded_anew_rejoins_with_a_word(web: Web) -> None:
    caller, desk, rid = web.talking()
    desk.close()
    again = web.agents_page(web.agent_id)
    again.tell("rejoin", room=caller.contact, rid=rid)
    web.settle()
    assert again.hears("caller")
    assert caller.hears(rid)
    web.advance(120_000)
    assert web.centre.state(caller.contact) == "CONNECTED"


def test_an_agent_whose_page_is_gone_leaves_the_caller_a_word_then_the_line(web: Web) -> None:
    caller, desk, rid = web.talking()
    contact_id = caller.contact
    desk.close()
    web.advance(16_000)
    assert web.centre.state(contact_id) == "CONNECTED"
    assert not caller.hears(rid)
    assert caller.over_talk, "the caller hears what has happened"
    web.advance(25_000)
    assert web.centre.state(contact_id) == "WAITING"
    assert caller.talk is None
    assert caller.doing == "ask"


def test_an_agent_who_left_may_come_back_under_the_same_offer(web: Web) -> None:
    caller, desk, rid = web.talking()
    desk.tell("left", room=caller.contact, rid=rid, reason="reload")
    web.settle()
    assert not caller.hears(rid)
    rejoining.rejoin(web.centre.app, web.agent_id, caller.contact, "api")
    web.settle()
    assert caller.hears(rid)
    web.advance(60_000)
    assert web.centre.state(caller.contact) == "CONNECTED"


def test_a_lost_word_to_the_caller_is_made_good_by_the_next_turn(web: Web) -> None:
    web.desk()
    caller = web.waiting()
    web.sockets.lost = {"ask"}
    rid = web.accept(caller.contact)
    assert web.centre.state(caller.contact) == "OFFERED"
    caller.over()
    web.settle()
    assert caller.hears(rid)
    assert web.centre.state(caller.contact) == "CONNECTED"


def test_an_agent_who_cannot_connect_is_not_waited_for(web: Web) -> None:
    desk = web.desk()
    caller = web.waiting()
    agent_id, rid = web.offered(caller.contact)
    offers.accept(web.centre.app, agent_id, caller.contact, rid, "api")
    desk.inbox.clear()
    desk.tell("failed", room=caller.contact, rid=rid, reason="no_microphone")
    web.settle()
    assert web.centre.state(caller.contact) == "WAITING"
    assert caller.talk is None


def test_pages_that_never_connect_end_the_offer_in_time(web: Web) -> None:
    web.desk()
    caller = web.waiting()
    web.sockets.lost = {"signal"}
    web.accept(caller.contact)
    web.advance(6_000)
    assert web.centre.state(caller.contact) in ("WAITING", "OFFERED")
    assert caller.talk is None
    assert caller.doing == "ask"


def test_the_page_of_a_call_that_was_hung_up_needs_no_grace(web: Web) -> None:
    caller, _, _ = web.talking()
    caller.say("hangup")
    due, written = len(web.centre.world.timers.pending()), web.written()
    caller.close()
    assert len(web.centre.world.timers.pending()) == due
    assert web.written() == written, "what is left goes by itself"
    caller.say("present")
    assert caller.errors == ["unknown_call"]
    web.advance(3 * 3600 * 1000)
    kept = web.centre.world.operations
    assert [item.sk for item in kept.list(f"call#{caller.call}")] == ["sent"]
    assert kept.list("conn#" + caller.connection) == []


def test_the_page_of_a_call_that_the_agent_ended_needs_no_grace_either(web: Web) -> None:
    caller, _, _ = web.talking()
    web.sockets.lost = {"actions"}
    agents.hang_up(web.centre.app, web.agent_id, caller.contact, "api")
    due, written = len(web.centre.world.timers.pending()), web.written()
    caller.close()
    assert (len(web.centre.world.timers.pending()), web.written()) == (due, written)
    path = f"/v1/public/calls/{caller.call}/tickets"
    status, problem, _ = web.public(path, {"resume": caller.placed["resume"]})
    assert (status, problem["code"]) == (404, "unknown_call")


@pytest.mark.parametrize(("by", "most"), [("caller", 29), ("agent", 30)])
def test_what_a_call_from_a_page_costs(web: Web, by: str, most: int) -> None:
    """Write units of a whole call: what is said, heard and decided, and every table's."""
    web.desk()
    web.settle()
    before = web.written()
    caller = web.waiting()
    contact_id = caller.contact
    rid = web.accept(contact_id)
    assert caller.hears(rid)
    if by == "caller":
        caller.say("hangup")
    else:
        agents.hang_up(web.centre.app, web.agent_id, contact_id, "api")
    web.settle()
    caller.close()
    web.advance(20_000)
    assert web.centre.state(contact_id) == "WRAPUP"
    assert web.written() - before <= most


def test_only_what_is_answered_takes_a_number(web: Web) -> None:
    caller, _, rid = web.talking()

    def number() -> int:
        item = web.centre.world.operations.get(f"call#{caller.call}", "sent")
        assert item is not None
        return int(item.attributes["number"])

    before = number()
    caller.tell("joined", room=caller.contact)
    assert number() == before
    caller.say("present", fresh=False)
    assert number() == before + 1
    web.settle()
    assert caller.hears(rid)
    caller.say("hangup")
    assert number() == before + 1
