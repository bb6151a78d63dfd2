"""Ringing the customer, and what comes of it; once an agent is on the line, or before one is.

The attempt is written before the carrier is asked for it, and carries a name that the carrier
gives back. After a crash, or a request whose reply was lost, the carrier is asked whether it
made the call; only when it did not is it asked again, and never before everybody who may still
be asking has given up. Where it cannot tell, one ring time-out passes. So no customer's phone
rings twice at once.
"""

from __future__ import annotations

from centralino.application import parties, spending, wrap_ups
from centralino.application.app import App
from centralino.application.callbacks import items, timing, turns, waiting
from centralino.application.callbacks.following import close as close
from centralino.application.callbacks.following import (
    drop_agent,
    hang_up,
    leave_message,
    tell_agent,
)
from centralino.application.callbacks.following import followed as followed
from centralino.application.changes import Change, change_contact
from centralino.application.ports import Timer
from centralino.domain.callbacks.model import (
    Callback,
    CallbackState,
    Outcome,
    attempt_id,
    contact_of,
    is_attempt,
)
from centralino.domain.callbacks.rules import RING_MS, after
from centralino.domain.contacts import callback_calls as calling
from centralino.domain.contacts import callbacks
from centralino.domain.contacts.model import TALKING, Contact, ContactState
from centralino.domain.errors import CentralinoError, OfferEnded, TransientDependency


def dial(app: App, contact: Contact, rid: str, cause: str | None) -> None:
    """Ring the customer: the agent who accepted is on the line.

    Outside the hours in which customers may be called, the callback is put off instead.
    """
    callback = callbacks.pending(contact)
    now = app.clock.now()
    moment = timing.times_of(app, contact.queue or "").next(now)
    number = items.number_of(app, contact.id, contact.queue)
    if number is None or now >= callback.until or moment is None:
        why = "number_gone" if number is None else "time_over"
        conclude(app, contact.id, CallbackState.EXPIRED, why, cause)
        return
    if moment > now:
        put_off(app, contact.id, moment, "closed", cause)
        return
    if not turns.has_come(app, contact, cause):
        return
    arm(app, contact)
    try:
        change = change_contact(
            app, contact.id, lambda c: calling.dial(c, rid, app.clock.now(), cause)
        )
    except OfferEnded:
        parties.quietly(app, "drop_agent", lambda: app.media.drop_agent(contact, rid))
        return
    if change.made:
        tell_agent(app, change.after)
        ring(app, change.after, number, cause)


def look(app: App, contact: Contact, cause: str | None) -> bool:
    """Look at an attempt under way; tell whether that changed anything.

    It is over once the phone cannot be ringing any more. Before that, the carrier is asked
    whether it knows of the call, in case whoever asked for it died.
    """
    last = callbacks.pending(contact).last
    if contact.state is not ContactState.DIALING or last is None:
        return False
    now, attempt = app.clock.now(), attempt_id(contact.id, last.number)
    if last.answered_at is not None:
        if now < last.answered_at + timing.detect_ms(app, contact):
            return False
        # Nobody told who answered: somebody did.
        return reached(app, contact.id, attempt, last.call or "", cause).made
    if now >= last.asked_at + RING_MS and not turns.waits(contact, now):
        return unreached(app, contact.id, attempt, Outcome.NO_ANSWER, cause).made
    if now < last.asked_at + timing.ASKING_MS or last.rang_at is not None:
        return False
    try:
        found = app.dialler.found(contact, attempt)
    except CentralinoError as error:
        app.log.warning("attempt_unknown", contact_id=contact.id, code=error.code)
        return False
    number = items.number_of(app, contact.id, contact.queue) if found is None else None
    if number is None or not turns.has_come(app, contact, cause):
        return False
    return _ask_again(app, contact, attempt, last.asked_at, number, cause)


