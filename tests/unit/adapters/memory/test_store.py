"""What only the in-memory store can show: lag, held items, the change stream, consumption.

That it keeps the rules of a store is for tests/contract/store.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centralino.adapters.memory.clock import VirtualClock
from centralino.adapters.memory.faults import Crash, Faults
from centralino.adapters.memory.index import LaggingIndex
from centralino.adapters.memory.meter import Meter
from centralino.adapters.memory.store import MemoryStore, claim_result
from centralino.adapters.memory.stream import Stream
from centralino.application.ports import ClaimResult
from centralino.domain.contacts import lifecycle
from centralino.domain.contacts.machine import evolve
from centralino.domain.errors import Conflict, TransientDependency
from tests.contract.store.people import (
    available_entry,
    claim_of,
    routable,
    started,
    waiting,
    waiting_entry,
)

NOW = 1_000
PARTITION = "pool-1#sales#voice-it#0"


def lags(*values: float) -> Iterator[float]:
    return iter(values)


# ---------------------------------------------------------------- index lag


def test_an_entry_appears_after_its_lag(clock: VirtualClock) -> None:
    store = MemoryStore(clock, lag=lambda: 8)
    contact = waiting(store, NOW)
    assert store.contact(contact.id) == contact
    assert store.next_index_change() == 1_008
    clock.advance(7.9)
    assert store.waiting(PARTITION).entries == []
    clock.advance(0.1)
    assert [e.contact for e in store.waiting(PARTITION).entries] == [contact.id]
    assert store.next_index_change() is None


def test_a_ghost_stays_until_its_removal_arrives(clock: VirtualClock) -> None:
    lag = lags(0, 500)
    store = MemoryStore(clock, lag=lambda: next(lag))
    contact = waiting(store, NOW)
    store.save_contact(lifecycle.hang_up(contact, "caller", NOW, "x"))
    assert [e.version for e in store.waiting(PARTITION).entries] == [2]
    clock.advance(500)
    assert store.waiting(PARTITION).entries == []
    assert store.partitions() == ([], [])


def test_a_quick_write_never_overtakes_a_slow_one_of_its_item(clock: VirtualClock) -> None:
    lag = lags(500, 1)
    store = MemoryStore(clock, lag=lambda: next(lag))
    contact = waiting(store, NOW)
    store.save_contact(lifecycle.hang_up(contact, "caller", NOW, "x"))
    clock.advance(499)
    assert store.waiting(PARTITION).entries == []
    clock.advance(1)
    assert store.waiting(PARTITION).entries == []
    assert store.next_index_change() is None


def test_items_do_not_wait_for_each_other(clock: VirtualClock) -> None:
    lag = lags(500, 1)
    store = MemoryStore(clock, lag=lambda: next(lag))
    waiting(store, NOW, 1)
    second = waiting(store, NOW, 2)
    clock.advance(1)
    assert [e.contact for e in store.waiting(PARTITION).entries] == [second.id]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 4),
            st.none() | st.tuples(st.sampled_from("pq"), st.sampled_from("123")),
            st.floats(0, 50),
            st.floats(0, 30),
        ),
        max_size=40,
    )
)
def test_an_index_shows_each_item_as_of_some_time_and_at_last_as_it_is(
    writes: list[tuple[int, tuple[str, str] | None, float, float]],
) -> None:
    clock = VirtualClock(0)
    lag = iter([w[2] for w in writes])
    index: LaggingIndex[int] = LaggingIndex(clock, lambda: next(lag, 0.0))
    history: dict[str, list[tuple[tuple[str, str] | None, int]]] = {}
    seen: dict[str, int] = {}
    for version, (item, place, _, pause) in enumerate(writes):
        name = f"i{item}"
        spot = (place[0], f"{place[1]}#{name}") if place is not None else None
        index.write(name, spot, version if spot is not None else None)
        history.setdefault(name, []).append((spot, version))
        clock.advance(pause)
        _check_shown(index, history, seen)
    clock.advance(10_000)
    shown = _check_shown(index, history, seen)
    assert shown == {n: h[-1] for n, h in history.items() if h[-1][0] is not None}
    assert index.next_change() is None


def _check_shown(
    index: LaggingIndex[int],
    history: dict[str, list[tuple[tuple[str, str] | None, int]]],
    seen: dict[str, int],
) -> dict[str, tuple[tuple[str, str] | None, int]]:
    shown: dict[str, tuple[tuple[str, str] | None, int]] = {}
    for partition in index.partitions():
        entries, _ = index.page(partition, None, 100)
        assert entries
        for version in entries:
            name = next(n for n, h in history.items() if version in [v for _, v in h])
            assert name not in shown, "an item is in one place at a time"
            assert version >= seen.get(name, -1), "an item never goes back"
            seen[name] = version
            shown[name] = next(pair for pair in history[name] if pair[1] == version)
            assert shown[name][0] is not None
    return shown


def test_a_full_page_gives_a_key_even_at_the_end(clock: VirtualClock) -> None:
    """As DynamoDB does: whoever pages until there is no key asks once more."""
    store = MemoryStore(clock)
    waiting(store, NOW)
    page = store.waiting(PARTITION, limit=1)
    assert page.next_key is not None
    rest = store.waiting(PARTITION, page.next_key, limit=1)
    assert (list(rest.entries), rest.next_key) == ([], None)


# ---------------------------------------------------------------- transactions


def test_an_open_transaction_holds_both_items(clock: VirtualClock) -> None:
    store = MemoryStore(clock)
    contact, agent, other = waiting(store, NOW), routable(store, NOW, 1), routable(store, NOW, 2)
    shown = waiting_entry(store, contact)
    opened = store.open_claim(claim_of(shown, available_entry(store, agent), NOW))
    assert not opened.cancelled
    assert store.contact(contact.id) == contact
    late = store.claim(claim_of(shown, available_entry(store, other), NOW))
    assert late == ClaimResult(ok=False, contention=True)
    with pytest.raises(Conflict):
        store.save_contact(lifecycle.hang_up(contact, "caller", NOW, "x"))
    opened.commit()
    assert claim_result(opened) == ClaimResult(ok=True)
    found = store.contact(contact.id)
    assert found is not None
    assert found.agent == agent.id
    opened.commit()
    assert store.contact(contact.id) == found


def test_a_cancelled_transaction_holds_nothing(clock: VirtualClock) -> None:
    store = MemoryStore(clock)
    contact, agent = waiting(store, NOW), routable(store, NOW)
    shown = available_entry(store, agent)
    stale = replace(waiting_entry(store, contact), version=1)
    opened = store.open_claim(claim_of(stale, shown, NOW))
    assert claim_result(opened) == ClaimResult(ok=False, contact_stale=True)
    opened.commit()
    assert store.claim(claim_of(waiting_entry(store, contact), shown, NOW)).ok


def test_contention_can_be_asked_for(clock: VirtualClock) -> None:
    faults = Faults()
    store = MemoryStore(clock, faults=faults)
    contact, agent = waiting(store, NOW), routable(store, NOW)
    claim = claim_of(waiting_entry(store, contact), available_entry(store, agent), NOW)
    faults.contend("store.claim")
    assert store.claim(claim) == ClaimResult(ok=False, contention=True)
    assert store.claim(claim) == ClaimResult(ok=True)


# ---------------------------------------------------------------- faults


def test_a_refused_write_changes_nothing(clock: VirtualClock) -> None:
    faults = Faults()
    store = MemoryStore(clock, faults=faults)
    faults.refuse("store.save_contact")
    with pytest.raises(TransientDependency):
        store.save_contact(started(NOW))
    assert store.contact(started(NOW).id) is None
    store.save_contact(started(NOW))


def test_a_lost_reply_leaves_the_write(clock: VirtualClock) -> None:
    faults = Faults()
    store = MemoryStore(clock, faults=faults)
    contact, agent = waiting(store, NOW), routable(store, NOW)
    claim = claim_of(waiting_entry(store, contact), available_entry(store, agent), NOW)
    faults.lose_reply("store.claim")
    with pytest.raises(TransientDependency):
        store.claim(claim)
    assert store.claim(claim) == ClaimResult(ok=False, contact_stale=True, agent_stale=True)


@pytest.mark.parametrize(("moment", "written"), [("before", False), ("after", True)])
def test_a_crash_is_before_or_after_the_write(
    clock: VirtualClock, moment: str, written: bool
) -> None:
    faults = Faults()
    store = MemoryStore(clock, faults=faults)
    if moment == "before":
        faults.crash_before("store.save_contact")
    else:
        faults.crash_after("store.save_contact")
    with pytest.raises(Crash):
        store.save_contact(started(NOW))
    assert (store.contact(started(NOW).id) is not None) == written


# ---------------------------------------------------------------- stream


def test_changes_come_in_order_and_again_on_demand(clock: VirtualClock) -> None:
    stream = Stream()
    store = MemoryStore(clock, stream=stream)
    everything, agents = stream.subscribe(), stream.subscribe("agents")
    contact, agent = waiting(store, NOW), routable(store, NOW)
    store.claim(claim_of(waiting_entry(store, contact), available_entry(store, agent), NOW))
    with pytest.raises(Conflict):
        store.save_contact(contact)
    assert (len(everything), len(agents)) == (6, 3)
    first = everything.take(2)
    assert [(c.table, c.image.version) for c in first] == [("contacts", 1), ("contacts", 2)]
    everything.redeliver()
    everything.redeliver()
    again = everything.take()
    assert again[:2] == first
    assert [c.image.version for c in again] == [1, 2, 1, 2, 3, 3]
    assert [c.image.version for c in agents.take()] == [1, 2, 3]
    assert everything.take() == []


def test_a_later_subscriber_sees_later_changes_only(clock: VirtualClock) -> None:
    stream = Stream()
    store = MemoryStore(clock, stream=stream)
    contact = waiting(store, NOW)
    late = stream.subscribe()
    store.save_contact(evolve(contact, NOW, "x", priority=1))
    assert [c.image.version for c in late.take()] == [3]


# ---------------------------------------------------------------- consumption


def test_requests_are_attributed_and_counted(clock: VirtualClock) -> None:
    meter = Meter()
    store = MemoryStore(clock, meter=meter)
    with meter.scope("outer"):
        store.save_contact(started(NOW))
        with meter.scope("inner"):
            store.contact(started(NOW).id)
        with pytest.raises(Conflict):
            store.save_contact(started(NOW))
    store.waiting(PARTITION)
    outer, inner, rest = meter.of("outer"), meter.of("inner"), meter.of("other")
    assert (outer.requests, outer.write_units, outer.failed) == (2, 2, 1)
    assert (inner.requests, inner.read_units) == (1, 1.0)
    assert (rest.requests, rest.read_units) == (1, 0.5)
    assert meter.of(operation="store.save_contact").requests == 2
    assert meter.of().requests == 4
    assert [row[:2] for row in meter.rows()] == [
        ("inner", "store.contact"),
        ("other", "store.waiting"),
        ("outer", "store.save_contact"),
    ]
    meter.reset()
    assert meter.of().requests == 0


def test_requests_sent_together_are_one_round_trip(clock: VirtualClock) -> None:
    meter = Meter()
    store = MemoryStore(clock, meter=meter)
    with meter.together():
        store.waiting(PARTITION)
        store.available("pool-1#all#v#0")
    store.waiting(PARTITION)
    assert meter.of().requests == 3
    assert meter.of().round_trips == 2


def test_without_a_meter_nothing_is_weighed(clock: VirtualClock) -> None:
    store = MemoryStore(clock)
    contact = replace(started(NOW), cause="x" * 500_000)
    store.save_contact(contact)
    assert store.contact(contact.id) == contact
