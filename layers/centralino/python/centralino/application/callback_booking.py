"""Booking a callback: who may, where, from when on, and the one write that makes it.

A request closes the asking contact and makes the one that calls back in one write: there is
never both, never neither. Everything written before that (number, marker, note) is void without
it, and the same request made again finds it and goes on.
"""

from __future__ import annotations

from dataclasses import dataclass

from centralino.application import callback_items as items
from centralino.application import callback_places as places
from centralino.application import callback_timing as timing
from centralino.application import snapshots
from centralino.application.app import App
from centralino.application.changes import ATTEMPTS, change_contact
from centralino.application.routing import nudge_or_drain
from centralino.domain import ids
from centralino.domain.callbacks.model import callback_id
from centralino.domain.callbacks.numbers import refusal
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.configuration.model import Configuration
from centralino.domain.configuration.model import Line as OurLine
from centralino.domain.contacts import callbacks as making
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.contacts.transfers import Line
from centralino.domain.errors import Conflict, NotFound, RuleViolation
from centralino.domain.promises.estimate import Estimate, estimate, knows_enough
from centralino.domain.promises.model import order_key

BOOKED, ALREADY, REFUSED = "booked", "already", "refused"
CUSTOMER, AGENT = "customer", "agent"


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
        customers can be called), ``unknown_queue`` or ``try_again``.
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


@dataclass(frozen=True, slots=True)
class _Wish:
    """A request on its way to being made."""

    contact_id: str
    number: str
    topic: str
    line: Line
    our_line: OurLine
    rules: CallbackRules
    asked_by: str
    virtual_time: int
    business_unit: str
    language: str
    provider: str
    subject: str | None


