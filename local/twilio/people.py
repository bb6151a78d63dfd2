"""The people at the ends of the calls, and what they can do with a telephone.

Decides who is rung for an address and what a person perceives. Never decides what a person does:
a script (see `behaviours`) does.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from local.twilio.conferences import Participant
from local.twilio.dialling import Bridged
from local.twilio.errors import CallEnded
from local.twilio.gather import Gathering
from local.twilio.model import Call, Heard, Moment
from local.twilio.payments import Paying
from local.twilio.queues import Member
from local.twilio.taking import Taking

if TYPE_CHECKING:
    from local.twilio.exchange import Exchange

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Person:
    """One person on one call. A script gets this and acts through it.

    Every waiting method raises `CallEnded` once the call is over, which ends the script quietly.
    Pauses are divided by the carrier's ``speed``; waiting for the product is not.
    """

    def __init__(self, call: Call, exchange: Exchange) -> None:
        self.call = call
        self._exchange = exchange
        self._answered_gather = 0

    @property
    def sid(self) -> str:
        return self.call.sid

    @property
    def status(self) -> str:
        return self.call.status

    @property
    def heard(self) -> list[Heard]:
        """What was played on the call so far, oldest first."""
        return self.call.heard

    @property
    def history(self) -> list[Moment]:
        """What happened on the call so far, oldest first."""
        return self.call.history

    async def pause(self, seconds: float) -> None:
        """Do nothing for ``seconds`` of a person's time; stop at once if the call ends."""
        await self._until(lambda: None, self._own(seconds))

    async def answer(self) -> None:
        """Pick up a ringing telephone and wait until the line is open."""
        self.call.picked_up = True
        self.call.wake()
        await self._until(lambda: self.call.status == "in-progress" or None)

    def refuse(self, status: str = "busy", sip_code: int = 486) -> None:
        """Do not take a ringing call: ``busy``, ``no-answer`` or ``failed``."""
        if not self.call.picked_up:
            self._exchange.calls.end(self.call, status, by="carrier", sip_code=sip_code)

    async def prompt(self, within: float | None = None) -> Gathering | None:
        """Wait for a Gather this person has not answered yet; None after ``within`` seconds."""

        def asked() -> Gathering | None:
            place = self.call.place
            fresh = isinstance(place, Gathering) and place.number > self._answered_gather
            return place if fresh and isinstance(place, Gathering) else None

        return await self._until(asked, None if within is None else self._own(within))

    async def press(self, digits: str, between: float = 0.0) -> bool:
        """Press keys one after the other.

        Returns
        -------
        bool
            Whether the last key reached a Gather; keys pressed with none open go nowhere.
        """
        taken = False
        for count, key in enumerate(digits):
            if count and between:
                await self.pause(between)
            self._alive()
            place = self.call.place
            taken = isinstance(place, Gathering | Taking | Paying) and place.press(key)
            if isinstance(place, Gathering):
                self._answered_gather = place.number
            # What a card says is nobody's to write down.
            told = "a key of a card" if isinstance(place, Paying) else key
            self.call.note("pressed", told if taken else f"{told} (nobody listens)")
        return taken

    def say(self, text: str) -> bool:
        """Speak; True if a Gather that listens for speech was open."""
        self._alive()
        gathering = self.call.place
        if not isinstance(gathering, Gathering) or not gathering.say(text):
            return False
        self._answered_gather = gathering.number
        self.call.note("said", text)
        return True

    async def beep(self, within: float | None = None) -> Taking | None:
        """Wait until the carrier takes a message down."""

        def taking() -> Taking | None:
            return self.call.place if isinstance(self.call.place, Taking) else None

        return await self._until(taking, None if within is None else self._own(within))

    async def asked_for(self, what: str, within: float | None = None) -> Paying | None:
        """Wait until a payment asks for one thing, such as ``payment-card-number``."""

        def paying() -> Paying | None:
            place = self.call.place
            return place if isinstance(place, Paying) and place.asked == what else None

        return await self._until(paying, None if within is None else self._own(within))

    async def queued(self, within: float | None = None) -> Member | None:
        """Wait until the call stands in a queue."""

        def member() -> Member | None:
            return self.call.place if isinstance(self.call.place, Member) else None

        return await self._until(member, None if within is None else self._own(within))

    async def connected(self, within: float | None = None) -> bool:
        """Wait until the person can talk to somebody: put through, or in a started conference."""

        def talking() -> bool | None:
            place = self.call.place
            if isinstance(place, Bridged):
                return True
            if not isinstance(place, Participant) or place.hold:
                return None
            return place.conference.status == "in-progress" or None

        return bool(await self._until(talking, None if within is None else self._own(within)))

    async def until(self, ready: Callable[[], T | None], within: float | None = None) -> T | None:
        """Wait for anything else about the call, asked again whenever the call changes."""
        return await self._until(ready, None if within is None else self._own(within))

    def hang_up(self) -> None:
        """Hang up: a call still ringing at the product is given up, any other is completed."""
        early = self.call.status in ("queued", "ringing")
        self._exchange.calls.end(self.call, "canceled" if early else "completed", by="person")

    async def ended(self, within: float | None = None) -> str:
        """Wait for the end of the call, in real seconds; give its status, final or not."""
        await self.call.until(lambda: self.call.done or None, within)
        return self.call.status

    def _own(self, seconds: float) -> float:
        return seconds / self._exchange.settings.speed

    def _alive(self) -> None:
        if self.call.done:
            raise CallEnded

    async def _until(self, ready: Callable[[], T | None], timeout: float | None = None) -> T | None:
        def look() -> T | None:
            self._alive()
            return ready()

        return await self.call.until(look, timeout)


