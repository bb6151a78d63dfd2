"""What pages in a web conversation say over the socket: read, one use case, render, push."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from centralino.adapters.telephony.webvoice.render import Renderer
from centralino.application import web_calls, webvoice
from centralino.application.limits import Limit
from centralino.application.rooms import rooms_of
from centralino.contracts.realtime import MAX_FRAME
from centralino.contracts.webvoice import VOICE, SignalMessage
from centralino.domain.errors import InvalidRequest
from centralino.domain.telephony.rooms import CALLER
from centralino.runtime import wiring
from centralino.runtime.logging import log
from centralino.runtime.settings import SocketSettings, settings

#: Lists that a page may ask for in one go, as one that came back and skipped through a menu does.
ANSWERS_AT_ONCE = 50


def answers_limit() -> Limit:
    """Return how often a page may ask for a list of actions: each runs a step of a flow."""
    every_ms = 1000 // settings(SocketSettings).frames_per_second
    return Limit(ANSWERS_AT_ONCE, max(1, every_ms))


def speak(connection: str, body: str, request: str | None) -> None:
    """Take one ``voice`` frame of a caller's or an agent's page."""
    said = read(VOICE, body)
    app = wiring.app()
    who = web_calls.who(app.operations, connection)
    if not who.startswith(web_calls.CALL):
        webvoice.agent_said(app, who, said, request)
        return
    # The number first: see web_calls.next_number.
    number = 0
    if webvoice.is_answered(said):
        number = web_calls.next_number(app.operations, app.clock, who, answers_limit())
    heard = webvoice.caller_said(app, who, said, request)
    if heard.actions:
        _show(who, number, heard)


def relay(connection: str, body: str) -> None:
    """Take one ``signal`` frame and pass it on."""
    app = wiring.app()
    who = web_calls.who(app.operations, connection)
    webvoice.signal(app, who, read(SignalMessage, body))


def read(model: type[BaseModel] | TypeAdapter[Any], body: str) -> Any:
    """Return a frame as what it says it is.

    Raises
    ------
    InvalidRequest
        It is too large, or something else.
    """
    if len(body.encode()) > MAX_FRAME:
        raise InvalidRequest("the message is too large", code="frame_too_large")
    try:
        if isinstance(model, TypeAdapter):
            return model.validate_json(body)
        return model.model_validate_json(body)
    except ValidationError as error:
        # Its own text would quote what was sent: keys pressed may be a secret.
        raise InvalidRequest("the message is not what it should be", code="bad_frame") from error


def _show(call: str, number: int, heard: webvoice.Heard) -> None:
    app, room = wiring.app(), heard.room

    def seen() -> dict[str, Any]:
        caller = room.find(CALLER) if room is not None else None
        return rooms_of(app).view(room, caller) if room is not None and caller is not None else {}

    actions = Renderer(wiring.prompts(), log()).render(heard.actions, heard.answers, seen)
    frame = {"type": "actions", "call": call, "number": number, "answers": heard.answers}
    app.realtime.push(call, {**frame, "actions": actions})
