"""What another contact centre tells, from its queue: news of a call, or our own reminder of one."""

from __future__ import annotations

import json
from typing import Any

from centralino.adapters.telephony.connect import events
from centralino.application import importing
from centralino.domain.errors import InvalidRequest
from centralino.runtime import queues, wiring

_REMINDER = "settle"


def take(event: dict[str, Any]) -> queues.Response:
    """Take in a batch of messages."""
    return queues.each(event, _work, wiring.dead_letters)


def _work(record: queues.Record) -> None:
    message = _object(record["body"])
    if set(message) == {_REMINDER}:
        root = message[_REMINDER]
        if not isinstance(root, str):
            raise InvalidRequest("the reminder names no call", code="invalid_message")
        app, bus = wiring.importer(), wiring.bus()
        importing.settle(app, bus, root, wiring.identity_key(), _remind)
        return
    news = events.read(message)
    if news is not None:
        importing.take(wiring.importer(), news, _remind)


def _remind(root: str, delay_ms: int) -> None:
    wiring.imports_queue().send({_REMINDER: root}, delay_ms)


def _object(body: str) -> dict[str, Any]:
    try:
        message = json.loads(body)
    except ValueError as error:
        raise InvalidRequest("the message is not JSON", code="invalid_message") from error
    if not isinstance(message, dict):
        raise InvalidRequest("the message is not an object", code="invalid_message")
    return message
