"""Callbacks given to another queue or agent: the place stays, and dying in between loses none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application import offers
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import desk
from centralino.application.callbacks import items as callback_items
from centralino.application.callbacks import moving as callback_moving
from centralino.application.callbacks import slots as callback_slots
from centralino.application.callbacks.desk import Viewer, Wanted
from centralino.application.callbacks.reassigning import reassign
from centralino.application.scopes import Supervisor
from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.callbacks.model import callback_id
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.errors import CentralinoError, Forbidden, NotFound, RuleViolation
from centralino.domain.staffing.slots import SlotRules
from tests.support.centre import Centre
from tests.unit.application.calling_back import (
    accepted,
    ask,
    asked,
    caller,
    centre_with,
    ended_once,
    sound,
    tell,
)
from tests.unit.application.picking_times import (
    number,
    open_daily,
    picked,
    picking_centre,
    plan_days,
    tomorrow,
)

MINUTE = 60_000
HEAD = Viewer("ag_head", Supervisor("ag_head", frozenset({"demo"})))


def preferring(rules: CallbackRules | None = None) -> Centre:
    """Return a centre whose plan waits for an agent who is asked first."""
    centre = centre_with(rules)
    base = centre.world.configuration.current()
    plans = {name: replace(plan, prefer_ms=60_000) for name, plan in base.plans.items()}
    return Centre(rules=replace(base, plans=plans))


def give(centre: Centre, back: str, queue: str | None = None, agent: str | None = None) -> None:
    reassign(centre.app, callback_id(back), queue=queue, agent=agent, by="supervisor", cause="c")


def listed(centre: Centre, queue: str) -> list[str]:
    return [row.contact_id for row in desk.listed(centre.app, HEAD, Wanted(queue=queue)).rows]


def test_another_queue_calls_and_the_place_stays() -> None:
    centre = centre_with()
    back = asked(centre)
    place = centre.contact(back).virtual_time
    give(centre, back, "support")
    after = centre.contact(back)
    assert (after.queue, after.virtual_time, after.leg) == ("support", place, 2)
    assert (listed(centre, "sales"), listed(centre, "support")) == ([], [back])
    centre.agent("sue", profile="sales")
    assert str(centre.state(back)) == "WAITING"
    bob = centre.agent("bob", profile="support")
    tell(centre, accepted(centre, back, bob), "answered")
    assert str(centre.state(back)) == "CONNECTED"
    ended_once(centre)


def test_one_that_waits_for_its_time_waits_for_it_there() -> None:
    centre = centre_with(CallbackRules(delay_ms=10 * MINUTE))
    back = asked(centre)
    give(centre, back, "support")
    before = centre.contact(back)
    assert (str(before.state), before.queue, before.leg) == ("SCHEDULED", "support", 1)
    bob = centre.agent("bob", profile="support")
    centre.advance(10 * MINUTE + 1_000)
    assert centre.contact(back).agent == bob


def test_an_offer_that_nobody_took_is_withdrawn() -> None:
    centre = centre_with()
    ann = centre.agent()
    back = asked(centre)
    rid = centre.contact(back).rid or ""
    give(centre, back, "support")
    with pytest.raises(CentralinoError):
        offers.accept(centre.app, ann, back, rid, "api")
    agent = centre.world.store.agent(ann)
    assert agent is not None
    assert agent.slots == {}
    sound(centre)


def test_an_agent_is_asked_first() -> None:
    for first, second in (("ann", "bob"), ("bob", "ann")):
        centre = preferring(CallbackRules(delay_ms=10 * MINUTE))
        back = asked(centre)
        centre.agent("ann")
        centre.agent("bob")
        give(centre, back, agent=f"ag_{second}")
        give(centre, back, agent=f"ag_{first}")
        centre.advance(10 * MINUTE + 1_000)
        assert centre.contact(back).agent == f"ag_{first}"


def test_repeating_it_changes_nothing() -> None:
    centre = centre_with()
    back = asked(centre)
    give(centre, back, "support")
    version = centre.contact(back).version
    give(centre, back, "support")
    assert centre.contact(back).version == version
    assert listed(centre, "support") == [back]


def test_what_cannot_be_given_away_is_refused_and_stays() -> None:
    centre = centre_with()
    back = asked(centre)
    with pytest.raises(NotFound, match="queue"):
        give(centre, back, "nowhere")
    with pytest.raises(NotFound, match="agent"):
        give(centre, back, agent="ag_nobody")
    with pytest.raises(RuleViolation) as nowhere:
        give(centre, back)
    assert nowhere.value.code == "nowhere_to_reassign"
    ann = centre.agent()
    offers.accept(centre.app, ann, back, centre.contact(back).rid or "", "api")
    with pytest.raises(RuleViolation) as taken:
        give(centre, back, "support")
    assert taken.value.code == "already_taken"
    accepted_rid = centre.contact(back).rid
    centre.agent_joins(back, accepted_rid or "")
    with pytest.raises(RuleViolation) as rung:
        give(centre, back, "support")
    assert rung.value.code == "dialing"
    callbacks.cancel(centre.app, callback_id(back), "customer", "c")
    with pytest.raises(RuleViolation) as over:
        give(centre, back, "support")
    assert over.value.code == "callback_ended"
    assert kept_numbers(centre, back) is None


def kept_numbers(centre: Centre, back: str) -> str | None:
    """Return the number of a callback from whichever queue has it."""
    queues = ("sales", "support")
    found = (callback_items.number_of(centre.app, back, queue) for queue in queues)
    return next((number for number in found if number is not None), None)


def test_nobody_of_another_business_unit_is_given_one() -> None:
    centre = centre_with()
    back = asked(centre)
    stranger = Agent("ag_x", AgentState.OFFLINE, "other", "main", "sales")
    centre.world.store.save_agent(replace(stranger, version=1))
    with pytest.raises(NotFound):
        give(centre, back, agent="ag_x")


def test_only_who_has_it_gives_it_away_or_a_supervisor() -> None:
    centre = centre_with()
    ann, bob = centre.agent("ann"), centre.agent("bob", ready=False)
    back = asked(centre)
    name = callback_id(back)
    with pytest.raises(Forbidden) as refused:
        desk.reassign(centre.app, Viewer(bob), name, queue="support", agent=None, cause="c")
    assert refused.value.code == "not_yours"
    desk.reassign(centre.app, Viewer(ann), name, queue="support", agent=None, cause="c")
    assert centre.contact(back).queue == "support"
    centre.relay()
    last = next(e for e in desk.shown(centre.app, HEAD, name).history if e.who is not None)
    assert (last.type, last.who, last.data["by"]) == ("CallbackReassigned", ann, "agent")


def test_dying_anywhere_leaves_it_in_one_queue_and_listed_there() -> None:
    boundary = 1
    while True:
        centre = centre_with()
        back = asked(centre)
        centre.world.faults.crash_at(boundary)
        try:
            give(centre, back, "support")
            break
        except Crash:
            pass
        centre.world.faults.clear()
        queue = centre.contact(back).queue or ""
        other = "support" if queue == "sales" else "sales"
        assert (listed(centre, queue), listed(centre, other)) == ([back], []), boundary
        # Asked again, it is done.
        give(centre, back, "support")
        assert listed(centre, "support") == [back]
        callbacks.cancel(centre.app, callback_id(back), "customer", "c")
        assert kept_numbers(centre, back) is None
        assert (listed(centre, "sales"), listed(centre, "support")) == ([], [])
        sound(centre)
        ended_once(centre)
        boundary += 1
    assert boundary > 10


@pytest.mark.parametrize("turn", [1, 2])
def test_nothing_is_kept_of_one_that_ends_before_it_is_given(
    turn: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre = centre_with()
    back = asked(centre)
    keep, kept = callback_items.keep, 0

    def late(*args: object, **more: object) -> None:
        nonlocal kept
        kept += 1
        if kept == turn:
            callbacks.cancel(centre.app, callback_id(back), "customer", "c")
        keep(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(callback_items, "keep", late)
    with pytest.raises(RuleViolation):
        give(centre, back, "support")
    assert kept_numbers(centre, back) is None


def test_the_number_does_not_outlive_a_request_that_ends_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    centre = centre_with()
    back = asked(centre)
    left = callback_items.left

    def late(*args: object) -> None:
        callbacks.cancel(centre.app, callback_id(back), "customer", "c")
        left(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(callback_items, "left", late)
    give(centre, back, "support")
    assert kept_numbers(centre, back) is None


def test_a_second_caller_is_told_where_it_is_now() -> None:

    centre = centre_with()
    back = asked(centre)
    give(centre, back, "support")
    again = ask(centre, caller(centre, "CA2"))
    assert (again.outcome, again.callback_id) == ("already", callback_id(back))


def test_a_place_at_the_same_time_is_had_in_the_other_queue_or_it_stays() -> None:
    centre = picking_centre(SlotRules(most=1))
    plan_days(centre, "support", 10)
    at = tomorrow(centre)
    first, second = picked(centre, at), picked(centre, tomorrow(centre, 11), number=number(2))
    give(centre, first, "support")
    assert callback_slots.holders(centre.app, "sales", at) == []
    assert callback_slots.holders(centre.app, "support", at) == [first]
    callback_moving.move(centre.app, callback_id(second), at, "agent", "c")
    with pytest.raises(RuleViolation) as refused:
        give(centre, second, "support")
    assert refused.value.code == "slot_full"
    assert centre.contact(second).queue == "sales"
    assert callback_slots.holders(centre.app, "support", at) == [first]


def test_a_time_at_which_the_other_queue_calls_nobody_stays_where_it_is() -> None:
    centre = picking_centre()
    plan_days(centre, "support", 10)
    base = centre.world.configuration.current()
    support = replace(base.queues["support"], hours="early")
    centre.world.configuration.publish(
        replace(
            base,
            version=base.version + 1,
            hours={"early": open_daily(8, 9)},
            queues={**base.queues, "support": support},
        )
    )
    back = picked(centre, tomorrow(centre))
    with pytest.raises(RuleViolation) as refused:
        give(centre, back, "support")
    assert refused.value.code == "time_closed"
    assert centre.contact(back).queue == "sales"
    assert callback_slots.holders(centre.app, "support", tomorrow(centre)) == []


def test_one_whose_time_has_come_needs_no_place_in_the_other_queue() -> None:
    centre = picking_centre(SlotRules(most=1))  # nobody is planned in support: it has no place
    back = picked(centre, tomorrow(centre))
    with pytest.raises(RuleViolation) as refused:
        give(centre, back, "support")
    assert refused.value.code == "slot_full"
    centre.advance(tomorrow(centre) + MINUTE - centre.app.clock.now())
    assert str(centre.state(back)) == "WAITING"
    give(centre, back, "support")
    assert centre.contact(back).queue == "support"


def test_one_that_is_moved_meanwhile_stays_and_leaves_no_place_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    centre = picking_centre()
    plan_days(centre, "support", 10)
    at, later = tomorrow(centre), tomorrow(centre, 15)
    back = picked(centre, at)
    take = callback_slots.take

    def meanwhile(*args: object) -> None:
        take(*args)  # type: ignore[arg-type]
        monkeypatch.undo()
        callback_moving.move(centre.app, callback_id(back), later, "customer", "c")

    monkeypatch.setattr(callback_slots, "take", meanwhile)
    with pytest.raises(RuleViolation) as refused:
        give(centre, back, "support")
    assert refused.value.code == "already_moved"
    assert callback_slots.holders(centre.app, "support", at) == []
    assert callback_slots.holders(centre.app, "sales", later) == [back]
    assert listed(centre, "sales") == [back]
