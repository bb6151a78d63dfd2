"""Notes by which the sweep finds calls that no agent's slot leads to."""

from __future__ import annotations

from centralino.application.ports import Item
from centralino.domain.contacts.model import Contact

MINUTE_MS = 60_000
OPEN_TTL_S = 24 * 3600


def open_marker(contact: Contact, now: int) -> Item:
    """Return the note of a call in a menu, or left with an outside number, at this moment."""
    return Item(pk=f"open#{now // MINUTE_MS}", sk=contact.id, ttl=now // 1000 + OPEN_TTL_S)
