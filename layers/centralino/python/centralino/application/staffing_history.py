"""How many calls came to a queue in each quarter of an hour: what the forecast is made of.

The stream relay writes one small item per batch and queue with the contacts that came, and only
for queues that are told to keep a history. A contact counts once however often its batch comes
again, because a day is the union of what its items name. Once a day is past it is folded into one
item of 96 numbers when it is first read. Items of a batch have partitions of their own day, and no
two batches write the same one: nothing is hot.

Quarters are those of the wall clock (nine o'clock is nine o'clock in summer and winter): on the
night it shows an hour twice, that hour counts both.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from centralino.application.app import App
from centralino.application.ports import Item
from centralino.application.staffing_plans import day_of, zone_of
from centralino.domain.configuration.model import Configuration
from centralino.domain.contacts.model import Channel, Contact, Direction
from centralino.domain.errors import CentralinoError, NotFound
from centralino.domain.staffing.slots import WEEKS, forecast

QUARTERS = 96
#: The forecast looks back this far, and a day more.
KEPT_S = (7 * WEEKS + 15) * 24 * 3600
#: From how long ago on no batch of a day can come any more: longer than a stream keeps records.
SETTLED_DAYS = 2
#: How long what a process has read of a past day is believed.
READ_MS = 3600_000
_JOINED = "ContactEnqueued"


def follow(app: App, contacts: Sequence[Contact]) -> None:
    """Take in who came to which queue in these writes.

    Never raises an error of the product's own: the batch must not come again for this.
    """
    configuration = app.configuration.current()
    came: dict[tuple[str, date], dict[str, int]] = {}
    names: dict[tuple[str, date], str] = {}
    for contact in contacts:
        if _counts(configuration, contact):
            queue = contact.queue or ""
            zone = zone_of(app, queue)
            at = contact.enqueued_at if contact.enqueued_at is not None else contact.updated_at
            key = (queue, day_of(at, zone))
            came.setdefault(key, {})[contact.id] = _quarter(at, zone)
            # By its first write: seen again, the batch writes the same item, and no other does.
            names.setdefault(key, f"{contact.id}#{contact.version}")
    for (queue, day), quarters in sorted(came.items()):
        name = names[queue, day]
        ttl = app.clock.now() // 1000 + KEPT_S
        try:
            app.operations.put(Item(_day(queue, day), name, {"came": quarters}, ttl))
        except CentralinoError as error:
            app.log.warning("calls_not_counted", queue=queue, code=error.code)


def expected(app: App, queue: str, start: int, volume: float) -> float:
    """Return how many calls to expect in a quarter of an hour.

    Parameters
    ----------
    volume : float
        What is expected where the queue has no history of such quarters.
    """
    zone = zone_of(app, queue)
    day, quarter = day_of(start, zone), _quarter(start, zone)
    history: list[int | None] = []
    for weeks in range(1, WEEKS + 1):
        before = day - timedelta(weeks=weeks)
        calls = None if _unlike(app, queue, before) else calls_on(app, queue, before)
        history.append(calls[quarter] if calls is not None else None)
    return forecast(history, volume)


def calls_on(app: App, queue: str, day: date) -> Sequence[int] | None:
    """Return the calls of each quarter of a local day; ``None``: nobody called, or none counted."""
    name, now = f"calls#{queue}#{day}", app.clock.now()
    hint = app.hints.get(name)
    if hint is not None and hint[0] > now:
        known: Sequence[int] | None = hint[1]
        return known
    found = _calls_on(app, queue, day)
    app.hints[name] = (now + READ_MS, found)
    return found


def _calls_on(app: App, queue: str, day: date) -> Sequence[int] | None:
    folded = app.operations.get(_folded(queue), day.isoformat())
    if folded is not None:
        return [int(calls) for calls in folded.attributes["calls"]]
    came: dict[str, int] = {}
    for item in app.operations.list(_day(queue, day)):
        came.update(item.attributes["came"])
    if not came:
        return None
    calls = [0] * QUARTERS
    for quarter in came.values():
        calls[int(quarter)] += 1
    now = app.clock.now()
    if day_of(now, zone_of(app, queue)) - day > timedelta(days=SETTLED_DAYS):
        ttl = now // 1000 + KEPT_S
        app.operations.put(Item(_folded(queue), day.isoformat(), {"calls": calls}, ttl))
    return calls


def _counts(configuration: Configuration, contact: Contact) -> bool:
    queue = configuration.queues.get(contact.queue or "")
    return (
        queue is not None
        and queue.callback.slots.history
        and contact.channel is Channel.VOICE
        and contact.direction is Direction.INBOUND
        and any(event.type == _JOINED for event in contact.events)
    )


def _unlike(app: App, queue: str, day: date) -> bool:
    """Tell whether a day had hours of its own or was a holiday: it says nothing of others."""
    try:
        hours = app.configuration.current().hours_of(queue)
    except NotFound:
        return False
    if hours is None:
        return False
    if day.isoformat() in hours.days:
        return True
    return hours.holidays is not None and day in app.holidays(hours.holidays, day.year)


def _quarter(at: int, zone: str) -> int:
    shown = datetime.fromtimestamp(at / 1000, ZoneInfo(zone))
    return shown.hour * 4 + shown.minute // 15


def _day(queue: str, day: date) -> str:
    return f"calls#{queue}#{day.isoformat()}"


def _folded(queue: str) -> str:
    return f"calls#{queue}"
