"""What a call costs in write units, command by command: counted in memory, recounted in DynamoDB.

The figures are the budget of the routing design: enqueue 2, claim 6, accept 1, hang-up 1, close
and release 3, a requeue 5 with the missed agent's release.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from centralino.adapters.dynamodb.request_log import RequestLog
from centralino.adapters.dynamodb.store import DynamoStore
from centralino.adapters.memory.clock import VirtualClock
from centralino.adapters.memory.ids import SeededIds
from centralino.adapters.memory.meter import Meter
from centralino.adapters.memory.store import MemoryStore
from centralino.application.ports import Store
from centralino.domain.agents import machine
from centralino.domain.contacts import lifecycle, offers
from centralino.domain.contacts.model import Channel
from centralino.domain.errors import Conflict
from tests.contract.store.people import (
    PLAN,
    POOL,
    QUEUE,
    available_entry,
    claim_of,
    routable,
    started,
    waiting_entry,
)

NOW = 1_767_603_600_123

BUDGET = {
    "start": 1,
    "enqueue": 2,
    "claim": 6,
    "requeue": 2,
    "miss": 1,
    "accept": 1,
    "connect": 1,
    "hang_up": 1,
    "close": 1,
    "release": 2,
    "stale_claim": 4,
    "stale_write": 1,
}


def fresh_ids() -> SeededIds:
    """Ids of their own for a test: a cloud remembers the tokens of transactions for minutes."""
    return SeededIds(VirtualClock(NOW), seed=time.time_ns())


@dataclass(frozen=True)
class Counted:
    """A store whose consumption can be attributed."""

    store: Store
    scope: Callable[[str], AbstractContextManager[None]]
    units: Callable[[str], float]


@pytest.fixture(params=["memory", "dynamodb"])
def counted(request: pytest.FixtureRequest) -> Iterator[Counted]:
    if request.param == "memory":
        meter = Meter()
        store = MemoryStore(VirtualClock(NOW), meter=meter)
        yield Counted(store, meter.scope, lambda name: meter.of(name).write_units)
        return
    tables = request.getfixturevalue("dynamo_tables")
    with RequestLog(tables) as log:
        store_on_aws = DynamoStore(tables, fresh_ids())
        yield Counted(store_on_aws, log.command, log.units)


def live(counted: Counted) -> None:
    """A call from start to close, declined once."""
    store, scope = counted.store, counted.scope
    contact = started(NOW)
    with scope("start"):
        store.save_contact(contact)
    contact = lifecycle.enqueue(contact, pool=POOL, queue=QUEUE, plan=PLAN, now=NOW + 1, cause="m2")
    with scope("enqueue"):
        store.save_contact(contact)
    missing, agent = routable(store, NOW, 1), routable(store, NOW, 2)
    stale = waiting_entry(store, contact)
    claim = claim_of(stale, available_entry(store, missing), NOW + 2)
    with scope("first_claim"):
        assert store.claim(claim).ok
    ringing = store.contact(contact.id)
    silent = store.agent(missing.id)
    assert ringing is not None
    assert silent is not None
    back = offers.time_out(ringing, claim.rid, NOW + 60_000, NOW + 20_000, "timer")
    with scope("requeue"):
        store.save_contact(back)
    with scope("miss"):
        store.save_agent(machine.miss(silent, claim.rid, "rona", NOW + 20_000, "timer"))
    claim = claim_of(waiting_entry(store, back), available_entry(store, agent), NOW + 20_001)
    with scope("claim"):
        assert store.claim(claim).ok
    with scope("stale_claim"):
        assert not store.claim(claim).ok
    contact = store.contact(contact.id) or contact
    rid = claim.rid
    for name, step in (
        ("accept", lambda c: offers.accept(c, rid, agent.id, NOW + 1, "m3", joined=False)),
        ("connect", lambda c: offers.connect(c, rid, NOW + 21_000, "m4")),
        ("hang_up", lambda c: lifecycle.hang_up(c, "caller", NOW + 99_000, "m5")),
        ("close", lambda c: lifecycle.wrap_up(c, rid, "resolved", NOW + 99_500, "m6")),
    ):
        contact = step(contact)
        with scope(name):
            store.save_contact(contact)
    busy = store.agent(agent.id)
    assert busy is not None
    with scope("release"):
        store.save_agent(machine.release(busy, rid, NOW + 99_500, rid))
    with scope("stale_write"), pytest.raises(Conflict):
        store.save_contact(contact)


def test_a_call_costs_what_the_budget_says(counted: Counted) -> None:
    live(counted)
    assert {name: counted.units(name) for name in BUDGET} == BUDGET
    assert counted.units("first_claim") == BUDGET["claim"]


def test_an_agent_that_keeps_a_channel_moves_within_the_index(counted: Counted) -> None:
    """Two entries change where an agent had room left: its partition names its free channels."""
    store = counted.store
    both = {Channel.CHAT: 1, Channel.TASK: 1}
    agent = routable(store, NOW, capacity=both, exclusive=frozenset())
    first = started(NOW, channel=Channel.CHAT)
    store.save_contact(first)
    contact = lifecycle.enqueue(first, pool=POOL, queue=QUEUE, plan=PLAN, now=NOW + 1, cause="m2")
    store.save_contact(contact)
    claim = claim_of(waiting_entry(store, contact), available_entry(store, agent), NOW + 2)
    with counted.scope("claim"):
        assert store.claim(claim).ok
    assert counted.units("claim") == BUDGET["claim"] + 1


def test_the_log_tells_operations_reads_and_tries(dynamo_tables: Any, tmp_path: Path) -> None:
    store = DynamoStore(dynamo_tables, fresh_ids())
    with RequestLog(dynamo_tables) as log:
        with log.command("enqueue"):
            store.save_contact(started(NOW))
        store.contact(started(NOW).id)
        store.waiting(f"{POOL}#{QUEUE}#{PLAN}#0")
    store.contact("not logged any more")
    rows = [(r.operation, r.write_units, r.read_units, r.ok, r.command) for r in log.requests]
    assert rows == [
        ("PutItem", 1, 0.0, True, "enqueue"),
        ("GetItem", 0, 1.0, True, None),
        ("Query", 0, 0.5, True, None),
    ]
    log.save(tmp_path / "requests.jsonl")
    assert len((tmp_path / "requests.jsonl").read_text().splitlines()) == 3
