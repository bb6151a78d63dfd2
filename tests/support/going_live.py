"""A deployment about to go live: its outputs, its secret and bucket, its webhooks over HTTP.

AWS is moto in this process; the carrier and our own side are real servers on the loopback.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from centralino.adapters.memory.log import MemoryLog
from centralino.adapters.telephony.twilio.urls import Urls
from centralino.runtime import carrier as webhooks
from centralino.runtime import wiring
from centralino.runtime.twilio import Twilio
from cli import outputs
from local.twilio import CarrierThread, Timing

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "test-token"
BUCKET = "fallback-documents"
FALLBACK = "/fallback"
IT, EN = "+390200000001", "+390200000002"
_LINE = {"business_unit": "acme", "flow": "main"}
LINES = {
    "it": {**_LINE, "number": IT, "language": "it"},
    "en": {**_LINE, "number": EN, "language": "en"},
}


@dataclass
class Side:
    """What answers at our addresses, and how it can be broken.

    Attributes
    ----------
    token
        What the deployed function holds the carrier's signatures against.
    answer
        Stands in for the webhooks: HTTP status, content type, text.
    file
        Stands in for the documents, in the same way.
    """

    url: str = ""
    token: str = TOKEN
    answer: tuple[int, str, str] | None = None
    file: tuple[int, str, str] | None = None
    asked: list[str] = field(default_factory=list)


@dataclass
class Live:
    """The whole deployment."""

    side: Side
    thread: CarrierThread
    found: dict[str, str]
    secret_arn: str

    @property
    def carrier(self) -> Any:
        return self.thread.carrier

    def buy(self, *numbers: str) -> None:
        for number in numbers:
            self.thread.apply(lambda carrier, number=number: carrier.buy_number(number))

    def put(self, number: str, **settings: str) -> None:
        """Set something of a number behind our back."""
        own = self.carrier.exchange.numbers.get(number)
        self.thread.apply(lambda _: own.settings.update(settings))

    def settings(self, number: str) -> dict[str, str]:
        return dict(self.carrier.exchange.numbers.get(number).settings)

    def asked(self, method: str) -> list[str]:
        """The paths below the account that were asked for by this method."""
        return [
            entry.path.partition(ACCOUNT)[2]
            for entry in self.carrier.journal.rest
            if entry.method == method
        ]

    def write_secret(self, value: Any) -> None:
        text = value if isinstance(value, str) else json.dumps(value)
        boto3.client("secretsmanager").put_secret_value(SecretId=self.secret_arn, SecretString=text)


@contextmanager
def live(monkeypatch: pytest.MonkeyPatch, *numbers: str) -> Iterator[Live]:
    """Run a deployment whose account owns these numbers; call within ``mock_aws``."""
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_URL"):
        monkeypatch.delenv(name, raising=False)
    side = Side()
    monkeypatch.setattr(wiring, "twilio", lambda: Twilio(ACCOUNT, side.token, Urls(side.url)))
    # A deployed function writes its log elsewhere than the command its words.
    monkeypatch.setattr(webhooks, "log", lambda: MemoryLog(100))
    secret = boto3.client("secretsmanager").create_secret(
        Name="provider", SecretString=json.dumps({"account_sid": ACCOUNT, "auth_token": TOKEN})
    )
    boto3.client("s3").create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-south-1"}
    )
    timing = Timing(protocol_speed=50.0, webhook_timeout=1.0)
    with (
        _serving(side),
        CarrierThread(ACCOUNT, TOKEN, side.url, timing=timing, speed=50.0) as thread,
    ):
        found = {
            **outputs.read(),
            "PublicUrl": side.url,
            "FallbackUrl": f"{side.url}{FALLBACK}",
            "FallbackBucketName": BUCKET,
            "TwilioSecretArn": secret["ARN"],
            "TwilioApiUrl": thread.url,
        }
        monkeypatch.setattr(outputs, "read", lambda: found)
        deployment = Live(side, thread, found, secret["ARN"])
        deployment.buy(*numbers)
        yield deployment
        assert deployment.carrier.violations == []


@contextmanager
def _serving(side: Side) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test output clean."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            side.asked.append(f"POST {self.path}")
            if side.answer is not None:
                self._reply(*side.answer)
                return
            path, _, query = self.path.partition("?")
            headers = {name.lower(): value for name, value in self.headers.items()}
            event = {"rawPath": path, "rawQueryString": query, "headers": headers, "body": body}
            answer = webhooks.answer(event)
            self._reply(
                answer["statusCode"], answer["headers"].get("content-type", ""), answer["body"]
            )

        def do_GET(self) -> None:
            side.asked.append(f"GET {self.path}")
            self._reply(*(side.file or self._document()))

        def _document(self) -> tuple[int, str, str]:
            name = self.path.partition("?")[0].removeprefix(f"{FALLBACK}/")
            try:
                found = boto3.client("s3").get_object(Bucket=BUCKET, Key=name)
            except ClientError:
                # CloudFront may not list: what is missing is forbidden.
                return 403, "application/xml", "<Error/>"
            return 200, found["ContentType"], found["Body"].read().decode()

        def _reply(self, status: int, kind: str, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    side.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
