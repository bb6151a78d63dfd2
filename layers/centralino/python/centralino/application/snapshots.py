"""The snapshot of each queue: kept by the stream relay, read by the waiting loop.

The line is read from the index whenever a snapshot is written, so nothing of it can be lost or
doubled; what callers were told and what became of it is learned from the images that pass. A lost
write or a lost batch costs precision and nothing else, which is why no failure here stops the
relay. A queue is written at most once per batch and about once a second, and not at all while
nobody waits.
"""

from __future__ import annotations

from collections.abc import Sequence

from centralino.application.app import App
from centralino.application.ports import WaitingEntry
from centralino.application.snapshot_items import SORT_KEY, partition, snapshot_item, snapshot_of
from centralino.domain.configuration.model import Configuration, Queue
from centralino.domain.contacts.model import Contact, waiting_partition
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
from centralino.domain.promises.model import Snapshot, order_key, tag
from centralino.domain.promises.pace import AT_ONCE_MS

#: How old a snapshot the waiting loop may go by.
CACHED_MS = 2_000
#: Least time between two writes of one queue by one process.
WRITE_EVERY_MS = 1_000
#: How long a process believes that nobody waits in a queue, unless an image tells otherwise.
IDLE_MS = 30_000
#: What is read of one partition of the line; who stands behind counts as behind all of these.
LONGEST_LINE = 1_000
_ATTEMPTS = 3
_MOST_CARRIED = 200

_RETURNS = frozenset({"OfferDeclined", "OfferTimedOut", "OfferFailed"})
_LEAVES = frozenset({"ContactAbandoned", "ContactOverflowed", "ContactExpired"})


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
        queue = configuration.queues.get(contact.queue or "")
        if queue is not None and (queue.announce.position or queue.announce.wait):
            by_queue.setdefault(queue.id, []).append(contact)
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
    seen += [
        told
        for contact in contacts
        for event in contact.events
        if (told := _observation(contact, event, queue)) is not None
    ]
    waited = any(_waited(contact) for contact in contacts)
    idle_until, _ = app.hints.get(f"idle#{queue.id}", (0, None))
    if idle_until > now and not waited:
        # Everybody finds an agent free: nothing to announce, and nothing to learn from.
        return
    if app.hints.get(f"written#{queue.id}", (0, None))[0] > now:
        app.hints[f"carried#{queue.id}"] = (now, seen[-_MOST_CARRIED:])
        return
    _write(app, configuration, queue, seen, waited=waited)


def _write(
    app: App, configuration: Configuration, queue: Queue, seen: list[Observation], *, waited: bool
) -> None:
    line: list[tuple[int, int]] | None = None
    for _ in range(_ATTEMPTS):
        now = app.clock.now()
        before = _read(app, queue.id) or Snapshot()
        if not waited and not before.size and not before.pending:
            app.hints[f"idle#{queue.id}"] = (now + IDLE_MS, None)
            return
        app.hints.pop(f"idle#{queue.id}", None)
        if line is None:
            line = _line(app, configuration, queue)
        after = learn(before, seen, line, now)
        item = snapshot_item(queue.id, after)
        if app.operations.put_if(item, "version", below=after.version):
            app.hints[f"written#{queue.id}"] = (now + WRITE_EVERY_MS, None)
            return
    # Others keep writing it; what was learned goes in with the next batch.
    app.hints[f"carried#{queue.id}"] = (app.clock.now(), seen[-_MOST_CARRIED:])


def _carried(app: App, queue: Queue) -> list[Observation]:
    carried: list[Observation] = app.hints.pop(f"carried#{queue.id}", (0, []))[1]
    return list(carried)


def _waited(contact: Contact) -> bool:
    """Tell whether this write is about a contact that found no agent free."""
    if promise_of(contact) is not None:
        return True
    if contact.enqueued_at is None or not contact.events:
        return False
    return contact.updated_at - contact.enqueued_at >= AT_ONCE_MS and any(
        event.type in _LEAVES or event.type in ("ContactOffered", "ContactRequeued")
        for event in contact.events
    )


def _observation(contact: Contact, event: Event, queue: Queue) -> Observation | None:
    """Return what an event of a contact tells about its queue, if anything."""
    mark, at, promise = tag(contact.id), contact.updated_at, promise_of(contact)
    key = _order(queue, contact.tier, contact.virtual_time or 0)
    if event.type == PROMISE_MADE and promise is not None:
        return Announced(mark, key, promise) if event.data["kind"] == WAIT else None
    if event.type == "ContactOffered":
        return Assigned(mark, key, contact.enqueued_at or at, at)
    if event.type in _RETURNS:
        return Returned(mark, at)
    if event.type == "ContactConnected":
        segment = contact.segment
        # The offer's own time is not on the contact; its acknowledgment follows it at once.
        offered = contact.acknowledged_at or (segment.accepted_at if segment else at)
        return Answered(mark, at, max(0, at - offered), promise)
    converted = event.type == "ContactClosed" and event.data.get("outcome") == "converted"
    if (event.type in _LEAVES and event.data.get("stage") != "menu") or converted:
        return Left(mark, key, at, promise)
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
