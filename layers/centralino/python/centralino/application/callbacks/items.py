"""What is kept of a callback beside its contact: the number, who it is for, which are open.

The one place that reads or writes the number that is dialled. It stands in the item that has the
callback among the open ones of its queue, which goes when the callback ends and expires by itself
should that be forgotten; it is in no contact, event, log or key. Who a request belongs to is
known by the subject, or by a hash of the number under a secret of this deployment's own.

That a customer has one open callback per business unit and topic is decided by a marker. It is
written before the contact, so it may name one that was never made: such a marker is void once no
process can still be at work on it. It is never deleted, only taken over by its time, so nobody can
remove somebody else's.
"""

from __future__ import annotations

from collections.abc import Sequence

from centralino.application.app import App
from centralino.application.ports import Item, Operations
from centralino.domain import ids
from centralino.domain.callbacks.model import CALLBACK, callback_id, contact_of
from centralino.domain.contacts.model import Contact

#: No process works on one request for longer.
IN_FLIGHT_MS = 60_000
MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
#: How long items outlive the callback they are about, should nobody remove them.
SLACK_S = 2 * 24 * 3600
#: How long after its moment a note is kept: the longest the sweep may stand still.
NOTE_S = 14 * 24 * 3600
#: Who sees to a moment besides the sweep.
TIMER, SCHEDULE, SWEEP = "timer", "schedule", "sweep"
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
            if contact is not None and contact.owes_callback:
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


def keep(
    app: App, contact_id: str, queue: str, number: str, until: int, also: Sequence[str] = ()
) -> None:
    """Keep the number, and with it the callback among the open ones of its queue.

    Parameters
    ----------
    also : sequence of str, optional
        Other queues in which it may be kept as well, while it is being given from one to another:
        whichever has it in the end, all are forgotten with it.
    """
    facts = {"number": number, "at": app.clock.now(), **({"also": list(also)} if also else {})}
    app.operations.put(Item(_queue(queue), callback_id(contact_id), facts, until // 1000 + SLACK_S))


def number_of(app: App, contact_id: str, queue: str | None) -> str | None:
    """Return the number to call for a queue; ``None`` where it is not kept any more."""
    item = app.operations.get(_queue(queue or ""), callback_id(contact_id))
    return str(item.attributes["number"]) if item is not None else None


def forget(app: App, contact_id: str, queue: str | None) -> None:
    """Forget the number of a callback that has ended, and that it was open."""
    name = callback_id(contact_id)
    item = app.operations.get(_queue(queue or ""), name)
    if item is None:
        return
    for other in item.attributes.get("also", ()):
        app.operations.delete(_queue(str(other)), name)
    # Last: it is what leads to the others.
    app.operations.delete(item.pk, name)


def given(app: App, contact_id: str, old: str, new: str, number: str, until: int) -> None:
    """Keep a callback in another queue as well, before it is given there.

    Each item leads to the others, so that none outlives the callback.
    """
    item = app.operations.get(_queue(old), callback_id(contact_id))
    before = [str(one) for one in item.attributes.get("also", ())] if item is not None else []
    others = [one for one in before if one not in (old, new)]
    keep(app, contact_id, old, number, until, also=[*others, new])
    keep(app, contact_id, new, number, until, also=[*others, old])


def settled(app: App, contact_id: str) -> bool:
    """Forget a callback that was never made; ``False``: somebody may still be at work on it.

    No contact tells its queue, so all are looked into: it takes a crash to come here.
    """
    for queue in app.configuration.current().queues:
        item = app.operations.get(_queue(queue), callback_id(contact_id))
        if item is None:
            continue
        if app.clock.now() - int(item.attributes["at"]) < IN_FLIGHT_MS:
            return False
        forget(app, contact_id, queue)
    return True


def open_after(app: App, queue: str, after: str, limit: int) -> list[str]:
    """Return callbacks that may be open in a queue, by name behind ``after``, up to so many.

    One that has left the queue or ended may still be among them: its contact tells.
    """
    return [item.sk for item in app.operations.page(_queue(queue), after or CALLBACK, limit)]


def open_of(operations: Operations, queue: str) -> list[str]:
    """Return the contacts of all callbacks that may be open in a queue."""
    return [contact_of(item.sk) for item in operations.list(_queue(queue), CALLBACK)]


def left(app: App, contact_id: str, queue: str) -> None:
    """Take a callback from among the open ones of a queue it was given away from."""
    app.operations.delete(_queue(queue), callback_id(contact_id))


def note_ringing(app: App, contact: Contact) -> None:
    """Note that a customer of a queue is being rung before an agent is found."""
    now = app.clock.now()
    ttl = now // 1000 + SLACK_S
    app.operations.put(Item(_ringing(contact.queue or ""), contact.id, {"at": now}, ttl))


def forget_ringing(app: App, contact: Contact) -> None:
    """Take back that a customer is being rung; what is not taken back ages."""
    app.operations.delete(_ringing(contact.queue or ""), contact.id)


def ringing_in(app: App, queue: str, since: int) -> int:
    """Return how many customers of a queue have been rung since, and have not answered yet."""
    found = app.operations.list(_ringing(queue))
    return sum(int(item.attributes["at"]) >= since for item in found)


def note_look(app: App, contact_id: str, moment: int) -> bool:
    """Note when a callback is looked at again; tell whether nobody else was to look before.

    Whoever looks beside the one who was to come, a sweep or a message told twice, must not have
    it looked at twice as often from then on.
    """
    now = app.clock.now()
    name = callback_id(contact_id)
    item = Item(_one(name), "look", {"at": moment}, ttl=moment // 1000 + SLACK_S)
    return app.operations.put_if(item, "at", below=now + 1)


# --------------------------------------------------------------------------- moments to look


def note_due(app: App, contact_id: str, moment: int, by: str = TIMER) -> None:
    """Note for the minute sweep that the callback is to be looked at then.

    Parameters
    ----------
    moment : int
        UTC milliseconds.
    by : str
        Who else sees to it, :data:`TIMER` or :data:`SCHEDULE`; :data:`SWEEP`: nobody.
    """
    # Never in a minute that has been swept already.
    minute = max(-(-moment // MINUTE_MS), app.clock.now() // MINUTE_MS + 1)
    ttl = minute * 60 + NOTE_S
    app.operations.put(Item(due_at(minute), contact_id, {"at": moment, "by": by}, ttl))


def due_at(minute: int) -> str:
    """Return the partition of the callbacks to be looked at in a minute."""
    return f"callbacks-due#{minute}"


def _one(callback: str) -> str:
    return f"callback#{callback}"


def _of(who: str) -> str:
    return f"callbacks-of#{who}"


def _ringing(queue: str) -> str:
    return f"callbacks-ringing#{queue}"


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
