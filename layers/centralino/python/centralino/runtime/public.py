"""The public API as a Powertools resolver: what anybody's page may do without signing in.

A route parses, makes one application call and answers. It decides nothing.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from centralino.application import web_calls
from centralino.contracts.webvoice import (
    CallPlacedView,
    CallTicketView,
    IceServer,
    PlaceCallRequest,
    ResumeCallRequest,
)
from centralino.runtime import front, public_callbacks, public_outbox, wiring
from centralino.runtime.resolver import answer_problems, refusals
from centralino.runtime.settings import RealtimeSettings, settings

CallId = Annotated[str, Path(pattern=r"^wv_[0-9A-HJKMNP-TV-Z]{26}$")]

_REFUSALS = refusals(400, 403, 404, 429, 503)

public = APIGatewayHttpResolver(enable_validation=True)
answer_problems(public)
public.include_router(public_callbacks.router)
public.include_router(public_outbox.router)


def _creates(model: type[Any]) -> dict[int, Any]:
    made = {"description": "Done", "content": {"application/json": {"model": model}}}
    return {201: made, **_REFUSALS}


@public.post("/v1/public/calls", responses=_creates(CallPlacedView))
def place_call(body: PlaceCallRequest) -> Response[CallPlacedView]:
    """Place a call from a page: what to connect to, and with what."""
    door = wiring.front_door()
    ticket, resume = web_calls.place(
        door, wiring.identity_key(), body.line, body.language, front.source(public.current_event)
    )
    view = CallPlacedView(**_connecting(ticket), resume=resume, music=wiring.prompts().music())
    return Response(status_code=201, content_type="application/json", body=view)


@public.post("/v1/public/calls/<call>/tickets", responses=_creates(CallTicketView))
def reopen_call(call: CallId, body: ResumeCallRequest) -> Response[CallTicketView]:
    """Give another ticket to the page of a call whose socket was lost."""
    door = wiring.front_door()
    ticket = web_calls.reopen(
        door, wiring.identity_key(), call, body.resume, front.source(public.current_event)
    )
    view = CallTicketView(**_connecting(ticket))
    return Response(status_code=201, content_type="application/json", body=view)


def _connecting(ticket: web_calls.Ticket) -> dict[str, Any]:
    return {
        "call": ticket.call,
        "ticket": ticket.ticket,
        "url": settings(RealtimeSettings).websocket_url,
        "ice_servers": [IceServer(**server.plain()) for server in ticket.ice_servers],
    }


def openapi() -> dict[str, Any]:
    """Return the OpenAPI document of the public API."""
    document: dict[str, Any] = json.loads(
        public.get_openapi_json_schema(title="Centralino public API", version="1")
    )
    return document
