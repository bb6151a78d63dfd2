"""A REST server that holds every request and every answer against Twilio's OpenAPI document.

It keeps just enough state to answer (conferences, participants, calls) and fails on demand. How
calls behave is the business of the fake carrier under ``local/twilio``.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from local.twilio.errors import RestError
from local.twilio.spec import TwilioSpec

ACCOUNT = "AC00000000000000000000000000000001"
TOKEN = "stub-token"
ROOT = "/2010-04-01/Accounts/{AccountSid}"
TEMPLATES = [
    f"{ROOT}/Calls/{{Sid}}.json",
    f"{ROOT}/Messages.json",
    f"{ROOT}/Conferences.json",
    f"{ROOT}/Conferences/{{Sid}}.json",
    f"{ROOT}/Conferences/{{ConferenceSid}}/Participants.json",
    f"{ROOT}/Conferences/{{ConferenceSid}}/Participants/{{CallSid}}.json",
]
CREATING = ("/Participants.json", "/Messages.json")
LIVE = ("queued", "ringing", "in-progress")

Json = dict[str, Any]
Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Asked:
    """One request: ``what`` is the method and the path below the account."""

    what: str
    query: dict[str, str]
    form: Pairs
    headers: dict[str, str]


@dataclass
class Fault:
    """What happens to matching requests: an HTTP status, or ``cut``, ``lost``, ``silent``.

    ``cut`` closes the connection with nothing done; ``lost`` does it and closes the connection;
    ``silent`` does it and never answers.
    """

    match: str
    kind: str | int
    times: int = 1
    code: int = 20500
    body: bytes | None = None


@dataclass
class Stub:
    """The account's state and what was asked of it."""

    spec: TwilioSpec
    conferences: dict[str, Json] = field(default_factory=dict)
    participants: dict[str, list[Json]] = field(default_factory=dict)
    calls: dict[str, str] = field(default_factory=dict)
    texts: int = 0
    faults: list[Fault] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def conference(self, name: str, status: str = "in-progress") -> str:
        sid = f"CF{len(self.conferences) + 1:032x}"
        self.conferences[sid] = {"sid": sid, "friendly_name": name, "status": status}
        self.participants[sid] = []
        return sid

    def join(self, conference: str, call: str, label: str | None, status: str) -> None:
        row = {"call_sid": call, "label": label, "status": status, "conference_sid": conference}
        self.participants[conference].append(row)
        self.calls[call] = "in-progress" if status == "connected" else "ringing"

    def what(self) -> list[str]:
        return [asked.what for asked in self.asked]

    def posted(self, suffix: str) -> list[Pairs]:
        return [a.form for a in self.asked if a.what.startswith("POST") and suffix in a.what]

    def answer(self, method: str, template: str, names: dict[str, str], asked: Asked) -> Json:
        """Carry out a request, or raise `RestError`."""
        if template.endswith("/Participants.json"):
            return self._participants(method, names["ConferenceSid"], asked)
        if template.endswith("/Participants/{CallSid}.json"):
            return self._participant(template, names, dict(asked.form))
        if template.endswith("/Conferences.json"):
            rows = [
                self._row(f"{ROOT}/Conferences/{{Sid}}.json", row)
                for row in self.conferences.values()
                if row["friendly_name"] == asked.query["FriendlyName"]
            ]
            return page("conferences", rows)
        if template.endswith("/Messages.json"):
            self.texts += 1
            row = {"sid": f"SM{self.texts:032x}", "status": "queued"}
            return self._row(f"{ROOT}/Messages/{{Sid}}.json", row)
        if "/Calls/" in template:
            return self._call(method, names["Sid"], dict(asked.form))
        row = self.conferences[names["Sid"]]
        row["status"] = dict(asked.form)["Status"]
        return self._row(template, row)

    def _participants(self, method: str, conference: str, asked: Asked) -> Json:
        template = f"{ROOT}/Conferences/{{ConferenceSid}}/Participants/{{CallSid}}.json"
        if method == "GET":
            rows = [self._row(template, row) for row in self.participants[conference]]
            return page("participants", rows)
        form = dict(asked.form)
        live = [c for c, row in self.conferences.items()
                if row["friendly_name"] == conference and row["status"] != "completed"]  # fmt: skip
        sid = live[0] if live else self.conference(conference, "init")
        if any(row["label"] == form["Label"] for row in self.participants[sid]):
            raise RestError(16026, 400, "Participant label is in use by another participant")
        call = f"CA{len(self.calls) + 0xA0:032x}"
        self.join(sid, call, form["Label"], "queued")
        return self._row(template, self.participants[sid][-1])

    def _participant(self, template: str, names: dict[str, str], form: dict[str, str]) -> Json:
        rows = self.participants.get(names["ConferenceSid"], [])
        row = next((row for row in rows if row["call_sid"] == names["CallSid"]), None)
        if row is None:
            raise RestError(20404, 404, "The requested resource was not found")
        if "Hold" in form:
            row["hold"] = form["Hold"] == "true"
        if "Muted" in form:
            row["muted"] = form["Muted"] == "true"
        return self._row(template, row)

    def _call(self, method: str, sid: str, form: dict[str, str]) -> Json:
        if sid not in self.calls:
            raise RestError(20404, 404, "The requested resource was not found")
        if method == "POST":
            if self.calls[sid] not in LIVE:
                raise RestError(21220, 400, "Call is not in-progress. Cannot redirect.")
            self.calls[sid] = form.get("Status", self.calls[sid])
            if "Url" in form or "Status" in form:
                for rows in self.participants.values():
                    rows[:] = [row for row in rows if row["call_sid"] != sid]
        row = {"sid": sid, "status": self.calls[sid]}
        return self._row(f"{ROOT}/Calls/{{Sid}}.json", row)

    def _row(self, template: str, values: Json) -> Json:
        """Give a whole resource: every property the document has, null where it may be."""
        content = self.spec.operation("GET", template)["responses"]["200"]["content"]
        name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
        properties = self.spec._schemas[name]["properties"]
        nulls = {key: None for key, schema in properties.items() if schema.get("nullable")}
        return {**nulls, **values}