Script = Callable[[Person], Awaitable[None]]


@dataclass(frozen=True)
class Line:
    """A registered client or telephone: who answers it."""

    script: Script
    answered_by: str = "human"
    several_calls: bool = False


class People:
    """Who can be rung, and the running scripts."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._lines: dict[str, Line] = {}
        self._busy: dict[str, set[str]] = {}
        self.default_phone: Line | None = None

    def register(self, address: str, line: Line) -> None:
        self._lines[address] = line

    def unregister(self, address: str) -> None:
        self._lines.pop(address, None)

    def line(self, address: str) -> Line | None:
        """Give who answers an address; a client address may carry custom parameters."""
        found = self._lines.get(address.partition("?")[0])
        return found or (None if address.startswith("client:") else self.default_phone)

    def answered_by(self, call: Call) -> str:
        line = self.line(call.to)
        return line.answered_by if line is not None else "unknown"

    def ring(self, call: Call) -> None:
        """Let the called line ring, or tell at once why it cannot."""
        line, address = self.line(call.to), call.to.partition("?")[0]
        calls = self._exchange.calls
        if line is None:
            # A client that is not signed in is unavailable; a number that is nobody's, unknown.
            client = address.startswith("client:")
            status, code = ("no-answer", 480) if client else ("failed", 404)
            calls.end(call, status, by="carrier", sip_code=code)
            return
        taken = self._busy.setdefault(address, set())
        if taken and not line.several_calls:
            calls.end(call, "busy", by="carrier", sip_code=486)
            return
        taken.add(call.sid)
        call.on_end.append(lambda ended: taken.discard(ended.sid))
        self.act(call, line.script)

    def act(self, call: Call, script: Script) -> Person:
        """Start a person's script on a call."""
        person = Person(call, self._exchange)
        call.person = asyncio.create_task(self._play(person, script))
        return person

    async def _play(self, person: Person, script: Script) -> None:
        try:
            await script(person)
        except CallEnded:
            return
        except Exception as error:  # a script that fails is told when the carrier closes
            logger.exception("the script on %s failed", person.sid)
            self._exchange.crashes.append(error)
            person.call.history.append(Moment(time.time(), "script failed", repr(error)))
            if not person.call.done:
                person.hang_up()
