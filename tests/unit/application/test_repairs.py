"""The crash table: what each kind of death leaves behind, and who makes it good."""

from __future__ import annotations

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application import agents, lost, offers, sweep
from centralino.application.heartbeat import PERIOD_MS
from centralino.domain.contacts.lost import REJOIN_MS, is_lost
from centralino.domain.contacts.model import Contact
from tests.support.centre import Centre
from tests.unit.application.test_offers import accept, rid_of, talk


@pytest.fixture
def centre() -> Centre:
    return Centre()


def test_dying_after_the_enqueue_is_made_good_by_the_relay(centre: Centre) -> None:
    ann = centre.agent()
    centre.world.faults.crash_after("store.save_contact", skip=1)
    with pytest.raises(Crash):
        centre.queue()
    contact_id = next(iter(centre.world.store.contacts())).id
    assert centre.state(contact_id) == "WAITING"
    centre.world.clock.advance(1_000)
    centre.relay()
    assert centre.contact(contact_id).agent == ann


def test_who_has_only_just_begun_to_wait_is_looked_at_within_a_beat(centre: Centre) -> None:
    ann = centre.agent()
    centre.world.faults.crash_after("store.save_contact", skip=1)
    with pytest.raises(Crash):
        centre.queue()
    (contact,) = centre.world.store.contacts()
    centre.relay()  # so soon that the writer may be at it still
    assert centre.state(contact.id) == "WAITING"
    centre.advance(PERIOD_MS)
    assert centre.contact(contact.id).agent == ann


def test_dying_between_timer_and_claim_leaves_a_void_timer(centre: Centre) -> None:
    ann = centre.agent()
    centre.world.faults.crash_before("store.claim")
    with pytest.raises(Crash):
        centre.queue()
    (contact,) = centre.world.store.contacts()
    centre.world.clock.advance(1_000)
    centre.relay()
    assert centre.contact(contact.id).agent == ann
    assert len(centre.agent_item(ann).slots) == 1


def test_a_dead_matcher_s_timers_do_not_end_the_next_offer_early(centre: Centre) -> None:
    ann = centre.agent()
    centre.world.faults.crash_before("store.claim")
    with pytest.raises(Crash):
        centre.queue()
    (contact,) = centre.world.store.contacts()
    centre.world.clock.advance(2_900)
    centre.relay()
    rid = rid_of(centre, contact.id)
    centre.advance(200)
    assert centre.contact(contact.id).rid == rid  # the first claim's acknowledgment timer
    offers.acknowledge(centre.app, ann, rid, "ws")
    centre.advance(17_500)
    assert centre.contact(contact.id).rid == rid  # the first claim's offer timer
    centre.advance(2_500)
    assert centre.contact(contact.id).rid != rid


def test_dying_between_claim_and_push_is_made_good_by_the_timer(centre: Centre) -> None:
    ann = centre.agent()
    centre.world.faults.crash_after("store.claim")
    with pytest.raises(Crash):
        centre.queue()
    (contact,) = centre.world.store.contacts()
    assert centre.state(contact.id) == "OFFERED"
    place = centre.contact(contact.id).virtual_time
    bob = centre.agent("bob", "all")
    centre.advance(3_000)  # no page can have acknowledged what was never pushed
    assert centre.contact(contact.id).agent == bob
    assert centre.contact(contact.id).virtual_time == place
    assert centre.agent_item(ann).slots == {}


@pytest.mark.parametrize("repairer", ["relay", "sweep"])
def test_dying_between_contact_and_agent_is_made_good(centre: Centre, repairer: str) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    talk(centre, contact_id, ann)
    centre.caller_leaves(contact_id)
    centre.world.faults.crash_before("store.save_agent")
    with pytest.raises(Crash):
        agents.dispose(centre.app, ann, contact_id, "resolved", "api")
    assert centre.state(contact_id) == "CLOSED"
    assert centre.agent_item(ann).slots != {}
    getattr(centre, repairer)()
    assert centre.agent_item(ann).slots == {}
    assert centre.agent_item(ann).available_partition is not None


