"""When a customer is rung before an agent is found."""

from __future__ import annotations

import pytest

from centralino.domain.callbacks.readiness import LEAST_REST_MS, ready_to_ring, ring_by

MINUTE = 60_000


@pytest.mark.parametrize(
    ("window", "by"),
    [
        ((0, 30 * MINUTE), 15 * MINUTE),
        ((0, 3 * MINUTE), MINUTE),
        ((0, MINUTE), 0),
        (None, 60 * MINUTE - LEAST_REST_MS),
    ],
)
def test_a_window_leaves_time_for_the_ringing_itself(
    window: tuple[int, int] | None, by: int
) -> None:
    assert ring_by(window, 60 * MINUTE) == by


@pytest.mark.parametrize(
    ("now", "ahead", "ringing", "free", "expected_ms", "rung"),
    [
        (0, 0, 0, 0, None, False),
        (0, 0, 0, 1, None, True),
        (0, 0, 1, 1, None, False),
        (0, 2, 0, 2, None, False),
        (0, 5, 0, 0, 20_000, True),
        (0, 5, 0, 0, 20_001, False),
        (0, 0, 1, 0, 10_000, True),
        (0, 0, 1, 0, 10_001, False),
        (MINUTE, 50, 50, 0, None, True),
    ],
)
def test_a_customer_is_rung_for_an_agent_or_for_the_promise(
    now: int, ahead: int, ringing: int, free: int, expected_ms: int | None, rung: bool
) -> None:
    told = ready_to_ring(
        now=now,
        by=MINUTE,
        ahead=ahead,
        ringing=ringing,
        free=free,
        expected_ms=expected_ms,
        lead_ms=20_000,
    )
    assert told is rung
