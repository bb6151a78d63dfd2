"""Booking a callback: who may, where, from when on, and the one write that makes it.

A request closes the asking contact and makes the one that calls back in one write: there is
never both, never neither. Everything written before that (number, marker, note) is void without
it, and the same request made again finds it and goes on.
"""

from __future__ import annotations

from dataclasses import dataclass

from centralino.application.app import App
from centralino.application.callbacks import items, marks, slots, timing, wishes
from centralino.application.callbacks.wishes import AGENT, CUSTOMER, Wish
from centralino.application.changes import ATTEMPTS, change_contact
from centralino.application.routing import nudge_or_drain
from centralino.domain.callbacks.model import callback_id
from centralino.domain.contacts import callbacks as making
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import Conflict, NotFound, RuleViolation

__all__ = ["AGENT", "ALREADY", "BOOKED", "CUSTOMER", "REFUSED", "CallbackAsked", "ask", "book"]

BOOKED, ALREADY, REFUSED = "booked", "already", "refused"


@dataclass(frozen=True, slots=True)
class CallbackAsked:
    """What became of a request.

    Attributes
    ----------
    outcome : str
        ``booked``, ``already`` (an earlier request stands, with its place and time) or
        ``refused``.
    reason : str or None
        Why it was refused: ``no_number``, ``invalid_number``, ``not_callable``,
        ``country_not_allowed``, ``too_many`` (of this number, today), ``not_waiting`` (an agent
        was found, or the call has ended), ``never_open``, ``no_plan``, ``no_line`` (from which
        customers can be called), ``unknown_queue`` or ``try_again``; of a time that was picked
        ``time_past``, ``time_closed``, ``too_far_ahead`` or ``slot_full``.
    expected_at : int or None
        When the phone is likely to ring, UTC milliseconds; ``None`` while the queue is not known
        well enough to say.
    window : (int, int) or None
        The window that was promised.
    """

    outcome: str
    reason: str | None = None
    expected_at: int | None = None
    callback_id: str | None = None
    window: tuple[int, int] | None = None


def ask(
    app: App,
    contact: Contact,
    *,
    queue: str,
    plan: str,
    number: str | None,
    cause: str | None,
    topic: str | None = None,
    at: int | None = None,
) -> CallbackAsked:
    """Book a callback for a customer who is in a flow or waits, and close that contact.

    Asking again with the same contact answers the same.

    Parameters
    ----------
    queue, plan : str
        Where the callback waits; somebody who waits in that queue keeps the place in line.
    number : str or None
        As it was keyed in, or E.164: the caller's own, kept apart by :mod:`.callers`. No contact
        keeps it, so ``None`` is refused (``no_number``).
    topic : str, optional
        What it is about; the queue where not given.
    at : int, optional
        The time that was picked, UTC milliseconds; else as soon as it is their turn.
    """
    made = app.store.contact(wishes.callback_contact(contact.id))
    if made is not None:
        return _as_it_stands(app, made, BOOKED)
    if not number:
        return CallbackAsked(REFUSED, "no_number")
    try:
        wish = wishes.of_caller(
            app, contact, queue=queue, plan=plan, number=number, topic=topic, at=at
        )
        return _booked(app, wish, contact, cause)
    except (RuleViolation, NotFound) as error:
        app.log.info("callback_refused", contact_id=contact.id, code=error.code)
        return CallbackAsked(REFUSED, error.code)


def book(
    app: App,
    *,
    queue: str,
    number: str,
    line: str | None,
    topic: str | None,
    key: bytes,
    cause: str | None,
    at: int | None = None,
    asked_by: str = AGENT,
    language: str | None = None,
    prefer: str | None = None,
) -> CallbackAsked:
    """Book a callback for a customer who is not on the line, as an agent or a page is asked to.

    Parameters
    ----------
    line : str or None
        The line of ours whose number the customer will see; the first of the business unit.
    key : bytes
        The deployment's key for subject ids.
    at : int, optional
        The time that was picked, UTC milliseconds; else as soon as it is their turn.
    asked_by : str
        ``customer`` or ``agent``.
    language : str, optional
        In which the customer is talked to; the line's where not given.
    prefer : str, optional
        The agent who is asked first, for as long as the queue's plan waits for one.

    Raises
    ------
    RuleViolation
        It is refused; the code is a reason of :class:`CallbackAsked`.
    NotFound
        There is no such queue or line.
    """
    wish = wishes.of_absent(
        app,
        queue=queue,
        number=number,
        line=line,
        topic=topic,
        key=key,
        asked_by=asked_by,
        language=language,
        at=at,
        prefer=prefer,
    )
    return _booked(app, wish, None, cause)


