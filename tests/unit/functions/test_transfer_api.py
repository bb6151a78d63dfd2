"""Hold, transfer, consult and conference over HTTP, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from centralino.application import agents, offers
from centralino.domain import ids
from centralino.domain.agents.model import Agent, AgentState
from tests.support.wired import IDENTITY, Wired

ME = ids.agent_id(IDENTITY)
COLLEAGUE = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
THEM = ids.agent_id(COLLEAGUE)
NOBODY = "ct_0123456789ABCDEFGHJKMNPQRS"


@pytest.fixture
def talk(wired: Wired) -> tuple[Wired, str]:
    """I talk to a caller; a colleague of support is free."""
    app = wired.centre.app
    for agent, profile in ((ME, "sales"), (THEM, "support")):
        agents.register(app, Agent(agent, AgentState.OFFLINE, "demo", "main", profile), "admin")
        wired.centre.ready(agent)
    contact_id = wired.centre.queue()
    rid = wired.centre.contact(contact_id).rid or ""
    offers.accept(app, ME, contact_id, rid, "api")
    wired.centre.agent_joins(contact_id, rid)
    wired.centre.caller_joins(contact_id)
    return wired, f"/v1/contacts/{contact_id}"


def test_hold_and_resume(talk: tuple[Wired, str]) -> None:
    wired, base = talk
    for command, state in [("hold", "HELD"), ("hold", "HELD"), ("resume", "CONNECTED")]:
        status, body, headers = wired.api("POST", f"{base}/{command}")
        assert (status, body["state"]) == (200, state)
        assert headers["ETag"] == f'"{body["version"]}"'


def test_a_transfer_and_its_repetition(talk: tuple[Wired, str]) -> None:
    wired, base = talk
    # The answer tells what the command wrote; by the second one the colleague rings.
    for state in ("WAITING", "OFFERED"):
        status, body, _ = wired.api("POST", f"{base}/transfer", {"to": {"queue": "support"}})
        assert (status, body["state"], body["queue"]) == (200, state, "support")
    assert wired.api("GET", base, identity=COLLEAGUE)[1]["rid"] == body["rid"]


def test_back_to_the_queue(talk: tuple[Wired, str]) -> None:
    wired, base = talk
    status, body, _ = wired.api("POST", f"{base}/return-to-queue")
    assert (status, body["state"], body["queue"]) == (200, "WAITING", "sales")


def test_a_consult_completed(talk: tuple[Wired, str]) -> None:
    wired, base = talk
    status, body, _ = wired.api("POST", f"{base}/consult", {"to": {"agent": THEM}})
    assert (status, body["state"]) == (200, "HELD")
    child = f"/v1/contacts/{body['party']}"
    status, problem, _ = wired.api("POST", f"{base}/consult/complete")
    assert (status, problem["code"]) == (422, "party_not_connected")
    # The first offer of a party comes in the write that makes it: its number is 1.
    status, theirs, _ = wired.api("POST", f"{child}/offers/1/accept", identity=COLLEAGUE)
    assert (status, theirs["parent"], theirs["kind"]) == (200, base.split("/")[-1], "consult")
    wired.centre.agent_joins(base.split("/")[-1], theirs["rid"])
    assert wired.api("GET", child)[1]["state"] == "CONNECTED"
    for _ in range(2):
        status, body, _ = wired.api("POST", f"{base}/consult/complete")
        assert (status, body["state"], body["rid"]) == (200, "CONNECTED", theirs["rid"])
    (slot,) = wired.api("GET", "/v1/agents/me", identity=COLLEAGUE)[1]["slots"]
    assert slot["contact"]["contact_id"] == base.split("/")[-1]
    wired.centre.relay()
    _, body, _ = wired.api("GET", f"{base}/decisions", identity=COLLEAGUE)
    assert [d["agent_id"] for d in body["decisions"]] == [ME, THEM]


def test_a_consult_cancelled_and_a_conference(talk: tuple[Wired, str]) -> None:
    wired, base = talk
    wired.api("POST", f"{base}/consult", {"to": {"queue": "support"}})
    status, body, _ = wired.api("POST", f"{base}/consult/cancel")
    assert (status, body["state"], body["party"]) == (200, "CONNECTED", None)
    status, body, _ = wired.api("POST", f"{base}/conference", {"to": {"number": "+390299999999"}})
    assert (status, body["state"]) == (200, "CONNECTED")
    assert wired.api("GET", f"/v1/contacts/{body['party']}")[1]["state"] == "DIALING"
    wired.api("POST", f"{base}/consult/cancel")
    status, problem, _ = wired.api("POST", f"{base}/conference", {})
    assert (status, problem["code"]) == (422, "no_party")


@pytest.mark.parametrize("command", ["transfer", "consult"])
@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"to": {}},
        {"to": {"queue": "support", "agent": THEM}},
        {"to": {"queue": "Support!"}},
        {"to": {"agent": "ag_somebody"}},
        {"to": {"number": "0299999999"}},
        {"to": {"number": "+39 02"}},
        {"to": {"queue": "support"}, "extra": 1},
    ],
)
def test_malformed_destinations(talk: tuple[Wired, str], command: str, body: Any) -> None:
    wired, base = talk
    status, problem, headers = wired.api("POST", f"{base}/{command}", body)
    assert (status, problem["code"]) == (400, "invalid_request")
    assert headers["Content-Type"] == "application/problem+json"
    assert "0299999999" not in problem["detail"]


@pytest.mark.parametrize(
    ("command", "body", "status", "code"),
    [
        ("transfer", {"to": {"queue": "nowhere"}}, 404, "unknown_queue"),
        ("consult", {"to": {"agent": ME}}, 422, "same_agent"),
        ("consult/complete", None, 422, "no_party"),
        ("resume", None, 200, None),
    ],
)
def test_what_is_not_possible(
    talk: tuple[Wired, str], command: str, body: Any, status: int, code: str | None
) -> None:
    wired, base = talk
    answer = wired.api("POST", f"{base}/{command}", body)
    assert (answer[0], answer[1].get("code")) == (status, code)


@pytest.mark.parametrize(
    "command",
    ["hold", "resume", "return-to-queue", "consult/complete", "consult/cancel"],
)
def test_a_contact_of_nobody_s(talk: tuple[Wired, str], command: str) -> None:
    wired, base = talk
    for path, identity in ((f"/v1/contacts/{NOBODY}", IDENTITY), (base, COLLEAGUE)):
        answer = wired.api("POST", f"{path}/{command}", identity=identity)
        assert (answer[0], answer[1]["code"]) == (404, "unknown_contact")
