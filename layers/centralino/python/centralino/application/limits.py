"""How often the same source may do something: a leaky bucket in one number.

The generic cell rate algorithm (ITU-T I.371): what is kept is when the source's next request would
be due at its sustained rate. A burst may run ahead of that by a tolerance and no further. It is
kept in an item of its own (:func:`admit`), in one that is written anyway (:func:`next_due`), or in
a process (:class:`Budget`).
"""

from __future__ import annotations

from dataclasses import dataclass

from centralino.application.ports import Clock, Item, Operations
from centralino.domain.errors import TooManyRequests

ATTEMPTS = 4
#: Sources that a process remembers, and how often it answers one that it refuses.
REMEMBERED = 10_000
TOLD_EVERY_MS = 1_000
_ITEM = "due"


@dataclass(frozen=True, slots=True)
class Limit:
    """``burst`` requests at once, and one more every ``every_ms`` milliseconds."""

    burst: int
    every_ms: int


def next_due(limit: Limit, due: int, now: int) -> int:
    """Count one request of a source whose next one is due at ``due``; return when the next is.

    Raises
    ------
    TooManyRequests
        The source has used up its burst; says when the next one is due.
    """
    due = max(now, due)
    early = due - now - (limit.burst - 1) * limit.every_ms
    if early > 0:
        raise TooManyRequests("too many requests", retry_after_s=-(-early // 1000))
    return due + limit.every_ms


class Budget:
    """What each source has used up in this process: exact in one, and free of any write.

    A flood that is spread over several processes gets through as often as there are processes;
    it costs each of them no more than looking here.
    """

    def __init__(self) -> None:
        self._due: dict[str, int] = {}
        self._told: dict[str, int] = {}

    def spend(self, source: str, limit: Limit, now: int) -> None:
        """Count one request; raises as :func:`next_due` does."""
        after = next_due(limit, self._due.get(source, 0), now)
        if len(self._due) >= REMEMBERED and source not in self._due:
            self._forget(now)
        self._due[source] = after

    def is_to_be_told(self, source: str, now: int) -> bool:
        """Tell whether to answer a refused source: once a second, and no flood is doubled."""
        if now - self._told.get(source, now - TOLD_EVERY_MS) < TOLD_EVERY_MS:
            return False
        self._told[source] = now
        return True

    def _forget(self, now: int) -> None:
        """Forget who has nothing used up; where nobody can be forgotten, everybody begins anew."""
        self._due = {source: due for source, due in self._due.items() if due > now}
        self._told = {source: at for source, at in self._told.items() if source in self._due}
        if len(self._due) >= REMEMBERED:
            self._due.clear()


def admit(operations: Operations, clock: Clock, key: str, limit: Limit) -> None:
    """Count one request of a source.

    Raises
    ------
    TooManyRequests
        The source has used up its burst; says when the next one is due. Also where so many of
        its requests come at once that they cannot be counted.
    """
    now = clock.now()
    for _ in range(ATTEMPTS):
        found = operations.get(_pk(key), _ITEM)
        before = _at(found) if found is not None else now
        after = next_due(limit, before, now)
        item = Item(_pk(key), _ITEM, {"at": after}, ttl=after // 1000 + 1)
        if operations.put_if(item, "at", before + 1):
            return
    raise TooManyRequests("too many requests at once", retry_after_s=1)


def _at(item: Item) -> int:
    return int(item.attributes["at"])


def _pk(key: str) -> str:
    return f"limit#{key}"
