"""What is kept of a callback beside its contact: the number, who it is for, which are open.

The one place that reads or writes a customer's number. It stands in an item of its own, which
goes when the callback ends and expires by itself should that be forgotten; it is in no contact,
event, log or key. Who a request belongs to is known by the subject, or by a hash of the number
under a secret of this deployment's own.

That a customer has one open callback per business unit and topic is decided by a marker. It is
written before the contact, so it may name one that was never made: such a marker is void once no
process can still be at work on it. It is never deleted, only taken over by its time, so nobody can
remove somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterator

from centralino.application.app import App
from centralino.application.ports import Item
from centralino.domain import ids
from centralino.domain.callbacks.model import CALLBACK, callback_id, contact_of
from centralino.domain.contacts.model import Contact

#: No process works on one request for longer.
IN_FLIGHT_MS = 60_000
MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
#: How long items outlive the callback they are about, should nobody remove them.
SLACK_S = 2 * 24 * 3600
_PEPPER = ("callbacks", "pepper")
_NUMBER = "nu_"
_TRIES = 4


def customer(app: App, subject: str | None, number: str) -> str:
    """Return the opaque name of whoever is called back."""
    return subject or number_name(app, number)


def number_name(app: App, number: str) -> str:
    """Return the opaque name of a number (E.164): without the secret it leads nowhere."""
    return ids.keyed(_NUMBER, _pepper(app).encode(), number)


def claim(app: App, who: str, topic: str, contact_id: str, until: int) -> str | None:
    """Mark the customer's request for a topic as this contact's, unless another one is open.

    Returns
    -------
    str or None
        The contact that has it: this one, or the other one that is open; ``None`` where somebody
        else is booking this very moment.
    """
    for _ in range(_TRIES):
        now = app.clock.now()
        mine = Item(
            _of(who), topic, {"contact": contact_id, "at": now}, ttl=until // 1000 + SLACK_S
        )
        if app.operations.put_new(mine):
            return contact_id
        found = app.operations.get(mine.pk, mine.sk)
        if found is None:
            continue
        at, other = int(found.attributes["at"]), str(found.attributes["contact"])
        if other != contact_id:
            contact = app.store.contact(other)
            if contact is not None and contact.calls_back:
                return other
            if contact is None and now - at < IN_FLIGHT_MS:
                return None
        if app.operations.put_if(mine, "at", below=at + 1):
            return contact_id
    return None


def requests_of(app: App, subject: str, business_unit: str) -> list[str]:
    """Return the contacts that call this customer back, or did, or were to."""
    marks = app.operations.list(_of(subject), f"{business_unit}#")
    return [str(mark.attributes["contact"]) for mark in marks]


def void(app: App, who: str, topic: str, contact_id: str) -> None:
    """Give back the mark of a request that was not made after all."""
    found = app.operations.get(_of(who), topic)
    if found is not None and found.attributes["contact"] == contact_id:
        at = int(found.attributes["at"])
        given_back = Item(found.pk, topic, {"contact": contact_id, "at": 0}, ttl=found.ttl)
        # Not if somebody has taken it over meanwhile.
        app.operations.put_if(given_back, "at", below=at + 1)


def count_in(app: App, number: str, limit: int, contact_id: str) -> bool:
    """Count this request of a number; tell whether it is within the day's limit."""
    now = app.clock.now()
    pk = f"callbacks-day#{number_name(app, number)}#{now // DAY_MS}"
    for place in range(limit):
        item = Item(pk, str(place), {"contact": contact_id}, ttl=now // 1000 + SLACK_S)
        if app.operations.put_new(item):
            return True
        found = app.operations.get(pk, str(place))
        if found is not None and found.attributes["contact"] == contact_id:
            return True
    return False


def keep(app: App, contact_id: str, queue: str, number: str, until: int) -> None:
    """Keep the number, and the callback among the open ones of its queue."""
    now, ttl = app.clock.now(), until // 1000 + SLACK_S
    name = callback_id(contact_id)
    app.operations.put(
        Item(_one(name), "number", {"number": number, "queue": queue, "at": now}, ttl)
    )
    app.operations.put(Item(_queue(queue), name, {"at": now}, ttl))


def number_of(app: App, contact_id: str) -> str | None:
    """Return the number to call; ``None`` where it is not kept any more."""
    item = app.operations.get(_one(callback_id(contact_id)), "number")
    return str(item.attributes["number"]) if item is not None else None


def forget(app: App, contact_id: str) -> None:
    """Forget the number of a callback that has ended, or was never made."""
    name = callback_id(contact_id)
    item = app.operations.get(_one(name), "number")
    if item is None:
        return
    app.operations.delete(_queue(str(item.attributes["queue"])), name)
    # Last: it is what leads here.
    app.operations.delete(_one(name), "number")


def in_flight(app: App, contact_id: str) -> bool:
    """Tell whether somebody may still be at work on making this callback."""
    item = app.operations.get(_one(callback_id(contact_id)), "number")
    return item is not None and app.clock.now() - int(item.attributes["at"]) < IN_FLIGHT_MS


def open_in(app: App, queue: str, limit: int) -> Iterator[Contact]:
    """Yield the contacts that call customers of a queue back, at most so many."""
    for item in app.operations.list(_queue(queue), CALLBACK):
        if limit <= 0:
            return
        contact = app.store.contact(contact_of(item.sk))
        if contact is not None and contact.calls_back:
            limit -= 1
            yield contact


# --------------------------------------------------------------------------- moments to look


def note_due(app: App, contact_id: str, moment: int) -> None:
    """Note for the minute sweep that the callback is to be looked at then."""
    # Never in a minute that has been swept already.
    minute = max(-(-moment // MINUTE_MS), app.clock.now() // MINUTE_MS + 1)
    ttl = moment // 1000 + SLACK_S
    app.operations.put(Item(due_at(minute), contact_id, {}, ttl))


def due_at(minute: int) -> str:
    """Return the partition of the callbacks to be looked at in a minute."""
    return f"callbacks-due#{minute}"


def _one(callback: str) -> str:
    return f"callback#{callback}"


def _of(who: str) -> str:
    return f"callbacks-of#{who}"


def _queue(queue: str) -> str:
    return f"callbacks#{queue}"


def _pepper(app: App) -> str:
    known = app.hints.get("callbacks-pepper")
    if known is not None:
        return str(known[1])
    item = app.operations.get(*_PEPPER)
    if item is None:
        app.operations.put_new(Item(*_PEPPER, {"secret": app.ids.secret()}))
        item = app.operations.get(*_PEPPER)
    secret = str(item.attributes["secret"]) if item is not None else ""
    app.hints["callbacks-pepper"] = (0, secret)
    return secret
