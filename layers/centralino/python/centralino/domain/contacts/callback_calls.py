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
from centralino.domain.contacts.machine import evolve, with_segment, without_segment
from centralino.domain.contacts.model import Contact, ContactState, Segment
from centralino.domain.contacts.offers import holds
from centralino.domain.errors import OfferEnded
from centralino.domain.events import Event

S = CallbackState
#: From where a call to the customer is made, for the first time or again.
_CALLED = frozenset({S.SCHEDULED, S.QUEUED, S.DIALING})


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
    return _dialed(contact, callback, now, cause, alone=False)


def dial_alone(contact: Contact, now: int, cause: str | None) -> Contact:
    """Return the contact DIALING with no agent yet, the attempt on record.

    Only one that waits for its moment, and whose moment has come, is dialled; any other is
    returned as it is.
    """
    callback = contact.callback
    if callback is None or callback.state is not S.SCHEDULED or now < callback.not_before:
        return contact
    if contact.state is not ContactState.SCHEDULED:
        return contact
    return _dialed(contact, callback, now, cause, alone=True)


def pace(contact: Contact, moment: int, now: int, cause: str | None) -> Contact:
    """Return the contact with the moment that the carrier keeps for its next call."""
    callback = contact.callback
    if callback is None or callback.state not in _CALLED or callback.paced_at == moment:
        return contact
    return evolve(contact, now, cause, callback=replace(callback, paced_at=moment))


def _dialed(
    contact: Contact, callback: Callback, now: int, cause: str | None, *, alone: bool
) -> Contact:
    now = max(now, contact.updated_at)
    attempt = Attempt(len(callback.attempts) + 1, asked_at=now, alone=alone)
    dialed = Event(
        "CallbackDialed",
        {"callback_id": callback_id(contact.id), "attempt": attempt.number},
    )
    attempts = (*callback.attempts, attempt)
    return evolve(
        contact,
        now,
        cause,
        dialed,
        state=ContactState.DIALING,
        expires_at=None,
        callback=moved(callback, S.DIALING, attempts=attempts, paced_at=None),
    )


def dial_again(contact: Contact, attempt: str, now: int, cause: str | None) -> Contact:
    """Return the contact with its attempt asked for once more: the carrier never heard of it."""
    callback = callbacks.pending(contact)
    if not is_current(contact, attempt):
        return contact
    now = max(now, contact.updated_at)
    asked = moved(callback, S.DIALING, attempts=callback.with_last(asked_at=now), paced_at=None)
    return evolve(contact, now, cause, callback=asked)


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


def admit(contact: Contact, attempt: str, call: str, now: int, cause: str | None) -> Contact:
    """Return the contact WAITING in its old place: the customer has answered, nobody else has.

    It stays in the queue leg it began with. Repeating it changes nothing.
    """
    callback = contact.callback
    if callback is None or not is_current(contact, attempt) or not _last(callback).alone:
        return contact
    now = max(now, contact.updated_at)
    last = _last(callback)
    told = [] if last.rang_at is not None else [_rang(contact)]
    attempts = callback.with_last(
        rang_at=last.rang_at if last.rang_at is not None else now,
        answered_at=last.answered_at if last.answered_at is not None else now,
        call=call,
    )
    answered = {"callback_id": callback_id(contact.id), "attempt": last.number}
    first = contact.enqueued_at is None
    waits = Event("ContactEnqueued") if first else Event("ContactRequeued", {"reason": "answered"})
    return evolve(
        contact,
        now,
        cause,
        *told,
        Event("CallbackAnswered", answered),
        waits,
        state=ContactState.WAITING,
        call=call,
        enqueued_at=now,
        callback=moved(callback, S.ANSWERED, attempts=attempts),
    )


def left(contact: Contact, outcome: Outcome, then: Next, now: int, cause: str | None) -> Contact:
    """Return the contact after its customer, rung first, was no use to wait for an agent with:
    they hung up, or proved to be a machine.

    The agent it was being shown to, or who had just accepted it, is free again.
    """
    callback = contact.callback
    if callback is None or not callback.on_the_line:
        return contact
    now = max(now, contact.updated_at)
    told = callbacks.rescinded(contact, "caller_left")
    segments = without_segment(contact, contact.rid)
    callback, in_vain = _in_vain(contact, callback, outcome)
    return _next(contact, callback, [*told, in_vain], outcome, then, segments, now, cause)


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
    if callback is None or not is_current(contact, attempt):
        return contact
    if segment is None and not _last(callback).alone:
        return contact
    now = max(now, contact.updated_at)
    callback, in_vain = _in_vain(contact, callback, outcome)
    told, segments = [in_vain], contact.segments
    if segment is not None:
        ended, over = callbacks.part_over(segment, now, wrap_up=wrap_up and then.at is not None)
        told += over
        segments = with_segment(contact, ended)
    return _next(contact, callback, told, outcome, then, segments, now, cause)


def _in_vain(contact: Contact, callback: Callback, outcome: Outcome) -> tuple[Callback, Event]:
    facts = {
        "callback_id": callback_id(contact.id),
        "attempt": _last(callback).number,
        "outcome": outcome.value,
    }
    changed = replace(callback, attempts=callback.with_last(outcome=outcome))
    return changed, Event("CallbackUnreached", facts)


def _next(
    contact: Contact,
    callback: Callback,
    told: list[Event],
    outcome: Outcome,
    then: Next,
    segments: tuple[Segment, ...],
    now: int,
    cause: str | None,
) -> Contact:
    """Return the contact SCHEDULED for the next attempt, or ended."""
    if then.at is None:
        end = S.EXHAUSTED if then.exhausted else S.EXPIRED
        return callbacks.ended(contact, end, "unreached", callback, told, segments, now, cause)
    told = [*told, Event("CallbackPostponed", {"not_before": then.at, "reason": outcome.value})]
    callback = moved(callback, S.SCHEDULED)
    # What they were told of the wait, rung first, went with the call: the next one begins anew.
    return callbacks.put_off(
        contact, told, callback, then.at, now, cause, segments=segments, promise=None
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
