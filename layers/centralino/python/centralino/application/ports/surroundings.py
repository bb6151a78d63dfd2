"""The small ports: the time, fresh ids, the rules in force, the log, and how work is spread."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Protocol, TypeVar

from centralino.domain.callbacks.numbers import PhoneNumber
from centralino.domain.configuration.model import Configuration

T = TypeVar("T")
R = TypeVar("R")


class Clock(Protocol):
    """The time."""

    def now(self) -> int:
        """Return UTC milliseconds."""
        ...


class Ids(Protocol):
    """Fresh identifiers."""

    def ulid(self) -> str:
        """Return a new 26-character ULID."""
        ...

    def secret(self) -> str:
        """Return an unguessable URL-safe token."""
        ...


class ConfigurationSource(Protocol):
    """The business rules in force."""

    def current(self) -> Configuration:
        """Return the configuration in force, at most 30 s old."""
        ...

    def version(self, number: int) -> Configuration:
        """Return a published version: a call keeps the one it began with."""
        ...

    def superseded(self, since: int) -> Sequence[Configuration]:
        """Return the versions in force at any time since then (UTC ms) but the one in force now.

        The latest first. Another process may go by one of them for as long as ``current`` may be
        old.
        """
        ...


class FanOut(Protocol):
    """Does the same for several things, together where waiting is what takes the time."""

    def __call__(self, work: Callable[[T], R], items: Sequence[T], /) -> list[R]:
        """Return the result for each item, in order; the first exception raised by any."""
        ...


class Pause(Protocol):
    """Waits within a process, at most ``longest_ms``; a longer wait is a timer's business."""

    longest_ms: int

    def __call__(self, milliseconds: int) -> None: ...


class NoPause:
    """Never waits: where timers are exact, or time is not the machine's."""

    longest_ms = 0

    def __call__(self, milliseconds: int) -> None:
        """Go on at once."""


def not_dialled(digits: str, number: str) -> str | None:  # noqa: ARG001
    """Recognise no phone number: where no numbering plan is wired."""
    return None


def not_declared(provider: str) -> Collection[str] | None:  # noqa: ARG001
    """Tell nothing of a provider: it is believed to be able to do everything."""
    return None


def no_phone(digits: str, number: str) -> PhoneNumber | None:  # noqa: ARG001
    """Recognise no phone number: where no numbering plan is wired."""
    return None


def in_turn(work: Callable[[T], R], items: Sequence[T], /) -> list[R]:
    """Do one after the other: right where nothing is waited for."""
    return [work(item) for item in items]


class Log(Protocol):
    """Structured logging: one line, no personal data."""

    def info(self, message: str, **fields: Any) -> None: ...
    def warning(self, message: str, **fields: Any) -> None: ...
    def error(self, message: str, **fields: Any) -> None: ...


def chunks(items: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    """Yield consecutive slices of at most ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
