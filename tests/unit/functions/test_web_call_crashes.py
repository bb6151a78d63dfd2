"""A function dies at every single boundary of a web call: what remains is put right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application import offers
from centralino.application.web_ends import caller_gone
from centralino.domain.errors import CentralinoError
from centralino.runtime.settings import settings
from tests.support.web_centre import Web
from tests.support.web_pages import Caller, Page

Act = Callable[[Web, Caller, Page, str], None]


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Web]]:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "test")
    monkeypatch.setenv("WEBSOCKET_URL", "wss://socket.example.com/live")
    settings.cache_clear()
    yield lambda: Web(monkeypatch)
    settings.cache_clear()


def offered(web: Web) -> tuple[Caller, Page, str, str]:
    """Return a caller who is offered to an agent, the agent's page, agent and rid."""
    desk = web.desk()
    caller = web.caller()
    caller.say("input", step="menu.0", digits="1")
    web.settle()
    web.centre.relay()
    contact = web.centre.contact(caller.contact)
    assert contact.agent is not None
    assert contact.rid is not None
    return caller, desk, contact.agent, contact.rid


def dies_everywhere(
    fresh: Callable[[], Web], begin: Callable[[Web], Callable[[], None]]
) -> Iterator[Web]:
    """Yield the world after the act has died at its first boundary, its second, and so on."""
    boundary = 0
    while True:
        boundary += 1
        web = fresh()
        act = begin(web)
        web.centre.world.faults.crash_at(boundary)
        try:
            act()
        except Crash:
            web.centre.world.faults.clear()
            yield web
        else:
            assert boundary > 5, "the act has hardly any boundary"
            return


def minutes(web: Web, number: int) -> None:
    """Let minutes pass, with the sweep of each."""
    for _ in range(number):
        web.advance(60_000)
        web.centre.relay()
        web.centre.sweep()
        web.settle()


def test_a_hang_up_that_dies_is_made_good_when_the_page_is_gone(
    fresh: Callable[[], Web],
) -> None:
    seen: dict[str, Caller | Page] = {}
    known: dict[str, str] = {}

    def begin(web: Web) -> Callable[[], None]:
        caller, desk, agent_id, rid = offered(web)
        offers.accept(web.centre.app, agent_id, caller.contact, rid, "api")
        web.settle()
        assert caller.hears(rid)
        seen.update(caller=caller, desk=desk)
        known["contact"] = caller.contact
        return lambda: caller.say("hangup")

    for web in dies_everywhere(fresh, begin):
        caller, desk = seen["caller"], seen["desk"]
        caller.close()
        web.advance(20_000)
        minutes(web, 3)
        contact = web.centre.contact(known["contact"])
        assert contact.state in ("WRAPUP", "CLOSED")
        assert desk.talk is None
        agent = web.centre.agent_item(web.agent_id)
        assert not agent.slots or contact.state == "WRAPUP"


def test_a_socket_whose_closing_dies_is_found_to_be_gone(fresh: Callable[[], Web]) -> None:
    seen: dict[str, str] = {}

    def begin(web: Web) -> Callable[[], None]:
        caller, _, agent_id, rid = offered(web)
        offers.accept(web.centre.app, agent_id, caller.contact, rid, "api")
        web.settle()
        seen["contact"] = caller.contact
        return caller.close

    for web in dies_everywhere(fresh, begin):
        minutes(web, 20)
        assert web.centre.state(seen["contact"]) in ("WRAPUP", "CLOSED")


def test_a_grace_that_dies_is_carried_out_again(fresh: Callable[[], Web]) -> None:
    seen: dict[str, str] = {}

    def begin(web: Web) -> Callable[[], None]:
        caller, _, agent_id, rid = offered(web)
        offers.accept(web.centre.app, agent_id, caller.contact, rid, "api")
        web.settle()
        seen["contact"], seen["call"] = caller.contact, caller.call
        caller.close()
        return lambda: web.centre.advance(16_000)

    for web in dies_everywhere(fresh, begin):
        # The queue delivers the timer again.
        caller_gone(web.centre.app, seen["call"], "c2", "timer")
        web.settle()
        minutes(web, 2)
        assert web.centre.state(seen["contact"]) in ("WRAPUP", "CLOSED")
        assert web.centre.app.operations.get(f"call#{seen['call']}", "call") is None


@pytest.mark.parametrize("who", ["agent", "caller"])
def test_a_joining_that_dies_ends_in_a_talk_or_back_in_line(
    fresh: Callable[[], Web], who: str
) -> None:
    seen: dict[str, Caller] = {}

    def begin(web: Web) -> Callable[[], None]:
        caller, desk, agent_id, rid = offered(web)
        offers.accept(web.centre.app, agent_id, caller.contact, rid, "api")
        seen["caller"] = caller
        if who == "agent":
            desk.inbox = [frame for frame in desk.inbox if frame["type"] == "room"]
            return desk.work

        def told() -> bool:
            return caller.talk is not None and bool(caller.talk.offered)

        for _ in range(20):
            if told():
                break
            desk.work()
            caller.work()
        desk.work()  # answers the offer
        return caller.work

    for web in dies_everywhere(fresh, begin):
        caller = seen["caller"]
        with suppress(CentralinoError):
            web.settle()
        web.advance(7_000)
        for _ in range(6):
            caller.over()
            web.settle()
            web.advance(20_000)
            web.centre.relay()
        contact = web.centre.contact(caller.contact)
        if contact.state == "CONNECTED":
            assert contact.rid is not None
            assert caller.hears(contact.rid)
        else:
            assert contact.state in ("WAITING", "OFFERED")
            assert caller.talk is None
            assert caller.doing == "ask"


def test_a_leaving_that_dies_leaves_nobody_talking_to_an_empty_place(
    fresh: Callable[[], Web],
) -> None:
    seen: dict[str, Caller] = {}
    left: list[bool] = []

    def begin(web: Web) -> Callable[[], None]:
        caller, desk, agent_id, rid = offered(web)
        offers.accept(web.centre.app, agent_id, caller.contact, rid, "api")
        web.settle()
        seen["caller"] = caller
        return lambda: desk.tell("left", room=caller.contact, rid=rid, reason="left")

    for web in dies_everywhere(fresh, begin):
        caller = seen["caller"]
        web.settle()
        web.advance(7_000)
        web.advance(25_000)
        contact = web.centre.contact(caller.contact)
        left.append(contact.state == "WAITING")
        if not left[-1]:
            # Nothing had come of it: the agent is there still.
            assert contact.state == "CONNECTED"
            assert contact.rid is not None
            assert caller.hears(contact.rid)
    assert any(left)
    assert not all(left)
