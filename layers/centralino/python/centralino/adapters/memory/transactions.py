"""Two-phase transactions over the in-memory tables.

Decides, as DynamoDB does, that a transaction is cancelled when a condition fails or another one
holds an item, and gives a reason per item. Between its phases the items are held: plain writes on
them are refused, reads see what was there before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from centralino.adapters import wire
from centralino.adapters.memory.faults import Faults
from centralino.adapters.memory.meter import Meter
from centralino.adapters.memory.stream import Stream
from centralino.adapters.memory.table import MemoryTable

CONDITION = "ConditionalCheckFailed"
CONFLICT = "TransactionConflict"

Key = tuple[str, str]
"""A table's name and an item's id."""
Image = tuple[str, Any]
"""A table's name and the image to write."""


class OpenTransaction:
    """A transaction between its two phases: prepared, its items held, not yet applied.

    Attributes
    ----------
    reasons : tuple of str
        Why it was cancelled, an item each, empty text for an item that was fine.
    """

    def __init__(self, reasons: Sequence[str], apply: Callable[[], None] | None = None) -> None:
        self.reasons = tuple(reasons)
        self._apply = apply

    @property
    def cancelled(self) -> bool:
        """Whether a condition failed or another transaction held an item."""
        return any(self.reasons)

    def commit(self) -> None:
        """Apply the writes and let go of the items; nothing when cancelled or done before."""
        apply, self._apply = self._apply, None
        if apply is not None:
            apply()


class Coordinator:
    """Opens and applies transactions; the caller holds the store's lock while it opens one."""

    def __init__(
        self,
        tables: dict[str, MemoryTable[Any, Any]],
        faults: Faults,
        meter: Meter | None,
        stream: Stream,
        lock: Any,
    ) -> None:
        self._tables = tables
        self._faults = faults
        self._meter = meter
        self._stream = stream
        self._lock = lock

    def open(
        self,
        operation: str,
        keys: Sequence[Key],
        conditions: Sequence[bool],
        images: Callable[[], Sequence[Image]],
    ) -> OpenTransaction:
        """Check the conditions and hold the items; ``images`` is asked only when all hold."""
        contended = self._faults.contends(operation)
        reasons = [
            CONFLICT
            if contended or key in self._tables[table].held
            else ("" if holds else CONDITION)
            for (table, key), holds in zip(keys, conditions, strict=True)
        ]
        if any(reasons):
            if self._meter is not None:
                units = sum(self._tables[t].refused_units(k, transaction=True) for t, k in keys)
                self._meter.charge(operation, write=units, failed=True)
            return OpenTransaction(reasons)
        writes = [(table, after, self._tables[table].weigh(after)) for table, after in images()]
        for table, key in keys:
            self._tables[table].held.add(key)
        return OpenTransaction(reasons, partial(self._apply, operation, writes))

    def _apply(self, operation: str, writes: Sequence[tuple[str, Any, wire.Weight | None]]) -> None:
        with self._lock:
            units = 0
            for name, after, weight in writes:
                table = self._tables[name]
                table.held.discard(after.id)
                units += table.write(after, weight, transaction=True)
                self._stream.publish(name, after)
            if self._meter is not None:
                self._meter.charge(operation, write=units)
