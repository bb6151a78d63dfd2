"""What a customer agreed to, purpose by purpose: an append-only record, and what it amounts to.

Nothing is ever changed or removed: a withdrawal is a record of its own. That somebody has agreed
must be shown by who relies on it (GDPR, art. 7(1)), so each record says when, to which wording,
and where the answer can be found; and withdrawing is as easy as giving (art. 7(3)).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from centralino.domain.events import Event
from centralino.domain.ids import crockford

CONSENT = "cn_"


class Purpose(StrEnum):
    """What is agreed to. Each is asked for, and stands, by itself."""

    RECORDING = "recording"
    SURVEY = "survey"
    SMS = "sms"
    EMAIL = "email"
    MARKETING = "marketing"


class By(StrEnum):
    """What put the answer on record."""

    FLOW = "flow"
    AGENT = "agent"
    WEB = "web"
    API = "api"


@dataclass(frozen=True, slots=True)
class Consent:
    """One answer.

    Attributes
    ----------
    subject : str
        Who answered: an opaque subject, or the contact itself where the caller is anonymous.
        The consent of an anonymous caller stands for that contact alone.
    text_version : str
        The wording that was heard or read.
    evidence_contact, step : str
        Where the answer was given: the contact, and the step or request within it.
    at : int
        UTC milliseconds.
    """

    id: str
    subject: str
    purpose: Purpose
    given: bool
    at: int
    text_version: str
    evidence_contact: str
    step: str
    by: By


def consent_id(evidence_contact: str, step: str, purpose: str) -> str:
    """Return the id of the answer given there: the same place, the same answer.

    A plain hash: a contact's id is one that nobody can guess.
    """
    digest = hashlib.sha256(f"{evidence_contact}/{step}/{purpose}".encode()).digest()
    return CONSENT + crockford(int.from_bytes(digest[:16], "big"))


def stands(records: Iterable[Consent], purpose: Purpose) -> bool | None:
    """Tell whether the latest answer for a purpose is a yes; ``None``: nobody has answered.

    Of two answers in the same millisecond a no counts: nothing is done on a doubtful yes.
    """
    answers = [record for record in records if record.purpose is purpose]
    if not answers:
        return None
    latest = max(record.at for record in answers)
    return all(record.given for record in answers if record.at == latest)


def event_of(consent: Consent) -> Event:
    """Return what a record tells: who, by the opaque subject, and to what; nothing personal."""
    return Event(
        "ConsentGiven" if consent.given else "ConsentWithdrawn",
        {
            "subject": consent.subject,
            "purpose": str(consent.purpose),
            "text_version": consent.text_version,
            "evidence_contact": consent.evidence_contact,
            "by": str(consent.by),
        },
    )
