"""What whichever provider carries a call can do to it, made when first used.

Most commands of most functions touch no call.
"""

from __future__ import annotations

from collections.abc import Callable

from centralino.application.ports import Dialler, Media, Supervision
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

    def mute_agent(self, contact: Contact, rid: str) -> None:
        """See :meth:`Media.mute_agent`."""
        self._make(contact.provider).mute_agent(contact, rid)

    def unmute_agent(self, contact: Contact, rid: str) -> None:
        """See :meth:`Media.unmute_agent`."""
        self._make(contact.provider).unmute_agent(contact, rid)

    def send_digits(self, contact: Contact, rid: str | None, name: str) -> None:
        """See :meth:`Media.send_digits`."""
        self._make(contact.provider).send_digits(contact, rid, name)

    def announce(self, contact: Contact) -> None:
        """See :meth:`Media.announce`."""
        self._make(contact.provider).announce(contact)

    def has_leg(self, contact: Contact, rid: str) -> bool | None:
        """See :meth:`Media.has_leg`."""
        return self._make(contact.provider).has_leg(contact, rid)

    def hang_up(self, contact: Contact) -> None:
        """See :meth:`Media.hang_up`."""
        self._make(contact.provider).hang_up(contact)

    def alive(self, contact: Contact) -> bool | None:
        """See :meth:`Media.alive`."""
        return self._make(contact.provider).alive(contact)


class DeferredSupervision:
    """The port ``Supervision`` over what ``make`` returns for the provider of a contact."""

    def __init__(self, make: Callable[[str], Supervision]) -> None:
        self._make = make

    def listen(self, contact: Contact, leg: str, agent_id: str, mode: str, beside: str) -> None:
        """See :meth:`Supervision.listen`."""
        self._make(contact.provider).listen(contact, leg, agent_id, mode, beside)

    def change(self, contact: Contact, leg: str, mode: str, beside: str) -> None:
        """See :meth:`Supervision.change`."""
        self._make(contact.provider).change(contact, leg, mode, beside)

    def leave(self, contact: Contact, leg: str) -> None:
        """See :meth:`Supervision.leave`."""
        self._make(contact.provider).leave(contact, leg)


class DeferredDialler:
    """The port ``Dialler`` over what ``make`` returns for the provider of a contact."""

    def __init__(self, make: Callable[[str], Dialler]) -> None:
        self._make = make

    def ring_into(
        self, contact: Contact, attempt: str, number: str, caller_id: str, *, detect: bool
    ) -> None:
        """See :meth:`Dialler.ring_into`."""
        dialler = self._make(contact.provider)
        dialler.ring_into(contact, attempt, number, caller_id, detect=detect)

    def ring(
        self,
        contact: Contact,
        attempt: str,
        number: str,
        caller_id: str,
        *,
        detect: bool,
        message: bool = False,
    ) -> None:
        """See :meth:`Dialler.ring`."""
        dialler = self._make(contact.provider)
        dialler.ring(contact, attempt, number, caller_id, detect=detect, message=message)

    def found(self, contact: Contact, attempt: str) -> str | None:
        """See :meth:`Dialler.found`."""
        return self._make(contact.provider).found(contact, attempt)
