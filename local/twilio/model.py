"""The calls and their parts as the carrier keeps them; never decides what happens to a call."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TypeVar

import phonenumbers

FINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
CALL_EVENTS = ("initiated", "ringing", "answered", "completed")

T = TypeVar("T")


def new_sid(prefix: str) -> str:
    """Make an identifier of the carrier's form: two letters and 32 hexadecimal digits."""
    return prefix + uuid.uuid4().hex


def rfc2822(at: float | None) -> str | None:
    """Write an epoch time in seconds as the carrier does: RFC 2822, zone ``+0000``."""
    return None if at is None else format_datetime(datetime.fromtimestamp(at, UTC))


def country(address: str) -> str:
    """Give the ISO country of an E.164 number by its calling code, empty for a client address."""
    if not address.startswith("+"):
        return ""
    try:
        number = phonenumbers.parse(address)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.region_code_for_country_code(number.country_code or 0)


@dataclass(frozen=True)
class Timing:
    """How long the carrier's own part takes, in seconds.

    ``protocol_speed`` divides the lengths written in TwiML (Pause, Gather timeout, ring
    timeout) and of speech; it stays at 1 wherever a product is tried as it will run, and is
    raised only by tests that would otherwise sleep.
    """

    speech_seconds_per_character: float = 0.06
    play_seconds: float = 10.0
    media_seconds: Mapping[str, float] = field(default_factory=dict)
    ring_buffer: float = 5.0
    webhook_timeout: float = 15.0
    shortest_loop: float = 1.0
    protocol_speed: float = 1.0

    def speech(self, text: str) -> float:
        return len(text) * self.speech_seconds_per_character

    def media(self, url: str) -> float:
        return self.media_seconds.get(url, self.play_seconds)

    def keys(self, digits: str) -> float:
        """Return how long keys sound: ``w`` is half a second as documented, a tone 0.2 s here."""
        return sum(0.5 if key == "w" else 0.2 for key in digits)

    async def spend(self, seconds: float) -> None:
        """Let ``seconds`` of protocol time go by."""
        await asyncio.sleep(seconds / self.protocol_speed)


@dataclass(frozen=True)
class Source:
    """Where the next TwiML comes from: a URL to be asked, or the text itself."""

    url: str = ""
    method: str = "POST"
    twiml: str | None = None
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Subscription:
    """Where callbacks go and which events are wanted."""

    url: str
    method: str = "POST"
    events: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Heard:
    """One thing a person heard: the TwiML verb, its text or media URL, and when.

    Of keys that are played the verb is ``Keys``.
    """

    verb: str
    text: str
    at: float


@dataclass(frozen=True)
class Moment:
    """One line of a call's history."""

    at: float
    what: str
    detail: str = ""


@dataclass(frozen=True)
class Alert:
    """An entry of the carrier's debugger: what the product answered wrongly."""

    at: float
    code: int
    message: str
    call_sid: str
    url: str = ""
    fatal: bool = True


@dataclass(frozen=True)
class Number:
    """An incoming number of the account and its webhooks."""

    voice: Source
    fallback: Source | None = None
    status: Subscription | None = None


@dataclass(eq=False)
class Call:
    """One leg, inbound or outbound, and everything the carrier knows of it."""

    from_: str
    to: str
    direction: str
    sid: str = field(default_factory=lambda: new_sid("CA"))
    status: str = "queued"
    created_at: float = field(default_factory=time.time)
    updated_at: float = field(default_factory=time.time)
    started_at: float | None = None
    ended_at: float | None = None
    parent_sid: str | None = None
    queue_ms: int = 0
    sip_code: int | None = None
    answered_by: str | None = None
    status_callback: Subscription | None = None
    callback_sequence: int = 0
    fallback: Source | None = None
    time_limit: asyncio.TimerHandle | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    ended_from: str = ""
    interrupt: str = ""
    place: object | None = None
    gathers: int = 0
    heard: list[Heard] = field(default_factory=list)
    history: list[Moment] = field(default_factory=list)
    on_end: list[Callable[[Call], None]] = field(default_factory=list)
    flow: asyncio.Task[None] | None = None
    person: asyncio.Task[None] | None = None
    picked_up: bool = False
    _waiting: list[asyncio.Future[None]] = field(default_factory=list)

    @property
    def done(self) -> bool:
        return self.status in FINAL

    @property
    def talk_seconds(self) -> int:
        """Whole seconds between answer and end, 0 for a call nobody answered."""
        if self.started_at is None or self.ended_at is None:
            return 0
        return max(0, round(self.ended_at - self.started_at))

    def note(self, what: str, detail: str = "") -> None:
        """Add a line to the history and wake whoever waits for this call to change."""
        self.updated_at = time.time()
        self.history.append(Moment(self.updated_at, what, detail))
        self.wake()

    def hear(self, verb: str, text: str) -> None:
        self.heard.append(Heard(verb, text, time.time()))
        self.wake()

    def wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def until(self, ready: Callable[[], T | None], timeout: float | None = None) -> T | None:
        """Wait until ``ready()`` gives something, asked again only when the call changes.

        Returns
        -------
        T or None
            What ``ready`` gave, or None once ``timeout`` seconds have gone by.
        """
        loop = asyncio.get_running_loop()
        deadline = None if timeout is None else loop.time() + timeout
        while (found := ready()) is None:
            left = None if deadline is None else deadline - loop.time()
            if left is not None and left <= 0:
                return None
            future: asyncio.Future[None] = loop.create_future()
            self._waiting.append(future)
            await asyncio.wait({future}, timeout=left)
            if not future.done() and future in self._waiting:
                self._waiting.remove(future)
        return found

    def interrupt_flow(self, reason: str) -> asyncio.Task[None] | None:
        """Stop what the call is playing; the verb in hand reads ``interrupt`` to clean up.

        The flow that interrupts itself (a document that ends in Hangup) is left to finish.
        """
        flow = self.flow
        if flow is None or flow.done() or flow is asyncio.current_task():
            return None
        self.interrupt = reason
        flow.cancel()
        return flow
