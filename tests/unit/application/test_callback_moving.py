"""Moving a callback: by whom, from where to where, twice, at the wrong moment, and half way."""

from __future__ import annotations

import contextlib

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application import offers
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import items as callback_items
from centralino.application.callbacks import slots as callback_slots
from centralino.application.callbacks.moving import move
from centralino.domain.callbacks.model import CallbackState
from centralino.domain.errors import InvalidRequest, NotFound, RuleViolation
from centralino.domain.events import describe
from centralino.domain.staffing.slots import QUARTER_MS, SlotRules
from tests.support.centre import Centre
from tests.unit.application.calling_back import (
    accepted,
    asked,
    caller,
    ended_once,
    minutes,
    sound,
    tell,
)
from tests.unit.application.picking_times import (
    HOUR,
    MINUTE,
    number,
    pick,
    picked,
    picking_centre,
    plan_days,
    tomorrow,
)


def name_of(contact: str) -> str:
    return "cb_" + contact[3:]


def taken(centre: Centre, at: int) -> list[str]:
    return callback_slots.holders(centre.app, "sales", at)


def test_a_move_takes_the_new_place_and_gives_back_the_old() -> None:
    centre = picking_centre(SlotRules(most=1))
    old, new = tomorrow(centre), tomorrow(centre, 15)
    contact = picked(centre, old)
    place = centre.contact(contact).virtual_time
    after = move(centre.app, name_of(contact), new, "customer", "api")
    callback = after.callback
    assert callback is not None
    assert (callback.slot, callback.window) == (new, (new, new + 30 * MINUTE))
    assert (callback.not_before, after.virtual_time) == (new, place)
    assert taken(centre, old) == []
    assert taken(centre, new) == [contact]
    told = {o.type: o.data for o in describe(after)}
    assert told["CallbackMoved"]["by"] == "customer"
    assert told["CallbackMoved"]["old_window_start"] == old
    assert told["CallbackMoved"]["window_start"] == new
    assert told["CallbackPromised"]["window_end"] == new + 30 * MINUTE
    centre.advance(old + HOUR - centre.app.clock.now())
    centre.sweep()
    assert centre.state(contact) == "SCHEDULED"
    minutes(centre, (new - centre.app.clock.now()) // MINUTE + 1)
    assert centre.state(contact) == "WAITING"


def test_moving_to_where_it_is_changes_nothing() -> None:
    centre = picking_centre()
    at = tomorrow(centre)
    contact = picked(centre, at)
    before = centre.contact(contact).version
    assert move(centre.app, name_of(contact), at + MINUTE, "agent", "api").version == before
    moved = move(centre.app, name_of(contact), at + HOUR, "agent", "api")
    again = move(centre.app, name_of(contact), at + HOUR, "agent", "api")
    assert again.version == moved.version
    assert taken(centre, at + HOUR) == [contact]


@pytest.mark.parametrize("stage", ["waiting", "offered", "accepted", "again"])
def test_one_that_waits_for_an_agent_can_be_moved_and_the_agent_is_free(stage: str) -> None:
    from centralino.application import offers

    centre = picking_centre()
    contact = asked(centre)
    ann = centre.agent() if stage != "waiting" else ""
    if stage == "accepted":
        offers.accept(centre.app, ann, contact, centre.contact(contact).rid or "", "api")
    if stage == "again":
        tell(centre, accepted(centre, contact, ann), "busy")
    at = tomorrow(centre)
    after = move(centre.app, name_of(contact), at, "customer", "api")
    assert str(after.state) == "SCHEDULED"
    assert after.callback is not None
    assert after.callback.not_before == at
    if ann:
        assert centre.agent_item(ann).slots == {}
    sound(centre)


def test_a_time_can_be_given_up_for_a_call_in_turn() -> None:
    centre = picking_centre(SlotRules(most=1))
    at = tomorrow(centre)
    contact = picked(centre, at)
    place = centre.contact(contact).virtual_time
    centre.advance(MINUTE)
    after = move(centre.app, name_of(contact), None, "customer", "api")
    assert (str(after.state), after.virtual_time) == ("WAITING", place)
    assert after.callback is not None
    assert after.callback.slot is None
    assert taken(centre, at) == []
    ann = centre.agent()
    assert centre.contact(contact).agent == ann


@pytest.mark.parametrize("stage", ["dialing", "connected", "cancelled"])
def test_it_is_too_late_once_the_phone_rings(stage: str) -> None:
    centre = picking_centre()
    contact = asked(centre)
    if stage == "cancelled":
        callbacks.cancel(centre.app, name_of(contact), "customer", "api")
    else:
        attempt = accepted(centre, contact, centre.agent())
        if stage == "connected":
            tell(centre, attempt, "answered")
    before = centre.contact(contact)
    with pytest.raises(RuleViolation) as refused:
        move(centre.app, name_of(contact), tomorrow(centre), "customer", "api")
    assert refused.value.code == ("dialing" if stage == "dialing" else "callback_ended")
    assert centre.contact(contact) == before
    assert taken(centre, tomorrow(centre)) == []


def test_a_time_that_cannot_be_had_leaves_everything_as_it_was() -> None:
    centre = picking_centre(SlotRules(most=1))
    at = tomorrow(centre)
    contact = picked(centre, at)
    picked(centre, at + HOUR, number=number(1))
    before = centre.contact(contact)
    for moment, code in ((at + HOUR, "slot_full"), (centre.app.clock.now() - 1, "time_past")):
        with pytest.raises(RuleViolation) as refused:
            move(centre.app, name_of(contact), moment, "customer", "api")
        assert refused.value.code == code
    assert centre.contact(contact) == before
    assert taken(centre, at) == [contact]


def test_only_known_callbacks_are_moved_and_only_by_known_movers() -> None:
    centre = picking_centre()
    with pytest.raises(NotFound):
        move(centre.app, name_of("ct_" + "0" * 26), None, "customer", "api")
    contact = asked(centre)
    with pytest.raises(InvalidRequest):
        move(centre.app, name_of(contact), tomorrow(centre), "somebody", "api")


def test_a_customer_on_the_line_moves_it_and_it_is_held_until_they_leave() -> None:
    centre = picking_centre()
    contact = picked(centre, centre.app.clock.now() // HOUR * HOUR + 5 * HOUR)
    calls = caller(centre, "CA2", waits=False)
    callbacks.customer_called(centre.app, calls.id, "w")
    at = tomorrow(centre)
    after = move(centre.app, name_of(contact), at, "customer", "api")
    assert after.callback is not None
    assert (after.callback.state, after.callback.slot) == (CallbackState.HELD, at)
    centre.caller_leaves(calls.id)
    callbacks.customer_called(centre.app, calls.id, "w")
    back = centre.contact(contact)
    assert back.callback is not None
    assert (str(back.state), back.callback.not_before) == ("SCHEDULED", at)


def test_a_move_far_ahead_keeps_the_number_and_the_one_request_of_a_customer() -> None:
    centre = picking_centre()
    contact = asked(centre)
    at = tomorrow(centre) + 12 * 24 * HOUR
    move(centre.app, name_of(contact), at, "customer", "api")
    centre.advance(at - centre.app.clock.now() - HOUR)
    assert callback_items.number_of(centre.app, contact, "sales") is not None
    assert pick(centre, at + HOUR).outcome == "already"
    sound(centre)


@pytest.mark.parametrize(
    ("port", "when", "skip"),
    [("operations.put_if", "after", 0), ("store.save_contact", "before", 0),
     ("store.save_contact", "after", 0), ("operations.put_if", "before", 1)],
)  # fmt: skip
def test_a_crash_half_way_loses_no_place_and_no_customer(port: str, when: str, skip: int) -> None:
    centre = picking_centre(SlotRules(most=1))
    old, new = tomorrow(centre), tomorrow(centre, 15)
    contact = picked(centre, old)
    # The mark of the request is written first where the move is far ahead; here it lies nearer.
    getattr(centre.world.faults, f"crash_{when}")(port, skip=skip)
    with contextlib.suppress(Crash):
        move(centre.app, name_of(contact), new, "customer", "api")
    centre.world.faults.clear()
    callback = centre.contact(contact).callback
    assert callback is not None
    assert callback.slot in (old, new)
    assert contact in taken(centre, callback.slot)
    # The other place goes to the next who asks, once nobody can be at work on it.
    other = old if callback.slot == new else new
    centre.advance(2 * MINUTE)
    centre.app.hints.clear()
    assert callback_slots.free(centre.app, "sales", other, other + QUARTER_MS)
    stranger = picked(centre, other, number=number(5))
    assert taken(centre, other) == [stranger]
    # Asked again, it is full there or it is done; never has it two places, never none.
    with contextlib.suppress(RuleViolation):
        move(centre.app, name_of(contact), new, "customer", "api")
    assert sum(contact in taken(centre, at) for at in (old, new)) == 1
    sound(centre)


def test_a_move_that_meets_a_reassignment_gives_its_place_back() -> None:
    from centralino.application.callbacks.reassigning import reassign

    centre = picking_centre(SlotRules(most=1))
    plan_days(centre, "support", 10)
    old, new = tomorrow(centre), tomorrow(centre, 15)
    contact = picked(centre, old)
    inner = centre.app.operations.put_if

    def reassigned_meanwhile(*what: object, **how: object) -> bool:
        done = inner(*what, **how)  # type: ignore[arg-type]
        if contact in taken(centre, new):
            centre.app.operations.put_if = inner  # type: ignore[method-assign]
            how_to = {"queue": "support", "agent": None, "by": "supervisor", "cause": "api"}
            reassign(centre.app, name_of(contact), **how_to)  # type: ignore[arg-type]
        return done

    centre.app.operations.put_if = reassigned_meanwhile  # type: ignore[method-assign]
    with pytest.raises(RuleViolation, match="reassigned"):
        move(centre.app, name_of(contact), new, "customer", "api")
    assert taken(centre, new) == taken(centre, old) == []
    assert callback_slots.holders(centre.app, "support", old) == [contact]


def test_a_move_that_meets_the_cancellation_gives_its_place_back() -> None:
    centre = picking_centre(SlotRules(most=1))
    contact = picked(centre, tomorrow(centre))
    new = tomorrow(centre, 15)
    inner = centre.app.operations.put_if

    def cancelled_meanwhile(*what: object, **how: object) -> bool:
        done = inner(*what, **how)  # type: ignore[arg-type]
        if contact in taken(centre, new):
            centre.app.operations.put_if = inner  # type: ignore[method-assign]
            callbacks.cancel(centre.app, name_of(contact), "customer", "api")
        return done

    centre.app.operations.put_if = cancelled_meanwhile  # type: ignore[method-assign]
    with pytest.raises(RuleViolation):
        move(centre.app, name_of(contact), new, "customer", "api")
    assert taken(centre, new) == taken(centre, tomorrow(centre)) == []
    ended_once(centre)


@pytest.mark.parametrize("step", ["get", "put_if"])
def test_a_callback_that_is_moved_back_before_its_old_place_is_given_back_keeps_it(
    step: str,
) -> None:
    centre = picking_centre(SlotRules(most=1))
    old, new = tomorrow(centre), tomorrow(centre, 15)
    contact = picked(centre, old)
    operations, inner = centre.app.operations, getattr(centre.app.operations, step)

    def back_first(*what: object, **how: object) -> object:
        callback = centre.contact(contact).callback
        if callback is not None and callback.slot == new:
            setattr(operations, step, inner)
            centre.world.clock.move_to(centre.app.clock.now() + 1)
            move(centre.app, name_of(contact), old, "agent", "api")
        return inner(*what, **how)

    setattr(operations, step, back_first)
    move(centre.app, name_of(contact), new, "customer", "api")
    callback = centre.contact(contact).callback
    assert callback is not None
    assert callback.slot == old
    assert taken(centre, old) == [contact]
    assert taken(centre, new) == []
    sound(centre)


def test_a_place_left_by_a_dead_move_is_had_anew_by_the_next_one() -> None:
    centre = picking_centre(SlotRules(most=1))
    old, new = tomorrow(centre), tomorrow(centre, 15)
    contact = picked(centre, old)
    centre.world.faults.crash_before("store.save_contact")
    with pytest.raises(Crash):
        move(centre.app, name_of(contact), new, "customer", "api")
    centre.world.faults.clear()
    centre.advance(2 * MINUTE)
    # Void by now, and taken again by a move that has not written its contact yet.
    callback_slots.take(centre.app, "sales", new, contact)
    with pytest.raises(RuleViolation) as refused:
        pick(centre, new, number=number(5))
    assert refused.value.code == "slot_full"


def test_the_leg_of_an_agent_who_had_just_taken_it_goes() -> None:
    centre = picking_centre()
    centre.agent()
    contact = asked(centre)
    rid = centre.contact(contact).rid or ""
    offers.accept(centre.app, "ag_ann", contact, rid, "api")
    move(centre.app, name_of(contact), tomorrow(centre), "customer", "api")
    dropped = [call for call in centre.world.media.calls if call.method == "drop_agent"]
    assert [(call.contact, call.rid) for call in dropped] == [(contact, rid)]
    assert centre.agent_item("ag_ann").slots == {}
    sound(centre)
