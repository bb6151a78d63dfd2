"""The agent API of consents and recordings: who may, what is shown, what is refused."""

from __future__ import annotations

import pytest

from centralino.domain import ids
from centralino.domain.agents.model import Agent, AgentState
from tests.support.recorded import RecordedCentre
from tests.support.wired import IDENTITY, Wired

ME = ids.agent_id(IDENTITY)
BOSS = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
ANSWER = {"purpose": "recording", "given": True, "text_version": "2026-1", "token": "token-0001"}


@pytest.fixture
def centre(wired: Wired) -> RecordedCentre:
    """A centre whose queue records with consent, and where I am ready."""
    from centralino.application import agents

    recorded = RecordedCentre("with_consent")
    wired.centre = recorded
    agent = Agent(ME, AgentState.OFFLINE, "demo", "main", "sales")
    agents.register(recorded.app, agent, "admin")
    recorded.ready(ME)
    return recorded


def talking(centre: RecordedCentre) -> str:
    """Bring a customer together with me."""
    contact_id = centre.ring()
    centre.press(contact_id, "1")
    centre.talk(ME, contact_id)
    return contact_id


def test_a_customer_agrees_on_the_line_and_the_page_shows_it(
    wired: Wired, centre: RecordedCentre
) -> None:
    base = f"/v1/contacts/{talking(centre)}"
    assert wired.api("GET", base)[1]["recording"] == "off"
    assert wired.api("GET", f"{base}/consents")[1]["consents"] == []
    status, body, _ = wired.api("POST", f"{base}/consents", ANSWER)
    assert (status, len(body["consents"])) == (200, 1)
    assert body["consents"][0]["by"] == "agent"
    assert wired.api("GET", base)[1]["recording"] == "on"
    (slot,) = wired.api("GET", "/v1/agents/me")[1]["slots"]
    assert slot["contact"]["recording"] == "on"


def test_pausing_and_resuming_shows_at_once(wired: Wired, centre: RecordedCentre) -> None:
    base = f"/v1/contacts/{talking(centre)}"
    status, body, _ = wired.api("POST", f"{base}/recording/pause")
    assert (status, body["code"]) == (422, "not_recording")
    wired.api("POST", f"{base}/consents", ANSWER)
    status, body, headers = wired.api("POST", f"{base}/recording/pause")
    assert (status, body["recording"]) == (200, "paused")
    assert headers["ETag"] == f'"{body["version"]}"'
    status, body, _ = wired.api("POST", f"{base}/recording/resume")
    assert (status, body["recording"]) == (200, "on")


def test_a_supervisor_finds_and_hears_a_recording(wired: Wired, centre: RecordedCentre) -> None:
    contact_id = talking(centre)
    base = f"/v1/contacts/{contact_id}"
    wired.api("POST", f"{base}/consents", ANSWER)
    centre.hang_up(contact_id)
    centre.carrier_tells(contact_id)
    centre.copy()
    name = f"{contact_id}.1"
    boss = {"identity": BOSS, "groups": "[supervisor supervisor:demo]"}
    unscoped = {"identity": BOSS, "groups": "[supervisor supervisor:other]"}
    status, body, _ = wired.api("GET", f"{base}/recordings", **unscoped)  # type: ignore[arg-type]
    assert (status, body["code"]) == (403, "another_business_unit")
    status, body, _ = wired.api("GET", f"{base}/recordings", **boss)  # type: ignore[arg-type]
    assert status == 200
    assert [(r["name"], r["state"], r["seconds"]) for r in body["recordings"]] == [
        (name, "STORED", 42)
    ]
    where = f"{base}/recordings/{name}/access"
    why = {"reason": "complaint 12"}
    status, body, _ = wired.api("POST", where, why, **boss)  # type: ignore[arg-type]
    assert (status, body["expires_in"]) == (200, 60)
    assert body["url"].startswith("memory://recordings/30/")
    (audit,) = centre.world.operations.list(f"access#{contact_id}")
    assert audit.attributes["by"] == ids.agent_id(BOSS)
    assert wired.api("POST", where, why)[:2][0] == 403
    assert wired.api("GET", f"{base}/recordings")[0] == 403
    assert len(centre.world.operations.list(f"access#{contact_id}")) == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "consents", {**ANSWER, "purpose": "everything"}, 400),
        ("POST", "consents", {**ANSWER, "given": "perhaps"}, 400),
        ("POST", "consents", {**ANSWER, "token": "short"}, 400),
        ("POST", "consents", {k: v for k, v in ANSWER.items() if k != "text_version"}, 400),
        ("POST", "consents", {**ANSWER, "number": "+393330000001"}, 400),
        ("POST", "recordings/nothing/access", {"reason": "why not"}, 400),
        ("POST", "recordings/../access", {"reason": "why not"}, 400),
        ("POST", "recordings/{id}.9/access", {"reason": ""}, 400),
        ("POST", "recordings/{id}.9/access", {"reason": "x" * 201}, 400),
        ("POST", "recordings/{id}.9/access", {"reason": "why not"}, 404),
    ],
)
def test_bad_input_is_refused_with_a_problem(
    wired: Wired,
    centre: RecordedCentre,
    method: str,
    path: str,
    body: dict[str, object],
    status: int,
) -> None:
    contact_id = talking(centre)
    where = f"/v1/contacts/{contact_id}/{path.format(id=contact_id)}"
    found, problem, headers = wired.api(
        method, where, body, identity=IDENTITY, groups="[agent supervisor]"
    )
    assert (found, problem["status"]) == (status, status)
    assert headers["Content-Type"] == "application/problem+json"
    assert centre.told() == []


def test_who_is_neither_agent_nor_supervisor_gets_nothing(
    wired: Wired, centre: RecordedCentre
) -> None:
    base = f"/v1/contacts/{talking(centre)}"
    for method, path in (("GET", "recordings"), ("GET", "consents"), ("POST", "recording/pause")):
        status, body, _ = wired.api(method, f"{base}/{path}", groups="[admin]")
        assert (status, body["code"]) == (403, "not_an_agent")


def test_an_unknown_contact_has_no_recordings(wired: Wired, centre: RecordedCentre) -> None:
    base = "/v1/contacts/ct_0123456789ABCDEFGHJKMNPQRS/recordings"
    assert wired.api("GET", base)[0] == 404
    assert wired.api("GET", base, groups="[supervisor]")[1]["recordings"] == []
