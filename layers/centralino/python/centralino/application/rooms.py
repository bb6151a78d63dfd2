"""The rooms of web conversations: kept in ``ops``, one item each, and told to who is in them.

Every change is a conditional write over the version read, so two at once never undo each other,
and whoever a change concerns is sent the room as it now is, with its version: a frame that comes
late or twice is recognised by the page. Rules of who hears whom: :mod:`domain.telephony.rooms`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from centralino.application.app import App
from centralino.application.ports import Clock, Item, Operations, Realtime
from centralino.application.ports.ice import IceServers, NoIceServers
from centralino.domain.contacts.supervision import Mode
from centralino.domain.errors import TransientDependency
from centralino.domain.telephony.rooms import CALLER, Link, Peer, Role, Room, links

#: Longer than any call; every change begins it anew.
TTL_S = 24 * 3600
ATTEMPTS = 8
_ITEM = "room"


@dataclass(frozen=True, slots=True)
class Rooms:
    """The rooms, and the pages of those who are in them."""

    operations: Operations
    realtime: Realtime
    clock: Clock
    ice: IceServers = field(default_factory=NoIceServers)

    def get(self, room_id: str) -> Room:
        """Return a room as it stands; one nobody has entered yet is empty."""
        item = self.operations.get(_key(room_id), _ITEM)
        return _room(room_id, item.attributes) if item is not None else Room(room_id)

    def change(
        self, room_id: str, step: Callable[[Room], Room], reason: str = "ended"
    ) -> tuple[Room, Room]:
        """Change a room and tell its members; return it before and after.

        Parameters
        ----------
        reason : str
            What those who are in it no more are told.

        Raises
        ------
        TransientDependency
            The room kept changing (``room_busy``), or the store failed.
        """
        for _ in range(ATTEMPTS):
            before = self.get(room_id)
            after = step(before)
            if after is before:
                return before, after
            if self.operations.put_if(self._item(after), "version", after.version):
                self._note_seats(before, after)
                self._tell(before, after, reason)
                return before, after
        raise TransientDependency("the conversation kept changing", code="room_busy")

    def show(self, room: Room, peer: Peer) -> None:
        """Tell a member of the room again, as to one who just entered."""
        self.realtime.push(peer.who, {"type": "room", **self.view(room, peer)})

    def view(self, room: Room, peer: Peer) -> dict[str, Any]:
        """Return the room as a member sees it; see ``contracts.webvoice.RoomState``."""
        servers = () if peer.joined else self.ice.servers()
        return {
            "room": room.id,
            "me": peer.id,
            "seat": peer.seat,
            "version": room.version,
            "held": room.held,
            "muted": peer.muted,
            "peers": [_seen(link, peer) for link in links(room, peer.id)],
            "ice_servers": [server.plain() for server in servers],
        }

    def of(self, who: str, beside: Iterable[str] = ()) -> list[tuple[Room, Peer]]:
        """Return the rooms somebody is in, and as which member.

        Parameters
        ----------
        beside : iterable of str
            Rooms to look in beside those that were noted: an agent's slots lead to an agent's.
        """
        noted = [entry.sk for entry in self.operations.list(_seats(who))]
        rooms = [self.get(room_id) for room_id in dict.fromkeys([*noted, *beside])]
        return [(room, peer) for room in rooms if (peer := room.of(who)) is not None]

    def _item(self, room: Room) -> Item:
        attributes = {
            "version": room.version,
            "held": room.held,
            "closed": room.closed,
            "peers": [_written(peer) for peer in room.peers],
        }
        return Item(_key(room.id), _ITEM, attributes, ttl=self._expires())

    def _note_seats(self, before: Room, after: Room) -> None:
        """Keep which rooms a supervisor is in, to find one whose page has gone.

        An agent's slots tell the same of an agent. An entry left behind by a crash is harmless:
        the room itself says who is in it.
        """
        were, are = _supervisors(before), _supervisors(after)
        for who in sorted(are - were):
            self.operations.put(Item(_seats(who), after.id, {}, ttl=self._expires()))
        for who in sorted(were - are):
            self.operations.delete(_seats(who), after.id)

    def _tell(self, before: Room, after: Room, reason: str) -> None:
        for peer in after.peers:
            known = before.find(peer.id)
            entered = known is None or known.seat != peer.seat
            # A caller who enters is told with the list of actions that made them enter.
            if entered and peer.id == CALLER:
                continue
            if entered or _outlook(before, peer.id) != _outlook(after, peer.id):
                self.show(after, peer)
        for peer in before.peers:
            now = after.find(peer.id)
            if now is None or now.who != peer.who:
                left = {"type": "left", "room": after.id, "me": peer.id, "version": after.version}
                self.realtime.push(peer.who, {**left, "reason": reason})

    def _expires(self) -> int:
        return self.clock.now() // 1000 + TTL_S


def rooms_of(app: App) -> Rooms:
    """Return the rooms behind this application's ports."""
    return Rooms(app.operations, app.realtime, app.clock, app.ice)


def _outlook(room: Room, peer_id: str) -> tuple[bool, bool, Sequence[Any]]:
    me = room.find(peer_id)
    return (
        room.held,
        me is not None and me.muted,
        [_seen(link, me) for link in links(room, peer_id)],
    )


def _seen(link: Link, me: Peer | None) -> dict[str, Any]:
    # What else somebody is whom a customer talks to is not the customer's to know.
    caller = me is not None and me.role is Role.CALLER
    return {
        "peer": link.peer.id,
        "role": str(Role.AGENT if caller else link.peer.role),
        "seat": link.peer.seat,
        "send": link.send,
        "receive": link.receive,
        "offer": link.offer,
    }


def _supervisors(room: Room) -> set[str]:
    return {peer.who for peer in room.peers if peer.role is Role.SUPERVISOR}


def _written(peer: Peer) -> dict[str, Any]:
    return {
        "id": peer.id,
        "who": peer.who,
        "role": str(peer.role),
        "seat": peer.seat,
        "joined": peer.joined,
        "mode": str(peer.mode) if peer.mode is not None else None,
        "beside": peer.beside,
        "muted": peer.muted,
    }


def _room(room_id: str, stored: Any) -> Room:
    peers = tuple(
        Peer(
            id=row["id"],
            who=row["who"],
            role=Role(row["role"]),
            seat=row["seat"],
            joined=row["joined"],
            mode=Mode(row["mode"]) if row["mode"] is not None else None,
            beside=row["beside"],
            muted=row.get("muted", False),
        )
        for row in stored["peers"]
    )
    return Room(room_id, stored["version"], peers, stored["held"], stored["closed"])


def _key(room_id: str) -> str:
    return f"room#{room_id}"


def _seats(who: str) -> str:
    return f"seated#{who}"
