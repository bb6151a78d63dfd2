"""What can be promised: never more than the planned agents can keep."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from centralino.domain.staffing.erlang import service_level
from centralino.domain.staffing.slots import (
    QUARTER_MS,
    Slot,
    Standard,
    capacity,
    forecast,
    present_of,
    quarter_of,
)

STANDARD = Standard(handling_ms=180_000)
QUARTER = 1_800_000_000_000 - 1_800_000_000_000 % QUARTER_MS


@given(st.integers(0, 300), st.floats(0, 1500))
def test_calls_and_callbacks_together_keep_the_service_level(agents: int, calls: float) -> None:
    standard = Standard(180_000, reserved=0)
    held = capacity(agents, calls, standard)
    assert held >= 0
    if held:
        # A hair less load than a whole number of calls: the search stops just below the edge.
        load = (calls + held) * standard.handling_ms / QUARTER_MS - 1e-6
        assert service_level(agents, load, standard.handling_ms, 20_000) >= standard.level


@given(st.integers(1, 300), st.floats(0, 1_000), st.floats(0, 1))
def test_more_agents_never_hold_less(agents: int, calls: float, reserved: float) -> None:
    standard = Standard(180_000, reserved=reserved)
    assert capacity(agents, calls, standard) >= capacity(agents - 1, calls, standard)


@given(st.integers(0, 60), st.floats(0, 500), st.floats(0, 500), st.floats(0, 1))
def test_more_calls_never_leave_more_places(
    agents: int, calls: float, more: float, reserved: float
) -> None:
    standard = Standard(180_000, reserved=reserved)
    assert capacity(agents, calls + more, standard) <= capacity(agents, calls, standard)


@given(st.integers(0, 60), st.integers(30_000, 900_000), st.floats(0, 300))
def test_longer_talks_never_leave_more_places(agents: int, handling: int, calls: float) -> None:
    short, long = Standard(handling, reserved=0), Standard(handling * 2, reserved=0)
    # The calls bring work as well, so the comparison is of the whole.
    assert capacity(agents, calls, long) <= capacity(agents, calls, short)


@given(st.integers(0, 60), st.floats(0, 1), st.floats(0, 1))
def test_a_greater_share_never_holds_less(agents: int, share: float, other: float) -> None:
    low, high = sorted((share, other))
    assert capacity(agents, 1e6, Standard(180_000, reserved=low)) <= capacity(
        agents, 1e6, Standard(180_000, reserved=high)
    )


def test_a_share_is_kept_for_callbacks_on_the_busiest_day() -> None:
    busy = capacity(20, 10_000, STANDARD)
    assert busy == capacity(20, 20_000, STANDARD) > 0


def test_no_slot_holds_more_than_is_configured() -> None:
    assert capacity(20, 0, Standard(180_000, most=3)) == 3
    assert capacity(20, 0, Standard(180_000, most=0)) == 0


def test_absent_agents_leave_less_and_never_less_than_nobody() -> None:
    assert present_of(6, 2) == 4
    assert present_of(2, 5) == 0


def test_what_is_promised_beyond_what_can_be_held_is_at_risk() -> None:
    assert (Slot(0, QUARTER_MS, 4, 3).free, Slot(0, QUARTER_MS, 4, 3).at_risk) == (1, 0)
    assert (Slot(0, QUARTER_MS, 1, 3).free, Slot(0, QUARTER_MS, 1, 3).at_risk) == (0, 2)


def test_the_last_four_same_weekdays_count() -> None:
    assert forecast([4, 4, 4, 4, 400], 9) == 4
    assert forecast([7], 9) == 7
    assert forecast([], 9) == 9


def test_days_of_which_nothing_is_known_say_nothing_and_quiet_ones_do() -> None:
    assert forecast([None, 8, None, 4], 9) == 6
    assert forecast([None, None, None, None], 9) == 9
    assert forecast([0, 8], 9) == 4


def test_a_time_lies_in_the_quarter_that_began_last() -> None:
    assert quarter_of(QUARTER) == quarter_of(QUARTER + QUARTER_MS - 1) == QUARTER
    assert quarter_of(QUARTER + QUARTER_MS) == QUARTER + QUARTER_MS
