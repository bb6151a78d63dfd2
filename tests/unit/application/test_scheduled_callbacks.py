"""Callbacks at a time the customer picked: booked, kept in place, refused, lost races, crashes."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application import staffing_plans
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import slots as callback_slots
from centralino.application.callbacks.booking import ask as ask_to_be_called
from centralino.domain.callbacks.local_times import moment
from centralino.domain.callbacks.model import CallbackState
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.errors import NotFound, RuleViolation
from centralino.domain.events import describe
from centralino.domain.staffing.slots import QUARTER_MS, SlotRules
from tests.support.centre import Centre
from tests.unit.application.calling_back import (
    CUSTOMER,
    accepted,
    asked,
    caller,
    centre_with,
    ended_once,
    minutes,
    sound,
    tell,
)
from tests.unit.application.picking_times import (
    DAY,
    HOUR,
    MINUTE,
    number,
    open_daily,
    pick,
    picked,
    picking_centre,
    plan_days,
    tomorrow,
)


def taken(centre: Centre, at: int) -> list[str]:
    return callback_slots.holders(centre.app, "sales", callback_slots.slot_of(at) or 0)


def test_a_time_is_promised_with_its_window_and_kept_in_line() -> None:
    centre = picking_centre()
    at, asked_at = tomorrow(centre), centre.app.clock.now()
    answer = pick(centre, at + 7 * MINUTE)
    assert (answer.outcome, answer.window) == ("booked", (at, at + 30 * MINUTE))
    assert answer.expected_at == at
    contact = centre.contact("ct_" + (answer.callback_id or "")[3:])
    callback = contact.callback
    assert callback is not None
    assert str(contact.state) == "SCHEDULED"
    assert (callback.state, callback.not_before, callback.slot) == (CallbackState.SCHEDULED, at, at)
    assert contact.virtual_time == asked_at
    told = {o.type: o.data for o in describe(contact)}
    assert told["CallbackPromised"]["window_start"] == at
    assert told["CallbackPromised"]["window_end"] == at + 30 * MINUTE
    assert taken(centre, at) == [contact.id]


def test_when_the_slot_begins_it_goes_before_who_came_after_the_request() -> None:
    centre = picking_centre()
    at = centre.app.clock.now() // HOUR * HOUR + 3 * HOUR
    contact = picked(centre, at)
    centre.advance(at - centre.app.clock.now() - 10 * MINUTE)
    waits = caller(centre, "CA9", number="+393339999999").id
    minutes(centre, 11)
    assert centre.state(contact) == "WAITING"
    ann = centre.agent()
    assert centre.contact(contact).agent == ann
    assert centre.state(waits) == "WAITING"
    tell(centre, accepted(centre, contact, ann), "answered")
    assert centre.state(contact) == "CONNECTED"
    ended_once(centre)


def test_before_its_time_nobody_is_offered_it() -> None:
    centre = picking_centre()
    contact = picked(centre, centre.app.clock.now() // HOUR * HOUR + 3 * HOUR)
    centre.agent()
    minutes(centre, 60)
    assert centre.state(contact) == "SCHEDULED"


def refused(centre: Centre, at: int) -> str:
    before = len(centre.world.store.contacts())
    with pytest.raises(RuleViolation) as error:
        pick(centre, at)
    assert len(centre.world.store.contacts()) == before
    return error.value.code


def test_times_that_cannot_be_had_are_refused_with_the_reason() -> None:
    centre = picking_centre()
    centre.advance(MINUTE)
    now = centre.app.clock.now()
    assert refused(centre, now - 1) == "time_past"
    assert refused(centre, now + 1) == "time_past"  # its slot has begun
    assert refused(centre, now + 14 * DAY + HOUR) == "too_far_ahead"


def closing_centre(**more: object) -> Centre:
    rules = {"legal": open_daily(8, 18, **more)}  # type: ignore[arg-type]
    centre = centre_with(_legal_rules(), hours=rules)
    plan_days(centre, "sales", 10)
    return centre


def _legal_rules() -> CallbackRules:
    return CallbackRules(hours="legal", slots=SlotRules(), per_day=50)


def test_no_part_of_a_window_lies_in_a_closed_hour() -> None:
    centre = closing_centre()
    assert refused(centre, tomorrow(centre, 7)) == "time_closed"
    assert refused(centre, tomorrow(centre, 18)) == "time_closed"
    assert refused(centre, tomorrow(centre, 18) - QUARTER_MS) == "time_closed"
    assert pick(centre, tomorrow(centre, 18) - 2 * QUARTER_MS).outcome == "booked"


def test_holidays_and_days_of_their_own_are_closed() -> None:
    centre = closing_centre()
    day = staffing_plans.day_of(tomorrow(centre), "UTC")
    closed = closing_centre(days={day.isoformat(): ()})
    assert refused(closed, tomorrow(closed)) == "time_closed"
    holiday = closing_centre(zone="Europe/Rome", holidays="IT")
    christmas = moment("2027-12-25T10:00", "Europe/Rome")
    holiday.world.clock.move_to(christmas - 2 * DAY)
    plan_days(holiday, "sales", 10)
    assert refused(holiday, christmas) == "time_closed"
    assert pick(holiday, christmas + 2 * DAY).outcome == "booked"


def test_the_last_place_goes_to_one() -> None:
    centre = picking_centre(SlotRules(most=1))
    at = tomorrow(centre)
    first = picked(centre, at)
    with pytest.raises(RuleViolation, match="taken") as error:
        pick(centre, at, number=number(1))
    assert error.value.code == "slot_full"
    # Who was refused is free to pick another time, and nothing is left of the first try.
    assert pick(centre, at + QUARTER_MS, number=number(1)).outcome == "booked"
    assert taken(centre, at) == [first]
    sound(centre)


def test_sixty_four_race_for_the_last_place_and_one_wins() -> None:
    centre = picking_centre(SlotRules(most=1))
    at = tomorrow(centre)

    def try_it(place: int) -> str:
        try:
            return pick(centre, at, number=number(place)).outcome
        except RuleViolation as error:
            return error.code

    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(try_it, range(64)))
    assert sorted(set(outcomes)) == ["booked", "slot_full"]
    assert outcomes.count("booked") == 1
    assert len(taken(centre, at)) == 1
    open_ones = [c for c in centre.world.store.contacts() if c.callback and c.callback.pending]
    assert [c.id for c in open_ones] == taken(centre, at)


def test_many_who_fit_all_get_a_place_and_no_place_is_lost_between_them() -> None:
    centre = picking_centre(SlotRules(most=8))
    at = tomorrow(centre)

    def try_it(place: int) -> str:
        try:
            return pick(centre, at, number=number(place)).outcome
        except RuleViolation as error:
            return error.code

    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(try_it, range(24)))
    assert outcomes.count("booked") == 8
    assert len(set(taken(centre, at))) == 8


def test_asking_again_has_one_place_and_hears_the_same() -> None:
    centre = picking_centre()
    at = tomorrow(centre)
    first = pick(centre, at)
    again = pick(centre, at + QUARTER_MS)
    assert (again.outcome, again.callback_id, again.window) == (
        "already",
        first.callback_id,
        first.window,
    )
    assert again.expected_at == at
    assert taken(centre, at + QUARTER_MS) == []


def ask_at(centre: Centre, contact_id: str, at: int) -> callbacks.CallbackAsked:
    return ask_to_be_called(
        centre.app,
        centre.contact(contact_id),
        queue="sales",
        plan="voice",
        number=CUSTOMER,
        cause="w",
        at=at,
    )


def test_who_waits_picks_a_time_and_keeps_the_place_in_line() -> None:
    centre = picking_centre()
    contact = caller(centre)
    answer = ask_at(centre, contact.id, tomorrow(centre))
    assert answer.outcome == "booked"
    assert centre.state(contact.id) == "CLOSED"
    back = centre.contact("ct_" + (answer.callback_id or "")[3:])
    assert back.virtual_time == contact.virtual_time
    assert ask_at(centre, contact.id, tomorrow(centre)) == answer
    assert taken(centre, tomorrow(centre)) == [back.id]
    sound(centre)


def test_a_caller_refused_a_time_waits_on() -> None:
    centre = picking_centre(SlotRules(most=0))
    contact = caller(centre)
    answer = ask_at(centre, contact.id, tomorrow(centre))
    assert (answer.outcome, answer.reason) == ("refused", "slot_full")
    assert centre.state(contact.id) == "WAITING"
    sound(centre)


@pytest.mark.parametrize(
    ("port", "when"),
    [
        ("operations.put_if", "after"),
        ("store.save_together", "before"),
    ],
)
def test_a_place_behind_which_nobody_came_to_stand_goes_to_the_next(port: str, when: str) -> None:
    centre = picking_centre(SlotRules(most=1))
    at, contact = tomorrow(centre), caller(centre)
    getattr(centre.world.faults, f"crash_{when}")(port)
    with contextlib.suppress(Crash):
        ask_at(centre, contact.id, at)
    assert centre.state(contact.id) == "WAITING"
    assert len(taken(centre, at)) <= 1
    # While somebody may be at work on it, it is kept; then it is free, and shown so.
    minutes(centre, 2)
    centre.app.hints.clear()
    start = callback_slots.slot_of(at) or 0
    assert [s.start for s in callback_slots.free(centre.app, "sales", start, start + 1)] == [start]
    other = pick(centre, at, number=number(7))
    assert other.outcome == "booked"
    assert len(taken(centre, at)) == 1
    centre.caller_leaves(contact.id)
    sound(centre)


@pytest.mark.parametrize(
    ("port", "when"),
    [("operations.put_if", "after"), ("store.save_together", "before"),
     ("store.save_together", "after")],
)  # fmt: skip
def test_the_same_request_after_a_crash_takes_no_second_place(port: str, when: str) -> None:
    centre = picking_centre(SlotRules(most=2))
    at, contact = tomorrow(centre), caller(centre)
    getattr(centre.world.faults, f"crash_{when}")(port)
    with contextlib.suppress(Crash):
        ask_at(centre, contact.id, at)
    answer = ask_at(centre, contact.id, at)
    assert answer.outcome == "booked"
    assert len(taken(centre, at)) == 1
    sound(centre)


@pytest.mark.parametrize("how", ["cancel", "expire"])
def test_an_end_gives_the_place_back(how: str) -> None:
    centre = picking_centre(SlotRules(most=1), expire_ms=HOUR)
    at = tomorrow(centre)
    contact = picked(centre, at)
    if how == "cancel":
        callbacks.cancel(centre.app, "cb_" + contact[3:], "customer", "api")
        assert pick(centre, at, number=number(3)).outcome == "booked"
    else:
        minutes(centre, (at - centre.app.clock.now()) // MINUTE + 62)
        assert centre.state(contact) == "EXPIRED"
    assert contact not in taken(centre, at)
    ended_once(centre)


def test_an_end_whose_place_was_not_given_back_leaves_it_to_the_next() -> None:
    centre = picking_centre(SlotRules(most=1))
    at = tomorrow(centre)
    contact = picked(centre, at)
    centre.world.faults.crash_after("store.save_contact")
    with pytest.raises(Crash):
        callbacks.cancel(centre.app, "cb_" + contact[3:], "customer", "api")
    assert taken(centre, at) == [contact]
    centre.advance(2 * MINUTE)
    assert pick(centre, at, number=number(3)).outcome == "booked"
    assert contact not in taken(centre, at)


def test_an_unknown_queue_has_no_slots() -> None:
    centre = picking_centre()
    with pytest.raises(NotFound):
        callback_slots.free(centre.app, "nowhere", 0, DAY)


def test_nights_on_which_the_clocks_change_are_booked_inside_local_hours() -> None:
    rome = open_daily(1, 5, zone="Europe/Rome")
    centre = centre_with(_legal_rules(), hours={"legal": rome})
    night = moment("2027-03-28T00:00", "Europe/Rome")
    centre.world.clock.move_to(night - DAY)
    centre.app.hints.clear()
    plan_days(centre, "sales", 10)
    found = callback_slots.free(centre.app, "sales", night, night + 6 * HOUR)
    # From one to five there are three hours that night; the last window begins at half past four.
    assert len(found) == 3 * 4 - 1
    assert found[0].start == moment("2027-03-28T01:00", "Europe/Rome")
    assert found[-1].start == moment("2027-03-28T04:30", "Europe/Rome")
    assert date(2027, 3, 28) == staffing_plans.day_of(found[0].start, "Europe/Rome")


def test_a_plain_request_is_as_it_was() -> None:
    centre = picking_centre()
    contact = centre.contact(asked(centre))
    assert contact.callback is not None
    assert contact.callback.slot is None
    assert str(contact.state) == "WAITING"
