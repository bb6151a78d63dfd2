"""Planned agents, who is there, how many calls came: what the places of a slot follow from."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application import staffing_history, staffing_plans
from centralino.application.callbacks import risk as callback_risk
from centralino.application.callbacks import slots as callback_slots
from centralino.application.callbacks.reassigning import reassign
from centralino.application.relay import Image, relay
from centralino.domain.agents.model import AgentState
from centralino.domain.callbacks.model import callback_id
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.configuration.model import RoutingProfile
from centralino.domain.staffing.slots import QUARTER_MS, SlotRules
from tests.support.centre import Centre
from tests.unit.application.calling_back import caller, centre_with
from tests.unit.application.picking_times import (
    DAY,
    HOUR,
    MINUTE,
    number,
    open_daily,
    pick,
    picked,
    picking_centre,
    plan,
    plan_days,
    tomorrow,
)


def capacity(centre: Centre, at: int) -> int:
    centre.app.hints.clear()
    (slot,) = callback_slots.slots(centre.app, "sales", [at])
    return slot.capacity


def busy(volume: float = 0, **more: object) -> SlotRules:
    return SlotRules(share=0.0, volume=volume, history=True, **more)  # type: ignore[arg-type]


# --------------------------------------------------------------------------- plans


def test_quarters_a_planned_day_does_not_name_have_nobody() -> None:
    centre = centre_with()
    at = tomorrow(centre)
    plan(centre.app, "sales", {at: 4, at + 2 * QUARTER_MS: 6})
    starts = [at - QUARTER_MS, at, at + QUARTER_MS, at + 2 * QUARTER_MS]
    assert list(staffing_plans.planned(centre.app, "sales", starts).values()) == [0, 4, 0, 6]
    assert staffing_plans.planned(centre.app, "support", [at]) == {at: 0}


def test_a_later_plan_of_a_day_takes_the_place_of_the_earlier() -> None:
    centre = centre_with()
    at = tomorrow(centre)
    plan(centre.app, "sales", {at: 4, at + QUARTER_MS: 4})
    plan(centre.app, "sales", {at + QUARTER_MS: 5})
    found = staffing_plans.planned(centre.app, "sales", [at, at + QUARTER_MS])
    assert list(found.values()) == [0, 5]


def test_without_a_plan_those_count_who_signed_in_lately_while_it_is_open() -> None:
    rules = CallbackRules()
    centre = centre_with(rules, hours={"office": open_daily(8, 18)})
    queues = centre.app.configuration.current().queues
    configuration = replace(
        centre.app.configuration.current(),
        version=2,
        queues={name: replace(queue, hours="office") for name, queue in queues.items()},
    )
    centre.world.configuration.publish(configuration)
    for name in ("ann", "bob", "cid"):
        centre.agent(name, "sales")
    centre.agent("dan", "support")
    # Half of each of these two: they serve two queues.
    centre.agent("eve", "all")
    centre.agent("fay", "all")
    centre.app.hints.clear()
    noon, night = tomorrow(centre, 12), tomorrow(centre, 22)
    found = staffing_plans.planned(centre.app, "sales", [noon, night])
    assert list(found.values()) == [4, 0]
    centre.world.clock.move_to(centre.app.clock.now() + 15 * DAY)
    centre.app.hints.clear()
    assert staffing_plans.planned(centre.app, "sales", [tomorrow(centre, 12)]) == {
        tomorrow(centre, 12): 0
    }


def test_six_who_serve_six_queues_each_are_one_agent() -> None:
    centre = centre_with()
    current = centre.app.configuration.current()
    served = current.profiles["sales"].queues[0]
    names = ("sales", *(f"other{place}" for place in range(5)))
    six = RoutingProfile("six", tuple(replace(served, queue=name) for name in names))
    centre.world.configuration.publish(
        replace(current, version=2, profiles={**current.profiles, "six": six})
    )
    pool = centre.app.configuration.current().pool_of("sales").id
    for place in range(6):
        staffing_plans.note_known(centre.app, f"ag_{place}", pool, "six")
    noon = tomorrow(centre, 12)
    assert staffing_plans.planned(centre.app, "sales", [noon]) == {noon: 1}


# --------------------------------------------------------------------------- presence


def centre_of_three(places: int | None = None) -> tuple[Centre, int]:
    """Return a centre with three agents planned, all there, and a quarter in an hour."""
    centre = picking_centre(SlotRules(most=places))
    plan_days(centre, "sales", 3)
    for name in ("ann", "bob", "cid"):
        centre.agent(name)
    centre.app.hints.clear()
    return centre, centre.app.clock.now() // QUARTER_MS * QUARTER_MS + 4 * QUARTER_MS


def leaves(centre: Centre, *names: str) -> None:
    from centralino.application import agents

    for name in names:
        agents.set_state(centre.app, f"ag_{name}", AgentState.OFFLINE, None, "api")
    centre.advance(staffing_plans.SEEN_MS + 1)


def test_absent_agents_shrink_what_was_not_promised_at_once() -> None:
    centre, at = centre_of_three()
    (before,) = callback_slots.slots(centre.app, "sales", [at])
    leaves(centre, "ann", "bob")
    (after,) = callback_slots.slots(centre.app, "sales", [at])
    assert after.capacity < before.capacity
    (later,) = callback_slots.slots(centre.app, "sales", [at + 8 * HOUR])
    assert later.capacity == before.capacity, "who is absent now says nothing of the evening"


def test_somebody_on_a_break_or_in_a_talk_is_there() -> None:
    from centralino.application import agents

    centre, at = centre_of_three()
    (before,) = callback_slots.slots(centre.app, "sales", [at])
    agents.set_state(centre.app, "ag_ann", AgentState.NOT_READY, "break", "api")
    caller(centre, "CA5")
    centre.advance(staffing_plans.SEEN_MS + 1)
    (after,) = callback_slots.slots(centre.app, "sales", [at])
    assert after == before


def test_what_was_promised_shows_as_at_risk_the_last_to_ask_first() -> None:
    centre, at = centre_of_three()
    (slot,) = callback_slots.slots(centre.app, "sales", [at])
    contacts = []
    for place in range(slot.capacity):
        contacts.append(picked(centre, at, number=number(place)))
        centre.advance(1_000)
    assert callback_risk.at_risk(centre.app, "sales") == []
    leaves(centre, "ann", "bob")
    (short,) = callback_slots.slots(centre.app, "sales", [at])
    found = callback_risk.at_risk(centre.app, "sales")
    assert [risk.contact_id for risk in found] == contacts[short.capacity :] != []
    assert {(risk.start, risk.end) for risk in found} == {(at, at + 30 * MINUTE)}
    leaves(centre, "cid")
    assert [r.contact_id for r in callback_risk.at_risk(centre.app, "sales")] == contacts


def test_a_smaller_plan_puts_what_was_promised_at_risk() -> None:
    centre = picking_centre(SlotRules())
    at = tomorrow(centre)
    contact = picked(centre, at)
    plan(centre.app, "sales", {at + QUARTER_MS: 10})
    assert [risk.contact_id for risk in callback_risk.at_risk(centre.app, "sales")] == [contact]
    assert callback_slots.free(centre.app, "sales", at, at + QUARTER_MS) == []


def test_one_that_another_queue_calls_now_is_at_no_risk_here() -> None:
    centre = picking_centre(SlotRules())
    plan_days(centre, "support", 10)
    at = tomorrow(centre)
    contact = picked(centre, at)
    # Whoever gave it away died before its old place was given back.
    centre.world.faults.crash_after("store.save_contact")
    with pytest.raises(Crash):
        reassign(
            centre.app, callback_id(contact), queue="support", agent=None, by="agent", cause="c"
        )
    centre.world.faults.clear()
    plan(centre.app, "sales", {at + QUARTER_MS: 10})
    assert callback_slots.holders(centre.app, "sales", at) == [contact]
    assert callback_risk.at_risk(centre.app, "sales") == []


# --------------------------------------------------------------------------- history


def call_in(centre: Centre, count: int, prefix: str) -> None:
    for place in range(count):
        centre.queue(f"CA{prefix}{place}")


def weeks_of_calls(centre: Centre, counts: list[int]) -> int:
    """Let calls come at ten past nine of one weekday, a week apart; return that quarter next."""
    start = centre.app.clock.now() // QUARTER_MS * QUARTER_MS
    for week, count in enumerate(counts):
        centre.world.clock.move_to(start + week * 7 * DAY + 5 * MINUTE)
        call_in(centre, count, f"w{week}x")
        centre.relay()
    at = start + len(counts) * 7 * DAY
    centre.world.clock.move_to(at - 3 * HOUR)
    centre.app.hints.clear()
    return at


def test_the_forecast_is_the_mean_of_the_last_same_weekdays() -> None:
    centre = centre_with(CallbackRules(slots=busy()))
    at = weeks_of_calls(centre, [2, 4, 6])
    assert staffing_history.expected(centre.app, "sales", at, 99) == 4
    # The quarter after it was quiet on days on which calls came; other days tell nothing.
    assert staffing_history.expected(centre.app, "sales", at + QUARTER_MS, 99) == 0
    assert staffing_history.expected(centre.app, "sales", at + DAY, 99) == 99
    assert staffing_history.expected(centre.app, "support", at, 7) == 7


def test_more_calls_expected_leave_fewer_places() -> None:
    quiet = centre_with(CallbackRules(slots=busy(volume=0)))
    loud = centre_with(CallbackRules(slots=busy(volume=10)))
    at = tomorrow(quiet)
    for centre in (quiet, loud):
        plan(centre.app, "sales", {at: 10})
    assert capacity(quiet, at) - capacity(loud, at) == 10


def test_batches_that_come_again_or_otherwise_cut_count_each_call_once() -> None:
    centre = centre_with(CallbackRules(slots=busy()))
    call_in(centre, 5, "a")
    images = [Image(str(i), change.image) for i, change in enumerate(centre.stream.take())]
    for first, last in ((0, len(images)), (0, 3), (3, len(images)), (1, len(images))):
        relay(centre.app, centre.world.bus, images[first:last])
    day = staffing_plans.day_of(centre.app.clock.now(), "UTC")
    calls = staffing_history.calls_on(centre.app, "sales", day)
    assert calls is not None
    assert sum(calls) == 5


def test_a_call_that_comes_back_to_the_queue_takes_no_other_call_s_place() -> None:
    centre = centre_with(CallbackRules(slots=busy()))
    call_in(centre, 3, "a")
    images = [Image(str(i), change.image) for i, change in enumerate(centre.stream.take())]
    relay(centre.app, centre.world.bus, images)
    joined = [i for i in images if any(e.type == "ContactEnqueued" for e in i.entity.events)]
    again = replace(joined[0].entity, version=joined[0].entity.version + 5)  # type: ignore[type-var]
    relay(centre.app, centre.world.bus, [Image("x", again)])  # type: ignore[arg-type]
    day = staffing_plans.day_of(centre.app.clock.now(), "UTC")
    calls = staffing_history.calls_on(centre.app, "sales", day)
    assert calls is not None
    assert sum(calls) == 3


def test_a_day_is_folded_once_it_is_past_and_reads_the_same() -> None:
    centre = centre_with(CallbackRules(slots=busy()))
    at = weeks_of_calls(centre, [3])
    day = staffing_plans.day_of(at - 7 * DAY, "UTC")
    first = staffing_history.calls_on(centre.app, "sales", day)
    for item in centre.app.operations.list(f"calls#sales#{day}"):
        centre.app.operations.delete(item.pk, item.sk)
    centre.app.hints.clear()
    assert staffing_history.calls_on(centre.app, "sales", day) == first


def test_holidays_and_days_with_hours_of_their_own_tell_nothing_of_others() -> None:
    centre = centre_with(CallbackRules(slots=busy()))
    at = weeks_of_calls(centre, [2, 8])
    special = staffing_plans.day_of(at - 7 * DAY, "UTC")
    office = open_daily(0, 24, days={special.isoformat(): ()})
    base = centre.app.configuration.current()
    queues = {name: replace(queue, hours="office") for name, queue in base.queues.items()}
    centre.world.configuration.publish(
        replace(base, version=2, queues=queues, hours={"office": office})
    )
    assert staffing_history.expected(centre.app, "sales", at, 99) == 2


def test_only_calls_that_came_in_count_and_only_where_it_is_asked_for() -> None:
    centre = centre_with(CallbackRules(slots=SlotRules()))
    call_in(centre, 2, "a")
    centre.relay()
    day = staffing_plans.day_of(centre.app.clock.now(), "UTC")
    assert staffing_history.calls_on(centre.app, "sales", day) is None
    counting = centre_with(CallbackRules(slots=busy()))
    pick(counting, None)
    counting.relay()
    assert staffing_history.calls_on(counting.app, "sales", day) is None


def test_a_history_that_cannot_be_written_stops_no_event() -> None:

    centre = centre_with(CallbackRules(slots=busy()))
    call_in(centre, 1, "a")
    images = [Image(str(i), change.image) for i, change in enumerate(centre.stream.take())]

    app = replace(centre.app, operations=_Failing(centre.app.operations))  # type: ignore[arg-type]
    assert relay(app, centre.world.bus, images) is None
    assert centre.world.bus.published
    assert centre.world.log.lines


class _Failing:
    """Operations of which the history's writes fail."""

    def __init__(self, inner: object) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def put(self, item: object) -> None:
        from centralino.domain.errors import TransientDependency

        if str(item.pk).startswith("calls#"):  # type: ignore[attr-defined]
            raise TransientDependency("down")
        self._inner.put(item)  # type: ignore[attr-defined]


