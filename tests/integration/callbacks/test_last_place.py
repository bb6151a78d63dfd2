"""The last place of a slot, wanted by many at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

from centralino.application import staffing_plans
from centralino.application.app import App
from centralino.application.callbacks import slots
from centralino.domain import ids
from centralino.domain.configuration.model import Configuration
from centralino.domain.errors import Conflict, RuleViolation
from centralino.domain.staffing.slots import DAY_MS, quarter_of
from tests.integration.callbacks.conftest import QUEUE
from tests.support.exchange import Exchange

RACERS = 64


class _Small:
    """The rules in force, but that every slot holds one callback."""

    def __init__(self, configuration: Configuration) -> None:
        queue = configuration.queues[QUEUE]
        rules = queue.callback
        callback = replace(rules, slots=replace(rules.slots, most=1, share=1.0))
        queues = {**configuration.queues, QUEUE: replace(queue, callback=callback)}
        self._configuration = replace(configuration, queues=queues)

    def current(self) -> Configuration:
        return self._configuration

    def version(self, number: int) -> Configuration:
        return self._configuration

    def superseded(self, since: int) -> list[Configuration]:
        return []


def test_of_sixty_four_who_want_the_last_place_one_gets_it(seeded_exchange: Exchange) -> None:
    exchange = seeded_exchange
    app: App = replace(exchange.app, configuration=_Small(exchange.app.configuration.current()))
    start = quarter_of(app.clock.now()) + 10 * DAY_MS
    day = staffing_plans.day_of(start, staffing_plans.zone_of(app, QUEUE))
    staffing_plans.put_day(app.operations, QUEUE, day, {start: 20})
    (slot,) = slots.slots(app, QUEUE, [start])
    assert slot.capacity == 1
    assert slot.free == 1
    together = Barrier(RACERS)

    def race(number: int) -> str:
        contact = ids.keyed(ids.CONTACT, exchange.key, "race", str(number))
        together.wait()
        try:
            slots.take(app, QUEUE, start, contact)
        except RuleViolation as error:
            return error.code
        except Conflict:
            return "asked again"
        return "taken"

    with ThreadPoolExecutor(RACERS) as pool:
        answers = list(pool.map(race, range(RACERS)))
    assert answers.count("taken") == 1
    assert set(answers) <= {"taken", "slot_full", "asked again"}
    (slot,) = slots.slots(app, QUEUE, [start])
    assert slot.promised == 1
