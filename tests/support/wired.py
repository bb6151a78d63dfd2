"""The deployed functions over a centre in memory: real handlers, real events, no AWS."""

from __future__ import annotations

import base64
import importlib.util
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from twilio.request_validator import RequestValidator

from centralino.adapters.telephony.twilio.urls import Urls
from centralino.application.limits import Budget
from centralino.runtime import socket, wiring
from centralino.runtime.twilio import Twilio
from tests.support.centre import KEY, Centre

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "AC00000000000000000000000000000001"
TOKEN = "test-token"
PUBLIC = "https://api.example.com"
IDENTITY = "0f8fad5b-d9cb-469f-a165-70867728950e"


class Letters:
    """Where buried messages go."""

    def __init__(self) -> None:
        self.buried: list[tuple[str, str]] = []

    def bury(self, record: Mapping[str, Any], code: str, reason: str) -> None:
        """Remember a message and why it was set aside."""
        self.buried.append((record["messageId"], code))


class Wired:
    """A centre behind the handlers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.centre = Centre()
        self.letters = Letters()
        self.query = ""
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.twilio = Twilio(ACCOUNT, TOKEN, Urls(PUBLIC))
        monkeypatch.setattr(wiring, "app", lambda: self.centre.app)
        monkeypatch.setattr(wiring, "bus", lambda: self.centre.world.bus)
        monkeypatch.setattr(wiring, "twilio", lambda: self.twilio)
        monkeypatch.setattr(wiring, "identity_key", lambda: KEY)
        monkeypatch.setattr(socket, "budget", Budget())
        monkeypatch.setattr(wiring, "dead_letters", lambda: self.letters)
        monkeypatch.setattr(
            wiring, "answer_on", lambda c, frame: self.told.append((c, json.loads(frame)))
        )

    # ---------------------------------------------------------------- carrier

    def webhook(
        self,
        step: str,
        form: Mapping[str, str],
        query: Mapping[str, str] | None = None,
        *,
        signature: str | None = None,
        body: bytes | None = None,
    ) -> dict[str, Any]:
        """Send a webhook as API Gateway hands it over, signed unless told otherwise."""
        raw_query = urlencode(query or {})
        url = self.twilio.urls.requested(step, raw_query)
        signed = RequestValidator(TOKEN).compute_signature(url, dict(form))
        payload = body if body is not None else urlencode(form).encode()
        event = {
            "version": "2.0",
            "rawPath": f"/v1/telephony/twilio/{step}",
            "rawQueryString": raw_query,
            "headers": {
                "content-type": "application/x-www-form-urlencoded; charset=utf-8",
                "x-twilio-signature": signed if signature is None else signature,
                "host": "forged.example",
            },
            "body": base64.b64encode(payload).decode(),
            "isBase64Encoded": True,
        }
        answer: dict[str, Any] = handler("call_events")(event, None)
        return answer

    def ring(self, call: str, to: str = "+390200000001") -> dict[str, Any]:
        """Send the webhook of an incoming call."""
        return self.webhook("voice", call_form(call, To=to, Called=to))

    # ---------------------------------------------------------------- agents

    def api(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        identity: str = IDENTITY,
        groups: str = "[agent]",
        raw: str | None = None,
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Send a request to the agent API; return status, body and headers."""
        event = {
            "version": "2.0",
            "routeKey": f"{method} {path}",
            "rawPath": path,
            "rawQueryString": self.query,
            "queryStringParameters": dict(parse_qsl(self.query)) or None,
            "headers": {"content-type": "application/json"},
            "requestContext": {
                "http": {"method": method, "path": path},
                "requestId": "r1",
                "stage": "$default",
                "authorizer": {"jwt": {"claims": {"sub": identity, "cognito:groups": groups}}},
            },
            "body": raw if raw is not None else (json.dumps(body) if body is not None else None),
            "isBase64Encoded": False,
        }
        answer = handler("agent_api")(event, None)
        headers = {
            **answer.get("headers", {}),
            **{k: v[0] for k, v in answer.get("multiValueHeaders", {}).items()},
        }
        return answer["statusCode"], json.loads(answer["body"]), headers


def call_form(call: str, **fields: str) -> dict[str, str]:
    """Return the form of a webhook about a call."""
    return {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "CallSid": call,
        "CallStatus": "ringing",
        "Direction": "inbound",
        "From": "+393330000001",
        "To": "+390200000001",
        **fields,
    }


def sid(number: int) -> str:
    """Return a call id in the carrier's shape."""
    return f"CA{number:032x}"


def handler(name: str) -> Any:
    """Return the handler of a function, loaded as Lambda does."""
    path = ROOT / "functions" / name / "handler.py"
    spec = importlib.util.spec_from_file_location(f"function_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handler


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wired]:
    """A centre in memory behind the deployed handlers."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "test")
    monkeypatch.setenv("WEBSOCKET_URL", "wss://socket.example.com/live")
    from centralino.runtime.settings import settings

    settings.cache_clear()
    yield Wired(monkeypatch)
    settings.cache_clear()
