"""The agent API as a Powertools resolver: routes, validation, problem+json.

A route parses, makes one application call and answers. It decides nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from centralino.application import (
    agent_phones,
    agents,
    decisions,
    inviting,
    keypad,
    muting,
    offers,
    recording_desk,
    rejoining,
    transfers,
)
from centralino.contracts.api import (
    AgentStateRequest,
    AgentView,
    ConferenceRequest,
    ContactView,
    DecisionsView,
    DeclineRequest,
    Destination,
    DigitsRequest,
    DispositionRequest,
    PhoneRequest,
    TicketView,
    TransferRequest,
)
from centralino.domain import ids
from centralino.domain.agents.model import AgentState
from centralino.runtime import (
    answers,
    api_callbacks,
    api_recordings,
    api_supervision,
    identity,
    views,
    wiring,
)
from centralino.runtime.answers import ContactId
from centralino.runtime.resolver import answer_problems
from centralino.runtime.settings import RealtimeSettings, settings

OfferNumber = Annotated[int, Path(ge=1, le=1_000_000)]
Language = Annotated[str, Query(pattern="^(en|it)$", description="Of the words")]

api = APIGatewayHttpResolver(enable_validation=True)
answer_problems(api)
api.include_router(api_recordings.router)
api.include_router(api_callbacks.router)
api.include_router(api_supervision.router)


def _claims() -> Mapping[str, Any]:
    authorizer = api.current_event.request_context.authorizer
    return authorizer.jwt_claim if authorizer else {}


def _me() -> str:
    return identity.agent(_claims())


def _cause() -> str:
    return f"api:{api.current_event.request_context.request_id}"


@api.get("/v1/agents/me", responses=answers.described(AgentView))
def get_me() -> Response[AgentView]:
    """Show the signed-in agent with the contacts they hold."""
    app = wiring.app()
    desk = agents.desk(app, _me())
    shown = partial(recording_desk.shown, app)
    return answers.versioned(views.desk_view(desk, app.clock.now(), shown))


@api.put("/v1/agents/me/state", responses=answers.described(AgentView))
def put_state(body: AgentStateRequest) -> Response[AgentView]:
    """Go routable, not ready or offline."""
    app = wiring.app()
    agents.set_state(app, _me(), AgentState(body.state), body.reason, _cause())
    return get_me()


@api.put("/v1/agents/me/phone", responses=answers.described(AgentView))
def put_phone(body: PhoneRequest) -> Response[AgentView]:
    """Name the phone on which to take calls where no page is one."""
    agent_phones.name(wiring.app(), _me(), body.number)
    return get_me()


@api.get("/v1/contacts/<contact_id>", responses=answers.described(ContactView))
def get_contact(contact_id: ContactId) -> Response[ContactView]:
    """Show a contact the agent has a part in."""
    return answers.contact(agents.own(wiring.app(), _me(), contact_id))


@api.get("/v1/contacts/<contact_id>/decisions", responses=answers.described(DecisionsView))
def get_decisions(contact_id: ContactId, language: Language = "en") -> DecisionsView:
    """Tell in words why the contact was assigned as it was, each time."""
    app = wiring.app()
    contact = agents.own(app, _me(), contact_id)
    return views.decisions_view(contact_id, decisions.history(app.operations, contact), language)


@api.post(
    "/v1/contacts/<contact_id>/offers/<number>/accept", responses=answers.described(ContactView)
)
def accept(contact_id: ContactId, number: OfferNumber) -> Response[ContactView]:
    """Accept an offer. The first accept wins; repeating it answers the same."""
    rid = ids.offer_id(contact_id, number)
    contact = offers.accept(wiring.app(), _me(), contact_id, rid, _cause())
    return answers.contact(contact)


@api.post(
    "/v1/contacts/<contact_id>/offers/<number>/decline", responses=answers.described(ContactView)
)
def decline(
    contact_id: ContactId, number: OfferNumber, body: DeclineRequest
) -> Response[ContactView]:
    """Decline an offer; the caller keeps the place in line."""
    rid = ids.offer_id(contact_id, number)
    contact = offers.decline(wiring.app(), _me(), contact_id, rid, body.reason, _cause())
    return answers.contact(contact)


@api.post("/v1/contacts/<contact_id>/hangup", responses=answers.described(ContactView))
def hang_up(contact_id: ContactId) -> Response[ContactView]:
    """End the conversation; the wrap-up begins."""
    contact = agents.hang_up(wiring.app(), _me(), contact_id, _cause())
    return answers.contact(contact)


@api.post("/v1/contacts/<contact_id>/hold", responses=answers.described(ContactView))
def hold(contact_id: ContactId) -> Response[ContactView]:
    """Let the customer wait on the line."""
    return answers.contact(transfers.hold(wiring.app(), _me(), contact_id, _cause()))


@api.post("/v1/contacts/<contact_id>/resume", responses=answers.described(ContactView))
def resume(contact_id: ContactId) -> Response[ContactView]:
    """Go on talking to the customer."""
    contact = transfers.resume(wiring.app(), _me(), contact_id, _cause())
    return answers.contact(contact)


@api.post("/v1/contacts/<contact_id>/mute", responses=answers.described(ContactView))
def mute(contact_id: ContactId) -> Response[ContactView]:
    """Let nobody in the conversation hear the agent."""
    return answers.contact(muting.mute(wiring.app(), _me(), contact_id, _cause()))


@api.post("/v1/contacts/<contact_id>/unmute", responses=answers.described(ContactView))
def unmute(contact_id: ContactId) -> Response[ContactView]:
    """Let the others hear the agent again."""
    return answers.contact(muting.unmute(wiring.app(), _me(), contact_id, _cause()))


@api.post("/v1/contacts/<contact_id>/digits", responses=answers.described(ContactView))
def digits(contact_id: ContactId, body: DigitsRequest) -> Response[ContactView]:
    """Have the customer's telephone, or a third party's, hear keys as tones."""
    contact = keypad.press(wiring.app(), _me(), contact_id, body.digits, body.request, body.to)
    return answers.contact(contact)


@api.post("/v1/contacts/<contact_id>/rejoin", responses=answers.described(ContactView))
def rejoin(contact_id: ContactId) -> Response[ContactView]:
    """Come back into the conversation after the agent's leg was lost, or the page reloaded."""
    contact = rejoining.rejoin(wiring.app(), _me(), contact_id, _cause())
    return answers.contact(contact)


