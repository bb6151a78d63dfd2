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


HEAD = {
    "groups": "[supervisor supervisor:demo]",
    "identity": "7c9e6679-7425-40de-944b-e07fc1f90ae8",
}


def test_a_callback_is_shown_with_its_version_and_history(shift: Wired) -> None:
    name = booked(shift)["callback_id"]
    shift.centre.relay()
    _, shown, headers = shift.api("GET", f"/v1/callbacks/{name}")
    assert headers["ETag"] == f'"{shown["version"]}"'
    assert [entry["type"] for entry in shown["history"]] == ["CallbackRequested"]


def test_the_end_is_told_as_the_list_of_the_ended_tells_it(shift: Wired) -> None:
    name = booked(shift)["callback_id"]
    shift.centre.relay()
    _, open_, _ = shift.api("GET", f"/v1/callbacks/{name}")
    assert (open_["ended_at"], open_["reason"]) == (None, None)
    shift.api("DELETE", f"/v1/callbacks/{name}")
    shift.centre.relay()
    shift.query = "ended=true"
    _, listed, _ = shift.api("GET", "/v1/callbacks")
    shift.query = ""
    _, shown, _ = shift.api("GET", f"/v1/callbacks/{name}")
    (row,) = listed["callbacks"]
    assert row == {field: shown[field] for field in row}
    assert (row["reason"], row["state"]) == ("agent", "CANCELLED")
    assert row["ended_at"] is not None


def test_one_cannot_be_booked_for_oneself_where_no_plan_waits(shift: Wired) -> None:
    body = {"queue": "sales", "number": NUMBER, "mine": True}
    status, problem, _ = shift.api("POST", "/v1/callbacks", body)
    assert (status, problem["code"]) == (422, "no_preferred_plan")


def test_who_gave_it_away_is_told(shift: Wired) -> None:
    name = booked(shift)["callback_id"]
    path = f"/v1/callbacks/{name}/reassign"
    status, problem, _ = shift.api("POST", path, {"queue": "support"})
    assert (status, problem["code"]) == (403, "not_yours")
    status, shown, _ = shift.api("POST", path, {"queue": "support"}, **HEAD)
    assert (status, shown["queue"]) == (200, "support")
    last = shown["history"][-1]
    assert (last["type"], last["role"]) == ("CallbackReassigned", "supervisor")
    assert last["who"] == ids.agent_id(HEAD["identity"])


def test_a_list_goes_on_from_its_cursor(shift: Wired) -> None:
    names = {
        shift.api("POST", "/v1/callbacks", {"queue": "sales", "number": f"+39333123450{n}"})[1][
            "callback_id"
        ]
        for n in range(3)
    }
    seen: list[str] = []
    shift.query = "limit=2"
    while True:
        status, page, _ = shift.api("GET", "/v1/callbacks", **HEAD)
        assert status == 200, page
        seen += [one["callback_id"] for one in page["callbacks"]]
        if page["cursor"] is None:
            break
        shift.query = f"limit=2&cursor={page['cursor']}"
    assert sorted(seen) == sorted(names)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"local_time": "2027-03-28T02:30", "zone": "Europe/Rome"}, 422, "time_does_not_exist"),
        ({"local_time": "2027-11-07T01:30", "zone": "America/New_York"}, 422, "time_ambiguous"),
        ({"at": 1}, 422, "time_past"),
        ({"at": 1, "local_time": "2027-03-28T09:30"}, 400, "invalid_request"),
        ({"at": "soon"}, 400, "invalid_request"),
    ],
)
def test_a_time_that_cannot_be_had_is_refused(
    shift: Wired, body: dict[str, Any], status: int, code: str
) -> None:
    name = booked(shift)["callback_id"]
    got, problem, _ = shift.api("POST", f"/v1/callbacks/{name}/move", body)
    assert (got, problem["code"]) == (status, code)
    got, problem, _ = shift.api(
        "POST", "/v1/callbacks", {"queue": "sales", "number": "+393331234599", **body}
    )
    assert (got, problem["code"]) == (status, code)


def test_numbers_are_exported_to_those_who_may_see_them_alone(shift: Wired) -> None:
    booked(shift)
    numbers = {**HEAD, "groups": "[supervisor supervisor:demo numbers]"}
    for query, who, status in (
        ("format=jsonl", {}, 403),
        ("format=jsonl", HEAD, 200),
        ("format=jsonl&numbers=true", HEAD, 403),
        ("format=jsonl&numbers=true", numbers, 200),
    ):
        shift.query = query
        got, body, _ = shift.api("GET", "/v1/callbacks/export", **who)
        assert got == status, (query, who)
        assert (NUMBER in str(body)) == (query.endswith("true") and got == 200)
