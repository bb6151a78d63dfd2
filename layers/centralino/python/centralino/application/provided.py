"""What whoever carries a contact's call can do to it, asked before anything is written of it."""

from __future__ import annotations

from centralino.application.app import App
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import RuleViolation
from centralino.domain.telephony.capabilities import Capability


def can(app: App, contact: Contact, *capabilities: Capability) -> bool:
    """Tell whether the contact's provider can do all of this; one that declares nothing may try."""
    declared = app.able(contact.provider)
    return declared is None or all(one in declared for one in capabilities)


def need(app: App, contact: Contact, *capabilities: Capability) -> None:
    """Refuse what the contact's provider cannot do.

    Raises
    ------
    RuleViolation
        It lacks one of these (``not_supported``).
    """
    if not can(app, contact, *capabilities):
        raise RuleViolation("the provider of this call cannot do that", code="not_supported")
