"""Campaigns, customers and promises."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from centralino.domain.kpi import Parameters, compute
from centralino.domain.kpi.campaigns import (
    AgentAttempts,
    AnsweredBy,
    Attempt,
    by_campaign_and_window,
    number_conversations,
    per_account,
)
from centralino.domain.kpi.customers import CustomerPeriod, CustomerValue, SellingContact
from centralino.domain.kpi.promises import Promise, PromiseKind, Verdict, judge, judge_all

DAY = 86_400_000
HUMAN, MACHINE = AnsweredBy.HUMAN, AnsweredBy.MACHINE


@pytest.fixture
def attempts() -> list[Attempt]:
    return [
        Attempt("ct_1", "anna", 0, answered_ms=5_000, answered_by=MACHINE),
        Attempt("ct_2", "anna", 60_000, answered_ms=65_000, answered_by=HUMAN, connected_ms=67_000),
        Attempt(
            "ct_3", "anna", 90_000, answered_ms=95_000, answered_by=HUMAN,
            connected_ms=96_000, sale=True,
        ),
        Attempt(
            "ct_4", "bruno", 0, answered_ms=5_000, answered_by=HUMAN,
            connected_ms=7_001, sale=True,
        ),
        Attempt("ct_5", "carla", DAY, answered_ms=DAY + 9, answered_by=HUMAN),
        Attempt("ct_6", "dino", DAY),
    ]  # fmt: skip


def test_who_answered_and_who_bought(attempts: list[Attempt]) -> None:
    assert compute("answer_rate", attempts).value == 4 / 6
    assert compute("conversion_rate", attempts).value == 2 / 3
    assert compute("conversion_rate.per_call", attempts).value == 2 / 6


def test_sales_in_the_first_conversation(attempts: list[Attempt]) -> None:
    value = compute("first_call_close", number_conversations(attempts[::-1]))
    assert (value.value, value.counted_ids) == (1 / 2, ("ct_4",))
    assert compute("first_call_close", number_conversations(attempts[:2])).value is None


def test_attempts_per_account_and_per_agent_hour(attempts: list[Attempt]) -> None:
    assert compute("calls_per_account", per_account(attempts)).value == 6 / 4
    worked = [AgentAttempts("ag_1", 30, 7_200_000), AgentAttempts("ag_2", 10, 1_800_000)]
    assert compute("calls_per_agent", worked).value == 40 / 2.5


def test_people_left_without_an_agent(attempts: list[Attempt]) -> None:
    value = compute("dialer_abandon_rate", attempts)
    assert (value.value, value.counted_ids) == (2 / 4, ("ct_4", "ct_5"))
    assert compute("dialer_abandon_rate", attempts, Parameters(connect_within_ms=2_001)).value == (
        1 / 4
    )


def test_the_law_looks_at_each_campaign_and_window() -> None:
    rome = ZoneInfo("Europe/Rome")
    made = [
        Attempt(f"{campaign}{moment}", "anna", moment, campaign)
        # Midnight in Rome in January 1970 is 23:00 UTC.
        for campaign, moment in (("a", 0), ("a", DAY - 3_600_001), ("a", DAY - 3_600_000), ("b", 0))
    ]
    daily = by_campaign_and_window(made, rome)
    assert {(c, len(share)) for (c, _), share in daily.items()} == {("a", 2), ("a", 1), ("b", 1)}
    monthly = by_campaign_and_window(made, rome, days=30)
    assert {c: len(share) for (c, _), share in monthly.items()} == {"a": 3, "b": 1}
    with pytest.raises(ValueError, match="days must be 1 or more"):
        by_campaign_and_window(made, rome, days=0)


def test_a_sale_needs_somebody_to_talk_to() -> None:
    with pytest.raises(ValueError, match="ct_1: a sale needs a live conversation"):
        Attempt("ct_1", "anna", 0, answered_by=HUMAN, sale=True)


def test_retention_does_not_count_the_new() -> None:
    customers = [
        CustomerPeriod("anna", at_start=True, at_end=True),
        CustomerPeriod("bruno", at_start=True, at_end=False),
        CustomerPeriod("new", at_start=False, at_end=True),
    ]
    assert compute("retention", customers).value == 1 / 2


def test_extras_and_upgrades() -> None:
    contacts = [
        SellingContact("ct_1", extra_eligible=True, extra_accepted=True),
        SellingContact("ct_2", extra_eligible=True, upgrade_eligible=True),
        SellingContact("ct_3", upgrade_eligible=True, upgrade_accepted=True),
        SellingContact("ct_4"),
    ]
    assert compute("cross_sell_rate", contacts).value == 1 / 2
    assert compute("up_sell_rate", contacts).counted_ids == ("ct_3",)
    with pytest.raises(ValueError, match="extra accepted but not eligible"):
        SellingContact("ct_5", extra_accepted=True)
    with pytest.raises(ValueError, match="upgrade accepted but not eligible"):
        SellingContact("ct_5", upgrade_accepted=True)


def test_lifetime_value_keeps_its_inputs() -> None:
    customer = CustomerValue("anna", (110.0, 121.0), (1.0, 0.5), discount=0.1)
    assert customer.terms == pytest.approx((100, 50))
    assert compute("clv", [customer]).value == pytest.approx(150)
    at_once = CustomerValue("bruno", (50.0,), (1.0,), discount=0.1, first_period=0)
    assert compute("clv", [customer, at_once]).value == pytest.approx(100)


@pytest.mark.parametrize(
    ("margins", "survival", "discount", "message"),
    [
        ((1.0,), (), 0.1, "1 margins but 0 survival"),
        ((1.0,), (1.5,), 0.1, "between 0 and 1"),
        ((1.0,), (0.5,), -1.0, "above -1"),
    ],
)
def test_lifetime_value_of_impossible_inputs(
    margins: tuple[float, ...], survival: tuple[float, ...], discount: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        CustomerValue("anna", margins, survival, discount)


def promise(kind: PromiseKind, done: int | None = None, withdrawn: int | None = None) -> Promise:
    return Promise("ct_1", kind, 0, 100, 200, done, withdrawn)


@pytest.mark.parametrize(
    ("kind", "done", "withdrawn", "verdict"),
    [
        (PromiseKind.WAIT, 50, None, Verdict.KEPT),
        (PromiseKind.WAIT, 200, None, Verdict.KEPT),
        (PromiseKind.WAIT, 201, None, Verdict.BROKEN),
        (PromiseKind.WAIT, None, 199, Verdict.VOID),
        (PromiseKind.WAIT, None, 200, Verdict.BROKEN),
        (PromiseKind.WAIT, None, None, Verdict.BROKEN),
        (PromiseKind.CALLBACK, 99, None, Verdict.BROKEN),
        (PromiseKind.CALLBACK, 100, None, Verdict.KEPT),
        (PromiseKind.CALLBACK, 199, None, Verdict.KEPT),
        (PromiseKind.CALLBACK, 200, None, Verdict.BROKEN),
        (PromiseKind.CALLBACK, None, 99, Verdict.VOID),
        (PromiseKind.CALLBACK, None, 100, Verdict.BROKEN),
        (PromiseKind.CALLBACK, 250, 150, Verdict.BROKEN),
        (PromiseKind.CALLBACK, 120, 150, Verdict.KEPT),
        (PromiseKind.CALLBACK, None, 300, Verdict.BROKEN),
    ],
)
def test_how_a_promise_ends(
    kind: PromiseKind, done: int | None, withdrawn: int | None, verdict: Verdict
) -> None:
    assert judge(promise(kind, done, withdrawn), now_ms=1_000) is verdict


def test_a_promise_is_open_until_its_window_ends() -> None:
    assert judge(promise(PromiseKind.WAIT), now_ms=200) is Verdict.PENDING
    assert judge(promise(PromiseKind.WAIT), now_ms=201) is Verdict.BROKEN
    assert judge(promise(PromiseKind.CALLBACK), now_ms=199) is Verdict.PENDING
    assert judge(promise(PromiseKind.CALLBACK), now_ms=200) is Verdict.BROKEN


def test_only_the_first_announcement_of_a_leg_is_a_promise() -> None:
    wait = PromiseKind.WAIT
    promises = [
        Promise("ct_1", wait, 50, 100, 900, fulfilled_ms=500),
        Promise("ct_1", wait, 10, 100, 200, fulfilled_ms=500),
        Promise("ct_1", wait, 600, 600, 900, fulfilled_ms=700, leg=2),
        Promise("ct_2", wait, 0, 0, 100, withdrawn_ms=50),
        Promise("ct_3", PromiseKind.CALLBACK, 0, 0, 100, fulfilled_ms=50),
        Promise("ct_4", wait, 0, 0, 5_000),
    ]
    judged = judge_all(promises, now_ms=1_000)
    assert compute("promise_kept", judged).value == 2 / 3
    assert compute("promise_kept.wait", judged).value == 1 / 2
    assert compute("promise_kept.callback", judged).contact_ids == ("ct_3",)
    assert compute("promise_voids", judged).contact_ids == ("ct_2",)


def test_an_empty_window_is_refused() -> None:
    with pytest.raises(ValueError, match="ct_1: the promised window is empty"):
        Promise("ct_1", PromiseKind.WAIT, 0, 100, 100)
