"""Promises of a callback from the event log alone: what was promised, and when the phone rang.

Decides which event fulfils a promise, which takes it back, and by whom; whether it was kept is
judged in :mod:`centralino.domain.kpi.promises`. A customer who was served by another contact
meanwhile has taken the promise back by calling; one whose callback merely expired has not. A
callback that is moved has another promise from then on, and each is judged by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from centralino.domain.kpi.event_log import Event, Recorded, in_order, reason
from centralino.domain.kpi.promises import Promise, PromiseKind

#: Who takes a promise back that is void; anybody else's doing is ours.
CUSTOMER = "customer"
_READ = frozenset(
    {
        "CallbackPromised",
        "CallbackMoved",
        "CallbackRang",
        "CallbackConnected",
        "CallbackCancelled",
        "CallbackSuperseded",
    }
)


def callback_promises(events: Iterable[Event]) -> list[Promise]:
    """Return the callback promises of a log, each with what became of it, in order of contact.

    Parameters
    ----------
    events
        Envelopes in any order; a repeated (entity_id, sequence) counts once.

    Raises
    ------
    ValueError
        An event is not one of the contract, or a promise has an empty window.
    """
    promises: dict[str, list[Promise]] = {}
    for event in in_order(events):
        if event.type not in _READ:
            continue
        made = promises.setdefault(event.entity_id, [])
        try:
            _apply(made, event)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"event {event.entity_id}#{event.sequence} {event.type}: {reason(error)}"
            ) from error
    return [promise for made in promises.values() for promise in made]


def _apply(made: list[Promise], event: Recorded) -> None:
    at = event.occurred_ms
    current = made[-1] if made and _open(made[-1]) else None
    if event.type == "CallbackPromised":
        if current is not None:
            # Nobody said who wanted another one: it is our doing.
            made[-1] = replace(current, recalled_ms=at)
        made.append(_promise(event, len(made) + 1))
    elif current is None:
        return
    elif event.type == "CallbackRang":
        made[-1] = replace(current, fulfilled_ms=_first(current.fulfilled_ms, at))
    elif event.type == "CallbackConnected":
        made[-1] = replace(current, reached_ms=_first(current.reached_ms, at))
    elif _by_customer(event):
        made[-1] = replace(current, withdrawn_ms=at)
    else:
        made[-1] = replace(current, recalled_ms=at)


def _open(promise: Promise) -> bool:
    return promise.withdrawn_ms is None and promise.recalled_ms is None


def _first(known: int | None, at: int) -> int:
    return at if known is None else known


def _by_customer(event: Recorded) -> bool:
    """Tell who took it back: a move names them, a cancellation gives them as its reason."""
    if event.type == "CallbackSuperseded":
        return True
    name = "by" if event.type == "CallbackMoved" else "reason"
    return str(event.data[name]) == CUSTOMER


def _promise(event: Recorded, number: int) -> Promise:
    return Promise(
        contact_id=event.entity_id,
        kind=PromiseKind.CALLBACK,
        made_ms=event.occurred_ms,
        window_start_ms=int(event.data["window_start"]),
        window_end_ms=int(event.data["window_end"]),
        leg=number,
    )
