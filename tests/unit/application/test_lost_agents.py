"""An agent's leg that ends in mid-talk: the caller stays, the agent may rejoin, or is given up."""

from __future__ import annotations

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application import agents, calls, lost, offers, rejoining, transfers
from centralino.application.ports import Timer
from centralino.application.timers import fire
from centralino.domain.agents.model import AgentState
from centralino.domain.contacts.lost import REJOIN_MS, rejoin_until
from centralino.domain.errors import NotFound, RuleViolation, TransientDependency
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.commands import AnnouncementAsked, LegJoined, LegLeft
from tests.support.centre import KEY, Centre
from tests.unit.application.handing_on import consulting, open_centre, sound
from tests.unit.application.test_offers import media, talk


@pytest.fixture
def centre() -> Centre:
    return Centre()


def talking(centre: Centre) -> tuple[str, str, str]:
    ann = centre.agent()
    contact_id = centre.queue()
    return ann, contact_id, talk(centre, contact_id, ann)


def away(centre: Centre) -> tuple[str, str, str]:
    ann, contact_id, rid = talking(centre)
    centre.agent_leg_leaves(contact_id, rid)
    assert rejoin_until(centre.contact(contact_id)) is not None
    return ann, contact_id, rid


def kinds(centre: Centre, rid: str) -> set[str]:
    return {timer.kind for timer in centre.world.timers.pending() if timer.rid == rid}


def at_the_head(centre: Centre, contact_id: str, ann: str) -> None:
    contact = centre.contact(contact_id)
    assert (str(contact.state), contact.leg, contact.tier) == ("WAITING", 2, 0)
    agent = centre.agent_item(ann)
    assert agent.slots == {}
    sound(centre)


def test_the_caller_stays_and_hears_a_word_and_the_page_learns_until_when(centre: Centre) -> None:
    ann, contact_id, rid = talking(centre)
    centre.agent_leg_leaves(contact_id, rid)
    contact = centre.contact(contact_id)
    assert (str(contact.state), contact.agent, contact.rid) == ("CONNECTED", ann, rid)
    assert media(centre)[-1] == "announce"
    assert "rejoin" in kinds(centre, rid)
    heard = calls.handle(centre.app, AnnouncementAsked(contact_id), KEY)
    assert isinstance(heard[0], act.Say)
    assert heard[0].language == "it"
    assert "operatore" in heard[0].text
    frame = centre.world.realtime.of(ann)[-1]
    assert (frame["type"], frame["state"]) == ("contact", "CONNECTED")
    assert frame["rejoin_until"] == centre.world.clock.now() + REJOIN_MS
    assert rid in centre.agent_item(ann).slots


def test_an_agent_who_rejoins_goes_on_with_the_same_part(centre: Centre) -> None:
    ann, contact_id, rid = away(centre)
    centre.agent("bob", "sales")
    centre.advance(5_000)
    rejoining.rejoin(centre.app, ann, contact_id, "api")
    assert media(centre)[-1] == "add_agent"
    centre.agent_joins(contact_id, rid)
    contact = centre.contact(contact_id)
    assert (str(contact.state), contact.rid, contact.agent) == ("CONNECTED", rid, ann)
    assert rejoin_until(contact) is None
    assert media(centre).count("bring_caller") == 1  # the caller never left
    frame = centre.world.realtime.of(ann)[-1]
    assert (frame["type"], frame["rejoin_until"]) == ("contact", None)
    centre.advance(60_000)
    assert centre.contact(contact_id) == contact
    # The word said in between has nothing to say any more.
    (silence,) = calls.handle(centre.app, AnnouncementAsked(contact_id), KEY)
    assert isinstance(silence, act.Pause)
    sound(centre)


def test_an_agent_who_does_not_come_back_sends_the_caller_to_the_head(centre: Centre) -> None:
    ann, contact_id, _ = away(centre)
    second = centre.queue("CA2")
    centre.advance(REJOIN_MS - 1)
    assert centre.state(contact_id) == "CONNECTED"
    centre.advance(1)
    at_the_head(centre, contact_id, ann)
    assert media(centre)[-2:] == ["drop_agent", "recall_caller"]
    assert (centre.agent_item(ann).reason) == "lost"
    centre.advance(60_000)
    bob = centre.agent("bob", "sales")
    assert centre.contact(contact_id).agent == bob
    assert centre.state(second) == "WAITING"


