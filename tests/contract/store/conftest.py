"""The stores under contract: in memory, in memory with colliding transactions, and DynamoDB."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from botocore.session import Session, get_session

from centralino.adapters.dynamodb.operations import DynamoOperations
from centralino.adapters.dynamodb.store import DynamoStore
from centralino.adapters.dynamodb.tables import TableNames, Tables, bind
from centralino.adapters.memory.clock import VirtualClock
from centralino.adapters.memory.ids import SeededIds
from centralino.adapters.memory.meter import Meter
from centralino.adapters.memory.operations import MemoryOperations
from centralino.adapters.memory.store import MemoryStore
from centralino.application.ports import Operations, Store
from local.cloud.cloud import REGION
from local.cloud.deployment import Tables as Names
from tests.support.cloud import CloudSession

# One process serves all threads of a test here; AWS would answer in milliseconds.
_READ_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Backend:
    """One implementation under contract, and the clock it expires items by."""

    name: str
    store: Store
    operations: Operations
    clock: VirtualClock


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests of the cloud on one worker, so that a parallel run starts one cloud."""
    for item in items:
        if "dynamo_tables" in getattr(item, "fixturenames", ()) or "[dynamodb" in item.name:
            item.add_marker(pytest.mark.xdist_group("embedded-cloud"))


@pytest.fixture(scope="session")
def _descriptions() -> Session:
    """A botocore session that reads its service descriptions from disk once for all clients."""
    return get_session()


@pytest.fixture
def dynamo_tables(
    tables: Names,
    cloud_session: CloudSession,
    _descriptions: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Tables]:
    """Empty tables of a cloud, bound; with keys that any emulator takes."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    bound = bind(
        TableNames(tables.contacts, tables.agents, tables.config, tables.ops),
        region=REGION,
        host=cloud_session.endpoint,
        read_timeout_s=_READ_TIMEOUT_S,
    )
    monkeypatch.setattr(bound.connection._local, "session", _descriptions, raising=False)
    yield bound
    bound.connection.client.close()


@pytest.fixture(params=["memory", "colliding", "dynamodb"])
def backend(request: pytest.FixtureRequest) -> Backend:
    """Each implementation in turn, empty."""
    # Real time, because DynamoDB may remove what has expired by its own clock.
    clock = VirtualClock(time.time() * 1000)
    if request.param == "dynamodb":
        bound: Tables = request.getfixturevalue("dynamo_tables")
        ids = SeededIds(clock, seed=time.time_ns())
        return Backend("dynamodb", DynamoStore(bound, ids), DynamoOperations(bound, clock), clock)
    meter = Meter()
    pause = (lambda: time.sleep(0.002)) if request.param == "colliding" else None
    return Backend(
        request.param,
        MemoryStore(clock, meter=meter, pause=pause),
        MemoryOperations(clock, meter=meter),
        clock,
    )


@pytest.fixture
def store(backend: Backend) -> Store:
    """The store under contract."""
    return backend.store


@pytest.fixture
def operations(backend: Backend) -> Operations:
    """The operational items under contract."""
    return backend.operations


@pytest.fixture
def now(backend: Backend) -> int:
    """The time the test begins."""
    return backend.clock.now()
