"""What customers are written about their callback: booked, moved, soon, not reached, not called.

The relay sees what happened and has the consumer of timers tell the customer; what is written is
decided there, by how the callback stands then. It is part of the service that was asked for: it
takes no consent of its own, and ends with the request. A reminder waits as a note that the minute
sweep finds.
"""

from __future__ import annotations

from collections.abc import Sequence

from centralino.application import messages, retired
from centralino.application.app import App
from centralino.application.callbacks import links, reach, timing
from centralino.application.ports import Item, Timer
from centralino.application.ports.delivery import Kind, Message
from centralino.domain.callbacks import wording
from centralino.domain.callbacks.model import IN_VAIN, Callback, callback_id
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.callbacks.wording import Occasion
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import InvalidRequest, NotFound

#: The callback has ended and nothing is left to say: what was kept to write to is forgotten.
ENDED = "ended"
_TOLD = {
    "CallbackRequested": str(Occasion.CONFIRMED),
    "CallbackMoved": str(Occasion.MOVED),
    "CallbackExhausted": str(Occasion.UNREACHED),
    "CallbackExpired": str(Occasion.EXPIRED),
    "CallbackConnected": ENDED,
    "CallbackCancelled": ENDED,
    "CallbackSuperseded": ENDED,
}
_MINUTE_MS = 60_000
_DONE = ("sweep", "reminders")
#: How far back the sweep looks when it does not know where it was, in minutes.
_BACK = 120
#: How far it goes back at the most, however long nobody swept: one sweep must get through it.
_OLDEST = 24 * 60
#: Ends of a callback that the customer hears of and can book again after.
_TOLD_OF = (Occasion.UNREACHED, Occasion.EXPIRED)
_SLACK_S = 2 * 24 * 3600


def due(app: App, contacts: Sequence[Contact]) -> list[Timer]:
    """Return the timers that tell customers what these writes mean to them."""
    return [
        Timer(messages.TIMER, contact.id, _TOLD[event.type])
        for contact in contacts
        if contact.callback is not None and _writes(app, contact)
        for event in contact.events
        if event.type in _TOLD
    ]


def tell(app: App, contact_id: str, what: str) -> None:
    """Tell a customer how their callback stands, once, if that is still worth telling.

    Raises
    ------
    InvalidRequest
        Nothing is told by that name (``invalid_timer``).
    TransientDependency
        It was not told; asking again tells it.
    """
    contact = app.store.contact(contact_id)
    if contact is None or contact.callback is None:
        return
    name, callback = callback_id(contact.id), contact.callback
    if what == ENDED:
        reach.forget(app, name)
        return
    if what not in set(Occasion):
        raise InvalidRequest(f"nothing is told as {what!r}", code="invalid_timer")
    occasion = Occasion(what)
    try:
        rules = timing.rules_of(app, contact)
    except NotFound:
        return
    if occasion in _TOLD_OF:
        if callback.state not in IN_VAIN:
            return
        # Its time may be over between two tries, too: then we did call.
        occasion = Occasion.UNREACHED if callback.attempts else Occasion.EXPIRED
    elif not callback.pending:
        return
    else:
        if rules.sms or reach.of(app, name).email is not None:
            # After one in vain it is booked again by a link that carries no number.
            reach.keep_number(app, contact)
        _note_reminder(app, contact, callback, rules)
        if occasion is Occasion.REMINDER and not _is_soon(app, callback, rules):
            return
    for message in _written(app, contact, callback, rules, occasion):
        messages.deliver(app, message)


def sweep(app: App) -> int:
    """Have the customers reminded whose time has come; return how many notes were due."""
    count, minute = 0, app.clock.now() // _MINUTE_MS
    done = app.operations.get(*_DONE)
    first = minute - _BACK if done is None else int(done.attributes["minute"])
    first = max(min(first, minute), minute - _OLDEST)
    for past in range(first, minute + 1):
        notes = app.operations.list(_due_at(past))
        told = [str(note.attributes["contact"]) for note in notes]
        app.timers.send([Timer(messages.TIMER, who, str(Occasion.REMINDER)) for who in told])
        for note in notes:
            app.operations.delete(note.pk, note.sk)
        count += len(notes)
    app.operations.put(Item(*_DONE, {"minute": minute}))
    return count


def _written(
    app: App, contact: Contact, callback: Callback, rules: CallbackRules, occasion: Occasion
) -> list[Message]:
    name, language = callback_id(contact.id), wording.spoken(contact.language)
    known = reach.of(app, name)
    configuration = app.configuration.current()
    queue = configuration.queues.get(contact.queue or "")
    line = configuration.lines.get(contact.line or "")
    called = (queue.names if queue is not None else {}).get(language) or contact.queue or ""
    again = occasion in _TOLD_OF
    expires = (app.clock.now() if again else callback.until) + links.AFTER_MS
    use = links.Use.AGAIN if again else links.Use.MANAGE
    zone = reach.zone_of(app, contact.queue or "")
    now = app.clock.now()
    places = {
        "queue": called,
        "when": wording.when(callback.window, callback.not_before, now, zone, language),
        "link": links.address(app, name, use, expires),
    }
    text = wording.words(occasion, language, rules.texts, places)
    # A callback that is moved again has another time to be told, and to be reminded of.
    about = f"#{callback.not_before}" if occasion in (Occasion.MOVED, Occasion.REMINDER) else ""

    def message(kind: Kind, to: str) -> Message:
        return Message(
            id=f"{name}#{occasion}{about}#{kind}",
            kind=kind,
            to=to,
            language=language,
            text=text,
            purpose="callback",
            business_unit=contact.business_unit,
            subject=called if kind is Kind.EMAIL else "",
            sender=line.number if line is not None else "",
        )

    found = []
    if rules.sms and known.number is not None and reach.takes_texts(app, known.number):
        found.append(message(Kind.SMS, known.number))
    if known.email is not None:
        found.append(message(Kind.EMAIL, known.email))
    return found


def _note_reminder(app: App, contact: Contact, callback: Callback, rules: CallbackRules) -> None:
    """Note when an appointment is to be reminded of; not one that is nearer than that."""
    if rules.remind_ms is None or callback.slot is None:
        return
    moment = callback.not_before - rules.remind_ms
    if moment <= app.clock.now():
        return
    minute = max(-(-moment // _MINUTE_MS), app.clock.now() // _MINUTE_MS + 1)
    ttl = moment // 1000 + _SLACK_S
    app.operations.put(Item(_due_at(minute), contact.id, {"contact": contact.id}, ttl))


def _is_soon(app: App, callback: Callback, rules: CallbackRules) -> bool:
    """Tell whether it is time to be reminded: not of an appointment that was moved meanwhile."""
    if rules.remind_ms is None or callback.slot is None or callback.attempts:
        return False
    ahead = callback.not_before - app.clock.now()
    return 0 < ahead <= rules.remind_ms


def _writes(app: App, contact: Contact) -> bool:
    try:
        rules = retired.rules_of(app, contact.queue or "").callback
    except NotFound:
        return False
    return rules.sms or rules.web


def _due_at(minute: int) -> str:
    return f"reminders-due#{minute}"
