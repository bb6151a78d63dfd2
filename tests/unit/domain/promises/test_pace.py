"""How fast a queue moves, and how long a caller so far back still waits: known answers."""

from __future__ import annotations

from math import exp, factorial, sqrt

import pytest

from centralino.domain.promises.pace import AT_ONCE_MS, MEMORY, Pace
from centralino.domain.promises.spread import Spread

NOW = 1_767_603_612_345
SURE = 1e9
"""So many assignments seen that the pace is as good as known."""


def known_pace(gap_ms: float, leaving_per_ms: float = 0.0) -> Pace:
    return Pace(assigned=SURE, busy_ms=SURE * gap_ms, left=leaving_per_ms, waited_ms=1.0)


def exact_quantile(stages: int, gap: float, level: float) -> float:
    """Return the wait behind so many exponential gaps: Erlang's distribution, by bisection."""
    low, high = 0.0, 40.0 * stages
    while high - low > 1e-9:
        x = (low + high) / 2
        under = 1 - sum(exp(-x) * x**k / factorial(k) for k in range(stages))
        low, high = (x, high) if under < level else (low, x)
    return gap * low


@pytest.mark.parametrize("position", [0, 1, 4, 19])
@pytest.mark.parametrize("level", [0.001, 0.05, 0.5, 0.95, 0.999])
def test_with_a_known_pace_the_wait_is_that_of_an_m_m_c_queue(position: int, level: float) -> None:
    agents, service_ms = 6, 180_000
    gap = service_ms / agents
    wait = known_pace(gap).wait(position, NOW, None)
    assert wait.mean == pytest.approx((position + 1) * gap)
    # How sure one is of the pace adds 1/MEMORY of the squared mean; a known one has none of it.
    known = Spread(wait.mean, sqrt(wait.deviation**2 - wait.mean**2 / MEMORY))
    exact = exact_quantile(position + 1, gap, level)
    assert known.quantile(level) == pytest.approx(exact, abs=0.025 * max(exact, wait.mean))


def test_those_ahead_may_give_up() -> None:
    # Each gap is exponential with the rate of service and of leaving: their means add up.
    wait = known_pace(30_000, leaving_per_ms=1 / 300_000).wait(3, NOW, None)
    rates = [1 / 30_000 + ahead / 300_000 for ahead in range(4)]
    assert wait.mean == pytest.approx(sum(1 / rate for rate in rates))


def test_ringing_comes_on_top() -> None:
    pace = known_pace(30_000)
    for _ in range(300):
        pace = pace.after_ring(4_000)
    assert pace.wait(0, NOW, None).mean == pytest.approx(34_000, rel=1e-4)


def test_an_unsure_pace_widens_the_wait_and_does_not_move_it() -> None:
    sure = known_pace(30_000).wait(2, NOW, None)
    unsure = Pace(assigned=4, busy_ms=4 * 30_000, left=0, waited_ms=1).wait(2, NOW, None)
    assert unsure.mean == pytest.approx(sure.mean)
    assert unsure.deviation > 1.2 * sure.deviation


def test_the_pace_is_learned_from_those_who_waited() -> None:
    pace = Pace()
    for turn in range(1, 400):
        pace = pace.after_assignment(NOW, NOW + 20_000 * turn)
    assert pace.gap_ms == pytest.approx(20_000, rel=0.01)


def test_one_who_found_an_agent_free_tells_nothing() -> None:
    pace = Pace().after_assignment(NOW, NOW + 30_000)
    later = pace.after_assignment(NOW + 90_000, NOW + 90_000 + AT_ONCE_MS - 1)
    assert (later.assigned, later.busy_ms) == (pace.assigned, pace.busy_ms)
    # Nor does the time before them, in which nobody waited.
    after = later.after_assignment(NOW + 100_000, NOW + 110_000)
    keep = 1 - 1 / MEMORY
    assert after.busy_ms == pytest.approx(pace.busy_ms * keep + 10_000)


def test_assignments_told_in_another_order_give_the_same_time() -> None:
    one, two = (NOW, NOW + 20_000), (NOW + 1_000, NOW + 50_000)
    ordered = Pace().after_assignment(*one).after_assignment(*two)
    swapped = Pace().after_assignment(*two).after_assignment(*one)
    assert swapped.assigned == ordered.assigned
    assert swapped.last_at == ordered.last_at
    assert swapped.busy_ms == pytest.approx(ordered.busy_ms, rel=0.05)


def test_a_line_that_stands_still_gets_slower_without_an_assignment() -> None:
    pace = Pace(assigned=10, busy_ms=300_000, last_at=NOW)
    soon = pace.wait(0, NOW, NOW - 5_000).mean
    late = pace.wait(0, NOW + 240_000, NOW - 5_000).mean
    assert late == pytest.approx((300_000 + 240_000) / 10, rel=0.05)
    assert late > 1.7 * soon


def test_an_assignment_that_came_to_nothing_is_taken_back() -> None:
    pace = Pace(assigned=10)
    assert pace.after_return().assigned == 9
    assert Pace(assigned=0.7).after_return().assigned == 0.5


def test_a_very_long_line_costs_no_more_than_a_long_one() -> None:
    pace = known_pace(1_000, leaving_per_ms=1e-7)
    assert pace.wait(100_000, NOW, None).mean > pace.wait(2_000, NOW, None).mean


@pytest.mark.parametrize(("mean", "deviation"), [(60_000, 60_000), (200_000, 70_000)])
def test_quantile_and_probability_are_each_other_s_inverse(mean: float, deviation: float) -> None:
    spread = Spread(mean, deviation)
    for level in (0.02, 0.5, 0.98):
        assert spread.probability(spread.quantile(level)) == pytest.approx(level, abs=1e-6)


def test_nothing_is_served_before_now() -> None:
    assert Spread(1_000, 500).probability(0) == 0
    assert Spread(1_000, 500).within(-5_000, -1_000) == 0
