"""``centralino callback`` against the real function: what it shows, does, and refuses."""

from __future__ import annotations

import csv
import io
import json
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import pytest

from centralino.application import agents
from centralino.domain import ids
from centralino.domain.agents.model import Agent, AgentState
from cli import outputs
from cli.main import main
from tests.support.wired import Wired, handler, wired

__all__ = ["wired"]
NOBODY = "cb_00000000000000000000000000"


class Lambda:
    """Runs the agent API's function here."""

    def __init__(self) -> None:
        self.fails = False

    def invoke(self, FunctionName: str, Payload: str) -> dict[str, Any]:
        """Return what the function answers."""
        assert FunctionName == "agent-api"
        if self.fails:
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(b"{}")}
        # What the function logs is not what the command says.
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            answer = handler("agent_api")(json.loads(Payload), None)
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


@pytest.fixture
def deployed(wired: Wired, monkeypatch: pytest.MonkeyPatch) -> Wired:
    function = Lambda()
    monkeypatch.setattr(outputs, "read", lambda: {"AgentApiFunctionName": "agent-api"})
    monkeypatch.setattr(outputs, "client", lambda _: function)
    wired.letters.function = function  # type: ignore[attr-defined]
    me = Agent(ids.agent_id("0f8fad5b-d9cb-469f-a165-70867728950e"), AgentState.OFFLINE, "demo",
               "main", "sales")  # fmt: skip
    agents.register(wired.centre.app, me, "admin")
    return wired


def booked(deployed: Wired, index: int = 0) -> str:
    body = {"queue": "sales", "number": f"+3933312345{index:02d}"}
    status, answer, _ = deployed.api("POST", "/v1/callbacks", body)
    assert status == 200, answer
    return str(answer["callback_id"])


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_callbacks_are_listed_shown_and_taken_back(
    deployed: Wired, capsys: pytest.CaptureFixture[str]
) -> None:
    name = booked(deployed)
    assert main(["callback", "list", "--json"]) == 0
    assert [row["callback_id"] for row in told(capsys)] == [name]
    assert main(["callback", "list"]) == 0
    assert name in capsys.readouterr().out
    assert main(["callback", "cancel", name, "--for-customer", "--json"]) == 0
    assert told(capsys)["state"] == "CANCELLED"
    deployed.centre.relay()
    assert main(["callback", "show", name]) == 0
    shown = capsys.readouterr().out
    assert "CallbackCancelled" in shown
    assert "reason=customer" in shown
    since = ["--from", "2026-01-05T00:00", "--zone", "Europe/Rome"]
    assert main(["callback", "list", "--ended", "--state", "cancelled", *since, "--json"]) == 0
    assert [row["callback_id"] for row in told(capsys)] == [name]


def test_a_callback_is_given_to_another_queue(
    deployed: Wired, capsys: pytest.CaptureFixture[str]
) -> None:
    name = booked(deployed)
    assert main(["callback", "reassign", name, "--queue", "support"]) == 0
    assert capsys.readouterr().out.strip() == f"{name} QUEUED support"


def test_an_export_has_no_numbers_unless_they_are_asked_for(
    deployed: Wired, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {booked(deployed, index) for index in range(3)}
    assert main(["callback", "export"]) == 0
    out = capsys.readouterr().out
    rows = list(csv.DictReader(io.StringIO(out)))
    assert {row["callback_id"] for row in rows} == names
    assert "3933" not in out
    assert main(["callback", "export", "--format", "jsonl", "--numbers"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["number"] for row in rows} == {f"+39333123450{index}" for index in range(3)}


def test_an_export_of_many_pages_has_one_heading(
    deployed: Wired, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from centralino.application.callbacks import listing as callback_listing

    monkeypatch.setattr(callback_listing, "MOST", 2)
    names = {booked(deployed, index) for index in range(5)}
    assert main(["callback", "export"]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert [row[0] for row in rows].count("callback_id") == 1
    assert {row[0] for row in rows[1:]} == names


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["show", NOBODY], "unknown_callback"),
        (["show", "nonsense"], "invalid_request"),
        (["cancel", NOBODY], "unknown_callback"),
        (["move", NOBODY, "--to", "2027-01-01T10:00"], "unknown_callback"),
        (["list", "--queue", "nowhere"], "unknown_queue"),
        (["list", "--state", "asleep"], "invalid_request"),
        (["list", "--from", "2027-03-28T02:30", "--zone", "Europe/Rome"], "time_does_not_exist"),
        (["list", "--from", "2027-11-07T01:30", "--zone", "America/New_York"], "time_ambiguous"),
        (["list", "--from", "yesterday"], "invalid_time"),
        (["slots", "nowhere"], "unknown_queue"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    deployed: Wired, capsys: pytest.CaptureFixture[str], arguments: list[str], code: str
) -> None:
    assert main(["callback", *arguments]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert code in shown.err


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("2027-03-28T02:30", "time_does_not_exist"),
        ("2027-10-31T02:30", "time_ambiguous"),
        ("2020-01-01T10:00", "time_past"),
        ("2099-01-01T10:00", "too_far_ahead"),
    ],
)
def test_a_time_that_cannot_be_had_leaves_a_callback_as_it_is(
    deployed: Wired, capsys: pytest.CaptureFixture[str], to: str, code: str
) -> None:
    name = booked(deployed)
    assert main(["callback", "move", name, "--to", to, "--zone", "Europe/Rome"]) == 2
    assert code in capsys.readouterr().err
    assert deployed.centre.contact(f"ct_{name[3:]}").version == 1


def test_an_api_that_fails_is_told_in_one_line(
    deployed: Wired, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.letters.function.fails = True  # type: ignore[attr-defined]
    assert main(["callback", "list"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
