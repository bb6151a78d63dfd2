"""Moving a callback to another time: the old promise ends with it, a new one may begin.

Whose doing it was decides what becomes of the old promise, so the event says that, and both
windows. Nothing is moved once the customer's phone is being rung.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from centralino.domain.callbacks.model import CallbackState, callback_id, moved
from centralino.domain.contacts import callbacks
from centralino.domain.contacts.callback_promise import promised
from centralino.domain.contacts.machine import evolve
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import RuleViolation
from centralino.domain.events import Event

S = CallbackState
#: Who moves it: the customer, an agent, or a supervisor.
MOVERS = ("customer", "agent", "supervisor")


@dataclass(frozen=True, slots=True)
class NewTime:
    """When the customer is to be called instead.

    Attributes
    ----------
    not_before, until : int
        From when and until when, UTC milliseconds.
    window : (int, int) or None
        What the customer is promised now.
    slot : int or None
        The beginning of the slot in which a place was taken; ``None``: in its turn.
    zone : str
        In which the window was told.
    """

    not_before: int
    until: int
    window: tuple[int, int] | None = None
    slot: int | None = None
    zone: str = "UTC"


def require_movable(contact: Contact) -> None:
    """Raise unless the callback may be moved as it stands.

    Raises
    ------
    RuleViolation
        It calls nobody back (``no_callback``), has ended (``callback_ended``), or the customer is
        being called, or has answered (``dialing``).
    """
    if callbacks.pending(contact).state not in (S.SCHEDULED, S.QUEUED, S.HELD):
        raise RuleViolation("the customer is being called", code="dialing")


def move(contact: Contact, to: NewTime, by: str, now: int, cause: str | None) -> Contact:
    """Return the contact SCHEDULED for another time, its place in line kept.

    An agent it was being shown to is free again. One that is held stays so: the customer is on
    the line. Moving it to where it is changes nothing.

    Raises
    ------
    RuleViolation
        See :func:`require_movable`.
    """
    require_movable(contact)
    callback = callbacks.pending(contact)
    if is_at(contact, to.slot):
        return contact
    now = max(now, contact.updated_at)
    old_start, old_end = callback.window or (None, None)
    start, end = to.window or (None, None)
    name = callback_id(contact.id)
    told = [
        Event(
            "CallbackMoved",
            {
                "callback_id": name,
                "by": by,
                "not_before": to.not_before,
                "until": to.until,
                "old_window_start": old_start,
                "old_window_end": old_end,
                "window_start": start,
                "window_end": end,
            },
        )
    ]
    if to.window is not None:
        told.append(promised(contact.id, to.window, to.zone, picked=to.slot is not None))
    changed = replace(callback, window=to.window, slot=to.slot, until=to.until)
    if callback.state is S.HELD:
        changed = replace(changed, not_before=to.not_before)
        return evolve(contact, now, cause, *told, callback=changed)
    return callbacks.put_off(
        contact,
        [*callbacks.rescinded(contact, "moved"), *told],
        moved(changed, S.SCHEDULED),
        to.not_before,
        now,
        cause,
    )


def is_at(contact: Contact, slot: int | None) -> bool:
    """Tell whether a callback has this time already: the slot, or no time of its own."""
    return callbacks.of(contact).slot == slot
