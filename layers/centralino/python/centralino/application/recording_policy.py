"""Whether a contact's call is recorded: by its queue, its provider and its customer's consent."""

from __future__ import annotations

from centralino.application import consents, provided, retired
from centralino.application.app import App
from centralino.domain import recordings as rules
from centralino.domain.configuration.model import Queue
from centralino.domain.consents import Purpose
from centralino.domain.contacts.model import TALKING, Contact
from centralino.domain.errors import NotFound
from centralino.domain.telephony.capabilities import Capability


def wanted(app: App, contact: Contact) -> int | None:
    """Return for how many days the talk under way is to be kept; ``None``: not recorded."""
    if contact.parent is not None or contact.state not in TALKING or contact.segment is None:
        return None
    queue = recording_queue(app, contact.queue)
    if queue is None or not able(app, contact):
        return None
    if queue.recording == rules.WITH_CONSENT and not consents.stands(
        app, consents.holder(contact), Purpose.RECORDING
    ):
        return None
    return queue.recording_days


def able(app: App, contact: Contact) -> bool:
    """Tell whether whoever carries a contact's call can record it."""
    return provided.can(app, contact, Capability.RECORD)


def recording_queue(app: App, queue_id: str | None) -> Queue | None:
    """Return the rules of a queue that records; ``None`` for any other."""
    queue = queue_of(app, queue_id)
    return queue if queue is not None and queue.recording != rules.NEVER else None


def queue_of(app: App, queue_id: str | None) -> Queue | None:
    """Return the rules of a queue, if there is or lately was one."""
    if queue_id is None:
        return None
    try:
        return retired.rules_of(app, queue_id)
    except NotFound:
        return None
