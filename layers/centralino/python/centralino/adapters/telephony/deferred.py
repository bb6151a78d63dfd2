"""The media of whichever provider carries a call, made when first used.

Most commands of most functions touch no call.
"""

from __future__ import annotations

from collections.abc import Callable

from centralino.application.ports import Media
from centralino.domain.contacts.model import Contact


class DeferredMedia:
    """The port ``Media`` over what ``make`` returns for the provider of a contact.

    ``make`` is called for each use, so that a rotated secret is taken up; it keeps what is dear.
    """

    def __init__(self, make: Callable[[str], Media]) -> None:
        self._make = make

    def joins(self, contact: Contact) -> bool:
        """See :meth:`Media.joins`."""
        return self._make(contact.provider).joins(contact)

    def add_agent(self, contact: Contact, rid: str, agent_id: str) -> None:
        """See :meth:`Media.add_agent`."""
        self._make(contact.provider).add_agent(contact, rid, agent_id)

    def add_number(self, contact: Contact, rid: str, number: str) -> None:
        """See :meth:`Media.add_number`."""
        self._make(contact.provider).add_number(contact, rid, number)

    def bring_caller(self, contact: Contact) -> None:
        """See :meth:`Media.bring_caller`."""
        self._make(contact.provider).bring_caller(contact)

    def drop_agent(self, contact: Contact, rid: str) -> None:
        """See :meth:`Media.drop_agent`."""
        self._make(contact.provider).drop_agent(contact, rid)

    def recall_caller(self, contact: Contact) -> None:
        """See :meth:`Media.recall_caller`."""
        self._make(contact.provider).recall_caller(contact)

    def hold(self, contact: Contact) -> None:
        """See :meth:`Media.hold`."""
        self._make(contact.provider).hold(contact)

    def resume(self, contact: Contact) -> None:
        """See :meth:`Media.resume`."""
        self._make(contact.provider).resume(contact)

    def hang_up(self, contact: Contact) -> None:
        """See :meth:`Media.hang_up`."""
        self._make(contact.provider).hang_up(contact)

    def alive(self, contact: Contact) -> bool | None:
        """See :meth:`Media.alive`."""
        return self._make(contact.provider).alive(contact)