def test_a_hang_up_that_never_arrives_is_found_by_the_sweep(centre: Centre) -> None:
    ann = centre.agent()
    talking = centre.queue("CA1")
    talk(centre, talking, ann)
    queued = centre.queue("CA2")
    in_menu = centre.ring("CA3")
    centre.relay()
    centre.world.media.gone |= {talking, queued, in_menu}
    centre.advance(61_000)
    centre.sweep()
    assert centre.state(talking) == "WRAPUP"
    assert centre.state(queued) == "ABANDONED"
    assert centre.state(in_menu) == "IVR"
    centre.advance(2 * 60_000)
    centre.sweep()
    assert centre.state(in_menu) == "CLOSED"


def test_a_menu_call_that_is_still_there_is_looked_at_again(centre: Centre) -> None:
    in_menu = centre.ring("CA3")
    centre.relay()
    for _ in range(3):
        centre.advance(3 * 60_000)
        centre.sweep()
        assert centre.state(in_menu) == "IVR"
    centre.world.media.gone.add(in_menu)
    centre.advance(3 * 60_000)
    centre.sweep()
    assert centre.state(in_menu) == "CLOSED"


@pytest.mark.parametrize("place", ["line", "menu"])
def test_a_call_that_cannot_be_looked_at_keeps_the_sweep_from_no_other(
    centre: Centre, place: str
) -> None:
    first, second = (
        (centre.queue(call) if place == "line" else centre.ring(call)) for call in ("CA1", "CA2")
    )
    centre.relay()
    centre.world.media.gone |= {first, second}
    centre.advance(3 * 60_000)
    centre.world.faults.refuse("media.alive")
    centre.sweep()
    open_ = {"IVR", "WAITING"}
    assert sum(centre.state(one) in open_ for one in (first, second)) == 1
    # The one that could not be looked at comes again.
    centre.advance(3 * 60_000)
    centre.sweep()
    assert not any(centre.state(one) in open_ for one in (first, second))


def test_lost_timers_are_made_good_by_the_sweep(centre: Centre) -> None:
    centre.world.timers.mishaps.lose = 1.0
    ann = centre.agent()
    contact_id = centre.queue()
    centre.advance(26_000)
    assert centre.state(contact_id) == "OFFERED"
    centre.sweep()
    assert centre.state(contact_id) == "WAITING"
    centre.ready(ann)
    centre.advance(31_000)
    centre.sweep()
    rid = accept(centre, contact_id, ann)
    centre.advance(11_000)
    centre.sweep()
    assert centre.state(contact_id) == "WAITING"
    assert rid not in centre.agent_item(ann).slots


