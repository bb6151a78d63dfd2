"""Pages without a server: what they send is kept, what they get is made up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from local.webvoice import CallerPage, Jukebox
from local.webvoice.links import Say

ROOM = "ct_00000000000000000000000001"
OTHER_ROOM = "ct_00000000000000000000000002"
CALL = "wv_00000000000000000000000001"
Sent = list[dict[str, Any]]


class FakeLink:
    """A connection that keeps what is asked of it and stands when told."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.connected = asyncio.Event()
        self.ear = None
        self.taken: list[dict[str, Any]] = []
        self.lets: list[tuple[bool, bool]] = []
        self.closed = False

    async def offer(self) -> None:
        await self.say({"type": "offer", "sdp": "o"})

    async def take(self, data: dict[str, Any]) -> None:
        self.taken.append(data)
        if data["type"] == "offer":
            await self.say({"type": "answer", "sdp": "a"})

    def let(self, *, send: bool, receive: bool) -> None:
        self.lets.append((send, receive))

    async def close(self) -> None:
        self.closed = True


class Links:
    """Makes connections and remembers them in order."""

    def __init__(self) -> None:
        self.made: list[FakeLink] = []

    def __call__(self, say: Say, _servers: Any) -> FakeLink:
        self.made.append(FakeLink(say))
        return self.made[-1]


class QuickJukebox(Jukebox):
    """Prompts that take as long as told, not the network."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.length = seconds
        self.fetched = {}
        self.wordless = 0

    async def seconds(self, url: str | None, text: str | None) -> float:
        return self.length


class Page(CallerPage):
    """A caller's page that keeps what it would send."""

    def __init__(self, links: Links, *, prompt_s: float = 0.0, pace: float = 100.0) -> None:
        super().__init__(None, "", QuickJukebox(prompt_s), links, pace=pace)  # type: ignore[arg-type]
        self.call = CALL
        self.sent: Sent = []

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    def events(self) -> list[str]:
        return [message["event"] for message in self.sent if message["action"] == "voice"]


def peer(name: str, seat: int, *, offer: bool, send: bool = True, receive: bool = True) -> Any:
    role = "caller" if name == "caller" else "agent"
    return {
        "peer": name,
        "role": role,
        "seat": seat,
        "send": send,
        "receive": receive,
        "offer": offer,
    }


def room(version: int, *peers: Any, me: str = "me", seat: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "type": "room",
        "room": ROOM,
        "me": me,
        "seat": seat,
        "version": version,
        "held": False,
        "peers": list(peers),
        "ice_servers": [],
        **more,
    }


def signal(name: str, seat: int, kind: str, **more: Any) -> dict[str, Any]:
    data = {"type": kind, "sdp": "x", **more}
    return {"type": "signal", "room": ROOM, "peer": name, "seat": seat, "data": data}


def actions(number: int, *done: dict[str, Any], answers: str = "arrived") -> dict[str, Any]:
    return {
        "type": "actions",
        "call": CALL,
        "number": number,
        "answers": answers,
        "actions": list(done),
    }


def play(text: str) -> dict[str, Any]:
    return {"do": "play", "url": f"http://prompts/{text}.wav", "text": text, "language": "en"}


def gather(step: str = "menu#1", digits: int = 1, timeout_s: int = 5) -> dict[str, Any]:
    prompts = [play("press 1")]
    kind = {"do": "gather", "prompts": prompts, "step": step}
    return {**kind, "digits": digits, "timeout_s": timeout_s}


async def eventually(look: Callable[[], Any], within: float = 5.0) -> Any:
    """Return what is found, once something is."""
    async with asyncio.timeout(within):
        while True:
            found = look()
            if found:
                return found
            await asyncio.sleep(0.005)
