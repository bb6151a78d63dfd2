"""What a caller can be told: place, window, rounding, and when nothing is known."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centralino.domain.promises.estimate import (
    estimate,
    knows_enough,
    spoken_ceiling,
    spoken_floor,
)
from centralino.domain.promises.model import MOST_MARKS, Snapshot, order_key
from centralino.domain.promises.pace import Pace

NOW = 1_767_603_612_345
STEADY = Pace(assigned=40, busy_ms=40 * 30_000, last_at=NOW, left=0.001, waited_ms=1e9)


def line_of(places: int, pace: Pace = STEADY) -> Snapshot:
    keys = tuple(NOW - 60_000 + 1_000 * place for place in range(places))
    head = NOW - 60_000 if places else None
    return Snapshot(version=1, at=NOW, marks=keys, size=places, head_at=head, pace=pace)


def test_the_place_is_the_rank_in_line() -> None:
    snapshot = line_of(5)
    assert [estimate(snapshot, key, NOW).position for key in snapshot.marks] == [1, 2, 3, 4, 5]
    assert estimate(snapshot, NOW + 10_000, NOW).position == 6


def test_each_place_further_back_expects_and_is_told_to_wait_longer() -> None:
    told = [estimate(line_of(n), NOW, NOW) for n in range(12)]
    assert [t.position for t in told] == list(range(1, 13))
    assert all(a.expected_ms < b.expected_ms for a, b in pairwise(told))
    assert all(a.upper_ms <= b.upper_ms for a, b in pairwise(told))


def test_the_expected_wait_is_one_assignment_for_each_place() -> None:
    assert estimate(line_of(3), NOW, NOW).expected_ms == pytest.approx(4 * 30_000, rel=0.01)


def test_the_window_holds_nine_in_ten_of_the_forecast() -> None:
    told = estimate(line_of(9), NOW, NOW)
    forecast = STEADY.wait(9, NOW, NOW - 60_000)
    share = forecast.within(told.lower_ms, told.upper_ms)
    # Rounded outwards, never inwards.
    assert 0.90 <= share < 0.96


def test_nothing_is_known_of_a_queue_until_a_few_were_served() -> None:
    assert not knows_enough(Snapshot())
    pace = Pace().after_assignment(NOW, NOW + 20_000)
    assert not knows_enough(Snapshot(pace=pace))
    assert knows_enough(Snapshot(pace=pace.after_assignment(NOW, NOW + 40_000)))


def test_a_caller_of_a_better_tier_is_first_and_of_a_worse_one_last() -> None:
    snapshot = line_of(4)
    assert snapshot.ahead(order_key(1, 5, NOW)) == 0
    assert snapshot.ahead(order_key(9, 5, NOW)) == 4
    assert snapshot.ahead(order_key(5, 5, NOW - 58_500)) == 2


def test_a_long_line_is_sampled_and_the_rank_stays_within_a_step() -> None:
    keys = tuple(range(0, 300_000, 1_000))
    step = 8
    snapshot = Snapshot(marks=keys[::step], step=step, size=len(keys))
    assert len(snapshot.marks) <= MOST_MARKS
    for true, key in enumerate(keys):
        assert 0 <= snapshot.ahead(key) - true < step
    assert snapshot.ahead(10**9) == len(keys)


@pytest.mark.parametrize(
    ("wait_s", "floor_s", "ceiling_s"),
    [
        (0, 0, 5),
        (3, 0, 5),
        (5, 5, 5),
        (58, 55, 60),
        (61, 60, 70),
        (179, 170, 180),
        (181, 180, 210),
        (599, 570, 600),
        (601, 600, 660),
        (3_599, 3_540, 3_600),
    ],
)
def test_times_are_rounded_outwards_to_what_a_voice_says(
    wait_s: int, floor_s: int, ceiling_s: int
) -> None:
    assert spoken_floor(wait_s * 1000) == floor_s * 1000
    assert spoken_ceiling(wait_s * 1000) == ceiling_s * 1000


@given(
    ahead=st.integers(0, 300),
    gap=st.floats(200, 600_000),
    seen=st.floats(2.5, 60),
    open_ms=st.integers(0, 3_600_000),
    levels=st.tuples(st.floats(0.002, 0.45), st.floats(0.55, 0.999)),
    missed=st.integers(0, 40),
    later=st.integers(0, 1_799_000),
)
def test_a_window_is_never_empty_whatever_was_learned(
    ahead: int,
    gap: float,
    seen: float,
    open_ms: int,
    levels: tuple[float, float],
    missed: int,
    later: int,
) -> None:
    pace = Pace(assigned=seen, busy_ms=seen * gap, last_at=NOW - open_ms)
    now = NOW + later
    snapshot = replace(
        line_of(ahead, pace),
        early=levels[0],
        late=levels[1],
        half_hour=now // 1_800_000,
        announced=40,
        missed=missed,
    )
    told = estimate(snapshot, NOW, now)
    assert 0 <= told.lower_ms < told.upper_ms
    assert told.lower_ms % 5_000 == told.upper_ms % 5_000 == 0
