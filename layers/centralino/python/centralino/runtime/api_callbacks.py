"""The routes of callbacks; they are part of the agent API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from centralino.application.callbacks import desk, timing
from centralino.contracts.callbacks import (
    AGENT,
    QUEUE,
    At,
    CallbackBooked,
    CallbackMove,
    CallbackReassign,
    CallbackRequest,
    CallbacksView,
    CallbackView,
    SlotsView,
    SlotView,
)
from centralino.domain.callbacks.local_times import moment
from centralino.domain.callbacks.model import CallbackState
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import Forbidden
from centralino.runtime import answers, callback_views, identity, wiring

#: Who is in this group may see customers' numbers.
NUMBERS_GROUP = "numbers"
_STATES = "|".join(CallbackState)

CallbackId = Annotated[str, Path(pattern=r"^cb_[0-9A-HJKMNP-TV-Z]{26}$")]
QueueName = Annotated[str, Query(pattern=QUEUE, description="Whose times")]
MaybeQueue = Annotated[
    str | None, Query(pattern=QUEUE, description="Of which queue; all one sees if not given")
]
Ended = Annotated[bool, Query(description="Those that have ended, the latest first")]
States = Annotated[
    str | None,
    Query(pattern=f"^({_STATES})(,({_STATES}))*$", description="Only these, by comma"),
]
From = Annotated[int | None, Query(alias="from", ge=0, description="UTC ms, from here on")]
To = Annotated[int | None, Query(ge=0, description="UTC ms, up to here")]
AgentName = Annotated[str | None, Query(pattern=AGENT, description="Who has it, or had it last")]
Mine = Annotated[bool, Query(description="Only one's own")]
Cursor = Annotated[str | None, Query(max_length=300)]
Limit = Annotated[int, Query(ge=1, le=100)]
ForCustomer = Annotated[
    bool, Query(description="The customer asked for it: else we break our promise")
]

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


def _claims() -> Mapping[str, Any]:
    authorizer = router.current_event.request_context.authorizer
    return authorizer.jwt_claim if authorizer else {}


def _viewer() -> desk.Viewer:
    claims = _claims()
    if not identity.is_supervisor(claims):
        return desk.Viewer(identity.agent(claims))
    supervisor = identity.supervising(claims)
    numbers = NUMBERS_GROUP in identity.groups(claims)
    return desk.Viewer(supervisor.id, supervisor, numbers=numbers)


def _cause() -> str:
    return f"api:{router.current_event.request_context.request_id}"


@router.post("/v1/callbacks", responses=answers.described(CallbackBooked))
def post_callback(body: CallbackRequest) -> CallbackBooked:
    """Book a callback for a customer; one that is open already is given instead."""
    asked = desk.book(
        wiring.app(),
        _viewer(),
        queue=body.queue,
        number=body.number,
        line=body.line,
        topic=body.topic,
        key=wiring.identity_key(),
        cause=_cause(),
        at=_at(body, body.queue),
        mine=body.mine,
    )
    start, end = asked.window or (None, None)
    return CallbackBooked(
        callback_id=asked.callback_id or "",
        already=asked.outcome == "already",
        expected_at=asked.expected_at,
        window_start=start,
        window_end=end,
    )


@router.get("/v1/callbacks", responses=answers.described(CallbacksView))
def get_callbacks(
    queue: MaybeQueue = None,
    ended: Ended = False,
    state: States = None,
    start: From = None,
    to: To = None,
    agent: AgentName = None,
    mine: Mine = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> CallbacksView:
    """List callbacks of the business units one sees, open or ended, page by page."""
    wanted = desk.Wanted(queue, ended, _states(state), start, to, agent, mine)
    found = desk.listed(wiring.app(), _viewer(), wanted, cursor, limit)
    return callback_views.page(found)


@router.get("/v1/callbacks/slots", responses=answers.described(SlotsView))
def get_slots(
    queue: QueueName,
    start: Annotated[int, Query(alias="from", ge=0, description="UTC ms, from here on")],
    to: Annotated[int, Query(ge=0, description="UTC ms, up to here")],
) -> SlotsView:
    """List the times at which a customer can be promised a call."""
    found = desk.free_slots(wiring.app(), _viewer(), queue, start, to)
    slots = [SlotView(start=slot.start, end=slot.end, free=slot.free) for slot in found]
    return SlotsView(queue=queue, slots=slots)


@router.get("/v1/callbacks/export")
def get_export(
    queue: MaybeQueue = None,
    ended: Ended = False,
    state: States = None,
    start: From = None,
    to: To = None,
    agent: AgentName = None,
    form: Annotated[Literal["csv", "jsonl"], Query(alias="format")] = "csv",
    numbers: Annotated[bool, Query(description="Customers' numbers, too")] = False,
    cursor: Cursor = None,
) -> Response[str]:
    """Give a page of callbacks as CSV or JSON lines; `x-cursor` says where to go on.

    Only a supervisor may, and numbers are in it for members of the group `numbers` alone.
    """
    app, viewer = wiring.app(), _viewer()
    if viewer.supervisor is None:
        raise Forbidden("only a supervisor exports callbacks", code="not_a_supervisor")
    wanted = desk.Wanted(queue, ended, _states(state), start, to, agent)
    found = desk.listed(app, viewer, wanted, cursor)
    lines = desk.export(app, viewer, found.rows, form, numbers=numbers, heading=cursor is None)
    return Response(
        status_code=200,
        content_type="text/csv; charset=utf-8" if form == "csv" else "application/x-ndjson",
        body="".join(lines),
        headers={"x-cursor": found.cursor} if found.cursor is not None else {},
    )


@router.get("/v1/callbacks/<callback>", responses=answers.described(CallbackView))
def get_callback(callback: CallbackId) -> Response[CallbackView]:
    """Show a callback, open or ended, with its history."""
    return answers.versioned(callback_views.detail(desk.shown(wiring.app(), _viewer(), callback)))


@router.delete("/v1/callbacks/<callback>", responses=answers.described(CallbackView))
def delete_callback(
    callback: CallbackId,
    for_customer: ForCustomer = False,
) -> Response[CallbackView]:
    """Take a callback back; repeating it answers the same."""
    app, viewer = wiring.app(), _viewer()
    desk.cancel(app, viewer, callback, _cause(), for_customer=for_customer)
    return get_callback(callback)


@router.post("/v1/callbacks/<callback>/move", responses=answers.described(CallbackView))
def move_callback(callback: CallbackId, body: CallbackMove) -> Response[CallbackView]:
    """Move a callback to another time, or to its turn in line."""
    app, viewer = wiring.app(), _viewer()
    contact: Contact = desk.shown(app, viewer, callback).contact
    at = _at(body, contact.queue or "")
    desk.move(app, viewer, callback, at, _cause(), for_customer=body.for_customer)
    return get_callback(callback)


@router.post("/v1/callbacks/<callback>/reassign", responses=answers.described(CallbackView))
def reassign_callback(callback: CallbackId, body: CallbackReassign) -> Response[CallbackView]:
    """Give a callback to another queue, or to an agent who is asked first."""
    app, viewer = wiring.app(), _viewer()
    desk.reassign(app, viewer, callback, queue=body.queue, agent=body.agent, cause=_cause())
    return get_callback(callback)


def _at(body: At, queue: str) -> int | None:
    if body.local_time is None:
        return body.at
    zone = body.zone or timing.times_of(wiring.app(), queue).zone
    return moment(body.local_time, zone)


def _states(named: str | None) -> frozenset[str]:
    return frozenset(named.split(",")) if named else frozenset()
