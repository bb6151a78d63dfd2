"""Item sizes and capacity units, against the rules in DynamoDB's developer guide."""

from __future__ import annotations

from typing import Any

import pytest

from centralino.adapters.wire import IndexShape, item_size, read_units, weigh, write_units

INDEX = IndexShape("i", "p", "s", ("k",), ("shown",))


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("", 0),
        ("abc", 3),
        ("é", 2),
        ("日本", 6),
        ("🦉", 4),
        (0, 1),
        (7, 2),
        (42, 2),
        (100, 2),
        (123, 3),
        (1234, 3),
        (1_767_603_612_345, 8),
        (-5, 3),
        (1.5, 2),
        (-0.25, 3),
        (None, 1),
        (True, 1),
        (False, 1),
        (b"\x00\x01", 2),
        ([], 3),
        (["ab", 1], 3 + (2 + 1) + (2 + 1)),
        ({}, 3),
        ({"ab": "c"}, 3 + (2 + 1 + 1)),
        ({"m": {"l": [True]}}, 3 + (1 + (3 + (1 + (3 + (1 + 1)) + 1)) + 1)),
    ],
)
def test_the_size_of_a_value(value: Any, size: int) -> None:
    assert item_size({"n": value}) == 1 + size
    assert item_size({"né": value}) == 3 + size


@pytest.mark.parametrize(
    ("size", "consistent", "units"),
    [(0, True, 1), (0, False, 0.5), (4096, True, 1), (4097, True, 2), (9000, False, 1.5)],
)
def test_read_units(size: int, consistent: bool, units: float) -> None:
    assert read_units(size, consistent=consistent) == units


def item(size: int, **more: Any) -> dict[str, Any]:
    """An item of a size in bytes; further attributes come on top."""
    return {"k": "x" * (size - 1), **more}


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        (None, 100, 1),
        (None, 1024, 1),
        (None, 1025, 2),
        (3000, 100, 3),
        (100, 3000, 3),
        (100, None, 1),
        (None, None, 1),
    ],
)
def test_the_larger_of_before_and_after_is_charged(
    before: int | None, after: int | None, units: int
) -> None:
    weights = [weigh(item(size)) if size is not None else None for size in (before, after)]
    assert write_units(*weights) == units
    assert write_units(*weights, transaction=True) == 2 * units


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        ({}, {}, 0),
        ({}, {"p": "1", "s": "1"}, 1),
        ({"p": "1", "s": "1"}, {}, 1),
        ({"p": "1", "s": "1"}, {"p": "1", "s": "1"}, 0),
        ({"p": "1", "s": "1"}, {"p": "1", "s": "1", "hidden": 1}, 0),
        ({"p": "1", "s": "1"}, {"p": "1", "s": "1", "shown": 1}, 1),
        ({"p": "1", "s": "1"}, {"p": "1", "s": "2"}, 2),
        ({"p": "1", "s": "1"}, {"p": "2", "s": "1"}, 2),
        ({"p": "1"}, {"p": "1", "shown": 1}, 0),
        ({"p": "1", "s": "1"}, {"p": "1", "s": "1", "shown": "x" * 1500}, 2),
    ],
)
def test_what_an_index_costs(before: dict[str, Any], after: dict[str, Any], units: int) -> None:
    weights = [weigh(item(50, **more), INDEX) for more in (before, after)]
    base = write_units(*weights)
    assert write_units(*weights, index=INDEX) == base + units
    # An index is written afterwards, never within the transaction.
    assert write_units(*weights, index=INDEX, transaction=True) == 2 * base + units


def test_an_entry_is_the_keys_and_what_is_projected() -> None:
    stored = {"k": "1", "p": "2", "s": "3", "shown": [1], "hidden": 4}
    assert INDEX.entry(stored) == {"k": "1", "p": "2", "s": "3", "shown": [1]}
    assert INDEX.entry({"k": "1", "p": "2"}) is None
    assert INDEX.entry(None) is None
