"""Published rules: in memory and in DynamoDB alike, whoever publishes at once."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any, Protocol

import pytest

from centralino.adapters.dynamodb.configuration import CURRENT, FRESH_MS, KEY, DynamoConfiguration
from centralino.adapters.dynamodb.tables import Tables
from centralino.adapters.memory.clock import VirtualClock
from centralino.adapters.memory.configuration import MemoryConfiguration
from centralino.application.ports import ConfigurationSource
from centralino.application.publishing import Releases
from centralino.domain.configuration.documents import encode
from centralino.domain.configuration.releases import Release, renumbered
from centralino.domain.errors import CentralinoError, Conflict, NotFound
from tests.contract.store.people import at_once
from tests.unit.domain.configuration.test_documents import EVERYTHING

HOUR_MS = 3_600_000


class Register(ConfigurationSource, Releases, Protocol):
    """Both ports, as each adapter has them."""


@dataclass(frozen=True)
class Backend:
    """A register under contract, another process's view of it, and the time."""

    register: Register
    elsewhere: Register
    clock: VirtualClock


@pytest.fixture(params=["memory", "dynamodb"])
def backend(request: pytest.FixtureRequest) -> Backend:
    clock = VirtualClock(time.time() * 1000)
    if request.param == "dynamodb":
        bound: Tables = request.getfixturevalue("dynamo_tables")
        return Backend(DynamoConfiguration(bound, clock), DynamoConfiguration(bound, clock), clock)
    register = MemoryConfiguration()
    return Backend(register, register, clock)


@pytest.fixture
def register(backend: Backend) -> Register:
    return backend.register


def release(number: int, base: int | None = None, at: int = 0, **more: Any) -> Release:
    text = {"by": "ada", "note": "perché no 🦉", "digest": f"d{number}", **more}
    return Release(renumbered(EVERYTHING, number), number - 1 if base is None else base, at, **text)


def test_before_anything_is_published_there_is_nothing(register: Register) -> None:
    assert register.in_force() is None
    assert register.source("d1") is None
    with pytest.raises(NotFound) as missing:
        register.current()
    assert missing.value.code == "no_configuration"
    with pytest.raises(NotFound) as missing:
        register.version(1)
    assert missing.value.code == "unknown_version"


def test_what_was_published_comes_back_whole(backend: Backend) -> None:
    first, second = release(1), release(2, restores=1)
    backend.register.put_in_force(first, "rules: è\n")
    backend.register.put_in_force(second)
    for register in (backend.register, backend.elsewhere):
        assert register.in_force() == second
        assert register.current() == second.rules
        assert register.release(1) == first
        assert register.version(1) == first.rules
        assert register.source("d1") == "rules: è\n"
        assert register.source("d2") is None


def test_a_release_over_another_base_changes_nothing(register: Register) -> None:
    register.put_in_force(release(1))
    register.put_in_force(release(2))
    for stale in (release(3, base=1), release(3, base=0), release(4, base=3)):
        with pytest.raises(Conflict):
            register.put_in_force(stale)
    assert register.in_force() == release(2)
    with pytest.raises(NotFound):
        register.release(3)


def test_the_first_release_is_written_over_nothing(register: Register) -> None:
    with pytest.raises(Conflict):
        register.put_in_force(release(2))
    assert register.in_force() is None


def test_a_number_is_used_once(register: Register) -> None:
    register.put_in_force(release(1))
    with pytest.raises(Conflict):
        register.put_in_force(release(1, base=1, by="grace"))
    assert register.in_force() == release(1)


def test_of_many_who_publish_at_once_one_wins(register: Register) -> None:
    register.put_in_force(release(1))

    def publish(number: int) -> bool:
        try:
            register.put_in_force(release(2, by=f"p{number}"))
        except Conflict:
            return False
        return True

    won = at_once(8, publish)
    assert won.count(True) == 1
    found = register.in_force()
    assert found is not None
    assert found.by == f"p{won.index(True)}"


def test_what_was_in_force_lately_is_found_through_the_chain(backend: Backend) -> None:
    now = backend.clock.now()
    for number, hours_ago in ((1, 50), (2, 30), (3, 2), (5, 1)):
        base = 3 if number == 5 else number - 1
        backend.register.put_in_force(release(number, base, now - hours_ago * HOUR_MS))
    for register in (backend.register, backend.elsewhere):
        # Version 2 was replaced two hours ago, version 1 thirty hours ago.
        assert [r.version for r in register.superseded(now - 24 * HOUR_MS)] == [3, 2]
        assert [r.version for r in register.superseded(now - 100 * HOUR_MS)] == [3, 2, 1]
        assert [r.version for r in register.superseded(now)] == []


# --------------------------------------------------------------------------- DynamoDB alone


def test_another_process_learns_of_it_within_half_a_minute(dynamo_tables: Tables) -> None:
    clock = VirtualClock(time.time() * 1000)
    here, there = (
        DynamoConfiguration(dynamo_tables, clock),
        DynamoConfiguration(dynamo_tables, clock),
    )
    here.put_in_force(release(1))
    assert there.current().version == 1
    here.put_in_force(release(2))
    assert here.current().version == 2
    clock.advance(FRESH_MS - 1)
    assert there.current().version == 1
    assert there.in_force() == release(2)
    clock.advance(1)
    assert there.current().version == 2


def test_a_version_of_an_older_release_of_the_product_is_read(dynamo_tables: Tables) -> None:
    model = dynamo_tables.config
    old = replace(EVERYTHING, version=4, flows={})
    model(KEY, "0000000004", body={"document": encode(old)}).save()
    model(KEY, CURRENT, body={"version": 4}).save()
    register = DynamoConfiguration(dynamo_tables, VirtualClock(time.time() * 1000))
    found = register.in_force()
    assert found == Release(old)
    assert register.source(found.digest) is None
    assert register.superseded(0) == []
    register.put_in_force(release(5, base=4))
    assert register.in_force() == release(5, base=4)


def test_a_version_left_without_a_pointer_is_never_written_over(dynamo_tables: Tables) -> None:
    register = DynamoConfiguration(dynamo_tables, VirtualClock(time.time() * 1000))
    register.put_in_force(release(1))
    lost = encode(renumbered(EVERYTHING, 2))
    dynamo_tables.config(KEY, "0000000002", body={"document": lost}).save()
    with pytest.raises(Conflict):
        register.put_in_force(release(2))
    assert register.in_force() == release(1)
    register.put_in_force(release(3, base=1))
    assert register.in_force() == release(3, base=1)


def test_rules_beyond_what_an_item_holds_are_refused_whole(dynamo_tables: Tables) -> None:
    register = DynamoConfiguration(dynamo_tables, VirtualClock(time.time() * 1000))
    register.put_in_force(release(1))
    with pytest.raises(CentralinoError):
        register.put_in_force(release(2, note="x" * (400 * 1024)))
    assert register.in_force() == release(1)