def test_the_history_costs_one_write_for_a_batch() -> None:
    centre = centre_with(CallbackRules(slots=busy()))
    call_in(centre, 8, "a")
    centre.relay()
    day = staffing_plans.day_of(centre.app.clock.now(), "UTC")
    assert len(centre.app.operations.list(f"calls#sales#{day}")) == 1


def test_a_quarter_is_that_of_the_wall_clock_on_both_sides_of_a_change() -> None:
    rome = {"office": open_daily(0, 24, zone="Europe/Rome")}
    centre = centre_with(CallbackRules(slots=busy()))
    base = centre.app.configuration.current()
    queues = {name: replace(queue, hours="office") for name, queue in base.queues.items()}
    centre.world.configuration.publish(replace(base, version=2, queues=queues, hours=rome))
    from centralino.domain.callbacks.local_times import moment

    winter = moment("2027-03-22T10:05", "Europe/Rome")
    summer = moment("2027-03-29T10:00", "Europe/Rome")
    assert summer - winter != timedelta(days=7).total_seconds() * 1000
    centre.world.clock.move_to(winter)
    call_in(centre, 3, "a")
    centre.relay()
    centre.world.clock.move_to(summer - HOUR)
    assert staffing_history.expected(centre.app, "sales", summer, 99) == 3
