"""What can be done to a call between pages: the ports ``Media`` and ``Supervision``.

The conversation of a contact is a room named by its id, a child's that of its parent. Whoever is
in it is told each change; a caller who is to come or to go is told to ask what to do now, as a
carrier is that redirects a call. So every operation may be repeated.
"""

from __future__ import annotations

from collections.abc import Callable

from centralino.application import web_calls
from centralino.application.rooms import Rooms
from centralino.domain.contacts.model import Contact
from centralino.domain.contacts.supervision import Mode
from centralino.domain.errors import RuleViolation
from centralino.domain.telephony import rooms
from centralino.domain.telephony.rooms import CALLER, Peer, Role, Room


class WebvoiceMedia:
    """The port ``Media``."""

    def __init__(self, conversations: Rooms) -> None:
        self._rooms = conversations
        self._operations = conversations.operations
        self._clock = conversations.clock

    def joins(self, contact: Contact) -> bool:  # noqa: ARG002 - the port's signature
        """Return True: the agent's page, then the caller's, tell that they are connected."""
        return True

    def add_agent(self, contact: Contact, rid: str, agent_id: str) -> None:
        """Let the agent's page enter the room; one that had joined begins anew.

        Raises
        ------
        RuleViolation
            The room is full or closed.
        """
        seat_at(self._rooms, room_of(contact), Peer(rid, agent_id, Role.AGENT))

    def add_number(self, contact: Contact, rid: str, number: str) -> None:  # noqa: ARG002
        """Refuse: no page can call a number."""
        raise RuleViolation("web calls reach no outside number", code="not_supported")

    def bring_caller(self, contact: Contact) -> None:
        """Tell the caller's page to ask what to do now, unless it is in the talk already."""
        caller = self._rooms.get(room_of(contact)).find(CALLER)
        if caller is None or not caller.joined:
            self._ask(contact)

    def drop_agent(self, contact: Contact, rid: str) -> None:
        """Take this member out of the room; the others stay."""
        self._rooms.change(room_of(contact), lambda room: rooms.leave(room, rid))

    def recall_caller(self, contact: Contact) -> None:
        """Take the caller out of the room; one who never entered stays put."""
        if self._rooms.get(room_of(contact)).find(CALLER) is not None:
            self._rooms.change(room_of(contact), lambda room: rooms.leave(room, CALLER), "recalled")
            self._ask(contact)

    def hold(self, contact: Contact) -> None:
        """Let nobody hear the caller, nor the caller anybody."""
        self._rooms.change(room_of(contact), rooms.hold)

    def resume(self, contact: Contact) -> None:
        """Let the caller and the others hear each other again."""
        self._rooms.change(room_of(contact), rooms.resume)

    def mute_agent(self, contact: Contact, rid: str) -> None:
        """Let nobody hear this member, who hears on."""
        self._speak(contact, rid, rooms.mute)

    def unmute_agent(self, contact: Contact, rid: str) -> None:
        """Let the others hear this member again."""
        self._speak(contact, rid, rooms.unmute)

    def send_digits(self, contact: Contact, rid: str | None, name: str) -> None:  # noqa: ARG002
        """Refuse: at the other end is a page, which hears no keys."""
        raise RuleViolation("no page hears keys", code="not_supported")

    def announce(self, contact: Contact) -> None:
        """Tell the caller's page to ask for what is heard over the talk."""
        self._ask(contact, "announce")

    def has_leg(self, contact: Contact, rid: str) -> bool | None:
        """Tell whether this member's page is connected with the others."""
        peer = self._rooms.get(room_of(contact)).find(rid)
        return peer is not None and peer.joined

    def hang_up(self, contact: Contact) -> None:
        """Close the room and tell the caller's page that the call is over."""
        self._rooms.change(room_of(contact), rooms.close)
        if contact.call is None or not web_calls.connected(self._operations, contact.call):
            # Who connects later asks, and is told then.
            return
        number = web_calls.next_number(self._operations, self._clock, contact.call)
        frame = {"type": "actions", "call": contact.call, "number": number, "answers": "none"}
        self._rooms.realtime.push(contact.call, {**frame, "actions": [{"do": "hangup"}]})

    def alive(self, contact: Contact) -> bool | None:
        """Tell whether the caller's page is there; ``None`` while it may be coming back."""
        call = contact.call
        if call is None:
            return False
        if web_calls.connected(self._operations, call):
            # A push forgets a socket that has gone: who asks again later is told so.
            return True if self._rooms.realtime.push(call, {"type": "look"}) else None
        closed = web_calls.closed(self._operations, call)
        recent = (
            closed is not None and self._clock.now() - closed.attributes["at"] < web_calls.GRACE_MS
        )
        return None if recent else False

    def _speak(self, contact: Contact, rid: str, step: Callable[[Room, str], Room]) -> None:
        """Change whether a member is heard; tell its page again where it was so already.

        What told it first may have been lost, and then it would go on speaking.
        """
        before, after = self._rooms.change(room_of(contact), lambda room: step(room, rid))
        member = after.find(rid)
        if after is before and member is not None:
            self._rooms.show(after, member)

    def _ask(self, contact: Contact, event: str = "present") -> None:
        if contact.call is not None:
            frame = {"type": "ask", "call": contact.call, "event": event}
            self._rooms.realtime.push(contact.call, frame)


class WebvoiceSupervision:
    """The port ``Supervision``: a supervisor's page enters the room like an agent's."""

    def __init__(self, conversations: Rooms) -> None:
        self._rooms = conversations

    def listen(self, contact: Contact, leg: str, agent_id: str, mode: str, beside: str) -> None:
        """Let the supervisor's page enter the room in this mode.

        Raises
        ------
        RuleViolation
            The room is full or closed.
        """
        peer = Peer(leg, agent_id, Role.SUPERVISOR, mode=Mode(mode), beside=beside)
        seat_at(self._rooms, room_of(contact), peer)
        self.change(contact, leg, mode, beside)

    def change(self, contact: Contact, leg: str, mode: str, beside: str) -> None:
        """Let the supervisor be heard otherwise."""
        self._rooms.change(
            room_of(contact), lambda room: rooms.supervise(room, leg, Mode(mode), beside)
        )

    def leave(self, contact: Contact, leg: str) -> None:
        """Take the supervisor out of the room."""
        self._rooms.change(room_of(contact), lambda room: rooms.leave(room, leg))


def room_of(contact: Contact) -> str:
    """Return the name of the room in which the contact's conversation is."""
    return contact.parent or contact.id


def seat_at(conversations: Rooms, room_id: str, peer: Peer) -> None:
    """Let a page enter a room; tell it once more where it had been let in but did not join."""

    def step(room: Room) -> Room:
        present = room.find(peer.id)
        return rooms.enter(room, peer, anew=present is not None and present.joined)

    before, after = conversations.change(room_id, step)
    seated = after.find(peer.id)
    if after is before and seated is not None:
        conversations.show(after, seated)
