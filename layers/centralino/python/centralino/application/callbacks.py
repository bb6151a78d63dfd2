"""Callbacks: asked for, taken back, looked at when due, and told by the carrier how calls go.

How one is booked is in :mod:`.callback_booking`, how the customer is rung in
:mod:`.callback_dialling`.
"""

from __future__ import annotations

from centralino.application import callback_dialling as dialling
from centralino.application import callback_items as items
from centralino.application import callback_timing as timing
from centralino.application import talk
from centralino.application.app import App
from centralino.application.callback_booking import CallbackAsked, ask, book
from centralino.application.changes import Change, change_contact
from centralino.application.ports import Item
from centralino.application.routing import nudge_or_drain
from centralino.domain.callbacks.model import (
    CallbackState,
    Outcome,
    contact_of,
)
from centralino.domain.contacts import callback_calls as calling
from centralino.domain.contacts import callbacks as making
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import CentralinoError, NotFound, RuleViolation
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
    "sweep",
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
#: Where the minute up to which callbacks were looked at is kept.
_DONE = ("sweep", "callbacks")
_MINUTE_MS = 60_000
#: How far back the sweep looks when it does not know where it was, in minutes.
_BACK = 120


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
    if command.answered_by in _MACHINES:
        dialling.unreached(app, contact.id, command.attempt, Outcome.MACHINE, command.message)
    else:
        dialling.connect(app, contact.id, command.attempt, command.call, command.message)


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
        if items.in_flight(app, contact_id):
            timing.arm_at(app, contact_id, app.clock.now() + items.IN_FLIGHT_MS)
        else:
            items.forget(app, contact_id)
        return False
    callback = contact.callback
    if callback is None:
        return False
    if not callback.pending:
        dialling.close(app, contact)
        return False
    if contact.state is ContactState.DIALING:
        return dialling.look(app, contact, cause)
    now = app.clock.now()
    if callback.state is CallbackState.HELD and now < callback.until:
        return _held(app, contact, cause)
    if now >= callback.until and contact.state is not ContactState.OFFERED:
        state = CallbackState.EXPIRED
        return dialling.conclude(app, contact_id, state, "time_over", cause).made
    if contact.state is ContactState.SCHEDULED and now >= callback.not_before:
        return _due(app, contact, cause)
    if contact.state is ContactState.WAITING:
        moment = timing.times_of(app, contact.queue or "").next(now)
        if moment != now:
            later = callback.until if moment is None else min(moment, callback.until)
            dialling.put_off(app, contact_id, later, "closed", cause)
            return True
    timing.arm(app, contact)
    return False


def customer_called(app: App, contact_id: str, cause: str | None) -> bool:
    """Bring a customer's callbacks in line with how the call they made themselves stands.

    While they are on the line nobody calls them back. Once an agent has talked to them there is
    nothing left to call about; if they left without that, it goes on in its place.
    """
    contact = app.store.contact(contact_id)
    if contact is None or contact.subject is None or contact.callback is not None:
        return False
    served = any(segment.connected_at is not None for segment in contact.segments)
    changed = False
    for other in items.requests_of(app, contact.subject, contact.business_unit):
        if app.store.contact(other) is None:
            continue
        if served:
            state = CallbackState.SUPERSEDED
            changed |= dialling.conclude(app, other, state, "served", cause).made
        elif contact.ended:
            changed |= _released(app, other, contact_id, cause)
        else:
            changed |= dialling.hold(app, other, contact_id, cause)
    return changed


def sweep(app: App) -> int:
    """Look at every callback that was due up to this minute; return how many that changed."""
    changed, minute = 0, app.clock.now() // _MINUTE_MS
    done = app.operations.get(*_DONE)
    first = minute - _BACK if done is None else int(done.attributes["minute"])
    for past in range(min(first, minute), minute + 1):
        for item in app.operations.list(items.due_at(past)):
            try:
                changed += look(app, item.sk, "sweep")
            except CentralinoError as error:
                # One that fails must not keep the others; it is looked at by the next sweep.
                app.log.error("callback_look_failed", contact_id=item.sk, code=error.code)
                items.note_due(app, item.sk, app.clock.now())
            app.operations.delete(item.pk, item.sk)
        if past % _BACK == 0:
            # Far behind, it may not get through at once: the next one goes on from here.
            app.operations.put(Item(*_DONE, {"minute": past}))
    app.operations.put(Item(*_DONE, {"minute": minute}))
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