def ask(
    app: App,
    contact: Contact,
    *,
    queue: str,
    plan: str,
    number: str | None,
    cause: str | None,
    topic: str | None = None,
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
    """
    made = app.store.contact(_callback_contact(contact.id))
    if made is not None:
        return _as_it_stands(app, made, BOOKED)
    configuration = app.configuration.current()
    if not number:
        return CallbackAsked(REFUSED, "no_number")
    try:
        line, place = places.kept(
            app, configuration, contact, queue, plan, _callback_contact(contact.id)
        )
        ours = places.line_to_call_from(app, configuration, contact)
        wish = _wish(
            app,
            configuration,
            _callback_contact(contact.id),
            line,
            number=number,
            topic=topic,
            our_line=ours,
            asked_by=CUSTOMER,
            virtual_time=place,
            business_unit=contact.business_unit,
            language=contact.language,
            provider=ours.provider,
            subject=contact.subject,
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
) -> CallbackAsked:
    """Book a callback for a customer who is not on the line, as an agent is asked to.

    Parameters
    ----------
    line : str or None
        The line of ours whose number the customer will see; the first of the business unit.
    key : bytes
        The deployment's key for subject ids.

    Raises
    ------
    RuleViolation
        It is refused; the code is a reason of :class:`CallbackAsked`.
    NotFound
        There is no such queue or line.
    """
    configuration = app.configuration.current()
    rules = configuration.queue(queue)
    ours = places.our_line(app, configuration, rules.business_unit, line)
    described = app.phone(number, ours.number)
    subject = ids.subject_id(key, "phone", described.e164) if described is not None else None
    contact_id = ids.keyed(ids.CONTACT, key, "callback", app.ids.ulid())
    named = places.line_in(configuration, queue, "", contact_id)
    wish = _wish(
        app,
        configuration,
        contact_id,
        named,
        number=number,
        topic=topic,
        our_line=ours,
        asked_by=AGENT,
        virtual_time=named.virtual_time(app.clock.now()),
        business_unit=rules.business_unit,
        language=ours.language,
        provider=ours.provider,
        subject=subject,
    )
    return _booked(app, wish, None, cause)


def _booked(app: App, wish: _Wish, asking: Contact | None, cause: str | None) -> CallbackAsked:
    """Make the contact that calls back, unless another request of this customer stands."""
    wanted, expected = _wanted(app, wish)
    who = items.customer(app, wish.subject, wish.number)
    topic = f"{wish.business_unit}#{wish.topic}"
    items.keep(app, wish.contact_id, wish.line.queue, wish.number, wanted.until)
    has_it = items.claim(app, who, topic, wish.contact_id, wanted.until)
    if has_it != wish.contact_id:
        items.forget(app, wish.contact_id)
        return _instead(app, has_it, asking, cause)
    if not items.count_in(app, wish.number, wish.rules.per_day, wish.contact_id):
        _give_up(app, wish, who, topic)
        raise RuleViolation("this number has asked too often today", code="too_many")
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
        try:
            closed = [making.convert(asking, now, cause)] if asking is not None else []
            timing.arm(app, made)
            app.store.save_together([*closed, made])
            break
        except Conflict:
            if not left:
                raise
            found = app.store.contact(wish.contact_id)
            if found is not None:
                return _as_it_stands(app, found, BOOKED)
            asking = app.store.contact(asking.id) if asking is not None else None
        except RuleViolation:
            found = app.store.contact(wish.contact_id)
            if found is not None:
                # The same request, told twice at once, has just been made by the other.
                return _as_it_stands(app, found, BOOKED)
            # The call has ended, or an agent was found: nothing is booked.
            _give_up(app, wish, who, topic)
            raise
    if made.state is ContactState.WAITING and made.pool is not None:
        nudge_or_drain(app, made.pool, cause, fresh=[made])
    return CallbackAsked(BOOKED, None, expected, callback_id(made.id), wanted.window)


def _give_up(app: App, wish: _Wish, who: str, topic: str) -> None:
    items.void(app, who, topic, wish.contact_id)
    items.forget(app, wish.contact_id)


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
    told = _told(app, contact.queue or "", contact.tier, contact.virtual_time or 0)
    now = app.clock.now()
    at = callback.not_before if callback.not_before > now else None
    if told is not None:
        times = timing.times_of(app, contact.queue or "")
        at = times.next(max(callback.not_before, now + told.expected_ms))
    return CallbackAsked(outcome, None, at, callback_id(contact.id), callback.window)


def _wanted(app: App, wish: _Wish) -> tuple[making.Wanted, int | None]:
    """Return what is asked for, and when the phone is likely to ring."""
    now, rules = app.clock.now(), wish.rules
    times = timing.times_of(app, wish.line.queue)
    first = times.next(now + rules.delay_ms)
    if first is None:
        raise RuleViolation("customers of this queue are never called", code="never_open")
    told = _told(app, wish.line.queue, wish.line.tier, wish.virtual_time)
    window, expected = None, (first if first > now else None)
    if told is not None:
        start = max(first, now + told.lower_ms)
        spread = told.upper_ms - told.lower_ms
        expected = times.next(max(first, now + told.expected_ms))
        if times.open_throughout(start, start + spread + rules.margin_ms):
            # Beyond closing time nobody is called: that is told, never promised.
            window = (start, start + spread + rules.margin_ms)
    until = first + rules.expire_ms
    wanted = making.Wanted(
        topic=wish.topic,
        asked_by=wish.asked_by,
        virtual_time=wish.virtual_time,
        not_before=first,
        until=until,
        window=window,
    )
    return wanted, expected


def _told(app: App, queue: str, tier: int, place: int) -> Estimate | None:
    """Return what is known of the wait for a place in a queue."""
    snapshot = snapshots.current(app, queue)
    if snapshot is None or not knows_enough(snapshot):
        return None
    rules = app.configuration.current().queue(queue)
    return estimate(snapshot, order_key(tier, rules.tier, place), app.clock.now())


def _wish(
    app: App,
    configuration: Configuration,
    contact_id: str,
    line: Line,
    *,
    number: str,
    topic: str | None,
    our_line: OurLine,
    asked_by: str,
    virtual_time: int,
    business_unit: str,
    language: str,
    provider: str,
    subject: str | None,
) -> _Wish:
    """Return the request once its number has been checked.

    Raises
    ------
    RuleViolation
        The number is not called (the code says why).
    """
    rules = configuration.queue(line.queue).callback
    near = our_line.number
    described, own = app.phone(number, near), app.phone(near, near)
    countries = rules.countries or ((own.country,) if own is not None else ())
    refused = refusal(described, countries)
    if refused is not None or described is None:
        raise RuleViolation("this number is not called back", code=refused or "invalid_number")
    return _Wish(
        contact_id=contact_id,
        number=described.e164,
        topic=topic or line.queue,
        line=line,
        our_line=our_line,
        rules=rules,
        asked_by=asked_by,
        virtual_time=virtual_time,
        business_unit=business_unit,
        language=language,
        provider=provider,
        subject=subject,
    )


def _callback_contact(asking: str) -> str:
    """Return the contact that calls this one's customer back: no child of it has this name."""
    return ids.child_id(asking, 0)
