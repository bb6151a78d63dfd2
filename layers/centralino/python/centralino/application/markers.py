"""Notes by which the sweep finds calls that no agent's slot leads to."""

from __future__ import annotations

from collections.abc import Sequence

from centralino.application.app import App
from centralino.application.ports import Item
from centralino.domain.contacts.model import Contact, ContactState

MINUTE_MS = 60_000
OPEN_TTL_S = 24 * 3600
#: Calls in these states are in no line, and in no agent's hands.
UNHELD = frozenset({ContactState.IVR, ContactState.POST_CALL})
#: A note may be written this many minutes after its own: the sweep looks back further.
LATE_MINUTES = 3


def open_marker(contact: Contact, now: int) -> Item:
    """Return the note of a call in a menu, or left with an outside number, at this moment."""
    return _note(contact, now // MINUTE_MS, now)


def mark_new(app: App, contacts: Sequence[Contact]) -> None:
    """Note the calls that began in these writes, and are in their menu by the last of them.

    A note's minute is that of the call's beginning: the same write seen again rewrites it. Seen
    so late that the sweep may have passed that minute, it goes where the sweep will come next.
    Should the call have ended meanwhile, the sweep finds that out and drops the note.
    """
    began: set[str] = set()
    last: dict[str, Contact] = {}
    for contact in contacts:
        last[contact.id] = contact
        if any(event.type == "ContactStarted" for event in contact.events):
            began.add(contact.id)
    now = app.clock.now()
    earliest = now // MINUTE_MS - LATE_MINUTES
    notes = []
    for contact_id in sorted(began):
        contact = last[contact_id]
        if contact.state in UNHELD:
            minute = contact.created_at // MINUTE_MS
            notes.append(_note(contact, minute if minute >= earliest else now // MINUTE_MS, now))
    app.fan_out(app.operations.put, notes)


def _note(contact: Contact, minute: int, now: int) -> Item:
    return Item(pk=f"open#{minute}", sk=contact.id, ttl=now // 1000 + OPEN_TTL_S)
