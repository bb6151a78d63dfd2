"""A DynamoDB endpoint that answers what it is told to: for replies no emulator gives.

It speaks HTTP on loopback, so that botocore's own retries, time-outs and parsing take part.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

DROP = "drop"
"""Read the request, then close the connection without a reply."""


@dataclass(frozen=True)
class Reply:
    """One answer: a status and a JSON body."""

    body: dict[str, Any] = field(default_factory=dict)
    status: int = 200


def error(code: str, status: int = 400, **more: Any) -> Reply:
    """An error as DynamoDB words it."""
    return Reply({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", **more}, status)


def cancelled(*codes: str) -> Reply:
    """A cancelled transaction with a reason per item; ``None`` for an item that was fine."""
    reasons = [{"Code": code, "Message": "because"} for code in codes]
    return error("TransactionCanceledException", CancellationReasons=reasons, Message="cancelled")


@dataclass(frozen=True)
class Sent:
    """One request as it came over the wire."""

    operation: str
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        """Its parameters."""
        body: dict[str, Any] = json.loads(self.raw)
        return body


class ScriptedEndpoint:
    """Answers requests in order from ``script``; records them in ``sent``."""

    def __init__(self) -> None:
        self.script: list[Reply | str] = []
        self.sent: list[Sent] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                operation = self.headers["X-Amz-Target"].rpartition(".")[2]
                endpoint.sent.append(Sent(operation, raw))
                reply = endpoint.script.pop(0)
                if isinstance(reply, str):
                    self.close_connection = True
                    return
                body = json.dumps(reply.body).encode()
                self.send_response(reply.status)
                self.send_header("Content-Type", "application/x-amz-json-1.0")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
