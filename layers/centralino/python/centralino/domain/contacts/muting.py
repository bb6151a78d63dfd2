"""An agent whom nobody hears in a talk, and who hears on.

Muted is the agent's leg, so it lasts while the customer is put on hold and taken back, goes along
to the talk that a third party takes over, and ends with the leg: when the agent leaves, or the leg
is lost. Who hands a customer on leaves nothing of it to the next.
"""

from __future__ import annotations

from dataclasses import replace

from centralino.domain.contacts.machine import evolve, with_segment
from centralino.domain.contacts.model import TALKING, Contact
from centralino.domain.contacts.offers import talking_segment
from centralino.domain.errors import RuleViolation


def mute(contact: Contact, rid: str, now: int, cause: str | None) -> Contact:
    """Return the contact in which nobody hears the agent of ``rid``.

    Raises
    ------
    RuleViolation
        That agent is not talking (``not_talking``), or its leg is gone (``leg_lost``).
    """
    segment = talking_segment(contact, rid)
    if segment.lost_at is not None:
        raise RuleViolation("your leg is not in the conversation", code="leg_lost")
    return _set(contact, rid, now, cause, muted=True)


def unmute(contact: Contact, rid: str, now: int, cause: str | None) -> Contact:
    """Return the contact in which the others hear the agent of ``rid``.

    Raises
    ------
    RuleViolation
        That agent is not talking (``not_talking``).
    """
    return _set(contact, rid, now, cause, muted=False)


def is_muted(contact: Contact, rid: str) -> bool:
    """Tell whether nobody hears the agent of ``rid`` in the talk that goes on."""
    segment = contact.find_segment(rid)
    talking = contact.state in TALKING and contact.rid == rid
    return talking and segment is not None and segment.muted


def _set(contact: Contact, rid: str, now: int, cause: str | None, *, muted: bool) -> Contact:
    segment = talking_segment(contact, rid)
    if segment.muted is muted:
        return contact
    segments = with_segment(contact, replace(segment, muted=muted))
    return evolve(contact, max(now, contact.updated_at), cause, segments=segments)
