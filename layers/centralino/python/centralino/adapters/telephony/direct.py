"""The ``Media`` port of a contact without a call, such as a message that was left.

Decides nothing: there is no leg that could be added, moved or ended, and nobody to ask.
"""

from __future__ import annotations

from centralino.domain.contacts.model import Contact
from centralino.domain.errors import RuleViolation


class DirectMedia:
    """An accepted offer counts as connected at once; every operation is done by the ends."""

    def joins(self, contact: Contact) -> bool:  # noqa: ARG002 - the port's signature
        """Return False: nobody tells when the two ends hear each other."""
        return False

    def add_agent(self, contact: Contact, rid: str, agent_id: str) -> None:
        """Do nothing: the agent's end connects on accepting."""

    def add_number(self, contact: Contact, rid: str, number: str) -> None:  # noqa: ARG002
        """Refuse: there is no carrier that could call a number."""
        raise RuleViolation("this provider reaches no outside number", code="not_supported")

    def bring_caller(self, contact: Contact) -> None:
        """Do nothing: the caller's end connects when the agent's does."""

    def drop_agent(self, contact: Contact, rid: str) -> None:
        """Do nothing: the agent's end is told that the offer or the talk is over."""

    def recall_caller(self, contact: Contact) -> None:
        """Do nothing: the caller's end waits again when the agent's is gone."""

    def hold(self, contact: Contact) -> None:
        """Do nothing: the ends are told that the contact is held."""

    def resume(self, contact: Contact) -> None:
        """Do nothing: the ends are told that the contact goes on."""

    def mute_agent(self, contact: Contact, rid: str) -> None:  # noqa: ARG002
        """Refuse: nobody speaks."""
        raise RuleViolation("there is nobody to mute", code="not_supported")

    def unmute_agent(self, contact: Contact, rid: str) -> None:  # noqa: ARG002
        """Refuse, as :meth:`mute_agent` does."""
        raise RuleViolation("there is nobody to mute", code="not_supported")

    def send_digits(self, contact: Contact, rid: str | None, name: str) -> None:  # noqa: ARG002
        """Refuse: there is no leg that could hear them."""
        raise RuleViolation("there is nobody to hear keys", code="not_supported")

    def announce(self, contact: Contact) -> None:
        """Do nothing: the caller's end is told what has become of the agent's."""

    def has_leg(self, contact: Contact, rid: str) -> bool | None:  # noqa: ARG002
        """Return ``None``: there are no legs to tell of."""
        return None

    def hang_up(self, contact: Contact) -> None:
        """Do nothing: both ends are told that the contact is over."""

    def alive(self, contact: Contact) -> bool | None:  # noqa: ARG002 - the port's signature
        """Return ``None``: nobody but the caller's end knows."""
        return None
