"""Calls between pages whose frames are lost, doubled and reordered, and pages that come and go.

Whatever happened, once it stops the pages and the contact agree within a minute or two.
"""

from __future__ import annotations

from contextlib import suppress
from random import Random

import pytest

from centralino.application import agents, offers, transfers
from centralino.domain.agents.model import AgentState
from centralino.domain.errors import CentralinoError
from tests.support.web_centre import Web
from tests.support.web_pages import Caller, Page

STEPS = 40


class Mess:
    """One caller, one agent, and what befalls them."""

    def __init__(self, web: Web, seed: int) -> None:
        self.web = web
        self.random = Random(f"mess-{seed}")
        self.desk = web.desk()
        self.caller = web.waiting()
        self.contact = self.caller.contact
        self.there = True
        self.acts = (
            *[self.deliver] * 12,
            *[self.pass_time] * 2,
            self.deliver_twice,
            self.lose,
            self.accept,
            self.hold,
            self.resume,
            self.caller_loads_anew,
            self.caller_reconnects,
            self.agent_loads_anew,
            self.caller_later,
            self.caller_repeats,
        )

    def run(self) -> None:
        for _ in range(STEPS):
            if not self.there:
                break
            with suppress(CentralinoError):
                self.random.choice(self.acts)()

    # ---------------------------------------------------------------- frames

    def deliver(self) -> None:
        for page in (self.caller, self.desk):
            if page.inbox:
                page.take(page.inbox.pop(self.random.randrange(len(page.inbox))))

    def deliver_twice(self) -> None:
        for page in (self.caller, self.desk):
            if page.inbox:
                page.inbox.append(self.random.choice(page.inbox))

    def lose(self) -> None:
        for page in (self.caller, self.desk):
            if page.inbox:
                page.inbox.pop(self.random.randrange(len(page.inbox)))

    # ---------------------------------------------------------------- people

    def accept(self) -> None:
        self.web.centre.relay()
        contact = self.web.centre.contact(self.contact)
        if contact.agent is not None and contact.rid is not None and not contact.accepted:
            offers.accept(self.web.centre.app, contact.agent, contact.id, contact.rid, "api")

    def hold(self) -> None:
        transfers.hold(self.web.centre.app, self.web.agent_id, self.contact, "api")

    def resume(self) -> None:
        transfers.resume(self.web.centre.app, self.web.agent_id, self.contact, "api")

    def pass_time(self) -> None:
        self.web.centre.advance(self.random.choice((200, 1_000, 6_000)))
        self.web.centre.relay()

    def caller_later(self) -> None:
        self.caller.later()

    def caller_repeats(self) -> None:
        self.caller.say(self.random.choice(("arrived", "wait", "hold", "present", "announce")))

    def caller_loads_anew(self) -> None:
        self._caller_back(fresh=True)

    def caller_reconnects(self) -> None:
        self._caller_back(fresh=False)

    def _caller_back(self, *, fresh: bool) -> None:
        self.caller.close(told=self.random.random() < 0.8)
        path = f"/v1/public/calls/{self.caller.call}/tickets"
        status, opened, _ = self.web.public(path, {"resume": self.caller.placed["resume"]})
        if status != 201:
            self.there = False
            return
        former = self.caller
        self.caller = self.web.page_of({**former.placed, **opened})
        if not fresh:
            self.caller.talk, self.caller.number = former.talk, former.number
            self.caller.playing = former.playing
        self.caller.say("present", fresh=fresh)

    def agent_loads_anew(self) -> None:
        self.desk.close(told=self.random.random() < 0.8)
        self.desk = self.web.agents_page(self.web.agent_id)
        # As the page sees from what the agent holds.
        contact = self.web.centre.contact(self.contact)
        if contact.segment is not None:
            self.desk.tell("rejoin", room=contact.id, rid=contact.rid)


def calm(mess: Mess) -> None:
    """Let everybody do what they do when nothing goes wrong any more."""
    web = mess.web
    with suppress(CentralinoError):
        agents.set_state(web.centre.app, web.agent_id, AgentState.ROUTABLE, None, "api")
    for _ in range(12):
        web.settle()
        web.centre.relay()
        with suppress(CentralinoError):
            mess.accept()
        web.settle()
        for page in (mess.caller, mess.desk):
            if page.connection in web.sockets.pages:
                page.later()
        web.settle()
        web.advance(10_000)
        web.centre.sweep()
        web.settle()


def agree(caller: Caller, desk: Page, web: Web, contact_id: str) -> None:
    """Check that both pages do what the contact says."""
    contact = web.centre.contact(contact_id)
    match str(contact.state):
        case "CONNECTED":
            assert contact.rid is not None
            assert caller.hears(contact.rid)
            assert desk.hears("caller")
        case "HELD":
            assert caller.talk is not None
            assert caller.talk.held
            assert not caller.hears(contact.rid or "")
            assert not desk.hears("caller")
        case "WAITING" | "OFFERED":
            assert caller.talk is None
            assert caller.doing in ("ask", "queue")
        case _:
            assert caller.talk is None
            assert desk.talk is None


@pytest.mark.parametrize("seed", range(60))
def test_pages_and_contact_agree_after_any_mess(web: Web, seed: int) -> None:
    mess = Mess(web, seed)
    mess.run()
    calm(mess)
    agree(mess.caller, mess.desk, web, mess.contact)


def test_the_mess_reaches_every_kind_of_end(monkeypatch: pytest.MonkeyPatch, web: Web) -> None:
    found: set[str] = set()
    for seed in range(24):
        mess = Mess(Web(monkeypatch), seed)
        mess.run()
        found.add(str(mess.web.centre.state(mess.contact)))
    assert found >= {"WAITING", "OFFERED", "CONNECTED", "HELD"}
