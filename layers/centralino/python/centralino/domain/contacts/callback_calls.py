"""The calls to a customer who is called back: asked for, ringing, answered, or in vain.

At most one attempt is under way. Whatever is told of an earlier one, or told again, changes
nothing.
"""

from __future__ import annotations

from dataclasses import replace

from centralino.domain.callbacks.model import (
    Attempt,
    Callback,
    CallbackState,
    Outcome,
    attempt_id,
    callback_id,
    moved,
)
from centralino.domain.callbacks.rules import Next
from centralino.domain.contacts import callbacks
from centralino.domain.contacts.machine import evolve, with_segment
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.contacts.offers import holds
from centralino.domain.errors import OfferEnded
from centralino.domain.events import Event

S = CallbackState


def dial(contact: Contact, rid: str, now: int, cause: str | None) -> Contact:
    """Return the contact DIALING, the attempt on record: only now may the carrier be asked.

    Repeating it changes nothing.

    Raises
    ------
    OfferEnded
        The agent who accepted does not have it any more.
    """
    if contact.state is ContactState.DIALING and contact.rid == rid:
        return contact
    callback = callbacks.pending(contact)
    if not holds(contact, rid) or not contact.accepted:
        raise OfferEnded("this offer has ended")
    now = max(now, contact.updated_at)
    attempt = Attempt(len(callback.attempts) + 1, asked_at=now)
    dialed = Event(
        "CallbackDialed",
        {"callback_id": callback_id(contact.id), "attempt": attempt.number},
    )
    return evolve(
        contact,
        now,
        cause,
        dialed,
        state=ContactState.DIALING,
        expires_at=None,
        callback=moved(callback, S.DIALING, attempts=(*callback.attempts, attempt)),
    )


def dial_again(contact: Contact, attempt: str, now: int, cause: str | None) -> Contact:
    """Return the contact with its attempt asked for once more: the carrier never heard of it."""
    callback = callbacks.pending(contact)
    if not is_current(contact, attempt):
        return contact
    now = max(now, contact.updated_at)
    asked = callback.with_last(asked_at=now)
    return evolve(contact, now, cause, callback=moved(callback, S.DIALING, attempts=asked))


def rang(contact: Contact, attempt: str, call: str, now: int, cause: str | None) -> Contact:
    """Return the contact whose customer's phone has begun to ring."""
    callback = contact.callback
    if callback is None or not is_current(contact, attempt) or _last(callback).rang_at is not None:
        return contact
    now = max(now, contact.updated_at)
    attempts = callback.with_last(rang_at=now, call=call)
    return evolve(
        contact,
        now,
        cause,
        _rang(contact),
        callback=moved(callback, S.DIALING, attempts=attempts),
    )


def picked_up(contact: Contact, attempt: str, call: str, now: int, cause: str | None) -> Contact:
    """Return the contact whose customer's phone was answered, by whom is not known yet."""
    callback = contact.callback
    if callback is None or not is_current(contact, attempt):
        return contact
    last = _last(callback)
    if last.answered_at is not None:
        return contact
    now = max(now, contact.updated_at)
    first = last.rang_at is None
    attempts = callback.with_last(
        rang_at=now if first else last.rang_at, answered_at=now, call=call
    )
    return evolve(
        contact,
        now,
        cause,
        *([_rang(contact)] if first else []),
        callback=moved(callback, S.DIALING, attempts=attempts),
    )


def connect(contact: Contact, attempt: str, call: str, now: int, cause: str | None) -> Contact:
    """Return the contact CONNECTED: the customer is in the conversation with the agent.

    Repeating it changes nothing.
    """
    callback, segment = contact.callback, contact.segment
    if callback is None or segment is None or not is_current(contact, attempt):
        return contact
    now = max(now, contact.updated_at)
    last = _last(callback)
    told = [] if last.rang_at is not None else [_rang(contact)]
    attempts = callback.with_last(
        rang_at=last.rang_at if last.rang_at is not None else now,
        answered_at=last.answered_at if last.answered_at is not None else now,
        call=call,
    )
    since = contact.enqueued_at if contact.enqueued_at is not None else contact.created_at
    return evolve(
        contact,
        now,
        cause,
        *told,
        Event(
            "CallbackConnected",
            {"callback_id": callback_id(contact.id), "attempt": last.number},
        ),
        Event("ContactConnected", {"waited_ms": max(0, now - since)}),
        state=ContactState.CONNECTED,
        call=call,
        segments=with_segment(contact, replace(segment, connected_at=now)),
        callback=moved(callback, S.CONNECTED, attempts=attempts),
    )


def unreached(
    contact: Contact,
    attempt: str,
    outcome: Outcome,
    then: Next,
    now: int,
    cause: str | None,
    *,
    wrap_up: bool = False,
) -> Contact:
    """Return the contact after an attempt in vain: SCHEDULED for the next one, or ended.

    The agent goes on to a wrap-up where ``wrap_up`` says so and there is another attempt, else
    is free at once. Repeating it, or telling it of an earlier attempt, changes nothing.
    """
    callback, segment = contact.callback, contact.segment
    if callback is None or segment is None or not is_current(contact, attempt):
        return contact
    now = max(now, contact.updated_at)
    callback = replace(callback, attempts=callback.with_last(outcome=outcome))
    told = [
        Event(
            "CallbackUnreached",
            {
                "callback_id": callback_id(contact.id),
                "attempt": _last(callback).number,
                "outcome": outcome.value,
            },
        )
    ]
    ended, over = callbacks.part_over(segment, now, wrap_up=wrap_up and then.at is not None)
    told += over
    segments = with_segment(contact, ended)
    if then.at is None:
        end = S.EXHAUSTED if then.exhausted else S.EXPIRED
        return callbacks.ended(contact, end, "unreached", callback, told, segments, now, cause)
    told.append(Event("CallbackPostponed", {"not_before": then.at, "reason": outcome.value}))
    return callbacks.put_off(
        contact, told, moved(callback, S.SCHEDULED), then.at, now, cause, segments=segments
    )


def is_current(contact: Contact, attempt: str) -> bool:
    """Tell whether this is the attempt that is under way."""
    callback = contact.callback
    return (
        callback is not None
        and callback.state is S.DIALING
        and contact.state is ContactState.DIALING
        and attempt_id(contact.id, len(callback.attempts)) == attempt
    )


def _last(callback: Callback) -> Attempt:
    return callback.attempts[-1]


def _rang(contact: Contact) -> Event:
    number = len(contact.callback.attempts) if contact.callback is not None else 0
    return Event("CallbackRang", {"callback_id": callback_id(contact.id), "attempt": number})
