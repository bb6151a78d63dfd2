"""What can be promised: never more than the planned agents can keep."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from centralino.domain.staffing.erlang import service_level
from centralino.domain.staffing.slots import (
    QUARTER_MS,
    Standard,
    capacity,
    forecast,
    quarter_of,
    slots,
)

STANDARD = Standard(handling_ms=180_000)
QUARTER = 1_800_000_000_000 - 1_800_000_000_000 % QUARTER_MS


@given(st.integers(0, 60), st.floats(0, 300))
def test_calls_and_callbacks_together_keep_the_service_level(agents: int, calls: float) -> None:
    standard = Standard(180_000, reserved=0)
    held = capacity(agents, calls, standard)
    if held:
        load = (calls + held) * standard.handling_ms / QUARTER_MS
        assert service_level(agents, load, standard.handling_ms, 20_000) >= standard.share


@given(st.integers(1, 60), st.floats(0, 1_000), st.floats(0, 1))
def test_more_agents_never_hold_less(agents: int, calls: float, reserved: float) -> None:
    standard = Standard(180_000, reserved=reserved)
    assert capacity(agents, calls, standard) >= capacity(agents - 1, calls, standard)


def test_a_share_is_kept_for_callbacks_on_the_busiest_day() -> None:
    busy = capacity(20, 10_000, STANDARD)
    assert busy == capacity(20, 20_000, STANDARD) > 0


def test_absent_agents_shrink_what_is_free_and_show_what_is_at_risk() -> None:
    calls = {QUARTER: 10.0}
    (planned,) = slots({QUARTER: 6}, calls, {QUARTER: 3}, STANDARD)
    assert planned.free > 0
    assert planned.at_risk == 0
    (left,) = slots({QUARTER: 1}, calls, {QUARTER: 3}, STANDARD)
    assert left.free == 0
    assert left.at_risk == 3 - left.capacity > 0
    (nobody,) = slots({}, calls, {QUARTER: 3}, STANDARD)
    assert nobody.at_risk == 3


def test_the_last_four_same_weekdays_count() -> None:
    assert forecast([4, 4, 4, 4, 400], 9) == 4
    assert forecast([7], 9) == 7
    assert forecast([], 9) == 9


def test_a_time_lies_in_the_quarter_that_began_last() -> None:
    assert quarter_of(QUARTER) == quarter_of(QUARTER + QUARTER_MS - 1) == QUARTER
    assert quarter_of(QUARTER + QUARTER_MS) == QUARTER + QUARTER_MS
