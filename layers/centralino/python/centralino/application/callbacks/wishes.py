"""What a customer asks for: from which line, at which number, when, and what is promised of it."""

from __future__ import annotations

from dataclasses import dataclass

from centralino.application import snapshots
from centralino.application.app import App
from centralino.application.callbacks import places, slots, timing
from centralino.domain import ids
from centralino.domain.callbacks.numbers import refusal
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.callbacks.windows import promised
from centralino.domain.configuration.model import Configuration
from centralino.domain.configuration.model import Line as OurLine
from centralino.domain.contacts import callbacks as making
from centralino.domain.contacts.model import Contact
from centralino.domain.contacts.transfers import Line
from centralino.domain.errors import RuleViolation
from centralino.domain.promises.estimate import Estimate, estimate, knows_enough
from centralino.domain.promises.model import order_key

CUSTOMER, AGENT = "customer", "agent"


@dataclass(frozen=True, slots=True)
class Wish:
    """A request on its way to being made, its number checked.

    Attributes
    ----------
    at : int or None
        The time the customer picked; ``None``: as soon as it is their turn.
    prefer : str or None
        The agent who is asked first.
    """

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
    at: int | None = None
    prefer: str | None = None


def of_caller(
    app: App,
    contact: Contact,
    *,
    queue: str,
    plan: str,
    number: str,
    topic: str | None,
    at: int | None,
) -> Wish:
    """Return what a customer asks for who is in a flow or waits: the place in line is kept.

    Raises
    ------
    NotFound, RuleViolation
        It is refused: the code says why.
    """
    configuration = app.configuration.current()
    contact_id = callback_contact(contact.id)
    line, place = places.kept(app, configuration, contact, queue, plan, contact_id)
    ours = places.line_to_call_from(app, configuration, contact)
    return Wish(
        contact_id=contact_id,
        number=_checked(app, configuration, queue, number, ours),
        topic=topic or queue,
        line=line,
        our_line=ours,
        rules=configuration.queue(queue).callback,
        asked_by=CUSTOMER,
        virtual_time=place,
        business_unit=contact.business_unit,
        language=contact.language,
        provider=ours.provider,
        subject=contact.subject,
        at=at,
        prefer=contact.segments[-1].agent if contact.segments else contact.preferred,
    )


def of_absent(
    app: App,
    *,
    queue: str,
    number: str,
    line: str | None,
    topic: str | None,
    key: bytes,
    asked_by: str,
    language: str | None,
    at: int | None,
    prefer: str | None = None,
) -> Wish:
    """Return what is asked for a customer who is not on the line.

    Raises
    ------
    NotFound, RuleViolation
        It is refused: the code says why.
    """
    configuration = app.configuration.current()
    rules = configuration.queue(queue)
    ours = places.our_line(app, configuration, rules.business_unit, line)
    e164 = _checked(app, configuration, queue, number, ours)
    contact_id = ids.keyed(ids.CONTACT, key, "callback", app.ids.ulid())
    named = places.line_in(configuration, queue, "", contact_id, waits=prefer is not None)
    return Wish(
        contact_id=contact_id,
        number=e164,
        topic=topic or queue,
        line=named,
        our_line=ours,
        rules=rules.callback,
        asked_by=asked_by,
        virtual_time=named.virtual_time(app.clock.now()),
        business_unit=rules.business_unit,
        language=language or ours.language,
        provider=ours.provider,
        subject=ids.subject_id(key, "phone", e164),
        at=at,
        prefer=prefer,
    )


def wanted(app: App, wish: Wish) -> tuple[making.Wanted, int | None]:
    """Return what is to be made of a wish, and when the phone is likely to ring.

    Raises
    ------
    RuleViolation
        It cannot be had then: ``never_open``, ``time_past``, ``time_closed``, ``too_far_ahead``.
    """
    if wish.at is not None:
        return _at_its_time(app, wish, wish.at)
    first, window, expected = soonest(
        app, wish.line.queue, wish.line.tier, wish.virtual_time, wish.rules
    )
    return _made_of(app, wish, first, window, None), expected


def soonest(
    app: App, queue: str, tier: int, place: int, rules: CallbackRules
) -> tuple[int, tuple[int, int] | None, int | None]:
    """Return when a callback in its turn may begin, its window if one can be promised, and when
    the phone is likely to ring if that is known.

    Raises
    ------
    RuleViolation
        Customers of this queue are never called (``never_open``).
    """
    now = app.clock.now()
    times = timing.times_of(app, queue)
    first = times.next(now + rules.delay_ms)
    if first is None:
        raise RuleViolation("customers of this queue are never called", code="never_open")
    told = told_of(app, queue, tier, place)
    window, expected = None, (first if first > now else None)
    if told is not None:
        likely = promised(told, now, first, rules.margin_ms)
        expected = times.next(max(first, now + told.expected_ms))
        if times.open_throughout(*likely):
            # Beyond closing time nobody is called: that is told, never promised.
            window = likely
    return first, window, expected


def told_of(app: App, queue: str, tier: int, place: int) -> Estimate | None:
    """Return what is known of the wait for a place in a queue."""
    snapshot = snapshots.current(app, queue)
    if snapshot is None or not knows_enough(snapshot):
        return None
    rules = app.configuration.current().queue(queue)
    return estimate(snapshot, order_key(tier, rules.tier, place), app.clock.now())


def callback_contact(asking: str) -> str:
    """Return the contact that calls this one's customer back: no child of it has this name."""
    return ids.child_id(asking, 0)


def _at_its_time(app: App, wish: Wish, at: int) -> tuple[making.Wanted, int]:
    window = slots.window(app, wish.line.queue, at)
    return _made_of(app, wish, window[0], window, window[0]), window[0]


def _made_of(
    app: App, wish: Wish, first: int, window: tuple[int, int] | None, slot: int | None
) -> making.Wanted:
    return making.Wanted(
        topic=wish.topic,
        asked_by=wish.asked_by,
        virtual_time=wish.virtual_time,
        not_before=first,
        until=first + wish.rules.expire_ms,
        window=window,
        slot=slot,
        zone=timing.times_of(app, wish.line.queue).zone,
    )


def _checked(
    app: App, configuration: Configuration, queue: str, number: str, our_line: OurLine
) -> str:
    """Return a number in E.164 that this queue calls back.

    Raises
    ------
    RuleViolation
        It does not (the code says why).
    """
    rules = configuration.queue(queue).callback
    near = our_line.number
    described, own = app.phone(number, near), app.phone(near, near)
    countries = rules.countries or ((own.country,) if own is not None else ())
    refused = refusal(described, countries)
    if refused is not None or described is None:
        raise RuleViolation("this number is not called back", code=refused or "invalid_number")
    return described.e164
