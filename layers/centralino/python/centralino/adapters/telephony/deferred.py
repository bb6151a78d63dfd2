"""Media made when first used: most commands of most functions touch no call."""

from __future__ import annotations

from collections.abc import Callable

from centralino.application.ports import Media
from centralino.domain.contacts.model import Contact


class DeferredMedia:
    """The port ``Media`` over whatever ``make`` returns.

    ``make`` is called for each use, so that a rotated secret is taken up; it keeps what is dear.
    """

    joins = True

    def __init__(self, make: Callable[[], Media]) -> None:
        self._make = make

    def add_agent(self, contact: Contact, rid: str, agent_id: str) -> None:
        """See :meth:`Media.add_agent`."""
        self._make().add_agent(contact, rid, agent_id)

    def add_number(self, contact: Contact, rid: str, number: str) -> None:
        """See :meth:`Media.add_number`."""
        self._make().add_number(contact, rid, number)

    def bring_caller(self, contact: Contact) -> None:
        """See :meth:`Media.bring_caller`."""
        self._make().bring_caller(contact)

    def drop_agent(self, contact: Contact, rid: str) -> None:
        """See :meth:`Media.drop_agent`."""
        self._make().drop_agent(contact, rid)

    def recall_caller(self, contact: Contact) -> None:
        """See :meth:`Media.recall_caller`."""
        self._make().recall_caller(contact)

    def hold(self, contact: Contact) -> None:
        """See :meth:`Media.hold`."""
        self._make().hold(contact)

    def resume(self, contact: Contact) -> None:
        """See :meth:`Media.resume`."""
        self._make().resume(contact)

    def hang_up(self, contact: Contact) -> None:
        """See :meth:`Media.hang_up`."""
        self._make().hang_up(contact)

    def alive(self, contact: Contact) -> bool | None:
        """See :meth:`Media.alive`."""
        return self._make().alive(contact)