def _booked(app: App, wish: Wish, asking: Contact | None, cause: str | None) -> CallbackAsked:
    """Make the contact that calls back, unless another request of this customer stands."""
    wanted, expected = wishes.wanted(app, wish)
    wanted = marks.marked(app, wanted, wish.rules, wish.subject, wish.prefer)
    who = items.customer(app, wish.subject, wish.number)
    topic = f"{wish.business_unit}#{wish.topic}"
    items.keep(app, wish.contact_id, wish.line.queue, wish.number, wanted.until)
    has_it = items.claim(app, who, topic, wish.contact_id, wanted.until)
    if has_it != wish.contact_id:
        items.forget(app, wish.contact_id, wish.line.queue)
        return _instead(app, has_it, asking, cause)
    try:
        if not items.count_in(app, wish.number, wish.rules.per_day, wish.contact_id):
            raise RuleViolation("this number has asked too often today", code="too_many")
        if wanted.slot is not None:
            # Before the contact: a place nobody comes to stand behind goes to the next.
            slots.take(app, wish.line.queue, wanted.slot, wish.contact_id)
        made = _made(app, wish, wanted, asking, cause)
    except RuleViolation:
        found = app.store.contact(wish.contact_id)
        if found is not None:
            # The same request, told twice at once, has just been made by the other.
            return _as_it_stands(app, found, BOOKED)
        # The time is taken, the call has ended, or an agent was found: nothing is booked.
        _give_up(app, wish, wanted, who, topic)
        raise
    if made.state is ContactState.WAITING and made.pool is not None:
        nudge_or_drain(app, made.pool, cause, fresh=[made])
    if made.callback is not None and made.callback.window != wanted.window:
        return _as_it_stands(app, made, BOOKED)
    return CallbackAsked(BOOKED, None, expected, callback_id(made.id), wanted.window)


def _made(
    app: App, wish: Wish, wanted: making.Wanted, asking: Contact | None, cause: str | None
) -> Contact:
    """Write the contact that calls back, and close the asking one in the same write."""
    for left in reversed(range(ATTEMPTS)):
        now = app.clock.now()
        made = making.request(
            wish.contact_id,
            wanted,
            wish.line,
            business_unit=wish.business_unit,
            provider=wish.provider,
            number_line=wish.our_line.id,
            language=wish.language,
            subject=wish.subject,
            previous=asking.id if asking is not None else None,
            now=now,
            cause=cause,
        )
        closed = [making.convert(asking, now, cause)] if asking is not None else []
        try:
            timing.arm(app, made)
            app.store.save_together([*closed, made])
        except Conflict:
            found = app.store.contact(wish.contact_id)
            if found is not None:
                return found
            if not left:
                raise
            asking = app.store.contact(asking.id) if asking is not None else None
        else:
            return made
    raise Conflict("the asking contact kept changing")


def _give_up(app: App, wish: Wish, wanted: making.Wanted, who: str, topic: str) -> None:
    if wanted.slot is not None:
        slots.give_back(app, wish.line.queue, wanted.slot, wish.contact_id)
    items.void(app, who, topic, wish.contact_id)
    items.forget(app, wish.contact_id, wish.line.queue)


def _instead(
    app: App, other: str | None, asking: Contact | None, cause: str | None
) -> CallbackAsked:
    """Answer with the request that stands; the asking contact ends with it."""
    contact = app.store.contact(other) if other is not None else None
    if contact is None:
        raise RuleViolation("another request is being booked", code="try_again")
    if asking is not None:
        # What it asked for is there: it has traded its place for it as well.
        change_contact(app, asking.id, lambda c: making.convert(c, app.clock.now(), cause))
    return _as_it_stands(app, contact, ALREADY)


def _as_it_stands(app: App, contact: Contact, outcome: str) -> CallbackAsked:
    callback = contact.callback
    if callback is None:
        return CallbackAsked(REFUSED, "not_waiting")
    now = app.clock.now()
    at = callback.not_before if callback.not_before > now else None
    picked = callback.slot is not None and at is not None
    told = None
    if not picked:
        told = wishes.told_of(app, contact.queue or "", contact.tier, contact.virtual_time or 0)
    if told is not None:
        times = timing.times_of(app, contact.queue or "")
        at = times.next(max(callback.not_before, now + told.expected_ms))
    return CallbackAsked(outcome, None, at, callback_id(contact.id), callback.window)
