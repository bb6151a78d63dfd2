"""Lists of callbacks, page by page: the open ones of queues, or those that ended on some days.

A page takes a bounded number of reads, so one of a narrow question may be short, or empty, and
still have a next. The cursor says where to go on; it opens nothing that the question itself does
not.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import dropwhile

from centralino.application.app import App
from centralino.application.callbacks import items, ledger
from centralino.application.callbacks.ledger import DAY_MS, Row
from centralino.domain.callbacks.model import contact_of
from centralino.domain.errors import InvalidRequest

MOST = 100
#: Items that one page reads, and partitions it looks into, at most.
MOST_READ = 500
MOST_PARTITIONS = 60
_BATCH = 50


@dataclass(frozen=True, slots=True)
class Query:
    """Which callbacks are asked for.

    Attributes
    ----------
    queues : sequence of str
        Those that may be seen.
    sees : callable
        Tells whether a business unit's callbacks may be seen.
    ended : bool
        Those that have ended, else those still open.
    states : frozenset of str
        Only these; any where empty.
    start, end : int
        Half-open span, UTC milliseconds: of the end of those that ended, of the request of others.
    agent : str or None
        Only those this agent has, had last, or is asked first for.
    """

    queues: Sequence[str]
    sees: Callable[[str], bool]
    start: int
    end: int
    ended: bool = False
    states: frozenset[str] = frozenset()
    agent: str | None = None

    def wants(self, row: Row) -> bool:
        """Tell whether a callback is asked for."""
        at = row.ended_at if self.ended else row.requested_at
        return (
            self.sees(row.business_unit)
            and (not self.states or row.state in self.states)
            and (self.agent is None or self.agent in (row.agent, row.preferred))
            and at is not None
            and self.start <= at < self.end
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """One page, and where the next begins; ``None``: this was the last."""

    rows: list[Row]
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """A partition, and the key behind which to go on in it."""

    day: int
    queue: str
    after: str = ""


def page(app: App, query: Query, cursor: str | None = None, limit: int = MOST) -> Listing:
    """Return one page of callbacks: open ones by queue, ended ones from the last day back.

    Raises
    ------
    InvalidRequest
        The cursor is none that was given out (``invalid_cursor``).
    """
    limit = max(1, min(limit, MOST))
    start = _decoded(cursor) if cursor else None
    rows: list[Row] = []
    reads = looked = 0
    for place in _places(query, start):
        after = place.after
        while found := _read(app, query, place, after):
            reads += len(found)
            for key, row in found:
                after = key
                if row is None or not query.wants(row):
                    continue
                rows.append(row)
                if len(rows) == limit:
                    return Listing(rows, _encoded(_Place(place.day, place.queue, after)))
            if reads >= MOST_READ:
                return Listing(rows, _encoded(_Place(place.day, place.queue, after)))
        looked += 1
        if looked >= MOST_PARTITIONS:
            # Behind the last key there is: the next page begins with the next partition.
            return Listing(rows, _encoded(_Place(place.day, place.queue, "~")))
    return Listing(rows)


def _places(query: Query, start: _Place | None) -> Iterator[_Place]:
    """Yield the partitions to look into, from where the cursor points on."""
    days = [0]
    if query.ended:
        days = list(range((query.end - 1) // DAY_MS, query.start // DAY_MS - 1, -1))
    every = (_Place(day, queue) for day in days for queue in sorted(query.queues))
    if start is None:
        yield from every
        return
    # In the order in which they come: later days first, queues by name.
    here = (-start.day, start.queue)
    for place in dropwhile(lambda p: (-p.day, p.queue) < here, every):
        same = (-place.day, place.queue) == here
        yield start if same else place


def _read(app: App, query: Query, place: _Place, after: str) -> list[tuple[str, Row | None]]:
    if query.ended:
        found = app.operations.page(ledger.ended_on(place.queue, place.day), after, _BATCH)
        return [(item.sk, ledger.ended_row(item)) for item in found]
    names = items.open_after(app, place.queue, after, _BATCH)
    contacts = app.fan_out(lambda name: app.store.contact(contact_of(name)), names)
    return [
        # One that moved to another queue, or has just ended, may still have a mark here.
        (name, ledger.row_of(c) if c and c.owes_callback and c.queue == place.queue else None)
        for name, c in zip(names, contacts, strict=True)
    ]


def _encoded(place: _Place) -> str:
    raw = json.dumps([place.day, place.queue, place.after], separators=(",", ":"))
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def _decoded(cursor: str) -> _Place:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        day, queue, after = json.loads(raw)
        if not (isinstance(day, int) and isinstance(queue, str) and isinstance(after, str)):
            raise ValueError("not a place")
    except (ValueError, TypeError, binascii.Error) as error:
        raise InvalidRequest("this cursor was not given out here", code="invalid_cursor") from error
    return _Place(day, queue, after)
