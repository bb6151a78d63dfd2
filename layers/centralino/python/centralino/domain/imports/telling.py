"""The events of a call that another contact centre handled, as if it had been ours.

The parts of a call, transfers included, are one contact from first ring to close, as everywhere
else in this product: so the figures mean the same for calls of both kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from centralino.domain.events import Occurrence
from centralino.domain.ids import event_id, offer_id
from centralino.domain.imports.history import History, Method, Part

#: The queue of somebody whom an agent called or was connected to without one.
NO_QUEUE = "direct"


@dataclass(frozen=True, slots=True)
class Names:
    """What the other centre's ids are called here.

    Attributes
    ----------
    contact : str
        Our contact id of the call.
    correlation : str
        The contact at which its story begins.
    queue, agent : callable
        Return our id of the other centre's.
    """

    contact: str
    correlation: str
    business_unit: str
    queue: Callable[[str], str]
    agent: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class _Served:
    """A part with an agent, as its events name it, and when its talk ended."""

    part: Part
    who: dict[str, Any]
    ended: int | None


@dataclass(frozen=True, slots=True)
class _Told:
    at: int
    type: str
    data: dict[str, Any]


def occurrences(history: History, names: Names) -> list[Occurrence]:
    """Return the events of a call that is over, in order, numbered from 1.

    The same history always gives the same events with the same ids, so telling it twice is
    recognised as such. Parts of which only a supervisor's listening is known tell nothing.
    """
    parts = [part for part in history.parts.values() if part.method is not Method.MONITOR]
    parts.sort(key=lambda part: (_began(part), part.id))
    if not parts:
        return []
    told = [*_told(parts, names)]
    # Of what happened in the same millisecond the order of the telling holds: sorting is stable.
    told.sort(key=lambda one: one.at)
    return [
        Occurrence(
            type=one.type,
            event_id=event_id(names.contact, number),
            entity_id=names.contact,
            sequence=number,
            correlation_id=names.correlation,
            causation_id=None,
            occurred_at=one.at,
            business_unit=names.business_unit,
            data=one.data,
        )
        for number, one in enumerate(told, start=1)
    ]


def _told(parts: list[Part], names: Names) -> Iterator[_Told]:
    first = parts[0]
    began = _began(first)
    channel = "callback" if first.method is Method.CALLBACK else first.channel or "voice"
    direction = "outbound" if first.method is Method.OUTBOUND else "inbound"
    yield _Told(began, "ContactStarted", {"channel": channel, "direction": direction, "line": None})
    queue, waiting_since, leg = NO_QUEUE, began, 0
    served: list[_Served] = []
    for part in parts:
        for at, name in part.queued:
            queue, waiting_since, leg = names.queue(name), max(at, began), leg + 1
            yield _Told(
                waiting_since,
                "ContactEnqueued",
                {
                    "queue": queue,
                    "channel": channel,
                    "direction": direction,
                    "priority": 0,
                    "enqueued_at": waiting_since,
                    "leg": leg,
                },
            )
        if part.agent is None:
            continue
        at = max(part.agent[0], began)
        rid = offer_id(names.contact, len(served) + 1)
        who = {"queue": queue, "agent_id": names.agent(part.agent[1]), "rid": rid}
        served.append(_Served(part, who, _talk_ended(part)))
        since = waiting_since if part.queued else at
        yield _Told(at, "ContactConnected", {**who, "enqueued_at": since, "waited_ms": at - since})
        ended = served[-1].ended
        if ended is not None:
            hold = min(part.hold_ms, ended - at)
            yield _Told(
                ended,
                "ContactWrapupStarted",
                {
                    **who,
                    "ended_by": part.left[1] if part.left else "system",
                    "talk_ms": ended - at - hold,
                    "hold_ms": hold,
                },
            )
    yield from _ends(parts, served, queue if leg else None, waiting_since if leg else began)


def _ends(
    parts: list[Part], served: list[_Served], queue: str | None, since: int
) -> Iterator[_Told]:
    """Tell how each wrap-up ended, and the call. ``since`` is when its last waiting began."""
    over = max([since, *(at for part in parts if (at := part.last_known) is not None)])
    # Of the wrap-ups, the one that ends last is told by the close.
    last = max(served, key=lambda one: (one.part.wrapped_at or over, one.part.id), default=None)
    for one in served:
        if one is not last and one.ended is not None:
            wrapped = max(one.part.wrapped_at or one.ended, one.ended)
            data = {**one.who, "disposition": None, "wrapup_ms": wrapped - one.ended}
            yield _Told(wrapped, "ContactWrapupEnded", data)
    left = parts[-1].left
    if last is not None:
        outcome = "handled" if all(part.left is not None for part in parts) else "system"
        who = last.who if last.ended is not None else {**last.who, "rid": None}
        wrap_up = over - last.ended if last.ended is not None else None
        yield _closed(over, outcome, who, wrap_up)
    elif left is not None and left[1] == "caller":
        waited = over - since if queue is not None else 0
        stage = "queue" if queue is not None else "menu"
        yield _Told(over, "ContactAbandoned", {"queue": queue, "stage": stage, "waited_ms": waited})
    else:
        # A flow that hung up without a queue has served the caller by itself.
        outcome = "self_served" if queue is None and left is not None else "system"
        yield _closed(over, outcome, {"queue": queue, "agent_id": None, "rid": None}, None)


def _closed(at: int, outcome: str, who: dict[str, Any], wrap_up: int | None) -> _Told:
    data = {**who, "outcome": outcome, "disposition": None, "wrapup_ms": wrap_up}
    return _Told(at, "ContactClosed", data)


def _talk_ended(part: Part) -> int | None:
    """Return when the talk of a part with an agent was over, as far as anybody knows."""
    if part.agent is None:
        return None
    if part.left is not None:
        return max(part.left[0], part.agent[0])
    return part.wrapped_at


def _began(part: Part) -> int:
    times = [at for at, _ in part.queued]
    times += [pair[0] for pair in (part.agent, part.left) if pair is not None]
    times += [at for at in (part.started_at, part.wrapped_at) if at is not None]
    return min(times, default=0)
