"""What if: a day of calls on your own queues, with the staff you have in mind.

Decides how a list of calls meets a configuration: which queue takes which type of call, when the
day begins, who is there. Callers ring a number whose flow puts them straight into their queue, so
priorities, hours and overflow are the engine's to apply; the log already tells when each left
the menu. Figures come from the events the engine published, by the product's own definitions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import ceil
from typing import Any

from centralino.application import calls as telephony
from centralino.domain import ids
from centralino.domain.configuration.model import Configuration, Line
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import InvalidRequest
from centralino.domain.events import describe
from centralino.domain.flows.model import Enqueue, Flow
from centralino.domain.kpi import (
    ContactFacts,
    Interval,
    Parameters,
    agent_time,
    by_queue,
    compute,
    contact_facts,
    timelines,
)
from centralino.domain.telephony.commands import CallArrived
from centralino.simulation.call_list import ListedCall
from centralino.simulation.centre import RANK_ARRIVES, RANK_ENDS, Caller, Centre
from centralino.simulation.promise_report import PromiseReport
from centralino.simulation.promises import PromiseWatch, announcing
from centralino.simulation.staff import DAY_S, Staff

PROVIDER = "simulation"
#: Ids of a simulated day need to be stable, not secret.
_KEY = b"centralino simulates this day..."
_ANY_TYPE = "*"


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What is asked.

    Attributes
    ----------
    queues : mapping
        Type of call -> ``queue`` or ``queue/plan``; ``*`` stands for every other type. A type
        that is not here goes to the queue of its name, or to the only queue there is.
    midnight_ms : int
        When the day begins, UTC milliseconds.
    """

    configuration: Configuration
    calls: Sequence[ListedCall]
    staff: Sequence[Staff]
    queues: Mapping[str, str]
    midnight_ms: int


@dataclass(frozen=True, slots=True)
class QueueOfDay:
    """One queue's day, or all of them together (``queue`` empty). Times in seconds.

    Attributes
    ----------
    target_s : float
        X of the service levels: the queue's own target.
    waiting : int
        Callers for whom nobody ever came.
    wait_p90_s : float or None
        Nine of ten answered callers waited no longer.
    """

    queue: str
    target_s: float
    offered: int
    answered: int
    abandoned: int
    overflowed: int
    waiting: int
    asa_s: float | None
    wait_p90_s: float | None
    longest_wait_s: float | None
    aht_s: float | None
    service_level_offered: float | None
    service_level_answered: float | None
    abandonment_rate: float | None


@dataclass(frozen=True, slots=True)
class DayFigures:
    """A simulated day."""

    queues: tuple[QueueOfDay, ...]
    total: QueueOfDay
    agents: int
    occupancy: float | None
    promises: PromiseReport | None = None


def simulate_day(
    plan: DayPlan, progress: Callable[[int], None] | None = None, *, promises: bool = False
) -> DayFigures:
    """Run the day and measure it.

    Parameters
    ----------
    progress : callable, optional
        Told how many calls have arrived.
    promises : bool
        Whether waiting callers of every queue are told what to expect, and whether it came true
        is measured. True waits are known where every agent of a queue can take all of it.

    Raises
    ------
    InvalidRequest
        A type of call has no queue, or staff the configuration knows nothing of.
    """
    for staff in plan.staff:
        staff.check(plan.configuration)
    return _Day(plan, progress, promises).figures()


def queue_of(plan: DayPlan, kind: str) -> tuple[str, str]:
    """Return the queue and plan that take a type of call.

    Raises
    ------
    InvalidRequest
        None does.
    """
    queues = plan.configuration.queues
    chosen = plan.queues.get(kind, plan.queues.get(_ANY_TYPE))
    if chosen is None:
        chosen = kind.lower() if kind.lower() in queues or len(queues) > 1 else next(iter(queues))
    queue, _, wanted = chosen.partition("/")
    if queue not in queues:
        known = ", ".join(sorted(queues))
        raise InvalidRequest(f"calls of type {kind!r} have no queue (there is {known})")
    offered = queues[queue].plans
    if wanted and wanted not in offered:
        raise InvalidRequest(f"queue {queue!r} has no plan {wanted!r} ({', '.join(offered)})")
    return queue, wanted or offered[0]


