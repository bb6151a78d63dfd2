"""A carrier that does what it is told and remembers it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from centralino.adapters.memory.faults import Faults
from centralino.domain.contacts.model import Contact


@dataclass(frozen=True, slots=True)
class MediaCall:
    """One request to the carrier: the port's method and what it was about.

    ``agent`` is whose leg was added, an agent or a number.
    """

    method: str
    contact: str
    rid: str | None = None
    agent: str | None = None


class MemoryMedia:
    """The port ``Media``, recording.

    Parameters
    ----------
    joins : bool
        Whether an accepted offer counts as connected only once its legs have joined.

    Attributes
    ----------
    calls : deque of MediaCall
        The last ``keep`` requests.
    gone : set of str
        Contacts whose call has ended; ``hang_up`` adds to it.
    mute : bool
        Whether the carrier cannot tell which calls exist.
    listener : callable or None
        Told of each request.
    """

    def __init__(
        self, *, joins: bool = False, faults: Faults | None = None, keep: int | None = None
    ) -> None:
        self._joins = joins
        self.calls: deque[MediaCall] = deque(maxlen=keep)
        self.gone: set[str] = set()
        self.mute = False
        self.listener: Callable[[MediaCall], None] | None = None
        self._faults = faults or Faults()

    def joins(self, contact: Contact) -> bool:  # noqa: ARG002 - the port's signature
        """Tell whether legs have to join."""
        return self._joins

    def add_agent(self, contact: Contact, rid: str, agent_id: str) -> None:
        """Ring the agent's leg into the conversation named by the contact."""
        self._do(MediaCall("add_agent", contact.id, rid, agent_id))

    def add_number(self, contact: Contact, rid: str, number: str) -> None:
        """Ring an outside number into the conversation."""
        self._do(MediaCall("add_number", contact.id, rid, number))

    def bring_caller(self, contact: Contact) -> None:
        """Take the caller out of the queue."""
        self._do(MediaCall("bring_caller", contact.id))

    def drop_agent(self, contact: Contact, rid: str) -> None:
        """End the agent's leg of this offer; the caller stays."""
        self._do(MediaCall("drop_agent", contact.id, rid))

    def recall_caller(self, contact: Contact) -> None:
        """Bring a caller who already left the queue back to it."""
        self._do(MediaCall("recall_caller", contact.id))

    def hold(self, contact: Contact) -> None:
        """Put the caller on hold."""
        self._do(MediaCall("hold", contact.id))

    def resume(self, contact: Contact) -> None:
        """Take the caller off hold."""
        self._do(MediaCall("resume", contact.id))

    def hang_up(self, contact: Contact) -> None:
        """End the call with all its legs."""
        self._do(MediaCall("hang_up", contact.id))

    def alive(self, contact: Contact) -> bool | None:
        """Tell whether the caller's call exists; ``None`` when the carrier is mute."""
        self._faults.before("media.alive")
        return None if self.mute else contact.id not in self.gone

    def _do(self, call: MediaCall) -> None:
        self._faults.before(f"media.{call.method}")
        self.calls.append(call)
        if call.method == "hang_up":
            self.gone.add(call.contact)
        if self.listener is not None:
            self.listener(call)
        self._faults.after(f"media.{call.method}")
