"""A snapshot as a stored item: nothing is lost that counts, and it stays small."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centralino.adapters import wire
from centralino.application.snapshot_items import snapshot_item, snapshot_of
from centralino.domain.promises.model import (
    MOST_MARKS,
    MOST_PENDING,
    MOST_SEEN,
    Pending,
    Snapshot,
)
from centralino.domain.promises.pace import Pace

QUEUE = "sales"
NOW = 1_767_603_612_345


def full_snapshot(open_ones: int) -> Snapshot:
    pending = tuple(
        Pending(n, NOW - 500_000 + n, NOW - 400_000, NOW - 300_000, NOW + 800_000, 600_000, 90_000)
        for n in range(open_ones)
    )
    return Snapshot(
        version=1_234_567,
        at=NOW,
        marks=tuple(NOW - 40_000 + 1_000 * n for n in range(MOST_MARKS)),
        step=8,
        size=MOST_MARKS * 8,
        head_at=NOW - 900_000,
        pace=Pace(59.123456, 1_234_567.891, NOW - 1_234, 99.98765, 123_456_789.0, 4_321.0),
        early=0.0123456,
        late=0.9876543,
        half_hour=NOW // 1_800_000,
        announced=456,
        missed=78,
        before=512,
        pending=pending,
        seen=tuple(range(200_000, 200_000 + MOST_SEEN)),
    )


@pytest.mark.parametrize(("open_ones", "units"), [(0, 1), (18, 1), (MOST_PENDING, 2)])
def test_a_snapshot_is_one_write_unit_and_at_most_two(open_ones: int, units: int) -> None:
    item = snapshot_item("a-queue-with-a-rather-long-name-of-its-own", full_snapshot(open_ones))
    size = wire.item_size(
        {"pk": item.pk, "sk": item.sk, "attributes_map": item.attributes, "ttl": item.ttl}
    )
    assert size <= units * 1024


moments = st.integers(NOW - 3_600_000, NOW)


@st.composite
def pendings(draw: st.DrawFn) -> Pending:
    made = draw(moments)
    lower = draw(st.integers(0, 800))
    upper = lower + draw(st.integers(1, 800))
    return Pending(
        tag=draw(st.integers(0, (1 << 18) - 1)),
        key=draw(moments),
        made_at=made,
        window_start=made + 5_000 * lower,
        window_end=made + 5_000 * upper,
        expected_ms=draw(st.integers(0, 7_200_000)),
        deviation_ms=draw(st.integers(0, 7_200_000)),
        left_at=draw(st.none() | moments),
    )


@given(
    st.lists(pendings(), max_size=MOST_PENDING),
    st.lists(moments, max_size=MOST_MARKS).map(sorted),
)
def test_what_is_stored_comes_back(open_ones: list[Pending], marks: list[int]) -> None:
    before = replace(full_snapshot(0), pending=tuple(open_ones), marks=tuple(marks))
    after = snapshot_of(snapshot_item(QUEUE, before).attributes)

    def exact(snapshot: Snapshot) -> Snapshot:
        return replace(snapshot, marks=(), pending=(), pace=Pace(), early=0.0, late=0.0)

    assert exact(after) == exact(before)
    assert (after.early, after.late) == pytest.approx((before.early, before.late), abs=1e-5)
    assert after.pace.gap_ms == pytest.approx(before.pace.gap_ms, rel=1e-4)
    assert after.pace.last_at == before.pace.last_at
    assert list(after.marks) == pytest.approx(marks, abs=10)
    assert list(after.marks) == sorted(after.marks)
    for back, given_one in zip(after.pending, before.pending, strict=True):
        assert back.tag == given_one.tag
        assert back.key == pytest.approx(given_one.key, abs=10)
        assert back.made_at == pytest.approx(given_one.made_at, abs=100)
        assert back.window_end - back.made_at == given_one.window_end - given_one.made_at
        assert back.window_start - back.made_at == given_one.window_start - given_one.made_at
        assert back.expected_ms == pytest.approx(given_one.expected_ms, abs=100)
        assert (back.left_at is None) == (given_one.left_at is None)


def test_places_of_other_tiers_stay_before_and_behind_everybody() -> None:
    marks = (0, NOW - 5_000, NOW - 4_000, 1 << 53)
    snapshot = replace(full_snapshot(0), marks=marks, step=1, size=4)
    back = snapshot_of(snapshot_item(QUEUE, snapshot).attributes)
    assert [back.ahead(key) for key in (0, NOW - 4_500, NOW, 1 << 53)] == [0, 2, 3, 4]


def test_the_stored_item_expires_once_nobody_has_waited_for_a_month() -> None:
    assert snapshot_item(QUEUE, full_snapshot(0)).ttl == NOW // 1000 + 30 * 24 * 3600
