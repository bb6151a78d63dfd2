"""The routes of consents and recordings; they are part of the agent API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from centralino.application import recording_desk as desk
from centralino.contracts.api import ContactView
from centralino.contracts.recordings import (
    AccessRequest,
    AccessView,
    ConsentRequest,
    ConsentsView,
    ConsentView,
    RecordingsView,
    RecordingView,
)
from centralino.domain.consents import Consent
from centralino.domain.recordings import Recording
from centralino.runtime import answers, identity, wiring
from centralino.runtime.answers import ContactId

#: See :data:`centralino.domain.recordings.NAME`.
Name = Annotated[str, Path(pattern=r"^ct_[0-9A-HJKMNP-TV-Z]{26}\.[0-9]{1,4}(\.[0-9]{1,3})?$")]

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


def _claims() -> Mapping[str, Any]:
    authorizer = router.current_event.request_context.authorizer
    return authorizer.jwt_claim if authorizer else {}


def _me() -> str:
    return identity.agent(_claims())


def _listener() -> desk.Listener:
    claims = _claims()
    if identity.is_supervisor(claims):
        supervisor = identity.supervising(claims)
        return desk.Listener(supervisor.id, supervisor)
    return desk.Listener(identity.agent(claims))


def _cause() -> str:
    return f"api:{router.current_event.request_context.request_id}"


@router.post("/v1/contacts/<contact_id>/recording/pause", responses=answers.described(ContactView))
def pause_recording(contact_id: ContactId) -> Response[ContactView]:
    """Leave out of the recording what follows, until it is resumed."""
    return answers.contact(desk.pause(wiring.app(), _me(), contact_id, _cause()))


@router.post("/v1/contacts/<contact_id>/recording/resume", responses=answers.described(ContactView))
def resume_recording(contact_id: ContactId) -> Response[ContactView]:
    """Record again."""
    return answers.contact(desk.resume(wiring.app(), _me(), contact_id, _cause()))


@router.get("/v1/contacts/<contact_id>/consents", responses=answers.described(ConsentsView))
def get_consents(contact_id: ContactId) -> ConsentsView:
    """Show what the customer on the line has agreed to and refused."""
    return _consents(contact_id, desk.consents_of(wiring.app(), _me(), contact_id))


@router.post("/v1/contacts/<contact_id>/consents", responses=answers.described(ConsentsView))
def post_consent(contact_id: ContactId, body: ConsentRequest) -> ConsentsView:
    """Put on record what the customer on the line has said."""
    found = desk.agree(
        wiring.app(),
        _me(),
        contact_id,
        body.purpose,
        body.given,
        text_version=body.text_version,
        token=body.token,
        cause=_cause(),
    )
    return _consents(contact_id, found)


@router.get("/v1/contacts/<contact_id>/recordings", responses=answers.described(RecordingsView))
def get_recordings(contact_id: ContactId) -> RecordingsView:
    """List the recordings of a contact."""
    found = desk.recordings_of(wiring.app(), _listener(), contact_id)
    return RecordingsView(contact_id=contact_id, recordings=[_recording(one) for one in found])


@router.post(
    "/v1/contacts/<contact_id>/recordings/<name>/access", responses=answers.described(AccessView)
)
def access_recording(contact_id: ContactId, name: Name, body: AccessRequest) -> AccessView:
    """Give an address that plays a recording for a minute; who asked is put on record."""
    url = desk.access(wiring.app(), _listener(), contact_id, name, body.reason, _cause())
    return AccessView(url=url, expires_in=desk.ADDRESS_S)


def _consents(contact_id: str, found: list[Consent]) -> ConsentsView:
    return ConsentsView(
        contact_id=contact_id,
        consents=[
            ConsentView(
                purpose=str(one.purpose),
                given=one.given,
                at=one.at,
                text_version=one.text_version,
                evidence_contact=one.evidence_contact,
                step=one.step,
                by=str(one.by),
            )
            for one in found
        ],
    )


def _recording(one: Recording) -> RecordingView:
    return RecordingView(
        name=one.name,
        kind=one.kind,
        state=str(one.state),
        queue=one.queue,
        started_at=one.started_at,
        seconds=one.seconds,
        expires_at=one.expires_at,
        deadline=one.deadline,
        reason=one.reason,
    )
