"""An agent at a desk: signed in, a page open on the realtime connection, a telephone beside it.

Does only what a test tells it, unlike the demo's robots, and repeats no request: what the API
answered is what the test sees.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from local.cloud import Deployment
from local.demo.seed import DemoAgent, sign_in
from tests.support.polling import until

Frame = dict[str, Any]


class Page:
    """One realtime connection: remembers every frame it gets.

    Parameters
    ----------
    acknowledges
        Whether it acknowledges each offer as it comes, as the agents' page does.
    """

    def __init__(self, address: str, *, acknowledges: bool) -> None:
        self._closing = ExitStack()
        # No proxy of the caller's stands between two processes of one machine.
        self._connection: ClientConnection = self._closing.enter_context(
            connect(address, proxy=None, open_timeout=20)
        )
        self._acknowledges = acknowledges
        self._frames: list[Frame] = []
        self._thread = threading.Thread(target=self._listen, daemon=True, name="agent-page")
        self._thread.start()

    def send(self, message: str) -> None:
        """Send a message as it is."""
        self._connection.send(message)

    def acknowledge(self, rid: str) -> None:
        """Say that an offer has arrived."""
        self.send(json.dumps({"action": "ack", "rid": rid}))

    def frames(self, kind: str, **fields: Any) -> list[Frame]:
        """Return the frames of a kind so far whose fields are as told."""
        wanted = {"type": kind, **fields}
        return [frame for frame in list(self._frames) if wanted.items() <= frame.items()]

    def frame(self, kind: str, *, within: float = 20.0, **fields: Any) -> Frame:
        """Wait for a frame and return the latest of those that fit."""
        what = f"frame {kind} {fields}; there were {self._frames}"
        return until(lambda: self.frames(kind, **fields), what, within)[-1]

    def close(self) -> None:
        """Close the connection."""
        self._closing.close()
        self._thread.join(timeout=10)

    def _listen(self) -> None:
        try:
            for message in self._connection:
                frame: Frame = json.loads(message)
                self._frames.append(frame)
                if frame.get("type") == "offer" and self._acknowledges:
                    self.acknowledge(frame["rid"])
        except ConnectionClosed:
            return


class Desk:
    """One signed-in agent."""

    def __init__(self, deployment: Deployment, who: DemoAgent) -> None:
        self.agent_id = who.agent
        self.user = who.user
        self.pages: list[Page] = []
        token = sign_in(deployment, who.user)
        self._http = httpx.Client(
            headers={"Authorization": f"Bearer {token}"}, timeout=30, trust_env=False
        )
        self._base = deployment.http_api_url

    @property
    def page(self) -> Page:
        """The page opened last."""
        return self.pages[-1]

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        """Send one request to the agent API."""
        return self._http.request(method, self._base + path, json=body)

    def ticket(self) -> Frame:
        """Get a ticket for a realtime connection."""
        return granted(self.ask("POST", "/v1/realtime/tickets"))

    def open_page(self, *, acknowledges: bool = True) -> Page:
        """Open a page."""
        ticket = self.ticket()
        self.pages.append(
            Page(f"{ticket['url']}?ticket={ticket['ticket']}", acknowledges=acknowledges)
        )
        return self.page

    def set_state(self, state: str, reason: str | None = None) -> Frame:
        """Go ROUTABLE, NOT_READY or OFFLINE."""
        body = {"state": state, "reason": reason}
        return granted(self.ask("PUT", "/v1/agents/me/state", body))

    def start(self, *, acknowledges: bool = True) -> Page:
        """Open a page and become routable."""
        page = self.open_page(acknowledges=acknowledges)
        self.set_state("ROUTABLE")
        return page

    def accept(self, offer: Frame) -> httpx.Response:
        """Accept the offer of a frame."""
        path = f"/v1/contacts/{offer['contact_id']}/offers/{offer['number']}/accept"
        return self.ask("POST", path)

    def decline(self, offer: Frame, reason: str = "declined") -> httpx.Response:
        """Decline the offer of a frame."""
        path = f"/v1/contacts/{offer['contact_id']}/offers/{offer['number']}/decline"
        return self.ask("POST", path, {"reason": reason})

    def hang_up(self, contact: str) -> httpx.Response:
        """End the conversation."""
        return self.ask("POST", f"/v1/contacts/{contact}/hangup")

    def dispose(self, contact: str, code: str) -> httpx.Response:
        """File how the contact ended."""
        return self.ask("POST", f"/v1/contacts/{contact}/disposition", {"code": code})

    def work(self, *, files: bool = True) -> None:
        """Do what is due on every contact held: take it, end it, wrap it up; come back if lost.

        Parameters
        ----------
        files
            Whether it also files how a contact ended, or leaves the wrap-up open.
        """
        # However slow the machine, whoever does this again and again serves a call: an offer
        # that was withdrawn meanwhile is refused, and comes again.
        me = granted(self.ask("GET", "/v1/agents/me"))
        if me["state"] == "NOT_READY":
            self.set_state("ROUTABLE")
        for slot in me["slots"]:
            contact = slot["contact"]
            match contact["state"]:
                case "OFFERED" if all(s["rid"] != slot["rid"] for s in contact["segments"]):
                    number = int(slot["rid"].rpartition("#")[2])
                    self.accept({"contact_id": contact["contact_id"], "number": number})
                case "CONNECTED":
                    self.hang_up(contact["contact_id"])
                case "WRAPUP" if files:
                    self.dispose(contact["contact_id"], "other")
                case _:
                    pass

    def wrap_up(self) -> None:
        """File whatever conversation is over, so that no limit ends it in a later test."""
        for slot in granted(self.ask("GET", "/v1/agents/me"))["slots"]:
            if slot["contact"]["state"] == "WRAPUP":
                granted(self.dispose(slot["contact"]["contact_id"], "other"))

    def leave(self) -> None:
        """Go offline and close every page."""
        self.set_state("OFFLINE")
        for page in self.pages:
            page.close()
        self._http.close()


def granted(answer: httpx.Response) -> Frame:
    """Return the body of an answer that must be 200."""
    assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
    body: Frame = answer.json()
    return body
