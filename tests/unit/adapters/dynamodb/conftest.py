"""A store on a scripted endpoint, with botocore's waits between tries cut to nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from botocore.session import Session, get_session

from centralino.adapters.dynamodb.operations import DynamoOperations
from centralino.adapters.dynamodb.store import DynamoStore
from centralino.adapters.dynamodb.tables import TableNames, Tables, bind
from centralino.adapters.memory.clock import VirtualClock
from centralino.adapters.memory.ids import SeededIds
from tests.unit.adapters.dynamodb.scripted import ScriptedEndpoint


@dataclass(frozen=True)
class Bench:
    """The adapters and the endpoint they speak to."""

    endpoint: ScriptedEndpoint
    tables: Tables
    store: DynamoStore
    operations: DynamoOperations
    clock: VirtualClock


@pytest.fixture(scope="module")
def _session() -> Iterator[Session]:
    """A botocore session whose service descriptions are read from disk once."""
    with pytest.MonkeyPatch.context() as environment:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            environment.delenv(name)
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        environment.setenv("AWS_CONFIG_FILE", os.devnull)
        environment.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        yield get_session()


@pytest.fixture
def bench(_session: Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A store and operations whose next replies the test decides; it must use all of them.

    The client is new each time: botocore's allowance of retries is per client.
    """
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    endpoint = ScriptedEndpoint()
    names = TableNames("contacts", "agents", "config", "operations")
    tables = bind(names, region="eu-south-1", host=endpoint.url)
    monkeypatch.setattr(tables.connection._local, "session", _session, raising=False)
    clock = VirtualClock()
    yield Bench(
        endpoint,
        tables,
        DynamoStore(tables, SeededIds(clock)),
        DynamoOperations(tables, clock),
        clock,
    )
    tables.connection.client.close()
    endpoint.close()
    assert endpoint.script == []
