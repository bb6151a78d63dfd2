"""The snapshot of each queue: kept by the stream relay, read by the waiting loop.

The line is read from the index whenever a snapshot is written, so nothing of it can be lost or
doubled; what callers were told and what became of it is learned from the images that pass. A lost
write or a lost batch costs precision and nothing else, which is why no failure here stops the
relay.

What it costs is bounded: a queue is written when its line has changed, once for about ten
assignments, but not more often than every second nor, in a slow queue, later than five seconds
after the change; by whichever process comes first; and not at all while nobody waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from centralino.application.app import App
from centralino.application.ports import WaitingEntry
from centralino.application.snapshot_items import SORT_KEY, partition, snapshot_item, snapshot_of
from centralino.domain.configuration.model import Configuration, Queue
from centralino.domain.configuration.overflow import CALLBACK
from centralino.domain.contacts.model import Contact, ContactState, waiting_partition
from centralino.domain.errors import CentralinoError, NotFound
from centralino.domain.events import Event
from centralino.domain.promises.announcing import PROMISE_MADE, WAIT, promise_of
from centralino.domain.promises.learning import (
    Announced,
    Answered,
    Assigned,
    Left,
    Observation,
    Returned,
    learn,
)
from centralino.domain.promises.model import Snapshot, mark, order_key, tag
from centralino.domain.promises.pace import AT_ONCE_MS

#: How old a snapshot the waiting loop may go by.
CACHED_MS = 2_000
#: Time between two writes of one queue: that of so many assignments, within these bounds.
ASSIGNMENTS_PER_WRITE = 10
LEAST_PAUSE_MS, MOST_PAUSE_MS = 1_000, 5_000
#: How long a process believes that nobody waits in a queue, unless an image tells otherwise.
IDLE_MS = 30_000
#: What is read of one partition of the line; who stands behind counts as behind all of these.
LONGEST_LINE = 1_000
_ATTEMPTS = 3
_MOST_CARRIED = 200

_RETURNS = frozenset({"OfferDeclined", "OfferTimedOut", "OfferFailed"})
_OFFERED, _OVERFLOWED = "ContactOffered", "ContactOverflowed"
_CONVERTED = ("converted", "message")
_LEAVES = frozenset({"ContactAbandoned", _OVERFLOWED, "ContactExpired"})


def current(app: App, queue: str) -> Snapshot | None:
    """Return a queue's snapshot, at most two seconds old; ``None`` before there is one."""
    key, now = f"snapshot#{queue}", app.clock.now()
    known = app.hints.get(key)
    if known is not None and known[0] > now:
        found: Snapshot | None = known[1]
        return found
    snapshot = _read(app, queue)
    app.hints[key] = (now + CACHED_MS, snapshot)
    return snapshot


def follow(app: App, contacts: Sequence[Contact]) -> None:
    """Take in what these writes tell of the queues that announce waits.

    Never raises an error of the product's own: the batch must not come again for this.
    """
    configuration = app.configuration.current()
    by_queue: dict[str, list[Contact]] = {}
    for contact in contacts:
        for name in _queues(contact):
            queue = configuration.queues.get(name)
            if queue is not None and (queue.announce.position or queue.announce.wait):
                by_queue.setdefault(name, []).append(contact)
    for name in sorted(by_queue):
        try:
            _follow(app, configuration, configuration.queues[name], by_queue[name])
        except CentralinoError as error:
            app.log.warning("snapshot_not_written", queue=name, code=error.code)


def _follow(
    app: App, configuration: Configuration, queue: Queue, contacts: Sequence[Contact]
) -> None:
    now = app.clock.now()
    seen = _carried(app, queue)
    waited = bool(seen) or _waited(contacts)
    idle_until, _ = app.hints.get(f"idle#{queue.id}", (0, None))
    if idle_until > now and not waited:
        # Everybody finds an agent free: nothing to announce, and nothing to learn from.
        return
    seen += [
        told
        for contact in contacts
        for sequence, event in _numbered(contact)
        if (told := _observation(contact, event, sequence, queue)) is not None
    ]
    paused = app.hints.get(f"written#{queue.id}", (0, None))[0] > now
    if paused or not any(map(_moves_line, contacts)):
        _carry(app, queue, seen)
    else:
        _write(app, configuration, queue, seen, waited=waited)


def _write(
    app: App, configuration: Configuration, queue: Queue, seen: list[Observation], *, waited: bool
) -> None:
    line: list[tuple[int, int]] | None = None
    for _ in range(_ATTEMPTS):
        now = app.clock.now()
        before = _read(app, queue.id) or Snapshot()
        if now < (next_at := before.at + _pause(before)):
            # Another process has just written it.
            app.hints[f"written#{queue.id}"] = (next_at, None)
            break
        if line is None:
            line = _line(app, configuration, queue)
        if not (waited or line or before.size or before.pending):
            app.hints[f"idle#{queue.id}"] = (now + IDLE_MS, None)
            return
        app.hints.pop(f"idle#{queue.id}", None)
        after = learn(before, seen, line, now)
        item = snapshot_item(queue.id, after)
        if app.operations.put_if(item, "version", below=after.version):
            app.hints[f"written#{queue.id}"] = (now + _pause(after), None)
            return
    # Others keep writing it; what was learned goes in with a later batch.
    _carry(app, queue, seen)


