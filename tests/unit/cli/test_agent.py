"""``centralino agent add``: invited, put in their groups, and registered as the rules have it."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from centralino.adapters.dynamodb.store import DynamoStore
from centralino.adapters.dynamodb.tables import Tables
from centralino.adapters.system import RandomIds
from centralino.domain.agents.model import AgentState
from cli import outputs
from cli.main import main
from tests.unit.contracts.rules_file import FULL, text_of

POOL = "eu-south-1_pool"
ADD = ["agent", "add", "ada", "--email", "ada@example.com", "--profile", "all"]


class Cognito:
    """As much of the sign-in service as the command asks for."""

    class exceptions:
        class UserNotFoundException(Exception): ...

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, set[str]] = {}

    def admin_get_user(self, *, UserPoolId: str, Username: str) -> dict[str, Any]:
        """Return a user's attributes."""
        assert UserPoolId == POOL
        if Username not in self.users:
            raise self.exceptions.UserNotFoundException
        return {"UserAttributes": self._attributes(Username)}

    def admin_create_user(self, *, UserPoolId: str, Username: str, **more: Any) -> dict[str, Any]:
        """Make a user and send the letter."""
        assert UserPoolId == POOL
        assert more["DesiredDeliveryMediums"] == ["EMAIL"]
        self.users[Username] = {"sub": str(uuid.uuid4()), **more}
        return {"User": {"Attributes": self._attributes(Username)}}

    def admin_add_user_to_group(self, *, UserPoolId: str, Username: str, GroupName: str) -> None:
        """Put a user in a group; again is no error."""
        assert UserPoolId == POOL
        self.groups.setdefault(Username, set()).add(GroupName)

    def _attributes(self, user: str) -> list[dict[str, str]]:
        found = self.users[user]
        return [{"Name": "sub", "Value": found["sub"]}, *found["UserAttributes"]]


@pytest.fixture
def pool(tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cognito:
    rules = tmp_path / "rules.yaml"
    rules.write_text(text_of(FULL), encoding="utf-8")
    assert main(["config", "apply", str(rules), "--yes", "--by", "ada"]) == 0
    cognito, found = Cognito(), {**outputs.read(), "UserPoolId": POOL}
    monkeypatch.setattr(outputs, "read", lambda: found)
    monkeypatch.setattr(outputs, "client", lambda service: {"cognito-idp": cognito}[service])
    return cognito


def added(capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main([*ADD, *more, "--json"]) == 0
    shown: dict[str, Any] = json.loads(capsys.readouterr().out)
    return shown


def test_somebody_is_invited_and_made_an_agent(
    pool: Cognito, tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = added(capsys, "--skill", "tax=2")
    agent = DynamoStore(tables, RandomIds()).agent(shown["agent_id"])
    assert agent is not None
    assert (agent.state, agent.profile) == (AgentState.OFFLINE, "all")
    assert agent.skills == {"tax": 2}
    assert agent.business_unit == shown["business_unit"] == "acme"
    assert pool.groups["ada"] == {"agent"}


def test_the_same_again_changes_nothing(
    pool: Cognito, tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    first = added(capsys)
    assert added(capsys) == first
    agent = DynamoStore(tables, RandomIds()).agent(first["agent_id"])
    assert agent is not None
    assert agent.version == 1


def test_groups_are_given_as_asked(pool: Cognito, capsys: pytest.CaptureFixture[str]) -> None:
    added(capsys, "--group", "agent", "--group", "supervisor")
    assert pool.groups["ada"] == {"agent", "supervisor"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([*ADD[:5], "--profile", "nobody"], "nobody"),
        ([*ADD, "--skill", "tax"], "tax=2"),
        ([*ADD, "--skill", "tax=\u00b2"], "tax=2"),
        ([*ADD, "--skill", "tax=9"], "1 to 3"),
        ([*ADD, "--skill", "law=1"], "law"),
        ([*ADD, "--business-unit", "other"], "other"),
        ([*ADD, "--group", "boss"], "boss"),
        (["agent", "add", "ada", "--email", "ada", "--profile", "all"], "ada"),
    ],
)
def test_bad_input_is_one_line_and_status_2(
    pool: Cognito, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(arguments) == 2
    told = capsys.readouterr().err.strip()
    assert words in told
    assert len(told.splitlines()) == 1
    # Nobody gets a letter about what there is not.
    assert pool.users == {}


def test_an_agent_with_other_terms_is_not_overwritten(
    pool: Cognito, tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = added(capsys)
    capsys.readouterr()
    assert main([*ADD, "--skill", "tax=1"]) == 2
    assert "exists already" in capsys.readouterr().err
    agent = DynamoStore(tables, RandomIds()).agent(shown["agent_id"])
    assert agent is not None
    assert agent.skills == {}
