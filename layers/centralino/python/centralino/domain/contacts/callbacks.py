"""A contact that calls a customer back: how it begins, rings, reaches the customer, or does not.

It is made in the write that closes the contact of whoever asked, takes over that place in line,
and keeps it (``virtual_time``) through every attempt. Until the customer is reached it has no
call of its own; from then on it is a contact like any other, and nothing here concerns it.

It decides what the contact becomes; never when to try again, nor whom to call.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from centralino.domain.callbacks.model import (
    Callback,
    CallbackState,
    callback_id,
    moved,
)
from centralino.domain.contacts.callback_promise import promised
from centralino.domain.contacts.lifecycle import end_segment
from centralino.domain.contacts.machine import evolve, with_segment, without_segment
from centralino.domain.contacts.model import (
    Channel,
    Contact,
    ContactState,
    Direction,
    Segment,
)
from centralino.domain.contacts.transfers import Line
from centralino.domain.errors import RuleViolation
from centralino.domain.events import Event

S = CallbackState
_NOBODY = {"agent_id": None, "rid": None, "disposition": None, "wrapup_ms": None}
#: How the contact ends whose callback ended without a conversation.
_ENDS: dict[CallbackState, ContactState] = {
    S.CANCELLED: ContactState.CANCELLED,
    S.SUPERSEDED: ContactState.CANCELLED,
    S.EXPIRED: ContactState.EXPIRED,
    S.EXHAUSTED: ContactState.CLOSED,
}
_TOLD: dict[CallbackState, str] = {
    S.CANCELLED: "CallbackCancelled",
    S.SUPERSEDED: "CallbackSuperseded",
    S.EXPIRED: "CallbackExpired",
    S.EXHAUSTED: "CallbackExhausted",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for.

    Attributes
    ----------
    asked_by : str
        ``customer`` or ``agent``.
    virtual_time : int
        The place in line.
    not_before, until : int
        From when and until when the customer may be called.
    window : (int, int) or None
        What the customer is promised.
    slot : int or None
        The beginning of the slot in which a place was taken.
    alone : bool
        Whether the customer is rung first: then no agent is looked for before they answer.
    prefer : str or None
        The agent who is asked first, for as long as the plan waits for one.
    no_selling : bool
        Whether the customer is on the do-not-call list.
    zone : str
        In which the window was told.
    """

    topic: str
    asked_by: str
    virtual_time: int
    not_before: int
    until: int
    window: tuple[int, int] | None = None
    slot: int | None = None
    alone: bool = False
    prefer: str | None = None
    no_selling: bool = False
    zone: str = "UTC"


def convert(contact: Contact, now: int, cause: str | None, outcome: str = "converted") -> Contact:
    """Return the asking contact closed: it goes on with the callback, or the message it left.

    Parameters
    ----------
    outcome : str
        ``converted`` to a callback, or ``message``.

    Raises
    ------
    RuleViolation
        The customer neither waits nor is in a flow (``not_waiting``).
    """
    if contact.state not in (ContactState.IVR, ContactState.WAITING):
        raise RuleViolation("this contact does not wait", code="not_waiting")
    closed = Event("ContactClosed", {"outcome": outcome, **_NOBODY})
    return evolve(contact, now, cause, closed, state=ContactState.CLOSED)


def request(
    contact_id: str,
    wanted: Wanted,
    line: Line,
    *,
    business_unit: str,
    provider: str,
    number_line: str | None,
    language: str,
    subject: str | None,
    previous: str | None,
    now: int,
    cause: str | None,
) -> Contact:
    """Return the first version of the contact that calls back.

    Parameters
    ----------
    number_line : str or None
        The line of ours whose number the customer sees.
    previous : str or None
        The asking contact.
    """
    told = [
        Event("ContactStarted"),
        Event(
            "CallbackRequested",
            {
                "callback_id": callback_id(contact_id),
                "topic": wanted.topic,
                "asked_by": wanted.asked_by,
                "not_before": wanted.not_before,
                "until": wanted.until,
                "no_selling": wanted.no_selling,
            },
        ),
    ]
    if wanted.window is not None:
        picked = wanted.slot is not None
        told.append(promised(contact_id, wanted.window, wanted.zone, picked=picked))
    waits = wanted.not_before <= now and not wanted.alone
    if waits:
        told.append(Event("ContactEnqueued"))
    return Contact(
        id=contact_id,
        state=ContactState.WAITING if waits else ContactState.SCHEDULED,
        business_unit=business_unit,
        version=1,
        sequence=len(told),
        channel=Channel.CALLBACK,
        direction=Direction.OUTBOUND,
        provider=provider,
        line=number_line,
        language=language,
        subject=subject,
        previous=previous,
        pool=line.pool,
        queue=line.queue,
        plan=line.plan,
        shard=line.shard,
        priority=line.priority,
        tier=line.tier,
        enqueued_at=now if waits else None,
        virtual_time=wanted.virtual_time,
        leg=1,
        preferred=wanted.prefer,
        callback=Callback(
            state=S.QUEUED if waits else S.SCHEDULED,
            topic=wanted.topic,
            requested_at=now,
            until=wanted.until,
            not_before=wanted.not_before,
            window=wanted.window,
            no_selling=wanted.no_selling,
            slot=wanted.slot,
        ),
        created_at=now,
        updated_at=now,
        cause=cause,
        events=tuple(told),
    )