def answered(app: App, contact_id: str, attempt: str, call: str, cause: str | None) -> None:
    """Take note that the customer's phone was picked up.

    Where machines are told apart, the conversation begins once it is known who did.
    """
    contact = app.store.contact(contact_id)
    if contact is None or not timing.rules_of(app, contact).detect:
        reached(app, contact_id, attempt, call, cause)
        return
    if calling.is_current(contact, attempt):
        timing.arm_at(app, contact_id, app.clock.now() + timing.detect_ms(app, contact))
    change = change_contact(
        app, contact_id, lambda c: calling.picked_up(c, attempt, call, app.clock.now(), cause)
    )
    _drop_if_late(app, change.after, attempt, call)


def reached(
    app: App, contact_id: str, attempt: str, call: str, cause: str | None
) -> Change[Contact]:
    """Go on with a customer who has answered: to the agent on the line, or to wait for one."""
    contact = app.store.contact(contact_id)
    last = contact.callback.last if contact is not None and contact.callback is not None else None
    if last is not None and last.alone:
        return waiting.admit(app, contact_id, attempt, call, cause)
    return _connect(app, contact_id, attempt, call, cause)


def _connect(
    app: App, contact_id: str, attempt: str, call: str, cause: str | None
) -> Change[Contact]:
    """Note that the customer is in the conversation with the agent."""
    change = change_contact(
        app, contact_id, lambda c: calling.connect(c, attempt, call, app.clock.now(), cause)
    )
    if change.made:
        tell_agent(app, change.after)
        close(app, change.after)
    else:
        _drop_if_late(app, change.after, attempt, call)
    return change


def unreached(
    app: App, contact_id: str, attempt: str, outcome: Outcome, cause: str | None
) -> Change[Contact]:
    """Note that an attempt was in vain; the next one follows by the rules, or the end.

    One that is told again, or of an earlier attempt, changes nothing.
    """

    def step(contact: Contact) -> Contact:
        if not calling.is_current(contact, attempt):
            return contact
        rules, now = timing.rules_of(app, contact), app.clock.now()
        allowed = timing.times_of(app, contact.queue or "").next
        then = after(callbacks.pending(contact), outcome, rules, now, allowed)
        changed = calling.unreached(
            contact, attempt, outcome, then, now, cause, wrap_up=rules.wrap_up
        )
        if contact.rid is not None:
            app.timers.send([Timer("room", contact.id, contact.rid, parties.ROOM_MS)])
            wrap_up = wrap_ups.timer(app, contact) if rules.wrap_up else None
            if wrap_up is not None:
                app.timers.send([wrap_up])
        timing.arm(app, changed)
        return changed

    change = change_contact(app, contact_id, step)
    if change.made:
        (leave_message if outcome is Outcome.MACHINE else hang_up)(app, change.before)
        _not_ringing(app, change.before)
        followed(app, change, cause)
    return change


def agent_left(app: App, contact: Contact, cause: str | None) -> bool:
    """Stop ringing a customer whose agent has gone; another agent will call."""
    last = callbacks.pending(contact).last
    if contact.state is not ContactState.DIALING or last is None or last.alone:
        return False
    attempt = attempt_id(contact.id, last.number)
    return unreached(app, contact.id, attempt, Outcome.AGENT_LEFT, cause).made


def put_off(app: App, contact_id: str, until: int, reason: str, cause: str | None) -> None:
    """Set a callback aside until a moment; an agent who had it is free again."""

    def step(contact: Contact) -> Contact:
        if not contact.calls_back or contact.state is ContactState.DIALING:
            return contact
        changed = callbacks.postpone(contact, until, reason, app.clock.now(), cause)
        timing.arm(app, changed)
        return changed

    change = change_contact(app, contact_id, step)
    if change.made:
        drop_agent(app, change.before)
        followed(app, change, cause)


