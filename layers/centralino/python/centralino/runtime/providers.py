"""Who listens in and dials, by the provider of a call; part of the composition root.

Only what a process uses is imported and made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from centralino.application.callbacks import items as callback_items
from centralino.application.ports import (
    Dialler,
    NoDialler,
    NoSupervision,
    Supervision,
)
from centralino.domain.callbacks.model import attempt_id
from centralino.domain.contacts.model import Contact
from centralino.domain.telephony.capabilities import Provider
from centralino.runtime import wiring

if TYPE_CHECKING:
    from centralino.adapters.telephony.twilio.dialler import Dialled


def supervision(provider: str) -> Supervision:
    """Return who lets supervisors into the conversations of a provider."""
    if provider == Provider.TWILIO:
        from centralino.adapters.telephony.twilio.supervision import TwilioSupervision

        account = wiring.twilio()
        return TwilioSupervision(wiring.twilio_api(account), account.urls, wiring.number_of)
    if provider == Provider.WEBVOICE:
        from centralino.adapters.telephony.webvoice.media import WebvoiceSupervision
        from centralino.application.rooms import rooms_of

        return WebvoiceSupervision(rooms_of(wiring.app()))
    return NoSupervision()


def dialler(provider: str) -> Dialler:
    """Return who rings customers for a provider."""
    if provider != Provider.TWILIO:
        return NoDialler()
    from centralino.adapters.telephony.twilio.dialler import TwilioDialler

    account = wiring.twilio()
    return TwilioDialler(wiring.twilio_api(account), account.urls, _written)


def _written(contact: Contact, attempt: str) -> Dialled | None:
    """Return what an attempt of a callback was written down with, while its number is kept."""
    from centralino.adapters.telephony.twilio.dialler import Dialled

    callback = contact.callback
    if callback is None:
        return None
    asked = [a.asked_at for a in callback.attempts if attempt_id(contact.id, a.number) == attempt]
    number = callback_items.number_of(wiring.app(), contact.id, contact.queue) if asked else None
    if number is None:
        return None
    return Dialled(number, wiring.number_of(contact), asked[0])
