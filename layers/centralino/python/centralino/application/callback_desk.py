"""Callbacks as agents deal with them: only those of their own business unit."""

from __future__ import annotations

from centralino.application import callback_items, callbacks
from centralino.application.app import App
from centralino.application.callback_booking import REFUSED, CallbackAsked
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import NotFound, RuleViolation

MOST = 100


def book(
    app: App,
    agent_id: str,
    *,
    queue: str,
    number: str,
    line: str | None,
    topic: str | None,
    key: bytes,
    cause: str | None,
) -> CallbackAsked:
    """Book a callback for a customer; asking again gives the one that stands.

    Raises
    ------
    NotFound
        There is no such queue or line in the agent's business unit.
    RuleViolation
        It is refused; the code says why.
    """
    _require_own(app, agent_id, queue)
    answer = callbacks.book(
        app, queue=queue, number=number, line=line, topic=topic, key=key, cause=cause
    )
    if answer.outcome == REFUSED:
        raise RuleViolation("this callback cannot be booked", code=answer.reason or "refused")
    return answer


def open_in(app: App, agent_id: str, queue: str) -> list[Contact]:
    """Return the open callbacks of a queue, those that came first in front."""
    _require_own(app, agent_id, queue)
    found = callback_items.open_in(app, queue, MOST)
    return sorted(found, key=lambda contact: (contact.virtual_time or 0, contact.id))


def cancel(app: App, agent_id: str, callback: str, cause: str | None) -> Contact:
    """Take a callback back for its customer; see :func:`callbacks.cancel`."""
    contact = callbacks.known(app, callback)
    _require_own(app, agent_id, contact.queue or "", code="unknown_callback")
    return callbacks.cancel(app, callback, "agent", cause)


def shown(app: App, agent_id: str, callback: str) -> Contact:
    """Return the contact of a callback."""
    contact = callbacks.known(app, callback)
    _require_own(app, agent_id, contact.queue or "", code="unknown_callback")
    return contact


def _require_own(app: App, agent_id: str, queue: str, code: str = "unknown_queue") -> None:
    agent = app.store.agent(agent_id)
    if agent is None:
        raise NotFound("you are not registered as an agent", code="unknown_agent")
    found = app.configuration.current().queues.get(queue)
    if found is None or found.business_unit != agent.business_unit:
        raise NotFound("there is no such thing in your business unit", code=code)
