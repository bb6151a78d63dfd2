"""A page that says far too much: refused, told so once, and nobody else is the worse for it."""

from __future__ import annotations

from typing import Any

import pytest

from centralino.application.limits import Budget
from centralino.runtime import socket, voice
from centralino.runtime.settings import settings
from tests.support.web_centre import Web
from tests.unit.functions.test_realtime import send

SIGNAL = '{"action":"signal","room":"ct_0123456789ABCDEFGHJKMNPQRS","to":"x","data":{"type":"bye"}}'
TOO_MANY = "too_many_requests"


@pytest.fixture
def slow(web: Web, monkeypatch: pytest.MonkeyPatch) -> Web:
    """Pages may say ten things at once, and two a second for long."""
    monkeypatch.setenv("FRAMES_PER_SECOND", "2")
    settings.cache_clear()
    monkeypatch.setattr(socket, "FRAMES_AT_ONCE", 10)
    monkeypatch.setattr(voice, "ANSWERS_AT_ONCE", 5)
    return web


def codes(web: Web, connection: str) -> list[str]:
    return [frame["code"] for to, frame in web.told if to == connection]


@pytest.mark.parametrize("route", ["signal", "voice", "ack", "$default"])
def test_a_flood_is_refused_before_anything_is_read_for_it(slow: Web, route: str) -> None:
    for _ in range(10):
        assert send(route, "c1", body=SIGNAL) == {"statusCode": 200}
    before = len(slow.told)
    assert TOO_MANY not in codes(slow, "c1")
    slow.centre.world.faults.refuse("operations.*", times=None)
    slow.centre.world.faults.refuse("store.*", times=None)
    for _ in range(50):
        assert send(route, "c1", body=SIGNAL) == {"statusCode": 200}
    assert [frame["code"] for _, frame in slow.told[before:]] == [TOO_MANY]
    slow.centre.world.faults.clear()
    send(route, "c2", body=SIGNAL)
    assert codes(slow, "c2") != []
    assert TOO_MANY not in codes(slow, "c2"), "another page is none the worse"


def test_who_is_quiet_for_a_while_is_heard_again(slow: Web) -> None:
    for _ in range(11):
        send("signal", "c1", body=SIGNAL)
    assert codes(slow, "c1")[-1] == TOO_MANY
    slow.centre.world.clock.advance(1_000)
    for _ in range(3):
        send("signal", "c1", body=SIGNAL)
    assert codes(slow, "c1")[-3:] == ["unknown_connection", "unknown_connection", TOO_MANY]


def test_a_page_can_be_opened_and_closed_however_much_it_said(slow: Web) -> None:
    caller = slow.caller()
    contact_id = caller.contact
    for _ in range(20):
        caller.send("signal", {})
    assert TOO_MANY in caller.errors
    caller.close()
    slow.advance(20_000)
    assert slow.centre.contact(contact_id).ended


def test_a_flood_spread_over_many_processes_is_held_by_the_call_itself(
    slow: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each frame is taken by a process that has seen none of the others."""
    caller = slow.caller()
    item: Any = None
    for _ in range(20):
        monkeypatch.setattr(socket, "budget", Budget())
        caller.say("present")
        item = slow.centre.world.operations.get(f"call#{caller.call}", "sent")
    assert caller.errors.count(TOO_MANY) >= 15
    assert int(item.attributes["number"]) <= 6, "what is refused takes no number and no step"
    slow.centre.world.clock.advance(2_000)
    told = caller.errors.count(TOO_MANY)
    monkeypatch.setattr(socket, "budget", Budget())
    caller.say("present")
    assert caller.errors.count(TOO_MANY) == told


def test_a_page_over_its_limit_is_told_all_the_same_that_its_call_is_over(slow: Web) -> None:
    caller, _, _ = slow.talking()
    for _ in range(30):
        caller.say("present")
    assert TOO_MANY in caller.errors
    contact = slow.centre.contact(caller.contact)
    slow.media.hang_up(contact)
    slow.settle()
    assert caller.over
