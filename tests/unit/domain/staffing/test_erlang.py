"""Erlang C against exact answers, and for centres of any size."""

from __future__ import annotations

import doctest
from fractions import Fraction
from math import isclose, isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centralino.domain.callbacks import local_times
from centralino.domain.staffing import erlang, slots
from centralino.domain.staffing.erlang import most_load, p_wait, service_level
from tests.support.call_logs import rows


@pytest.mark.parametrize("module", [erlang, slots, local_times])
def test_the_examples_hold(module: object) -> None:
    failed, tried = doctest.testmod(module)  # type: ignore[arg-type]
    assert failed == 0
    assert tried


def test_every_row_of_the_exact_table() -> None:
    checked = 0
    for row in rows("erlang_reference.csv"):
        if row["model"] != "M/M/c" or not int(row["stable"]):
            continue
        agents, load = int(row["agents"]), float(row["offered_erlangs"])
        handling, target = float(row["aht_s"]) * 1000, float(row["target_s"]) * 1000
        assert isclose(p_wait(agents, load), float(row["p_wait"]), abs_tol=1e-7)
        found = service_level(agents, load, round(handling), round(target))
        assert isclose(found, float(row["sl_of_offered"]), abs_tol=1e-7)
        checked += 1
    assert checked > 20


@pytest.mark.parametrize(("agents", "load"), [(1, 0.5), (7, 6.25), (40, 35.0), (400, 390.5)])
def test_it_is_the_formula_in_exact_fractions(agents: int, load: float) -> None:
    a = Fraction(load)
    term, below = Fraction(1), Fraction(0)
    for number in range(agents):
        below += term
        term = term * a / (number + 1)
    waiting = term * agents / (agents - a)
    assert isclose(p_wait(agents, load), float(waiting / (below + waiting)), rel_tol=1e-11)


def test_too_much_work_is_never_answered_in_time() -> None:
    assert service_level(5, 5.0, 180_000, 20_000) == 0
    assert p_wait(5, 7.0) == 1
    assert p_wait(0, 0.0) == 1
    assert p_wait(5, 0.0) == 0


@given(st.integers(1, 3000), st.floats(0.0, 1.2))
def test_centres_of_any_size_have_a_probability(agents: int, busy: float) -> None:
    found = p_wait(agents, agents * busy)
    assert isfinite(found)
    assert 0 <= found <= 1


@given(st.integers(0, 300), st.integers(10_000, 900_000), st.floats(0.5, 0.99))
def test_the_most_load_keeps_the_service_level_and_a_little_more_does_not(
    agents: int, handling_ms: int, share: float
) -> None:
    most = most_load(agents, handling_ms, 20_000, share)
    assert 0 <= most <= agents
    if most > 0:
        assert service_level(agents, most, handling_ms, 20_000) >= share
    if agents:
        assert service_level(agents, most + 0.001, handling_ms, 20_000) < share