@api.post("/v1/contacts/<contact_id>/rejoin/decline", responses=answers.described(ContactView))
def decline_rejoin(contact_id: ContactId) -> Response[ContactView]:
    """Do not come back: the customer goes to the head of the queue at once."""
    contact = rejoining.decline(wiring.app(), _me(), contact_id, _cause())
    return answers.contact(contact)


@api.post("/v1/contacts/<contact_id>/transfer", responses=answers.described(ContactView))
def transfer(contact_id: ContactId, body: TransferRequest) -> Response[ContactView]:
    """Hand the customer on to a queue, an agent or an outside number."""
    contact = transfers.transfer(
        wiring.app(), _me(), contact_id, _to(body.to), wiring.identity_key(), _cause()
    )
    return answers.contact(contact)


@api.post("/v1/contacts/<contact_id>/return-to-queue", responses=answers.described(ContactView))
def return_to_queue(contact_id: ContactId) -> Response[ContactView]:
    """Give the customer back to the queue, in the old place."""
    contact = transfers.return_to_queue(wiring.app(), _me(), contact_id, _cause())
    return answers.contact(contact)


@api.post("/v1/contacts/<contact_id>/consult", responses=answers.described(ContactView))
def consult(contact_id: ContactId, body: TransferRequest) -> Response[ContactView]:
    """Ask somebody while the customer is held."""
    contact = transfers.consult(
        wiring.app(), _me(), contact_id, _to(body.to), wiring.identity_key(), _cause()
    )
    return answers.contact(contact)


@api.post("/v1/contacts/<contact_id>/consult/complete", responses=answers.described(ContactView))
def complete_consult(contact_id: ContactId) -> Response[ContactView]:
    """Leave the customer with the third party."""
    contact = transfers.complete_consult(wiring.app(), _me(), contact_id, _cause())
    return answers.contact(contact)


@api.post("/v1/contacts/<contact_id>/consult/cancel", responses=answers.described(ContactView))
def cancel_consult(contact_id: ContactId) -> Response[ContactView]:
    """Send the third party away and go on talking to the customer."""
    contact = transfers.cancel_consult(wiring.app(), _me(), contact_id, _cause())
    return answers.contact(contact)


@api.post("/v1/contacts/<contact_id>/conference", responses=answers.described(ContactView))
def conference(contact_id: ContactId, body: ConferenceRequest) -> Response[ContactView]:
    """Have a third party join, or bring the held customer into the talk with the party."""
    to = _to(body.to) if body.to is not None else None
    contact = transfers.conference(
        wiring.app(), _me(), contact_id, to, wiring.identity_key(), _cause()
    )
    return answers.contact(contact)


@api.post("/v1/contacts/<contact_id>/disposition", responses=answers.described(ContactView))
def dispose(contact_id: ContactId, body: DispositionRequest) -> Response[ContactView]:
    """File how the contact ended; the wrap-up is over."""
    contact = agents.dispose(wiring.app(), _me(), contact_id, body.code, _cause())
    return answers.contact(contact)


@api.post("/v1/realtime/tickets", responses=answers.described(TicketView))
def issue_ticket() -> TicketView:
    """Give a single-use ticket for the realtime connection, good for 60 seconds."""
    claims = _claims()
    if identity.is_supervisor(claims):
        ticket = agents.issue_ticket(wiring.app(), identity.person(claims), registered=False)
    else:
        ticket = agents.issue_ticket(wiring.app(), identity.agent(claims))
    return TicketView(ticket=ticket, url=settings(RealtimeSettings).websocket_url)


def _to(destination: Destination) -> inviting.To:
    return inviting.To(destination.queue, destination.agent, destination.number)


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
