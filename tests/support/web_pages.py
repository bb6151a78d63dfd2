"""Pages of callers and agents in web conversations, without sound: frames only.

They follow docs/concepts/web-voice.md to the letter. Frames are taken when a test says so, because
pages and server run side by side.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from centralino.application.ports import Operations
from centralino.application.web_calls import connections
from centralino.contracts import realtime, webvoice
from tests.support.wired import handler

if TYPE_CHECKING:
    from tests.support.web_centre import Web

FRAMES = {
    model.model_fields["type"].default: model
    for model in (*realtime.SENT_BY_SERVER, *webvoice.SENT_BY_SERVER)
}


class Sockets:
    """The port ``Realtime`` over open pages, as the WebSocket API does it."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        self.pages: dict[str, Page] = {}
        self.lost: set[str] = set()

    def push(self, to: str, frame: Mapping[str, Any]) -> int:
        """Put a frame in the inbox of each page; forget connections that are gone."""
        FRAMES[frame["type"]].model_validate(frame)
        wire = json.dumps(frame)
        assert len(wire) <= realtime.MAX_FRAME
        taken = 0
        for item in self._operations.list(connections(to), "conn#"):
            page = self.pages.get(item.sk.partition("#")[2])
            if page is None:
                self._operations.delete(item.pk, item.sk)
                continue
            taken += 1
            if frame["type"] not in self.lost:
                page.inbox.append(json.loads(wire))
        return taken


@dataclass
class Talk:
    """What a page knows of the room it is in, and whom it is connected with."""

    room: str
    me: str
    seat: int = 0
    version: int = 0
    held: bool = False
    peers: dict[str, dict[str, Any]] = field(default_factory=dict)
    offered: set[str] = field(default_factory=set)
    connected: dict[str, int] = field(default_factory=dict)
    told: bool = False


class Page:
    """A page with a socket."""

    def __init__(self, web: Web, connection: str) -> None:
        self.web = web
        self.connection = connection
        self.inbox: list[dict[str, Any]] = []
        self.errors: list[str] = []
        self.talk: Talk | None = None

    # ---------------------------------------------------------------- socket

    def open(self, ticket: str) -> int:
        """Connect; return the status."""
        answer = self._route("$connect", queryStringParameters={"ticket": ticket})
        if answer == 200:
            self.web.sockets.pages[self.connection] = self
        return answer

    def close(self, *, told: bool = True) -> None:
        """Lose the socket; ``told`` says whether the server hears of it."""
        self.web.sockets.pages.pop(self.connection, None)
        self.inbox.clear()
        if told:
            self._route("$disconnect")

    def tell(self, event: str, **more: Any) -> None:
        """Send a ``voice`` frame."""
        self.send("voice", {"event": event, **more})

    def send(self, action: str, frame: Mapping[str, Any]) -> None:
        """Send any frame."""
        body = json.dumps({"action": action, **frame})
        before = len(self.web.told)
        self._route(action, body=body)
        for connection, answer in self.web.told[before:]:
            assert connection == self.connection
            self.errors.append(answer["code"])

    def _route(self, route: str, **event: Any) -> int:
        context = {"routeKey": route, "connectionId": self.connection, "requestId": "r1"}
        answer = handler("realtime")({"requestContext": context, **event}, None)
        status: int = answer["statusCode"]
        return status

    # ---------------------------------------------------------------- what comes

    def work(self) -> None:
        """Take the next frame."""
        if self.inbox:
            self.take(self.inbox.pop(0))

    def take(self, frame: dict[str, Any]) -> None:
        """Do what a frame says."""
        match frame["type"]:
            case "room":
                self.see(frame)
            case "left":
                talk = self.talk
                if talk is not None and (talk.room, talk.me) == (frame["room"], frame["me"]):
                    self.talk = None
            case "contact":
                over = frame["state"] not in ("OFFERED", "CONNECTED", "HELD")
                if over and self.talk is not None and self.talk.me == frame["rid"]:
                    self.talk = None
            case "signal":
                self._signalled(frame)

    def see(self, state: dict[str, Any]) -> None:
        """Take in a room as it is now, and make the connections that are ours to make."""
        talk = self.talk
        if talk is None or (talk.room, talk.me) != (state["room"], state["me"]):
            talk = self.talk = Talk(state["room"], state["me"])
        if state["version"] <= talk.version:
            return
        if state["seat"] != talk.seat:
            talk.offered, talk.connected, talk.told = set(), {}, False
        talk.seat, talk.version, talk.held = state["seat"], state["version"], state["held"]
        talk.peers = {peer["peer"]: peer for peer in state["peers"]}
        talk.connected = {
            name: seat
            for name, seat in talk.connected.items()
            if name in talk.peers and talk.peers[name]["seat"] <= seat
        }
        talk.offered &= talk.peers.keys()
        for name, peer in talk.peers.items():
            if peer["offer"] and name not in talk.connected and name not in talk.offered:
                talk.offered.add(name)
                self.signal(name, {"type": "offer", "sdp": f"v=0 of {talk.me}"})
        if not talk.peers and not talk.told and talk.me != "caller":
            self._joined(talk)

    def signal(self, to: str, data: dict[str, Any]) -> None:
        """Send a signal to another member."""
        assert self.talk is not None
        self.send("signal", {"room": self.talk.room, "to": to, "data": data})

    def _signalled(self, frame: dict[str, Any]) -> None:
        talk, name = self.talk, frame["peer"]
        if talk is None or talk.room != frame["room"]:
            return
        if frame["seat"] < talk.peers.get(name, {"seat": 0})["seat"]:
            return
        if frame["data"]["type"] == "offer":
            talk.connected[name] = frame["seat"]
            self.signal(name, {"type": "answer", "sdp": f"v=0 of {talk.me}"})
        elif frame["data"]["type"] == "answer" and name in talk.offered:
            talk.offered.discard(name)
            talk.connected[name] = frame["seat"]
        if talk.connected and not talk.told:
            self._joined(talk)

    def _joined(self, talk: Talk) -> None:
        talk.told = True
        self.tell("joined", room=talk.room, **({} if talk.me == "caller" else {"rid": talk.me}))

    def later(self) -> None:
        """Do what a page does after some seconds: begin connections anew that were not made.

        Also where the room is not what the contact, which the page shows, says.
        """
        talk = self.talk
        if talk is None:
            return
        held = self.web.centre.state(talk.room) == "HELD"
        if talk.held is not held or talk.peers.keys() - talk.connected.keys():
            self.tell("rejoin", room=talk.room, rid=talk.me)

    def hears(self, name: str) -> bool:
        """Tell whether this page plays the voice of another member."""
        talk = self.talk
        return talk is not None and name in talk.connected and bool(talk.peers[name]["receive"])