def hold(app: App, contact_id: str, by: str, cause: str | None) -> bool:
    """Set a callback aside while its customer is on the line by another contact."""

    def step(contact: Contact) -> Contact:
        if not contact.calls_back:
            return contact
        changed = callbacks.hold(contact, by, app.clock.now(), cause)
        if changed is not contact:
            timing.arm(app, changed)
        return changed

    change = change_contact(app, contact_id, step)
    if change.made:
        drop_agent(app, change.before)
        followed(app, change, cause)
    return change.made


def conclude(
    app: App, contact_id: str, state: CallbackState, reason: str, cause: str | None
) -> Change[Contact]:
    """End a callback without a conversation, wherever it stands."""
    change = change_contact(
        app, contact_id, lambda c: callbacks.end(c, state, reason, app.clock.now(), cause)
    )
    before = change.before
    if change.made:
        if before.state is ContactState.DIALING or before.answers_callback:
            hang_up(app, before)
            _not_ringing(app, before)
        else:
            drop_agent(app, before)
        followed(app, change, cause)
    elif not change.after.owes_callback:
        close(app, change.after)
    return change


def attempt_contact(app: App, attempt: str) -> Contact | None:
    """Return the contact of an attempt, if that is what the name of a leg is."""
    return app.store.contact(contact_of(attempt)) if is_attempt(attempt) else None


def ring(app: App, contact: Contact, number: str, cause: str | None) -> None:
    """Ask the carrier for the attempt that was written just now."""
    callback: Callback = callbacks.pending(contact)
    attempt = attempt_id(contact.id, len(callback.attempts))
    line = app.configuration.current().lines.get(contact.line or "")
    ours = line.number if line is not None else ""
    rules = timing.rules_of(app, contact)
    spending.note_call(app, contact.business_unit)
    try:
        if callback.attempts[-1].alone:
            leaves = bool(rules.machine_message)
            app.dialler.ring(contact, attempt, number, ours, detect=rules.detect, message=leaves)
        else:
            app.dialler.ring_into(contact, attempt, number, ours, detect=rules.detect)
    except TransientDependency as error:
        # It may be ringing. The timers sent before will ask the carrier.
        app.log.warning("attempt_unknown", contact_id=contact.id, code=error.code)
    except CentralinoError as error:
        app.log.warning("attempt_refused", contact_id=contact.id, code=error.code)
        unreached(app, contact.id, attempt, Outcome.FAILED, cause)


def arm(app: App, contact: Contact) -> None:
    """Have an attempt looked at again that is about to be asked for, whatever becomes of us.

    Raises
    ------
    TransientDependency
        It could not be: the attempt must not be written yet.
    """
    if contact.segment is None:
        # No agent's slot leads the sweep to it.
        items.note_due(app, contact.id, app.clock.now() + RING_MS)
    app.timers.send(
        [
            Timer(timing.KIND, contact.id, None, timing.ASKING_MS),
            Timer(timing.KIND, contact.id, None, RING_MS),
        ]
    )


def _ask_again(
    app: App, contact: Contact, attempt: str, asked_at: int, number: str, cause: str | None
) -> bool:
    arm(app, contact)

    def step(c: Contact) -> Contact:
        # Of several who look at the same moment one asks.
        last = c.callback.last if c.callback is not None else None
        if last is None or last.asked_at != asked_at or last.rang_at is not None:
            return c
        return calling.dial_again(c, attempt, app.clock.now(), cause)

    change = change_contact(app, contact.id, step)
    if change.made:
        ring(app, change.after, number, cause)
    return change.made


def _drop_if_late(app: App, contact: Contact, attempt: str, call: str) -> None:
    """Hang up on a customer whose attempt was given up: nobody is there to talk to."""
    mine = contact.call == call and (contact.state in TALKING or not contact.calls_back)
    if not mine and not calling.is_current(contact, attempt):
        parties.quietly(app, "drop_customer", lambda: app.media.drop_agent(contact, attempt))


def _not_ringing(app: App, contact: Contact) -> None:
    last = contact.callback.last if contact.callback is not None else None
    if last is not None and last.alone and contact.state is ContactState.DIALING:
        items.forget_ringing(app, contact)
