"""The times of a queue that customers can pick, and the places in them.

A slot is one item that names who has its places. Taking one is one conditional write on it, so
of any number who want the last place one gets it, and a callback never has two places of a slot.
A place is taken before the contact is written; one behind which no contact stands any more is
void once no process can still be at work on it, and goes to the next who asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from centralino.application import retired, staffing_history, staffing_plans
from centralino.application.app import App
from centralino.application.callbacks import timing
from centralino.application.callbacks.items import IN_FLIGHT_MS
from centralino.application.ports import Item
from centralino.domain.callbacks.model import UNREACHED
from centralino.domain.callbacks.rules import Times
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import Conflict, RuleViolation
from centralino.domain.staffing.slots import (
    DAY_MS,
    QUARTER_MS,
    Slot,
    SlotRules,
    Standard,
    capacity,
    present_of,
    quarter_of,
)

#: Agents who are absent now are absent in slots that begin this soon.
NEAR_MS = 2 * 3600_000
#: Each lost race means that another one has got a place: many may meet before it is full.
TRIES = 100
KEPT_S = 2 * 24 * 3600
#: How long a full slot whose places were held against their contacts is believed to be full.
_CHECKED_MS = 60_000


def rules_of(app: App, queue: str) -> SlotRules:
    """Return how the times of a queue are given out.

    Raises
    ------
    NotFound
        There is no such queue (``unknown_queue``).
    """
    return retired.rules_of(app, queue).callback.slots


def slot_of(at: int | None) -> int | None:
    """Return the beginning of the slot in which a moment lies; none of none."""
    return quarter_of(at) if at is not None else None


def free(app: App, queue: str, start: int, end: int) -> list[Slot]:
    """Return the slots with a free place that begin in a half-open span, in order.

    Only those that can still be had: ahead of now, within the horizon, their whole window in the
    hours in which customers may be called.

    Raises
    ------
    NotFound
        There is no such queue (``unknown_queue``).
    """
    rules, now = rules_of(app, queue), app.clock.now()
    first = max(quarter_of(start + QUARTER_MS - 1), quarter_of(now) + QUARTER_MS)
    last = min(end, now + rules.ahead_ms + 1)
    starts = _open_quarters(timing.times_of(app, queue), rules, first, last)
    return [slot for slot in slots(app, queue, starts) if slot.free]


def slots(app: App, queue: str, starts: Sequence[int]) -> list[Slot]:
    """Return these quarters of a queue as they stand, whether or not they can be had."""
    places = _all_places(app, queue, starts)
    room = _capacities(app, queue, starts)
    found = []
    for start in starts:
        taken: Mapping[str, int] = places.get(start, {})
        if taken and len(taken) >= room[start]:
            taken = _believed(app, queue, start, taken)
        found.append(Slot(start, start + QUARTER_MS, room[start], len(taken)))
    return found


def window(app: App, queue: str, at: int) -> tuple[int, int]:
    """Return the window that is promised for a moment a customer picked.

    Raises
    ------
    NotFound
        There is no such queue (``unknown_queue``).
    RuleViolation
        The slot has begun (``time_past``), lies beyond the horizon (``too_far_ahead``), or its
        window is not within the hours in which customers may be called (``time_closed``).
    """
    rules, now = rules_of(app, queue), app.clock.now()
    start = quarter_of(at)
    if start < now:
        raise RuleViolation("this time has come already", code="time_past")
    if start > now + rules.ahead_ms:
        raise RuleViolation("this time is too far ahead", code="too_far_ahead")
    promised = (start, start + rules.window_ms)
    if not timing.times_of(app, queue).open_throughout(*promised):
        raise RuleViolation("nobody calls at this time", code="time_closed")
    return promised


def take(app: App, queue: str, start: int, contact_id: str) -> None:
    """Take a place in a slot; who has one keeps it, as one taken now.

    Raises
    ------
    RuleViolation
        There is none left (``slot_full``).
    Conflict
        Too many wanted one at once: it may be asked again.
    """
    key = _day(queue, start), str(start)
    for _ in range(TRIES):
        item = app.operations.get(*key)
        places, version = _places(item), _version(item)
        if contact_id not in places:
            room = _capacities(app, queue, [start])[start]
            if len(places) >= room:
                places = _valid(app, queue, start, places)
            if len(places) >= room:
                raise RuleViolation("this time has just been taken", code="slot_full")
        if _put(app, key, version, {**places, contact_id: app.clock.now()}):
            return
    raise Conflict("too many want this time at once")


def give_back(
    app: App, queue: str, start: int, contact_id: str, *, since: int | None = None
) -> None:
    """Give back a place, if it is had; the next who asks may take it.

    One taken after ``since`` stays: the callback is coming back there meanwhile.
    """
    key = _day(queue, start), str(start)
    for _ in range(TRIES):
        item = app.operations.get(*key)
        places = _places(item)
        if contact_id not in places or (since is not None and places[contact_id] > since):
            return
        left = {who: at for who, at in places.items() if who != contact_id}
        if _put(app, key, _version(item), left):
            return
    # It is void all the same: nobody stands behind it.
    app.log.warning("place_not_given_back", queue=queue, contact_id=contact_id)


def promised_in(app: App, queue: str, first: int, last: int) -> list[Slot]:
    """Return the slots from ``first`` up to ``last`` of which something is promised, in order."""
    days = range(first - first % DAY_MS, last, DAY_MS)
    starts = sorted(
        start
        for items in app.fan_out(app.operations.list, [_day(queue, day) for day in days])
        for item in items
        if item.attributes["places"] and first <= (start := int(item.sk)) < last
    )
    return slots(app, queue, starts)


def leave(app: App, contact: Contact) -> None:
    """Give back the place of a callback that ended before its customer was reached."""
    callback = contact.callback
    if callback is None or callback.slot is None or callback.state not in UNREACHED:
        return
    if callback.slot + KEPT_S * 1000 > app.clock.now():
        give_back(app, contact.queue or "", callback.slot, contact.id)


def holders(app: App, queue: str, start: int) -> list[str]:
    """Return the contacts that have a place in a slot, those who took it first in front."""
    places = _places(app.operations.get(_day(queue, start), str(start)))
    return sorted(places, key=lambda who: (places[who], who))


def _open_quarters(times: Times, rules: SlotRules, first: int, last: int) -> list[int]:
    """Return the quarters from ``first`` up to ``last`` whose whole window is allowed."""
    found, start = [], first
    while start < last:
        opens = times.next(start)
        if opens is None:
            break
        if opens > start:
            start = quarter_of(opens + QUARTER_MS - 1)
            continue
        if times.open_throughout(start, start + rules.window_ms):
            found.append(start)
        start += QUARTER_MS
    return found


def _capacities(app: App, queue: str, starts: Sequence[int]) -> dict[int, int]:
    """Return how many callbacks each quarter can hold, as things stand now."""
    queue_rules = retired.rules_of(app, queue)
    rules = queue_rules.callback.slots
    standard = Standard(
        rules.handling_ms,
        queue_rules.sla_target_ms,
        queue_rules.sla_percent / 100,
        rules.share,
        rules.most,
    )
    planned = staffing_plans.planned(app, queue, starts)
    near = app.clock.now() + NEAR_MS
    missing = staffing_plans.absent(app, queue) if any(s <= near for s in starts) else 0
    found = {}
    for start in starts:
        agents = present_of(planned[start], missing if start <= near else 0)
        calls = staffing_history.expected(app, queue, start, rules.volume) if agents else 0.0
        found[start] = capacity(agents, calls, standard)
    return found


def _all_places(app: App, queue: str, starts: Sequence[int]) -> dict[int, dict[str, int]]:
    days = sorted({_day(queue, start) for start in starts})
    wanted = set(starts)
    return {
        int(item.sk): _places(item)
        for items in app.fan_out(app.operations.list, days)
        for item in items
        if int(item.sk) in wanted
    }


def _believed(app: App, queue: str, start: int, places: Mapping[str, int]) -> Mapping[str, int]:
    """Return the places of a full slot that stand, looked at only so often."""
    name, now = f"places#{queue}#{start}", app.clock.now()
    hint = app.hints.get(name)
    if hint is not None and hint[0] > now and hint[1] >= set(places):
        return places
    valid = _valid(app, queue, start, places)
    if len(valid) == len(places):
        app.hints[name] = (now + _CHECKED_MS, set(places))
    return valid


def _valid(app: App, queue: str, start: int, places: Mapping[str, int]) -> dict[str, int]:
    """Return the places behind which a callback stands, or may be about to."""
    now = app.clock.now()
    settled = [who for who, at in places.items() if now - at >= IN_FLIGHT_MS]
    gone = {
        who
        for who, contact in zip(settled, app.fan_out(app.store.contact, settled), strict=True)
        if contact is None
        or contact.callback is None
        or (contact.queue, contact.callback.slot) != (queue, start)
        or contact.callback.state in UNREACHED
    }
    return {who: at for who, at in places.items() if who not in gone}


def _put(app: App, key: tuple[str, str], version: int, places: Mapping[str, int]) -> bool:
    ttl = int(key[1]) // 1000 + KEPT_S
    after = Item(*key, {"version": version + 1, "places": dict(places)}, ttl)
    return app.operations.put_if(after, "version", below=version + 1)


def _places(item: Item | None) -> dict[str, int]:
    if item is None:
        return {}
    return {str(who): int(at) for who, at in item.attributes["places"].items()}


def _version(item: Item | None) -> int:
    return int(item.attributes["version"]) if item is not None else 0


def _day(queue: str, start: int) -> str:
    return f"callback-slots#{queue}#{datetime.fromtimestamp(start / 1000, UTC).date()}"
