"""How often a source may do something."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centralino.adapters.memory.clock import VirtualClock
from centralino.adapters.memory.operations import MemoryOperations
from centralino.application import limits
from centralino.application.limits import Budget, Limit, admit
from centralino.domain.errors import TooManyRequests


@given(
    burst=st.integers(1, 6),
    every_ms=st.integers(100, 5_000),
    pauses=st.lists(st.integers(0, 8_000), max_size=40),
)
def test_no_window_holds_more_than_the_burst_and_the_rate(
    burst: int, every_ms: int, pauses: list[int]
) -> None:
    clock = VirtualClock()
    operations = MemoryOperations(clock)
    admitted: list[int] = []
    for pause in pauses:
        clock.advance(pause)
        with suppress(TooManyRequests):
            admit(operations, clock, "a", Limit(burst, every_ms))
            admitted.append(clock.now())
    for start in range(len(admitted)):
        for end in range(start, len(admitted)):
            took = admitted[end] - admitted[start]
            assert end - start + 1 <= burst + took // every_ms


@given(burst=st.integers(1, 5), every_ms=st.integers(100, 5_000), tries=st.integers(1, 12))
def test_who_comes_back_when_told_is_let_in(burst: int, every_ms: int, tries: int) -> None:
    clock = VirtualClock()
    operations = MemoryOperations(clock)
    for _ in range(tries):
        try:
            admit(operations, clock, "a", Limit(burst, every_ms))
        except TooManyRequests as refused:
            clock.advance(refused.retry_after_s * 1000)
            admit(operations, clock, "a", Limit(burst, every_ms))


def test_sources_do_not_count_against_each_other() -> None:
    clock = VirtualClock()
    operations = MemoryOperations(clock)
    admit(operations, clock, "a", Limit(1, 60_000))
    admit(operations, clock, "b", Limit(1, 60_000))
    with pytest.raises(TooManyRequests):
        admit(operations, clock, "a", Limit(1, 60_000))


def test_two_at_once_are_two(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = VirtualClock()
    operations = MemoryOperations(clock)
    limit, reading, between = Limit(1, 60_000), operations.get, [True]

    def get(pk: str, sk: str):  # type: ignore[no-untyped-def]
        found = reading(pk, sk)
        if between:
            between.pop()
            admit(operations, clock, "a", limit)
        return found

    monkeypatch.setattr(operations, "get", get)
    with pytest.raises(TooManyRequests):
        admit(operations, clock, "a", limit)


# --------------------------------------------------------------------------- in one process


@given(
    burst=st.integers(1, 6),
    every_ms=st.integers(1, 500),
    pauses=st.lists(st.integers(0, 800), max_size=40),
)
def test_a_budget_lets_through_no_more_than_burst_and_rate(
    burst: int, every_ms: int, pauses: list[int]
) -> None:
    budget, now = Budget(), 1_000_000
    admitted: list[int] = []
    for pause in pauses:
        now += pause
        with suppress(TooManyRequests):
            budget.spend("c1", Limit(burst, every_ms), now)
            admitted.append(now)
        budget.spend(f"another at {len(admitted)}/{now}/{pause}", Limit(10_000, 1), now)
    for start in range(len(admitted)):
        for end in range(start, len(admitted)):
            took = admitted[end] - admitted[start]
            assert end - start + 1 <= burst + took // every_ms


def test_who_is_refused_again_and_again_is_told_once_a_second() -> None:
    budget = Budget()
    told = [now for now in range(0, 3_000, 100) if budget.is_to_be_told("c1", now)]
    assert told == [0, 1_000, 2_000]
    assert budget.is_to_be_told("c2", 2_050)


def test_a_budget_remembers_so_many_and_forgets_those_first_who_used_up_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "REMEMBERED", 3)
    budget, limit = Budget(), Limit(2, 1_000)
    for _ in range(2):
        budget.spend("flood", limit, 10_000)
    for number in range(50):
        budget.spend(f"c{number}", Limit(1, 1), 10_000 + number)
    with pytest.raises(TooManyRequests):
        budget.spend("flood", limit, 10_100)
    # Where everybody is at the limit, memory is worth more than exactness.
    for number in range(50):
        budget.spend(f"d{number}", Limit(1, 60_000), 10_200)
    budget.spend("flood", limit, 10_200)