def queue(contact: Contact, now: int, cause: str | None) -> Contact:
    """Return the scheduled contact WAITING in its old place: it is time to call.

    It stays in the queue leg it began with, as a declined one does.
    """
    callback = pending(contact)
    if contact.state is not ContactState.SCHEDULED or callback.state is not S.SCHEDULED:
        return contact
    now = max(now, contact.updated_at)
    first = contact.enqueued_at is None
    event = Event("ContactEnqueued") if first else Event("ContactRequeued", {"reason": "due"})
    return evolve(
        contact,
        now,
        cause,
        event,
        state=ContactState.WAITING,
        enqueued_at=now,
        callback=moved(callback, S.QUEUED),
    )


def postpone(contact: Contact, until: int, reason: str, now: int, cause: str | None) -> Contact:
    """Return the contact SCHEDULED until a later moment, its place kept.

    An agent it was being shown to, or who had just accepted it, is free again.
    """
    callback = pending(contact)
    if contact.state is ContactState.DIALING:
        raise RuleViolation("the customer is being called", code="dialing")
    told = Event("CallbackPostponed", {"not_before": until, "reason": reason})
    return put_off(
        contact, [*rescinded(contact, reason), told], moved(callback, S.SCHEDULED), until, now,
        cause,
    )  # fmt: skip


def hold(contact: Contact, by: str, now: int, cause: str | None) -> Contact:
    """Return the contact set aside while the customer is on the line by another contact.

    One whose customer is being rung already is left alone. Repeating it changes nothing.
    """
    callback = pending(contact)
    if callback.state not in (S.SCHEDULED, S.QUEUED):
        return contact
    held = moved(callback, S.HELD, held_by=by, called_meanwhile=True)
    told = Event("CallbackHeld", {"by": by})
    return put_off(
        contact, [*rescinded(contact, "held"), told], held, callback.not_before, now, cause
    )


def release(contact: Contact, now: int, cause: str | None) -> Contact:
    """Return the held contact SCHEDULED again for when it was: the customer was not served."""
    callback = pending(contact)
    if callback.state is not S.HELD:
        return contact
    free = moved(callback, S.SCHEDULED, held_by=None)
    return put_off(contact, [Event("CallbackReleased")], free, callback.not_before, now, cause)


def end(
    contact: Contact, state: CallbackState, reason: str, now: int, cause: str | None
) -> Contact:
    """Return the contact whose callback ended without a conversation, wherever it stood.

    Parameters
    ----------
    state : CallbackState
        ``CANCELLED``, ``SUPERSEDED`` or ``EXPIRED``.

    Returns
    -------
    Contact
        The same object when the callback has ended already, however it did.
    """
    callback = contact.callback
    if callback is None or not callback.pending:
        return contact
    now = max(now, contact.updated_at)
    segment = contact.segment
    if contact.state is ContactState.DIALING and segment is not None:
        gone, told = part_over(segment, now, wrap_up=False)
        segments = with_segment(contact, gone)
    else:
        told = rescinded(contact, reason)
        segments = without_segment(contact, contact.rid)
    return ended(contact, state, reason, callback, told, segments, now, cause)


def pending(contact: Contact) -> Callback:
    """Return the callback of a contact whose customer is still to be reached.

    Raises
    ------
    RuleViolation
        There is none (``no_callback``), or it has ended (``callback_ended``).
    """
    callback = of(contact)
    if not callback.pending:
        raise RuleViolation("this callback has ended", code="callback_ended")
    return callback


def of(contact: Contact) -> Callback:
    """Return the callback of a contact, ended or not; ``RuleViolation(no_callback)`` if none."""
    if contact.callback is None:
        raise RuleViolation("this contact calls nobody back", code="no_callback")
    return contact.callback


def rescinded(contact: Contact, reason: str) -> list[Event]:
    """Return what is told of an offer that is withdrawn, if one is in force."""
    if contact.state is not ContactState.OFFERED:
        return []
    facts = {"agent_id": contact.agent, "rid": contact.rid, "reason": reason}
    return [Event("OfferRescinded", facts)]


def part_over(segment: Segment, now: int, *, wrap_up: bool) -> tuple[Segment, list[Event]]:
    """Return the agent's part after nobody was reached, and what is told of it."""
    ended, over = end_segment(segment, "system", now)
    if wrap_up:
        return ended, [over]
    done = {"agent_id": segment.agent, "rid": segment.rid, "disposition": None, "wrapup_ms": 0}
    return replace(ended, wrapped_at=now), [over, Event("ContactWrapupEnded", done)]


def put_off(
    contact: Contact,
    told: list[Event],
    callback: Callback,
    until: int,
    now: int,
    cause: str | None,
    **changes: Any,
) -> Contact:
    changes.setdefault("segments", without_segment(contact, _unanswered(contact)))
    return evolve(
        contact,
        now,
        cause,
        *told,
        state=ContactState.SCHEDULED,
        rid=None,
        agent=None,
        expires_at=None,
        acknowledged_at=None,
        call=None,
        callback=replace(callback, not_before=until, paced_at=None),
        **changes,
    )


def _unanswered(contact: Contact) -> str | None:
    return contact.rid if contact.state is ContactState.OFFERED else None


def ended(
    contact: Contact,
    state: CallbackState,
    reason: str,
    callback: Callback,
    told: list[Event],
    segments: tuple[Segment, ...],
    now: int,
    cause: str | None,
) -> Contact:
    over = Event(
        _TOLD[state],
        {
            "callback_id": callback_id(contact.id),
            "attempts": len(callback.attempts),
            "reason": reason,
        },
    )
    closed = Event("ContactClosed", {"outcome": "system", **_NOBODY})
    last = Event("ContactExpired") if state is S.EXPIRED else closed
    return evolve(
        contact,
        now,
        cause,
        *told,
        over,
        last,
        state=_ENDS[state],
        rid=None,
        agent=None,
        expires_at=None,
        segments=segments,
        callback=moved(callback, state, held_by=None, paced_at=None),
    )
