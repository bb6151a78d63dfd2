"""Promises of a callback from the event log alone: what was promised, and when the phone rang.

Decides which event fulfils a promise and which takes it back; whether it was kept is judged in
:mod:`centralino.domain.kpi.promises`. A customer who was served by another contact meanwhile has
taken the promise back by calling; one whose callback merely expired has not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from centralino.domain.kpi.event_log import Event, in_order, reason
from centralino.domain.kpi.promises import Promise, PromiseKind

_TAKEN_BACK = frozenset({"CallbackCancelled", "CallbackSuperseded"})


def callback_promises(events: Iterable[Event]) -> list[Promise]:
    """Return the callback promises of a log, each with what became of it.

    Parameters
    ----------
    events
        Envelopes in any order; a repeated (entity_id, sequence) counts once.

    Raises
    ------
    ValueError
        An event is not one of the contract, or a promise has an empty window.
    """
    promises: dict[str, Promise] = {}
    for event in in_order(events):
        contact = event.entity_id
        try:
            if event.type == "CallbackPromised":
                promises[contact] = Promise(
                    contact_id=contact,
                    kind=PromiseKind.CALLBACK,
                    made_ms=event.occurred_ms,
                    window_start_ms=int(event.data["window_start"]),
                    window_end_ms=int(event.data["window_end"]),
                )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"event {contact}#{event.sequence} {event.type}: {reason(error)}"
            ) from error
        promise = promises.get(contact)
        if promise is None:
            continue
        if event.type == "CallbackRang" and promise.fulfilled_ms is None:
            promises[contact] = replace(promise, fulfilled_ms=event.occurred_ms)
        elif event.type in _TAKEN_BACK:
            promises[contact] = replace(promise, withdrawn_ms=event.occurred_ms)
    return list(promises.values())
