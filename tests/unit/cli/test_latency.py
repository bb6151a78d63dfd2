"""Virtual time: who is woken when, what counts as one wait, and how queues deliver."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from centralino.adapters.memory.clock import VirtualClock
from centralino.application.ports import Timer
from cli.bench.latency.draws import DELIVERY_MS, INVOKE_MS, Draws
from cli.bench.latency.functions import Function
from cli.bench.latency.queues import DelayedQueue, FifoQueue
from cli.bench.latency.requests import Request
from cli.bench.latency.scheduler import Scheduler


@pytest.fixture
def scheduler() -> Scheduler:
    return Scheduler(VirtualClock(0))


def test_tasks_sleep_side_by_side(scheduler: Scheduler) -> None:
    told: list[tuple[str, float]] = []

    def work(name: str, milliseconds: float) -> Callable[[], None]:
        def run() -> None:
            scheduler.sleep(milliseconds)
            told.append((name, scheduler.now))
            scheduler.sleep(milliseconds)
            told.append((name, scheduler.now))

        return run

    scheduler.spawn(work("slow", 5))
    scheduler.spawn(work("fast", 2))
    scheduler.run()
    assert told == [("fast", 2), ("fast", 4), ("slow", 5), ("slow", 10)]


def test_an_error_nobody_catches_ends_the_run(scheduler: Scheduler) -> None:
    def fail() -> None:
        scheduler.sleep(1)
        raise ValueError("here")

    scheduler.spawn(fail)
    with pytest.raises(ValueError, match="here"):
        scheduler.run()


def test_what_is_done_together_takes_as_long_as_the_longest(scheduler: Scheduler) -> None:
    ended: list[float] = []

    def work() -> None:
        waited = scheduler.together(lambda ms: scheduler.sleep(ms) or ms, [3, 9, 6], 3)
        ended.extend([scheduler.now, *waited])

    scheduler.spawn(work)
    scheduler.run()
    assert ended == [9, 3, 9, 6]


def test_more_than_fit_at_once_wait_for_their_turn(scheduler: Scheduler) -> None:
    ended: list[float] = []

    def work() -> None:
        scheduler.together(lambda _: scheduler.sleep(5), range(7), 3)
        ended.append(scheduler.now)

    scheduler.spawn(work)
    scheduler.run()
    assert ended == [15]


def test_all_is_finished_before_an_error_is_raised(scheduler: Scheduler) -> None:
    done: list[int] = []

    def one(number: int) -> None:
        scheduler.sleep(number)
        if number == 1:
            raise ValueError("first")
        done.append(number)

    def work() -> None:
        with pytest.raises(ValueError, match="first"):
            scheduler.together(one, [1, 2, 3], 3)
        done.append(99)

    scheduler.spawn(work)
    scheduler.run()
    assert done == [2, 3, 99]


def test_requests_sent_together_are_one_wait_per_wave(scheduler: Scheduler) -> None:
    trips: list[list[int]] = []

    def one(_: int) -> list[int]:
        first = scheduler.trip()
        scheduler.sleep(1)
        return [first, scheduler.trip()]

    def work() -> None:
        alone = scheduler.trip()
        trips.append([alone])
        trips.extend(scheduler.together(one, range(4), 2))
        trips.append([scheduler.trip()])

    scheduler.spawn(work)
    scheduler.run()
    alone, *four, after = trips
    assert four[0] == four[1]
    assert four[2] == four[3]
    assert len({alone[0], *four[0], *four[2], after[0]}) == 6


def function(scheduler: Scheduler, started: list[dict[str, Any]]) -> Function:
    """Return a function whose processes are plain dictionaries."""

    def start() -> Any:
        started.append({})
        return started[-1]

    return Function("f", scheduler, Draws(1), start, lambda row: None)


def test_a_process_serves_one_invocation_at_a_time_and_is_used_again(scheduler: Scheduler) -> None:
    started: list[dict[str, Any]] = []
    lambda_ = function(scheduler, started)
    seen: list[Any] = []

    def work(process: Any) -> None:
        seen.append(process)
        scheduler.sleep(100)

    lambda_.invoke("first", work)
    lambda_.invoke("second", work)
    scheduler.run()
    assert len(started) == 2
    begun = scheduler.now
    lambda_.invoke("third", work)
    scheduler.run()
    assert len(started) == 2
    assert seen[2] is seen[1]
    assert INVOKE_MS[0] + 100 <= scheduler.now - begun <= INVOKE_MS[1] + 100


def test_of_a_message_group_one_batch_is_under_way(scheduler: Scheduler) -> None:
    batches: list[tuple[float, str, int]] = []
    rows: list[Request] = []

    def consume(group: str, hops: list[int], done: Callable[[], None]) -> None:
        batches.append((scheduler.now, group, len(hops)))
        scheduler.after(500, done)

    queue = FifoQueue(scheduler, Draws(1), rows.append, consume)
    for _ in range(25):
        queue.put("a", 0)
    queue.put("b", 0)
    scheduler.run()
    of_a = [(at, size) for at, group, size in batches if group == "a"]
    assert sum(size for _, size in of_a) == 25
    assert max(size for _, size in of_a) <= 10
    assert all(later - earlier >= 500 for (earlier, _), (later, _) in pairwise(of_a))
    # The other group is not held up.
    (at_b,) = [at for at, group, _ in batches if group == "b"]
    assert DELIVERY_MS[0] <= at_b <= DELIVERY_MS[1]
    assert [row.op for row in rows].count("sqs.delete") == len(batches)


def test_a_delayed_message_comes_after_its_delay(scheduler: Scheduler) -> None:
    came: list[tuple[str, float]] = []

    def consume(batch: list[Timer], done: Callable[[], None]) -> None:
        came.extend((timer.key, scheduler.now) for timer in batch)
        done()

    queue = DelayedQueue(scheduler, Draws(1), lambda row: None, consume)
    queue.put(Timer("offer", "late"), 5_000)
    queue.put(Timer("offer", "soon"), 1_000)
    scheduler.run()
    assert [key for key, _ in came] == ["soon", "late"]
    assert 1_020 <= came[0][1] <= 1_080
    assert 5_020 <= came[1][1] <= 5_080
