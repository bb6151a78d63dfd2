"""The window of a callback that keeps its place in line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from centralino.domain.callbacks.windows import promised
from centralino.domain.promises.estimate import Estimate

NOW = 1_000_000


def told(lower: int, upper: int) -> Estimate:
    return Estimate(1, lower, upper, expected_ms=0, deviation_ms=0)


def test_it_begins_with_the_earliest_answer_and_leaves_room_for_the_dial() -> None:
    window = promised(told(60_000, 240_000), NOW, NOW, 300_000)
    assert window == (NOW + 60_000, NOW + 540_000)


def test_it_never_begins_before_the_customer_may_be_called() -> None:
    opens = NOW + 3_600_000
    window = promised(told(60_000, 240_000), NOW, opens, 300_000)
    assert window == (opens, opens + 480_000)


@given(
    lower=st.integers(0, 10**7),
    spread=st.integers(1, 10**7),
    later=st.integers(0, 10**7),
    margin=st.integers(0, 10**6),
)
def test_it_is_as_long_as_the_wait_is_uncertain(
    lower: int, spread: int, later: int, margin: int
) -> None:
    start, end = promised(told(lower, lower + spread), NOW, NOW + later, margin)
    assert end - start == spread + margin
    assert start >= NOW + max(lower, later)
