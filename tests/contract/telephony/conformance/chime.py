"""The bench of the SIP media application: the adapter and the deployed function, one call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from centralino.adapters.telephony.chime.media import ChimeMedia
from centralino.application import calls
from centralino.application.ports import NoDialler, NoRecorder, NoSupervision
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
from tests.support.sip_media import SipMedia
from tests.support.wired import Wired, handler

_LEGS = {bench.CALLER: "LEG-A", bench.TALKER: "LEG-B"}
_PHONE = "+390299990001"


class ChimeBench:
    """See :class:`.bench.Bench`. The application does everything at once, so nothing is awaited."""

    provider = Provider.CHIME
    recorder = NoRecorder()
    supervision = NoSupervision()
    dialler = NoDialler()

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._wired = Wired(monkeypatch)
        self._application = SipMedia(lambda event: handler("chime_calls")(event, None))
        app = self._wired.centre.app
        self.media = ChimeMedia(self._application, app.operations, lambda _agent: _PHONE)
        self._wired.centre.app = replace(app, media=self.media)
        self._contact: Contact | None = None
        self._commands: list[Command] = []
        self._reply: Callable[[Command], Iterable[act.Action] | None] = lambda _: None
        monkeypatch.setattr(calls, "handle", lambda app, command, key: self._take(command))

    @property
    def contact(self) -> Contact:
        assert self._contact is not None
        return self._contact

    def child(self) -> Contact:
        raise NotImplementedError("a bridge has two ends")

    def answers(self, reply: Callable[[Command], Iterable[act.Action] | None]) -> None:
        self._reply = reply

    def call(self, does: Caller) -> None:
        self._application.dial(bench.LINE)
        if does.keys:
            self._application.press(does.keys)

    def talk(self) -> None:
        self.call(Caller())
        self._contact = replace(self.contact, state=ContactState.CONNECTED)
        self.media.add_agent(self.contact, bench.RID, bench.AGENT)
        self._application.pick_up()
        self.told(lambda command: isinstance(command, LegJoined) and command.rid is None)

    def sign_in(self, agent: str) -> None:
        raise NotImplementedError("agents have telephones here")

    def phone(self, number: str, *, machine: bool = False) -> None:
        raise NotImplementedError("nobody outside is reached")

    def written(self, attempt: str, number: str) -> None:
        raise NotImplementedError("nobody is called")

    def told(self, found: Callable[[Command], bool]) -> Command:
        commands = [command for command in self._commands if found(command)]
        assert commands, self._commands
        return commands[0]

    def heard(self, what: Callable[[Heard], bool]) -> Heard:
        found = [one for one in self.everything_heard() if what(one)]
        assert found, self.everything_heard()
        return found[0]

    def everything_heard(self) -> list[Heard]:
        return [Heard(kind, text, voice) for kind, text, voice in self._application.played]

    def hears(self, listener: str, speaker: str) -> bool:
        return {_LEGS[listener], _LEGS[speaker]} <= self._application.live

    def met(self, one: str, other: str) -> None:
        assert self.hears(one, other)

    def hang_up(self, who: str) -> None:
        self._application.hang_up(_LEGS[who])

    def gone(self, who: str) -> None:
        assert _LEGS[who] not in self._application.live

    def pause(self, seconds: float) -> None:
        for _ in range(int(seconds // 20)):
            self._application.wait()

    def _take(self, command: Command) -> list[act.Action]:
        self._commands.append(command)
        if isinstance(command, CallArrived):
            self._contact = bench.arrived(command)
        told = self._reply(command)
        return [*told] if told is not None else bench.plain(self, command)


@contextmanager
def open_bench() -> Iterator[ChimeBench]:
    """Open the bench."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield ChimeBench(monkeypatch)
