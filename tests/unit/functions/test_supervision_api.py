"""Supervision and browser telephones over HTTP: who may, and what is answered."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from typing import Any

import jwt
import pytest

from centralino.adapters.memory.supervision import MemorySupervision
from centralino.application import agents, offers
from centralino.domain import ids
from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.contacts.supervision import is_leg
from centralino.runtime.settings import settings
from tests.support.wired import ACCOUNT, IDENTITY, Wired
from tests.unit.functions.test_realtime import send

ME = ids.agent_id(IDENTITY)
SUPERVISOR = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
BOSS = ids.agent_id(SUPERVISOR)
ENTITLED = "[supervisor supervisor:demo]"
NOBODY = "ct_0123456789ABCDEFGHJKMNPQRS"
KEYS = {"key_sid": "SK" + "0" * 31 + "1", "key_secret": "k" * 32, "application": "AP" + "0" * 32}


@pytest.fixture
def talk(wired: Wired) -> tuple[Wired, str]:
    """I talk to a caller."""
    wired.centre.app = replace(wired.centre.app, supervision=MemorySupervision())
    app = wired.centre.app
    agents.register(app, Agent(ME, AgentState.OFFLINE, "demo", "main", "sales"), "admin")
    wired.centre.ready(ME)
    contact_id = wired.centre.queue()
    rid = wired.centre.contact(contact_id).rid or ""
    offers.accept(app, ME, contact_id, rid, "api")
    wired.centre.agent_joins(contact_id, rid)
    wired.centre.caller_joins(contact_id)
    return wired, f"/v1/contacts/{contact_id}/supervision"


def ask(
    wired: Wired,
    method: str,
    path: str,
    mode: str | None = None,
    groups: str = "[supervisor supervisor:demo]",
) -> tuple[int, dict[str, Any]]:
    body = {"mode": mode} if mode is not None else None
    status, answer, _ = wired.api(method, path, body, identity=SUPERVISOR, groups=groups)
    return status, answer


def test_entering_changing_and_leaving(talk: tuple[Wired, str]) -> None:
    wired, path = talk
    for method, mode in (("POST", "monitor"), ("POST", "monitor"), ("PATCH", "coach")):
        status, body = ask(wired, method, path, mode)
        assert (status, body["mode"], body["listening"]) == (200, mode, True)
        assert body["agent_id"] == BOSS
        assert path.endswith(f"{body['contact_id']}/supervision")
    for _ in range(2):
        status, body = ask(wired, "DELETE", path)
        assert (status, body["listening"]) == (200, False)
    status, body = ask(wired, "PATCH", path, "barge")
    assert (status, body["code"]) == (404, "not_listening")


@pytest.mark.parametrize(
    ("groups", "status"),
    [
        ("[supervisor supervisor:other supervisor:demo]", 200),
        ("[supervisor supervisor:*]", 200),
        ("[supervisor]", 403),
        ("[supervisor supervisor:]", 403),
        ("[supervisor supervisor:other]", 403),
        ("[supervisor demo]", 403),
        ("[supervisor supervisor:DEMO]", 403),
    ],
)
def test_supervisors_enter_the_business_units_that_their_groups_name(
    talk: tuple[Wired, str], groups: str, status: int
) -> None:
    wired, path = talk
    found, body = ask(wired, "POST", path, "monitor", groups)
    assert found == status
    if status == 403:
        assert body["code"] == "another_business_unit"
        assert wired.centre.app.supervision.asked == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("groups", ["[agent]", "[admin]", "", "[supervisor:*]"])
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_only_supervisors_may(talk: tuple[Wired, str], groups: str, method: str) -> None:
    wired, path = talk
    status, body = ask(wired, method, path, None if method == "DELETE" else "monitor", groups)
    assert (status, body["code"]) == (403, "not_a_supervisor")
    assert wired.centre.app.supervision.asked == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("mode", ["", "shout", None])
def test_a_mode_that_is_none_is_refused(talk: tuple[Wired, str], mode: str | None) -> None:
    wired, path = talk
    status, body, _ = wired.api(
        "POST", path, {"mode": mode}, identity=SUPERVISOR, groups="[supervisor]"
    )
    assert (status, body["code"]) == (400, "invalid_request")


def test_a_contact_that_is_not_there_is_not_found(talk: tuple[Wired, str]) -> None:
    wired, _ = talk
    path = f"/v1/contacts/{NOBODY}/supervision"
    for method, mode in (("POST", "monitor"), ("PATCH", "coach"), ("DELETE", None)):
        status, body = ask(wired, method, path, mode)
        assert (status, body["code"]) == (404, "unknown_contact")


@pytest.mark.parametrize(("who", "groups"), [(IDENTITY, "[agent]"), (SUPERVISOR, "[supervisor]")])
def test_a_browser_becomes_a_telephone_for_an_hour(wired: Wired, who: str, groups: str) -> None:
    wired.twilio = replace(wired.twilio, **KEYS)
    before = int(time.time())
    status, body, _ = wired.api("POST", "/v1/telephony/token", identity=who, groups=groups)
    after = int(time.time())
    assert (status, body["identity"], body["expires_in"]) == (200, ids.agent_id(who), 3600)
    told = jwt.decode(body["token"], KEYS["key_secret"], algorithms=["HS256"])
    assert (told["iss"], told["sub"]) == (KEYS["key_sid"], ACCOUNT)
    assert before + 3600 <= told["exp"] <= after + 3600
    assert told["grants"] == {
        "identity": ids.agent_id(who),
        "voice": {
            "incoming": {"allow": True},
            "outgoing": {"application_sid": KEYS["application"]},
        },
    }
    assert KEYS["key_secret"] not in repr(wired.twilio)


def test_without_an_application_a_browser_only_takes_calls(wired: Wired) -> None:
    wired.twilio = replace(wired.twilio, **{**KEYS, "application": ""})
    _, body, _ = wired.api("POST", "/v1/telephony/token")
    told = jwt.decode(body["token"], KEYS["key_secret"], algorithms=["HS256"])
    assert told["grants"]["voice"] == {"incoming": {"allow": True}}


def test_browser_telephones_that_are_not_set_up_are_told_as_such(wired: Wired) -> None:
    status, body, _ = wired.api("POST", "/v1/telephony/token")
    assert (status, body["code"]) == (409, "browser_not_set_up")


def test_nobody_without_a_role_gets_a_telephone(wired: Wired) -> None:
    wired.twilio = replace(wired.twilio, **KEYS)
    status, body, _ = wired.api("POST", "/v1/telephony/token", groups="[admin]")
    assert (status, body["code"]) == (403, "not_an_agent")


def test_signing_is_loaded_only_when_a_token_is_asked_for() -> None:
    program = (
        "import sys, centralino.runtime.api, centralino.runtime.carrier\n"
        "print([name for name in sys.modules if name in ('jwt', 'twilio.jwt')])"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": ":".join(sys.path), "POWERTOOLS_SERVICE_NAME": "test"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert loaded.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("groups", "status", "code"),
    [
        ("[supervisor]", 200, None),
        ("[agent supervisor]", 200, None),
        ("[agent]", 404, "unknown_agent"),
        ("[admin]", 403, "not_an_agent"),
        ("[supervisor:*]", 403, "not_an_agent"),
    ],
)
def test_a_supervisor_who_is_no_agent_opens_a_page_and_closes_it(
    wired: Wired, groups: str, status: int, code: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBSOCKET_URL", "wss://socket.example.com/live")
    settings.cache_clear()
    found, body, _ = wired.api("POST", "/v1/realtime/tickets", identity=SUPERVISOR, groups=groups)
    settings.cache_clear()
    assert (found, body.get("code")) == (status, code)
    if status == 200:
        query = {"ticket": body["ticket"]}
        assert send("$connect", queryStringParameters=query) == {"statusCode": 200}
        assert wired.centre.world.operations.list(agents.connections(BOSS), "conn#") != []
        assert send("$disconnect") == {"statusCode": 200}
        # The grace finds no agent, no slot and no room: nothing is left to do.
        wired.centre.advance(20_000)
        assert wired.centre.world.operations.list(agents.connections(BOSS), "conn#") == []


def test_what_is_answered_names_the_member_that_the_page_enters_as(
    talk: tuple[Wired, str],
) -> None:
    wired, path = talk
    _, body = ask(wired, "POST", path, "monitor")
    assert is_leg(body["leg"])
    assert body["leg"].startswith(body["contact_id"])
    assert ask(wired, "PATCH", path, "barge")[1]["leg"] == body["leg"]
