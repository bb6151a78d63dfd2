"""What the routes of the signed-in share: how they answer, and the shapes in their addresses."""

from __future__ import annotations

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from centralino.application import recording_desk
from centralino.contracts.api import ContactView
from centralino.domain.contacts.model import Contact
from centralino.runtime import views, wiring
from centralino.runtime.resolver import refusals

ContactId = Annotated[str, Path(pattern=r"^ct_[0-9A-HJKMNP-TV-Z]{26}$")]

_REFUSALS = refusals(400, 401, 403, 404, 409, 422, 503)


def described(model: type[Any]) -> dict[int, Any]:
    """Return what a route that answers with this model can answer, for the API's description."""
    ok = {"description": "Done", "content": {"application/json": {"model": model}}}
    return {200: ok, **_REFUSALS}


def versioned(view: Any) -> Response[Any]:
    """Return an answer that names its version."""
    return Response(
        status_code=200,
        content_type="application/json",
        body=view,
        headers={"ETag": f'"{view.version}"'},
    )


def contact(of: Contact) -> Response[ContactView]:
    """Return a contact as its agent sees it."""
    return versioned(views.contact_view(of, recording_desk.shown(wiring.app(), of)))
