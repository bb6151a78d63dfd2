"""The crash table of the routing design, row by row, on the in-memory store.

:data:`ROWS` names the test of each row; a row told elsewhere is referred to, not told again.
Beyond the rows, :func:`test_a_death_anywhere_in` lets the process die at every single port
boundary of each command, and the centre must come to rest by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application import agents, lost, offers, rejoining, routing
from centralino.application.heartbeat import PERIOD_MS
from centralino.domain.agents.model import AgentState
from centralino.domain.contacts.lost import REJOIN_MS
from centralino.domain.errors import OfferEnded
from tests.model.plant import Plant
from tests.support.centre import configuration

_HERE = "tests.model.test_crash_table"
_REPAIRS = "tests.unit.application.test_repairs"
_LOST = "tests.unit.application.test_lost_agents"
_MARKERS = "tests.unit.application.test_markers"
_OFFERS = "tests.unit.application.test_offers"

ROWS = {
    "after the enqueue write, before drain or nudge": (
        _REPAIRS,
        "test_dying_after_the_enqueue_is_made_good_by_the_relay",
    ),
    "after the timer, before the claim": (
        _REPAIRS,
        "test_dying_between_timer_and_claim_leaves_a_void_timer",
    ),
    "after the claim, before the push": (
        _REPAIRS,
        "test_dying_between_claim_and_push_is_made_good_by_the_timer",
    ),
    "matcher dies mid-drain": (_HERE, "test_a_matcher_that_dies_keeps_what_it_committed"),
    "contact closed, agent not released": (
        _REPAIRS,
        "test_dying_between_contact_and_agent_is_made_good",
    ),
    "duplicate or late accept, decline, timeout": (_HERE, "test_late_and_repeated_answers"),
    "stale or ghost index entry": (_HERE, "test_stale_and_ghost_entries_are_excluded"),
    "poison stream record": (_HERE, "test_a_poison_record_holds_back_only_what_follows"),
    "agent's browser vanishes": (_HERE, "test_a_vanished_browser_is_noticed_either_way"),
    "agent's leg is lost in mid-talk": (
        _LOST,
        "test_an_agent_who_does_not_come_back_sends_the_caller_to_the_head",
    ),
    "the timer of a lost agent is lost": (_LOST, "test_a_lost_timer_is_made_good_by_the_sweep"),
    "caller hangs up while ringing an agent": (
        _OFFERS,
        "test_a_caller_who_leaves_while_ringing_stops_the_ring",
    ),
    "hang-up callback lost": (_REPAIRS, "test_a_hang_up_that_never_arrives_is_found_by_the_sweep"),
    "after a call's first write, before the sweep's note of it": (
        _MARKERS,
        "test_a_relay_that_dies_with_the_note_writes_it_when_it_comes_again",
    ),
    "the sweep's note of a call comes late": (
        _MARKERS,
        "test_a_relay_that_comes_late_is_in_time_for_the_sweep",
    ),
}


@pytest.fixture
def plant() -> Plant:
    return Plant(configuration())


def rid_of(plant: Plant, contact_id: str) -> str:
    rid = plant.contact(contact_id).rid
    assert rid is not None
    return rid


@pytest.mark.parametrize("row", ROWS)
def test_every_row_has_its_test(row: str) -> None:
    module, name = ROWS[row]
    assert callable(getattr(import_module(module), name))


def test_a_matcher_that_dies_keeps_what_it_committed(plant: Plant) -> None:
    first, second = plant.queue("CA1"), plant.queue("CA2")
    plant.world.faults.refuse("store.waiting", times=None)  # nobody drains where they log in
    ann, bob = plant.agent("ann"), plant.agent("bob")
    plant.world.faults.clear()
    plant.world.faults.crash_after("store.claim")
    with pytest.raises(Crash):
        routing.drain_nudged(plant.app, "main", hop=0, cause="nudge")
    plant.restart()
    pair = plant.contact(first)
    assert (pair.state, pair.agent) == ("OFFERED", ann)
    plant.look()
    routing.drain_nudged(plant.app, "main", hop=0, cause="the nudge, again")
    assert plant.contact(first) == pair
    assert plant.contact(second).agent == bob
    plant.look()
    plant.come_to_rest()


@pytest.mark.parametrize("answer", ["accept", "decline", "time_out"])
def test_late_and_repeated_answers(plant: Plant, answer: str) -> None:
    ann = plant.agent()
    contact_id = plant.queue()
    old = rid_of(plant, contact_id)
    offers.decline(plant.app, ann, contact_id, old, "busy", "api")
    plant.advance(30_000)  # the set-aside is over, the next beat offers again
    plant.advance(PERIOD_MS - 3_000)
    new = rid_of(plant, contact_id)
    assert new != old
    before = plant.contact(contact_id), plant.agent_item(ann)
    answers: dict[str, Callable[[], object]] = {
        "accept": lambda: offers.accept(plant.app, ann, contact_id, old, "late"),
        "decline": lambda: offers.decline(plant.app, ann, contact_id, old, "late", "late"),
        "time_out": lambda: offers.time_out(plant.app, contact_id, old, "late"),
    }
    for _ in range(2):
        try:
            answers[answer]()
        except OfferEnded:
            assert answer != "time_out"  # nobody would read the refusal of a timer
    assert (plant.contact(contact_id), plant.agent_item(ann)) == before
    plant.look()
    plant.come_to_rest()


def test_stale_and_ghost_entries_are_excluded() -> None:
    plant = Plant(configuration(), lag=lambda: 2_000.0)
    ghost, waits = plant.queue("CA1"), plant.queue("CA2")
    ann, bob = plant.agent("ann"), plant.agent("bob")
    plant.witness.fair = False
    plant.advance(2_500)
    for contact in plant.world.store.contacts():
        if contact.state == "OFFERED":
            offers.time_out(plant.app, contact.id, contact.rid or "", "test")
    plant.advance(2_500)
    # The index goes on showing a caller who has left, and an agent who has.
    plant.caller_leaves(ghost)
    agents.set_state(plant.app, ann, AgentState.OFFLINE, None, "api")
    agents.set_state(plant.app, bob, AgentState.ROUTABLE, None, "api")
    report = routing.drain(plant.app, "main", cause="test", fresh=[plant.agent_item(bob)])
    assert plant.state(ghost) == "ABANDONED"
    assert plant.agent_item(ann).slots == {}
    assert report.failed <= 2
    plant.look()
    plant.advance(2_500)
    plant.sweep()
    assert plant.state(waits) in ("OFFERED", "WAITING")
    plant.come_to_rest()


def test_a_poison_record_holds_back_only_what_follows(plant: Plant) -> None:
    first, second = plant.ring("CA1"), plant.ring("CA2")
    plant.world.bus.refuses = lambda occurrence: occurrence.entity_id == second
    for _ in range(5):  # as often as the stream's consumer tries
        plant.relay()
    told = {occurrence.entity_id for occurrence in plant.world.bus.published}
    assert first in told
    assert second not in told
    plant.world.bus.refuses = None  # mended, and redriven
    plant.relay()
    ids = [o.event_id for o in plant.world.bus.published if o.entity_id == first]
    assert len(set(ids)) == 1  # a consumer tells the repeats by their id
    plant.come_to_rest()


@pytest.mark.parametrize("told", [True, False], ids=["disconnect_told", "disconnect_lost"])
def test_a_vanished_browser_is_noticed_either_way(plant: Plant, told: bool) -> None:
    ann = plant.agent()
    agents.connect(plant.app, "c1", agents.issue_ticket(plant.app, ann))
    if told:
        agents.disconnect(plant.app, "c1")
    contact_id = plant.queue()
    rid = rid_of(plant, contact_id)
    plant.advance(15_000 if told else 3_000)
    agent = plant.agent_item(ann)
    assert (str(agent.state), agent.reason) == ("NOT_READY", "lost")
    assert rid not in agent.slots
    assert plant.state(contact_id) == "WAITING"
    plant.look()
    plant.come_to_rest()


# --------------------------------------------------------------------------- a death anywhere

Act = Callable[[Plant, str], object]
ANN = "ag_ann"


def _ringing(plant: Plant) -> str:
    plant.agent()
    contact_id = plant.queue("CA1")
    plant.queue("CA2")
    return contact_id


def _talking(plant: Plant) -> str:
    contact_id = _ringing(plant)
    offers.accept(plant.app, ANN, contact_id, rid_of(plant, contact_id), "api")
    return contact_id


def _away(plant: Plant) -> str:
    contact_id = _talking(plant)
    plant.agent_leg_leaves(contact_id, rid_of(plant, contact_id))
    return contact_id


def _away_too_long(plant: Plant) -> str:
    contact_id = _away(plant)
    plant.world.clock.advance(REJOIN_MS)
    return contact_id


def _offline(plant: Plant) -> None:
    agents.set_state(plant.app, ANN, AgentState.OFFLINE, None, "api")


def _wrapping_up(plant: Plant) -> str:
    contact_id = _talking(plant)
    plant.caller_leaves(contact_id)
    return contact_id


def _page_closed(plant: Plant) -> str:
    contact_id = _ringing(plant)
    agents.connect(plant.app, "c1", agents.issue_ticket(plant.app, ANN))
    agents.disconnect(plant.app, "c1")
    return contact_id


def _gone_in_queue(plant: Plant) -> str:
    contact_id = _ringing(plant)
    plant.world.media.gone |= {c.id for c in plant.world.store.contacts()}
    plant.world.clock.advance(70_000)
    return contact_id


ACTS: dict[str, tuple[Callable[[Plant], str], Act]] = {
    "ring": (lambda p: p.agent(), lambda p, _: p.ring()),
    "enqueue": (lambda p: (p.agent(), p.ring())[1], lambda p, c: p.press(c, "1")),
    "ready": (lambda p: (p.queue(), p.agent(ready=False))[1], lambda p, a: p.ready(a)),
    "accept": (_ringing, lambda p, c: offers.accept(p.app, ANN, c, rid_of(p, c), "api")),
    "decline": (_ringing, lambda p, c: offers.decline(p.app, ANN, c, rid_of(p, c), "no", "api")),
    "acknowledge": (_ringing, lambda p, c: offers.acknowledge(p.app, ANN, rid_of(p, c), "ws")),
    "time out": (_ringing, lambda p, c: offers.time_out(p.app, c, rid_of(p, c), "timer")),
    "leave while ringing": (_ringing, lambda p, c: p.caller_leaves(c)),
    "leave while talking": (_talking, lambda p, c: p.caller_leaves(c)),
    "agent hangs up": (_talking, lambda p, c: agents.hang_up(p.app, ANN, c, "api")),
    "agent's leg is lost": (_talking, lambda p, c: p.agent_leg_leaves(c, rid_of(p, c))),
    "rejoin": (_away, lambda p, c: rejoining.rejoin(p.app, ANN, c, "api")),
    "not come back": (_away_too_long, lambda p, c: lost.time_over(p.app, c, rid_of(p, c), "timer")),
    "decline to rejoin": (_away, lambda p, c: rejoining.decline(p.app, ANN, c, "api")),
    "leave for good": (_away, lambda p, _: _offline(p)),
    "dispose": (_wrapping_up, lambda p, c: agents.dispose(p.app, ANN, c, "resolved", "api")),
    "disconnect": (_page_closed, lambda p, c: agents.grace_over(p.app, ANN, "c1", "timer")),
    "relay": (_wrapping_up, lambda p, _: p.relay()),
    "sweep": (_gone_in_queue, lambda p, _: p.sweep()),
}


@pytest.mark.parametrize("name", ACTS, ids=lambda name: name.replace(" ", "_"))
def test_a_death_anywhere_in(name: str) -> None:
    prepare, act = ACTS[name]
    boundary = 0
    while True:
        boundary += 1
        plant = Plant(configuration())
        subject = prepare(plant)
        plant.witness.fair = False
        plant.world.faults.crash_at(boundary)
        try:
            act(plant, subject)
        except Crash:
            plant.restart()
            plant.stream.redeliver()
            plant.look()
            plant.come_to_rest()
        else:
            break
    # A new call is one write, and the caller hears its answer.
    assert boundary > (2 if name == "ring" else 4), "the command passed no port"
