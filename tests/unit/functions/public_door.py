"""The public API as a browser, a program and a mail filter meet it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from centralino.application.limits import Budget
from centralino.runtime import public_callbacks
from centralino.runtime.settings import settings
from tests.support.web_centre import Web
from tests.support.wired import handler
from tests.unit.application.picking_times import plan_days
from tests.unit.application.writing_to import CUSTOMER, sent, told, web_rules

BASE = "/v1/public/callbacks"
AT = "2026-01-06T10:00"
NOBODY = "cb_00000000000000000000000000"


class Door(Web):
    """The public API as a browser, a program and a mail filter meet it."""

    def go(
        self,
        method: str,
        path: str,
        *,
        form: Mapping[str, str] | None = None,
        query: str = "",
        raw: str | None = None,
        encoded: bool = False,
        **headers: str,
    ) -> tuple[int, str, dict[str, str]]:
        """Send a request; return status, body and headers in lower case."""
        event = {
            "version": "2.0",
            "routeKey": f"{method} {path}",
            "rawPath": path,
            "rawQueryString": query,
            "queryStringParameters": dict(p.split("=") for p in query.split("&") if p) or None,
            "headers": {
                "content-type": "application/x-www-form-urlencoded",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
            "requestContext": {
                "http": {"method": method, "path": path, "sourceIp": "198.51.100.7"},
                "requestId": "r1",
                "stage": "$default",
            },
            "body": urlencode(form) if form is not None else raw,
            "isBase64Encoded": encoded,
        }
        answer = handler("public_api")(event, None)
        many = {k: v[0] for k, v in answer.get("multiValueHeaders", {}).items()}
        found = {**answer.get("headers", {}), **many}
        return answer["statusCode"], answer["body"], {k.lower(): v for k, v in found.items()}

    def asked(self, **body: Any) -> str:
        """Ask for a callback; return the request once its code has gone out."""
        status, body_, _ = self.public(BASE, {"queue": "sales", "number": CUSTOMER, **body})
        assert status == 202, body_
        self.centre.advance(0)
        return str(body_["request"])

    def code(self, request: str) -> str:
        """Return the code as the customer reads it."""
        (text,) = [m.text for m in sent(self.centre, "code") if m.id == request]
        return re.findall(r"\b[0-9]{6}\b", text)[0]

    def booked(self, **body: Any) -> dict[str, Any]:
        """Ask, and tell the code; return what was booked."""
        request = self.asked(**body)
        status, found, _ = self.public(
            f"{BASE}/confirm", {"request": request, "code": self.code(request)}
        )
        assert status == 200, found
        told(self.centre)
        return found

    def act(self, path: str, action: str, **fields: str) -> tuple[int, str, dict[str, str]]:
        """Fill in a form of the page, as a browser does."""
        _, page, _ = self.go("GET", path)
        return self.go("POST", path, form={**forms(page)[action], **fields})

    def everything(self) -> str:
        """Return all that is stored, to see whether anything has changed."""
        world = self.centre.world
        contacts = sorted(world.store.contacts(), key=lambda contact: contact.id)
        return repr(contacts) + repr(world.operations._partitions) + repr(world.timers.next_at())


def forms(page: str) -> dict[str, dict[str, str]]:
    """Return the hidden fields of each form of a page, by what it does."""
    found = [
        dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
        for form in re.findall(r"<form.*?</form>", page)
    ]
    return {fields["action"]: fields for fields in found}


def problem(answer: tuple[int, Any, dict[str, str]]) -> tuple[int, str]:
    status, body, headers = answer
    assert (headers.get("content-type") or headers["Content-Type"]) == "application/problem+json"
    return status, (json.loads(body) if isinstance(body, str) else body)["code"]


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "test")
    settings.cache_clear()
    monkeypatch.setattr(public_callbacks, "looks", Budget())
    made = Door(monkeypatch, web_rules(tries=1))
    plan_days(made.centre, "sales", 10)
    yield made
    settings.cache_clear()
