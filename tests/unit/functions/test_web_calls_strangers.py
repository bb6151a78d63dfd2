"""Who is refused what in calls between pages."""

from __future__ import annotations

import pytest

from centralino.application import agents, talk, webvoice
from centralino.application.app import App
from centralino.domain.telephony.rooms import Peer
from tests.support.web_centre import Web
from tests.support.web_pages import Page


def test_signals_go_between_two_members_of_a_live_talk_alone(web: Web) -> None:
    caller, desk, rid = web.talking()
    stranger = web.caller()
    bob = web.desk("bob", "support")
    data = {"type": "bye"}
    room = caller.contact
    for page, to in (
        (stranger, rid),
        (stranger, "caller"),
        (bob, "caller"),
        (caller, "caller"),
        (caller, "ct_0123456789ABCDEFGHJKMNPQRS#1"),
    ):
        page.errors.clear()
        page.send("signal", {"room": room, "to": to, "data": data})
        assert page.errors == ["not_in_room"]
    assert caller.inbox == []
    assert desk.inbox == []
    caller.send("signal", {"room": room, "to": rid, "data": data})
    assert [(f["type"], f["peer"]) for f in desk.inbox] == [("signal", "caller")]
    desk.inbox.clear()
    caller.errors.clear()
    caller.say("hangup")
    caller.send("signal", {"room": room, "to": rid, "data": data})
    assert caller.errors == ["not_in_room"]


def test_a_talk_that_is_over_passes_no_signal_though_its_room_is_still_there(web: Web) -> None:
    """Whoever ended the call may have died before closing the room."""
    caller, desk, rid = web.talking()
    talk.end_call(web.centre.app, caller.contact, by="caller", cause="sweep")
    desk.inbox.clear()
    caller.send("signal", {"room": caller.contact, "to": rid, "data": {"type": "bye"}})
    assert caller.errors == ["not_in_room"]
    assert desk.inbox == []


def test_a_page_speaks_for_its_own_call_alone(web: Web) -> None:
    caller, desk, rid = web.talking()
    stranger = web.caller()
    for frame in (
        {"event": "hangup", "call": caller.call},
        {"event": "present", "call": caller.call},
        {"event": "joined", "room": caller.contact},
        {"event": "left", "room": caller.contact},
        {"event": "rejoin", "room": caller.contact, "rid": rid},
    ):
        stranger.errors.clear()
        stranger.send("voice", frame)
        assert stranger.errors[0] in ("unknown_call", "not_in_room", "not_an_agent")
    bob = web.desk("bob", "support")
    for frame in (
        {"event": "joined", "room": caller.contact, "rid": rid},
        {"event": "left", "room": caller.contact, "rid": rid},
        {"event": "rejoin", "room": caller.contact, "rid": rid},
        {"event": "joined", "room": caller.contact},
        {"event": "hangup", "call": caller.call},
    ):
        bob.errors.clear()
        bob.send("voice", frame)
        assert bob.errors[0] in ("not_in_room", "not_a_caller")
    assert web.centre.state(caller.contact) == "CONNECTED"
    assert caller.hears(rid)
    assert desk.hears("caller")


def test_who_is_taken_out_while_rejoining_stays_out(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, desk, rid = web.talking()
    own_peer = webvoice._own_peer

    def taken_out_meanwhile(app: App, agent_id: str, room: str, leg: str | None) -> Peer:
        found = own_peer(app, agent_id, room, leg)
        monkeypatch.setattr(webvoice, "_own_peer", own_peer)
        web.media.drop_agent(web.centre.contact(caller.contact), rid)
        return found

    monkeypatch.setattr(webvoice, "_own_peer", taken_out_meanwhile)
    desk.tell("rejoin", room=caller.contact, rid=rid)
    web.settle()
    assert desk.talk is None
    assert not caller.hears(rid)


def test_a_socket_that_another_page_replaced_says_nothing_any_more(web: Web) -> None:
    caller, _, rid = web.talking()
    again = web.back(caller, fresh=True)
    caller.say("hangup")
    assert caller.errors == ["unknown_connection"]
    caller.close()
    web.advance(60_000)
    assert web.centre.state(again.contact) == "CONNECTED"
    assert again.hears(rid)


def test_a_caller_s_ticket_opens_one_socket_once_and_no_agent_s(web: Web) -> None:
    _, placed, _ = web.public("/v1/public/calls", {"line": "web"})
    web.page_of(placed)
    assert Page(web, "other").open(placed["ticket"]) == 403
    assert Page(web, "other").open("wv_made-up") == 403
    _, late, _ = web.public("/v1/public/calls", {"line": "web"})
    web.centre.advance(61_000)
    assert Page(web, "other").open(late["ticket"]) == 403
    agents_ticket = agents.issue_ticket(web.centre.app, web.centre.agent())
    assert Page(web, "other").open(f"wv_{agents_ticket}") == 403


@pytest.mark.parametrize(
    ("action", "frame", "code"),
    [
        ("voice", {"event": "dance"}, "bad_frame"),
        ("voice", {"event": "input", "step": "menu.0", "digits": "one"}, "bad_frame"),
        ("voice", {"event": "arrived", "call": "wv_nonsense"}, "bad_frame"),
        ("voice", {"event": "wait", "call": "x" * 40_000}, "frame_too_large"),
        ("signal", {"room": "ct_x", "to": "caller", "data": {"type": "offer"}}, "bad_frame"),
        ("signal", {"data": {"type": "offer", "sdp": "x" * 30_000}}, "bad_frame"),
    ],
)
def test_nonsense_is_refused(web: Web, action: str, frame: dict[str, object], code: str) -> None:
    caller = web.caller()
    caller.send(action, frame)
    assert caller.errors == [code]
