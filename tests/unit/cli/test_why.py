"""``centralino why``: words, JSON, and what it says when there is nothing to tell."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from centralino.adapters.dynamodb.operations import DynamoOperations
from centralino.adapters.dynamodb.store import DynamoStore
from centralino.adapters.dynamodb.tables import Tables
from centralino.adapters.memory.world import world
from centralino.application import decisions
from centralino.domain.contacts import offers
from cli import outputs
from cli.main import main
from tests.support.centre import configuration
from tests.unit.domain.contacts.test_lifecycle import DECISION, ID, offered, started, waiting

ABSENT = "ct_ZZZZZZZZZZZZZZZZZZZZZZZZZZ"


@pytest.fixture
def store(tables: Tables) -> tuple[DynamoStore, DynamoOperations]:
    outside = world(configuration())
    return DynamoStore(tables, outside.ids), DynamoOperations(tables, outside.clock)


def test_it_tells_every_offer_in_words(
    store: tuple[DynamoStore, DynamoOperations], capsys: pytest.CaptureFixture[str]
) -> None:
    first = offered()
    declined = offers.decline(first, f"{ID}#3", "ag_ann", "busy", 60_000, 4_000, "x")
    again = offers.offer(
        declined, "ag_bob", expires_at=30_000, decision=DECISION, now=40_000, cause="d"
    )
    for version in (started(), waiting(), first, declined, again):
        store[0].save_contact(version)
    outside = world(configuration(), start=5_000)
    decisions.file(outside.app, [first])
    for item in outside.operations.list(decisions.partition(ID)):
        store[1].put(replace(item, ttl=None))  # these calls are of 1970
    assert main(["why", ID]) == 0
    told = capsys.readouterr().out
    assert told.index("ag_ann was chosen for queue sales") < told.index("ag_bob was chosen")
    assert "It waited 38 s" in told
    assert main(["why", ID, "--language", "it", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["agent_id"] for row in found] == ["ag_ann", "ag_bob"]
    assert "è stato scelto" in found[0]["chosen"]


def test_a_contact_that_was_not_offered_says_so(
    store: tuple[DynamoStore, DynamoOperations], capsys: pytest.CaptureFixture[str]
) -> None:
    store[0].save_contact(started())
    assert main(["why", ID]) == 0
    assert capsys.readouterr().out == "it has not been offered to anybody\n"
    assert main(["why", ID, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize("arguments", [["why"], ["why", "call-7"], ["why", ID, "--language", "fr"]])
def test_bad_input_is_one_line_and_status_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_contact_nobody_knows(
    store: tuple[DynamoStore, DynamoOperations], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["why", ABSENT]) == 2
    assert ABSENT in capsys.readouterr().err


def test_nothing_deployed_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nowhere() -> dict[str, str]:
        raise outputs.NotDeployed("no Centralino stack is deployed here")

    monkeypatch.setattr(outputs, "read", nowhere)
    assert main(["why", ID]) == 1
    assert capsys.readouterr().err == "centralino: no Centralino stack is deployed here\n"
