"""Who is in a web conversation, and who hears whom there.

A room is the conversation of a contact, a child's that of its parent, whose members' pages connect
to each other directly. It is immutable here; every change makes the next version, and a change
that is there already returns the room as it was.

Who hears whom is decided from the whole room, never remembered:

* nobody hears a held customer, nor does the customer hear anybody;
* a supervisor hears all, and is heard by nobody (``monitor``), by the agent beside whom they sit
  (``coach``) or by all (``barge``);
* nobody hears who is muted;
* everybody else hears everybody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from centralino.domain.contacts.supervision import Mode
from centralino.domain.errors import NotFound, RuleViolation

#: The name of the customer among the members.
CALLER = "caller"
#: A mesh: each member sends its voice to each other one.
MOST_PEERS = 4


class Role(StrEnum):
    """What a member is in the conversation. A third party is an agent there."""

    CALLER = "caller"
    AGENT = "agent"
    SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class Peer:
    """A member.

    Attributes
    ----------
    id : str
        ``caller``, the rid of an agent, the leg of a supervisor.
    who : str
        The call or the agent whose pages it is reached at.
    seat : int
        The room's version when it entered, or began anew with a page loaded again. Of two
        members the one with the higher seat makes the connection.
    joined : bool
        Whether it has told that it can hear and be heard.
    mode, beside : str
        A supervisor's mode, and the member who is coached.
    muted : bool
        Whether nobody hears it. A page begun anew is muted as the one before it was.
    """

    id: str
    who: str
    role: Role
    seat: int = 0
    joined: bool = False
    mode: Mode | None = None
    beside: str = ""
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """Another member as one member sees it.

    ``send``: the other hears me; ``receive``: I hear the other; ``offer``: I make the connection.
    """

    peer: Peer
    send: bool
    receive: bool
    offer: bool


@dataclass(frozen=True, slots=True)
class Room:
    """A conversation's members. ``version`` rises by one per change; closed is for good."""

    id: str
    version: int = 0
    peers: tuple[Peer, ...] = ()
    held: bool = False
    closed: bool = False

    def find(self, peer_id: str) -> Peer | None:
        """Return a member, if it is one."""
        return next((peer for peer in self.peers if peer.id == peer_id), None)

    def of(self, who: str) -> Peer | None:
        """Return the member that this call or agent is, if any."""
        return next((peer for peer in self.peers if peer.who == who), None)


def enter(room: Room, peer: Peer, *, anew: bool = False) -> Room:
    """Return the room with this member in it, who has not joined yet.

    Entering twice changes nothing, unless the member begins ``anew`` or had joined as somebody
    else: then it gets a new seat, and all connect to it again. Nobody is in a room twice: who
    comes as another member leaves the former place.

    Raises
    ------
    RuleViolation
        The conversation is over (``room_closed``), or as many as can be are in it
        (``room_full``).
    """
    if room.closed:
        raise RuleViolation("the conversation is over", code="room_closed")
    present = room.find(peer.id)
    same = present is not None and present.who == peer.who and present.role is peer.role
    if same and not anew:
        return room
    others = tuple(p for p in room.peers if p.id != peer.id and p.who != peer.who)
    if len(others) >= MOST_PEERS:
        raise RuleViolation("nobody else can join this conversation", code="room_full")
    version = room.version + 1
    muted = peer.muted or (same and present is not None and present.muted)
    seated = replace(peer, seat=version, joined=False, muted=muted)
    return replace(room, version=version, peers=(*others, seated))


def begin_anew(room: Room, peer_id: str, who: str) -> Room:
    """Return the room with a member's page begun anew; who is not in it does not come in by this.

    Whoever takes a member out, or lets it be heard otherwise, may do so at the same moment: what
    counts is the member as it is in this very version.
    """
    present = room.find(peer_id)
    if present is None or present.who != who:
        return room
    return enter(room, present, anew=True)


def joined(room: Room, peer_id: str) -> Room:
    """Return the room after a member told that it is connected."""
    return _with(room, peer_id, lambda peer: replace(peer, joined=True))


def leave(room: Room, peer_id: str) -> Room:
    """Return the room without this member; one who is not in it needs nothing."""
    if room.find(peer_id) is None:
        return room
    others = tuple(peer for peer in room.peers if peer.id != peer_id)
    return replace(room, version=room.version + 1, peers=others)


def hold(room: Room) -> Room:
    """Return the room with the customer on hold."""
    return _held(room, held=True)


def resume(room: Room) -> Room:
    """Return the room with the customer in the talk."""
    return _held(room, held=False)


def mute(room: Room, peer_id: str) -> Room:
    """Return the room in which nobody hears this member; one who is not in it needs nothing."""
    return _with(room, peer_id, lambda peer: replace(peer, muted=True))


def unmute(room: Room, peer_id: str) -> Room:
    """Return the room in which the others hear this member again."""
    return _with(room, peer_id, lambda peer: replace(peer, muted=False))


def supervise(room: Room, peer_id: str, mode: Mode, beside: str) -> Room:
    """Return the room with a supervisor heard in another way.

    Raises
    ------
    NotFound
        No supervisor of this name is in it (code ``not_in_room``).
    """
    peer = room.find(peer_id)
    if peer is None or peer.role is not Role.SUPERVISOR:
        raise NotFound("this supervisor is not in the conversation", code="not_in_room")
    return _with(room, peer_id, lambda p: replace(p, mode=mode, beside=beside))


def close(room: Room) -> Room:
    """Return the room empty, for good."""
    if room.closed:
        return room
    return replace(room, version=room.version + 1, peers=(), held=False, closed=True)


def hears(room: Room, listener: Peer, speaker: Peer) -> bool:
    """Tell whether one member hears another."""
    if listener.id == speaker.id or speaker.muted:
        return False
    if room.held and Role.CALLER in (listener.role, speaker.role):
        return False
    if speaker.role is not Role.SUPERVISOR:
        return True
    if speaker.mode is Mode.COACH:
        return listener.id == speaker.beside
    return speaker.mode is Mode.BARGE


def links(room: Room, peer_id: str) -> tuple[Link, ...]:
    """Return what a member is to do with each other one, in the order they came."""
    me = room.find(peer_id)
    if me is None:
        return ()
    return tuple(
        Link(
            peer=other,
            send=hears(room, other, me),
            receive=hears(room, me, other),
            offer=me.seat > other.seat,
        )
        for other in room.peers
        if other.id != peer_id
    )


def may_signal(room: Room, who: str, to: str) -> tuple[Peer, Peer] | None:
    """Return sender and addressee of a signal if both are members, and two of them."""
    sender, addressee = room.of(who), room.find(to)
    if room.closed or sender is None or addressee is None or sender.id == addressee.id:
        return None
    return sender, addressee


def _with(room: Room, peer_id: str, change: Callable[[Peer], Peer]) -> Room:
    before = room.find(peer_id)
    if before is None:
        return room
    after = change(before)
    if after == before:
        return room
    peers = tuple(after if peer.id == peer_id else peer for peer in room.peers)
    return replace(room, version=room.version + 1, peers=peers)


def _held(room: Room, *, held: bool) -> Room:
    if room.closed or room.held is held:
        return room
    return replace(room, version=room.version + 1, held=held)
