"""The product's use cases in memory, behind the webhooks of the fake carrier."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from centralino.adapters.telephony.twilio.api import TwilioApi
from centralino.adapters.telephony.twilio.dialler import Dialled, TwilioDialler
from centralino.adapters.telephony.twilio.recorder import TwilioRecorder
from centralino.adapters.telephony.twilio.rest import TwilioMedia
from centralino.adapters.telephony.twilio.signature import verify
from centralino.adapters.telephony.twilio.supervision import TwilioSupervision
from centralino.adapters.telephony.twilio.twiml import render
from centralino.adapters.telephony.twilio.urls import Urls
from centralino.adapters.telephony.twilio.webhooks import queued, read
from centralino.application import calls, offers
from centralino.application.app import App
from centralino.application.callbacks import items as callback_items
from centralino.domain.configuration.model import Configuration
from centralino.domain.contacts.model import Contact
from local.twilio import Answers, Caller, CarrierThread, Person, Timing
from tests.support.centre import KEY, NUMBER, Centre

ACCOUNT = "AC00000000000000000000000000000001"
TOKEN = "live-token"


@dataclass
class Live:
    """A contact centre on the line."""

    centre: Centre
    urls: Urls
    app: App
    carrier: CarrierThread | None = None
    failures: list[str] = field(default_factory=list)

    def agent(self, name: str, profile: str) -> str:
        """Register an agent whose browser answers."""
        agent_id = self.centre.agent(name, profile)
        self.line.apply(lambda c: c.register_client(agent_id, Answers(after=0.2)))
        return agent_id

    @property
    def line(self) -> CarrierThread:
        assert self.carrier is not None
        return self.carrier

    def call(self) -> tuple[Person, str]:
        """Let somebody call and choose sales; return the person and the contact."""
        caller = self.line.run(self.line.carrier.call("+393330000001", NUMBER, Caller(["1"])))
        contact = self.until(
            lambda: next((c for c in self.contacts() if c.call == caller.sid and c.queue), None)
        )
        return caller, contact.id

    def talk(self, contact_id: str, agent: str) -> None:
        """Let an agent take what is offered and wait until they talk."""
        offered = self.until(lambda: self.found(contact_id, "OFFERED"))
        offers.accept(self.app, agent, contact_id, offered.rid or "", "api")
        self.until(lambda: self.found(contact_id, "CONNECTED"))

    def contacts(self) -> list[Contact]:
        return self.centre.world.store.contacts()

    def found(self, contact_id: str, state: str) -> Contact | None:
        """Return a contact once it is in a state."""
        contact = self.centre.contact(contact_id)
        return contact if str(contact.state) == state else None

    def until(self, look: Callable[[], Contact | None], within: float = 10.0) -> Contact:
        """Wait for a contact to become what ``look`` looks for."""
        deadline = time.monotonic() + within
        while (found := look()) is None:
            if time.monotonic() > deadline:
                states = [(c.id, str(c.state), c.kind) for c in self.contacts()]
                raise AssertionError(f"only {states} and {self.failures}")
            time.sleep(0.01)
        return found


def _written(live: Live, contact: Contact, attempt: str) -> Dialled | None:
    number = callback_items.number_of(live.app, contact.id, contact.queue)
    asked = contact.callback.attempts if contact.callback is not None else ()
    # The centre's clock is not the carrier's: every call of the test is recent enough.
    return Dialled(number, NUMBER, 0) if number is not None and asked else None


@contextmanager
def open_line(rules: Configuration | None = None) -> Iterator[Live]:
    """Serve the webhooks on the loopback, start the carrier, and wire one to the other."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            step, headers = parts.path.rpartition("/")[2], dict(self.headers)
            status, answer = 200, b""
            try:
                verify(TOKEN, live.urls.requested(step, parts.query), body, headers)
                command = read(step, parts.query, body, headers, account=ACCOUNT)
                actions = calls.handle(live.app, command, KEY)
                waits = queued(step, parts.query)
                answer = render(actions, live.urls, queued=waits).encode()
            except Exception as error:  # noqa: BLE001 - told at the end of the test
                live.failures.append(f"{self.path}: {error!r}")
                status = 500
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    address = f"http://127.0.0.1:{server.server_address[1]}"
    centre = Centre(rules=rules)
    live = Live(centre, Urls(address), centre.app)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    timing = Timing(protocol_speed=20.0, speech_seconds_per_character=0.001)
    options = {"calls_per_second": 0.0, "speed": 20.0, "timing": timing}
    try:
        with CarrierThread(ACCOUNT, TOKEN, address, **options) as carrier:
            api = TwilioApi(ACCOUNT, TOKEN, carrier.url, timeout_s=1.0)
            live.carrier = carrier
            live.app = replace(
                centre.app,
                media=TwilioMedia(api, live.urls, lambda contact: NUMBER),
                recorder=TwilioRecorder(api, live.urls),
                supervision=TwilioSupervision(api, live.urls, lambda contact: NUMBER),
                dialler=TwilioDialler(api, live.urls, lambda *attempt: _written(live, *attempt)),
            )
            centre.app = live.app
            yield live
            carrier.run(carrier.carrier.settled())
            violations = list(carrier.carrier.violations)
            alerts = [f"{alert.code} {alert.message}" for alert in carrier.carrier.alerts]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert live.failures == []
    assert violations == []
    assert alerts == []
