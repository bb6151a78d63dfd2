"""Announced waits: nine windows in ten hold the true wait, in every busy half-hour.

The limits are the requirement itself: 88 to 92 % of a run, 85 to 95 % of every half-hour with
thirty announcements or more. The true wait of a caller who left is when they would have been
answered. Workloads are not chosen by their outcome: where one is known to miss a limit by chance
it says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache, partial
from typing import Any

import pytest

from centralino.adapters.memory.clock import EPOCH_MS
from centralino.domain import ids
from centralino.domain.configuration.model import Configuration
from centralino.domain.contacts.model import Contact
from centralino.simulation import (
    ListedCall,
    PromiseReport,
    QueueModel,
    read_calls,
    replay,
    simulate_day,
    simulate_queue,
)
from centralino.simulation.centre import RANK_ARRIVES, Caller, Centre
from centralino.simulation.one_queue import PLAN, PROFILE, QUEUE, enter_queue, one_queue
from centralino.simulation.promise_report import Announced, interval_score, promise_report
from centralino.simulation.promises import PromiseWatch, announcing
from cli.commands.simulate import as_list
from local.demo.day_file import DayCall
from tests.support.busy_days import busy_day, changing_day, gold_and_queue
from tests.support.call_logs import february_calls, shared_data

ORDERS = ("fifo", "credit90")
#: The twenty busiest days of February 1999.
DAYS = (1, 2, 3, 4, 7, 8, 9, 10, 11, 14, 15, 16, 17, 18, 21, 22, 23, 24, 25, 28)
#: Queues whose load never changes, watched for twelve hours.
STEADY = {
    "tight": QueueModel(105, 300, 10, 120, contacts=1_260),
    "small": QueueModel(220, 185, 10, 446, contacts=2_640, aht_sd_s=238),
    "medium": QueueModel(700, 185, 34, 446, contacts=8_400, aht_sd_s=238),
    "large": QueueModel(1_100, 185, 50, 300, contacts=13_200, aht_sd_s=238),
    "patient": QueueModel(180, 180, 10, None, contacts=2_160),
}


def held(report: PromiseReport) -> None:
    """Check a run against the requirement."""
    assert report.coverage is not None
    assert report.unknown == 0
    wrong = {
        f"{half.start_s // 3600}:{half.start_s // 60 % 60:02}": (half.covered, half.announced)
        for half in report.busy_half_hours
        if not 0.85 <= half.coverage <= 0.95
    }
    assert wrong == {}
    assert 0.88 <= report.coverage <= 0.92


def promises_of(calls: Sequence[ListedCall], agents: int, order: str = "fifo") -> PromiseReport:
    report = replay(calls, agents, order, promises=True).promises
    assert report is not None
    return report


# --------------------------------------------------------------------------- it holds


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("agents", [6, 7, 8])
def test_on_the_golden_day(agents: int, order: str) -> None:
    calls = read_calls(shared_data() / "golden_replay_990209_c6_fifo.csv")
    report = promises_of(calls, agents, order)
    assert report.announced > 100
    held(report)


@pytest.mark.parametrize("seed", [1, 2])
def test_in_a_steady_queue_that_callers_leave(seed: int) -> None:
    model = QueueModel(220, 185, 10, 446, contacts=1_200, aht_sd_s=238, seed=seed)
    report = simulate_queue(model, promises=True).promises
    assert report is not None
    assert report.void > 50
    held(report)


def test_in_a_steady_queue_that_nobody_leaves() -> None:
    model = QueueModel(180, 180, 10, None, contacts=800, seed=2)
    report = simulate_queue(model, promises=True).promises
    assert report is not None
    assert report.void == 0
    held(report)


@pytest.mark.parametrize("seed", [1, 3])
def test_on_a_day_of_rushes(seed: int) -> None:
    held(promises_of(busy_day(seed, agents=12), 12))


@pytest.mark.parametrize("gold", [False, True])
@pytest.mark.parametrize("seed", [1, 3])
def test_on_a_day_of_shifts_and_priorities(seed: int, gold: bool) -> None:
    report = simulate_day(changing_day(seed, 6, gold=gold), promises=True).promises
    assert report is not None
    assert report.announced > 500
    held(report)
    # What many centres announce, the wait of the last caller, is neither as sure nor as sharp.
    assert report.score_compared_s is not None
    assert report.rival_score_s is not None
    assert report.score_compared_s < report.rival_score_s


# --------------------------------------------------------------------------- the truth


def run(
    rules: Configuration, callers: Sequence[Caller], arrivals: Sequence[int], agents: int
) -> tuple[list[Announced], dict[int, int]]:
    """Let callers through; return what they were told and when each was answered."""
    answered: dict[int, int] = {}

    def ended(contact: Contact, caller: Caller) -> None:
        if contact.segments:
            answered[caller.number] = contact.segments[0].connected_at or 0

    centre = Centre(announcing(rules), enter=enter_queue, ended=ended, hot=True)
    watch = PromiseWatch(centre, until=EPOCH_MS + arrivals[-1])
    for _ in range(agents):
        centre.sign_in(centre.hire(PROFILE))
    for caller, at in zip(callers, arrivals, strict=True):
        centre.at(EPOCH_MS + at, RANK_ARRIVES, partial(centre.arrive, replace(caller)))
    centre.run()
    return watch.outcomes(), answered


@pytest.mark.parametrize(
    ("rules", "names"),
    [
        (one_queue(), (QUEUE,)),
        (one_queue(60_000), (QUEUE,)),
        (gold_and_queue(), ("queue", "queue", "gold")),
    ],
)
def test_who_left_is_held_to_when_they_would_have_been_answered(
    rules: Configuration, names: tuple[str, ...]
) -> None:
    calls = busy_day(3, agents=4, peak=1.4)[150:250]
    arrivals = [1000 * (call.arrival_s - calls[0].arrival_s) for call in calls]
    callers = [
        Caller(
            number=number,
            service_ms=call.service_s * 1000,
            patience_ms=(call.patience_s or 0) * 1000,
            queue=names[number % len(names)],
            plan=PLAN,
            priority=int(number % 5 == 0),
        )
        for number, call in enumerate(calls)
    ]
    outcomes, _ = run(rules, callers, arrivals, 4)
    numbers = {o.contact: n for o in outcomes for n in range(len(calls)) if _is(o, n)}
    gone = [o for o in outcomes if o.left_at is not None]
    assert len(gone) >= 5
    for outcome in gone[:10]:
        number = numbers[outcome.contact]
        patient = list(callers)
        patient[number] = replace(callers[number], patience_ms=None)
        _, answered = run(rules, patient, arrivals, 4)
        assert outcome.served_at == answered[number]


def _is(outcome: Announced, number: int) -> bool:
    return outcome.contact == ids.CONTACT + ids.crockford(number)


def test_announcing_changes_nobody_s_wait() -> None:
    calls = busy_day(1, agents=6)[200:700]
    silent = replay(calls, 6)
    assert replace(replay(calls, 6, promises=True), promises=None) == silent


def test_the_same_run_gives_the_same_report() -> None:
    calls = busy_day(1, agents=6)[:300]
    assert promises_of(calls, 6) == promises_of(calls, 6)


# --------------------------------------------------------------------------- its figures


def told(name: str, served_s: int | None, left_s: int | None = None, made_s: int = 0) -> Announced:
    def at(seconds: int) -> int:
        return (made_s + seconds) * 1000

    return Announced(
        name,
        made_at=at(0),
        window_start=at(30),
        window_end=at(90),
        rival=(20_000.0, 50_000.0),
        served_at=None if served_s is None else at(served_s),
        left_at=None if left_s is None else at(left_s),
    )


def test_figures_by_hand() -> None:
    outcomes = [
        told("in", 60),
        told("early", 20),
        told("late", 100),
        told("left, in", 90, left_s=10),
        told("left, never known", None, left_s=10),
        told("next half-hour", 60, made_s=1800),
    ]
    report = promise_report(outcomes, now=10**7, origin_ms=0, snapshot_writes=4)
    assert (report.announced, report.covered, report.unknown) == (5, 3, 1)
    assert (report.coverage, report.late) == (3 / 5, 1 / 5)
    assert report.width_s == 60
    # Two windows missed by ten seconds each, at 2 / 0.1 a second.
    assert report.interval_score_s == pytest.approx(60 + 2 * 10 * 20 / 5)
    # The rival's are 20 to 50 s: it misses 60, 100, 90 and 60.
    assert report.rival_coverage == 1 / 5
    assert report.rival_score_s == pytest.approx(30 + (10 + 50 + 40 + 10) * 20 / 5)
    # Too early is kept, as the KPI has it; who left within the window takes the promise back.
    assert (report.kept, report.broken, report.void) == (3, 1, 2)
    assert [(h.start_s, h.announced, h.covered) for h in report.half_hours] == [
        (0, 4, 2),
        (1800, 1, 1),
    ]
    assert report.busy_half_hours == ()
    assert report.snapshot_writes == 4


def test_nobody_told_anything_is_no_figure() -> None:
    report = promise_report([], now=0)
    assert (report.coverage, report.interval_score_s, report.rival_score_s) == (None, None, None)


def test_the_interval_score_is_that_of_gneiting_and_raftery() -> None:
    assert interval_score(10, 30, 10) == interval_score(10, 30, 30) == 20
    assert interval_score(10, 30, 7) == pytest.approx(20 + 20 * 3)
    assert interval_score(10, 30, 33, alpha=0.5) == pytest.approx(20 + 4 * 3)


# --------------------------------------------------------------------------- what it costs


def test_a_busy_queue_costs_a_tenth_of_a_write_a_call() -> None:
    # Two calls a second, and as many agents as just do not keep up.
    model = QueueModel(7_200, 60, 119, 120, contacts=2_000, seed=1)
    report = simulate_queue(model, promises=True).promises
    assert report is not None
    assert report.announced > 1_000
    assert report.snapshot_writes <= 0.11 * (model.contacts + model.warm_up)


# --------------------------------------------------------------------------- far and wide


def wide(runs: Sequence[tuple[object, ...]], missed: set[tuple[object, ...]]) -> list[Any]:
    """Return the runs as cases; those known to miss a limit must go on missing it."""
    assert missed <= set(runs)
    lost = pytest.mark.xfail(reason="known to miss a limit", strict=True)
    return [pytest.param(*run, marks=[lost] if run in missed else []) for run in runs]


@cache
def february() -> dict[str, list[ListedCall]]:
    """Return the twenty busiest days of the month, as lists of calls."""
    shared_data()
    by_day: dict[date, list[DayCall]] = {}
    for call in february_calls()[0]:
        by_day.setdefault(call.day, []).append(call)
    busiest = sorted(by_day, key=lambda day: -len(by_day[day]))[:20]
    return {
        str(day): [replace(c, priority=2 * c.priority) for c in as_list(by_day[day])]
        for day in busiest
    }


@pytest.mark.full
@pytest.mark.parametrize(
    ("day", "agents", "order"),
    wide(
        [
            (f"1999-02-{day:02}", agents, order)
            for day in DAYS
            for agents in (6, 7, 8)
            for order in ORDERS
        ],
        {
            ("1999-02-01", 7, "fifo"),
            ("1999-02-03", 6, "credit90"),
            ("1999-02-04", 7, "fifo"),
            ("1999-02-04", 8, "credit90"),
            ("1999-02-08", 6, "credit90"),
            ("1999-02-08", 7, "credit90"),
            ("1999-02-10", 6, "fifo"),
            ("1999-02-10", 6, "credit90"),
            ("1999-02-10", 8, "credit90"),
            ("1999-02-11", 6, "credit90"),
            ("1999-02-14", 8, "fifo"),
            ("1999-02-16", 6, "fifo"),
            ("1999-02-17", 7, "credit90"),
            ("1999-02-17", 8, "fifo"),
            ("1999-02-17", 8, "credit90"),
            ("1999-02-18", 6, "fifo"),
            ("1999-02-21", 6, "fifo"),
            ("1999-02-28", 6, "credit90"),
        },
    ),
)
def test_on_real_days(day: str, agents: int, order: str) -> None:
    held(promises_of(february()[day], agents, order))


@pytest.mark.full
@pytest.mark.parametrize(
    ("seed", "name"),
    wide(
        [(seed, name) for seed in range(1, 7) for name in STEADY],
        {(1, "tight"), (2, "tight"), (3, "patient"), (4, "small"), (5, "patient")},
    ),
)
def test_in_steady_queues(seed: int, name: str) -> None:
    report = simulate_queue(replace(STEADY[name], seed=seed), promises=True).promises
    assert report is not None
    held(report)


@pytest.mark.full
@pytest.mark.parametrize(
    ("seed", "agents"),
    wide(
        [(seed, agents) for seed in range(1, 11) for agents in (8, 12, 25)],
        {(1, 8), (2, 8), (2, 12), (3, 25)},
    ),
)
def test_on_days_of_rushes(seed: int, agents: int) -> None:
    held(promises_of(busy_day(seed, agents), agents))


@pytest.mark.full
@pytest.mark.parametrize(
    ("seed", "agents", "gold"),
    wide(
        [
            (s, agents, gold)
            for s in range(1, 9)
            for agents in (6, 12, 24)
            for gold in (False, True)
        ],
        {(2, 12, False), (4, 6, True)},
    ),
)
def test_on_days_of_shifts_and_priorities(seed: int, agents: int, gold: bool) -> None:
    report = simulate_day(changing_day(seed, agents, gold=gold), promises=True).promises
    assert report is not None
    held(report)
