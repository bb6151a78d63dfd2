"""Ringing the customer once an agent is on the line, and what comes of it.

The attempt is written before the carrier is asked for it, and carries a name that the carrier
gives back. After a crash, or a request whose reply was lost, the carrier is asked whether it
made the call; only when it did not is it asked again, and never before everybody who may still
be asking has given up. Where it cannot tell, one ring time-out passes. So no customer's phone
rings twice at once.
"""

from __future__ import annotations

from centralino.application import callback_items as items
from centralino.application import callback_timing as timing
from centralino.application import frames, parties, retired
from centralino.application.app import App
from centralino.application.changes import Change, change_contact
from centralino.application.ports import Timer
from centralino.application.settling import settle_and_drain
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

#: When the agent's leg is looked at once more after nobody was reached.
ROOM_MS = 5_000


def dial(app: App, contact: Contact, rid: str, cause: str | None) -> None:
    """Ring the customer: the agent who accepted is on the line.

    Outside the hours in which customers may be called, the callback is put off instead.
    """
    callback = callbacks.pending(contact)
    now = app.clock.now()
    moment = timing.times_of(app, contact.queue or "").next(now)
    number = items.number_of(app, contact.id)
    if number is None or now >= callback.until or moment is None:
        why = "number_gone" if number is None else "time_over"
        conclude(app, contact.id, CallbackState.EXPIRED, why, cause)
        return
    if moment > now:
        put_off(app, contact.id, moment, "closed", cause)
        return
    app.timers.send(
        [
            Timer(timing.KIND, contact.id, None, timing.ASKING_MS),
            Timer(timing.KIND, contact.id, None, RING_MS),
        ]
    )
    try:
        change = change_contact(
            app, contact.id, lambda c: calling.dial(c, rid, app.clock.now(), cause)
        )
    except OfferEnded:
        parties.quietly(app, "drop_agent", lambda: app.media.drop_agent(contact, rid))
        return
    if change.made:
        _tell_agent(app, change.after)
        _ring(app, change.after, number, cause)


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
        if now < last.answered_at + timing.DETECT_MS:
            return False
        # Nobody told who answered: somebody did.
        return connect(app, contact.id, attempt, last.call or "", cause).made
    if now >= last.asked_at + RING_MS:
        return unreached(app, contact.id, attempt, Outcome.NO_ANSWER, cause).made
    if now < last.asked_at + timing.ASKING_MS or last.rang_at is not None:
        return False
    try:
        found = app.dialler.found(contact, attempt)
    except CentralinoError as error:
        app.log.warning("attempt_unknown", contact_id=contact.id, code=error.code)
        return False
    number = items.number_of(app, contact.id) if found is None else None
    if number is None:
        return False
    return _ask_again(app, contact, attempt, last.asked_at, number, cause)


def answered(app: App, contact_id: str, attempt: str, call: str, cause: str | None) -> None:
    """Take note that the customer's phone was picked up.

    Where machines are told apart, the conversation begins once it is known who did.
    """
    contact = app.store.contact(contact_id)
    if contact is None or not timing.rules_of(app, contact).detect:
        connect(app, contact_id, attempt, call, cause)
        return
    if calling.is_current(contact, attempt):
        app.timers.send([Timer(timing.KIND, contact_id, None, timing.DETECT_MS)])
    change = change_contact(
        app, contact_id, lambda c: calling.picked_up(c, attempt, call, app.clock.now(), cause)
    )
    _drop_if_late(app, change.after, attempt, call)


def connect(
    app: App, contact_id: str, attempt: str, call: str, cause: str | None
) -> Change[Contact]:
    """Note that the customer is in the conversation with the agent."""
    change = change_contact(
        app, contact_id, lambda c: calling.connect(c, attempt, call, app.clock.now(), cause)
    )
    if change.made:
        _tell_agent(app, change.after)
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
            app.timers.send([Timer("room", contact.id, contact.rid, ROOM_MS)])
            if rules.wrap_up:
                limit = retired.rules_of(app, contact.queue or "").wrap_up_ms
                app.timers.send([Timer("wrapup", contact.id, contact.rid, limit)])
        timing.arm(app, changed)
        return changed

    change = change_contact(app, contact_id, step)
    if change.made:
        _hang_up(app, change.before, attempt)
        followed(app, change, cause)
    return change


