"""The agent API as a Powertools resolver: routes, validation, problem+json.

A route parses, makes one application call and answers. It decides nothing.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import ServiceError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from centralino.application import agents, decisions, inviting, offers, transfers
from centralino.contracts.api import (
    AgentStateRequest,
    AgentView,
    ConferenceRequest,
    ContactView,
    DecisionsView,
    DeclineRequest,
    Destination,
    DispositionRequest,
    Problem,
    TicketView,
    TransferRequest,
)
from centralino.domain import ids
from centralino.domain.agents.model import AgentState
from centralino.domain.errors import CentralinoError, InvalidRequest, NotFound
from centralino.runtime import identity, problems, views, wiring
from centralino.runtime.logging import log
from centralino.runtime.settings import RealtimeSettings, settings

ContactId = Annotated[str, Path(pattern=r"^ct_[0-9A-HJKMNP-TV-Z]{26}$")]
OfferNumber = Annotated[int, Path(ge=1, le=1_000_000)]
Language = Annotated[str, Query(pattern="^(en|it)$", description="Of the words")]

_PROBLEMS: dict[int, dict[str, Any]] = {
    status: {
        "description": title,
        "content": {problems.CONTENT_TYPE: {"model": Problem}},
    }
    for status, title in (
        (400, "The request is malformed"),
        (401, "Not signed in"),
        (403, "Not allowed"),
        (404, "No such thing"),
        (409, "Somebody was faster"),
        (422, "Not possible now"),
        (503, "Try again"),
    )
}

api = APIGatewayHttpResolver(enable_validation=True)


def _answers(model: type[Any]) -> dict[int, Any]:
    ok = {"description": "Done", "content": {"application/json": {"model": model}}}
    return {200: ok, **_PROBLEMS}


def _me() -> str:
    context = api.current_event.request_context
    authorizer = context.authorizer
    return identity.agent(authorizer.jwt_claim if authorizer else {})


def _cause() -> str:
    return f"api:{api.current_event.request_context.request_id}"


@api.get("/v1/agents/me", responses=_answers(AgentView))
def get_me() -> Response[AgentView]:
    """Show the signed-in agent with the contacts they hold."""
    app = wiring.app()
    desk = agents.desk(app, _me())
    return _versioned(views.desk_view(desk, app.clock.now()))


@api.put("/v1/agents/me/state", responses=_answers(AgentView))
def put_state(body: AgentStateRequest) -> Response[AgentView]:
    """Go routable, not ready or offline."""
    app = wiring.app()
    agents.set_state(app, _me(), AgentState(body.state), body.reason, _cause())
    return get_me()


@api.get("/v1/contacts/<contact_id>", responses=_answers(ContactView))
def get_contact(contact_id: ContactId) -> Response[ContactView]:
    """Show a contact the agent has a part in."""
    return _versioned(views.contact_view(agents.own(wiring.app(), _me(), contact_id)))


@api.get("/v1/contacts/<contact_id>/decisions", responses=_answers(DecisionsView))
def get_decisions(contact_id: ContactId, language: Language = "en") -> DecisionsView:
    """Tell in words why the contact was assigned as it was, each time."""
    app = wiring.app()
    contact = agents.own(app, _me(), contact_id)
    return views.decisions_view(contact_id, decisions.history(app.operations, contact), language)


@api.post("/v1/contacts/<contact_id>/offers/<number>/accept", responses=_answers(ContactView))
def accept(contact_id: ContactId, number: OfferNumber) -> Response[ContactView]:
    """Accept an offer. The first accept wins; repeating it answers the same."""
    rid = ids.offer_id(contact_id, number)
    contact = offers.accept(wiring.app(), _me(), contact_id, rid, _cause())
    return _versioned(views.contact_view(contact))


@api.post("/v1/contacts/<contact_id>/offers/<number>/decline", responses=_answers(ContactView))
def decline(
    contact_id: ContactId, number: OfferNumber, body: DeclineRequest
) -> Response[ContactView]:
    """Decline an offer; the caller keeps the place in line."""
    rid = ids.offer_id(contact_id, number)
    contact = offers.decline(wiring.app(), _me(), contact_id, rid, body.reason, _cause())
    return _versioned(views.contact_view(contact))


@api.post("/v1/contacts/<contact_id>/hangup", responses=_answers(ContactView))
def hang_up(contact_id: ContactId) -> Response[ContactView]:
    """End the conversation; the wrap-up begins."""
    contact = agents.hang_up(wiring.app(), _me(), contact_id, _cause())
    return _versioned(views.contact_view(contact))


@api.post("/v1/contacts/<contact_id>/hold", responses=_answers(ContactView))
def hold(contact_id: ContactId) -> Response[ContactView]:
    """Let the customer wait on the line."""
    return _versioned(views.contact_view(transfers.hold(wiring.app(), _me(), contact_id, _cause())))


@api.post("/v1/contacts/<contact_id>/resume", responses=_answers(ContactView))
def resume(contact_id: ContactId) -> Response[ContactView]:
    """Go on talking to the customer."""
    contact = transfers.resume(wiring.app(), _me(), contact_id, _cause())
    return _versioned(views.contact_view(contact))


@api.post("/v1/contacts/<contact_id>/transfer", responses=_answers(ContactView))
def transfer(contact_id: ContactId, body: TransferRequest) -> Response[ContactView]:
    """Hand the customer on to a queue, an agent or an outside number."""
    contact = transfers.transfer(
        wiring.app(), _me(), contact_id, _to(body.to), wiring.identity_key(), _cause()
    )
    return _versioned(views.contact_view(contact))


@api.post("/v1/contacts/<contact_id>/return-to-queue", responses=_answers(ContactView))
def return_to_queue(contact_id: ContactId) -> Response[ContactView]:
    """Give the customer back to the queue, in the old place."""
    contact = transfers.return_to_queue(wiring.app(), _me(), contact_id, _cause())
    return _versioned(views.contact_view(contact))


@api.post("/v1/contacts/<contact_id>/consult", responses=_answers(ContactView))
def consult(contact_id: ContactId, body: TransferRequest) -> Response[ContactView]:
    """Ask somebody while the customer is held."""
    contact = transfers.consult(
        wiring.app(), _me(), contact_id, _to(body.to), wiring.identity_key(), _cause()
    )
    return _versioned(views.contact_view(contact))


@api.post("/v1/contacts/<contact_id>/consult/complete", responses=_answers(ContactView))
def complete_consult(contact_id: ContactId) -> Response[ContactView]:
    """Leave the customer with the third party."""
    contact = transfers.complete_consult(wiring.app(), _me(), contact_id, _cause())
    return _versioned(views.contact_view(contact))


@api.post("/v1/contacts/<contact_id>/consult/cancel", responses=_answers(ContactView))
def cancel_consult(contact_id: ContactId) -> Response[ContactView]:
    """Send the third party away and go on talking to the customer."""
    contact = transfers.cancel_consult(wiring.app(), _me(), contact_id, _cause())
    return _versioned(views.contact_view(contact))


@api.post("/v1/contacts/<contact_id>/conference", responses=_answers(ContactView))
def conference(contact_id: ContactId, body: ConferenceRequest) -> Response[ContactView]:
    """Have a third party join, or bring the held customer into the talk with the party."""
    to = _to(body.to) if body.to is not None else None
    contact = transfers.conference(
        wiring.app(), _me(), contact_id, to, wiring.identity_key(), _cause()
    )
    return _versioned(views.contact_view(contact))


@api.post("/v1/contacts/<contact_id>/disposition", responses=_answers(ContactView))
def dispose(contact_id: ContactId, body: DispositionRequest) -> Response[ContactView]:
    """File how the contact ended; the wrap-up is over."""
    contact = agents.dispose(wiring.app(), _me(), contact_id, body.code, _cause())
    return _versioned(views.contact_view(contact))


@api.post("/v1/realtime/tickets", responses=_answers(TicketView))
def issue_ticket() -> TicketView:
    """Give a single-use ticket for the realtime connection, good for 60 seconds."""
    ticket = agents.issue_ticket(wiring.app(), _me())
    return TicketView(ticket=ticket, url=settings(RealtimeSettings).websocket_url)


@api.exception_handler(CentralinoError)  # type: ignore[untyped-decorator]
def _refused(error: CentralinoError) -> Response[str]:
    log().info("request_refused", code=error.code)
    return _problem(error)


@api.exception_handler(RequestValidationError)  # type: ignore[untyped-decorator]
def _invalid(error: RequestValidationError) -> Response[str]:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first.get("loc", ()))
    detail = f"{where}: {first.get('msg', 'is not valid')}"
    return _problem(InvalidRequest(detail, code="invalid_request"))


@api.exception_handler(ServiceError)  # type: ignore[untyped-decorator]
def _service(error: ServiceError) -> Response[str]:
    if error.status_code == 404:
        return _problem(NotFound("there is no such address", code="no_route"))
    return _problem(InvalidRequest("the request cannot be read", code="invalid_request"))


@api.exception_handler(Exception)  # type: ignore[untyped-decorator]
def _unforeseen(error: Exception) -> Response[str]:
    log().error("request_failed", error=type(error).__name__)
    return _problem(error)


def _to(destination: Destination) -> inviting.To:
    return inviting.To(destination.queue, destination.agent, destination.number)


def _versioned(view: Any) -> Response[Any]:
    return Response(
        status_code=200,
        content_type="application/json",
        body=view,
        headers={"ETag": f'"{view.version}"'},
    )


def _problem(error: Exception) -> Response[str]:
    answer = problems.response(error)
    headers = {k: v for k, v in answer["headers"].items() if k != "content-type"}
    return Response(
        status_code=answer["statusCode"],
        content_type=problems.CONTENT_TYPE,
        body=answer["body"],
        headers=headers,
    )


def openapi() -> dict[str, Any]:
    """Return the OpenAPI document of the agent API."""
    document: dict[str, Any] = json.loads(
        api.get_openapi_json_schema(
            title="Centralino agent API",
            version="1",
            description="What an agent's page does. Every error is RFC 9457 problem+json.",
        )
    )
    return document
