"""Listening in on a conversation: the modes, and how a supervisor's leg is named.

A supervisor's leg is neither an offer nor a party: it moves no contact and holds no agent's slot.
"""

from __future__ import annotations

import re
from enum import StrEnum

from centralino.domain import ids

_MARK = "!"
_TOKEN = re.compile(r"[0-9A-Za-z]{1,40}")


class Mode(StrEnum):
    """Who hears a supervisor: nobody, the agent alone, or all. A supervisor always hears all."""

    MONITOR = "monitor"
    COACH = "coach"
    BARGE = "barge"


def leg(contact: str, token: str) -> str:
    """Return the name of a supervisor's leg in a contact's conversation."""
    return f"{contact}{_MARK}{token}"


def is_leg(name: str) -> bool:
    """Tell whether a leg's name is a supervisor's; an offer's never is.

    Examples
    --------
    >>> is_leg("ct_0123456789ABCDEFGHJKMNPQRS!01J0"), is_leg("ct_0123456789ABCDEFGHJKMNPQRS#4")
    (True, False)
    """
    contact, _, token = name.partition(_MARK)
    return ids.is_id(ids.CONTACT, contact) and _TOKEN.fullmatch(token) is not None