def test_rejoining_after_the_time_out_is_refused_and_joins_nobody(centre: Centre) -> None:
    ann, contact_id, rid = away(centre)
    rejoining.rejoin(centre.app, ann, contact_id, "api")
    centre.advance(REJOIN_MS)
    at_the_head(centre, contact_id, ann)
    with pytest.raises(RuleViolation) as told:
        rejoining.rejoin(centre.app, ann, contact_id, "api")
    assert told.value.code == "not_talking"
    # The leg that was still ringing joins all the same.
    before = centre.contact(contact_id)
    centre.agent_joins(contact_id, rid)
    assert media(centre)[-1] == "drop_agent"
    assert centre.contact(contact_id) == before


def test_a_leave_that_is_told_after_the_return_is_no_loss(centre: Centre) -> None:
    ann, contact_id, rid = away(centre)
    rejoining.rejoin(centre.app, ann, contact_id, "api")
    centre.agent_joins(contact_id, rid)
    back = centre.contact(contact_id)
    for _ in range(2):  # the leg's own end, told late and twice
        calls.handle(centre.app, LegLeft(contact_id, "CAold", rid, "ended"), KEY)
    assert centre.contact(contact_id) == back
    centre.advance(120_000)
    assert centre.contact(contact_id) == back


def test_a_join_that_is_told_after_the_leave_is_no_return(centre: Centre) -> None:
    ann, contact_id, rid = away(centre)
    gone = centre.contact(contact_id)
    calls.handle(centre.app, LegJoined(contact_id, "CAold", rid), KEY)
    assert centre.contact(contact_id) == gone
    centre.advance(REJOIN_MS)
    at_the_head(centre, contact_id, ann)


def test_a_return_nobody_told_of_is_found_before_the_caller_is_given_on(centre: Centre) -> None:
    ann, contact_id, rid = away(centre)
    rejoining.rejoin(centre.app, ann, contact_id, "api")
    centre.world.media.join(contact_id, rid)
    centre.advance(REJOIN_MS)
    contact = centre.contact(contact_id)
    assert (str(contact.state), contact.agent) == ("CONNECTED", ann)
    assert rejoin_until(contact) is None


def test_two_legs_of_one_return_are_one_return(centre: Centre) -> None:
    ann, contact_id, rid = away(centre)
    for _ in range(2):
        rejoining.rejoin(centre.app, ann, contact_id, "api")
        centre.agent_joins(contact_id, rid)
    contact = centre.contact(contact_id)
    assert [e.type for e in contact.events] == ["AgentRejoined"]
    # One of the two goes; the carrier still has the other.
    calls.handle(centre.app, LegLeft(contact_id, "CAsecond", rid, "hung_up"), KEY)
    centre.advance(10_000)
    assert centre.contact(contact_id) == contact


def test_the_timer_of_an_earlier_loss_does_not_end_a_later_one(centre: Centre) -> None:
    ann, contact_id, rid = away(centre)
    centre.advance(15_000)
    rejoining.rejoin(centre.app, ann, contact_id, "api")
    centre.agent_joins(contact_id, rid)
    centre.agent_leg_leaves(contact_id, rid)
    centre.advance(REJOIN_MS - 1)  # the first timer fires meanwhile
    assert centre.state(contact_id) == "CONNECTED"
    centre.advance(1)
    at_the_head(centre, contact_id, ann)


def test_declining_to_come_back_gives_the_caller_on_at_once(centre: Centre) -> None:
    ann, contact_id, _ = away(centre)
    for _ in range(2):
        rejoining.decline(centre.app, ann, contact_id, "api")
        at_the_head(centre, contact_id, ann)


def test_who_is_in_the_talk_cannot_decline_it(centre: Centre) -> None:
    ann, contact_id, _ = talking(centre)
    with pytest.raises(RuleViolation) as told:
        rejoining.decline(centre.app, ann, contact_id, "api")
    assert told.value.code == "not_lost"
    assert centre.state(contact_id) == "CONNECTED"


def test_nobody_else_can_rejoin_or_decline(centre: Centre) -> None:
    _, contact_id, _ = away(centre)
    bob = centre.agent("bob", "support")
    for command in (rejoining.rejoin, rejoining.decline):
        with pytest.raises(NotFound):
            command(centre.app, bob, contact_id, "api")


