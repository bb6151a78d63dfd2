"""What a snapshot learns from what happens, twice, late, out of order, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count, permutations

import pytest

from centralino.domain.promises.learning import (
    FORGOTTEN_MS,
    LEARNING_GAIN,
    Announced,
    Answered,
    Assigned,
    Left,
    Observation,
    Returned,
    learn,
)
from centralino.domain.promises.model import (
    EARLY_SHARE,
    HALF_HOUR_MS,
    LATE_SHARE,
    MOST_PENDING,
    MOST_SEEN,
    Snapshot,
    WaitPromise,
    mark,
)
from centralino.domain.promises.pace import Pace

NOW = 1_767_603_612_345
_marks = count(1)


def promise(made_at: int = NOW, start_s: int = 30, end_s: int = 90) -> WaitPromise:
    return WaitPromise(
        leg=1,
        made_at=made_at,
        window_start=made_at + start_s * 1000,
        window_end=made_at + end_s * 1000,
        position=2,
        expected_ms=60_000,
        deviation_ms=30_000,
        said_at=made_at,
        said_position=2,
        said_end=made_at + end_s * 1000,
    )


def told(tag: int, made_at: int = NOW, key: int = NOW) -> Announced:
    return Announced(next(_marks), tag, key, promise(made_at))


def answered(tag: int, after_s: int, made_at: int = NOW) -> Answered:
    return Answered(next(_marks), tag, made_at + after_s * 1000, 0, promise(made_at))


def left(tag: int, after_s: int, key: int = NOW) -> Left:
    return Left(next(_marks), tag, key, NOW + after_s * 1000, promise())


def assigned(tag: int, after_s: int, key: int, enqueued_at: int = NOW - 1_000) -> Assigned:
    return Assigned(next(_marks), tag, key, enqueued_at, NOW + after_s * 1000)


def learned(*observations: Observation, before: Snapshot | None = None) -> Snapshot:
    return learn(before or Snapshot(), observations, [], NOW)


def verdict(snapshot: Snapshot) -> tuple[int, int]:
    return snapshot.announced, snapshot.missed


@pytest.mark.parametrize(("after_s", "missed"), [(29, 1), (30, 0), (60, 0), (90, 0), (91, 1)])
def test_an_answer_tells_whether_the_window_held(after_s: int, missed: int) -> None:
    after = learned(told(1), answered(1, after_s))
    assert verdict(after) == (1, missed)
    assert after.pending == ()


def test_levels_follow_how_often_they_are_passed() -> None:
    after = learned(told(1), answered(1, 300))
    assert after.late == pytest.approx(1 - LATE_SHARE + LEARNING_GAIN * (1 - LATE_SHARE))
    assert after.early == pytest.approx(EARLY_SHARE + LEARNING_GAIN * EARLY_SHARE)
    after = learned(told(1), answered(1, 1))
    assert after.early == pytest.approx(EARLY_SHARE - LEARNING_GAIN * (1 - EARLY_SHARE))


def test_levels_settle_where_a_twentieth_passes_each() -> None:
    snapshot = Snapshot()
    # True waits are spread evenly from 0 to 120 s, whatever the forecast says.
    for turn in range(20_000):
        snapshot = learned(answered(1, turn * 7 % 120 + 1), before=snapshot)
        snapshot = replace(snapshot, seen=())
    forecast = promise().forecast
    assert snapshot.early == pytest.approx(forecast.probability(6_000), abs=0.01)
    assert snapshot.late == pytest.approx(forecast.probability(114_000), abs=0.02)


def test_who_left_is_judged_by_the_first_one_taken_from_behind_them() -> None:
    gone = learned(told(1), left(1, 10))
    assert [p.left_at for p in gone.pending] == [NOW + 10_000]
    ahead = learned(assigned(2, 20, NOW - 1), before=gone)
    assert ahead.pending == gone.pending
    behind = learned(assigned(3, 60, NOW + 1), before=ahead)
    assert behind.pending == ()
    assert verdict(behind) == (1, 0)
    late = learned(assigned(3, 120, NOW + 1), before=ahead)
    assert verdict(late) == (1, 1)


def test_who_left_is_judged_only_if_every_moment_in_between_gives_the_same_verdict() -> None:
    gone = learned(told(1), left(1, 10))
    # An agent was free when the next one came: somewhere between 10 s and 60 s they were served.
    free = Assigned(next(_marks), 2, NOW + 60_000, NOW + 60_000, NOW + 60_000)
    unsure = learned(free, before=gone)
    assert unsure.pending == ()
    assert verdict(unsure) == (1, 0)
    assert unsure.early == EARLY_SHARE
    assert unsure.late < 1 - LATE_SHARE
    soon = learned(replace(free, enqueued_at=NOW + 25_000, at=NOW + 25_000), before=gone)
    assert verdict(soon) == (1, 1)


def test_an_assignment_told_late_does_not_end_the_wait_of_one_who_left_after_it() -> None:
    gone = learned(told(1), left(1, 50))
    assert learned(assigned(2, 40, NOW + 1), before=gone).pending == gone.pending


def test_what_comes_twice_counts_once() -> None:
    batch: list[Observation] = [told(1), told(2), assigned(1, 40, NOW), answered(1, 40)]
    batch.append(left(2, 45))
    once = learned(*batch)
    twice = learned(*batch, before=once)
    assert replace(twice, version=1) == once
    assert learned(*batch, *batch) == once


def test_a_repeat_that_is_no_longer_recognised_neither_stays_open_nor_moves_the_line() -> None:
    first = told(1)
    after = learned(first, answered(1, 40))
    crowd = [Returned(next(_marks), 9, NOW) for _ in range(MOST_SEEN)]
    later = NOW + 100_000
    after = learn(after, crowd, [], later)
    again = learn(after, [first, left(1, 10)], [(NOW, NOW)], later + 1_000)
    assert again.pending == ()
    assert again.marks == (NOW,)


def test_a_large_batch_that_comes_twice_is_outgrown() -> None:
    def take(snapshot: Snapshot, turns: range) -> Snapshot:
        batch = [assigned(turn, 30 * turn, NOW + turn, NOW) for turn in turns]
        return learn(snapshot, batch, [], NOW)

    batch = [assigned(turn, 30 * turn, NOW + turn, NOW) for turn in range(1, 101)]
    once = learn(Snapshot(), batch, [], NOW)
    twice = learn(once, batch, [], NOW)
    assert twice.pace.gap_ms < once.pace.gap_ms
    once, twice = take(once, range(101, 301)), take(twice, range(101, 301))
    assert twice.pace.gap_ms == pytest.approx(once.pace.gap_ms, rel=0.05)


def test_any_order_of_contacts_gives_the_same_verdicts() -> None:
    stories: list[Sequence[Observation]] = [
        [told(1), assigned(1, 40, NOW - 5), answered(1, 40)],
        [told(2), assigned(2, 100, NOW - 4), answered(2, 100)],
        [told(3), assigned(3, 45, NOW - 3), answered(3, 45)],
    ]
    found = {
        verdict(learned(*(o for story in order for o in story))) for order in permutations(stories)
    }
    assert found == {(3, 1)}


def test_a_lost_announcement_is_learned_of_with_the_answer() -> None:
    assert verdict(learned(answered(1, 100))) == (1, 1)


def test_a_lost_answer_leaves_nothing_behind_for_ever() -> None:
    after = learned(told(1))
    assert len(after.pending) == 1
    later = promise().window_end + FORGOTTEN_MS
    assert learn(after, [], [], later).pending == ()


def test_no_more_are_followed_than_fit_and_the_rest_is_learned_with_the_answer() -> None:
    after = learned(*(told(tag) for tag in range(MOST_PENDING + 10)))
    assert len(after.pending) == MOST_PENDING
    assert verdict(learned(answered(MOST_PENDING + 5, 40), before=after)) == (MOST_PENDING + 1, 0)


def test_the_line_is_what_was_read_and_nothing_that_was_told() -> None:
    line = [(NOW - 3_000, NOW - 3_000), (NOW - 2_000, NOW - 2_000)]
    after = learn(Snapshot(), [assigned(9, 0, NOW - 3_000)], line, NOW)
    assert (after.marks, after.size, after.head_at) == ((NOW - 3_000, NOW - 2_000), 2, NOW - 3_000)


def test_a_half_hour_begins_anew_and_remembers_how_many_were_told_in_the_last() -> None:
    after = learned(told(1), answered(1, 300))
    next_one = learn(after, [], [], NOW + HALF_HOUR_MS)
    assert (next_one.announced, next_one.missed, next_one.before) == (0, 0, 1)
    assert learn(after, [], [], NOW + 5 * HALF_HOUR_MS).before == 0


def test_an_answer_to_an_announcement_of_the_last_half_hour_is_not_in_this_one() -> None:
    after = learn(learned(told(1)), [], [], NOW + HALF_HOUR_MS)
    assert verdict(learn(after, [answered(1, 100)], [], NOW + HALF_HOUR_MS)) == (0, 0)


def test_a_clock_that_steps_back_is_read_as_not_having_moved() -> None:
    after = learn(Snapshot(version=3, at=NOW), [], [], NOW - 60_000)
    assert (after.at, after.version) == (NOW, 4)


def test_those_who_give_up_are_counted_against_the_time_all_waited() -> None:
    before = Snapshot(version=1, at=NOW, size=4, pace=Pace(left=0.0, waited_ms=0.0))
    line = [(NOW, NOW)] * 2
    after = learn(before, [], line, NOW + 10_000)
    assert after.pace.waited_ms == 3 * 10_000


def test_marks_tell_events_apart() -> None:
    assert len({mark("ct_1", n) for n in range(50)} | {mark("ct_2", n) for n in range(50)}) == 100
