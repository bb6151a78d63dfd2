"""The routes of callbacks; they are part of the agent API."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from centralino.application import callback_desk as desk
from centralino.contracts.callbacks import (
    QUEUE,
    AttemptView,
    CallbackBooked,
    CallbackRequest,
    CallbacksView,
    CallbackView,
)
from centralino.domain.callbacks.model import callback_id
from centralino.domain.contacts.callbacks import of
from centralino.domain.contacts.model import Contact
from centralino.runtime import answers, identity, wiring

CallbackId = Annotated[str, Path(pattern=r"^cb_[0-9A-HJKMNP-TV-Z]{26}$")]
QueueName = Annotated[str, Query(pattern=QUEUE, description="Whose open callbacks")]

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


def _me() -> str:
    authorizer = router.current_event.request_context.authorizer
    return identity.agent(authorizer.jwt_claim if authorizer else {})


def _cause() -> str:
    return f"api:{router.current_event.request_context.request_id}"


@router.post("/v1/callbacks", responses=answers.described(CallbackBooked))
def post_callback(body: CallbackRequest) -> CallbackBooked:
    """Book a callback for a customer; one that is open already is given instead."""
    asked = desk.book(
        wiring.app(),
        _me(),
        queue=body.queue,
        number=body.number,
        line=body.line,
        topic=body.topic,
        key=wiring.identity_key(),
        cause=_cause(),
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
def get_callbacks(queue: QueueName) -> CallbacksView:
    """List the open callbacks of a queue of one's business unit."""
    found = desk.open_in(wiring.app(), _me(), queue)
    return CallbacksView(queue=queue, callbacks=[_view(contact) for contact in found])


@router.get("/v1/callbacks/<callback>", responses=answers.described(CallbackView))
def get_callback(callback: CallbackId) -> CallbackView:
    """Show a callback, open or ended."""
    return _view(desk.shown(wiring.app(), _me(), callback))


@router.delete("/v1/callbacks/<callback>", responses=answers.described(CallbackView))
def delete_callback(callback: CallbackId) -> CallbackView:
    """Take a callback back; repeating it answers the same."""
    return _view(desk.cancel(wiring.app(), _me(), callback, _cause()))


def _view(contact: Contact) -> CallbackView:
    callback = of(contact)
    start, end = callback.window or (None, None)
    return CallbackView(
        callback_id=callback_id(contact.id),
        contact_id=contact.id,
        state=str(callback.state),
        queue=contact.queue or "",
        topic=callback.topic,
        requested_at=callback.requested_at,
        not_before=callback.not_before,
        until=callback.until,
        window_start=start,
        window_end=end,
        attempts=[
            AttemptView(
                number=attempt.number,
                asked_at=attempt.asked_at,
                rang_at=attempt.rang_at,
                answered_at=attempt.answered_at,
                outcome=str(attempt.outcome) if attempt.outcome is not None else None,
            )
            for attempt in callback.attempts
        ],
        previous=contact.previous,
    )
