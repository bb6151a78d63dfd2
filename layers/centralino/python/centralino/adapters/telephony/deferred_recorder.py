"""The recorder of whichever provider carries a call, made when first used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NoReturn

from centralino.application.ports import Recorder
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import RuleViolation


class DeferredRecorder:
    """The port ``Recorder`` over what ``make`` returns for the provider of a contact.

    A finished sound has no contact: whoever wants it asks the recorder of its provider.
    """

    def __init__(self, make: Callable[[str], Recorder]) -> None:
        self._make = make

    def start(self, contact: Contact, name: str) -> None:
        """See :meth:`Recorder.start`."""
        self._make(contact.provider).start(contact, name)

    def pause(self, contact: Contact, name: str) -> None:
        """See :meth:`Recorder.pause`."""
        self._make(contact.provider).pause(contact, name)

    def resume(self, contact: Contact, name: str) -> None:
        """See :meth:`Recorder.resume`."""
        self._make(contact.provider).resume(contact, name)

    def stop(self, contact: Contact, name: str) -> None:
        """See :meth:`Recorder.stop`."""
        self._make(contact.provider).stop(contact, name)

    def fetch(self, reference: str) -> Iterator[bytes]:
        """Refuse: nothing tells which provider has it."""
        self._refuse(reference)

    def erase(self, reference: str) -> None:
        """Refuse: nothing tells which provider has it."""
        self._refuse(reference)

    def _refuse(self, reference: str) -> NoReturn:
        raise RuleViolation(f"no provider is named for {reference}", code="not_supported")
