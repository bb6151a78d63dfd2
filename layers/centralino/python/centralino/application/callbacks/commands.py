"""Callbacks: asked for, taken back, looked at when due, and told by the carrier how calls go.

How one is booked is in :mod:`.booking`, how the customer is rung in
:mod:`.dialling`.
"""

from __future__ import annotations

from centralino.application import frames, talk
from centralino.application.app import App
from centralino.application.callbacks import dialling, first, items, timing, waiting
from centralino.application.callbacks.booking import CallbackAsked, ask, book
from centralino.application.changes import Change, change_contact
from centralino.application.ports import Timer
from centralino.application.routing import nudge_or_drain
from centralino.domain.callbacks.model import (
    CallbackState,
    Mode,
    Outcome,
    callback_id,
    contact_of,
)
from centralino.domain.callbacks.rules import RING_MS
from centralino.domain.contacts import callback_calls as calling
from centralino.domain.contacts import callbacks as making
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import NotFound, RuleViolation
from centralino.domain.telephony.commands import AnswerDetected, AttemptProgressed

__all__ = [
    "TELLING",
    "CallbackAsked",
    "answer_detected",
    "ask",
    "attempt_progressed",
    "book",
    "cancel",
    "customer_called",
    "known",
    "look",
]

_OUTCOMES = {
    "busy": Outcome.BUSY,
    "no_answer": Outcome.NO_ANSWER,
    "failed": Outcome.FAILED,
    "canceled": Outcome.FAILED,
    # Its answer would have been told before: nobody was met.
    "ended": Outcome.NO_ANSWER,
}
#: What a leg's joining or leaving may tell of an attempt.
TELLING = frozenset({"answered", *_OUTCOMES})
_MACHINES = frozenset({"machine", "fax"})


def cancel(app: App, callback: str, reason: str, cause: str | None) -> Contact:
    """Take a request back; repeating it changes nothing.

    Raises
    ------
    NotFound
        There is no such callback.
    RuleViolation
        It has ended otherwise (``callback_ended``).
    """
    contact = known(app, callback)
    change = dialling.conclude(app, contact.id, CallbackState.CANCELLED, reason, cause)
    after = change.after
    if after.callback is None or after.callback.state is not CallbackState.CANCELLED:
        raise RuleViolation("this callback has ended", code="callback_ended")
    return after


def known(app: App, callback: str) -> Contact:
    """Return the contact of a callback, or raise ``NotFound`` (``unknown_callback``)."""
    contact = app.store.contact(contact_of(callback))
    if contact is None or contact.callback is None:
        raise NotFound("there is no such callback", code="unknown_callback")
    return contact


# --------------------------------------------------------------------------- the carrier


def attempt_progressed(app: App, command: AttemptProgressed) -> None:
    """Take note of how a call to a customer goes on.

    Raises
    ------
    NotFound
        There is no such callback (``unknown_call``).
    """
    contact = _attempted(app, command.contact)
    call, attempt, cause = command.call, command.attempt, command.message
    if command.outcome == "ringing":
        change_contact(
            app, contact.id, lambda c: calling.rang(c, attempt, call, app.clock.now(), cause)
        )
    elif command.outcome == "answered":
        dialling.answered(app, contact.id, attempt, call, cause)
    elif command.outcome in _OUTCOMES:
        if contact.calls_back:
            outcome = _OUTCOMES[command.outcome]
            contact = dialling.unreached(app, contact.id, attempt, outcome, cause).after
        if command.outcome == "ended" and not contact.calls_back and contact.call == call:
            # The customer was reached: it is a call like any, also while it waits again.
            talk.end_call(app, contact.id, by="caller", cause=cause, seen=contact)


def answer_detected(app: App, command: AnswerDetected) -> None:
    """Take note of who answered: a machine is not the customer.

    What is told once the conversation has begun changes nothing: the agent hears it.

    Raises
    ------
    NotFound
        There is no such callback (``unknown_call``).
    """
    contact = _attempted(app, command.contact)
    if command.answered_by not in _MACHINES:
        dialling.reached(app, contact.id, command.attempt, command.call, command.message)
    elif contact.answers_callback and contact.call == command.call:
        # Told late: it waits in line already.
        waiting.over(app, contact.id, Outcome.MACHINE, command.message)
    else:
        dialling.unreached(app, contact.id, command.attempt, Outcome.MACHINE, command.message)


# --------------------------------------------------------------------------- when it is due


def look(app: App, contact_id: str, cause: str | None) -> bool:
    """Do what is due for a callback, and see to it that it is looked at again.

    It may be asked at any moment, by anybody; it tells whether that changed anything.
    """
    try:
        return _looked(app, contact_id, cause)
    except NotFound as error:
        if error.code != "unknown_queue":
            raise
        # Its queue has been gone for longer than any rules are kept for: nobody will call.
        state = CallbackState.EXPIRED
        return dialling.conclude(app, contact_id, state, "queue_gone", cause).made