def agent_left(app: App, contact: Contact, cause: str | None) -> bool:
    """Stop ringing a customer whose agent has gone; another agent will call."""
    last = callbacks.pending(contact).last
    if contact.state is not ContactState.DIALING or last is None:
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
        _drop_accepted(app, change.before)
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
        _drop_accepted(app, change.before)
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
        if before.state is ContactState.DIALING and before.callback is not None:
            _hang_up(app, before, attempt_id(before.id, len(before.callback.attempts)))
        _drop_accepted(app, before)
        followed(app, change, cause)
    elif not change.after.calls_back:
        close(app, change.after)
    return change


def followed(app: App, change: Change[Contact], cause: str | None) -> None:
    """Do what follows a callback's change: slots, pages, items."""
    before, contact = change.before, change.after
    if before.agent is not None and before.rid is not None and before.segment is not None:
        frame = frames.contact_changed(contact, before.rid, app.clock.now())
        app.realtime.push(before.agent, frame)
    if not contact.calls_back:
        close(app, contact)
    settle_and_drain(app, contact, cause)


def close(app: App, contact: Contact) -> None:
    """Forget the number of a callback that has ended; what cannot be forgotten now expires."""
    try:
        items.forget(app, contact.id)
    except TransientDependency as error:
        app.log.warning("number_not_forgotten", contact_id=contact.id, code=error.code)


def attempt_contact(app: App, attempt: str) -> Contact | None:
    """Return the contact of an attempt, if that is what the name of a leg is."""
    return app.store.contact(contact_of(attempt)) if is_attempt(attempt) else None


def _ring(app: App, contact: Contact, number: str, cause: str | None) -> None:
    callback: Callback = callbacks.pending(contact)
    attempt = attempt_id(contact.id, len(callback.attempts))
    line = app.configuration.current().lines.get(contact.line or "")
    try:
        app.dialler.ring_into(
            contact,
            attempt,
            number,
            line.number if line is not None else "",
            detect=timing.rules_of(app, contact).detect,
        )
    except TransientDependency as error:
        # It may be ringing. The timers sent before will ask the carrier.
        app.log.warning("attempt_unknown", contact_id=contact.id, code=error.code)
    except CentralinoError as error:
        app.log.warning("attempt_refused", contact_id=contact.id, code=error.code)
        unreached(app, contact.id, attempt, Outcome.FAILED, cause)


def _ask_again(
    app: App, contact: Contact, attempt: str, asked_at: int, number: str, cause: str | None
) -> bool:
    app.timers.send(
        [
            Timer(timing.KIND, contact.id, None, timing.ASKING_MS),
            Timer(timing.KIND, contact.id, None, RING_MS),
        ]
    )

    def step(c: Contact) -> Contact:
        # Of several who look at the same moment one asks.
        last = c.callback.last if c.callback is not None else None
        if last is None or last.asked_at != asked_at or last.rang_at is not None:
            return c
        return calling.dial_again(c, attempt, app.clock.now(), cause)

    change = change_contact(app, contact.id, step)
    if change.made:
        _ring(app, change.after, number, cause)
    return change.made


def _drop_if_late(app: App, contact: Contact, attempt: str, call: str) -> None:
    """Hang up on a customer whose attempt was given up: nobody is there to talk to."""
    mine = contact.call == call and (contact.state in TALKING or not contact.calls_back)
    if not mine and not calling.is_current(contact, attempt):
        parties.quietly(app, "drop_customer", lambda: app.media.drop_agent(contact, attempt))


def _hang_up(app: App, contact: Contact, attempt: str) -> None:
    """End the customer's leg, ringing or not, and the agent's."""
    rid = contact.rid
    parties.quietly(app, "drop_customer", lambda: app.media.drop_agent(contact, attempt))
    if rid is not None:
        parties.quietly(app, "drop_agent", lambda: app.media.drop_agent(contact, rid))


def _drop_accepted(app: App, contact: Contact) -> None:
    rid = contact.rid
    if contact.accepted and rid is not None:
        parties.quietly(app, "drop_agent", lambda: app.media.drop_agent(contact, rid))


def _tell_agent(app: App, contact: Contact) -> None:
    if contact.agent is not None and contact.rid is not None:
        frame = frames.contact_changed(contact, contact.rid, app.clock.now())
        app.realtime.push(contact.agent, frame)
