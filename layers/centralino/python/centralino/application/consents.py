"""Consents: the one place that writes them, and the reading at the moment of acting.

Records of a subject are in ``ops`` under ``consent#<subject>``, ordered by purpose and time, and
never expire. A note under ``consented#<contact>`` keeps each answer's place: a repeated answer
finds the time of the first there, and so writes the very same record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from centralino.application import filing
from centralino.application.app import App
from centralino.application.ports import Item
from centralino.domain import consents as rules
from centralino.domain.consents import By, Consent, Purpose
from centralino.domain.contacts.machine import RETENTION_S
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import Conflict, InvalidRequest
from centralino.domain.filing import Filed

_TRIES = 4


def holder(contact: Contact) -> str:
    """Return whose consents count for a contact: its subject's, or its own if anonymous."""
    return contact.subject or contact.id


def record(
    app: App,
    subject: str,
    purpose: Purpose | str,
    given: bool,
    *,
    text_version: str,
    evidence_contact: str,
    step: str,
    by: By | str,
    cause: str | None,
) -> Consent:
    """Put an answer on record; the same answer again changes nothing.

    What follows from it is for whoever acts to read: see :func:`stands`.

    Parameters
    ----------
    subject : str
        See :func:`holder`.
    step : str
        Names the answer within ``evidence_contact``, with the turn where a step can come twice.
        Another answer in the same place, given again because a process died before it acted on
        the first, is put on record after it: the last one counts.

    Raises
    ------
    InvalidRequest
        The purpose or the source is none of those there are (``invalid_consent``).
    Conflict
        Answers in this place kept coming (``busy``).
    """
    try:
        purpose, by = Purpose(purpose), By(by)
    except ValueError as error:
        raise InvalidRequest("this is no consent", code="invalid_consent") from error
    consent = Consent(
        id=rules.consent_id(evidence_contact, step, purpose),
        subject=subject,
        purpose=purpose,
        given=given,
        at=app.clock.now(),
        text_version=text_version,
        evidence_contact=evidence_contact,
        step=step,
        by=by,
    )
    consent = _in_place(app, consent)
    contact = app.store.contact(evidence_contact)
    told = filing.told(
        Filed(
            id=consent.id,
            sequence=1,
            business_unit=contact.business_unit if contact is not None else "",
            updated_at=consent.at,
            cause=cause,
            correlation=contact.correlation if contact is not None else evidence_contact,
            events=(rules.event_of(consent),),
        )
    )
    key = f"{consent.purpose}#{consent.at:013d}#{consent.id}"
    app.operations.put_new(Item(_partition(consent.subject), key, {**_values(consent), **told}))
    return consent


def stands(app: App, subject: str, purpose: Purpose | str) -> bool | None:
    """Tell whether a consent stands now; ``None``: it was never asked for. One read."""
    purpose = Purpose(purpose)
    return rules.stands(_records(app, subject, f"{purpose}#"), purpose)


def history(app: App, subject: str) -> list[Consent]:
    """Return every answer of a subject, by purpose and time."""
    return _records(app, subject, "")


def _in_place(app: App, consent: Consent) -> Consent:
    """Return the answer as it goes on record: as it stands in its place if it is there already.

    Another answer there is one of its own, with an id and a time after those of the one before.
    """
    pk, sk = f"consented#{consent.evidence_contact}", consent.id
    expires = consent.at // 1000 + RETENTION_S
    for _ in range(_TRIES):
        if app.operations.put_new(Item(pk, sk, {**_values(consent), "number": 1}, ttl=expires)):
            return consent
        found = app.operations.get(pk, sk)
        if found is None:
            continue
        before, number = _consent(found), int(found.attributes.get("number", 1)) + 1
        if before.given is consent.given:
            return before
        step = f"{consent.step}~{number}"
        after = replace(
            consent,
            id=rules.consent_id(consent.evidence_contact, step, consent.purpose),
            at=max(consent.at, before.at + 1),
        )
        values = {**_values(after), "number": number}
        if app.operations.put_if(Item(pk, sk, values, ttl=expires), "number", number):
            return after
    raise Conflict("answers kept coming", code="busy")


def _records(app: App, subject: str, prefix: str) -> list[Consent]:
    items: Sequence[Item] = app.operations.list(_partition(subject), prefix)
    return [_consent(item) for item in items]


def _partition(subject: str) -> str:
    return f"consent#{subject}"


def _values(consent: Consent) -> dict[str, str | int | bool]:
    return {
        "id": consent.id,
        "subject": consent.subject,
        "purpose": str(consent.purpose),
        "given": consent.given,
        "at": consent.at,
        "text": consent.text_version,
        "contact": consent.evidence_contact,
        "step": consent.step,
        "by": str(consent.by),
    }


def _consent(item: Item) -> Consent:
    held = item.attributes
    return Consent(
        id=str(held["id"]),
        subject=str(held["subject"]),
        purpose=Purpose(held["purpose"]),
        given=bool(held["given"]),
        at=int(held["at"]),
        text_version=str(held["text"]),
        evidence_contact=str(held["contact"]),
        step=str(held["step"]),
        by=By(held["by"]),
    )
