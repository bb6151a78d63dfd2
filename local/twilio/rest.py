"""Reads a REST request: its parameters as text, and the values several operations share.

Decides whether addresses, dates and callback events are usable. Never touches HTTP or state.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from local.twilio import errors
from local.twilio.model import CALL_EVENTS, Source, Subscription
from local.twilio.resources import Json

DEFAULT_RING = 60
_ADDRESS = re.compile(r"^(\+[1-9]\d{6,14}|client:[^\s?]+(\?\S*)?|sips?:\S+@\S+)$")

#: Status and body; a body of bytes is sound.
Reply = tuple[int, Json | Iterator[bytes] | None]


@dataclass
class Request:
    """One REST request, parameters still as text."""

    method: str
    path: str
    names: dict[str, str]
    query: list[tuple[str, str]] = field(default_factory=list)
    form: list[tuple[str, str]] = field(default_factory=list)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return self.query + self.form

    def text(self, name: str, default: str = "") -> str:
        return dict(self.pairs).get(name, default)

    def flag(self, name: str, default: bool) -> bool:
        return self.text(name, str(default)).lower() == "true"

    def has(self, name: str) -> bool:
        return name in dict(self.pairs)

    def number(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        try:
            return int(value)
        except ValueError:
            raise errors.invalid(f"{name} is not a whole number: {value}") from None

    def many(self, name: str) -> list[str]:
        """Give every value of a parameter, one that holds several words taken apart."""
        return [word for key, value in self.pairs if key == name for word in value.split()]


def check_address(to: str, from_: str) -> None:
    """Raise `RestError` unless a leg can be placed from one address to the other."""
    if not to:
        raise errors.no_to()
    if not from_:
        raise errors.no_from()
    if not _ADDRESS.match(to):
        raise errors.invalid_to(to)
    if not _ADDRESS.match(from_):
        raise errors.invalid_from(from_)


def source_of(request: Request) -> Source | None:
    """Give what is to be played; the carrier goes by Url when Twiml is given as well."""
    if request.text("Url"):
        return Source(request.text("Url"), request.text("Method", "POST").upper())
    if request.text("Twiml"):
        return Source(twiml=request.text("Twiml"))
    return None


def call_subscription(request: Request, *, several_in_one: bool) -> Subscription | None:
    """Read StatusCallback and its events; only Participants take several events in one value."""
    url = request.text("StatusCallback")
    if not url:
        return None
    events = request.many("StatusCallbackEvent")
    values = [value for name, value in request.pairs if name == "StatusCallbackEvent"]
    for event in events if several_in_one else values:
        if event not in CALL_EVENTS:
            raise errors.invalid_callback_event(event)
    method = request.text("StatusCallbackMethod", "POST").upper()
    return Subscription(url, method, frozenset(events or ["completed"]))


def background_detection(request: Request, callback: str) -> Subscription | None:
    """Read where the answer of a detection in the background goes; None for none."""
    url = request.text(callback)
    if not url or not request.has("MachineDetection"):
        return None
    return Subscription(url, request.text(f"{callback}Method", "POST").upper())


def within(request: Request, name: str, at: float | None) -> bool:
    """Hold a time against the filters ``Name``, ``Name<`` and ``Name>`` (a day or an instant)."""
    bounds: Sequence[tuple[str, Callable[[datetime, datetime], bool]]] = (
        ("<", lambda ours, theirs: ours <= theirs),
        (">", lambda ours, theirs: ours >= theirs),
        ("", lambda ours, theirs: ours.date() == theirs.date()),
    )
    for sign, holds in bounds:
        told = request.text(name + sign)
        if not told:
            continue
        try:
            theirs = datetime.fromisoformat(told)
        except ValueError:
            raise errors.invalid(f"{name} is not a date: {told}") from None
        theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
        if at is None or not holds(datetime.fromtimestamp(at, UTC), theirs):
            return False
    return True
