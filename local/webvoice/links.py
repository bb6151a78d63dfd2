"""The connection between two pages: real WebRTC, or the signalling alone.

Decides how an offer, an answer and a candidate are made and taken. Whom to connect with is
decided in `local.webvoice.mesh`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from aiortc import (
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.sdp import candidate_from_sdp

from local.webvoice.sound import Ear, Tone

Data = dict[str, Any]
Say = Callable[[Data], Awaitable[None]]
#: In place of a session description: no media will flow, the rest is as it is.
SILENT = "silent"
#: One codec that every browser has too, and that costs a robot nothing.
_CODEC = "audio/PCMU"


class Link(Protocol):
    """A connection with one other page. ``connected`` is set once it stands."""

    connected: asyncio.Event
    ear: Ear | None

    async def offer(self) -> None:
        """Begin: send an offer."""
        ...

    async def take(self, data: Data) -> None:
        """Take an offer, an answer or a candidate of the other."""
        ...

    def let(self, *, send: bool, receive: bool) -> None:
        """Say to the other, and hear the other, or not."""
        ...

    async def close(self) -> None:
        """End it."""
        ...


#: how to signal to the other, ICE servers -> a connection.
Links = Callable[[Say, Sequence[Mapping[str, Any]]], Link]


class SilentLink:
    """The signalling without media: connected once offer and answer are exchanged."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self.connected = asyncio.Event()
        self.ear: Ear | None = None

    async def offer(self) -> None:
        """See :meth:`Link.offer`."""
        await self._say({"type": "offer", "sdp": SILENT})

    async def take(self, data: Data) -> None:
        """See :meth:`Link.take`."""
        if data["type"] == "offer":
            await self._say({"type": "answer", "sdp": SILENT})
            self.connected.set()
        elif data["type"] == "answer":
            self.connected.set()

    def let(self, *, send: bool, receive: bool) -> None:
        """There is nothing to hear."""

    async def close(self) -> None:
        """There is nothing to close."""


class RtcLink:
    """A WebRTC connection: says one tone, listens for those it knows.

    Parameters
    ----------
    tone
        What this page says, hertz.
    known
        The tones to listen for.
    """

    def __init__(
        self, say: Say, tone: int, known: Sequence[int], ice_servers: Sequence[Mapping[str, Any]]
    ) -> None:
        self._say = say
        self._voice = Tone(tone)
        self._silent = False
        self._listening: set[asyncio.Task[None]] = set()
        # None at all is the library's own choice: a server of somebody else's on the internet.
        servers = [RTCIceServer(**server) for server in ice_servers]
        self._page = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        self.connected = asyncio.Event()
        self.ear: Ear | None = Ear(known)
        self._page.on("connectionstatechange", self._look)
        self._page.on("track", self._listen)

    async def offer(self) -> None:
        """See :meth:`Link.offer`."""
        self._speak()
        await self._page.setLocalDescription(await self._page.createOffer())
        await self._describe()

    async def take(self, data: Data) -> None:
        """See :meth:`Link.take`."""
        kind = data["type"]
        if kind == "candidate":
            await self._candidate(data.get("candidate"))
        elif data.get("sdp") == SILENT:
            # The other page has no voice: from here on, this one has none for it.
            await self._hush(answer=kind == "offer")
        elif kind == "offer":
            await self._page.setRemoteDescription(RTCSessionDescription(data["sdp"], "offer"))
            self._speak()
            await self._page.setLocalDescription(await self._page.createAnswer())
            await self._describe()
        elif kind == "answer" and self._page.signalingState == "have-local-offer":
            await self._page.setRemoteDescription(RTCSessionDescription(data["sdp"], "answer"))

    def let(self, *, send: bool, receive: bool) -> None:
        """See :meth:`Link.let`."""
        self._voice.audible = send
        if self.ear is not None:
            self.ear.open = receive

    async def close(self) -> None:
        """See :meth:`Link.close`."""
        await self._page.close()
        for task in self._listening:
            task.cancel()
        await asyncio.gather(*self._listening, return_exceptions=True)

    def _speak(self) -> None:
        self._page.addTrack(self._voice)
        codecs = RTCRtpSender.getCapabilities("audio").codecs
        for transceiver in self._page.getTransceivers():
            transceiver.setCodecPreferences([c for c in codecs if c.mimeType == _CODEC])

    async def _describe(self) -> None:
        described = self._page.localDescription
        # Every candidate is in it, since this library gathers them first, and so is their end.
        await self._say({"type": described.type, "sdp": described.sdp})

    async def _candidate(self, told: Mapping[str, Any] | None) -> None:
        if self._silent or self._page.remoteDescription is None:
            return
        if not told or not told.get("candidate"):
            await self._page.addIceCandidate(None)
            return
        candidate = candidate_from_sdp(str(told["candidate"]).partition(":")[2])
        candidate.sdpMid = told.get("sdpMid")
        candidate.sdpMLineIndex = told.get("sdpMLineIndex")
        await self._page.addIceCandidate(candidate)

    async def _hush(self, *, answer: bool) -> None:
        self._silent = True
        await self._page.close()
        self.ear = None
        if answer:
            await self._say({"type": "answer", "sdp": SILENT})
        self.connected.set()

    def _look(self) -> None:
        if self._page.connectionState == "connected":
            self.connected.set()

    def _listen(self, track: Any) -> None:
        if self.ear is not None:
            task = asyncio.create_task(self.ear.listen(track))
            self._listening.add(task)


def real_links(tone: int, known: Sequence[int]) -> Links:
    """Return how a page connects that says this tone and knows those."""
    return lambda say, servers: RtcLink(say, tone, known, servers)


def silent_links(say: Say, _servers: Sequence[Mapping[str, Any]]) -> Link:
    """Connect without media."""
    return SilentLink(say)