class Caller(Page):
    """A caller's page: plays lists of actions."""

    def __init__(self, web: Web, connection: str) -> None:
        super().__init__(web, connection)
        self.placed: dict[str, Any] = {}
        self.number = 0
        self.playing: list[dict[str, Any]] = []
        self.over_talk: list[dict[str, Any]] = []
        self.played: list[dict[str, Any]] = []
        self.keys = ""
        self.unanswered = ""

    @property
    def heard(self) -> list[str]:
        """The words that were played."""
        return [action["text"] for action in self.played if action.get("text")]

    @property
    def call(self) -> str:
        """The id of the call."""
        return str(self.placed["call"])

    @property
    def contact(self) -> str:
        """The id of the contact, which a page itself never needs."""
        item = self.web.centre.world.operations.get(f"call#{self.call}", "call")
        assert item is not None
        return str(item.attributes["contact"])

    @property
    def doing(self) -> str:
        """What the list being played comes down to."""
        return str(self.playing[-1]["do"]) if self.playing else "nothing"

    def say(self, event: str, **more: Any) -> None:
        """Send a frame of this call."""
        self.unanswered = event
        self.tell(event, call=self.call, **more)

    def take(self, frame: dict[str, Any]) -> None:
        """Do what a frame says."""
        match frame["type"]:
            case "ask":
                self.say(frame["event"])
            case "actions":
                self._play(frame)
            case "room" if self.talk is None:
                pass  # a caller enters by an action alone
            case _:
                super().take(frame)

    def _play(self, frame: dict[str, Any]) -> None:
        self.unanswered = ""
        if frame["number"] <= self.number:
            return
        self.number = frame["number"]
        actions = frame["actions"]
        for action in actions:
            prompts = action["prompts"] if action["do"] == "gather" else [action]
            self.played += [one for one in prompts if one["do"] in ("play", "pause")]
        if frame["answers"] in ("hold", "announce"):
            self.over_talk = actions
            return
        self.playing = actions
        match self.doing:
            case "queue":
                self.talk = None
                self.say("wait")
            case "bridge":
                self.see(actions[-1])
            case "gather" if self.keys:
                keys, self.keys = self.keys, ""
                self.say("input", step=actions[-1]["step"], digits=keys)
            case "hangup":
                self.talk = None
                self.say("hangup")

    def later(self) -> None:
        """Do what a page does after some seconds: ask again, begin connections anew, go on."""
        lonely = self.talk is not None and self.talk.peers.keys() - self.talk.connected.keys()
        if self.doing == "hangup":
            return
        if lonely or self.doing == "nothing" or self.unanswered not in ("", "hangup"):
            self.say("present", fresh=bool(lonely))
        elif self.talk is not None:
            # Keeps the socket open as well, and shows what was missed.
            self.say("hold" if self.talk.held else "present")
        else:
            self.over()

    def over(self) -> None:
        """Let what is playing come to its end."""
        if self.doing == "ask":
            self.say(self.playing[-1]["event"])
