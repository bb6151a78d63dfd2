"""An agent's own phone: named, forgotten, and none that costs extra to call."""

from __future__ import annotations

import pytest

from centralino.application import agent_phones
from centralino.domain import ids
from centralino.domain.agents.model import Agent, AgentState
from tests.support.wired import IDENTITY, Wired

ROUTE = "/v1/agents/me/phone"
AGENT = ids.agent_id(IDENTITY)


@pytest.fixture
def phones(wired: Wired) -> Wired:
    """An agent who is signed in."""
    from centralino.application import agents

    agent = Agent(AGENT, AgentState.OFFLINE, "demo", "main", "sales")
    agents.register(wired.centre.app, agent, "admin")
    return wired


def phone(wired: Wired) -> str | None:
    return agent_phones.phone_of(wired.centre.app.operations, AGENT)


def test_a_phone_is_named_and_forgotten(phones: Wired) -> None:
    status, _, _ = phones.api("PUT", ROUTE, {"number": "+390212345678"})
    assert status == 200
    assert phone(phones) == "+390212345678"
    assert phones.api("PUT", ROUTE, {"number": None})[0] == 200
    assert phone(phones) is None


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [
        ("+39899123456", 422, "not_callable"),
        ("+999123456789", 422, "invalid_number"),
        ("0212345678", 400, "invalid_request"),
    ],
)
def test_a_number_that_cannot_be_called_at_the_usual_cost_is_refused(
    phones: Wired, number: str, status: int, code: str
) -> None:
    found, body, _ = phones.api("PUT", ROUTE, {"number": number})
    assert (found, body["code"]) == (status, code)
    assert phone(phones) is None
