"""A carrier that rings customers, remembers whom it rang, and can be asked afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from centralino.adapters.memory.faults import Faults
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import CentralinoError, TransientDependency


@dataclass(frozen=True, slots=True)
class Dialled:
    """One call that the carrier made.

    ``joined`` tells a customer rung into a conversation from one whose call asks what to do.
    """

    contact: str
    attempt: str
    call: str
    number: str
    caller_id: str
    joined: bool
    detect: bool
    message: bool = False


class MemoryDialler:
    """The port ``Dialler``, recording.

    Like the real ones it has no idempotency key: asked twice, it rings twice. A fault on
    ``dialler.ring_into`` refuses the request (``refuse``), loses its reply (``lose_reply``) or
    kills whoever asks.

    Attributes
    ----------
    calls : list of Dialled
        Every call made, in order.
    refused : set of str
        Contacts whose customers the carrier refuses to call.
    mute : bool
        Whether the carrier cannot tell which calls it made.
    """

    def __init__(self, faults: Faults | None = None) -> None:
        self._faults = faults or Faults()
        self.calls: list[Dialled] = []
        self.refused: set[str] = set()
        self.mute = False

    def ring_into(
        self, contact: Contact, attempt: str, number: str, caller_id: str, *, detect: bool
    ) -> None:
        """Ring the customer into the conversation in which the agent waits."""
        self._make("dialler.ring_into", contact, attempt, number, caller_id, True, detect)

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
        """Ring the customer, whose call then asks what to do."""
        self._make("dialler.ring", contact, attempt, number, caller_id, False, detect, message)

    def found(self, contact: Contact, attempt: str) -> str | None:  # noqa: ARG002 - the port's
        """Return the latest call of an attempt, if one was made."""
        self._faults.before("dialler.found")
        if self.mute:
            raise TransientDependency("the carrier cannot tell")
        calls = [call.call for call in self.calls if call.attempt == attempt]
        self._faults.after("dialler.found")
        return calls[-1] if calls else None

    def _make(
        self,
        operation: str,
        contact: Contact,
        attempt: str,
        number: str,
        caller_id: str,
        joined: bool,
        detect: bool,
        message: bool = False,
    ) -> None:
        self._faults.before(operation)
        if contact.id in self.refused:
            raise CentralinoError("the carrier refuses", code="carrier_refused")
        call = f"CAout{len(self.calls) + 1}"
        self.calls.append(
            Dialled(contact.id, attempt, call, number, caller_id, joined, detect, message)
        )
        self._faults.after(operation)
