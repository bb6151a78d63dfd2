"""Offers from claim to conversation, and every way they end."""

from __future__ import annotations

import pytest

from centralino.application import agents, offers
from centralino.domain.errors import NotFound, OfferEnded, RuleViolation, TransientDependency
from tests.support.centre import Centre


@pytest.fixture
def centre() -> Centre:
    return Centre()


def rid_of(centre: Centre, contact_id: str) -> str:
    rid = centre.contact(contact_id).rid
    assert rid is not None
    return rid


def accept(centre: Centre, contact_id: str, agent: str) -> str:
    rid = rid_of(centre, contact_id)
    offers.accept(centre.app, agent, contact_id, rid, "api")
    return rid


def talk(centre: Centre, contact_id: str, agent: str) -> str:
    rid = accept(centre, contact_id, agent)
    centre.agent_joins(contact_id, rid)
    centre.caller_joins(contact_id)
    return rid


def frames(centre: Centre, agent: str) -> list[str]:
    return [str(frame["type"]) for frame in centre.world.realtime.of(agent)]


def media(centre: Centre) -> list[str]:
    return [call.method for call in centre.world.media.calls]


def test_a_queued_call_is_offered_at_once_to_a_free_agent(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    contact = centre.contact(contact_id)
    assert (str(contact.state), contact.agent) == ("OFFERED", ann)
    assert contact.rid in centre.agent_item(ann).slots
    offer = centre.world.realtime.of(ann)[-1]
    assert offer["type"] == "offer"
    assert offer["rid"] == contact.rid
    assert {t.kind for t in centre.world.timers.pending() if t.rid == contact.rid} >= {"offer"}


def test_an_agent_who_becomes_free_gets_who_waits(centre: Centre) -> None:
    contact_id = centre.queue()
    assert centre.state(contact_id) == "WAITING"
    ann = centre.agent()
    assert centre.contact(contact_id).agent == ann


def test_from_accept_to_close(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    rid = accept(centre, contact_id, ann)
    assert media(centre) == ["add_agent"]
    assert centre.state(contact_id) == "OFFERED"
    centre.agent_joins(contact_id, rid)
    assert media(centre) == ["add_agent", "bring_caller"]
    centre.caller_joins(contact_id)
    assert centre.state(contact_id) == "CONNECTED"
    centre.advance(120_000)
    assert centre.state(contact_id) == "CONNECTED"
    agents.hang_up(centre.app, ann, contact_id, "api")
    assert centre.state(contact_id) == "WRAPUP"
    assert media(centre)[-1] == "hang_up"
    centre.caller_leaves(contact_id)
    agents.dispose(centre.app, ann, contact_id, "resolved", "api")
    assert centre.state(contact_id) == "CLOSED"
    assert centre.agent_item(ann).slots == {}
    assert centre.agent_item(ann).used == {}
    # Everything again changes nothing.
    before = centre.contact(contact_id), centre.agent_item(ann)
    agents.dispose(centre.app, ann, contact_id, "resolved", "api")
    agents.hang_up(centre.app, ann, contact_id, "api")
    offers.accept(centre.app, ann, contact_id, rid, "api")
    centre.agent_joins(contact_id, rid)
    assert (centre.contact(contact_id), centre.agent_item(ann)) == before


def test_two_tabs_accepting_ring_the_agent_once(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    accept(centre, contact_id, ann)
    accept(centre, contact_id, ann)
    assert media(centre) == ["add_agent"]


def test_somebody_else_s_offer_cannot_be_accepted(centre: Centre) -> None:
    centre.agent()
    bob = centre.agent("bob", "support")
    contact_id = centre.queue()
    with pytest.raises(OfferEnded):
        offers.accept(centre.app, bob, contact_id, rid_of(centre, contact_id), "api")
    with pytest.raises(NotFound):
        agents.hang_up(centre.app, bob, contact_id, "api")


def test_a_declined_call_goes_to_the_next_agent_in_its_old_place(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    place = centre.contact(contact_id).virtual_time
    bob = centre.agent("bob", "all")
    offers.decline(centre.app, ann, contact_id, rid_of(centre, contact_id), "busy", "api")
    contact = centre.contact(contact_id)
    assert (contact.agent, contact.virtual_time) == (bob, place)
    assert centre.agent_item(ann).slots == {}
    assert str(centre.agent_item(ann).state) == "ROUTABLE"


def test_a_missed_offer_goes_on_and_its_agent_is_not_ready(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    offers.acknowledge(centre.app, ann, rid_of(centre, contact_id), "ws")
    bob = centre.agent("bob", "sales")
    centre.advance(20_000)
    contact = centre.contact(contact_id)
    assert (str(contact.state), contact.agent) == ("OFFERED", bob)
    agent = centre.agent_item(ann)
    assert agent.slots == {}
    assert agent.missed == 1
    assert frames(centre, ann)[:2] == ["agent", "offer"]
    assert "offer_ended" in frames(centre, ann)


def test_an_offer_no_page_acknowledged_is_withdrawn_after_three_seconds(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    centre.advance(3_000)
    assert centre.state(contact_id) == "WAITING"
    agent = centre.agent_item(ann)
    assert (str(agent.state), agent.reason) == ("NOT_READY", "lost")


def test_an_acknowledged_offer_rings_on(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    offers.acknowledge(centre.app, ann, rid_of(centre, contact_id), "ws")
    centre.advance(10_000)
    assert centre.state(contact_id) == "OFFERED"
    centre.advance(10_000)
    assert centre.state(contact_id) == "WAITING"


def test_a_caller_who_leaves_while_ringing_stops_the_ring(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    centre.caller_leaves(contact_id)
    assert centre.state(contact_id) == "ABANDONED"
    assert centre.agent_item(ann).slots == {}
    ended = centre.world.realtime.of(ann)[-1]
    assert (ended["type"], ended["reason"]) == ("offer_ended", "caller_left")
    centre.advance(30_000)
    assert str(centre.agent_item(ann).state) == "ROUTABLE"


def test_a_caller_who_leaves_between_agent_and_caller_joining(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    rid = accept(centre, contact_id, ann)
    centre.agent_joins(contact_id, rid)
    centre.caller_leaves(contact_id)
    assert centre.state(contact_id) == "ABANDONED"
    assert media(centre)[-1] == "drop_agent"
    assert centre.agent_item(ann).slots == {}


def test_an_agent_leg_that_never_joins_fails_the_offer_after_five_seconds(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    accept(centre, contact_id, ann)
    centre.advance(5_000)
    assert centre.state(contact_id) == "WAITING"
    assert media(centre)[1:] == ["drop_agent", "recall_caller"]
    assert str(centre.agent_item(ann).state) == "NOT_READY"


def test_an_agent_leg_that_joins_too_late_is_dropped(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    rid = accept(centre, contact_id, ann)
    centre.advance(5_000)
    centre.agent_joins(contact_id, rid)
    assert media(centre)[-1] == "drop_agent"


def test_a_carrier_that_does_not_answer_leaves_it_to_the_timer(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    centre.world.faults.lose_reply("media.add_agent")
    rid = accept(centre, contact_id, ann)
    centre.agent_joins(contact_id, rid)
    centre.caller_joins(contact_id)
    assert centre.state(contact_id) == "CONNECTED"


def test_a_wrap_up_over_its_limit_ends_by_itself(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    talk(centre, contact_id, ann)
    centre.caller_leaves(contact_id)
    centre.advance(59_000)
    assert centre.state(contact_id) == "WRAPUP"
    centre.advance(1_000)
    assert centre.state(contact_id) == "CLOSED"
    assert centre.contact(contact_id).segments[0].disposition is None
    assert centre.agent_item(ann).slots == {}


def test_a_disposition_must_be_the_queue_s(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    talk(centre, contact_id, ann)
    with pytest.raises(RuleViolation) as told:
        agents.dispose(centre.app, ann, contact_id, "whatever", "api")
    assert told.value.code == "unknown_disposition"
    with pytest.raises(RuleViolation) as told:
        agents.dispose(centre.app, ann, contact_id, "resolved", "api")
    assert told.value.code == "still_talking"


def test_a_write_of_unknown_outcome_can_simply_be_repeated(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    rid = rid_of(centre, contact_id)
    centre.world.faults.lose_reply("store.save_contact")
    with pytest.raises(TransientDependency):
        offers.accept(centre.app, ann, contact_id, rid, "api")
    assert offers.accept(centre.app, ann, contact_id, rid, "api").accepted


def test_a_lost_page_gets_fifteen_seconds(centre: Centre) -> None:
    ann = centre.agent()
    ticket = agents.issue_ticket(centre.app, ann)
    agents.connect(centre.app, "c1", ticket)
    contact_id = centre.queue()
    offers.acknowledge(centre.app, ann, rid_of(centre, contact_id), "ws")
    agents.disconnect(centre.app, "c1")
    centre.advance(14_000)
    assert centre.state(contact_id) == "OFFERED"
    centre.advance(1_000)
    assert centre.state(contact_id) == "WAITING"
    agent = centre.agent_item(ann)
    assert (str(agent.state), agent.reason, agent.slots) == ("NOT_READY", "lost", {})


def test_a_page_that_reconnects_in_time_loses_nothing(centre: Centre) -> None:
    ann = centre.agent()
    agents.connect(centre.app, "c1", agents.issue_ticket(centre.app, ann))
    agents.disconnect(centre.app, "c1")
    agents.connect(centre.app, "c2", agents.issue_ticket(centre.app, ann))
    centre.advance(20_000)
    assert str(centre.agent_item(ann).state) == "ROUTABLE"


def test_a_ticket_opens_one_connection(centre: Centre) -> None:
    from centralino.domain.errors import Forbidden

    ann = centre.agent()
    ticket = agents.issue_ticket(centre.app, ann)
    assert agents.connect(centre.app, "c1", ticket) == ann
    for used in (ticket, "made-up", ""):
        with pytest.raises(Forbidden):
            agents.connect(centre.app, "c2", used)
    late = agents.issue_ticket(centre.app, ann)
    centre.advance(61_000)
    with pytest.raises(Forbidden):
        agents.connect(centre.app, "c3", late)
