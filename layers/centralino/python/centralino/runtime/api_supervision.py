"""The routes of supervision and of browser telephones; they are part of the agent API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from centralino.application import supervision
from centralino.application.scopes import Supervisor
from centralino.contracts.supervision import SupervisionRequest, SupervisionView, TelephoneView
from centralino.domain.contacts.supervision import Mode
from centralino.runtime import answers, identity, wiring
from centralino.runtime.answers import ContactId

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


def _claims() -> Mapping[str, Any]:
    authorizer = router.current_event.request_context.authorizer
    return authorizer.jwt_claim if authorizer else {}


def _supervisor() -> Supervisor:
    return identity.supervising(_claims())


def _cause() -> str:
    return f"api:{router.current_event.request_context.request_id}"


@router.post("/v1/contacts/<contact_id>/supervision", responses=answers.described(SupervisionView))
def listen(contact_id: ContactId, body: SupervisionRequest) -> SupervisionView:
    """Enter a conversation as a supervisor; the agents in it are not told."""
    mode = Mode(body.mode)
    return _view(supervision.listen(wiring.app(), _supervisor(), contact_id, mode, _cause()))


@router.patch("/v1/contacts/<contact_id>/supervision", responses=answers.described(SupervisionView))
def change_supervision(contact_id: ContactId, body: SupervisionRequest) -> SupervisionView:
    """Be heard by others than before."""
    mode = Mode(body.mode)
    return _view(supervision.change(wiring.app(), _supervisor(), contact_id, mode, _cause()))


@router.delete(
    "/v1/contacts/<contact_id>/supervision", responses=answers.described(SupervisionView)
)
def leave_supervision(contact_id: ContactId) -> SupervisionView:
    """Leave a conversation; repeating it answers the same."""
    return _view(supervision.leave(wiring.app(), _supervisor(), contact_id, _cause()))


@router.post("/v1/telephony/token", responses=answers.described(TelephoneView))
def issue_telephone_token() -> TelephoneView:
    """Give what makes this browser the agent's or supervisor's telephone for an hour."""
    claims = _claims()
    supervises = identity.is_supervisor(claims)
    me = identity.supervising(claims).id if supervises else identity.agent(claims)
    token, seconds = wiring.twilio().browser_token(me)
    return TelephoneView(token=token, identity=me, expires_in=seconds)


def _view(listening: supervision.Listening) -> SupervisionView:
    return SupervisionView(
        contact_id=listening.contact,
        agent_id=listening.supervisor,
        leg=listening.leg,
        mode=Mode(listening.mode).value,
        since=listening.at,
        listening=listening.open,
    )
