"""The least a product can be around the adapter: one caller, one agent, no rules.

It serves the webhooks as a deployment does (verify, read, render) and notes every command, so
that the adapter is tried against the fake carrier and nothing else.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from centralino.adapters.telephony.twilio.rest import TwilioMedia
from centralino.adapters.telephony.twilio.signature import verify
from centralino.adapters.telephony.twilio.twiml import render
from centralino.adapters.telephony.twilio.urls import Urls
from centralino.adapters.telephony.twilio.webhooks import queued, read
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import CentralinoError
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.commands import (
    AnnouncementAsked,
    CallArrived,
    CallProgressed,
    Command,
    HoldContinued,
    LegJoined,
    PresentAsked,
    WaitContinued,
)

ACCOUNT = "AC00000000000000000000000000000001"
TOKEN = "desk-token"
CONTACT = "ct_0123456789ABCDEFGHJKMNPQRS"
AGENT = "ag_0123456789ABCDEFGHJKMNPQRS"
RID = f"{CONTACT}#4"


@dataclass
class Desk:
    """Where the one contact stands, and every command so far."""

    urls: Urls
    state: str = "queue"
    contact: Contact = field(default_factory=lambda: Contact(CONTACT, ContactState.OFFERED, "demo"))
    commands: list[Command] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    media: TwilioMedia | None = None
    script: Callable[[Command], list[act.Action] | None] = lambda _: None
    changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self, command: Command) -> list[act.Action]:
        with self.changed:
            self.commands.append(command)
            self.changed.notify_all()
        if isinstance(command, CallArrived):
            self.contact = Contact(CONTACT, ContactState.OFFERED, "demo", call=command.call)
        told = self.script(command)
        if told is not None:
            return told
        match command:
            case CallArrived():
                return [act.Say("Welcome.", "en"), act.Queue(CONTACT)]
            case WaitContinued():
                return [act.Say("One moment.", "en"), act.Pause(20)]
            case HoldContinued():
                return [act.Say("Please stay on the line.", "en"), act.Pause(20)]
            case AnnouncementAsked():
                return [act.Say("The line was interrupted.", "en")]
            case PresentAsked() if self.state == "bridge":
                return [act.Bridge(CONTACT)]
            case PresentAsked() if self.state == "queue":
                return [act.Queue(CONTACT)]
            case PresentAsked():
                return [act.Hangup()]
            case LegJoined(rid=str()) if self.media is not None:
                self.media.bring_caller(self.contact)
            case CallProgressed(ended=True):
                self.state = "over"
        return []

    def until(self, found: Callable[[Command], bool], count: int = 1, within: float = 8.0) -> None:
        """Wait until so many commands of a kind have come, or fail with those that did."""
        deadline = time.monotonic() + within
        with self.changed:
            while sum(map(found, self.commands)) < count:
                left = deadline - time.monotonic()
                if not self.changed.wait(max(0.0, left)) and left <= 0:
                    raise AssertionError(f"only {self.commands} and {self.failures}")


@contextmanager
def open_desk() -> Iterator[tuple[Desk, str]]:
    """Serve a desk on the loopback; give it and its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            step, headers = parts.path.rpartition("/")[2], dict(self.headers)
            status, answer = 200, b""
            try:
                verify(TOKEN, desk.urls.requested(step, parts.query), body, headers)
                command = read(step, parts.query, body, headers, account=ACCOUNT)
                waits = queued(step, parts.query)
                answer = render(desk.take(command), desk.urls, queued=waits).encode()
            except CentralinoError as error:
                desk.failures.append(f"{self.path}: {error.code} {error}")
                status = 400
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    address = f"http://127.0.0.1:{server.server_address[1]}"
    desk = Desk(Urls(address))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield desk, address
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
