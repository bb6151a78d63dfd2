"""Twilio's bench: the adapter over the stateful fake carrier."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from html import unescape

import jwt

from centralino.adapters.telephony.twilio.dialler import Dialled
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.telephony.actions import Action
from centralino.domain.telephony.capabilities import Provider
from centralino.domain.telephony.commands import Command
from centralino.runtime.twilio import Twilio
from local.twilio import Answers, LeavesMessage, Pays, Person
from local.twilio.model import Call
from tests.contract.telephony.conformance import bench
from tests.contract.telephony.conformance.bench import Caller, Heard
from tests.contract.telephony.desk import ACCOUNT, TOKEN
from tests.contract.telephony.studio import Studio, open_studio

_SAID = re.compile(r'<Say[^>]*voice="Polly\.(\w+)"[^>]*>(.*?)</Say>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_KEY = {"key_sid": "SK" + "0" * 32, "key_secret": "conformance-key-of-32-characters"}
_ADDRESSES = {
    bench.TALKER: f"client:{bench.AGENT}",
    bench.THIRD: f"client:{bench.COLLEAGUE}",
    bench.BOSS: f"client:{bench.SUPERVISOR}",
    bench.NUMBER: bench.OUTSIDE,
}


class TwilioBench:
    """See :class:`.bench.Bench`."""

    provider = Provider.TWILIO

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.media = studio.media
        self.recorder = studio.recorder
        self.supervision = studio.supervision
        self.dialler = studio.dialler
        self._caller: Person | None = None
        self._account = Twilio(ACCOUNT, TOKEN, studio.desk.urls, **_KEY)

    @property
    def contact(self) -> Contact:
        return self._studio.contact

    def child(self) -> Contact:
        return Contact(bench.CHILD, ContactState.OFFERED, "demo", parent=bench.CONTACT)

    def answers(self, reply: Callable[[Command], Iterable[Action] | None]) -> None:
        def script(command: Command) -> list[Action] | None:
            told = reply(command)
            return None if told is None else list(told)

        self._studio.desk.script = script

    def call(self, does: Caller) -> None:
        self._caller = self._studio.call(_script(does))

    def talk(self) -> None:
        self._caller = self._studio.talk()

    def sign_in(self, agent: str) -> None:
        token, _ = self._account.browser_token(agent)
        # The carrier rings whom the token names.
        told = jwt.decode(token, _KEY["key_secret"], algorithms=["HS256"])
        identity = told["grants"]["identity"]
        self._studio.carrier.apply(lambda c: c.register_client(identity, Answers(after=0.1)))

    def phone(self, number: str, *, machine: bool = False) -> None:
        who = "machine_start" if machine else "human"
        self._studio.carrier.apply(
            lambda c: c.register_phone(number, Answers(after=0.1), answered_by=who)
        )

    def written(self, attempt: str, number: str) -> None:
        at = int(time.time() * 1000)
        self._studio.written[attempt] = Dialled(number, bench.LINE, at)

    def told(self, found: Callable[[Command], bool]) -> Command:
        self._studio.desk.until(found)
        return next(command for command in self._studio.desk.commands if found(command))

    def heard(self, what: Callable[[Heard], bool]) -> Heard:
        self._studio.wait(self._on(bench.CALLER), lambda: [h for h in self._all() if what(h)])
        return next(h for h in self._all() if what(h))

    def everything_heard(self) -> list[Heard]:
        return self._studio.carrier.apply(lambda _: self._all())

    def hears(self, listener: str, speaker: str) -> bool:
        return self._studio.hears(self._on(listener), self._on(speaker))

    def met(self, one: str, other: str) -> None:
        def hearing() -> bool:
            present = [c.to for c in self._studio.carrier.carrier.calls]
            if any(_ADDRESSES.get(who, "") not in ("", *present) for who in (one, other)):
                return False
            carrier = self._studio.carrier.carrier
            ear, mouth = self._leg(one), self._leg(other)
            return carrier.hears(ear, mouth) and carrier.hears(mouth, ear)

        self._studio.wait(self._on(bench.CALLER), hearing)

    def hang_up(self, who: str) -> None:
        call = self._on(who)
        exchange = self._studio.carrier.carrier.exchange
        self._studio.carrier.apply(lambda _: Person(call, exchange).hang_up())

    def gone(self, who: str) -> None:
        call = self._on(who)
        self._studio.wait(call, lambda: call.done)

    def pause(self, seconds: float) -> None:
        caller = Person(self._on(bench.CALLER), self._studio.carrier.carrier.exchange)
        self._studio.carrier.run(caller.pause(seconds))

    def _on(self, who: str) -> Call:
        if who != bench.CALLER:
            return self._studio.leg(_ADDRESSES[who])
        return self._caller.call if self._caller is not None else self._studio.leg(bench.CUSTOMER)

    def _leg(self, who: str) -> Call:
        """Look up a call from within the carrier's own loop."""
        if who == bench.CALLER and self._caller is not None:
            return self._caller.call
        address = _ADDRESSES.get(who, bench.CUSTOMER)
        return [call for call in self._studio.carrier.carrier.calls if call.to == address][-1]

    def _all(self) -> list[Heard]:
        voices = {
            " ".join(unescape(_TAG.sub(" ", words)).split()): voice
            for entry in self._studio.carrier.carrier.journal.webhooks
            for voice, words in _SAID.findall(entry.answer)
        }
        return [
            Heard(one.verb.lower(), one.text, voices.get(" ".join(one.text.split()), ""))
            for one in self._leg(bench.CALLER).heard
        ]


def _script(does: Caller) -> Callable[[Person], object]:
    async def act(me: Person) -> None:
        if does.keys or does.words:
            await me.prompt()
            if does.keys:
                await me.press(does.keys)
            else:
                me.say(does.words)
        if does.message:
            await LeavesMessage(does.message)(me)
        if does.pays:
            await Pays()(me)
        await me.ended()

    return act


@contextmanager
def open_bench() -> Iterator[TwilioBench]:
    """Open the bench; what the carrier could not use fails the test when it closes."""
    with open_studio() as studio:
        yield TwilioBench(studio)
