"""Consults and conferences from the question to whoever stays with the caller."""

from __future__ import annotations

import pytest

from centralino.application import agents, offers, transfers
from centralino.application.inviting import To
from centralino.domain.contacts.lost import REJOIN_MS
from centralino.domain.errors import NotFound, RuleViolation
from tests.support.centre import KEY, Centre
from tests.unit.application.handing_on import (
    NUMBER,
    consulting,
    open_centre,
    party,
    party_joins,
    party_leaves,
    sound,
    talking,
)
from tests.unit.application.test_offers import media


@pytest.fixture
def centre() -> Centre:
    return open_centre()


# ---------------------------------------------------------------- consult


def test_a_consult_from_ring_to_transfer(centre: Centre) -> None:
    ann, bob, contact_id, child = consulting(centre)
    assert centre.state(contact_id) == "HELD"
    assert (str(child.state), child.parent) == ("CONNECTED", contact_id)
    assert "hold" in media(centre)
    sound(centre)
    for _ in range(2):
        transfers.complete_consult(centre.app, ann, contact_id, "api")
    contact = centre.contact(contact_id)
    assert (str(contact.state), contact.agent, contact.rid) == ("CONNECTED", bob, child.rid)
    assert centre.state(child.id) == "CLOSED"
    assert centre.agent_item(bob).slots[child.rid or ""].contact == contact_id
    assert media(centre)[-2:] == ["drop_agent", "resume"]
    sound(centre)
    agents.dispose(centre.app, ann, contact_id, "resolved", "api")
    agents.hang_up(centre.app, bob, contact_id, "api")
    assert centre.state(contact_id) == "WRAPUP"
    agents.dispose(centre.app, bob, contact_id, "other", "api")
    assert centre.state(contact_id) == "CLOSED"
    sound(centre)


def test_the_leg_of_who_took_over_is_that_of_the_conversation(centre: Centre) -> None:
    ann, bob, contact_id, child = consulting(centre)
    transfers.complete_consult(centre.app, ann, contact_id, "api")
    rid = child.rid or ""
    party_joins(centre, contact_id, child)  # told twice
    assert media(centre).count("drop_agent") == 1  # Ann's alone
    party_leaves(centre, contact_id, rid)
    assert centre.state(contact_id) == "CONNECTED"
    centre.advance(REJOIN_MS)
    contact = centre.contact(contact_id)
    assert (str(contact.state), contact.leg, contact.queue) == ("WAITING", 2, "support")
    assert centre.agent_item(bob).slots == {}
    sound(centre)


