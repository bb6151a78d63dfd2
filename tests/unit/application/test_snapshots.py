"""The snapshot of a queue: what the relay keeps, what it costs, and what cannot hurt it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from centralino.application import agents, calls, offers, snapshots
from centralino.application.app import App
from centralino.application.ports import Item, Operations
from centralino.application.routing import drain
from centralino.application.snapshot_items import snapshot_item, snapshot_of
from centralino.domain.configuration.model import Overflow
from centralino.domain.contacts.model import Contact
from centralino.domain.promises.model import (
    Snapshot,
)
from centralino.domain.promises.pace import Pace
from centralino.domain.telephony.commands import WaitContinued
from tests.support.announcing import (
    QUEUE,
    announcing_centre,
    another_process,
    stored,
    teach,
)
from tests.support.centre import KEY, Centre

NOW = 1_767_603_612_345
PAUSE_MS = snapshots.MOST_PAUSE_MS


@pytest.fixture
def centre() -> Centre:
    return announcing_centre()


def known(centre: Centre) -> Snapshot:
    found = stored(centre)
    assert found is not None
    return found


def writes(centre: Centre) -> float:
    return centre.world.meter.of(operation="operations.put_if").write_units


def images(centre: Centre) -> list[Contact]:
    """Return what was written since, as the stream tells it."""
    found = []
    while changes := centre.stream.take():
        found += [change.image for change in changes if isinstance(change.image, Contact)]
    return found


def answer(centre: Centre, contact_id: str, agent: str) -> None:
    drain(centre.app, "main", cause="test")
    rid = centre.contact(contact_id).rid or ""
    offers.accept(centre.app, agent, contact_id, rid, "api")
    centre.agent_joins(contact_id, rid)
    centre.caller_joins(contact_id)


def listen(centre: Centre, contact_id: str) -> None:
    call = centre.contact(contact_id).call or ""
    calls.handle(centre.app, WaitContinued(contact_id, call), KEY)


# --------------------------------------------------------------------------- the line


def test_the_line_is_that_of_the_index(centre: Centre) -> None:
    waiting = [centre.contact(centre.queue(f"CA{n}")) for n in range(3)]
    centre.relay()
    found = known(centre)
    assert found.size == 3
    places = sorted(c.virtual_time or 0 for c in waiting)
    assert [found.ahead(at) for at in places] == [found.ahead(places[0])] * 3  # one instant
    centre.world.clock.advance(PAUSE_MS)
    later = centre.contact(centre.queue("CA9"))
    assert known(centre).ahead(later.virtual_time or 0) == 3


def test_a_caller_who_is_served_or_leaves_is_no_longer_in_line(centre: Centre) -> None:
    agent = centre.agent(ready=False)
    first = centre.queue("CA1")
    centre.world.clock.advance(1_000)
    second = centre.queue("CA2")
    centre.relay()
    centre.world.clock.advance(PAUSE_MS)
    centre.ready(agent)
    answer(centre, first, agent)
    centre.relay()
    assert known(centre).size == 1
    centre.world.clock.advance(PAUSE_MS)
    centre.caller_leaves(second)
    centre.relay()
    assert known(centre).size == 0


def test_a_queue_that_announces_nothing_has_no_snapshot() -> None:
    centre = announcing_centre(position=False, wait=False)
    centre.queue()
    centre.relay()
    assert stored(centre) is None


def test_a_snapshot_is_read_again_after_two_seconds(centre: Centre) -> None:
    teach(centre, ahead=1)
    assert snapshots.current(centre.app, QUEUE) == known(centre)
    teach_more = replace(known(centre), version=2, size=9)
    centre.app.operations.put(snapshot_item(QUEUE, teach_more))
    assert snapshots.current(centre.app, QUEUE) != teach_more
    centre.world.clock.advance(snapshots.CACHED_MS)
    assert snapshots.current(centre.app, QUEUE) == teach_more


# --------------------------------------------------------------------------- what it costs


def test_nothing_is_written_while_everybody_finds_an_agent_free(centre: Centre) -> None:
    agent = centre.agent()
    for turn in range(20):
        contact_id = centre.queue(f"CA{turn}")
        answer(centre, contact_id, agent)
        centre.relay()
        centre.caller_leaves(contact_id)
        rid = centre.contact(contact_id).segments[-1].rid
        agents.end_wrap_up(centre.app, contact_id, rid, None, "api")
        centre.relay()
        centre.world.clock.advance(10_000)
    assert stored(centre) is None
    assert writes(centre) == 0


def test_a_queue_is_written_once_in_a_while_however_much_happens(centre: Centre) -> None:
    centre.queue("CA0")
    centre.relay()
    before = known(centre).version
    for turn in range(1, 50):
        centre.world.clock.advance(100)
        centre.queue(f"CA{turn}")
        centre.relay()
    assert known(centre).version == before
    centre.world.clock.advance(PAUSE_MS)
    centre.queue("CA99")
    centre.relay()
    assert known(centre).version == before + 1
    assert known(centre).size == 51


@pytest.mark.parametrize(("gap_ms", "pause_ms"), [(20, 1_000), (250, 2_500), (30_000, PAUSE_MS)])
def test_the_busier_a_queue_the_more_often_it_is_written_up_to_a_second(
    centre: Centre, gap_ms: int, pause_ms: int
) -> None:
    centre.queue("CA0")
    now = centre.app.clock.now()
    quick = Pace(assigned=50, busy_ms=50 * gap_ms, last_at=now)
    centre.app.operations.put(snapshot_item(QUEUE, Snapshot(version=7, at=now, pace=quick)))
    centre.world.clock.advance(pause_ms - 1)
    centre.queue("CA1")
    centre.relay()
    assert known(centre).version == 7
    centre.world.clock.advance(1)
    centre.queue("CA2")
    centre.relay()
    assert known(centre).version == 8


def test_an_answer_alone_is_kept_for_the_next_write(centre: Centre) -> None:
    agent = centre.agent(ready=False)
    teach(centre)
    first = centre.queue("CA1")
    listen(centre, first)
    centre.world.clock.advance(PAUSE_MS)
    centre.ready(agent)
    answer(centre, first, agent)
    seen = images(centre)
    taken = next(i for i, c in enumerate(seen) if c.events[0].type == "ContactOffered")
    snapshots.follow(centre.app, seen[: taken + 1])
    centre.world.clock.advance(PAUSE_MS)
    before = known(centre)
    snapshots.follow(centre.app, seen[taken + 1 :])
    assert known(centre) == before
    centre.queue("CA2")
    centre.relay()
    assert len(before.pending) == 1
    assert known(centre).pending == ()


# --------------------------------------------------------------------------- what cannot hurt it


def test_a_batch_that_comes_twice_teaches_nothing_twice(centre: Centre) -> None:
    agent = centre.agent(ready=False)
    teach(centre)
    contact_id = centre.queue()
    listen(centre, contact_id)
    centre.world.clock.advance(PAUSE_MS)
    centre.ready(agent)
    answer(centre, contact_id, agent)
    batch = images(centre)
    snapshots.follow(centre.app, batch)
    once = known(centre)
    assert once.announced == 1
    centre.world.clock.advance(PAUSE_MS)
    snapshots.follow(another_process(centre.app), batch)
    twice = known(centre)
    assert twice.version == once.version + 1
    assert replace(twice, version=once.version, at=once.at) == once


def test_a_lost_batch_costs_precision_and_not_the_line(centre: Centre) -> None:
    centre.queue("CA1")
    images(centre)  # never relayed
    centre.world.clock.advance(PAUSE_MS)
    centre.queue("CA2")
    centre.relay()
    assert known(centre).size == 2


class Racing:
    """Operations another process always writes to a moment before us, so many times."""

    def __init__(self, behind: Operations, times: int, write: Callable[[Item], Item]) -> None:
        self._behind = behind
        self._times = times
        self._write = write

    def __getattr__(self, name: str) -> Any:
        return getattr(self._behind, name)

    def put_if(self, item: Item, attribute: str, below: int) -> bool:
        if self._times:
            self._times -= 1
            assert self._behind.put_if(self._write(item), attribute, below)
        return self._behind.put_if(item, attribute, below)


def racing(centre: Centre, times: int) -> App:
    """Return a process that loses so many races against one that learned something else."""

    def write(item: Item) -> Item:
        theirs = snapshot_of(item.attributes)
        older = theirs.at - 10 * PAUSE_MS
        return snapshot_item(QUEUE, replace(theirs, at=older, announced=7, pending=(), seen=()))

    app = another_process(centre.app)
    return replace(app, operations=Racing(app.operations, times, write))


def test_two_processes_that_write_at_once_both_get_their_say(centre: Centre) -> None:
    teach(centre)
    contact_id = centre.queue()
    listen(centre, contact_id)
    centre.world.clock.advance(PAUSE_MS)
    snapshots.follow(racing(centre, 1), images(centre))
    assert known(centre).version == 3
    assert known(centre).announced == 7 + 1
    assert [p.made_at for p in known(centre).pending] == [known(centre).at - PAUSE_MS]


def test_who_loses_every_race_keeps_what_it_learned_for_later(centre: Centre) -> None:
    teach(centre)
    contact_id = centre.queue()
    listen(centre, contact_id)
    centre.world.clock.advance(PAUSE_MS)
    loser = racing(centre, 99)
    snapshots.follow(loser, images(centre))
    assert known(centre).announced == 7
    assert known(centre).seen == ()
    centre.world.clock.advance(PAUSE_MS)
    centre.queue("CA2")
    calm = replace(loser, operations=centre.app.operations)
    snapshots.follow(calm, images(centre))
    assert known(centre).announced == 7 + 1


def test_processes_share_one_pause(centre: Centre) -> None:
    centre.queue("CA1")
    centre.relay()
    version = known(centre).version
    for turn in range(5):
        centre.queue(f"CB{turn}")
        snapshots.follow(another_process(centre.app), images(centre))
    assert known(centre).version == version


@pytest.mark.parametrize("operation", ["operations.get", "operations.put_if", "store.waiting"])
def test_no_failure_of_it_stops_the_relay(centre: Centre, operation: str) -> None:
    teach(centre)
    contact_id = centre.queue()
    centre.world.clock.advance(PAUSE_MS)
    centre.world.faults.refuse(operation, times=None)
    snapshots.follow(centre.app, images(centre))
    assert any(line.message == "snapshot_not_written" for line in centre.world.log.lines)
    assert centre.contact(contact_id).queue == QUEUE


def test_who_leaves_for_another_queue_has_left_this_one(centre: Centre) -> None:
    rules = centre.app.configuration.current()
    way = Overflow("late", "queue", limit=20_000, queue="support")
    late = replace(rules.queues[QUEUE], overflow=(way,))
    flows = {name: replace(flow, version=2) for name, flow in rules.flows.items()}
    queues = {**rules.queues, QUEUE: late}
    centre.world.configuration.publish(replace(rules, version=2, flows=flows, queues=queues))
    teach(centre)
    contact_id = centre.queue()
    listen(centre, contact_id)
    centre.relay()
    centre.advance(60_000)
    centre.relay()
    assert centre.contact(contact_id).queue == "support"
    (pending,) = known(centre).pending
    assert pending.left_at is not None
    assert known(centre).size == 0
    support = stored(centre, "support")
    assert support is not None
    assert (support.size, support.pending) == (1, ())
    assert support.pace.left == Pace().left
    assert known(centre).pace.left > 0.5


def test_who_is_sent_on_at_once_never_was_in_line(centre: Centre) -> None:
    rules = centre.app.configuration.current()
    way = Overflow("full", "queue", limit=1, queue="support")
    full = replace(rules.queues[QUEUE], overflow=(way,))
    flows = {name: replace(flow, version=2) for name, flow in rules.flows.items()}
    queues = {**rules.queues, QUEUE: full}
    centre.world.configuration.publish(replace(rules, version=2, flows=flows, queues=queues))
    centre.queue("CA1")
    centre.relay()
    centre.advance(30_000)
    other = centre.queue("CA2")
    assert centre.contact(other).queue == "support"
    centre.relay()
    assert known(centre).size == 1
    assert known(centre).pace.left == Pace().left
