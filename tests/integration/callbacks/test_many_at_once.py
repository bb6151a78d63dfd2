"""Many callbacks due in one minute: each customer is called once, and never too many at once."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from centralino.domain.kpi.callback_promises import callback_promises
from centralino.domain.kpi.event_log import Event
from centralino.domain.kpi.promises import Verdict, judge
from tests.integration.callbacks.conftest import (
    ENDED_UNREACHED,
    PER_SECOND,
    WINDOW_MS,
    CallingBack,
    numbers,
)
from tests.support.polling import until

MINUTE_MS = 60_000


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def soon(at_least_ms: int) -> int:
    """Return a moment 20 s into a minute, at least so far ahead: between two sweeps."""
    return -(-(now_ms() + at_least_ms) // MINUTE_MS) * MINUTE_MS + 20_000


def called_once_each(
    calling_back: CallingBack, people: list[str], contacts: list[str], due: int, within: float
) -> list[int]:
    """Wait for the end of every callback; return by how much each call was late, in ms."""
    ended = calling_back.over(contacts, within)
    counted = calling_back.counted(people)
    assert counted.made == Counter(people)
    assert counted.refused == 0
    assert counted.most <= PER_SECOND
    for contact in ended:
        assert contact.callback is not None
        assert contact.callback.state is ENDED_UNREACHED
        assert len(contact.callback.attempts) == 1
    late = sorted(at - due for at in counted.rang.values())
    assert late[0] >= 0
    return late


def judged(calling_back: CallingBack, contacts: list[str]) -> tuple[int, int]:
    """Return how many promises were kept and broken, by the events that the bus has told."""

    def look() -> list[Event] | None:
        found = calling_back.exchange.events(*contacts)
        ended = {
            event["detail"]["metadata"]["entity_id"]
            for event in found
            if event["detail-type"] == "CallbackExhausted"
        }
        return list(found) if ended == set(contacts) else None

    promises = callback_promises(until(look, "the events of every callback", 120))
    assert len(promises) == len(contacts)
    verdicts = Counter(judge(promise, now_ms()) for promise in promises)
    assert set(verdicts) <= {Verdict.KEPT, Verdict.BROKEN}
    return verdicts[Verdict.KEPT], verdicts[Verdict.BROKEN]


def run(
    calling_back: CallingBack, count: int, series: int, *, lost: bool, ahead_ms: int, within: float
) -> list[int]:
    """Book so many for one moment, let their schedules be lost if told, and see them called."""
    # Rules that have just come into force are known everywhere after 30 s.
    people, due = numbers(count, series), soon(ahead_ms)
    contacts = calling_back.book(people, due)
    assert calling_back.schedules()
    if lost:
        assert calling_back.lose_schedules() >= count
        assert calling_back.schedules() == []
    late = called_once_each(calling_back, people, contacts, due, within)
    kept, broken = judged(calling_back, contacts)
    print(
        f"{count} callbacks, schedules {'lost' if lost else 'kept'}: first call "
        f"{late[0]} ms late, median {late[len(late) // 2]}, last {late[-1]}; "
        f"kept {kept}, broken {broken}, most in a second "
        f"{calling_back.counted(people).most}"
    )
    # What rang after its window is broken, whatever the reason; the phone rings after the call.
    assert broken >= sum(one >= WINDOW_MS for one in late)
    assert kept <= sum(one < WINDOW_MS for one in late)
    return late


def test_when_every_schedule_is_lost_the_sweep_calls_each_customer_once(
    calling_back: CallingBack,
) -> None:
    late = run(calling_back, 30, 0, lost=True, ahead_ms=45_000, within=240)
    # The first is not waited for by anybody: it is late by the sweep's doing alone.
    assert late[0] <= MINUTE_MS


@pytest.mark.full
def test_five_hundred_in_one_minute_are_called_once_each(calling_back: CallingBack) -> None:
    late = run(calling_back, 500, 1, lost=False, ahead_ms=120_000, within=900)
    assert late[-1] >= 500 / PER_SECOND * 1000


@pytest.mark.full
def test_five_hundred_without_their_schedules_are_called_once_each(
    calling_back: CallingBack,
) -> None:
    late = run(calling_back, 500, 2, lost=True, ahead_ms=120_000, within=900)
    assert late[0] <= MINUTE_MS
