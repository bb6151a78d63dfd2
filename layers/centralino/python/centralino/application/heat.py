"""Whether a pool is hot, and who is a stranger to it: who had better leave it to its consumer.

The relay says which pools are hot: it sees every contact that begins to wait, in all processes
together, which no function that lets one in can. A flag that is late or lost, and a hint that is
wrong, cost conflicts between drains or a nudge too many, nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import exp
from typing import Any

from centralino.application.app import App
from centralino.application.ports import Item
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import TransientDependency
from centralino.domain.promises.announcing import PROMISE_MADE

#: How long what a process knows of a pool's being hot is believed.
HOT_MS = 2_000
#: How long a process leaves a pool to the consumer when it begins to deal with it. Lambda takes
#: another process, new or long idle, only when those in use are busy: who has just come is one of
#: a crowd, and would only add to it.
STRANGER_MS = 1_000
#: A process that has not dealt with a pool for so long begins again.
FORGETS_MS = 60_000
_STARTED = "started"

#: From this many contacts per second on, drains in passing meet too often. Two that begin within
#: the 40 ms from reading to what the indexes show of a claim may want the same agent.
HOT_RATE = 5.0
#: Over how long the rate is taken, in seconds.
MEMORY_S = 4.0
#: How long a pool is hot, and how long before the end of that it is said again.
HOT_FOR_MS = 10_000
SAY_AGAIN_MS = 5_000


# --------------------------------------------------------------------------- what a process knows


def hints_at_start() -> dict[str, tuple[int, Any]]:
    """Return what a process knows when it starts: that it knows no pool yet.

    One without this, as in a simulation without processes, is at home everywhere.
    """
    return {_STARTED: (0, None)}


def stranger(app: App, pool: str) -> bool:
    """Tell whether this process has only just begun to deal with the pool."""
    now, name = app.clock.now(), f"met#{pool}"
    met = app.hints.get(name)
    if met is None and _STARTED not in app.hints:
        return False
    since = int(met[1]) if met is not None and met[0] > now else now
    app.hints[name] = (now + FORGETS_MS, since)
    return now - since < STRANGER_MS


def known_hot(app: App, pool: str) -> bool:
    """Tell whether this process believes the pool to be hot."""
    known = app.hints.get(_flag(pool))
    return known is not None and known[0] > app.clock.now() and bool(known[1])


def believe_hot(app: App, pool: str) -> None:
    """Take the pool to be hot for a while, whatever the others think: it was crowded here."""
    app.hints[_flag(pool)] = (app.clock.now() + HOT_MS, True)


def look(app: App, pool: str) -> Callable[[], None] | None:
    """Return the request that finds out whether the pool is hot, unless that is known."""
    key = _flag(pool)
    known = app.hints.get(key)
    if known is not None and known[0] > app.clock.now():
        return None

    def ask() -> None:
        item = app.operations.get(key, "snapshot")
        now = app.clock.now()
        hot = item is not None and int(item.attributes.get("hot_until", 0)) > now
        app.hints[key] = (now + HOT_MS, hot)

    return ask


# --------------------------------------------------------------------------- what all are told


def mark_hot(app: App, pool: str, until: int) -> None:
    """Say to every process that only the consumer should drain this pool until then (UTC ms).

    Who asks learns of it within :data:`HOT_MS`; who does not yet know costs conflicts only.
    """
    app.operations.put(Item(_flag(pool), "snapshot", {"hot_until": until}, ttl=until // 1000 + 60))
    app.hints[_flag(pool)] = (until, True)


def follow(app: App, contacts: Sequence[Contact]) -> None:
    """Take in who began to wait in these writes, and mark the pools that are hot.

    Never raises for a service that fails: the batch must not come again for this.
    """
    began = Counter(
        contact.pool
        for contact in contacts
        if contact.pool is not None
        and contact.state is ContactState.WAITING
        and any(event.type != PROMISE_MADE for event in contact.events)
    )
    for pool, count in sorted(began.items()):
        if _rate(app, pool, count) >= HOT_RATE:
            _mark(app, pool)


def _rate(app: App, pool: str, count: int) -> float:
    """Return how many per second begin to wait, these included: an exponential average."""
    now, name = app.clock.now(), f"rate#{pool}"
    _, known = app.hints.get(name, (0, (now, 0.0)))
    at, rate = known
    rate = rate * exp(-max(0, now - at) / 1000 / MEMORY_S) + count / MEMORY_S
    app.hints[name] = (now, (now, rate))
    return float(rate)


def _mark(app: App, pool: str) -> None:
    now, name = app.clock.now(), f"marked#{pool}"
    until, _ = app.hints.get(name, (0, None))
    if until - SAY_AGAIN_MS > now:
        return
    try:
        mark_hot(app, pool, now + HOT_FOR_MS)
    except TransientDependency as error:
        app.log.warning("not_marked_hot", pool=pool, code=error.code)
        return
    app.hints[name] = (now + HOT_FOR_MS, None)


def _flag(pool: str) -> str:
    return f"pool#{pool}"
