"""The telephone in an agent's page: enters the rooms of the offers that this page accepted.

Decides when the page says that it is in; offers and states are for whoever owns the page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from local.webvoice.links import Links
from local.webvoice.mesh import Mesh

Send = Callable[[dict[str, Any]], Awaitable[None]]


class AgentPhone:
    """One agent's page as far as voice goes.

    Parameters
    ----------
    send
        Sends a message on the page's socket.

    Attributes
    ----------
    refuses
        Whether the page cannot open its microphone.
    """

    def __init__(self, links: Links, send: Send) -> None:
        self._send = send
        self._mine: set[str] = set()
        self._told: tuple[str, str, int] | None = None
        self._early: dict[str, Mapping[str, Any]] = {}
        # A state is followed to its end before the next is looked at.
        self._turn = asyncio.Lock()
        self.mesh = Mesh(links, send, self._connected)
        self.refuses = False

    async def accepts(self, rid: str) -> None:
        """Take note that this page accepted an offer, or was let in as this leg.

        The room may have been shown before the answer to the accept arrived.
        """
        self._mine.add(rid)
        state = self._early.pop(rid, None)
        if state is not None:
            async with self._turn:
                await self._enter(state)

    async def hear(self, frame: Mapping[str, Any]) -> bool:
        """Do what a frame asks; False when it is none of the telephone's."""
        match frame.get("type"):
            case "room" if frame["me"] not in self._mine:
                self._early[str(frame["me"])] = frame
            case "room":
                async with self._turn:
                    await self._enter(frame)
            case "left" if frame["me"] == self.mesh.me:
                self._mine.discard(str(frame["me"]))
                async with self._turn:
                    if frame["room"] == self.mesh.room:
                        await self.mesh.leave(int(frame["version"]))
            case "left":
                self._early.pop(str(frame["me"]), None)
            case "signal":
                async with self._turn:
                    await self.mesh.signal(frame)
            case "look":
                pass
            case "contact":
                # The talk is over, whatever has become of the room's own word for it.
                if frame["state"] == "WRAPUP" and frame["contact_id"] == self.mesh.room:
                    async with self._turn:
                        await self.mesh.leave()
                return False
            case _:
                return False
        return True

    async def leave(self) -> None:
        """Put the receiver down: the conversation goes on without this page."""
        room, me = self.mesh.room, self.mesh.me
        if room is not None:
            await self.mesh.leave()
            await self._say("left", room, me, reason="left")

    async def _enter(self, state: Mapping[str, Any]) -> None:
        room, me = str(state["room"]), str(state["me"])
        if self.refuses:
            await self._say("failed", room, me, reason="no_microphone")
            return
        await self.mesh.show(state)
        if not state["peers"]:
            await self._connected(room)

    async def _connected(self, room: str) -> None:
        place = (room, self.mesh.me, self.mesh.seat)
        if self._told != place:
            self._told = place
            await self._say("joined", room, self.mesh.me)

    async def _say(self, event: str, room: str, rid: str, **more: str) -> None:
        await self._send({"action": "voice", "event": event, "room": room, "rid": rid, **more})
