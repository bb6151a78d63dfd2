"""What else would have to be read, or when to look again, for a matching to be final.

K is a page size, never a bound: a partition that goes on is wanted exactly when what follows
could change an assignment. Nothing is read here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from typing import Any, TypeAlias

from centralino.domain.contacts.model import Channel
from centralino.domain.routing.exchange import Matched
from centralino.domain.routing.lanes import Lanes
from centralino.domain.routing.lines import Line, Lines
from centralino.domain.routing.model import Snapshot, WaitingContact
from centralino.domain.routing.seats import Seating
from centralino.domain.routing.strategies import ORDERED_BY_INDEX

#: The contacts left without an agent, by line.
Left: TypeAlias = "Mapping[Line, list[WaitingContact]]"


def wanted(
    snapshot: Snapshot[Any, Any],
    seating: Seating,
    lanes: Lanes,
    lines: Lines,
    matched: Matched,
    left: Left,
) -> frozenset[str]:
    """Return the partitions whose next page could change the assignments.

    A waiting partition, when its next contact could have an agent that is free or serves a
    contact of a later place. A partition of agents, when somebody unserved could have one of
    them, when all that was read of it is taken, or when a queue's strategy orders agents
    otherwise than the index does, so that the best may be on any page.
    """
    wants: set[str] = set()
    if [pages for pages in snapshot.waiting.values() if pages.more]:
        wants |= _contacts_wanted(snapshot, seating, lanes, lines, matched)
    if [pages for pages in snapshot.available.values() if pages.more]:
        wants |= _agents_wanted(snapshot, seating, lines, left)
    return frozenset(wants)


def next_look(left: Left, now: int) -> int | None:
    """Return when one of these contacts will accept more agents by time alone."""
    times: list[int] = []
    for line, contacts in left.items():
        if line.breaks:
            since = sorted([contact.enqueued_at for contact in contacts])
            for age in line.breaks:
                # The first who has yet to come to this age.
                index = bisect_right(since, now - age)
                if index < len(since):
                    times.append(since[index] + age)
        for contact in [c for c in contacts if c.tried or c.preferred is not None]:
            times += [until for until in contact.tried.values() if until > now]
            kept_until = contact.enqueued_at + line.plan.prefer_ms
            if contact.preferred is not None and kept_until > now:
                times.append(kept_until)
    return min(times, default=None)


def _contacts_wanted(
    snapshot: Snapshot[Any, Any],
    seating: Seating,
    lanes: Lanes,
    lines: Lines,
    matched: Matched,
) -> set[str]:
    wants: set[str] = set()
    base = lanes.base
    turns = [
        (c.tier, seating.posts[place].serves[c.queue].priority, c.virtual_time, c.contact)
        for (c, _, _), place in zip(matched.assignments, matched.places, strict=True)
    ]
    free = {channel: base.free(channel) for channel in {line.channel for line in lines.all}}
    asked: list[tuple[int, str, int]] = []
    for key, pages in snapshot.waiting.items():
        if not pages.more:
            continue
        if not pages.entries:
            wants.add(key)
            continue
        last = max(pages.entries, key=lambda e: (e.tier, e.virtual_time, e.contact))
        line = lines.line(pages.queue, pages.plan, last.channel)
        if line is None:
            continue
        able = 0
        for need in line.needs:
            able |= base.meeting(need)
        for level in line.levels:
            could = able & base.serving(pages.queue, level)
            if could & free[line.channel]:
                wants.add(key)
            else:
                turn = (last.tier, level, last.virtual_time, last.contact)
                asked.append((bisect_right(turns, turn), key, could))
    # From the last assignment backwards: who serves a contact whose turn is later.
    later = 0
    at = len(turns)
    for index, key, could in sorted(asked, reverse=True):
        for place in matched.places[index:at]:
            later |= 1 << base.bits[place]
        at = index
        if could & later:
            wants.add(key)
    return wants


def _agents_wanted(
    snapshot: Snapshot[Any, Any], seating: Seating, lines: Lines, left: Left
) -> set[str]:
    open_queues = {(line.queue.id, line.channel) for line in left}
    otherwise = {
        (line.queue.id, line.channel)
        for line in lines.all
        if line.queue.strategy not in ORDERED_BY_INDEX
    }
    serving = {post.profile: post.serves for post in seating.all_posts}
    wants = set()
    for key, pages in snapshot.available.items():
        if not pages.more:
            continue
        queues = serving.get(pages.profile)
        if queues is None:
            # Nothing usable was read of this profile so far: what follows may be.
            wants.add(key)
            continue
        if not queues:
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
    place = seating.stands(agent)
    return place is not None and not channels.isdisjoint(seating.free[place])
