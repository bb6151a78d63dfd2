"""Callbacks asked for on a page: by somebody we do not know, for a number that may not be theirs.

Calling whatever number a stranger types in, at our cost and in our name, is what must not happen.
So the request is first told to that number, as a code of six digits, and only who has the code
has a callback booked. Before that nothing is booked, and the answer is the same for every number
we would call, whether or not we know it. What may be asked is limited by source, by number, and
by what the business unit spends in a day.

The code is kept nowhere: it follows from the request and the deployment's key.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from centralino.application import limits, messages, spending
from centralino.application.app import App
from centralino.application.callbacks import booking, reach, slots, wishes
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks.booking import CallbackAsked
from centralino.application.limits import Limit
from centralino.application.ports import Item, Timer
from centralino.application.ports.delivery import Kind, Message
from centralino.domain import ids
from centralino.domain.callbacks import wording
from centralino.domain.callbacks.local_times import moment
from centralino.domain.callbacks.model import contact_of
from centralino.domain.callbacks.wording import LANGUAGES, Occasion
from centralino.domain.configuration.model import Line, Queue
from centralino.domain.errors import Forbidden, InvalidRequest, NotFound, RuleViolation
from centralino.domain.staffing.slots import DAY_MS, Slot

REQUEST = "rq_"
GOOD_FOR_MS = 10 * 60_000
TRIES = 5
#: Codes that one number is sent: a person who mistypes needs a few, nobody needs one a minute.
PER_NUMBER = Limit(burst=3, every_ms=20 * 60_000)
#: How far ahead a page sees free times at once.
SHOWN_MS = 14 * DAY_MS
MOST_SLOTS = 200
_ITEM, _BOOKED = "request", "booked"
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A request whose code is on its way."""

    id: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a confirmed request has become."""

    callback: str
    answer: CallbackAsked


def ask(
    app: App,
    *,
    queue: str | None,
    line: str | None,
    number: str,
    at: str | None = None,
    zone: str | None = None,
    language: str | None = None,
    topic: str | None = None,
    email: str | None = None,
) -> Asked:
    """Take a request and have its code sent to the number; nothing is booked.

    Parameters
    ----------
    queue, line : str or None
        One of them: the queue, or a line of ours whose only queue for pages it is.
    at : str or None
        The time that was picked, as the wall clock of ``zone`` shows it; else in its turn.
    zone : str or None
        IANA name; the queue's own where not given.

    Raises
    ------
    NotFound
        There is no such queue or line for requests from pages.
    InvalidRequest
        The language is not spoken (``unknown_language``), or neither queue nor line is named.
    RuleViolation
        It could not be booked, or no code reaches the number (``not_mobile``), no codes are sent
        here (``no_codes``), or the day's money is spent (``spend_cap``).
    TooManyRequests
        The number has been sent too many codes.
    """
    rules, ours = _where(app, queue, line)
    if language not in (None, *LANGUAGES):
        raise InvalidRequest("we do not speak that", code="unknown_language")
    if not app.delivery.offers(Kind.SMS):
        raise RuleViolation("no codes are sent here", code="no_codes")
    picked = moment(at, zone or reach.zone_of(app, rules.id)) if at is not None else None
    wish = wishes.of_absent(
        app,
        queue=rules.id,
        number=number,
        line=ours,
        topic=topic,
        key=app.links.key(),
        asked_by=booking.CUSTOMER,
        language=language,
        at=picked,
    )
    wanted, _ = wishes.wanted(app, wish)
    if wanted.slot is not None and not _is_free(app, rules.id, wanted.slot):
        raise RuleViolation("this time has just been taken", code="slot_full")
    if not reach.takes_texts(app, wish.number):
        raise RuleViolation("this number takes no text messages", code="not_mobile")
    spending.require_left(app, rules.business_unit)
    named = ids.keyed("", app.links.key(), "code-to", wish.number)
    limits.admit(app.operations, app.clock, named, PER_NUMBER)
    name, until = f"{REQUEST}{app.ids.ulid()}", app.clock.now() + GOOD_FOR_MS
    about = {
        "queue": rules.id,
        "line": wish.our_line.id,
        "number": wish.number,
        "at": picked,
        "language": wish.language,
        "topic": topic,
        "email": email,
        "until": until,
    }
    app.operations.put(Item(_pk(name), _ITEM, about, ttl=until // 1000 + 60))
    app.timers.send([Timer(messages.TIMER, name, "code")])
    return Asked(name, until)


def tell_code(app: App, request: str) -> None:
    """Send a request its code, once; not over the cap: of many asked at once it stops the rest.

    Raises
    ------
    TransientDependency
        It was not sent; asking again sends it.
    """
    item = _open(app, request)
    if item is None:
        return
    held = item.attributes
    configuration = app.configuration.current()
    queue, line = configuration.queue(held["queue"]), configuration.lines.get(held["line"])
    try:
        spending.require_left(app, queue.business_unit)
    except RuleViolation as error:
        app.log.info("code_not_sent", message_id=request, code=error.code)
        return
    language = wording.spoken(str(held["language"]))
    places = {"queue": queue.names.get(language) or queue.id, "code": code(app, request)}
    message = Message(
        id=request,
        kind=Kind.SMS,
        to=str(held["number"]),
        language=language,
        text=wording.filled(wording.CODE[language], places),
        purpose="code",
        business_unit=queue.business_unit,
        sender=line.number if line is not None else "",
    )
    messages.deliver(app, message)


def confirm(app: App, request: str, presented: str, cause: str | None) -> Confirmed:
    """Book the callback of a request whose code is presented; again, answer the same.

    Raises
    ------
    NotFound
        There is no such request, or it is too old (``unknown_request``).
    Forbidden
        The code is wrong (``wrong_code``), or was too often (``too_many_tries``).
    RuleViolation, NotFound
        It cannot be booked any more: the code says why.
    """
    item = _open(app, request)
    if item is None:
        raise NotFound("there is no such request, or it is too old", code="unknown_request")
    if not _tried(app, item):
        raise Forbidden("the code was wrong too often", code="too_many_tries")
    if not hmac.compare_digest(presented.encode(), code(app, request).encode()):
        raise Forbidden("this is not the code", code="wrong_code")
    held = item.attributes
    done = app.operations.get(item.pk, _BOOKED)
    if done is not None:
        # The same, told twice: how it stands now.
        name = str(done.attributes["callback"])
        return Confirmed(name, _standing(app, name))
    answer = booking.book(
        app,
        queue=str(held["queue"]),
        number=str(held["number"]),
        line=str(held["line"]),
        topic=held["topic"],
        key=app.links.key(),
        cause=cause,
        at=int(held["at"]) if held["at"] is not None else None,
        asked_by=booking.CUSTOMER,
        language=str(held["language"]),
    )
    made = answer.callback_id
    if made is None:
        raise RuleViolation("this cannot be booked", code=answer.reason or "refused")
    if held["email"]:
        reach.keep_email(app, callbacks.known(app, made), str(held["email"]))
        app.timers.send([Timer(messages.TIMER, contact_of(made), str(Occasion.CONFIRMED))])
    app.operations.put_new(Item(item.pk, _BOOKED, {"callback": made}, ttl=item.ttl))
    return Confirmed(made, answer)


def free(app: App, queue: str, start: int | None = None) -> list[Slot]:
    """Return the free times of a queue that customers may pick on a page, in order.

    Raises
    ------
    NotFound
        There is no such queue for requests from pages (``unknown_queue``).
    """
    rules, _ = _where(app, queue, None)
    first = max(app.clock.now(), start or 0)
    return slots.free(app, rules.id, first, first + SHOWN_MS)[:MOST_SLOTS]


def code(app: App, request: str) -> str:
    """Return the six digits that belong to a request."""
    number = ids.keyed("", app.links.key(), "callback-code", request)
    return f"{int(number, 36) % _MILLION:06d}"


def _where(app: App, queue: str | None, line: str | None) -> tuple[Queue, str | None]:
    """Return the queue a page asks for, and the line if it named one."""
    configuration = app.configuration.current()
    if queue is not None:
        found = configuration.queues.get(queue)
        if found is None or not found.callback.web:
            raise NotFound("there is no such queue for requests", code="unknown_queue")
        return found, line
    if line is None:
        raise InvalidRequest("a queue or a line must be named", code="no_queue")
    ours: Line | None = configuration.lines.get(line)
    if ours is None:
        raise NotFound("there is no such line for requests", code="unknown_line")
    fitting = [
        one
        for one in configuration.queues.values()
        if one.business_unit == ours.business_unit and one.callback.web
    ]
    if len(fitting) != 1:
        raise NotFound("there is no one queue for requests of this line", code="unknown_line")
    return fitting[0], line


def _is_free(app: App, queue: str, start: int) -> bool:
    return any(slot.free for slot in slots.slots(app, queue, [start]))


def _open(app: App, request: str) -> Item | None:
    if not ids.is_id(REQUEST, request):
        return None
    item = app.operations.get(_pk(request), _ITEM)
    if item is None or int(item.attributes["until"]) <= app.clock.now():
        return None
    return item


def _tried(app: App, item: Item) -> bool:
    """Count one try with a code before it is looked at; tell whether it was one of the first."""
    return any(
        app.operations.put_new(Item(item.pk, f"try#{number}", {}, ttl=item.ttl))
        for number in range(TRIES)
    )


def _standing(app: App, callback: str) -> CallbackAsked:
    contact = callbacks.known(app, callback)
    stands = contact.callback
    window = stands.window if stands is not None else None
    at = stands.not_before if stands is not None else None
    return CallbackAsked(booking.BOOKED, None, at, callback, window)


def _pk(request: str) -> str:
    return f"callback-request#{request}"
