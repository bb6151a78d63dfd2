"""The ledger of callbacks: what happened to each request, and which have ended, to be read later.

The relay files it from the writes it publishes anyway. It lies in ``ops``:

``callback-log#<callback>``
    One small item per write that told something of the callback which its contact does not keep,
    under the sequence of its last event; filing it twice, or in another order, changes nothing.
    Beside these, who had what done: one note per command of a person, under the command's cause.
    Calls to the customer, their ringing and the meeting stand on the contact, which is kept as
    long: they are told from there, and cost no item.
``callbacks-ended#<queue>#<day>``
    One item per ended request, the latest first. A partition takes a thousand writes a second; a
    queue that ended so many callbacks in one would have other worries.

Nothing in here names a customer or a number. What has not been filed yet but still stands on the
contact is added on reading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from centralino.application.app import App
from centralino.application.ports import Item
from centralino.domain.callbacks.model import DONE, CallbackState, callback_id
from centralino.domain.contacts.machine import RETENTION_S
from centralino.domain.contacts.model import Contact
from centralino.domain.events import CODES, TYPES, Occurrence, describe
from centralino.domain.kpi.callback_promises import callback_promises
from centralino.domain.kpi.promises import Promise, Verdict, judge, reached_in_window

DAY_MS = 24 * 3600 * 1000
_TOLD = frozenset(name for name in CODES if name.startswith("Callback"))
_ENDS = frozenset(
    {
        "CallbackConnected",
        "CallbackCancelled",
        "CallbackSuperseded",
        "CallbackExpired",
        "CallbackExhausted",
    }
)
#: Said by the entry already, or of no use to who reads it.
_LEFT_OUT = frozenset({"callback_id", "rid"})
#: What the contact keeps itself: when each call was asked for and rang, and when they met.
_KEPT = frozenset({"CallbackDialed", "CallbackRang", "CallbackConnected"})
#: In which order things of one moment happened; what was filed of it comes between.
_DIALED, _RANG, _FILED, _MET = range(4)
_LAST = 10**13
_BY = "by#"


@dataclass(frozen=True, slots=True)
class Row:
    """A callback in a list, open or ended. Times are UTC milliseconds.

    Attributes
    ----------
    window : (int, int) or None
        What the customer is promised, half open.
    attempts : int
        Calls to the customer so far.
    agent : str or None
        Who has it, or had it last.
    preferred : str or None
        Who is asked first.
    ended_at, reason : int or None, str or None
        When the request ended, and why where that is told.
    """

    callback_id: str
    contact_id: str
    business_unit: str
    queue: str
    topic: str
    state: str
    requested_at: int
    not_before: int
    until: int
    window: tuple[int, int] | None
    attempts: int
    agent: str | None
    preferred: str | None
    ended_at: int | None = None
    reason: str | None = None
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened to a callback.

    Attributes
    ----------
    sequence : int
        Its place in this history, from 1.
    who, role : str or None
        The person who had it done, where a person did.
    """

    at: int
    sequence: int
    type: str
    data: Mapping[str, Any]
    who: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise and what has become of it."""

    made_at: int
    window: tuple[int, int]
    verdict: Verdict
    reached_in_window: bool


# --------------------------------------------------------------------------- filing


def file(app: App, contacts: Sequence[Contact]) -> None:
    """File what these writes told of callbacks. Filing twice changes nothing.

    Raises
    ------
    TransientDependency
        It could not be written; the same writes must come again.
    """
    app.fan_out(app.operations.put, [item for c in contacts for item in _items(c)])


def note(app: App, contact: Contact, who: str, role: str, cause: str) -> None:
    """Put on record who has something done to a callback, before it is done."""
    name = callback_id(contact.id)
    app.operations.put(Item(_log(name), f"{_BY}{cause}", {"w": who, "r": role}, ttl=_kept(contact)))


def _items(contact: Contact) -> list[Item]:
    if contact.callback is None:
        return []
    told = [one for one in describe(contact) if one.type in _TOLD]
    if not told:
        return []
    filed: list[Item] = []
    if any(one.type not in _KEPT for one in told):
        entry = {
            "t": contact.updated_at,
            "c": contact.cause,
            "n": len(contact.callback.attempts),
            "e": [[CODES[one.type], one.sequence, _slim(one)] for one in told],
        }
        key = f"{told[-1].sequence:09d}"
        filed.append(Item(_log(callback_id(contact.id)), key, entry, ttl=_kept(contact)))
    ends = [one for one in told if one.type in _ENDS]
    return [*filed, _ended(contact, ends[-1])] if ends else filed


def _slim(told: Occurrence) -> dict[str, Any]:
    return {k: v for k, v in told.data.items() if v is not None and k not in _LEFT_OUT}


def _ended(contact: Contact, told: Occurrence) -> Item:
    row, at = row_of(contact), told.occurred_at
    stored = {
        "b": row.business_unit,
        "q": row.queue,
        "o": row.topic,
        "s": row.state,
        "r": row.requested_at,
        "n": row.not_before,
        "u": row.until,
        "w": list(row.window) if row.window is not None else None,
        "c": row.attempts,
        "a": row.agent,
        "f": row.preferred,
        "t": at,
        "y": told.data.get("reason"),
        "p": row.previous,
    }
    return Item(
        ended_on(row.queue, at // DAY_MS),
        f"{_LAST - at:013d}#{row.callback_id}",
        {k: v for k, v in stored.items() if v is not None},
        ttl=at // 1000 + RETENTION_S,
    )


def _kept(contact: Contact) -> int:
    until = contact.callback.until if contact.callback is not None else 0
    return max(contact.updated_at, until) // 1000 + RETENTION_S


# --------------------------------------------------------------------------- reading


def history(app: App, contact: Contact) -> list[Entry]:
    """Return everything that happened to a callback, in order.

    A call that the carrier was asked for twice stands where it was asked for last.
    """
    callback, name = contact.callback, callback_id(contact.id)
    attempts = len(callback.attempts) if callback is not None else 0
    found: dict[int, _Found] = {}
    people: dict[str, tuple[str, str]] = {}
    for item in app.operations.list(_log(name)):
        stored = item.attributes
        if item.sk.startswith(_BY):
            people[item.sk.removeprefix(_BY)] = (str(stored["w"]), str(stored["r"]))
            continue
        for code, sequence, data in stored["e"]:
            order = (int(stored["n"]), int(stored["t"]), _FILED, int(sequence))
            found[int(sequence)] = _Found(order, TYPES[code], data, stored["c"])
    for told in describe(contact):
        if told.type in _TOLD and told.sequence not in found:
            order = (attempts, told.occurred_at, _FILED, told.sequence)
            found[told.sequence] = _Found(order, told.type, _slim(told), told.causation_id)
    every = [one for one in found.values() if one.type not in _KEPT]
    every += _calls(contact)
    return [
        _by(Entry(one.order[1], place, one.type, one.data), people.get(one.cause or ""))
        for place, one in enumerate(sorted(every, key=lambda one: one.order), start=1)
    ]


@dataclass(frozen=True, slots=True)
class _Found:
    """Something that happened: after how many calls, when, and in which order at that moment."""

    order: tuple[int, int, int, int]
    type: str
    data: Mapping[str, Any]
    cause: str | None = None


def _calls(contact: Contact) -> list[_Found]:
    """Return what the contact tells of its calls to the customer, and that they were met."""
    callback = contact.callback
    if callback is None:
        return []
    told: list[_Found] = []
    for one in callback.attempts:
        had = [part for part in contact.segments if part.accepted_at <= one.asked_at]
        facts: dict[str, Any] = {"attempt": one.number, "queue": contact.queue}
        agent = {}
        if had and not one.alone:
            facts["queue"], agent = had[-1].queue, {"agent_id": had[-1].agent}
        order = (one.number, one.asked_at, _DIALED, 0)
        told.append(_Found(order, "CallbackDialed", {**facts, **agent}))
        if one.rang_at is not None:
            order = (one.number, max(one.rang_at, one.asked_at), _RANG, 0)
            told.append(_Found(order, "CallbackRang", facts))
    met = [part for part in contact.segments if part.connected_at is not None]
    if callback.state is CallbackState.CONNECTED and met:
        first = min(met, key=lambda part: part.connected_at or 0)
        number = len(callback.attempts)
        order = (number, first.connected_at or 0, _MET, 0)
        facts = {"attempt": number, "queue": first.queue, "agent_id": first.agent}
        told.append(_Found(order, "CallbackConnected", facts))
    return told


def told_by(contact: Contact, entries: Sequence[Entry]) -> Row:
    """Return a callback as a list shows it, its end as its history tells it.

    The contact may go on after that, or be written again: it does not know when that was.
    """
    row = row_of(contact)
    end = next((entry for entry in entries if entry.type in _ENDS), None)
    if end is None:
        return row
    return replace(row, ended_at=end.at, reason=end.data.get("reason"))


def promises(entries: Sequence[Entry], now: int) -> list[Promised]:
    """Return what was promised in a history, and what had become of it by ``now``."""
    log = [
        {
            "detail-type": entry.type,
            "detail": {
                "metadata": {
                    "entity_id": "callback",
                    "sequence": entry.sequence,
                    "occurred_at": entry.at,
                },
                "data": entry.data,
            },
        }
        for entry in entries
    ]
    return [_judged(promise, now) for promise in callback_promises(log)]


def row_of(contact: Contact) -> Row:
    """Return a callback as a list shows it.

    Raises
    ------
    ValueError
        The contact calls nobody back.
    """
    callback = contact.callback
    if callback is None:
        raise ValueError(f"{contact.id} calls nobody back")
    had = [segment.agent for segment in contact.segments]
    return Row(
        callback_id=callback_id(contact.id),
        contact_id=contact.id,
        business_unit=contact.business_unit,
        queue=contact.queue or "",
        topic=callback.topic,
        state=callback.state.value,
        requested_at=callback.requested_at,
        not_before=callback.not_before,
        until=callback.until,
        window=callback.window,
        attempts=len(callback.attempts),
        agent=contact.agent or (had[-1] if had else None),
        preferred=contact.preferred,
        ended_at=contact.updated_at if callback.state in DONE and contact.ended else None,
        previous=contact.previous,
    )


def ended_row(item: Item) -> Row:
    """Return an ended callback as it was filed."""
    stored = item.attributes
    name = item.sk.partition("#")[2]
    window = stored.get("w")
    return Row(
        callback_id=name,
        contact_id=f"ct_{name[3:]}",
        business_unit=str(stored["b"]),
        queue=str(stored["q"]),
        topic=str(stored["o"]),
        state=str(stored["s"]),
        requested_at=int(stored["r"]),
        not_before=int(stored["n"]),
        until=int(stored["u"]),
        window=(int(window[0]), int(window[1])) if window is not None else None,
        attempts=int(stored["c"]),
        agent=stored.get("a"),
        preferred=stored.get("f"),
        ended_at=int(stored["t"]),
        reason=stored.get("y"),
        previous=stored.get("p"),
    )


def ended_on(queue: str, day: int) -> str:
    """Return the partition of the callbacks of a queue that ended on a day (days since 1970)."""
    return f"callbacks-ended#{queue}#{day}"


def _log(callback: str) -> str:
    return f"callback-log#{callback}"


def _by(entry: Entry, person: tuple[str, str] | None) -> Entry:
    if person is None:
        return entry
    return Entry(entry.at, entry.sequence, entry.type, entry.data, *person)


def _judged(promise: Promise, now: int) -> Promised:
    return Promised(
        promise.made_ms,
        (promise.window_start_ms, promise.window_end_ms),
        judge(promise, now),
        reached_in_window(promise),
    )
