"""Legs left over when a contact has ended, and messages that cross its end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.application import agents, calls, offers, talk, transfers
from centralino.application.inviting import To
from centralino.application.ports import Timer
from centralino.application.reaping import POST_CALL_MS, REAP_MS, SOON_MS
from centralino.application.timers import fire
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import OfferEnded, TransientDependency
from centralino.domain.telephony.commands import LegJoined
from tests.support.centre import KEY, Centre, configuration
from tests.unit.application.handing_on import consulting, open_centre, party, sound, talking
from tests.unit.application.test_offers import accept, media, rid_of

#: The limit of the wrap-up in these centres.
WRAP_UP_MS = 60_000


@pytest.fixture
def centre() -> Centre:
    return Centre()


def legs(centre: Centre, room: str) -> dict[str, bool]:
    return centre.world.media.legs.get(room, {})


def kinds(centre: Centre) -> set[str]:
    return {timer.kind for timer in centre.world.timers.pending()}


def test_a_hang_up_that_died_before_the_carrier_heard_is_carried_out(centre: Centre) -> None:
    ann, contact_id = talking(centre)
    talk.end_call(centre.app, contact_id, by="agent", cause="api")  # and there it died
    assert len(legs(centre, contact_id)) == 2
    assert kinds(centre) & {"wrapup", "legs"} == {"wrapup"}  # one timer looks for both
    agents.dispose(centre.app, ann, contact_id, "resolved", "api")
    assert centre.state(contact_id) == "CLOSED"
    centre.advance(WRAP_UP_MS - 1)
    assert "hang_up" not in media(centre)
    centre.advance(1)
    assert legs(centre, contact_id) == {}
    assert media(centre)[-1] == "hang_up"


@pytest.mark.parametrize("limit", [REAP_MS - 1, SOON_MS + 1])
def test_legs_are_looked_for_in_time_whatever_the_wrap_up_s_limit(limit: int) -> None:
    rules = configuration()
    queues = {name: replace(queue, wrap_up_ms=limit) for name, queue in rules.queues.items()}
    centre = Centre(rules=replace(rules, queues=queues))
    _, contact_id = talking(centre)
    talk.end_call(centre.app, contact_id, by="agent", cause="api")
    centre.advance(REAP_MS - 1)
    centre.world.media.join(contact_id, "late")  # began to ring when all seemed to be over
    centre.advance(1)
    assert legs(centre, contact_id) == {}


def test_a_leg_that_began_to_ring_after_everybody_had_gone_is_ended(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    rid = accept(centre, contact_id, ann)
    centre.caller_leaves(contact_id)
    assert legs(centre, contact_id) == {}
    # The process that accepted was slow: it rings the leg only now, and it is picked up unheard.
    centre.world.media.add_agent(centre.contact(contact_id), rid, ann)
    centre.world.media.join(contact_id, rid)
    centre.advance(REAP_MS)
    assert legs(centre, contact_id) == {}
    assert centre.state(contact_id) == "ABANDONED"


def test_a_carrier_that_fails_then_is_asked_again(centre: Centre) -> None:
    _, contact_id = talking(centre)
    centre.caller_leaves(contact_id)
    centre.world.faults.refuse("media.hang_up")
    timer = Timer("legs", contact_id, "whatever")
    with pytest.raises(TransientDependency):
        fire(centre.app, timer, "timer")
    fire(centre.app, timer, "timer")
    assert legs(centre, contact_id) == {}


def test_a_contact_that_goes_on_keeps_its_legs(centre: Centre) -> None:
    _, contact_id = talking(centre)
    before = dict(legs(centre, contact_id))
    fire(centre.app, Timer("legs", contact_id, rid_of(centre, contact_id)), "timer")
    fire(centre.app, Timer("legs", "ct_nobody", "ct_nobody#1"), "timer")
    assert legs(centre, contact_id) == before


def test_nothing_is_sent_for_a_caller_whom_nobody_was_rung_for(centre: Centre) -> None:
    contact_id = centre.queue()
    centre.caller_leaves(contact_id)
    assert "legs" not in kinds(centre)


def test_a_party_s_leg_left_over_is_ended_and_the_talk_goes_on() -> None:
    centre = open_centre()
    ann, _, contact_id, child = consulting(centre)
    rid = child.rid or ""
    centre.world.faults.refuse("media.drop_agent")
    transfers.cancel_consult(centre.app, ann, contact_id, "api")
    assert rid in legs(centre, contact_id)
    centre.advance(WRAP_UP_MS)
    assert set(legs(centre, contact_id)) == {"", rid_of(centre, contact_id)}
    assert centre.state(contact_id) == "CONNECTED"
    sound(centre)


def test_the_leg_of_a_party_who_took_over_is_no_leftover() -> None:
    centre = open_centre()
    ann, bob, contact_id, child = consulting(centre)
    transfers.complete_consult(centre.app, ann, contact_id, "api")
    fire(centre.app, Timer("legs", child.id, child.rid), "timer")
    assert (child.rid or "") in legs(centre, contact_id)
    assert centre.contact(contact_id).agent == bob


def test_the_first_agent_s_leg_goes_although_the_carrier_failed_at_first() -> None:
    centre = open_centre()
    ann, _, contact_id, child = consulting(centre)
    first = rid_of(centre, contact_id)
    centre.world.faults.refuse("media.drop_agent")
    transfers.complete_consult(centre.app, ann, contact_id, "api")
    assert first in legs(centre, contact_id)
    centre.advance(5_000)
    assert set(legs(centre, contact_id)) == {"", child.rid}


def test_a_leg_of_a_failed_offer_does_not_wait_for_the_next_agent(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    rid = accept(centre, contact_id, ann)
    centre.world.faults.refuse("media.drop_agent")
    centre.advance(5_000)  # it has not joined in time
    assert rid in legs(centre, contact_id)
    centre.advance(5_000)
    assert rid not in legs(centre, contact_id)


# --------------------------------------------------------------------------- after the call


def in_survey(centre: Centre) -> tuple[str, str]:
    """Ann has hung up, and her caller is in a post-call step."""
    ann, contact_id = talking(centre)
    store, contact = centre.world.store, centre.contact(contact_id)

    store.save_contact(replace(contact, post_call=True, version=contact.version + 1, events=()))
    talk.end_call(centre.app, contact_id, by="agent", cause="api")
    assert centre.state(contact_id) == "POST_CALL"
    return ann, contact_id


def test_a_post_call_step_is_let_be_up_to_its_own_limit(centre: Centre) -> None:
    ann, contact_id = in_survey(centre)
    agents.dispose(centre.app, ann, contact_id, "resolved", "api")
    fire(centre.app, Timer("legs", contact_id, "whatever"), "timer")
    centre.advance(POST_CALL_MS - 1)
    assert centre.state(contact_id) == "POST_CALL"
    assert "" in legs(centre, contact_id)
    centre.advance(1)
    assert centre.state(contact_id) == "CLOSED"
    assert legs(centre, contact_id) == {}


def test_a_post_call_step_whose_timer_was_lost_is_found_by_the_sweep(centre: Centre) -> None:
    centre.world.timers.mishaps.lose = 1.0
    ann, contact_id = in_survey(centre)
    agents.dispose(centre.app, ann, contact_id, "resolved", "api")
    centre.world.timers.mishaps.lose = 0.0
    for _ in range(13):
        centre.advance(60_000)
        centre.sweep()
    assert centre.state(contact_id) == "CLOSED"


def test_who_was_left_with_an_outside_number_may_talk_for_as_long_as_they_like() -> None:
    centre = open_centre()
    ann, contact_id = talking(centre)
    transfers.transfer(centre.app, ann, contact_id, To(number="+390299999999"), KEY, "api")
    child = party(centre, contact_id)
    centre.world.media.join(contact_id, child.rid)
    calls.handle(centre.app, LegJoined(contact_id, "CAparty", child.rid), KEY)
    assert centre.state(contact_id) == "POST_CALL"
    centre.advance(3 * POST_CALL_MS)
    centre.sweep()
    assert centre.state(contact_id) == "POST_CALL"
    assert set(legs(centre, contact_id)) == {"", child.rid}


# --------------------------------------------------------------------------- crossing messages


def test_a_caller_gone_between_the_agent_joining_and_the_redirect(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    rid = accept(centre, contact_id, ann)
    centre.world.media.gone.add(contact_id)  # the hang-up is still on its way to us
    centre.agent_joins(contact_id, rid)
    assert media(centre)[-1] == "bring_caller"
    centre.caller_leaves(contact_id)
    assert centre.state(contact_id) == "ABANDONED"
    assert legs(centre, contact_id) == {}
    # What the redirect brings about comes too late, in whatever order.
    centre.caller_joins(contact_id)
    centre.agent_leg_leaves(contact_id, rid, "conversation_ended")
    assert centre.state(contact_id) == "ABANDONED"
    assert media(centre)[-1] == "hang_up"
    assert centre.agent_item(ann).slots == {}
    sound(centre)


def test_a_join_told_after_the_leave_of_an_offer_joins_nobody(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    rid = accept(centre, contact_id, ann)
    centre.agent_leg_leaves(contact_id, rid)
    before: Contact = centre.contact(contact_id)
    assert str(before.state) == "WAITING"
    calls.handle(centre.app, LegJoined(contact_id, "CAagent", rid), KEY)
    assert media(centre)[-1] == "drop_agent"
    assert centre.contact(contact_id) == before


def test_an_accept_one_millisecond_after_the_time_out_is_too_late(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    rid = rid_of(centre, contact_id)
    offers.acknowledge(centre.app, ann, rid, "ws")
    expires = centre.contact(contact_id).expires_at or 0
    centre.advance(expires - centre.world.clock.now())
    assert centre.state(contact_id) == "WAITING"
    centre.world.clock.advance(1)
    with pytest.raises(OfferEnded):
        offers.accept(centre.app, ann, contact_id, rid, "api")
    assert "add_agent" not in media(centre)
    assert legs(centre, contact_id) == {}
    sound(centre)


def test_an_accept_one_millisecond_before_it_wins_over_the_timer(centre: Centre) -> None:
    ann = centre.agent()
    contact_id = centre.queue()
    rid = rid_of(centre, contact_id)
    offers.acknowledge(centre.app, ann, rid, "ws")
    expires = centre.contact(contact_id).expires_at or 0
    centre.world.clock.move_to(expires - 1)
    offers.accept(centre.app, ann, contact_id, rid, "api")
    centre.advance(1)
    assert centre.contact(contact_id).accepted
