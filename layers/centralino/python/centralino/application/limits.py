"""How often the same source may do something: a leaky bucket in one small item.

The generic cell rate algorithm (ITU-T I.371): the item holds when the source's next request would
be due at its sustained rate. A burst may run ahead of that by a tolerance and no further.
"""

from __future__ import annotations

from dataclasses import dataclass

from centralino.application.ports import Clock, Item, Operations
from centralino.domain.errors import TooManyRequests

ATTEMPTS = 4
_ITEM = "due"


@dataclass(frozen=True, slots=True)
class Limit:
    """``burst`` requests at once, and one more every ``every_ms`` milliseconds."""

    burst: int
    every_ms: int


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
        due = max(now, int(found.attributes["at"])) if found is not None else now
        early = due - now - (limit.burst - 1) * limit.every_ms
        if early > 0:
            raise TooManyRequests("too many requests", retry_after_s=-(-early // 1000))
        after = due + limit.every_ms
        item = Item(_pk(key), _ITEM, {"at": after}, ttl=after // 1000 + 1)
        if operations.put_if(item, "at", (due if found is None else _at(found)) + 1):
            return
    raise TooManyRequests("too many requests at once", retry_after_s=1)


def _at(item: Item) -> int:
    return int(item.attributes["at"])


def _pk(key: str) -> str:
    return f"limit#{key}"
