"""Sorting by number and name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centralino.domain.routing.ordering import in_order

things = st.lists(st.tuples(st.integers(-3, 3), st.text("ab", max_size=2)), max_size=12)


@given(things)
def test_by_number_then_by_name(listed: list[tuple[int, str]]) -> None:
    order = in_order([number for number, _ in listed], lambda index: listed[index][1])
    assert sorted(order) == list(range(len(listed)))
    assert [listed[index] for index in order] == sorted(listed)


@pytest.mark.parametrize("number", [0, 1 << 70, -1 << 70])
def test_when_all_numbers_are_alike_the_name_decides(number: int) -> None:
    names = ["c", "a", "d", "b"]
    assert in_order([number] * 4, names.__getitem__) == [1, 3, 0, 2]


def test_names_are_asked_for_only_where_numbers_do_not_decide() -> None:
    asked: list[int] = []
    assert in_order([5, 3, 5, 4], lambda index: asked.append(index) or str(index)) == [1, 3, 0, 2]
    assert sorted(asked) == [0, 2]