def test_going_offline_gives_the_caller_on_and_being_not_ready_does_not(centre: Centre) -> None:
    ann, contact_id, _ = away(centre)
    agents.set_state(centre.app, ann, AgentState.NOT_READY, "break", "api")
    assert centre.state(contact_id) == "CONNECTED"
    agents.set_state(centre.app, ann, AgentState.OFFLINE, None, "api")
    at_the_head(centre, contact_id, ann)
    assert str(centre.agent_item(ann).state) == "OFFLINE"


def test_an_agent_offline_already_loses_the_caller_when_asked_again(centre: Centre) -> None:
    ann, contact_id, rid = talking(centre)
    agents.set_state(centre.app, ann, AgentState.OFFLINE, None, "api")
    assert centre.state(contact_id) == "CONNECTED"  # the leg is there: the talk is finished
    centre.agent_leg_leaves(contact_id, rid)
    agents.set_state(centre.app, ann, AgentState.OFFLINE, None, "api")
    at_the_head(centre, contact_id, ann)


def test_a_caller_who_hangs_up_meanwhile_leaves_an_ordinary_wrap_up(centre: Centre) -> None:
    ann, contact_id, _ = away(centre)
    centre.caller_leaves(contact_id)
    assert centre.state(contact_id) == "WRAPUP"
    centre.advance(REJOIN_MS)
    assert centre.state(contact_id) == "WRAPUP"
    agents.dispose(centre.app, ann, contact_id, "resolved", "api")
    assert centre.state(contact_id) == "CLOSED"
    with pytest.raises(RuleViolation):
        rejoining.rejoin(centre.app, ann, contact_id, "api")
    sound(centre)


def test_a_caller_found_gone_at_the_end_of_the_time_is_not_put_in_line(centre: Centre) -> None:
    _, contact_id, _ = away(centre)
    centre.world.media.gone.add(contact_id)
    centre.advance(REJOIN_MS)
    assert centre.state(contact_id) == "WRAPUP"


def test_a_hang_up_meanwhile_ends_the_call_as_ever(centre: Centre) -> None:
    ann, contact_id, _ = away(centre)
    agents.hang_up(centre.app, ann, contact_id, "api")
    assert centre.state(contact_id) == "WRAPUP"
    assert media(centre)[-1] == "hang_up"


def test_on_hold_the_caller_hears_what_they_hear_and_the_return_keeps_the_hold(
    centre: Centre,
) -> None:
    ann, contact_id, rid = talking(centre)
    transfers.hold(centre.app, ann, contact_id, "api")
    centre.agent_leg_leaves(contact_id, rid)
    assert centre.state(contact_id) == "HELD"
    assert "announce" not in media(centre)
    rejoining.rejoin(centre.app, ann, contact_id, "api")
    centre.agent_joins(contact_id, rid)
    assert centre.state(contact_id) == "HELD"
    transfers.resume(centre.app, ann, contact_id, "api")
    assert centre.state(contact_id) == "CONNECTED"


def test_in_a_conference_the_caller_goes_on_with_the_others_at_once() -> None:
    centre = open_centre()
    _, bob, contact_id, _ = consulting(centre, "conference")
    centre.agent_leg_leaves(contact_id, centre.contact(contact_id).rid or "")
    contact = centre.contact(contact_id)
    assert (str(contact.state), contact.agent, rejoin_until(contact)) == ("CONNECTED", bob, None)


def test_a_leg_that_ends_with_the_call_is_no_lost_agent(centre: Centre) -> None:
    _, contact_id, rid = talking(centre)
    centre.agent_leg_leaves(contact_id, rid, "conversation_ended")
    assert rejoin_until(centre.contact(contact_id)) is None
    centre.world.media.gone.add(contact_id)
    centre.agent_leg_leaves(contact_id, rid, "hung_up")
    assert centre.state(contact_id) == "WRAPUP"


def test_a_mute_carrier_is_asked_again_before_a_leg_counts_as_lost(centre: Centre) -> None:
    _, contact_id, rid = talking(centre)
    centre.world.media.mute = True
    centre.agent_leg_leaves(contact_id, rid)
    centre.advance(6_000)
    assert rejoin_until(centre.contact(contact_id)) is None
    centre.world.media.mute = False
    centre.advance(5_000)
    assert rejoin_until(centre.contact(contact_id)) is not None


