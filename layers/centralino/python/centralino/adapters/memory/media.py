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

    ``agent`` is whose leg was added, an agent or a number; ``name`` that of the keys to be heard.
    """

    method: str
    contact: str
    rid: str | None = None
    agent: str | None = None
    name: str | None = None


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
        Contacts whose call has ended; ``hang_up`` adds to it. Calls, of contacts that make more
        than one: those that call customers back.
    legs : dict
        Who is in each conversation or on the way there: by conversation, the leg's ``rid`` (empty
        for the caller's) and whether it has joined. :meth:`join` and :meth:`leave` are what
        people and networks do to it.
    muted : set of (room, rid)
        The legs nobody hears; a leg that goes takes it along.
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
        self.legs: dict[str, dict[str, bool]] = {}
        self.muted: set[tuple[str, str]] = set()
        self.mute = False
        self.listener: Callable[[MediaCall], None] | None = None
        self._faults = faults or Faults()

    def join(self, room: str, rid: str | None) -> None:
        """Let a leg, or the caller's, enter a conversation, which begins with the first."""
        self.legs.setdefault(room, {})[rid or ""] = True

    def leave(self, room: str, rid: str | None) -> None:
        """Let a leg go; the conversation, not what still rings, ends with the caller's."""
        legs = self.legs.get(room, {})
        self.muted.discard((room, rid or ""))
        if legs.pop(rid or "", False) and rid is None:
            self.legs[room] = {leg: joined for leg, joined in legs.items() if not joined}

    def joins(self, contact: Contact) -> bool:
        """Tell whether legs have to join; what is no call has none."""
        return self._joins and bool(contact.provider)

    def add_agent(self, contact: Contact, rid: str, agent_id: str) -> None:
        """Ring the agent's leg into the conversation named by the contact."""
        self._do(contact, MediaCall("add_agent", contact.id, rid, agent_id), self._ring)

    def add_number(self, contact: Contact, rid: str, number: str) -> None:
        """Ring an outside number into the conversation."""
        self._do(contact, MediaCall("add_number", contact.id, rid, number), self._ring)

    def bring_caller(self, contact: Contact) -> None:
        """Take the caller out of the queue."""
        self._do(contact, MediaCall("bring_caller", contact.id))

    def drop_agent(self, contact: Contact, rid: str) -> None:
        """End the agent's leg of this offer; the caller stays."""
        self._do(contact, MediaCall("drop_agent", contact.id, rid), self.leave)

    def recall_caller(self, contact: Contact) -> None:
        """Bring a caller who already left the queue back to it."""
        self._do(contact, MediaCall("recall_caller", contact.id), self.leave)

    def hold(self, contact: Contact) -> None:
        """Put the caller on hold."""
        self._do(contact, MediaCall("hold", contact.id))

    def resume(self, contact: Contact) -> None:
        """Take the caller off hold."""
        self._do(contact, MediaCall("resume", contact.id))

    def mute_agent(self, contact: Contact, rid: str) -> None:
        """Let nobody hear the agent."""
        self._do(contact, MediaCall("mute_agent", contact.id, rid), self._mute)

    def unmute_agent(self, contact: Contact, rid: str) -> None:
        """Let the others hear the agent."""
        self._do(contact, MediaCall("unmute_agent", contact.id, rid), self._unmute)

    def send_digits(self, contact: Contact, rid: str | None, name: str) -> None:
        """Have a leg ask for the keys it hears."""
        self._do(contact, MediaCall("send_digits", contact.id, rid, name=name))

    def announce(self, contact: Contact) -> None:
        """Have the caller hear something in between."""
        self._do(contact, MediaCall("announce", contact.id))

    def has_leg(self, contact: Contact, rid: str) -> bool | None:
        """Tell whether a leg has joined; ``None`` when the carrier is mute or has no legs."""
        self._faults.before("media.has_leg")
        if self.mute or not self.joins(contact):
            return None
        return self.legs.get(_room(contact), {}).get(rid, False)

    def hang_up(self, contact: Contact) -> None:
        """End the call with all its legs."""
        self._do(contact, MediaCall("hang_up", contact.id))

    def alive(self, contact: Contact) -> bool | None:
        """Tell whether the caller's call exists; ``None`` when the carrier is mute."""
        self._faults.before("media.alive")
        return None if self.mute else self.gone.isdisjoint({contact.id, contact.call or ""})

    def _mute(self, room: str, rid: str | None) -> None:
        if (rid or "") in self.legs.get(room, {}):
            self.muted.add((room, rid or ""))

    def _unmute(self, room: str, rid: str | None) -> None:
        self.muted.discard((room, rid or ""))

    def _ring(self, room: str, rid: str | None) -> None:
        self.legs.setdefault(room, {}).setdefault(rid or "", False)

    def _do(
        self,
        contact: Contact,
        call: MediaCall,
        act: Callable[[str, str | None], None] | None = None,
    ) -> None:
        self._faults.before(f"media.{call.method}")
        self.calls.append(call)
        if act is not None:
            act(_room(contact), call.rid)
        if call.method == "hang_up":
            several = contact.calls_back or contact.answers_callback
            self.gone.add(contact.call or "" if several else call.contact)
            self.legs.pop(_room(contact), None)
        if self.listener is not None:
            self.listener(call)
        self._faults.after(f"media.{call.method}")


def _room(contact: Contact) -> str:
    """Return the name of the conversation a contact takes part in."""
    return contact.parent or contact.id
