"""A centre with a line for calls from a page: deployed handlers, memory behind them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from centralino.adapters.telephony.webvoice.media import WebvoiceMedia, WebvoiceSupervision
from centralino.application import agents, offers
from centralino.application.limits import Limit
from centralino.application.ports.ice import NoIceServers
from centralino.application.rooms import rooms_of
from centralino.application.web_calls import FrontDoor
from centralino.domain.configuration.model import Configuration, Line, web_address
from centralino.domain.errors import TransientDependency
from centralino.domain.telephony.actions import Say
from centralino.runtime import wiring
from centralino.runtime.settings import settings
from tests.support.centre import Centre, configuration
from tests.support.web_pages import Caller, Page, Sockets
from tests.support.wired import Wired, handler

LINE = Line("web", web_address("web"), "demo", "main", "en", provider="webvoice")


class Spoken:
    """The port ``Prompts``: an address per sentence."""

    def __init__(self) -> None:
        self.broken = False

    def url(self, say: Say) -> str:
        """Return the address of the words."""
        if self.broken:
            raise TransientDependency("the voice is away")
        return f"https://prompts.example.com/{abs(hash((say.text, say.language)))}.wav"

    def music(self) -> str:
        """Return the address of the music."""
        return "https://prompts.example.com/music.wav"


class Web(Wired):
    """A centre with a line for calls from a page, behind the handlers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, rules: Configuration | None = None) -> None:
        super().__init__(monkeypatch)
        rules = rules or configuration()
        self.centre = Centre(rules=replace(rules, lines={**rules.lines, "web": LINE}))
        self.prompts = Spoken()
        self.sockets = Sockets(self.centre.world.operations)
        app = replace(self.centre.app, realtime=self.sockets)
        self.media = WebvoiceMedia(rooms_of(app))
        self.supervision = WebvoiceSupervision(rooms_of(app))
        self.centre.app = replace(app, media=self.media, supervision=self.supervision)
        self.limit = Limit(burst=1_000, every_ms=1)
        self.pages = 0
        monkeypatch.setattr(wiring, "prompts", lambda: self.prompts)
        monkeypatch.setattr(wiring, "front_door", self._door)

    def _door(self) -> FrontDoor:
        app = self.centre.app
        return FrontDoor(
            operations=app.operations,
            store=app.store,
            configuration=app.configuration,
            clock=app.clock,
            ids=app.ids,
            ice=NoIceServers(),
            limit=self.limit,
        )

    def written(self) -> float:
        """Return the write units that everything has taken so far."""
        return self.centre.world.meter.of().write_units

    # ---------------------------------------------------------------- people

    def public(
        self, path: str, body: Any, *, source: str = "198.51.100.7", **headers: str
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Post to the public API; return status, body and headers."""
        event = {
            "version": "2.0",
            "routeKey": f"POST {path}",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {"content-type": "application/json", **headers},
            "requestContext": {
                "http": {"method": "POST", "path": path, "sourceIp": source},
                "requestId": "r1",
                "stage": "$default",
            },
            "body": body if isinstance(body, str) else json.dumps(body),
            "isBase64Encoded": False,
        }
        answer = handler("public_api")(event, None)
        headers = {k: v[0] for k, v in answer.get("multiValueHeaders", {}).items()}
        return (
            answer["statusCode"],
            json.loads(answer["body"]),
            {**answer.get("headers", {}), **headers},
        )

    def caller(self, **body: Any) -> Caller:
        """Place a call and connect its page; it has said that it is there."""
        status, placed, _ = self.public("/v1/public/calls", {"line": "web", **body})
        assert status == 201, placed
        page = self.page_of(placed)
        page.say("arrived")
        self.settle()
        return page

    def page_of(self, placed: dict[str, Any]) -> Caller:
        """Connect a page to a call that was placed."""
        self.pages += 1
        page = Caller(self, f"c{self.pages}")
        page.placed = placed
        assert page.open(placed["ticket"]) == 200
        return page

    def back(self, lost: Caller, *, fresh: bool) -> Caller:
        """Connect to the same call again, with a page loaded anew or with the same one."""
        path = f"/v1/public/calls/{lost.call}/tickets"
        status, opened, _ = self.public(path, {"resume": lost.placed["resume"]})
        assert status == 201, opened
        page = self.page_of({**lost.placed, **opened})
        if not fresh:
            page.talk, page.number, page.playing = lost.talk, lost.number, lost.playing
        page.say("present", fresh=fresh)
        self.settle()
        return page

    def desk(self, name: str = "ann", profile: str = "sales") -> Page:
        """Sign an agent in with a page open; return the page."""
        self.agent_id = self.centre.agent(name, profile)
        return self.agents_page(self.agent_id)

    def agents_page(self, agent_id: str) -> Page:
        """Open another page of an agent."""
        self.pages += 1
        page = Page(self, f"a{self.pages}")
        assert page.open(agents.issue_ticket(self.centre.app, agent_id)) == 200
        return page

    # ---------------------------------------------------------------- what runs by itself

    def settle(self) -> None:
        """Let every page take what came, until nothing is under way."""
        for _ in range(1_000):
            busy = [page for page in self.sockets.pages.values() if page.inbox]
            if not busy:
                return
            for page in busy:
                page.work()
        raise AssertionError("the pages never come to rest")

    def advance(self, milliseconds: int) -> None:
        """Let time pass; timers fire, pages take what comes."""
        self.centre.advance(milliseconds)
        self.settle()

    def offered(self, contact_id: str) -> tuple[str, str]:
        """Return agent and rid of the offer in force."""
        self.centre.relay()
        contact = self.centre.contact(contact_id)
        assert contact.agent is not None
        assert contact.rid is not None
        return contact.agent, contact.rid

    def accept(self, contact_id: str) -> str:
        """Let the agent who is offered a contact accept; return the rid."""
        agent_id, rid = self.offered(contact_id)
        offers.accept(self.centre.app, agent_id, contact_id, rid, "api")
        self.settle()
        return rid

    def waiting(self) -> Caller:
        """Return a caller who waits in line."""
        caller = self.caller()
        caller.say("input", step="menu.0", digits="1")
        self.settle()
        return caller

    def talking(self) -> tuple[Caller, Page, str]:
        """Return a caller and an agent who talk, and the rid."""
        desk = self.desk()
        caller = self.waiting()
        rid = self.accept(caller.contact)
        assert self.centre.state(caller.contact) == "CONNECTED"
        return caller, desk, rid


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """A centre in memory behind the deployed handlers, with pages."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "test")
    monkeypatch.setenv("WEBSOCKET_URL", "wss://socket.example.com/live")
    settings.cache_clear()
    yield Web(monkeypatch)
    settings.cache_clear()
