"""Operational items in memory: the port ``Operations``, expiring by the clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from threading import Lock
from typing import Any

from centralino.adapters import wire
from centralino.adapters.memory.clock import VirtualClock
from centralino.adapters.memory.faults import Faults
from centralino.adapters.memory.meter import Meter
from centralino.adapters.memory.stream import Stream
from centralino.application import filing
from centralino.application.ports import Item
from centralino.domain.errors import CentralinoError


class MemoryOperations:
    """The port ``Operations`` in memory."""

    def __init__(
        self,
        clock: VirtualClock,
        *,
        faults: Faults | None = None,
        meter: Meter | None = None,
        stream: Stream | None = None,
    ) -> None:
        self._clock = clock
        self._faults = faults or Faults()
        self._meter = meter
        self._stream = stream
        self._lock = Lock()
        self._partitions: dict[str, dict[str, Item]] = {}

    def put(self, item: Item) -> None:
        """Write an item whatever was there."""
        self._put("operations.put", item, lambda _: True)

    def put_new(self, item: Item) -> bool:
        """Write an item unless a live one exists; tell whether it was written."""
        return self._put("operations.put_new", item, lambda found: found is None)

    def put_if(self, item: Item, attribute: str, below: int) -> bool:
        """Write an item if none is live or its number ``attribute`` is under ``below``."""

        def holds(found: Item | None) -> bool:
            if found is None:
                return True
            number = found.attributes.get(attribute)
            if isinstance(number, bool) or not isinstance(number, int | float):
                return False
            return number < below

        return self._put("operations.put_if", item, holds)

    def get(self, pk: str, sk: str) -> Item | None:
        """Return an item, strongly consistent; an expired one counts as absent."""
        self._faults.before("operations.get")
        with self._lock:
            found = self._live(pk, sk)
            self._charge("operations.get", read=[found])
        self._faults.after("operations.get")
        return found

    def take(self, pk: str, sk: str) -> Item | None:
        """Delete an item and return it: of several takers exactly one gets it."""
        return self._remove("operations.take", pk, sk)

    def list(self, pk: str, prefix: str = "") -> list[Item]:
        """Return the live items of a partition in key order, strongly consistent."""
        self._faults.before("operations.list")
        with self._lock:
            keys = sorted(sk for sk in self._partitions.get(pk, ()) if sk.startswith(prefix))
            found = [item for sk in keys if (item := self._live(pk, sk)) is not None]
            self._charge("operations.list", read=found)
        self._faults.after("operations.list")
        return found

    def page(self, pk: str, after: str, limit: int) -> Sequence[Item]:
        """Return up to so many live items of a partition behind a sort key, in key order."""
        self._faults.before("operations.page")
        with self._lock:
            keys = sorted(sk for sk in self._partitions.get(pk, ()) if sk > after)
            live = (item for sk in keys if (item := self._live(pk, sk)) is not None)
            found = list(islice(live, limit))
            self._charge("operations.page", read=found)
        self._faults.after("operations.page")
        return found

    def delete(self, pk: str, sk: str) -> None:
        """Delete an item if it is there."""
        self._remove("operations.delete", pk, sk)

    def _put(self, operation: str, item: Item, holds: Callable[[Item | None], bool]) -> bool:
        stored = Item(item.pk, item.sk, _plain(item.attributes), item.ttl)
        if self._meter is not None and wire.item_size(_wire(stored)) > wire.ITEM_LIMIT:
            raise CentralinoError("the table store refused the item's size", code="store_refused")
        self._faults.before(operation)
        with self._lock:
            before = self._live(item.pk, item.sk)
            written = holds(before)
            if written:
                self._partitions.setdefault(item.pk, {})[item.sk] = stored
            self._charge(operation, write=(before, stored if written else None))
            # A write that changes nothing is no record of a stream.
            if written and stored != before and filing.TOLD in stored.attributes and self._stream:
                self._stream.publish("ops", filing.read(stored.attributes[filing.TOLD]))
        self._faults.after(operation)
        return written

    def _remove(self, operation: str, pk: str, sk: str) -> Item | None:
        self._faults.before(operation)
        with self._lock:
            found = self._live(pk, sk)
            if found is not None:
                self._drop(pk, sk)
            self._charge(operation, write=(found, None))
        self._faults.after(operation)
        return found

    def _live(self, pk: str, sk: str) -> Item | None:
        found = self._partitions.get(pk, {}).get(sk)
        if found is not None and found.ttl is not None and found.ttl <= self._clock.now() // 1000:
            self._drop(pk, sk)
            return None
        return found

    def _drop(self, pk: str, sk: str) -> None:
        partition = self._partitions[pk]
        del partition[sk]
        if not partition:
            del self._partitions[pk]

    def _charge(
        self,
        operation: str,
        *,
        write: tuple[Item | None, Item | None] | None = None,
        read: Sequence[Item | None] | None = None,
    ) -> None:
        if self._meter is None:
            return
        if write is not None:
            old, new = (wire.weigh(_wire(i)) if i is not None else None for i in write)
            self._meter.charge(operation, write=wire.write_units(old, new))
        if read is not None:
            size = sum(wire.item_size(_wire(item)) for item in read if item is not None)
            self._meter.charge(operation, read=wire.read_units(size, consistent=True))


def _wire(item: Item) -> wire.Item:
    stored: wire.Item = {"pk": item.pk, "sk": item.sk}
    if item.attributes:
        stored["d"] = item.attributes
    if item.ttl is not None:
        stored["ttl"] = item.ttl
    return stored


def _plain(value: Any) -> Any:
    """Return a copy as it would come back from DynamoDB: plain maps, lists and texts."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(part) for part in value]
    return value