def test_a_wrap_up_whose_timer_was_lost_ends_with_the_sweep(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    talk(centre, contact_id, ann)
    centre.world.timers.mishaps.lose = 1.0
    centre.caller_leaves(contact_id)
    centre.advance(66_000)
    centre.sweep()
    assert centre.state(contact_id) == "CLOSED"


def test_doubled_timers_and_relays_change_nothing_more(centre: Centre) -> None:
    centre.world.timers.mishaps.duplicate = 1.0
    ann = centre.agent()
    contact_id = centre.queue()
    offers.acknowledge(centre.app, ann, rid_of(centre, contact_id), "ws")
    centre.advance(25_000)
    assert centre.agent_item(ann).missed == 1
    centre.relay()
    assert centre.agent_item(ann).missed == 1
    ids = [o.event_id for o in centre.world.bus.published]
    assert len(ids) == len(set(ids))


def test_the_relay_publishes_every_sequence_once_and_in_order(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    talk(centre, contact_id, ann)
    centre.caller_leaves(contact_id)
    agents.dispose(centre.app, ann, contact_id, "resolved", "api")
    centre.relay()
    for entity in (contact_id, ann):
        sequences = [o.sequence for o in centre.world.bus.published if o.entity_id == entity]
        assert sequences == list(range(1, len(sequences) + 1))
    assert centre.contact(contact_id).sequence == len(
        [o for o in centre.world.bus.published if o.entity_id == contact_id]
    )


def test_what_the_bus_refuses_comes_again_and_keeps_its_id(centre: Centre) -> None:
    centre.queue()
    refused = iter([True])
    centre.world.bus.refuses = lambda o: o.type == "ContactEnqueued" and next(refused, False)
    centre.relay()
    published = [(o.sequence, o.type) for o in centre.world.bus.published]
    # At least once: the batch came again from its start, and a consumer tells by the id.
    assert published == [
        (1, "ContactStarted"),
        (1, "ContactStarted"),
        (2, "ContactEnqueued"),
    ]
    assert len({o.event_id for o in centre.world.bus.published}) == 2


def test_an_agent_s_leg_that_left_without_a_word_is_found_by_the_sweep(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    talk(centre, contact_id, ann)
    rid = rid_of(centre, contact_id)
    centre.world.media.leave(contact_id, rid)
    centre.advance(61_000)
    centre.sweep()
    assert is_lost(centre.contact(contact_id), rid)
    bob = centre.agent("bob")
    centre.advance(REJOIN_MS)
    assert centre.contact(contact_id).agent == bob


def test_a_talk_whose_leg_the_carrier_cannot_tell_of_is_let_be(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    talk(centre, contact_id, ann)
    before = centre.contact(contact_id)
    centre.advance(61_000)
    centre.world.media.has_leg = lambda contact, rid: None  # type: ignore[method-assign]
    centre.sweep()
    assert centre.contact(contact_id) == before


def test_a_carrier_that_never_tells_of_a_leg_is_asked_for_a_minute_and_then_by_the_sweep(
    centre: Centre,
) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    talk(centre, contact_id, ann)
    asked = []

    def silent(contact: Contact, rid: str) -> None:
        asked.append(rid)

    centre.world.media.has_leg = silent  # type: ignore[method-assign,assignment]
    centre.agent_leg_leaves(contact_id, rid_of(centre, contact_id))
    centre.advance(10 * 60_000)
    assert len(asked) == lost.MOST_LOOKS + 1
    assert centre.world.timers.next_at() is None
    assert centre.state(contact_id) == "CONNECTED"


def talking(centre: Centre, number: int) -> str:
    agent = centre.agent(f"agent{number}")
    contact_id = centre.queue(f"CA{number}")
    talk(centre, contact_id, agent)
    return contact_id


def test_a_talk_that_cannot_be_asked_about_keeps_the_sweep_from_no_other(centre: Centre) -> None:
    talks = [talking(centre, number) for number in range(sweep.ASKED_AT_ONCE + 2)]
    centre.world.media.gone |= set(talks)
    centre.advance(61_000)
    centre.world.faults.refuse("media.alive")
    centre.sweep()
    assert [centre.state(one) for one in talks].count("CONNECTED") == 1
    centre.sweep()
    assert "CONNECTED" not in [centre.state(one) for one in talks]


def test_the_sweep_asks_about_talks_for_so_long_only_and_about_all_in_the_end(
    centre: Centre,
) -> None:
    talks = [talking(centre, number) for number in range(2 * sweep.ASKED_AT_ONCE)]
    menu = centre.ring("CA99")
    centre.relay()
    centre.advance(3 * 60_000)
    centre.world.media.gone |= {*talks, menu}
    alive = centre.world.media.alive

    def slow(contact: Contact) -> bool | None:
        if contact.id in talks:
            centre.world.clock.advance(sweep.TALKS_WITHIN_MS)
        return alive(contact)

    centre.world.media.alive = slow  # type: ignore[method-assign]
    centre.sweep()
    open_still = [one for one in talks if centre.state(one) == "CONNECTED"]
    assert len(open_still) == len(talks) - sweep.ASKED_AT_ONCE
    assert centre.state(menu) == "CLOSED"  # what the talks took, nothing else had to wait for
    centre.world.media.alive = alive  # type: ignore[method-assign]
    centre.sweep()
    assert [one for one in talks if centre.state(one) == "CONNECTED"] == []


def test_the_sweep_asks_about_those_who_wait_for_so_long_only_and_goes_on(centre: Centre) -> None:
    line = [centre.queue(f"CA{number}") for number in range(sweep.ASKED_AT_ONCE + 1)]
    menu = centre.ring("CA99")
    centre.relay()
    centre.world.clock.advance(3 * 60_000)
    centre.world.media.gone |= {*line, menu}
    alive = centre.world.media.alive

    def slow(contact: Contact) -> bool | None:
        if contact.id in line:
            centre.world.clock.advance(sweep.WAITING_WITHIN_MS)
        return alive(contact)

    centre.world.media.alive = slow  # type: ignore[method-assign]
    centre.sweep()
    left = [one for one in line if centre.state(one) == "ABANDONED"]
    assert 1 <= len(left) <= sweep.ASKED_AT_ONCE
    assert centre.state(menu) == "CLOSED"
    centre.world.media.alive = alive  # type: ignore[method-assign]
    centre.sweep()
    assert {centre.state(one) for one in line} == {"ABANDONED"}
