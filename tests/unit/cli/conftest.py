"""A deployment's tables, as the commands find them."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from centralino.adapters.dynamodb.tables import TableNames, Tables, bind
from cli import outputs
from local.cloud.tables import create_tables


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
