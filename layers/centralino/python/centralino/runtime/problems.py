"""Errors as HTTP: RFC 9457 problem+json, mapped in this one place."""

from __future__ import annotations

import json
from typing import Any

from centralino.domain.errors import (
    CentralinoError,
    Conflict,
    Forbidden,
    InvalidRequest,
    NotFound,
    RuleViolation,
    TooManyRequests,
    TransientDependency,
)

#: First match wins, so a subclass stands before its base.
_STATUS: tuple[tuple[type[CentralinoError], int, str], ...] = (
    (InvalidRequest, 400, "Bad request"),
    (Forbidden, 403, "Forbidden"),
    (NotFound, 404, "Not found"),
    (Conflict, 409, "Conflict"),
    (RuleViolation, 422, "Not possible"),
    (TooManyRequests, 429, "Too many requests"),
    (TransientDependency, 503, "Try again"),
    (CentralinoError, 502, "Refused by a service we depend on"),
)
CONTENT_TYPE = "application/problem+json"


def problem(error: Exception) -> dict[str, Any]:
    """Return the problem document of an error; what we did not foresee says nothing of itself."""
    if isinstance(error, CentralinoError):
        for kind, status, title in _STATUS:
            if isinstance(error, kind):
                return _document(status, title, str(error), error.code)
    return _document(500, "Internal error", "something went wrong on our side", "internal_error")


def response(error: Exception) -> dict[str, Any]:
    """Return an HTTP API response for an error."""
    document = problem(error)
    headers = {"content-type": CONTENT_TYPE}
    if document["status"] == 503:
        headers["retry-after"] = "1"
    if isinstance(error, TooManyRequests):
        headers["retry-after"] = str(error.retry_after_s)
    return {"statusCode": document["status"], "headers": headers, "body": json.dumps(document)}


def _document(status: int, title: str, detail: str, code: str) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
    }
