"""The made-up day: reproducible, of the right shape, length and mix."""

from __future__ import annotations

import random
import statistics
from itertools import pairwise

import pytest

from local.demo import arrivals
from local.demo.arrivals import DAY_CURVE, LONGEST_DAY_S, day_length, lognormal, make_day
from local.demo.calls import OPENING_HOURS, Intent


def test_the_same_seed_makes_the_same_day() -> None:
    assert make_day(60, 6, seed=7) == make_day(60, 6, seed=7)
    assert make_day(60, 6, seed=7) != make_day(60, 6, seed=8)


@pytest.mark.parametrize("calls", [1, 2, 60, 500])
def test_a_day_has_exactly_the_calls_asked_for_in_order(calls: int) -> None:
    day = make_day(calls, 6, seed=1)
    assert [plan.number for plan in day] == list(range(1, calls + 1))
    assert [plan.at_s for plan in day] == sorted(plan.at_s for plan in day)
    assert all(0 <= plan.at_s <= day_length(calls, 6) for plan in day)
    assert len({plan.caller for plan in day}) == calls


def test_arrivals_follow_the_curve_of_the_day() -> None:
    length = 11 * 3600.0
    moments = arrivals.arrivals(random.Random(3), 40_000, length)
    # The rate runs straight between the points: an hour's share is the mean of its ends.
    weights = [(a + b) / 2 for a, b in pairwise(DAY_CURVE)]
    for hour, weight in enumerate(weights):
        share = sum(hour * 3600 <= at < (hour + 1) * 3600 for at in moments) / len(moments)
        assert share == pytest.approx(weight / sum(weights), rel=0.06)


def test_gaps_are_those_of_a_poisson_process() -> None:
    moments = arrivals.arrivals(random.Random(5), 20_000, 1_000.0, curve=(1.0, 1.0))
    gaps = [b - a for a, b in pairwise(moments)]
    # Exponential: the deviation is the mean, and 1/e of the gaps are longer than it.
    mean = statistics.mean(gaps)
    assert statistics.stdev(gaps) == pytest.approx(mean, rel=0.05)
    longer = sum(gap > mean for gap in gaps) / len(gaps)
    assert longer == pytest.approx(0.3679, abs=0.02)


def test_talk_is_lognormal_with_the_published_mean_and_deviation() -> None:
    rng = random.Random(11)
    drawn = [lognormal(rng, 185.0, 238.0) for _ in range(200_000)]
    assert statistics.mean(drawn) == pytest.approx(185, rel=0.03)
    assert statistics.stdev(drawn) == pytest.approx(238, rel=0.1)


def test_patience_is_exponential_with_the_published_mean() -> None:
    waits = [plan.patience_s or 0.0 for plan in make_day(20_000, 60, seed=2)]
    assert statistics.mean(waits) == pytest.approx(446, rel=0.05)
    assert statistics.stdev(waits) == pytest.approx(446, rel=0.07)


def test_every_kind_of_caller_comes() -> None:
    day = make_day(2_000, 20, seed=4)
    kinds = {intent: [p for p in day if p.intent is intent] for intent in Intent}
    assert all(kinds.values())
    assert all(plan.keys[-1] == OPENING_HOURS for plan in kinds[Intent.SELF_SERVICE])
    assert all(plan.keys == () for plan in kinds[Intent.LEAVE_IN_MENU])
    assert any(len(plan.keys) == 2 and plan.keys[0] for plan in day), "nobody slips"
    assert any(len(plan.keys) == 2 and not plan.keys[0] for plan in day), "nobody is silent"
    assert any(plan.agent_ends for plan in day)
    assert len({plan.line for plan in day}) == 2


def test_a_day_is_as_long_as_keeps_the_agents_busy() -> None:
    assert day_length(60, 6) == pytest.approx(60 * 205 / 6 / 0.8)
    assert day_length(60, 12) == day_length(60, 6) / 2
    assert day_length(20_000, 1) == LONGEST_DAY_S
