"""A page's side of a room: whom it is connected with, following what the server shows it.

Decides by the rules of the protocol (``docs/concepts/web-voice.md``): a room is a state with a
version, so what comes twice or late changes nothing; who has the higher seat came later and makes
the connection; a seat that rose is a page begun anew. Whether media flow is for `links`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.webvoice.links import Data, Link, Links
from local.webvoice.sound import Ear

Frame = Mapping[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
#: Signals kept for a member whom the room does not show yet.
MOST_KEPT = 64


@dataclass(slots=True)
class _Other:
    """A member as this page knows it."""

    seat: int
    link: Link
    watch: asyncio.Task[None]


class Mesh:
    """The connections of one page in one room at a time.

    Parameters
    ----------
    connect
        How a connection is made.
    send
        Sends a message to the server.
    on_connected
        Called with the room once the first connection in it stands.
    """

    def __init__(
        self, connect: Links, send: Send, on_connected: Callable[[str], Awaitable[None]]
    ) -> None:
        self._connect = connect
        self._send = send
        self._on_connected = on_connected
        self._peers: dict[str, Mapping[str, Any]] = {}
        self._others: dict[str, _Other] = {}
        self._kept: list[Frame] = []
        self._seen: dict[str, int] = {}
        self._servers: Sequence[Mapping[str, Any]] = ()
        self._told = False
        self._heard: Counter[int] = Counter()
        self.ever_connected = False
        self.room: str | None = None
        self.me = ""
        self.seat = 0
        self.held = False
        self.muted = False

    @property
    def peers(self) -> list[str]:
        """The other members, as last shown."""
        return list(self._peers)

    def link(self, peer: str) -> Link | None:
        """Return the connection with a member, if there is one."""
        other = self._others.get(peer)
        return other.link if other is not None else None

    @property
    def connected(self) -> bool:
        """Whether a connection stands."""
        return any(other.link.connected.is_set() for other in self._others.values())

    @property
    def heard(self) -> Counter[int]:
        """Frames by the tone in them that this page heard of anybody, connections closed since
        included.
        """
        return sum((ear.heard for ear in map(_ear, self._others.values()) if ear), self._heard)

    async def show(self, state: Frame) -> bool:
        """Follow a state of the room; False when it is an old one."""
        room, version = str(state["room"]), int(state["version"])
        if version <= self._seen.get(room, -1):
            return False
        if room != self.room:
            await self._close_all()
            self.room, self.seat, self._told = room, 0, False
        self._seen[room] = version
        if state["seat"] > self.seat:
            # Begun anew: whoever was connected before is connected with a page that is gone.
            await self._close_all()
            self.seat, self._told = int(state["seat"]), False
        self.me, self.held = str(state["me"]), bool(state["held"])
        self.muted = bool(state.get("muted"))
        self._servers = state.get("ice_servers") or self._servers
        self._peers = {str(peer["peer"]): peer for peer in state["peers"]}
        for name, other in list(self._others.items()):
            shown = self._peers.get(name)
            if shown is None or int(shown["seat"]) > other.seat:
                await self._close(name)
        for name, peer in self._peers.items():
            if peer["offer"] and name not in self._others:
                await self._open(name, int(peer["seat"])).offer()
            self._let(name)
        kept, self._kept = self._kept, []
        for frame in kept:
            await self.signal(frame)
        return True

    async def signal(self, frame: Frame) -> None:
        """Take what another member signals."""
        if frame["room"] != self.room:
            self._keep(frame)
            return
        name, seat, data = str(frame["peer"]), int(frame["seat"]), dict(frame["data"])
        shown = self._peers.get(name)
        if shown is None or seat > int(shown["seat"]):
            # The state that shows this member is about to come.
            self._keep(frame)
        elif seat == int(shown["seat"]):
            await self._take(name, seat, data)

    async def leave(self, version: int | None = None) -> None:
        """Close everything; with a version, unless a later state of the room is known."""
        if self.room is None:
            return
        if version is not None:
            if version < self._seen.get(self.room, 0):
                return
            self._seen[self.room] = version
        await self._close_all()
        self.room, self._peers, self.held, self.muted = None, {}, False, False

    def _keep(self, frame: Frame) -> None:
        self._kept = [*self._kept, frame][-MOST_KEPT:]

    async def _take(self, name: str, seat: int, data: Data) -> None:
        other = self._others.get(name)
        if data["type"] == "offer":
            # A second offer is a second connection: the first has been given up.
            if other is not None:
                await self._close(name)
            link = self._open(name, seat)
            self._let(name)
            await link.take(data)
        elif data["type"] == "bye":
            await self._close(name)
        elif other is not None:
            await other.link.take(data)

    def _open(self, name: str, seat: int) -> Link:
        room = self.room

        async def say(data: Data) -> None:
            await self._send({"action": "signal", "room": room, "to": name, "data": data})

        link = self._connect(say, self._servers)
        self._others[name] = _Other(seat, link, asyncio.create_task(self._watch(link)))
        return link

    async def _watch(self, link: Link) -> None:
        room = self.room
        await link.connected.wait()
        self.ever_connected = True
        if not self._told and room is not None and room == self.room:
            self._told = True
            await self._on_connected(room)

    def _let(self, name: str) -> None:
        other, peer = self._others.get(name), self._peers.get(name)
        if other is not None and peer is not None:
            other.link.let(send=bool(peer["send"]), receive=bool(peer["receive"]))

    async def _close(self, name: str) -> None:
        other = self._others.pop(name, None)
        if other is not None:
            ear = _ear(other)
            if ear is not None:
                self._heard += ear.heard
            if other.watch is not asyncio.current_task():
                other.watch.cancel()
            await other.link.close()

    async def _close_all(self) -> None:
        for name in list(self._others):
            await self._close(name)


def _ear(other: _Other) -> Ear | None:
    return other.link.ear
