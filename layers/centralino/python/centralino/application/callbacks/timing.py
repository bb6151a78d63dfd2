"""When a callback is next looked at, and how that is made certain.

Every callback that is open has a look ahead of it: a timer where it is within a timer's reach
and the moment matters, a schedule where it is not, and in any case a note for the minute sweep.
Note and timer are durable before the contact is written; a schedule that cannot be made is no
reason to refuse, since the sweep sends the timer of a note that no schedule has woken up for.
"""

from __future__ import annotations

from centralino.application import retired
from centralino.application.app import App
from centralino.application.callbacks import items
from centralino.application.ports import LONGEST_TIMER_MS, Timer
from centralino.domain.callbacks.model import CallbackState
from centralino.domain.callbacks.rules import RING_MS, CallbackRules, Times
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import NotFound, TransientDependency

KIND = "callback"
#: No function works for longer: whoever was asking the carrier for a call has asked by then.
ASKING_MS = 12_000
#: How long the carrier may take to tell who answered.
DETECT_MS = 6_000
#: The same where a machine is told of only once it listens: people are told of at once.
MESSAGE_DETECT_MS = 35_000
#: A held callback is looked at so often: the other contact may have ended unseen.
HELD_MS = 5 * 60_000
_AFTER_OFFER_MS = 1_000
#: By how much a schedule may be late.
SCHEDULE_LATE_MS = 60_000


def rules_of(app: App, contact: Contact) -> CallbackRules:
    """Return the rules of a callback's queue, those it had last where it is gone."""
    return retired.rules_of(app, contact.queue or "").callback


def detect_ms(app: App, contact: Contact) -> int:
    """Return how long the carrier may take to tell who answered the latest attempt."""
    last = contact.callback.last if contact.callback is not None else None
    leaves = last is not None and last.alone and bool(rules_of(app, contact).machine_message)
    return MESSAGE_DETECT_MS if leaves else DETECT_MS


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
    if callback is None or not callback.pending or callback.on_the_line:
        return None
    last = callback.last
    if contact.state is ContactState.DIALING and last is not None:
        if last.answered_at is not None:
            return last.answered_at + detect_ms(app, contact)
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


def looked_after(app: App, contact: Contact) -> bool:
    """Tell whether the look that was armed when this state was written is still to come.

    Looks of earlier attempts come by meanwhile. Each would ask for another one, and pay for it.
    """
    callback, now = contact.callback, app.clock.now()
    if callback is None:
        return False
    if contact.state is ContactState.SCHEDULED and callback.state is CallbackState.SCHEDULED:
        return callback.not_before - now > 2 * SCHEDULE_LATE_MS
    if contact.state is not ContactState.OFFERED or contact.accepted or now >= callback.until:
        return False
    # Its note for the end of the hours stands, and an offer has timers of its own.
    return times_of(app, contact.queue or "").next(now) == now


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
        items.note_due(app, contact.id, moment, items.SWEEP)
    else:
        arm_at(app, contact.id, moment)


def arm_at(app: App, contact_id: str, moment: int) -> None:
    """Have a callback looked at from a moment on, whatever becomes of this process.

    What is out of a timer's reach is left to a schedule, which is exact to a minute: it comes
    that much early, and the look that finds nothing to do yet sends the timer for the rest.
    """
    delay = max(0, moment - app.clock.now())
    if delay <= LONGEST_TIMER_MS:
        items.note_due(app, contact_id, moment, items.TIMER)
        app.timers.send([Timer(KIND, contact_id, None, delay)])
        return
    items.note_due(app, contact_id, moment, items.SCHEDULE)
    early = (moment - SCHEDULE_LATE_MS) // items.MINUTE_MS * items.MINUTE_MS
    try:
        app.schedules.at(Timer(KIND, contact_id), early)
    except TransientDependency as error:
        # The note stands: the sweep sends the timer.
        app.log.warning("schedule_not_made", contact_id=contact_id, code=error.code)