def _looked(app: App, contact_id: str, cause: str | None) -> bool:
    contact = app.store.contact(contact_id)
    if contact is None:
        if not items.settled(app, contact_id):
            timing.arm_at(app, contact_id, app.clock.now() + items.IN_FLIGHT_MS)
        return False
    callback = contact.callback
    if callback is None:
        return False
    if not callback.pending:
        dialling.close(app, contact)
        return False
    if contact.state is ContactState.DIALING:
        return dialling.look(app, contact, cause)
    if contact.answers_callback:
        return False  # a call like any: whoever looks after those looks after it
    now = app.clock.now()
    if callback.state is CallbackState.HELD and now < callback.until:
        return _held(app, contact, cause)
    if now >= callback.until and contact.state is not ContactState.OFFERED:
        state = CallbackState.EXPIRED
        return dialling.conclude(app, contact_id, state, "time_over", cause).made
    if contact.state is ContactState.SCHEDULED and now >= callback.not_before:
        return _due(app, contact, cause)
    if contact.accepted and contact.rid is not None and callback.paced_at is not None:
        # The agent is on the line: it is this contact's turn at the carrier.
        dialling.dial(app, contact, contact.rid, cause)
        return True
    if contact.state is ContactState.WAITING:
        moment = timing.times_of(app, contact.queue or "").next(now)
        if moment != now:
            later = callback.until if moment is None else min(moment, callback.until)
            dialling.put_off(app, contact_id, later, "closed", cause)
            return True
    if not timing.looked_after(app, contact):
        timing.arm(app, contact)
    return False


def customer_called(app: App, contact_id: str, cause: str | None) -> bool:
    """Bring a customer's callbacks in line with how the call they made themselves stands.

    While they are on the line nobody calls them back. Once an agent has talked to them there is
    nothing left to call about; if they left without that, it goes on in its place. What was asked
    for while they talked to an agent is still to come: it is held, and goes on once they are gone.
    """
    contact = app.store.contact(contact_id)
    if contact is None or contact.subject is None or contact.callback is not None:
        return False
    met = [s.connected_at for s in contact.segments if s.connected_at is not None]
    changed = ringing = False
    for other in items.requests_of(app, contact.subject, contact.business_unit):
        found = app.store.contact(other)
        if found is None or found.callback is None:
            continue
        if met and found.callback.requested_at <= min(met):
            state = CallbackState.SUPERSEDED
            ended = dialling.conclude(app, other, state, "served", cause).made
            if ended and contact.agent is not None and contact.rid is not None:
                now, name = app.clock.now(), callback_id(other)
                frame = frames.callback_ended(contact, contact.rid, name, now)
                app.realtime.push(contact.agent, frame)
            changed |= ended
        elif contact.ended:
            changed |= _released(app, other, contact_id, cause)
        elif found.state is ContactState.DIALING:
            ringing = True
        else:
            changed |= dialling.hold(app, other, contact_id, cause)
    if ringing:
        # It is left ringing. In vain, most likely, and then it is held before the next attempt.
        app.timers.send([Timer("customer", contact_id, delay_ms=RING_MS)])
    return changed


def _held(app: App, contact: Contact, cause: str | None) -> bool:
    """See what became of the call for which this callback is held."""
    callback = making.pending(contact)
    if callback.held_by is not None and customer_called(app, callback.held_by, cause):
        return True
    if callback.held_by is None or app.store.contact(callback.held_by) is None:
        return _released(app, contact.id, callback.held_by, cause)
    timing.arm(app, contact)
    return False


def _released(app: App, contact_id: str, by: str | None, cause: str | None) -> bool:
    """Let a callback go on that was held for this call; another one may hold it still."""

    def step(c: Contact) -> Contact:
        if not c.calls_back or making.pending(c).held_by != by:
            return c
        changed = making.release(c, app.clock.now(), cause)
        if changed is not c:
            timing.arm(app, changed)
        return changed

    try:
        change = change_contact(app, contact_id, step)
    except NotFound:
        return False
    if change.made:
        look(app, contact_id, cause)
    return change.made


def _due(app: App, contact: Contact, cause: str | None) -> bool:
    """Put a scheduled callback in its queue, or off until customers may be called."""
    callback = making.pending(contact)
    now = app.clock.now()
    moment = timing.times_of(app, contact.queue or "").next(now)
    if moment is None or moment >= callback.until:
        state = CallbackState.EXPIRED
        return dialling.conclude(app, contact.id, state, "time_over", cause).made
    if moment > now:
        dialling.put_off(app, contact.id, moment, "closed", cause)
        return True
    if timing.rules_of(app, contact).mode is Mode.CUSTOMER_FIRST:
        return first.due(app, contact, cause)

    def step(c: Contact) -> Contact:
        if not c.calls_back:
            return c
        changed = making.queue(c, app.clock.now(), cause)
        if changed is not c:
            timing.arm(app, changed)
        return changed

    change: Change[Contact] = change_contact(app, contact.id, step)
    after = change.after
    if change.made and after.pool is not None:
        nudge_or_drain(app, after.pool, cause, fresh=[after])
    return change.made


def _attempted(app: App, contact_id: str) -> Contact:
    contact = app.store.contact(contact_id)
    if contact is None or contact.callback is None:
        raise NotFound("there is no such call", code="unknown_call")
    return contact
