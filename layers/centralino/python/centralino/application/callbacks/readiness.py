"""Whether an agent is likely to be free for a customer who is to be rung first."""

from __future__ import annotations

from centralino.application import snapshots, waiting
from centralino.application.app import App
from centralino.application.callbacks import items, timing
from centralino.domain.callbacks.readiness import ready_to_ring, ring_by
from centralino.domain.callbacks.rules import RING_MS
from centralino.domain.configuration.pools import available_partitions
from centralino.domain.contacts import callbacks
from centralino.domain.contacts.model import Channel, Contact, waiting_key, waiting_partition
from centralino.domain.promises.estimate import estimate, knows_enough
from centralino.domain.promises.model import order_key

#: How often a customer who cannot be rung yet is looked at again, by how far off an agent is.
AGAIN_MS, LONGEST_MS = 10_000, 60_000
#: Beyond so many in front nobody counts on.
_MOST = 50


def ready(app: App, contact: Contact) -> bool:
    """Tell whether this customer is rung now."""
    callback, now = callbacks.pending(contact), app.clock.now()
    rang = any(attempt.rang_at is not None for attempt in callback.attempts)
    # What was promised is when the phone first rings.
    by = ring_by(None if rang else callback.window, callback.until)
    if now >= by:
        return True
    queue = contact.queue or ""
    return ready_to_ring(
        now=now,
        by=by,
        ahead=_ahead(app, contact),
        ringing=items.ringing_in(app, queue, now - RING_MS),
        free=_free(app, contact),
        expected_ms=_expected(app, contact),
        lead_ms=timing.rules_of(app, contact).lead_ms,
    )


def again_ms(app: App, contact: Contact) -> int:
    """Return after how long a customer who cannot be rung yet is looked at again."""
    expected = _expected(app, contact)
    if expected is None:
        return AGAIN_MS
    off = expected - timing.rules_of(app, contact).lead_ms
    # Half of it: lines also move faster than expected.
    return max(AGAIN_MS, min(LONGEST_MS, off // 2))


def _ahead(app: App, contact: Contact) -> int:
    """Return how many wait in front of a contact that is not in line yet."""
    configuration = app.configuration.current()
    queue = configuration.queues.get(contact.queue or "")
    if queue is None or contact.pool is None:
        return 0
    mine, found = waiting_key(contact.tier, contact.virtual_time or 0, contact.id), 0
    for plan in queue.plans:
        for shard in range(queue.shards):
            partition = waiting_partition(contact.pool, queue.id, plan, shard)
            for entry in waiting.entries(app.store, partition, _MOST):
                if waiting_key(entry.tier, entry.virtual_time, entry.contact) >= mine:
                    break
                found += 1
                if found >= _MOST:
                    return found
    return found


def _free(app: App, contact: Contact) -> int:
    """Return how many agents could take a call of the queue now."""
    configuration = app.configuration.current()
    if contact.pool is None or contact.pool not in configuration.pools:
        return 0
    serving = {
        profile.id
        for profile in configuration.profiles.values()
        if any(served.queue == contact.queue for served in profile.queues)
    }
    partitions = available_partitions(configuration, contact.pool, frozenset({Channel.VOICE}))
    return sum(
        len(app.store.available(partition, None, _MOST).entries)
        for partition, (profile, _) in sorted(partitions.items())
        if profile in serving
    )


def _expected(app: App, contact: Contact) -> int | None:
    """Return the wait to expect for the place of a contact."""
    queue = contact.queue or ""
    snapshot = snapshots.current(app, queue)
    rules = app.configuration.current().queues.get(queue)
    if snapshot is None or rules is None or not knows_enough(snapshot):
        return None
    key = order_key(contact.tier, rules.tier, contact.virtual_time or 0)
    return estimate(snapshot, key, app.clock.now()).expected_ms
