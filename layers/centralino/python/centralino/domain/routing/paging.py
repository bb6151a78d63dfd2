"""What else would have to be read, or when to look again, for a matching to be final.

K is a page size, never a bound: a partition that goes on is wanted exactly when what follows
could change an assignment. Nothing is read here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Any, TypeAlias

from centralino.domain.contacts.model import Channel
from centralino.domain.routing.demands import Demands, Line
from centralino.domain.routing.exchange import Pair
from centralino.domain.routing.model import Snapshot, WaitingContact, WaitingPages
from centralino.domain.routing.seats import Kind, Seating
from centralino.domain.routing.strategies import ORDERED_BY_INDEX

Row: TypeAlias = "tuple[int, int, str, WaitingContact, Line]"
Place: TypeAlias = "tuple[int, int, int, str]"


def wanted(
    snapshot: Snapshot[Any, Any],
    seating: Seating,
    demands: Demands,
    pairs: list[Pair],
    unserved: list[Row],
) -> frozenset[str]:
    """Return the partitions whose next page could change the assignments.

    A waiting partition, when its next contact could have an agent that is free or serves a
    contact of a later place. A partition of agents, when somebody unserved could have one of
    them, when all that was read of it is taken, or when a queue's strategy orders agents
    otherwise than the index does, so that the best may be on any page.
    """
    wants: set[str] = set()
    if any(pages.more for pages in snapshot.waiting.values()):
        latest = _latest(pairs)
        for key, pages in snapshot.waiting.items():
            if pages.more and _could_serve_next(pages, seating, demands, latest):
                wants.add(key)
    if any(pages.more for pages in snapshot.available.values()):
        wants |= _agents_wanted(snapshot, seating, pairs, unserved)
    return frozenset(wants)


def next_look(unserved: Iterable[Row], now: int) -> int | None:
    """Return when one of these contacts will accept more agents by time alone."""
    first: int | None = None
    for _, _, _, contact, line in unserved:
        since, breaks = contact.enqueued_at, line.breaks
        coming = bisect_right(breaks, now - since)
        if coming < len(breaks) and (first is None or since + breaks[coming] < first):
            first = since + breaks[coming]
        if contact.tried or contact.preferred is not None:
            times = [until for until in contact.tried.values() if until > now]
            if contact.preferred is not None and since + line.plan.prefer_ms > now:
                times.append(since + line.plan.prefer_ms)
            first = min([*times, first] if first is not None else times, default=None)
    return first


def _latest(pairs: list[Pair]) -> dict[Kind, Place]:
    """Return by kind the latest place in order that its agents serve."""
    latest: dict[Kind, Place] = {}
    for pair in pairs:
        kind, contact = pair.seat.kind, pair.contact
        place = _place(contact, kind)
        if place > latest.get(kind, (-1, 0, 0, "")):
            latest[kind] = place
    return latest


def _place(contact: WaitingContact, kind: Kind) -> Place:
    priority = kind.serves[contact.queue].priority
    return contact.tier, priority, contact.virtual_time, contact.contact


def _could_serve_next(
    pages: WaitingPages[Any], seating: Seating, demands: Demands, latest: dict[Kind, Place]
) -> bool:
    if not pages.entries:
        return True
    last = max(pages.entries, key=lambda e: (e.tier, e.virtual_time, e.contact))
    line = demands.line(pages.queue, pages.plan, last.channel)
    if line is None:
        return False
    for kind in seating.kinds:
        if not demands.could_take(line, kind):
            continue
        if kind in latest and latest[kind] > _place(last, kind):
            return True
        if any(seat.room(line.channel) for seat in kind.seats):
            return True
    return False


def _agents_wanted(
    snapshot: Snapshot[Any, Any], seating: Seating, pairs: list[Pair], unserved: list[Row]
) -> set[str]:
    open_queues = {(row[4].queue.id, row[4].channel) for row in unserved}
    otherwise = {
        (line.queue.id, line.channel)
        for line in [row[4] for row in unserved] + [pair.demand.line for pair in pairs]
        if line.queue.strategy not in ORDERED_BY_INDEX
    }
    serving: dict[str, set[str]] = {}
    for kind in seating.kinds:
        serving.setdefault(kind.profile, set()).update(kind.serves)
    wants = set()
    for key, pages in snapshot.available.items():
        if not pages.more:
            continue
        queues = serving.get(pages.profile)
        if queues is None:
            # Nothing usable was read of this profile so far: what follows may be.
            wants.add(key)
            continue
        used_up = not any(
            _still_open(seating, entry.agent, pages.channels) for entry in pages.entries
        )
        if used_up or any(
            queue in queues and channel in pages.channels
            for queue, channel in open_queues | otherwise
        ):
            wants.add(key)
    return wants


def _still_open(seating: Seating, agent: str, channels: frozenset[Channel]) -> bool:
    seat = seating.by_agent.get(agent)
    return seat is not None and any(seat.room(channel) for channel in channels)
