"""The budget of a half-hour, and how the next window is made wider or narrower by it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.domain.promises.budget import Budget, budget_of
from centralino.domain.promises.levels import (
    LEAST_EARLY,
    LEAST_LATE,
    MOST_EARLY,
    early_share,
    late_share,
    levels,
)
from centralino.domain.promises.model import (
    EARLY_SHARE,
    HALF_HOUR_MS,
    LATE_SHARE,
    Pending,
    Snapshot,
)
from centralino.domain.promises.pace import Pace

START = 1_767_603_600_000
NOW = START + 600_000
PACE = Pace(assigned=50, busy_ms=50 * 30_000, last_at=NOW)
FRESH = Budget(10, 1, 30.0, 0.0, 0.0, 0, 1, 1, START + HALF_HOUR_MS)


def pending(tag: int, start_s: int, end_s: int, made_at: int = NOW) -> Pending:
    return Pending(tag, NOW, made_at, made_at + start_s * 1000, made_at + end_s * 1000, 0, 0)


def snapshot(
    *open_ones: Pending, announced: int = 10, missed: int = 1, before: int = 0
) -> Snapshot:
    return Snapshot(
        version=1,
        at=NOW,
        pace=PACE,
        half_hour=START // HALF_HOUR_MS,
        announced=announced,
        missed=missed,
        before=before,
        pending=open_ones,
    )


def test_the_usual_shares_add_up_to_a_tenth() -> None:
    assert late_share(FRESH) == LATE_SHARE
    assert early_share(FRESH, LATE_SHARE) == pytest.approx(EARLY_SHARE)


def test_the_rate_so_far_tells_how_many_are_to_come() -> None:
    # Ten in the first third of the half-hour, fifteen in the one before.
    budget = budget_of(snapshot(before=15), NOW, 0.999)
    rate = (10 + 0.3 * 15) / (1 / 3 + 0.3)
    assert budget.to_come == pytest.approx(1 + rate * 2 / 3)
    assert (budget.announced, budget.missed) == (10, 1)


def test_a_new_half_hour_begins_with_an_empty_budget_before_anything_is_learned() -> None:
    budget = budget_of(snapshot(), NOW + HALF_HOUR_MS, 0.999)
    assert (budget.announced, budget.missed) == (0, 0)
    assert budget.to_come == pytest.approx(1 + 0.3 * 10 / (1 / 3 + 0.3) * 2 / 3)
    assert budget_of(snapshot(), NOW + 3 * HALF_HOUR_MS, 0.999).to_come == 1


def test_an_open_window_is_at_risk_as_things_stand() -> None:
    sure = budget_of(snapshot(pending(1, 0, 600)), NOW, 0.999)
    doubtful = budget_of(snapshot(pending(1, 30, 60)), NOW, 0.999)
    lost = budget_of(snapshot(pending(1, -600, -60)), NOW, 0.999)
    assert sure.at_risk < 0.01
    assert 0.5 < doubtful.at_risk < 0.9
    assert lost.at_risk == 1
    assert lost.together == 0  # What is certain has no deviation.


def test_windows_of_another_half_hour_are_not_in_the_budget() -> None:
    old = pending(1, 30, 60, made_at=START - 1)
    assert budget_of(snapshot(old), NOW, 0.999).at_risk == 0


def test_scenarios_tell_what_fails_together() -> None:
    # The wait left is exponential with a mean of 30 s: its middle is at 21 s.
    early_half, late_half = pending(1, 0, 20), pending(2, 25, 600)
    budget = budget_of(snapshot(early_half, missed=0), NOW, 0.999)
    assert (budget.short, budget.long, budget.stalled) == (0, 1, 1)
    budget = budget_of(snapshot(late_half, missed=0), NOW, 0.999)
    assert (budget.short, budget.long, budget.stalled) == (1, 0, 0)
    # One of each: whichever way the line goes, one of them fails.
    budget = budget_of(snapshot(early_half, late_half, missed=0), NOW, 0.999)
    assert (budget.short, budget.long) == (1, 1)


def test_an_overdrawn_budget_makes_windows_as_wide_as_they_get() -> None:
    overdrawn = replace(FRESH, missed=3)
    assert late_share(overdrawn) == LEAST_LATE
    assert early_share(overdrawn, LEAST_LATE) == LEAST_EARLY


def test_a_budget_left_over_is_spent_on_the_beginning_alone() -> None:
    left_over = replace(FRESH, announced=30, missed=1, to_come=10)
    assert late_share(left_over) == LATE_SHARE
    assert EARLY_SHARE < early_share(left_over, LATE_SHARE) <= MOST_EARLY


def test_when_too_few_can_still_fail_the_beginning_is_as_late_as_it_gets() -> None:
    assert early_share(replace(FRESH, announced=38, missed=0, to_come=2), 0.05) == MOST_EARLY


def test_no_more_windows_are_open_than_may_fail_when_the_line_stands_still() -> None:
    assert late_share(replace(FRESH, stalled=1)) == LATE_SHARE
    shares = [late_share(replace(FRESH, stalled=n)) for n in range(8)]
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] == LEAST_LATE


def test_learned_levels_move_both_ends() -> None:
    plain = snapshot(announced=20, missed=2)
    forecast = PACE.wait(2, NOW, None)
    begin, end = levels(plain, forecast, NOW)
    assert (begin, end) == pytest.approx((EARLY_SHARE, 1 - LATE_SHARE))
    # Waits proved shorter, and longer, than forecast more often than meant.
    wider = replace(plain, early=0.02, late=0.99)
    assert levels(wider, forecast, NOW)[0] < begin
    assert levels(wider, forecast, NOW)[1] > end


def test_where_outcomes_come_too_late_a_few_are_told_half_of_the_forecast_in_turn() -> None:
    late = START + 28 * 60_000
    slow = Pace(assigned=50, busy_ms=50 * 60_000, last_at=late)
    forecast = slow.wait(20, late, late)
    everything_held = replace(
        snapshot(announced=60, missed=0), at=late, pace=slow, marks=tuple(range(20)), size=20
    )
    told = []
    for turn in range(4):
        begin, end = levels(everything_held, forecast, late)
        told.append((begin, end))
        window = Pending(
            turn,
            late,
            late,
            late + round(forecast.quantile(begin)),
            late + round(forecast.quantile(end)),
            0,
            0,
        )
        everything_held = replace(everything_held, pending=(*everything_held.pending, window))
    assert [begin == pytest.approx(0.5) for begin, _ in told] == [True, False, True, False]
    assert [end == pytest.approx(0.5) for _, end in told] == [False, True, False, True]