def _pause(snapshot: Snapshot) -> int:
    pause = round(ASSIGNMENTS_PER_WRITE * snapshot.pace.gap_ms)
    return min(max(pause, LEAST_PAUSE_MS), MOST_PAUSE_MS)


def _carry(app: App, queue: Queue, seen: list[Observation]) -> None:
    if seen:
        app.hints[f"carried#{queue.id}"] = (app.clock.now(), seen[-_MOST_CARRIED:])


def _carried(app: App, queue: Queue) -> list[Observation]:
    carried: list[Observation] = app.hints.pop(f"carried#{queue.id}", (0, []))[1]
    return list(carried)


def _queues(contact: Contact) -> set[str]:
    """Return the queues this write is about: one that overflowed into another is about both."""
    overflowed = {e.data["queue"] for e in contact.events if e.type == _OVERFLOWED}
    return overflowed | ({contact.queue} if contact.queue else set())


def _waited(contacts: Sequence[Contact]) -> bool:
    """Tell whether anybody in these writes found no agent free, as far as they tell."""
    joined = {contact.id for contact in contacts if _joins(contact)}
    found = {c.id for c in contacts if any(event.type == _OFFERED for event in c.events)}
    return bool(joined - found) or any(map(_has_waited, contacts))


def _has_waited(contact: Contact) -> bool:
    if promise_of(contact) is not None:
        return True
    if contact.enqueued_at is None or not _moves_line(contact):
        return False
    return contact.updated_at - contact.enqueued_at >= AT_ONCE_MS


def _moves_line(contact: Contact) -> bool:
    return _joins(contact) or any(
        event.type == _OFFERED or event.type in _LEAVES or _is_converted(event)
        for event in contact.events
    )


def _joins(contact: Contact) -> bool:
    waits = contact.state is ContactState.WAITING
    return waits and any(event.type != PROMISE_MADE for event in contact.events)


def _is_converted(event: Event) -> bool:
    return event.type == "ContactClosed" and event.data.get("outcome") in _CONVERTED


def _numbered(contact: Contact) -> Iterable[tuple[int, Event]]:
    return enumerate(contact.events, start=contact.sequence - len(contact.events) + 1)


def _observation(contact: Contact, event: Event, sequence: int, queue: Queue) -> Observation | None:
    """Return what an event of a contact tells about a queue, if anything."""
    once, who = mark(contact.id, sequence), tag(contact.id)
    at, promise = contact.updated_at, promise_of(contact)
    key = _order(queue, contact.tier, contact.virtual_time or 0)
    if event.type == _OVERFLOWED:
        if event.data["queue"] != queue.id or not event.data["waited_ms"]:
            return None
        if event.data["action"] == CALLBACK:
            return None  # It is asked something, and waits on.
        # Its place in this line is gone with its place in the next one, if it has one.
        return Left(once, who, key, at, promise if contact.queue == queue.id else None)
    if contact.queue != queue.id:
        return None
    if event.type == PROMISE_MADE and promise is not None:
        return Announced(once, who, key, promise) if event.data["kind"] == WAIT else None
    if event.type == _OFFERED:
        return Assigned(once, who, key, contact.enqueued_at or at, at)
    if event.type in _RETURNS:
        return Returned(once, who, at)
    if event.type == "ContactConnected":
        segment = contact.segment
        # The offer's own time is not on the contact; its acknowledgment follows it at once.
        offered = contact.acknowledged_at or (segment.accepted_at if segment else at)
        return Answered(once, who, at, max(0, at - offered), promise)
    if (event.type in _LEAVES and event.data.get("stage") != "menu") or _is_converted(event):
        return Left(once, who, key, at, promise)
    return None


def _line(app: App, configuration: Configuration, queue: Queue) -> list[tuple[int, int]]:
    """Return order key and time of coming of everybody who waits, in order."""
    try:
        pool = configuration.pool_of(queue.id).id
    except NotFound:
        return []
    keys = [
        waiting_partition(pool, queue.id, plan, shard)
        for plan in queue.plans
        for shard in range(queue.shards)
    ]

    def entries(key: str) -> Sequence[WaitingEntry]:
        return app.store.waiting(key, None, LONGEST_LINE).entries

    return sorted(
        (_order(queue, entry.tier, entry.virtual_time), entry.enqueued_at)
        for page in app.fan_out(entries, keys)
        for entry in page
    )


def _order(queue: Queue, tier: int, virtual_time: int) -> int:
    return order_key(tier, queue.tier, virtual_time)


def _read(app: App, queue: str) -> Snapshot | None:
    item = app.operations.get(partition(queue), SORT_KEY)
    return None if item is None else snapshot_of(item.attributes)
