"""The realtime connection's messages: who it is, what it says, a clear error otherwise."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from centralino.application import agents, offers, web_calls
from centralino.application.limits import Budget, Limit
from centralino.contracts.realtime import MAX_FRAME, AckMessage, ErrorFrame
from centralino.domain.errors import CentralinoError, InvalidRequest, NotFound, TooManyRequests
from centralino.runtime import problems, wiring
from centralino.runtime.logging import log
from centralino.runtime.settings import SocketSettings, settings

OK: dict[str, Any] = {"statusCode": 200}
#: A page that enters a room of four signals this much in one go.
FRAMES_AT_ONCE = 200
#: What each page has used up here.
budget = Budget()


def answer(event: dict[str, Any]) -> dict[str, Any]:
    """Answer one WebSocket event."""
    context = event["requestContext"]
    connection = context["connectionId"]
    try:
        if not _in_passing(context["routeKey"]):
            _spend(connection)
        match context["routeKey"]:
            case "$connect":
                ticket = (event.get("queryStringParameters") or {}).get("ticket", "")
                if web_calls.is_callers(ticket):
                    app = wiring.app()
                    web_calls.connect(app.operations, app.clock, connection, ticket)
                else:
                    agents.connect(wiring.app(), connection, ticket)
            case "$disconnect":
                if not web_calls.disconnect(wiring.app(), connection):
                    agents.disconnect(wiring.app(), connection)
            case "voice":
                _voice().speak(connection, event.get("body") or "", context.get("requestId"))
            case "signal":
                _voice().relay(connection, event.get("body") or "")
            case "ack":
                _acknowledge(connection, event.get("body") or "", context.get("requestId"))
            case _:
                raise InvalidRequest("there is no such action", code="unknown_action")
    except CentralinoError as error:
        if isinstance(error, TooManyRequests) and not budget.is_to_be_told(connection, _now()):
            return OK
        log().info("socket_refused", route=context["routeKey"], code=error.code)
        if context["routeKey"].startswith("$") and context["routeKey"] != "$default":
            return {"statusCode": problems.problem(error)["status"]}
        _tell(connection, error)
    return OK


def _in_passing(route: str) -> bool:
    return route in ("$connect", "$disconnect")


def _spend(connection: str) -> None:
    """Count a frame of a page, whatever it says, before anything is read for it."""
    every_ms = max(1, 1000 // settings(SocketSettings).frames_per_second)
    budget.spend(connection, Limit(FRAMES_AT_ONCE, every_ms), _now())


def _now() -> int:
    return wiring.app().clock.now()


def _acknowledge(connection: str, body: str, request: str | None) -> None:
    if len(body) > MAX_FRAME:
        raise InvalidRequest("the message is too large", code="frame_too_large")
    try:
        message = AckMessage.model_validate_json(body)
    except ValidationError as error:
        raise InvalidRequest("the message is not an acknowledgment", code="bad_frame") from error
    app = wiring.app()
    try:
        offers.acknowledge(app, agents.agent_of(app, connection), message.rid, request)
    except NotFound:
        log().info("ack_for_unknown_contact")


def _voice() -> Any:
    # Imported when a page speaks: most connections are those of agents who talk elsewhere.
    from centralino.runtime import voice

    return voice


def _tell(connection: str, error: CentralinoError) -> None:
    """Answer on the connection itself: a WebSocket route's status code reaches nobody."""
    frame = ErrorFrame(code=error.code, detail=str(error))
    wiring.answer_on(connection, json.dumps(frame.model_dump()))
