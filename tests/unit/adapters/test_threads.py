"""Requests sent together."""

from __future__ import annotations

import threading

import pytest

from centralino.adapters.threads import ThreadFanOut


def test_results_come_in_order_and_are_worked_on_together() -> None:
    together = threading.Barrier(4, timeout=5)

    def work(item: int) -> int:
        together.wait()
        return item * 2

    assert ThreadFanOut()(work, [1, 2, 3, 4]) == [2, 4, 6, 8]


def test_one_thing_needs_no_thread() -> None:
    here = threading.current_thread()
    assert ThreadFanOut()(lambda _: threading.current_thread(), [1]) == [here]
    assert ThreadFanOut()(lambda item: item, []) == []


def test_everything_is_finished_before_the_first_error_is_raised() -> None:
    done: list[int] = []

    def work(item: int) -> None:
        if item == 0:
            raise ValueError("first")
        done.append(item)

    with pytest.raises(ValueError, match="first"):
        ThreadFanOut()(work, list(range(20)))
    assert sorted(done) == list(range(1, 20))
