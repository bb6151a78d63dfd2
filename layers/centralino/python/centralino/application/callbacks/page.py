"""What a customer sees and does behind a signed link. Looking changes nothing.

Every change may be asked for twice, by a second click or a page that was loaded again: the second
finds it done and is told so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from centralino.application import limits, messages
from centralino.application.app import App
from centralino.application.callbacks import booking, moving, reach, slots
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks.links import AFTER_MS, Link, Use
from centralino.application.limits import Limit
from centralino.application.ports import Item, Timer
from centralino.domain.callbacks.local_times import moment
from centralino.domain.callbacks.model import IN_VAIN, Callback, CallbackState, callback_id
from centralino.domain.callbacks.wording import Occasion, spoken
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import NotFound, RuleViolation
from centralino.domain.staffing.slots import DAY_MS, Slot

CUSTOMER = "customer"
#: A page is read on a phone: the next days are enough.
SHOWN_MS = 7 * DAY_MS
MOST_SLOTS = 120
#: Each move is written to the customer, at our cost.
MOVES = Limit(burst=10, every_ms=60 * 60_000)


@dataclass(frozen=True, slots=True)
class Shown:
    """A callback as its customer sees it.

    Attributes
    ----------
    queue : str
        Its name in the customer's language.
    slots : sequence of Slot
        The times it can be moved to, or booked again for.
    again : bool
        Whether it was in vain and can be booked again by this link.
    already : bool
        Whether what was asked for had been done before.
    """

    callback: str
    state: CallbackState
    queue: str
    language: str
    zone: str
    window: tuple[int, int] | None
    not_before: int
    slots: Sequence[Slot] = ()
    again: bool = False
    already: bool = False

    @property
    def changeable(self) -> bool:
        """Whether it can be moved or cancelled: it is open, and nobody is rung."""
        return self.state in (CallbackState.SCHEDULED, CallbackState.QUEUED, CallbackState.HELD)


def show(app: App, link: Link) -> Shown:
    """Return how the callback of a link stands.

    Raises
    ------
    NotFound
        It is not known any more (``unknown_callback``).
    """
    return _shown(app, link, *_current(app, link))


def cancel(app: App, link: Link, cause: str | None) -> Shown:
    """Take the callback back.

    Raises
    ------
    NotFound
        It is not known any more (``unknown_callback``).
    RuleViolation
        It has ended otherwise (``callback_ended``).
    """
    before, again = _current(app, link)
    after = callbacks.cancel(app, callback_id(before.id), CUSTOMER, cause)
    had = before.callback is not None and before.callback.state is CallbackState.CANCELLED
    return replace(_shown(app, link, after, again), already=had)


def move(app: App, link: Link, at: str, cause: str | None) -> Shown:
    """Move the callback to a time: as the wall clock of the page's zone shows it, or an instant.

    Raises
    ------
    NotFound
        It is not known any more (``unknown_callback``).
    RuleViolation
        There is no such time, or the callback cannot be moved there: the code says why.
    TooManyRequests
        It has been moved too often.
    """
    before, again = _current(app, link)
    moved_to = moment(at, reach.zone_of(app, before.queue or ""))
    limits.admit(app.operations, app.clock, f"moves#{before.id}", MOVES)
    after = moving.move(app, callback_id(before.id), moved_to, CUSTOMER, cause)
    return replace(_shown(app, link, after, again), already=after.version == before.version)


def book_again(app: App, link: Link, at: str | None, cause: str | None) -> Shown:
    """Book another callback for a customer who was not reached, once for each link.

    Raises
    ------
    NotFound
        It, or the number, is not known any more (``unknown_callback``, ``number_gone``).
    RuleViolation
        It was not in vain (``callback_ended``), or cannot be booked: the code says why.
    """
    first = callbacks.known(app, link.callback)
    _, done = _current(app, link)
    if done:
        return replace(show(app, link), already=True)
    if link.use is not Use.AGAIN or not _in_vain(first):
        raise RuleViolation("this callback was not in vain", code="callback_ended")
    known = reach.of(app, link.callback)
    if known.number is None:
        raise NotFound("the number is not known any more", code="number_gone")
    zone = reach.zone_of(app, first.queue or "")
    answer = booking.book(
        app,
        queue=first.queue or "",
        number=known.number,
        line=first.line,
        topic=first.callback.topic if first.callback is not None else None,
        key=app.links.key(),
        cause=cause,
        at=moment(at, zone) if at else None,
        asked_by=booking.CUSTOMER,
        language=first.language,
    )
    if answer.callback_id is None:
        raise RuleViolation("this cannot be booked", code=answer.reason or "refused")
    ttl = (app.clock.now() + AFTER_MS) // 1000
    made = {"callback": answer.callback_id}
    app.operations.put_new(Item(_pk(link.callback), "again", made, ttl))
    if known.email is not None:
        made_for = callbacks.known(app, answer.callback_id)
        reach.keep_email(app, made_for, known.email)
        # What the relay has told may have been told before the address was kept.
        app.timers.send([Timer(messages.TIMER, made_for.id, str(Occasion.CONFIRMED))])
    return replace(show(app, link), already=answer.outcome == booking.ALREADY)


def _current(app: App, link: Link) -> tuple[Contact, bool]:
    """Return the contact a link is about: the one booked again, if one was; and whether."""
    contact = callbacks.known(app, link.callback)
    if link.use is not Use.AGAIN:
        return contact, False
    done = app.operations.get(_pk(link.callback), "again")
    if done is None:
        return contact, False
    return callbacks.known(app, str(done.attributes["callback"])), True


def _shown(app: App, link: Link, contact: Contact, booked_again: bool) -> Shown:
    callback = _of(contact)
    configuration = app.configuration.current()
    language, queue = spoken(contact.language), contact.queue or ""
    found = configuration.queues.get(queue)
    again = link.use is Use.AGAIN and _in_vain(contact) and not booked_again
    shown = Shown(
        callback=callback_id(contact.id),
        state=callback.state,
        queue=(found.names if found is not None else {}).get(language) or queue,
        language=language,
        zone=reach.zone_of(app, queue) if found is not None else "UTC",
        window=callback.window,
        not_before=callback.not_before,
        again=again,
    )
    if found is None or not (shown.changeable or again):
        return shown
    now = app.clock.now()
    return replace(shown, slots=slots.free(app, queue, now, now + SHOWN_MS)[:MOST_SLOTS])


def _in_vain(contact: Contact) -> bool:
    return _of(contact).state in IN_VAIN


def _of(contact: Contact) -> Callback:
    if contact.callback is None:
        raise NotFound("there is no such callback", code="unknown_callback")
    return contact.callback


def _pk(callback: str) -> str:
    return f"callback-link#{callback}"