def page(name: str, rows: list[Json]) -> Json:
    return {
        name: rows,
        "end": max(0, len(rows) - 1),
        "first_page_uri": "/first",
        "next_page_uri": None,
        "page": 0,
        "page_size": 50,
        "previous_page_uri": None,
        "start": 0,
        "uri": "/first",
    }


@contextmanager
def running(spec: TwilioSpec) -> Iterator[Stub]:
    """Serve a stub on the loopback; fail at the end if a request or an answer did not conform."""
    stub = Stub(spec)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test output clean."""

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            query = parse_qsl(parts.query, keep_blank_values=True)
            form = parse_qsl(raw, keep_blank_values=True)
            below = parts.path.removeprefix(ROOT.format(AccountSid=ACCOUNT))
            what = f"{self.command} {below}"
            asked = Asked(what, dict(query), form, dict(self.headers))
            stub.asked.append(asked)
            fault = next((f for f in stub.faults if f.match in what and f.times > 0), None)
            if fault is not None:
                fault.times -= 1
            if fault is not None and fault.kind == "cut":
                self.close_connection = True
                return
            if fault is not None and isinstance(fault.kind, int):
                error = {"code": fault.code, "message": "To +393330000001", "status": fault.kind}
                self._reply(fault.kind, json.dumps(error).encode(), fault.body)
                return
            template = next(t for t in TEMPLATES if _pattern(t).match(parts.path))
            match = _pattern(template).match(parts.path)
            assert match is not None
            names = {key: unquote(value) for key, value in match.groupdict().items()}
            status, body = self._carry_out(template, names, query, form, asked)
            if fault is not None:
                if fault.kind == "silent":
                    stub.closing.wait(10)
                self.close_connection = True
                return
            self._reply(status, json.dumps(body).encode())

        def _carry_out(
            self, template: str, names: dict[str, str], query: Pairs, form: Pairs, asked: Asked
        ) -> tuple[int, Json]:
            expected = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
            if self.headers.get("Authorization") != f"Basic {expected}":
                stub.violations.append(f"{asked.what}: not authenticated")
            try:
                spec.check_request(self.command, template, names, query, form)
            except RestError as error:
                stub.violations.append(f"{asked.what}: {error.message}")
            try:
                body = stub.answer(self.command, template, names, asked)
            except RestError as error:
                return error.status, error.body()
            made = self.command == "POST" and template.endswith(CREATING)
            status = 201 if made else 200
            for problem in spec.check_response(self.command, template, status, body):
                stub.violations.append(f"answer to {asked.what}: {problem}")
            return status, body

        def _reply(self, status: int, body: bytes, other: bytes | None = None) -> None:
            body = body if other is None else other
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if status == 302:
                self.send_header("Location", "https://example.com/")
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield stub
    finally:
        stub.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
    assert not stub.violations, "\n".join(stub.violations)


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile("^" + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template) + "$")
