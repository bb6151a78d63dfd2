"""A carrier's webhook over HTTP: check, read, one use case, render."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from centralino.application import calls
from centralino.domain.errors import CentralinoError, InvalidRequest
from centralino.runtime import problems, wiring
from centralino.runtime.logging import log

MAX_BODY = 64 * 1024


def answer(event: dict[str, Any]) -> dict[str, Any]:
    """Return the HTTP response to one Twilio webhook; unverified ones get nothing done."""
    try:
        return _carry_out(event)
    except CentralinoError as error:
        log().warning("webhook_refused", code=error.code, path=event.get("rawPath", ""))
        return problems.response(error)
    except Exception as error:  # noqa: BLE001 - the caller must hear the fallback, not a stack
        log().error("webhook_failed", error=type(error).__name__, detail=str(error)[:200])
        return problems.response(error)


def _carry_out(event: dict[str, Any]) -> dict[str, Any]:
    twilio = wiring.twilio()
    path, raw_query = event["rawPath"], event.get("rawQueryString", "")
    command = twilio.read(
        path=path,
        raw_query=raw_query,
        headers=event.get("headers", {}),
        body=_body(event),
    )
    actions = calls.handle(wiring.app(), command, wiring.identity_key())
    if not actions:
        return {"statusCode": 204, "headers": {}, "body": ""}
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/xml; charset=utf-8"},
        "body": twilio.render(actions, path=path, raw_query=raw_query),
    }


def _body(event: dict[str, Any]) -> bytes:
    raw = event.get("body") or ""
    if len(raw) > 2 * MAX_BODY:
        raise InvalidRequest("the body is too large", code="body_too_large")
    if not event.get("isBase64Encoded"):
        return raw.encode()
    try:
        return base64.b64decode(raw, validate=True)
    except binascii.Error as error:
        raise InvalidRequest("the body cannot be read", code="malformed_body") from error
