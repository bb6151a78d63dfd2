"""Callbacks over HTTP: booked, listed, taken back, and everything that is refused."""

from __future__ import annotations

from typing import Any

import pytest

from centralino.domain import ids
from centralino.domain.agents.model import Agent, AgentState
from tests.support.wired import IDENTITY, Wired

ME = ids.agent_id(IDENTITY)
NUMBER = "+393331234567"
NOBODY = "cb_00000000000000000000000000"


@pytest.fixture
def shift(wired: Wired) -> Wired:
    from centralino.application import agents

    me = Agent(ME, AgentState.OFFLINE, "demo", "main", "sales")
    agents.register(wired.centre.app, me, "admin")
    return wired


def booked(shift: Wired, **more: Any) -> dict[str, Any]:
    status, body, _ = shift.api(
        "POST", "/v1/callbacks", {"queue": "sales", "number": NUMBER, **more}
    )
    assert status == 200, body
    return body


def test_a_callback_is_booked_shown_listed_and_taken_back(shift: Wired) -> None:
    body = booked(shift, topic="invoice")
    name = body["callback_id"]
    assert body["already"] is False
    _, shown, _ = shift.api("GET", f"/v1/callbacks/{name}")
    assert (shown["state"], shown["topic"], shown["attempts"]) == ("QUEUED", "invoice", [])
    assert NUMBER not in str(shown)
    shift.query = "queue=sales"
    _, listed, _ = shift.api("GET", "/v1/callbacks")
    assert [one["callback_id"] for one in listed["callbacks"]] == [name]
    shift.query = ""
    for _ in range(2):
        status, gone, _ = shift.api("DELETE", f"/v1/callbacks/{name}")
        assert (status, gone["state"]) == (200, "CANCELLED")
    shift.query = "queue=sales"
    _, listed, _ = shift.api("GET", "/v1/callbacks")
    assert listed["callbacks"] == []


def test_booking_again_gives_the_one_that_stands(shift: Wired) -> None:
    one, two = booked(shift), booked(shift)
    assert (two["callback_id"], two["already"]) == (one["callback_id"], True)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"queue": "sales", "number": "333"}, 400, "invalid_request"),
        ({"queue": "sales"}, 400, "invalid_request"),
        ({"queue": "sales", "number": NUMBER, "name": "x"}, 400, "invalid_request"),
        ({"queue": "nowhere", "number": NUMBER}, 404, "unknown_queue"),
        ({"queue": "sales", "number": NUMBER, "line": "nowhere"}, 404, "unknown_line"),
        ({"queue": "sales", "number": "+39899123456"}, 422, "not_callable"),
        ({"queue": "sales", "number": "+442079460000"}, 422, "country_not_allowed"),
    ],
)
def test_requests_that_cannot_be_met_are_refused(
    shift: Wired, body: dict[str, Any], status: int, code: str
) -> None:
    got, problem, _ = shift.api("POST", "/v1/callbacks", body)
    assert (got, problem["code"]) == (status, code)


def test_only_those_of_the_own_business_unit_are_there(shift: Wired) -> None:
    from centralino.application import agents

    name = booked(shift)["callback_id"]
    stranger = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
    other = Agent(ids.agent_id(stranger), AgentState.OFFLINE, "other", "main", "sales")
    agents.register(shift.centre.app, other, "admin")
    for method in ("GET", "DELETE"):
        status, problem, _ = shift.api(method, f"/v1/callbacks/{name}", identity=stranger)
        assert (status, problem["code"]) == (404, "unknown_callback")
    shift.query = "queue=sales"
    status, problem, _ = shift.api("GET", "/v1/callbacks", identity=stranger)
    assert (status, problem["code"]) == (404, "unknown_queue")


def test_what_is_not_there_is_not_found(shift: Wired) -> None:
    for method in ("GET", "DELETE"):
        status, problem, _ = shift.api(method, f"/v1/callbacks/{NOBODY}")
        assert (status, problem["code"]) == (404, "unknown_callback")
