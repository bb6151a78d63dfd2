"""What is known so far of a call that another contact centre handles.

The other centre tells milestones one at a time, perhaps twice, late or in any order. So a history
is a set of facts that only ever grows: :func:`merged` gives the same whatever comes first, and
nothing is told of a call before it is over and the stragglers are in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

#: After the last part is over: for messages that are still under way.
GRACE_MS = 60_000
#: After the talk of the last part: for as long as the agent's wrap-up may take.
WRAP_UP_MS = 4 * 3_600_000
#: After the last word of a call whose end never came: it counts as ended by then.
SILENCE_MS = 24 * 3_600_000


class Method(StrEnum):
    """How a part of a call began."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    TRANSFER = "transfer"
    CALLBACK = "callback"
    MONITOR = "monitor"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of a call, with at most one agent. Times are UTC ms; ``None`` is not known.

    Attributes
    ----------
    queued : tuple of (time, queue)
        Every queue it entered, in order.
    agent : tuple of (time, agent) or None
        The agent, and when the two were connected.
    left : tuple of (time, who ended it) or None
        ``caller``, ``agent`` or ``system``.
    wrapped_at : int or None
        When everything, the wrap-up included, was over.
    """

    id: str
    method: Method = Method.UNKNOWN
    channel: str = ""
    started_at: int | None = None
    queued: tuple[tuple[int, str], ...] = ()
    agent: tuple[int, str] | None = None
    left: tuple[int, str] | None = None
    hold_ms: int = 0
    wrapped_at: int | None = None

    @property
    def last_known(self) -> int | None:
        """The latest time that anything is known to have happened."""
        pairs = [*self.queued, *(pair for pair in (self.agent, self.left) if pair is not None)]
        times = [at for at, _ in pairs]
        times += [at for at in (self.started_at, self.wrapped_at) if at is not None]
        return max(times, default=None)


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one message tells: a part, and the call it is a part of.

    Attributes
    ----------
    root : str
        The other centre's id of the call's first part.
    asked_by : str or None
        Of a callback, the root of the call that asked for it.
    """

    root: str
    instance: str
    part: Part
    asked_by: str | None = None


@dataclass(frozen=True, slots=True)
class History:
    """All that was told of one call.

    Attributes
    ----------
    seen_at : int
        When the last news came.
    told : bool
        Whether its events have been published.
    """

    root: str
    instance: str
    parts: Mapping[str, Part] = field(default_factory=dict)
    asked_by: str | None = None
    seen_at: int = 0
    told: bool = False
    version: int = 0

    @property
    def due(self) -> int:
        """When it can be told if nothing more is heard of it, UTC ms."""
        parts = [part for part in self.parts.values() if part.method is not Method.MONITOR]
        if all(part.wrapped_at is not None for part in parts):
            return self.seen_at + GRACE_MS
        ends = [part.left[0] if part.left else None for part in parts if part.wrapped_at is None]
        known = [at for at in ends if at is not None]
        if len(known) == len(ends):
            return max(self.seen_at + GRACE_MS, max(known) + WRAP_UP_MS)
        return self.seen_at + SILENCE_MS


def merged(history: History | None, news: Sighting, now: int) -> History:
    """Return the history with what a message tells; the same one where that is nothing new."""
    if history is None:
        history = History(news.root, news.instance)
    known = history.parts.get(news.part.id)
    part = _both(known, news.part) if known is not None else news.part
    asked_by = _least(history.asked_by, news.asked_by)
    if part == known and asked_by == history.asked_by:
        return history
    return replace(
        history,
        parts={**history.parts, part.id: part},
        asked_by=asked_by,
        seen_at=now,
        version=history.version + 1,
    )


def as_told(history: History) -> History:
    """Return the history after its events have been published."""
    return replace(history, told=True, version=history.version + 1)


def _both(one: Part, other: Part) -> Part:
    """Return what two tellings of one part amount to, whichever came first."""
    methods = sorted({one.method, other.method} - {Method.UNKNOWN})
    return Part(
        id=one.id,
        method=methods[0] if methods else Method.UNKNOWN,
        channel=_least(one.channel or None, other.channel or None) or "",
        started_at=_least(one.started_at, other.started_at),
        queued=tuple(sorted({*one.queued, *other.queued})),
        agent=_least(one.agent, other.agent),
        left=_least(one.left, other.left),
        hold_ms=max(one.hold_ms, other.hold_ms),
        wrapped_at=_least(one.wrapped_at, other.wrapped_at),
    )


def _least(one: Any, other: Any) -> Any:
    return min((value for value in (one, other) if value is not None), default=None)


def encode(history: History) -> dict[str, Any]:
    """Return a history as plain values."""
    return asdict(history)


def decode(document: Mapping[str, Any]) -> History:
    """Return the history of :func:`encode`."""
    parts = {
        key: replace(
            Part(**{**part, "method": Method(part["method"])}),
            queued=tuple((int(at), str(queue)) for at, queue in part["queued"]),
            agent=_pair(part["agent"]),
            left=_pair(part["left"]),
        )
        for key, part in document["parts"].items()
    }
    return History(**{**document, "parts": parts})


def _pair(value: Any) -> tuple[int, str] | None:
    return (int(value[0]), str(value[1])) if value is not None else None
