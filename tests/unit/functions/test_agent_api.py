"""The agent API: a whole shift over HTTP, and everything it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from centralino.domain import ids
from centralino.domain.agents.model import Agent, AgentState
from tests.support.wired import IDENTITY, Wired

ME = ids.agent_id(IDENTITY)
STRANGER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


@pytest.fixture
def shift(wired: Wired) -> Wired:
    from centralino.application import agents

    agents.register(
        wired.centre.app, Agent(ME, AgentState.OFFLINE, "demo", "main", "sales"), "admin"
    )
    return wired


def ready(shift: Wired) -> None:
    status, body, headers = shift.api("PUT", "/v1/agents/me/state", {"state": "ROUTABLE"})
    assert (status, body["state"]) == (200, "ROUTABLE")
    assert headers["ETag"] == f'"{body["version"]}"'


def test_a_whole_shift(shift: Wired) -> None:
    ready(shift)
    contact_id = shift.centre.queue()
    _, me, _ = shift.api("GET", "/v1/agents/me")
    (slot,) = me["slots"]
    assert slot["contact"]["state"] == "OFFERED"
    number = slot["rid"].partition("#")[2]
    base = f"/v1/contacts/{contact_id}"
    for _ in range(2):
        status, contact, _ = shift.api("POST", f"{base}/offers/{number}/accept")
        assert (status, contact["segments"][0]["agent_id"]) == (200, ME)
    shift.centre.agent_joins(contact_id, slot["rid"])
    shift.centre.caller_joins(contact_id)
    assert shift.api("GET", base)[1]["state"] == "CONNECTED"
    for _ in range(2):
        assert shift.api("POST", f"{base}/hangup")[1]["state"] == "WRAPUP"
    status, problem, _ = shift.api("POST", f"{base}/disposition", {"code": "no_such"})
    assert (status, problem["code"]) == (422, "unknown_disposition")
    for _ in range(2):
        status, contact, _ = shift.api("POST", f"{base}/disposition", {"code": "resolved"})
        assert (status, contact["state"]) == (200, "CLOSED")
    assert shift.api("GET", "/v1/agents/me")[1]["slots"] == []


def test_declining(shift: Wired) -> None:
    ready(shift)
    contact_id = shift.centre.queue()
    number = (shift.centre.contact(contact_id).rid or "").partition("#")[2]
    path = f"/v1/contacts/{contact_id}/offers/{number}/decline"
    assert shift.api("POST", path, {"reason": "break"})[1]["state"] == "WAITING"
    status, problem, _ = shift.api("POST", path.replace("decline", "accept"))
    assert (status, problem["code"]) == (409, "offer_ended")


def test_why_a_contact_was_offered(shift: Wired) -> None:
    ready(shift)
    contact_id = shift.centre.queue()
    path = f"/v1/contacts/{contact_id}/decisions"
    for language, word in [("en", "chosen"), ("it", "scelto")]:
        shift.query = f"language={language}"
        _, body, _ = shift.api("GET", path)
        (decision,) = body["decisions"]
        assert (decision["rule"], decision["agent_id"]) == ("longest_idle", ME)
        assert decision["candidates"] == [[ME, "ok"]]
        assert word in decision["chosen"]
        assert ME in decision["chosen"]
    shift.query = "language=fr"
    assert shift.api("GET", path)[0] == 400


def test_a_ticket(shift: Wired) -> None:
    status, body, _ = shift.api("POST", "/v1/realtime/tickets")
    assert status == 200
    assert body["url"] == "wss://socket.example.com/live"
    assert len(body["ticket"]) >= 40


def test_a_contact_of_somebody_else_is_as_good_as_absent(shift: Wired) -> None:
    from centralino.application import agents

    ready(shift)
    contact_id = shift.centre.queue()
    other = ids.agent_id(STRANGER)
    agents.register(
        shift.centre.app, Agent(other, AgentState.OFFLINE, "demo", "main", "sales"), "admin"
    )
    for method, path, body in [
        ("GET", "", None),
        ("POST", "/hangup", None),
        ("POST", "/disposition", {"code": "resolved"}),
    ]:
        answer = shift.api(method, f"/v1/contacts/{contact_id}{path}", body, identity=STRANGER)
        assert (answer[0], answer[1]["code"]) == (404, "unknown_contact")


@pytest.mark.parametrize(
    ("identity", "groups", "status", "code"),
    [
        (IDENTITY, "", 403, "not_an_agent"),
        (IDENTITY, "[supervisor]", 403, "not_an_agent"),
        ("not-a-uuid", "[agent]", 400, "invalid_identity"),
        (STRANGER, "[agent]", 404, "unknown_agent"),
    ],
)
def test_who_may_not(shift: Wired, identity: str, groups: str, status: int, code: str) -> None:
    answer = shift.api("GET", "/v1/agents/me", identity=identity, groups=groups)
    assert (answer[0], answer[1]["code"]) == (status, code)
    assert answer[2]["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "body", "raw"),
    [
        ("PUT", "/v1/agents/me/state", {"state": "ASLEEP"}, None),
        ("PUT", "/v1/agents/me/state", {"state": "NOT_READY", "reason": "a" * 99}, None),
        ("PUT", "/v1/agents/me/state", {"state": "ROUTABLE", "extra": 1}, None),
        ("PUT", "/v1/agents/me/state", None, "{not json"),
        ("PUT", "/v1/agents/me/state", [], None),
        ("GET", "/v1/contacts/made-up", None, None),
        ("POST", "/v1/contacts/ct_0123456789ABCDEFGHJKMNPQRS/offers/x/accept", None, None),
        ("POST", "/v1/contacts/ct_0123456789ABCDEFGHJKMNPQRS/disposition", {"code": ""}, None),
    ],
)
def test_malformed_requests_say_what_is_wrong(
    shift: Wired, method: str, path: str, body: Any, raw: str | None
) -> None:
    status, problem, headers = shift.api(method, path, body, raw=raw)
    assert status == 400
    assert set(problem) == {"type", "title", "status", "detail", "code"}
    assert headers["Content-Type"] == "application/problem+json"


def test_an_address_that_does_not_exist(shift: Wired) -> None:
    status, problem, _ = shift.api("GET", "/v1/nothing/here")
    assert (status, problem["code"]) == (404, "no_route")
