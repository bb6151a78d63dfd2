"""The last place of a slot goes to one, whoever keeps the items."""

from __future__ import annotations

from dataclasses import replace

from centralino.adapters.memory.world import world
from centralino.application import staffing_plans
from centralino.application.app import App
from centralino.application.callbacks import slots as callback_slots
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.errors import RuleViolation
from centralino.domain.staffing.slots import QUARTER_MS, SlotRules, quarter_of
from tests.contract.store.conftest import Backend
from tests.contract.store.people import at_once
from tests.unit.application.calling_back import configuration_with

DAY = 24 * 3_600_000


def app_of(backend: Backend, rules: SlotRules) -> tuple[App, int]:
    """Return use cases over the backend, and a slot of the day after tomorrow."""
    made = world(configuration_with(CallbackRules(slots=rules)), start=backend.clock.now())
    app = replace(made.app, store=backend.store, operations=backend.operations, clock=backend.clock)
    start = quarter_of(backend.clock.now()) + 2 * DAY
    day = staffing_plans.day_of(start, "UTC")
    staffing_plans.put_day(backend.operations, "sales", day, {start: 10, start + QUARTER_MS: 10})
    return app, start


def test_of_sixteen_who_want_the_last_place_one_gets_it(backend: Backend) -> None:
    app, start = app_of(backend, SlotRules(most=3))
    for name in ("ct_a", "ct_b"):
        callback_slots.take(app, "sales", start, name)

    def want(place: int) -> str:
        try:
            callback_slots.take(app, "sales", start, f"ct_{place}")
        except RuleViolation as error:
            return error.code
        return "taken"

    outcomes = at_once(16, want)
    assert sorted(set(outcomes)) == ["slot_full", "taken"]
    assert outcomes.count("taken") == 1
    assert len(callback_slots.holders(app, "sales", start)) == 3


def test_a_place_is_had_once_and_given_back_once(backend: Backend) -> None:
    app, start = app_of(backend, SlotRules(most=1))
    for _ in range(2):
        callback_slots.take(app, "sales", start, "ct_a")
    assert callback_slots.holders(app, "sales", start) == ["ct_a"]
    free = callback_slots.free(app, "sales", start, start + 2 * QUARTER_MS)
    assert [slot.start for slot in free] == [start + QUARTER_MS]
    for _ in range(2):
        callback_slots.give_back(app, "sales", start, "ct_a")
    free = callback_slots.free(app, "sales", start, start + 2 * QUARTER_MS)
    assert [slot.start for slot in free] == [start, start + QUARTER_MS]
