"""When a callback is next looked at, and how that is made certain.

Every callback that is open has a look ahead of it: a timer where it is within a timer's reach
and the moment matters, and in any case a note for the minute sweep. Both are durable before the
contact is written.
"""

from __future__ import annotations

from centralino.application import callback_items as items
from centralino.application import retired
from centralino.application.app import App
from centralino.application.ports import LONGEST_TIMER_MS, Timer
from centralino.domain.callbacks.model import CallbackState
from centralino.domain.callbacks.rules import RING_MS, CallbackRules, Times
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import NotFound

KIND = "callback"
#: No function works for longer: whoever was asking the carrier for a call has asked by then.
ASKING_MS = 12_000
#: How long the carrier may take to tell who answered.
DETECT_MS = 6_000
#: A held callback is looked at so often: the other contact may have ended unseen.
HELD_MS = 5 * 60_000
_AFTER_OFFER_MS = 1_000


def rules_of(app: App, contact: Contact) -> CallbackRules:
    """Return the rules of a callback's queue, those it had last where it is gone."""
    return retired.rules_of(app, contact.queue or "").callback


def times_of(app: App, queue: str) -> Times:
    """Return when customers of a queue may be called: its own hours, and the legal ones."""
    configuration = app.configuration.current()
    try:
        own = configuration.hours_of(queue)
    except NotFound:
        own = None
    legal = configuration.hours.get(retired.rules_of(app, queue).callback.hours or "")
    return Times([hours for hours in (own, legal) if hours is not None], app.holidays)


def next_look(app: App, contact: Contact) -> int | None:
    """Return when this callback is to be looked at next; ``None``: it has ended."""
    callback, now = contact.callback, app.clock.now()
    if callback is None or not callback.pending:
        return None
    last = callback.last
    if contact.state is ContactState.DIALING and last is not None:
        if last.answered_at is not None:
            return last.answered_at + DETECT_MS
        asked = last.asked_at + ASKING_MS
        return asked if now < asked else last.asked_at + RING_MS
    if contact.state is ContactState.OFFERED:
        return max(now, contact.expires_at or 0) + _AFTER_OFFER_MS
    if callback.state is CallbackState.HELD:
        return min(now + HELD_MS, callback.until)
    if contact.state is ContactState.WAITING:
        ends = times_of(app, contact.queue or "").ends(now)
        return callback.until if ends is None else min(ends, callback.until)
    return min(callback.not_before, callback.until)


def arm(app: App, contact: Contact) -> None:
    """Make certain that a callback is looked at when it is due.

    Raises
    ------
    TransientDependency
        It could not be: the contact must not be written yet.
    """
    moment = next_look(app, contact)
    if moment is None:
        return
    if contact.callback is not None and contact.callback.state is CallbackState.HELD:
        # Nothing hurries, and every look asks for the next: a timer each time would add up.
        items.note_due(app, contact.id, moment)
    else:
        arm_at(app, contact.id, moment)


def arm_at(app: App, contact_id: str, moment: int) -> None:
    """Have a callback looked at from a moment on, whatever becomes of this process."""
    items.note_due(app, contact_id, moment)
    delay = max(0, moment - app.clock.now())
    if delay <= LONGEST_TIMER_MS:
        app.timers.send([Timer(KIND, contact_id, None, delay)])
