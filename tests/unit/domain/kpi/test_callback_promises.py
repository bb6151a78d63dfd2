"""Promises of callbacks: which event keeps one, breaks one, or takes it back."""

from __future__ import annotations

from typing import Any

import pytest

from centralino.domain.kpi import compute
from centralino.domain.kpi.callback_promises import callback_promises
from centralino.domain.kpi.promises import Verdict, judge, judge_all

MINUTE = 60_000
LONG_AFTER = 10_000 * MINUTE
BY_US = ("agent", "supervisor", "system")

Told = tuple[int, str] | tuple[int, str, dict[str, Any]]


def promised(start: int, end: int) -> dict[str, Any]:
    return {"window_start": start * MINUTE, "window_end": end * MINUTE}


def moved(by: str) -> dict[str, Any]:
    return {"by": by}


def log(*told: Told, contact: str = "ct_1") -> list[dict[str, Any]]:
    """Return events at minutes, numbered as they come."""
    return [
        {
            "detail-type": one[1],
            "source": "centralino.contacts",
            "detail": {
                "metadata": {
                    "event_id": f"{contact}-{index}",
                    "entity_id": contact,
                    "sequence": index,
                    "schema_version": 1,
                    "correlation_id": contact,
                    "causation_id": None,
                    "occurred_at": one[0] * MINUTE,
                    "business_unit": "demo",
                },
                "data": one[2] if len(one) == 3 else {},
            },
        }
        for index, one in enumerate(told, start=1)
    ]


def verdicts(*told: Told) -> list[Verdict]:
    return [judge(promise, LONG_AFTER) for promise in callback_promises(log(*told))]


WINDOW: Told = (0, "CallbackPromised", promised(5, 20))
CUSTOMER = {"reason": "customer"}


@pytest.mark.parametrize(
    ("then", "verdict"),
    [
        ([(10, "CallbackRang")], Verdict.KEPT),
        ([(5, "CallbackRang")], Verdict.KEPT),
        ([(10, "CallbackRang"), (40, "CallbackRang")], Verdict.KEPT),
        ([(4, "CallbackRang")], Verdict.BROKEN),
        ([(4, "CallbackRang"), (10, "CallbackRang")], Verdict.BROKEN),
        ([(20, "CallbackRang")], Verdict.BROKEN),
        ([], Verdict.BROKEN),
        ([(4, "CallbackCancelled", CUSTOMER)], Verdict.VOID),
        ([(5, "CallbackCancelled", CUSTOMER)], Verdict.BROKEN),
        ([(25, "CallbackCancelled", CUSTOMER)], Verdict.BROKEN),
        ([(10, "CallbackRang"), (11, "CallbackCancelled", CUSTOMER)], Verdict.KEPT),
        ([(10, "CallbackRang"), (11, "CallbackCancelled", {"reason": "agent"})], Verdict.KEPT),
        ([(1, "CallbackCancelled", {"reason": "agent"})], Verdict.BROKEN),
        ([(1, "CallbackCancelled", {"reason": "spend_cap"})], Verdict.BROKEN),
        ([(3, "CallbackSuperseded", {"reason": "served"})], Verdict.VOID),
        ([(10, "CallbackSuperseded", {"reason": "served"})], Verdict.BROKEN),
        ([(19, "CallbackExpired", {"reason": "time_over"})], Verdict.BROKEN),
        ([(4, "CallbackExhausted", {"reason": "unreached"})], Verdict.BROKEN),
    ],
)
def test_a_promise_is_kept_by_the_first_ring_inside_its_window(
    then: list[Told], verdict: Verdict
) -> None:
    assert verdicts(WINDOW, *then) == [verdict]


def test_two_cancels_are_one() -> None:
    first, second = (3, "CallbackCancelled", CUSTOMER), (4, "CallbackCancelled", {"reason": "x"})
    assert verdicts(WINDOW, first, second) == [Verdict.VOID]


def test_what_the_customer_moves_twice_is_three_promises_and_two_of_them_void() -> None:
    story: list[Told] = [
        WINDOW,
        (2, "CallbackMoved", moved("customer")),
        (2, "CallbackPromised", promised(60, 75)),
        (3, "CallbackMoved", moved("customer")),
        (3, "CallbackPromised", promised(90, 105)),
        (91, "CallbackRang"),
        (92, "CallbackConnected"),
    ]
    assert verdicts(*story) == [Verdict.VOID, Verdict.VOID, Verdict.KEPT]


def test_moving_after_the_window_began_does_not_take_the_promise_back() -> None:
    late = [
        WINDOW,
        (7, "CallbackMoved", moved("customer")),
        (7, "CallbackPromised", promised(60, 75)),
        (61, "CallbackRang"),
    ]
    assert verdicts(*late) == [Verdict.BROKEN, Verdict.KEPT]


@pytest.mark.parametrize("by", BY_US)
def test_what_we_move_or_cancel_is_broken(by: str) -> None:
    story = [
        WINDOW,
        (2, "CallbackMoved", moved(by)),
        (2, "CallbackPromised", promised(60, 75)),
        (61, "CallbackCancelled", {"reason": by}),
    ]
    assert verdicts(*story) == [Verdict.BROKEN, Verdict.BROKEN]


def test_a_ring_belongs_to_the_promise_that_stood_then() -> None:
    """Rung in vain, then moved: the old promise was kept, the new one is judged by its own ring."""
    story = [
        WINDOW,
        (10, "CallbackRang"),
        (11, "CallbackMoved", moved("agent")),
        (11, "CallbackPromised", promised(60, 75)),
        (80, "CallbackRang"),
    ]
    assert verdicts(*story) == [Verdict.KEPT, Verdict.BROKEN]


def test_another_promise_that_nobody_asked_for_breaks_the_one_before() -> None:
    again: Told = (1, "CallbackPromised", promised(30, 40))
    assert verdicts(WINDOW, again, (31, "CallbackRang")) == [Verdict.BROKEN, Verdict.KEPT]


def test_a_promise_is_open_until_its_window_ends() -> None:
    (promise,) = callback_promises(log(WINDOW))
    assert judge(promise, 20 * MINUTE - 1) is Verdict.PENDING
    assert judge(promise, 20 * MINUTE) is Verdict.BROKEN


def test_ringing_in_time_and_reaching_in_time_are_told_apart() -> None:
    events = [
        *log(WINDOW, (10, "CallbackRang"), (11, "CallbackConnected"), contact="ct_1"),
        *log(WINDOW, (10, "CallbackRang"), (25, "CallbackConnected"), contact="ct_2"),
        *log(WINDOW, (30, "CallbackRang"), (31, "CallbackConnected"), contact="ct_3"),
        *log(WINDOW, (1, "CallbackCancelled", CUSTOMER), contact="ct_4"),
    ]
    judged = judge_all(callback_promises(events), LONG_AFTER)
    kept, reached = compute("promise_kept.callback", judged), compute("reached_in_window", judged)
    assert (kept.numerator, kept.denominator) == (2, 3)
    assert (reached.numerator, reached.denominator) == (1, 3)
    assert compute("promise_voids", judged).value == 1


def test_the_order_in_which_events_come_and_copies_of_them_change_nothing() -> None:
    story = log(
        WINDOW,
        (2, "CallbackMoved", moved("customer")),
        (2, "CallbackPromised", promised(60, 75)),
        (61, "CallbackRang"),
    )
    assert callback_promises(story[::-1] + story[1:3]) == callback_promises(story)


def test_a_broken_event_is_named() -> None:
    with pytest.raises(ValueError, match=r"ct_1#1 CallbackPromised"):
        callback_promises(log((0, "CallbackPromised", {})))