def test_a_vanished_page_is_a_loss_only_where_the_leg_is_gone_too(centre: Centre) -> None:
    ann, contact_id, rid = talking(centre)
    agents.connect(centre.app, "c1", agents.issue_ticket(centre.app, ann))
    agents.disconnect(centre.app, "c1")
    centre.advance(agents.GRACE_MS)
    assert rejoin_until(centre.contact(contact_id)) is None  # they still hear each other
    agents.connect(centre.app, "c2", agents.issue_ticket(centre.app, ann))
    centre.world.media.leave(contact_id, rid)  # and nobody told us
    agents.disconnect(centre.app, "c2")
    centre.advance(agents.GRACE_MS)
    assert rejoin_until(centre.contact(contact_id)) is not None


def test_where_no_legs_are_told_of_a_vanished_page_is_the_lost_leg() -> None:
    centre = Centre(joins=False)
    ann = centre.agent()
    contact_id = centre.queue()
    rid = centre.contact(contact_id).rid or ""
    offers.accept(centre.app, ann, contact_id, rid, "api")
    agents.connect(centre.app, "c1", agents.issue_ticket(centre.app, ann))
    agents.disconnect(centre.app, "c1")
    centre.advance(agents.GRACE_MS)
    assert rejoin_until(centre.contact(contact_id)) is not None
    contact = rejoining.rejoin(centre.app, ann, contact_id, "api")
    assert rejoin_until(contact) is None
    centre.advance(60_000)
    assert centre.state(contact_id) == "CONNECTED"
    # Once more, and this time for good.
    agents.connect(centre.app, "c2", agents.issue_ticket(centre.app, ann))
    agents.disconnect(centre.app, "c2")
    centre.advance(agents.GRACE_MS + REJOIN_MS)
    at_the_head(centre, contact_id, ann)


def test_a_lost_timer_is_made_good_by_the_sweep(centre: Centre) -> None:
    ann, contact_id, rid = talking(centre)
    centre.world.timers.mishaps.lose = 1.0
    centre.agent_leg_leaves(contact_id, rid)
    centre.world.timers.mishaps.lose = 0.0
    centre.advance(REJOIN_MS)
    centre.sweep()
    assert centre.state(contact_id) == "CONNECTED"  # not before a late timer had its chance
    centre.advance(6_000)
    assert centre.sweep()["slots"] == 1
    at_the_head(centre, contact_id, ann)


def test_a_loss_is_not_written_before_its_timer_is_durable(centre: Centre) -> None:
    _, contact_id, rid = talking(centre)
    centre.world.faults.refuse("timers.send")
    with pytest.raises(TransientDependency):
        centre.agent_leg_leaves(contact_id, rid)
    assert rejoin_until(centre.contact(contact_id)) is None


def test_a_death_anywhere_in_losing_rejoining_and_giving_on_is_made_good() -> None:
    for step in ("lose", "rejoin", "over", "decline"):
        boundary = 0
        while True:
            boundary += 1
            centre = Centre()
            ann, contact_id, rid = talking(centre)
            if step != "lose":
                centre.agent_leg_leaves(contact_id, rid)
            over = centre.world.clock.now() + REJOIN_MS
            centre.world.faults.crash_at(boundary)
            try:
                if step == "lose":
                    centre.agent_leg_leaves(contact_id, rid)
                elif step == "rejoin":
                    rejoining.rejoin(centre.app, ann, contact_id, "api")
                    centre.agent_joins(contact_id, rid)
                elif step == "decline":
                    rejoining.decline(centre.app, ann, contact_id, "api")
                else:
                    centre.world.clock.move_to(over)
                    lost.time_over(centre.app, contact_id, rid, "timer")
            except Crash:
                centre.world.faults.clear()
            else:
                break
            # What is repeated: the carrier's last word, or the timer; and the sweep.
            if step == "lose":
                centre.agent_leg_leaves(contact_id, rid)
            centre.advance(REJOIN_MS + 10_000)
            centre.relay()
            centre.advance(60_000)
            centre.sweep()
            contact = centre.contact(contact_id)
            back = step == "rejoin" and centre.world.media.legs[contact_id].get(rid)
            assert str(contact.state) == ("CONNECTED" if back else "WAITING"), (step, boundary)
            sound(centre)
        assert boundary > 4, step


def test_a_timer_without_its_contact_is_void(centre: Centre) -> None:
    fire(centre.app, Timer("rejoin", "ct_nobody", "ct_nobody#1"), "timer")
    fire(centre.app, Timer("leg", "ct_nobody", "ct_nobody#1"), "timer")
    heard = calls.handle(centre.app, AnnouncementAsked("ct_nobody"), KEY)
    assert [type(action) for action in heard] == [act.Pause]
