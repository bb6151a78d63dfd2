"""Far moments: schedules that come early, late, twice or never, and the sweep that makes good."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from centralino.application import timers
from centralino.application.app import App
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import items, timing
from centralino.application.callbacks import sweep as callback_sweep
from centralino.application.ports import Item, Timer
from centralino.domain.callbacks.local_times import moment
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.configuration.hours import Hours, Interval
from centralino.domain.errors import Conflict
from tests.support.centre import Centre
from tests.unit.application.calling_back import asked, centre_with, ended_once, minutes, sound

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def far(after: int = 3 * HOUR, **changes: object) -> tuple[Centre, str, int]:
    """Return a centre, a callback that is due after so long, and when that is."""
    centre = centre_with(CallbackRules(delay_ms=after, expire_ms=30 * DAY), **changes)
    due = centre.app.clock.now() + after
    return centre, asked(centre), due


def until(centre: Centre, moment: int) -> None:
    centre.advance(moment - centre.app.clock.now())


def said(centre: Centre, message: str) -> list[dict[str, Any]]:
    return [line.fields for line in centre.world.log.lines if line.message == message]


def test_what_is_far_is_left_to_a_schedule_and_is_due_to_the_millisecond() -> None:
    centre, contact, due = far()
    assert centre.world.schedules.made == 1
    assert [timer for timer in centre.world.timers.pending() if timer.kind == timing.KIND]
    until(centre, due - 1)
    assert centre.state(contact) == "SCHEDULED"
    until(centre, due)
    assert centre.state(contact) == "WAITING"


def test_what_a_timer_reaches_needs_no_schedule() -> None:
    centre, contact, due = far(900_000)
    assert centre.world.schedules.made == 0
    until(centre, due)
    assert centre.state(contact) == "WAITING"


@pytest.mark.parametrize(
    "mishap",
    [{"duplicate": 1.0}, {"late_ms": 60_000.0}, {"late_ms": 60_000.0, "duplicate": 1.0}],
)
def test_schedules_that_are_late_or_doubled_change_nothing(mishap: dict[str, float]) -> None:
    centre = centre_with(CallbackRules(delay_ms=3 * HOUR, expire_ms=30 * DAY))
    for name, share in mishap.items():
        setattr(centre.world.schedules.mishaps, name, share)
    due = centre.app.clock.now() + 3 * HOUR
    contact = asked(centre)
    until(centre, due - 1)
    assert centre.state(contact) == "SCHEDULED"
    until(centre, due)
    assert centre.state(contact) == "WAITING"
    version = centre.contact(contact).version
    until(centre, due + 2 * MINUTE)
    assert centre.contact(contact).version == version


def test_a_schedule_that_fires_long_before_or_after_is_harmless() -> None:
    centre, contact, due = far()
    timers.fire(centre.app, Timer(timing.KIND, contact), "early")
    assert centre.state(contact) == "SCHEDULED"
    # Asked for again, it is the same schedule.
    assert centre.world.schedules.made == 1
    until(centre, due)
    version = centre.contact(contact).version
    timers.fire(centre.app, Timer(timing.KIND, contact), "late")
    assert centre.contact(contact).version == version


def test_a_lost_schedule_makes_nobody_late() -> None:
    centre = centre_with(CallbackRules(delay_ms=3 * HOUR, expire_ms=30 * DAY))
    centre.world.schedules.mishaps.lose = 1.0
    contact = asked(centre)
    due = centre.app.clock.now() + 3 * HOUR
    centre.advance(20_000)  # a sweep comes at any second of a minute
    while centre.app.clock.now() < due - MINUTE:
        minutes(centre, 1)
    assert centre.state(contact) == "SCHEDULED"
    until(centre, due)
    assert centre.state(contact) == "WAITING"
    minutes(centre, 3)
    assert said(centre, "callbacks_late") == []
    assert said(centre, "callbacks_woken") == [{"count": 1}]
    sound(centre)


def test_a_moment_between_two_sweeps_is_late_by_less_than_a_minute() -> None:
    # Due ten seconds into a minute; the sweep of that minute comes 40 s later.
    centre = centre_with(CallbackRules(delay_ms=2 * HOUR + 10_000, expire_ms=30 * DAY))
    centre.world.schedules.mishaps.lose = 1.0
    contact = asked(centre)
    due = centre.app.clock.now() + 2 * HOUR + 10_000
    centre.advance(50_000)
    while centre.state(contact) == "SCHEDULED":
        minutes(centre, 1)
        centre.advance(0)
        assert centre.app.clock.now() <= due + MINUTE
    assert centre.app.clock.now() - due <= MINUTE


def test_a_schedule_that_cannot_be_made_is_no_reason_to_refuse() -> None:
    centre = centre_with(CallbackRules(delay_ms=3 * HOUR, expire_ms=30 * DAY))
    centre.world.faults.refuse("schedules.at", times=None)
    contact = asked(centre)
    assert len(said(centre, "schedule_not_made")) == 1
    minutes(centre, 3 * 60)
    centre.advance(0)
    assert centre.state(contact) == "WAITING"


def test_a_callback_of_in_two_weeks_outlives_a_sweep_that_stood_still() -> None:
    centre = centre_with(CallbackRules(delay_ms=14 * DAY, expire_ms=30 * DAY))
    centre.world.schedules.mishaps.lose = 1.0
    contact = asked(centre)
    centre.sweep()
    centre.advance(17 * DAY)
    assert centre.state(contact) == "SCHEDULED"
    for _ in range(3):
        minutes(centre, 1)
    assert centre.state(contact) == "WAITING"
    assert said(centre, "callbacks_late")[0]["most_ms"] >= 3 * DAY


def test_who_only_the_sweep_has_seen_is_told_to_be_late() -> None:
    centre, contact, _ = far(10 * MINUTE)
    centre.world.timers._queue.clear()  # every timer is lost
    centre.advance(40_000)
    minutes(centre, 10)
    assert centre.state(contact) == "WAITING"
    (late,) = said(centre, "callbacks_late")
    assert late["late"] == 1
    assert timing.SCHEDULE_LATE_MS >= late["most_ms"] > callback_sweep.LATE_MS


# --------------------------------------------------------------------------- nights with two clocks


NIGHTS = [
    ("Europe/Rome", "2027-03-27T20:00", "2027-03-28T01:59", "2027-03-28T09:00"),
    ("Europe/Rome", "2027-03-27T20:00", "2027-03-28T03:00", "2027-03-28T09:00"),
    ("Europe/Rome", "2026-10-24T20:00", "2026-10-25T02:30+02:00", "2026-10-25T09:00"),
    ("Europe/Rome", "2026-10-24T20:00", "2026-10-25T02:30+01:00", "2026-10-25T09:00"),
    ("America/New_York", "2027-11-06T20:00", "2027-11-07T01:30-04:00", "2027-11-07T09:00"),
    ("America/New_York", "2027-11-06T20:00", "2027-11-07T01:30-05:00", "2027-11-07T09:00"),
]


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize(("zone", "booked", "wanted", "opens"), NIGHTS)
def test_in_a_night_with_two_clocks_nobody_is_called_before_opening_or_an_hour_off(
    zone: str, booked: str, wanted: str, opens: str, lost: bool
) -> None:
    now, due, open_at = moment(booked, zone), moment(wanted, zone), moment(opens, zone)
    hours = Hours("legal", zone, ((Interval(9 * 60, 18 * 60),),) * 7)
    rules = CallbackRules(delay_ms=due - now, expire_ms=3 * DAY, hours="legal")
    centre = centre_with(rules, hours={"legal": hours})
    centre.world.clock.move_to(now)
    centre.world.schedules.mishaps.lose = 1.0 if lost else 0.0
    contact = asked(centre)
    while centre.app.clock.now() < open_at - MINUTE:
        minutes(centre, 1)
        assert centre.state(contact) == "SCHEDULED"
    until(centre, open_at - 1)
    assert centre.state(contact) == "SCHEDULED"
    until(centre, open_at)
    assert centre.state(contact) == "WAITING"
    ended_once(centre)


# --------------------------------------------------------------------------- the sweep's own time


def notes(app: App, count: int, minute: int) -> set[str]:
    names = {f"co_{number:04}" for number in range(count)}
    for name in names:
        app.operations.put(Item(items.due_at(minute), name, {"at": minute * MINUTE, "by": "timer"}))
    return names


def left(app: App, minute: int) -> set[str]:
    return {item.sk for item in app.operations.list(items.due_at(minute))}


def test_a_sweep_that_runs_out_of_time_goes_on_where_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    centre, _, _ = far()
    centre.sweep()
    minute = centre.app.clock.now() // MINUTE + 1
    names = notes(centre.app, 300, minute) | notes(centre.app, 100, minute + 1)
    centre.world.clock.move_to((minute + 1) * MINUTE)
    looked: list[str] = []

    def slow(app: App, contact_id: str, cause: str | None) -> bool:
        looked.append(contact_id)
        centre.world.clock.move_to(centre.world.clock.time + 100)
        return False

    monkeypatch.setattr(callbacks, "look", slow)
    callback_sweep.sweep(centre.app)
    # One page beyond the time at most, and nothing of the later minute.
    spent = callback_sweep.BUDGET_MS // 100
    assert spent <= len(looked) <= spent + callback_sweep.PAGE
    assert len(left(centre.app, minute)) == 300 - len(looked)
    assert len(left(centre.app, minute + 1)) == 100
    done = centre.app.operations.get(*callback_sweep.DONE)
    assert done is not None
    assert done.attributes["minute"] < minute
    callback_sweep.sweep(centre.app)
    assert set(looked) == names
    assert not left(centre.app, minute)
    assert not left(centre.app, minute + 1)


def test_after_a_long_standstill_empty_minutes_count_as_time_too() -> None:
    centre, _, _ = far()
    centre.sweep()
    began = centre.app.operations.get(*callback_sweep.DONE)
    assert began is not None
    centre.world.clock.move_to(centre.world.clock.time + 12 * 60 * MINUTE)
    minute = int(centre.app.clock.now() // MINUTE)
    inner = centre.app.operations.page

    def slow(*what: object) -> object:
        centre.world.clock.move_to(centre.world.clock.time + 100)
        return inner(*what)  # type: ignore[arg-type]

    centre.app.operations.page = slow  # type: ignore[assignment, method-assign]
    before = centre.world.clock.time
    callback_sweep.sweep(centre.app)
    assert centre.world.clock.time - before <= callback_sweep.BUDGET_MS + 1_000
    reached = centre.app.operations.get(*callback_sweep.DONE)
    assert reached is not None
    assert began.attributes["minute"] < reached.attributes["minute"] < minute
    for _ in range(4):
        callback_sweep.sweep(centre.app)
    done = centre.app.operations.get(*callback_sweep.DONE)
    assert done is not None
    assert done.attributes["minute"] >= minute


def test_one_that_fails_keeps_nobody_and_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    centre, _, _ = far()
    centre.sweep()
    minute = centre.app.clock.now() // MINUTE + 1
    names = notes(centre.app, 70, minute)
    centre.world.clock.move_to(minute * MINUTE)
    looked: list[str] = []
    broken: list[Exception] = [Conflict("read again"), ValueError("a bug")]

    def fails(app: App, contact_id: str, cause: str | None) -> bool:
        looked.append(contact_id)
        if broken:
            raise broken.pop()
        return False

    monkeypatch.setattr(callbacks, "look", fails)
    callback_sweep.sweep(centre.app)
    assert set(looked) == names
    assert {line["code"] for line in said(centre, "callback_look_failed")} == {
        "conflict",
        "ValueError",
    }
    assert left(centre.app, minute + 1) == set(looked[:2])
    centre.advance(MINUTE)
    callback_sweep.sweep(centre.app)
    assert sorted(looked[70:]) == sorted(looked[:2])


def test_two_sweeps_at_once_put_nobody_in_line_twice() -> None:
    centre, contact, due = far(10 * MINUTE)
    centre.world.timers._queue.clear()
    centre.world.clock.move_to(due + MINUTE)
    inner: list[int] = []

    def both(work: Callable[[Any], Any], given: Sequence[Any]) -> list[Any]:
        if not inner:
            inner.append(0)
            inner[0] = callback_sweep.sweep(centre.app)
        return [work(item) for item in given]

    outer = callback_sweep.sweep(replace(centre.app, fan_out=both))
    assert (inner, outer) == ([1], 0)
    assert centre.state(contact) == "WAITING"
    sound(centre)


def test_a_note_that_was_written_late_is_found() -> None:
    centre, _, _ = far()
    centre.world.clock.move_to(centre.app.clock.now() // MINUTE * MINUTE + 1_000)
    minute = centre.app.clock.now() // MINUTE
    centre.sweep()
    # Whoever wrote it read the clock a minute ago.
    notes(centre.app, 1, minute)
    minutes(centre, 1)
    assert not left(centre.app, minute)
