"""A small centre that tells waiting callers what to expect, and knows how fast its queue moves."""

from __future__ import annotations

from dataclasses import replace

from centralino.application.app import App
from centralino.application.snapshot_items import (
    SORT_KEY,
    partition,
    snapshot_item,
    snapshot_of,
)
from centralino.domain.configuration.model import Announce
from centralino.domain.promises.model import Snapshot, half_hour
from centralino.domain.promises.pace import Pace
from tests.support.centre import Centre, configuration

QUEUE = "sales"
EVERY_MS = 60_000
GAP_MS = 30_000


def announcing_centre(*, position: bool = True, wait: bool = True, language: str = "it") -> Centre:
    """Return a centre whose queues announce what is asked for, once a minute at most."""
    rules = configuration()
    told = Announce(position=position, wait=wait, every_ms=EVERY_MS)
    queues = {name: replace(queue, announce=told) for name, queue in rules.queues.items()}
    lines = {key: replace(line, language=language) for key, line in rules.lines.items()}
    return Centre(rules=replace(rules, queues=queues, lines=lines))


def teach(centre: Centre, queue: str = QUEUE, *, seen: float = 40, ahead: int = 0) -> None:
    """Have the queue known as one that takes a caller every half minute, with so many waiting.

    Those waiting came in the last minutes before now.
    """
    now = centre.app.clock.now()
    keys = tuple(now - 1_000 * (ahead - place) for place in range(ahead))
    pace = Pace(assigned=seen, busy_ms=seen * GAP_MS, last_at=now, left=0.001, waited_ms=1e9)
    known = Snapshot(
        version=1,
        at=now,
        marks=keys,
        size=ahead,
        head_at=keys[0] if keys else None,
        pace=pace,
        half_hour=half_hour(now),
        before=40,
    )
    centre.app.operations.put(snapshot_item(queue, known))
    centre.app.hints.clear()


def stored(centre: Centre, queue: str = QUEUE) -> Snapshot | None:
    """Return a queue's snapshot as it is stored."""
    item = centre.app.operations.get(partition(queue), SORT_KEY)
    return None if item is None else snapshot_of(item.attributes)


def another_process(app: App) -> App:
    """Return the same outside world as another process sees it: without the first one's hints."""
    return replace(app, hints={})