class _Day:
    def __init__(
        self, plan: DayPlan, progress: Callable[[int], None] | None, promises: bool
    ) -> None:
        self.plan = plan
        self.progress = progress
        self.arrived = 0
        callers = [self.caller(number, call) for number, call in enumerate(plan.calls)]
        rules = _with_lines(plan.configuration, callers)
        self.centre = Centre(
            announcing(rules) if promises else rules,
            enter=_ring,
            ended=_ended,
            start=plan.midnight_ms,
        )
        self.changes = self.centre.world.stream.subscribe()
        last = plan.midnight_ms + max((call.arrival_s for call in plan.calls), default=0) * 1000
        self.watch = (
            PromiseWatch(self.centre, until=last, origin_ms=plan.midnight_ms) if promises else None
        )
        self.agents = 0
        for staff in plan.staff:
            self.employ(staff)
        for caller, call in zip(callers, plan.calls, strict=True):
            at = plan.midnight_ms + call.arrival_s * 1000
            self.centre.at(at, RANK_ARRIVES, partial(self.arrive, caller))

    def caller(self, number: int, call: ListedCall) -> Caller:
        queue, plan = queue_of(self.plan, call.type)
        patience = None if call.patience_s is None else call.patience_s * 1000
        return Caller(number, call.service_s * 1000, patience, queue, plan, call.priority)

    def employ(self, staff: Staff) -> None:
        midnight = self.plan.midnight_ms
        for _ in range(staff.agents):
            agent = self.centre.hire(staff.profile, staff.skills)
            self.agents += 1
            begins = midnight + staff.from_s * 1000
            self.centre.at(begins, RANK_ENDS, partial(self.centre.sign_in, agent))
            if staff.until_s < DAY_S:
                ends = midnight + staff.until_s * 1000
                self.centre.at(ends, RANK_ENDS, partial(self.centre.sign_out, agent))

    def arrive(self, caller: Caller) -> None:
        self.centre.arrive(caller)
        self.arrived += 1
        if self.progress is not None:
            self.progress(self.arrived)

    def figures(self) -> DayFigures:
        self.centre.run()
        events: list[dict[str, Any]] = []
        while changes := self.changes.take():
            for change in changes:
                events += [_envelope(occurrence) for occurrence in describe(change.image)]
        facts = contact_facts(events)
        ended = self.centre.world.clock.now()
        grouped = by_queue(facts)
        queues = self.plan.configuration.queues
        # A day with nobody in it still has a length.
        whole = Interval(self.plan.midnight_ms, max(ended, self.plan.midnight_ms + 1))
        times = [agent_time(line, whole) for line in timelines(events, facts, ended).values()]
        return DayFigures(
            queues=tuple(
                _measure(name, grouped[name], queues[name].sla_target_ms)
                for name in sorted(grouped)
            ),
            total=_measure("", facts, _common_target(self.plan.configuration, grouped)),
            agents=self.agents,
            occupancy=compute("occupancy", times).value,
            promises=None if self.watch is None else self.watch.report(),
        )


def _with_lines(configuration: Configuration, callers: Sequence[Caller]) -> Configuration:
    """Return the configuration with a number for every way into a queue that is needed."""
    flows, lines = dict(configuration.flows), dict(configuration.lines)
    for caller in callers:
        number = _number(caller)
        if number in flows:
            continue
        unit = configuration.queue(caller.queue).business_unit
        languages = configuration.business_units[unit].languages
        step = Enqueue(caller.queue, caller.plan, {}, caller.priority)
        flows[number] = Flow(number, configuration.version, "queue", {"queue": step})
        lines[number] = Line(number, number, unit, number, languages[0])
    return replace(configuration, flows=flows, lines=lines)


def _number(caller: Caller) -> str:
    return f"{caller.queue}/{caller.plan}/{caller.priority}"


def _ring(centre: Centre, caller: Caller) -> str:
    call = f"call-{caller.number:06d}"
    arrived = CallArrived(PROVIDER, call, "", _number(caller), "simulation")
    telephony.handle(centre.app, arrived, _KEY)
    return ids.contact_id(_KEY, PROVIDER, call)


def _ended(_contact: Contact, _caller: Caller) -> None:
    """Keep everything: the figures are worked out from the events of the whole day."""


def _envelope(occurrence: Any) -> dict[str, Any]:
    return {
        "detail-type": occurrence.type,
        "detail": {
            "metadata": {
                "entity_id": occurrence.entity_id,
                "sequence": occurrence.sequence,
                "event_id": occurrence.event_id,
                "occurred_at": occurrence.occurred_at,
                "correlation_id": occurrence.correlation_id,
                "business_unit": occurrence.business_unit,
            },
            "data": occurrence.data,
        },
    }


def _common_target(configuration: Configuration, queues: Mapping[str, Any]) -> int:
    """Return the shortest target in play: all queues together are held to the strictest."""
    return min((configuration.queues[name].sla_target_ms for name in queues), default=20_000)


def _measure(queue: str, facts: Sequence[ContactFacts], target_ms: int) -> QueueOfDay:
    parameters = Parameters(target_ms=target_ms)

    def share(name: str) -> float | None:
        return compute(name, facts, parameters).value

    def whole(name: str) -> int:
        return int(compute(name, facts, parameters).numerator)

    def seconds(name: str) -> float | None:
        value = share(name)
        return None if value is None else value / 1000

    waits = sorted(f.wait_ms for f in facts if f.answered and f.wait_ms is not None)
    return QueueOfDay(
        queue=queue,
        target_s=target_ms / 1000,
        offered=whole("offered"),
        answered=whole("answered"),
        abandoned=whole("abandoned"),
        overflowed=whole("overflowed"),
        waiting=whole("pending"),
        asa_s=seconds("asa"),
        # The nearest rank: a wait that somebody had.
        wait_p90_s=waits[ceil(0.9 * len(waits)) - 1] / 1000 if waits else None,
        longest_wait_s=waits[-1] / 1000 if waits else None,
        aht_s=seconds("aht"),
        service_level_offered=share("service_level.offered"),
        service_level_answered=share("service_level.answered"),
        abandonment_rate=share("abandonment_rate"),
    )
