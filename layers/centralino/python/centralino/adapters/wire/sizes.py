"""What an item weighs and what a request costs, by the published rules of DynamoDB.

Decides sizes and capacity units of plain items. Never sees an entity, a request or a network.

Sources: "Item sizes and formats" and "Read and write operations" of the DynamoDB developer guide.
An index that is written asynchronously is never doubled by a transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Item = dict[str, Any]

#: The largest item DynamoDB takes, in bytes.
ITEM_LIMIT = 400 * 1024
_WRITE_UNIT = 1024
_READ_UNIT = 4096
_CONTAINER = 3


@dataclass(frozen=True, slots=True)
class IndexShape:
    """An index with an INCLUDE projection: its keys and what it carries.

    Attributes
    ----------
    name : str
        The index.
    partition, sort : str
        Its key attributes; an item without them is not in it.
    keys : tuple of str
        The table's own key attributes, always projected.
    projected : tuple of str
        The further attributes it carries.
    """

    name: str
    partition: str
    sort: str
    keys: tuple[str, ...]
    projected: tuple[str, ...]

    def entry(self, item: Mapping[str, Any] | None) -> Item | None:
        """Return what the index holds of an item, or None when it is not in the index."""
        if item is None or self.partition not in item or self.sort not in item:
            return None
        names = (*self.keys, self.partition, self.sort, *self.projected)
        return {name: item[name] for name in names if name in item}


def item_size(item: Mapping[str, Any]) -> int:
    """Return the bytes an item counts for: its attribute names and values."""
    total = 0
    for name, value in item.items():
        total += len(name) if name.isascii() else len(name.encode())
        # Nearly all values are texts and whole numbers, and a simulation weighs millions.
        kind = type(value)
        if kind is str:
            total += len(value) if value.isascii() else len(value.encode())
        elif kind is int:
            total += _whole_number(value)
        else:
            total += _value(value)
    return total


@dataclass(frozen=True, slots=True)
class Weight:
    """What a stored item weighs in bytes, and what the index holds of it."""

    size: int
    entry: Item | None
    entry_size: int


def weigh(item: Mapping[str, Any], index: IndexShape | None = None) -> Weight:
    """Return the weight of an item; worth keeping, because the next write needs it again."""
    entry = index.entry(item) if index is not None else None
    return Weight(item_size(item), entry, item_size(entry) if entry is not None else 0)


def write_units(
    before: Weight | None,
    after: Weight | None,
    *,
    transaction: bool = False,
    index: IndexShape | None = None,
) -> int:
    """Return the write units of replacing ``before`` by ``after`` (either may be absent).

    The larger of both is charged, per started KB, twice within a transaction; then comes what
    the index costs.
    """
    old = before.size if before is not None else 0
    new = after.size if after is not None else 0
    units = max(_kilobytes(max(old, new)), 1) * (2 if transaction else 1)
    return units + (_index_units(before, after, index) if index is not None else 0)


def _index_units(before: Weight | None, after: Weight | None, index: IndexShape) -> int:
    """One to insert, one to delete, both when the key changes, one when only a projected
    attribute changes, none when nothing that the index holds has changed; each per started KB.
    """
    old = before.entry if before is not None else None
    new = after.entry if after is not None else None
    removed = _kilobytes(before.entry_size) if before is not None else 0
    added = _kilobytes(after.entry_size) if after is not None else 0
    if old is None or new is None:
        return removed + added
    if (old[index.partition], old[index.sort]) != (new[index.partition], new[index.sort]):
        return removed + added
    return 0 if old == new else max(removed, added)


def read_units(size: int, *, consistent: bool) -> float:
    """Return the read units of reading ``size`` bytes; nothing costs as much as a little."""
    units = max(1, -(-size // _READ_UNIT))
    return float(units) if consistent else units / 2


def _kilobytes(size: int) -> int:
    return -(-size // _WRITE_UNIT)


def _value(value: Any) -> int:
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode())
    if value is None or isinstance(value, bool):
        return 1
    if isinstance(value, int):
        return _whole_number(value)
    if isinstance(value, float):
        return _digits(str(abs(value)).replace(".", "").strip("0")) + (value < 0)
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, Mapping):
        return _CONTAINER + item_size(value) + len(value)
    return _CONTAINER + sum(_value(part) for part in value) + len(value)


def _whole_number(value: int) -> int:
    if 0 < value < 100:
        return 2
    return _digits(str(abs(value)).rstrip("0")) + (value < 0)


def _digits(significant: str) -> int:
    """About one byte per two significant digits, and one more."""
    return (len(significant) + 1) // 2 + 1
