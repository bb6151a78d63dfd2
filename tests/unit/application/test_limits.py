"""How often a source may do something."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centralino.adapters.memory.clock import VirtualClock
from centralino.adapters.memory.operations import MemoryOperations
from centralino.application.limits import Limit, admit
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
