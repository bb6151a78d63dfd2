"""Reading and writing contacts and agents: every write is over the version it was made from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.application.ports import Store
from centralino.domain.agents import machine
from centralino.domain.agents.model import AgentState
from centralino.domain.contacts import lifecycle
from centralino.domain.contacts.model import FlowPosition
from centralino.domain.errors import CentralinoError, Conflict
from tests.contract.store.people import at_once, contact_id, routable, started, waiting


def test_what_was_never_written_is_absent(store: Store) -> None:
    assert store.contact("ct_nobody") is None
    assert store.agent("ag_nobody") is None


def test_a_contact_comes_back_as_it_was_written(store: Store, now: int) -> None:
    contact = waiting(store, now, priority=2, tier=0, boost_ms=5_000, shard=1)
    assert store.contact(contact.id) == contact


def test_an_agent_comes_back_as_it_was_written(store: Store, now: int) -> None:
    agent = routable(store, now)
    assert store.agent(agent.id) == agent


def test_creating_twice_conflicts_and_changes_nothing(store: Store, now: int) -> None:
    first = started(now)
    store.save_contact(first)
    with pytest.raises(Conflict):
        store.save_contact(replace(first, language="en"))
    assert store.contact(first.id) == first


def test_creating_an_agent_twice_conflicts(store: Store, now: int) -> None:
    agent = routable(store, now)
    with pytest.raises(Conflict):
        store.save_agent(replace(agent, version=1))
    assert store.agent(agent.id) == agent


@pytest.mark.parametrize("jump", [-1, 0, 2], ids=["older", "same", "ahead"])
def test_a_version_that_does_not_follow_conflicts(store: Store, now: int, jump: int) -> None:
    contact = waiting(store, now)
    with pytest.raises(Conflict):
        store.save_contact(replace(contact, version=contact.version + jump, language="en"))
    assert store.contact(contact.id) == contact


def test_a_later_version_of_nothing_conflicts(store: Store, now: int) -> None:
    contact = replace(started(now), version=2)
    with pytest.raises(Conflict):
        store.save_contact(contact)
    assert store.contact(contact.id) is None


def test_of_writers_from_one_version_one_wins(store: Store, now: int) -> None:
    contact = waiting(store, now)

    def hang_up(number: int) -> bool:
        try:
            store.save_contact(lifecycle.hang_up(contact, "caller", now + 1, f"try-{number}"))
        except Conflict:
            return False
        return True

    assert at_once(16, hang_up).count(True) == 1


def test_several_are_written_together(store: Store, now: int) -> None:
    contact, agent = waiting(store, now), routable(store, now)
    left = lifecycle.hang_up(contact, "caller", now + 5, "x")
    away = machine.set_state(agent, AgentState.OFFLINE, None, now + 5, "x")
    child = replace(started(now, 2), parent=contact.id, kind="consult")
    store.save_together([left, child], [away])
    assert store.contact(contact.id) == left
    assert store.contact(child.id) == child
    assert store.agent(agent.id) == away


@pytest.mark.parametrize("stale", ["contact", "agent", "created"])
def test_together_means_all_or_nothing(store: Store, now: int, stale: str) -> None:
    contact, agent = waiting(store, now), routable(store, now)
    other = started(now, 2)
    left = lifecycle.hang_up(contact, "caller", now + 5, "x")
    away = machine.set_state(agent, AgentState.OFFLINE, None, now + 5, "x")
    if stale == "contact":
        left = replace(left, version=left.version + 1)
    elif stale == "agent":
        away = replace(away, version=away.version - 1)
    else:
        store.save_contact(other)
    with pytest.raises(Conflict):
        store.save_together([left, other], [away])
    assert store.contact(contact.id) == contact
    assert store.agent(agent.id) == agent
    assert (store.contact(other.id) is None) == (stale != "created")


def test_one_together_with_nobody_is_a_plain_write(store: Store, now: int) -> None:
    contact = started(now)
    store.save_together([contact])
    assert store.contact(contact.id) == contact
    with pytest.raises(Conflict):
        store.save_together([contact])
    agent = routable(store, now)
    store.save_together([], [machine.set_state(agent, AgentState.OFFLINE, None, now, "x")])
    stored = store.agent(agent.id)
    assert stored is not None
    assert stored.state is AgentState.OFFLINE


def test_nothing_together_is_nothing(store: Store) -> None:
    store.save_together([])


def test_one_item_twice_in_a_transaction_is_refused(store: Store, now: int) -> None:
    contact = started(now)
    with pytest.raises(CentralinoError) as refused:
        store.save_together([contact, contact])
    assert refused.value.code == "store_refused"
    assert store.contact(contact.id) is None


def test_texts_of_any_script_survive(store: Store, now: int) -> None:
    contact = replace(
        started(now),
        business_unit="Süd-東京-🦉",
        cause="",
        flow=FlowPosition("è#.[0]", 1, "schritt\n\t\"'\\"),
        tried=dict.fromkeys(("ag_é", "ag.with.dots", "ag#hash", "日本"), now),
    )
    store.save_contact(contact)
    assert store.contact(contact.id) == contact


def test_a_large_contact_is_stored_whole(store: Store, now: int) -> None:
    contact = replace(started(now), tried={f"ag_{n:026d}": now + n for n in range(5_000)})
    store.save_contact(contact)
    assert store.contact(contact.id) == contact


def test_a_contact_beyond_the_limit_is_refused(store: Store, now: int) -> None:
    contact = replace(started(now), cause="x" * (400 * 1024))
    with pytest.raises(CentralinoError) as refused:
        store.save_contact(contact)
    assert refused.value.code == "store_refused"
    assert store.contact(contact_id()) is None


def test_an_empty_value_is_not_an_absent_one(store: Store, now: int) -> None:
    contact = replace(started(now), enqueued_at=0, cause="", tier=0, subject="")
    store.save_contact(contact)
    assert store.contact(contact.id) == contact
