"""A secondary index that is behind: what was written appears later, in order per item.

Decides when an entry becomes visible and in which order a page comes. Never checks an entry
against its item: that is the claim's work.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Generic, TypeVar

from centralino.adapters.memory.clock import VirtualClock

E = TypeVar("E")

Lag = Callable[[], float]
"""Draws how many milliseconds one write takes to reach an index."""

Place = tuple[str, str]
"""Partition and sort key."""


class _Partition(Generic[E]):
    __slots__ = ("entries", "keys")

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.entries: dict[str, E] = {}


class LaggingIndex(Generic[E]):
    """A sparse index over items, each in at most one place."""

    def __init__(self, clock: VirtualClock, lag: Lag | None = None) -> None:
        self._clock = clock
        self._lag = lag
        self._partitions: dict[str, _Partition[E]] = {}
        self._shown: dict[str, Place] = {}
        self._coming: list[tuple[float, int, str, Place | None, E | None]] = []
        self._latest: dict[str, float] = {}
        self._writes = 0

    def write(self, item: str, place: Place | None, entry: E | None) -> None:
        """Tell the index that an item was written: its place now, or None when it has none."""
        if self._lag is None:
            self._show(item, place, entry)
            return
        if place is None and item not in self._shown and item not in self._latest:
            return
        # Ordered per item: a later write never overtakes an earlier one.
        visible = max(self._clock.time + self._lag(), self._latest.get(item, 0.0))
        self._latest[item] = visible
        self._writes += 1
        heappush(self._coming, (visible, self._writes, item, place, entry))

    def page(self, partition: str, start: str | None, limit: int) -> tuple[list[E], str | None]:
        """Return up to ``limit`` entries after ``start`` in key order, and where to go on.

        As with DynamoDB, a full page gives a key even when nothing follows.
        """
        self._settle()
        found = self._partitions.get(partition)
        if found is None:
            return [], None
        first = bisect_right(found.keys, start) if start is not None else 0
        keys = found.keys[first : first + limit]
        entries = found.entries
        return [entries[key] for key in keys], keys[-1] if len(keys) == limit else None

    def partitions(self) -> list[str]:
        """Return the partitions that hold anything now."""
        self._settle()
        return sorted(self._partitions)

    def next_change(self) -> float | None:
        """Return when the next entry becomes visible, if any is on its way."""
        self._settle()
        return self._coming[0][0] if self._coming else None

    def _settle(self) -> None:
        now = self._clock.time
        coming = self._coming
        while coming and coming[0][0] <= now:
            visible, _, item, place, entry = heappop(coming)
            if self._latest.get(item) == visible:
                del self._latest[item]
            self._show(item, place, entry)

    def _show(self, item: str, place: Place | None, entry: E | None) -> None:
        before = self._shown.get(item)
        if before is not None and before != place:
            self._remove(before)
            del self._shown[item]
        if place is None or entry is None:
            return
        name, key = place
        partition = self._partitions.get(name)
        if partition is None:
            partition = self._partitions[name] = _Partition()
        if key not in partition.entries:
            insort(partition.keys, key)
        partition.entries[key] = entry
        self._shown[item] = place

    def _remove(self, place: Place) -> None:
        name, key = place
        partition = self._partitions[name]
        del partition.entries[key]
        del partition.keys[bisect_left(partition.keys, key)]
        if not partition.keys:
            del self._partitions[name]