def test_cancelling_at_any_moment_returns_to_the_caller(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    bob = centre.agent("bob", "support")
    transfers.consult(centre.app, ann, contact_id, To(agent=bob), KEY, "api")
    child = party(centre, contact_id)
    assert str(child.state) == "OFFERED"
    for _ in range(2):
        contact = transfers.cancel_consult(centre.app, ann, contact_id, "api")
        assert (str(contact.state), contact.party) == ("CONNECTED", None)
    assert centre.state(child.id) == "ABANDONED"
    assert centre.agent_item(bob).slots == {}
    assert centre.world.realtime.of(bob)[-1]["type"] == "offer_ended"
    sound(centre)


def test_cancelling_in_the_talk_leaves_the_party_a_wrap_up(centre: Centre) -> None:
    ann, bob, contact_id, child = consulting(centre)
    transfers.cancel_consult(centre.app, ann, contact_id, "api")
    assert centre.state(contact_id) == "CONNECTED"
    assert centre.state(child.id) == "WRAPUP"
    sound(centre)
    centre.advance(60_000)
    assert centre.state(child.id) == "CLOSED"
    assert centre.agent_item(bob).slots == {}
    assert centre.state(contact_id) == "CONNECTED"


@pytest.mark.parametrize("how", ["decline", "time_out", "leg"])
def test_a_party_that_does_not_come_leaves_the_caller_held(centre: Centre, how: str) -> None:
    ann, contact_id = talking(centre)
    bob = centre.agent("bob", "support")
    centre.agent("cyd", "support")
    transfers.consult(centre.app, ann, contact_id, To(agent=bob), KEY, "api")
    child = party(centre, contact_id)
    rid = child.rid or ""
    if how == "decline":
        offers.decline(centre.app, bob, child.id, rid, "busy", "api")
    elif how == "time_out":
        centre.advance(20_000)
    else:
        offers.accept(centre.app, bob, child.id, rid, "api")
        party_leaves(centre, contact_id, rid, "busy")
    assert centre.state(child.id) == "ABANDONED"
    told = centre.world.realtime.of(ann)[-1]
    assert (told["contact_id"], told["state"]) == (child.id, "ABANDONED")
    contact = centre.contact(contact_id)
    assert (str(contact.state), contact.party, contact.agent) == ("HELD", None, ann)
    assert centre.agent_item(bob).slots == {}
    sound(centre)
    transfers.resume(centre.app, ann, contact_id, "api")
    assert centre.state(contact_id) == "CONNECTED"


def test_a_consult_from_a_queue_waits_for_whoever_is_next(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    transfers.consult(centre.app, ann, contact_id, To(queue="support"), KEY, "api")
    child = party(centre, contact_id)
    assert str(child.state) == "WAITING"
    bob = centre.agent("bob", "support")
    assert centre.contact(child.id).agent == bob
    sound(centre)


def test_the_caller_hanging_up_ends_the_consult_too(centre: Centre) -> None:
    ann, _, contact_id, child = consulting(centre)
    centre.caller_leaves(contact_id)
    assert centre.state(contact_id) == "WRAPUP"
    assert centre.state(child.id) == "WRAPUP"
    assert centre.contact(child.id).segments[0].ended_by == "caller"
    party_leaves(centre, contact_id, child.rid or "", "conversation_ended")
    sound(centre)
    centre.advance(60_000)
    assert (centre.state(contact_id), centre.state(child.id)) == ("CLOSED", "CLOSED")
    assert centre.agent_item(ann).slots == {}


def test_the_asking_agent_vanishing_sends_the_caller_back_and_ends_the_consult(
    centre: Centre,
) -> None:
    _, _, contact_id, child = consulting(centre)
    rid = centre.contact(contact_id).rid or ""
    centre.agent_leg_leaves(contact_id, rid)
    assert (centre.state(contact_id), centre.state(child.id)) == ("HELD", "CONNECTED")
    centre.advance(REJOIN_MS)
    assert (centre.state(contact_id), centre.contact(contact_id).tier) == ("WAITING", 0)
    assert centre.state(child.id) == "WRAPUP"
    sound(centre)


def test_a_party_is_not_rung_into_a_conversation_that_is_over(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    bob = centre.agent("bob", "support")
    transfers.consult(centre.app, ann, contact_id, To(agent=bob), KEY, "api")
    child = party(centre, contact_id)
    centre.caller_leaves(contact_id)
    with pytest.raises(Exception, match="ended"):
        offers.accept(centre.app, bob, child.id, child.rid or "", "api")
    party_joins(centre, contact_id, child)
    assert media(centre)[-1] == "drop_agent"
    sound(centre)


def test_one_party_at_a_time_and_the_same_one_again(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    bob = centre.agent("bob", "support")
    transfers.consult(centre.app, ann, contact_id, To(agent=bob), KEY, "api")
    child = party(centre, contact_id)
    transfers.consult(centre.app, ann, contact_id, To(agent=bob), KEY, "api")
    assert party(centre, contact_id).id == child.id
    for to in (To(queue="support"), To(number=NUMBER)):
        with pytest.raises(RuleViolation) as refused:
            transfers.consult(centre.app, ann, contact_id, to, KEY, "api")
        assert refused.value.code == "party_present"
    with pytest.raises(RuleViolation) as refused:
        transfers.resume(centre.app, ann, contact_id, "api")
    assert refused.value.code == "party_present"


def test_who_asked_sees_the_party_s_contact_and_who_took_over_the_caller_s(
    centre: Centre,
) -> None:
    ann, bob, contact_id, child = consulting(centre)
    assert agents.own(centre.app, ann, child.id).id == child.id
    with pytest.raises(NotFound):
        agents.own(centre.app, bob, contact_id)
    transfers.complete_consult(centre.app, ann, contact_id, "api")
    assert agents.own(centre.app, bob, contact_id).id == contact_id
    assert [c.id for _, c in agents.desk(centre.app, bob).contacts] == [contact_id]


# ---------------------------------------------------------------- conference


def test_leaving_a_conference_keeps_the_rest(centre: Centre) -> None:
    ann, bob, contact_id, child = consulting(centre, "conference")
    assert centre.state(contact_id) == "CONNECTED"
    assert "hold" not in media(centre)
    for _ in range(2):
        agents.hang_up(centre.app, ann, contact_id, "api")
    contact = centre.contact(contact_id)
    assert (str(contact.state), contact.agent) == ("CONNECTED", bob)
    assert "hang_up" not in media(centre)
    assert centre.state(child.id) == "CLOSED"
    sound(centre)


def test_the_party_leaving_a_conference_keeps_the_rest(centre: Centre) -> None:
    ann, bob, contact_id, child = consulting(centre, "conference")
    for _ in range(2):
        agents.hang_up(centre.app, bob, child.id, "api")
    contact = centre.contact(contact_id)
    assert (str(contact.state), contact.agent, contact.party) == ("CONNECTED", ann, None)
    assert centre.state(child.id) == "WRAPUP"
    assert "hang_up" not in media(centre)
    sound(centre)


def test_the_first_agent_vanishing_from_a_conference_leaves_the_caller_with_the_second(
    centre: Centre,
) -> None:
    _, bob, contact_id, _ = consulting(centre, "conference")
    centre.agent_leg_leaves(contact_id, centre.contact(contact_id).rid or "")
    contact = centre.contact(contact_id)
    assert (str(contact.state), contact.agent) == ("CONNECTED", bob)
    sound(centre)


def test_a_consult_becomes_a_conference(centre: Centre) -> None:
    ann, _, contact_id, child = consulting(centre)
    for _ in range(2):
        transfers.conference(centre.app, ann, contact_id, None, KEY, "api")
    assert centre.state(contact_id) == "CONNECTED"
    assert centre.contact(child.id).kind == "conference"
    assert media(centre)[-1] == "resume"
    transfers.hold(centre.app, ann, contact_id, "api")
    transfers.resume(centre.app, ann, contact_id, "api")
    assert centre.state(contact_id) == "CONNECTED"


def test_there_is_no_conference_without_a_third_party(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    with pytest.raises(RuleViolation) as refused:
        transfers.conference(centre.app, ann, contact_id, None, KEY, "api")
    assert refused.value.code == "no_party"
