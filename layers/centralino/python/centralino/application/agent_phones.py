"""The phone on which an agent takes calls where no page is one."""

from __future__ import annotations

from centralino.application.app import App
from centralino.application.ports import Item, Operations
from centralino.domain.callbacks.numbers import refusal
from centralino.domain.errors import RuleViolation

_SORT_KEY = "phone"


def name(app: App, agent_id: str, number: str | None) -> None:
    """Keep the agent's phone (E.164); ``None`` forgets it.

    Raises
    ------
    RuleViolation
        It is no number that a person answers without extra cost (``invalid_number``,
        ``not_callable``): it would be called at ours.
    """
    if number is None:
        app.operations.delete(_place(agent_id), _SORT_KEY)
    else:
        found = app.phone(number, "")
        refused = refusal(found, {found.country} if found is not None else ())
        if refused is not None:
            raise RuleViolation("this number cannot be called", code=refused)
        app.operations.put(Item(_place(agent_id), _SORT_KEY, {"number": number}))


def phone_of(operations: Operations, agent_id: str) -> str | None:
    """Return the agent's phone, if they named one."""
    item = operations.get(_place(agent_id), _SORT_KEY)
    return str(item.attributes["number"]) if item is not None else None


def _place(agent_id: str) -> str:
    return f"phone#{agent_id}"
