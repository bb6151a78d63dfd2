"""Waiting promises from the event log alone: what was announced, and how the leg ended.

Decides which event fulfils a promise and which takes it back. Whether it was kept is judged in
:mod:`centralino.domain.kpi.promises`; an announcement repeated in the same leg is no promise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from centralino.domain.kpi.event_log import Event, Recorded, in_order, reason
from centralino.domain.kpi.facts import LeftQueue, QueueLeg
from centralino.domain.kpi.from_events import contact_facts
from centralino.domain.kpi.promises import Promise, PromiseKind

_TAKEN_BACK = frozenset({LeftQueue.ABANDONED, LeftQueue.CALLBACK_REQUESTED})
#: Who was rung first, and told a wait, is not on the line any more; the queue leg goes on.
_LEFT_LINE = "CallbackUnreached"


def wait_promises(events: Iterable[Event]) -> list[Promise]:
    """Return the waiting promises of a log, each with what became of it.

    Parameters
    ----------
    events
        Envelopes in any order; a repeated (entity_id, sequence) counts once.

    Raises
    ------
    ValueError
        An event is not one of the contract, or a promise has an empty window.
    """
    log = list(events)
    legs: dict[tuple[str, int], QueueLeg] = {}
    for facts in contact_facts(log):
        for leg in facts.legs:
            # The first of a number: one that was turned away at another door has the same.
            legs.setdefault((facts.contact_id, leg.number), leg)
    promises: list[Promise] = []
    for event in in_order(log):
        if event.type == _LEFT_LINE:
            _take_back(promises, event)
        if event.type != "PromiseMade":
            continue
        try:
            if event.data["kind"] == PromiseKind.WAIT.value:
                number = int(event.data["leg"])
                promises.append(_promise(event, number, legs.get((event.entity_id, number))))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"event {event.entity_id}#{event.sequence} {event.type}: {reason(error)}"
            ) from error
    return promises


def _take_back(promises: list[Promise], event: Recorded) -> None:
    """Have what a customer was told on the line go with their call, as they hang up."""
    for index in reversed(range(len(promises))):
        if promises[index].contact_id != event.entity_id:
            return
        if promises[index].withdrawn_ms is None:
            promises[index] = replace(promises[index], withdrawn_ms=event.occurred_ms)


def _promise(event: Recorded, number: int, leg: QueueLeg | None) -> Promise:
    taken_back = leg is not None and leg.left_by in _TAKEN_BACK
    return Promise(
        contact_id=event.entity_id,
        kind=PromiseKind.WAIT,
        made_ms=event.occurred_ms,
        window_start_ms=int(event.data["window_start"]),
        window_end_ms=int(event.data["window_end"]),
        fulfilled_ms=None if leg is None else leg.answered_ms,
        withdrawn_ms=leg.left_ms if leg is not None and taken_back else None,
        leg=number,
    )
