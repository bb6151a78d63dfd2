"""One table in memory: current images, one index, versions, and items held by transactions.

Decides whether a write's condition holds and what it costs. Entities are immutable, so nothing is
copied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from centralino.adapters import wire
from centralino.adapters.memory.clock import VirtualClock
from centralino.adapters.memory.index import Lag, LaggingIndex, Place
from centralino.application.ports import Page
from centralino.domain.errors import CentralinoError


class Versioned(Protocol):
    """What a stored image must show."""

    @property
    def id(self) -> str: ...
    @property
    def version(self) -> int: ...


T = TypeVar("T", bound=Versioned)
E = TypeVar("E")


class MemoryTable(Generic[T, E]):
    """Images by id, and the index over them.

    Parameters
    ----------
    encode : callable
        Image -> stored item, for its weight.
    place, entry : callable
        Image -> its place in the index (None: not in it), and what the index shows of it.
    weighing : bool
        Whether writes are weighed; without it every charge is zero.
    """

    def __init__(
        self,
        clock: VirtualClock,
        *,
        encode: Callable[[T], Mapping[str, Any]],
        place: Callable[[T], Place | None],
        entry: Callable[[T], E],
        shape: wire.IndexShape,
        lag: Lag | None,
        weighing: bool,
    ) -> None:
        self.items: dict[str, T] = {}
        self.held: set[str] = set()
        self._index: LaggingIndex[tuple[E, int]] = LaggingIndex(clock, lag)
        self._encode = encode
        self._place = place
        self._entry = entry
        self._shape = shape
        self._weighing = weighing
        self._weights: dict[str, wire.Weight] = {}

    def follows(self, after: T) -> bool:
        """Tell whether the stored version is the one before this."""
        stored = self.items.get(after.id)
        return after.version == (stored.version + 1 if stored is not None else 1)

    def weigh(self, after: T) -> wire.Weight | None:
        """Return the weight of an image, or None when nothing is weighed.

        Raises
        ------
        CentralinoError
            DynamoDB would refuse the item for its size (``store_refused``).
        """
        if not self._weighing:
            return None
        weight = wire.weigh(self._encode(after), self._shape)
        if weight.size > wire.ITEM_LIMIT:
            raise CentralinoError("the table store refused the item's size", code="store_refused")
        return weight

    def write(self, after: T, weight: wire.Weight | None, *, transaction: bool) -> int:
        """Store an image and show it to the index; return the write units."""
        self.items[after.id] = after
        place = self._place(after)
        size = weight.entry_size if weight is not None else 0
        shown = (self._entry(after), size) if place is not None else None
        self._index.write(after.id, place, shown)
        if weight is None:
            return 0
        before = self._weights.get(after.id)
        self._weights[after.id] = weight
        return wire.write_units(before, weight, transaction=transaction, index=self._shape)

    def forget(self, key: str) -> None:
        """Remove an image, as expiry does: the index no longer shows it."""
        if self.items.pop(key, None) is not None:
            self._weights.pop(key, None)
            self._index.write(key, None, None)

    def refused_units(self, key: str, *, transaction: bool) -> int:
        """Return what a failed condition on an item costs: as if it had been written."""
        if not self._weighing:
            return 0
        return wire.write_units(self._weights.get(key), None, transaction=transaction)

    def read_units(self, key: str) -> float:
        """Return what a strongly consistent read of an item costs."""
        weight = self._weights.get(key)
        return wire.read_units(weight.size if weight is not None else 0, consistent=True)

    def page(self, partition: str, start: str | None, limit: int) -> tuple[Page, float]:
        """Return a page of the index, and the read units it costs."""
        found, following = self._index.page(partition, start, limit)
        size = sum(weight for _, weight in found)
        page = Page([entry for entry, _ in found], following)
        return page, wire.read_units(size, consistent=False)

    def partitions(self) -> list[str]:
        """Return the partitions of the index in use now."""
        return self._index.partitions()

    def next_change(self) -> float | None:
        """Return when the index next changes by itself; None when it shows everything."""
        return self._index.next_change()
