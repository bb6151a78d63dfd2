"""A deployment's tables, as the commands find them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from centralino.adapters.dynamodb.tables import TableNames, Tables, bind
from cli import outputs
from cli.main import main
from local.cloud.tables import create_tables
from tests.support.going_live import EN, IT, LINES, Live, live
from tests.unit.contracts.rules_file import edited, text_of


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tables]:
    """Empty tables that every command works on."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-south-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        names = create_tables(boto3.client("dynamodb"))
        found = {
            "ContactsTableName": names.contacts,
            "AgentsTableName": names.agents,
            "ConfigTableName": names.config,
            "OpsTableName": names.ops,
        }
        monkeypatch.setattr(outputs, "read", lambda: found)
        yield bind(TableNames(names.contacts, names.agents, names.config, names.ops))


@pytest.fixture
def two_lines(tmp_path: Path) -> Path:
    """A file of rules with a line in each language."""
    path = tmp_path / "rules.yaml"
    path.write_text(text_of(edited("lines", value=LINES)), encoding="utf-8")
    return path


@pytest.fixture
def deployment(
    tables: Tables,
    two_lines: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Live]:
    """A deployment with two lines in force, whose account owns their numbers and another."""
    assert main(["config", "apply", str(two_lines), "--yes", "--by", "ada"]) == 0
    with live(monkeypatch, IT, EN, "+390299999999") as found:
        capsys.readouterr()
        yield found
