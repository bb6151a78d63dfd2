"""``callbacks.*``: whole callbacks are counted, each of their writes once and by its name."""

from __future__ import annotations

from functools import cache

import pytest

from cli.bench.callback_run import CallbackRun
from cli.bench.callbacks import benchmarks, floor, line_of, made_up_day
from cli.bench.latency.prices import billed, read_prices

CUSTOMERS = 12


@cache
def run(pick_up: float) -> CallbackRun:
    made = CallbackRun(1, pick_up)
    made.live(CUSTOMERS)
    return made


def units(made: CallbackRun, line: str) -> float:
    return sum(row.write for row in made.rows if row.write and line_of(row) == line) / CUSTOMERS


def test_a_customer_who_picks_up_costs_one_call() -> None:
    made = run(1.0)
    assert (made.reached, made.attempts) == (CUSTOMERS, CUSTOMERS)
    assert units(made, "claim") == 6
    assert units(made, "asks") == 6
    assert units(made, "number") == 2
    assert units(made, "release") == 2
    assert units(made, "in_vain") == 0


def test_a_customer_who_picks_up_costs_a_filed_request_and_a_filed_end() -> None:
    made = run(1.0)
    assert units(made, "ledger") == 2
    assert units(made, "decisions") == 1
    assert sum(row.write for row in made.rows) / CUSTOMERS >= floor(1, 1)


def test_the_floor_is_told_by_calls_and_by_customers_met() -> None:
    assert floor(1, 1) == 25
    assert floor(3, 0) == 11 + 33 + 9


def test_a_call_in_vain_costs_more_than_the_claim_of_its_agent() -> None:
    never, once = run(0.0), run(1.0)
    assert never.attempts == 3 * CUSTOMERS
    spent = [sum(row.write for row in made.rows) / CUSTOMERS for made in (once, never)]
    assert (spent[1] - spent[0]) / 2 > 6


def test_a_customer_who_never_picks_up_costs_three() -> None:
    made = run(0.0)
    assert (made.reached, made.attempts) == (0, 3 * CUSTOMERS)
    assert units(made, "claim") == 18
    assert units(made, "release") == 6
    assert units(made, "number") == 2
    assert units(made, "answered") == 0


@pytest.mark.parametrize("pick_up", [0.0, 1.0])
def test_every_write_has_a_line_and_every_item_a_price(pick_up: float) -> None:
    made = run(pick_up)
    lines = {line_of(row) for row in made.rows if row.write}
    assert "other" not in lines
    assert "" not in lines
    cost = read_prices().cost(billed(made.rows))
    assert min(cost.values()) > 0


def test_nothing_is_counted_that_is_there_without_callbacks() -> None:
    keys = {row.key or "" for row in run(1.0).rows if row.op.startswith("operations.")}
    assert not any(key.startswith(("sweep", "queue#", "heartbeat#")) for key in keys)


def test_metrics_are_found_by_their_names() -> None:
    assert set(benchmarks()) == {
        "callbacks.write_units",
        "callbacks.requests",
        "callbacks.dollars_per_million",
        "callbacks.promise_kept_ratio",
    }


def test_a_made_up_day_is_in_order_and_the_same_again() -> None:
    calls = made_up_day(1)
    assert calls == made_up_day(1)
    assert 1_000 < len(calls) < 2_000
    assert calls == sorted(calls, key=lambda call: call.arrival_s)
    assert 0.1 < sum(call.patience_s is not None for call in calls) / len(calls) < 0.3
