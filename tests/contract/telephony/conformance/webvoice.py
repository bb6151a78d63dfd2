"""The bench of web voice: the adapter and the deployed socket between pages without sound."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from centralino.adapters import speech
from centralino.application import calls
from centralino.application.ports import Item, NoDialler, NoRecorder
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.capabilities import Provider
from centralino.domain.telephony.commands import (
    CallArrived,
    Command,
    LegJoined,
)
from tests.contract.telephony.conformance import bench
from tests.contract.telephony.conformance.bench import Caller, Heard
from tests.support.web_centre import Spoken, Web
from tests.support.web_pages import Page

CALL = "wv_0123456789ABCDEFGHJKMNPQRS"
_AGENTS = {
    bench.TALKER: (bench.AGENT, bench.RID),
    bench.THIRD: (bench.COLLEAGUE, bench.PARTY),
    bench.BOSS: (bench.SUPERVISOR, bench.LISTENER),
}


class _Voices(Spoken):
    """Prompts whose address tells the voice."""

    def url(self, say: act.Say) -> str:
        return f"https://prompts.example.com/{say.voice or speech.VOICES[say.language][1]}"


class _OneContact:
    """As much of a store as pages need."""

    def __init__(self, found: Callable[[str], Contact | None]) -> None:
        self.contact = found


class WebvoiceBench:
    """See :class:`.bench.Bench`. Pages rest until something is looked at."""

    provider = Provider.WEBVOICE
    recorder = NoRecorder()
    dialler = NoDialler()

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._web = Web(monkeypatch)
        self._web.prompts = _Voices()
        self._contact: Contact | None = None
        self._commands: list[Command] = []
        self._pages: dict[str, Page] = {}
        self._reply: Callable[[Command], Iterable[act.Action] | None] = lambda _: None
        self.media, self.supervision = self._web.media, self._web.supervision
        store: Any = _OneContact(lambda name: self._contact if name == bench.CONTACT else None)
        self._web.centre.app = replace(self._web.centre.app, store=store)
        monkeypatch.setattr(calls, "handle", lambda app, command, key: self._take(command))

    @property
    def contact(self) -> Contact:
        assert self._contact is not None
        return self._contact

    def child(self) -> Contact:
        return Contact(
            bench.CHILD, ContactState.OFFERED, "demo", provider="webvoice", parent=bench.CONTACT
        )

    def answers(self, reply: Callable[[Command], Iterable[act.Action] | None]) -> None:
        self._reply = reply

    def call(self, does: Caller) -> None:
        placed = {"contact": bench.CONTACT, "line": "web", "language": None, "resume": ""}
        self._operations.put(Item(f"call#{CALL}", "call", placed))
        self._operations.put(Item("ticket#wv_t", "ticket", {"call": CALL}))
        self._caller = self._web.page_of({"call": CALL, "ticket": "wv_t"})
        self._caller.keys = does.keys
        self._caller.say("arrived")
        self._web.settle()

    def talk(self) -> None:
        self.call(Caller())
        self.sign_in(bench.AGENT)
        self._contact = replace(self.contact, state=ContactState.CONNECTED)
        self.media.add_agent(self.contact, bench.RID, bench.AGENT)
        self.told(lambda command: isinstance(command, LegJoined) and command.rid is None)

    def sign_in(self, agent: str) -> None:
        self._operations.put(Item(f"ticket#{agent}", "ticket", {"agent": agent}))
        page = Page(self._web, agent)
        assert page.open(agent) == 200
        self._pages[agent] = page

    def phone(self, number: str, *, machine: bool = False) -> None:
        raise NotImplementedError("pages reach no telephone")

    def written(self, attempt: str, number: str) -> None:
        raise NotImplementedError("pages call nobody")

    def told(self, found: Callable[[Command], bool]) -> Command:
        self._web.settle()
        commands = [command for command in self._commands if found(command)]
        assert commands, self._commands
        return commands[0]

    def heard(self, what: Callable[[Heard], bool]) -> Heard:
        found = [one for one in self.everything_heard() if what(one)]
        assert found, self.everything_heard()
        return found[0]

    def everything_heard(self) -> list[Heard]:
        self._web.settle()
        return [_heard(action) for action in self._caller.played]

    def hears(self, listener: str, speaker: str) -> bool:
        self._web.settle()
        name = bench.CALLER if speaker == bench.CALLER else _AGENTS[speaker][1]
        return self._on(listener).hears(name)

    def met(self, one: str, other: str) -> None:
        assert self.hears(one, other)
        assert self.hears(other, one)

    def hang_up(self, who: str) -> None:
        if who == bench.CALLER:
            self._caller.say("hangup")
        else:
            rid = _AGENTS[who][1]
            self._on(who).tell("left", room=bench.CONTACT, rid=rid)

    def gone(self, who: str) -> None:
        self._web.settle()
        assert self._on(who).talk is None
        if who == bench.CALLER:
            assert self._caller.doing == "hangup"

    def pause(self, seconds: float) -> None:
        self._web.advance(int(seconds * 1000))

    def _on(self, who: str) -> Page:
        return self._caller if who == bench.CALLER else self._pages[_AGENTS[who][0]]

    @property
    def _operations(self) -> Any:
        return self._web.centre.world.operations

    def _take(self, command: Command) -> list[act.Action]:
        self._commands.append(command)
        if isinstance(command, CallArrived):
            self._contact = bench.arrived(command)
        told = self._reply(command)
        return [*told] if told is not None else bench.plain(self, command)

    def refused(self) -> list[str]:
        """Return what any page was refused."""
        return [code for page in self._web.sockets.pages.values() for code in page.errors]


def _heard(action: dict[str, Any]) -> Heard:
    if action["do"] == "pause":
        return Heard("pause", str(action["seconds"]))
    if action["text"] is None:
        return Heard("play", action["url"])
    return Heard("say", action["text"], urlsplit(action["url"]).path.strip("/"))


@contextmanager
def open_bench() -> Iterator[WebvoiceBench]:
    """Open the bench; what a page was refused fails the test when it closes."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        opened = WebvoiceBench(monkeypatch)
        yield opened
        assert opened.refused() == []
