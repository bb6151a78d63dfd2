"""An agent whose leg ended in mid-talk: away, back, or given up."""

from __future__ import annotations

import pytest

from centralino.domain.contacts import lifecycle, lost, offers, transfers
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.events import describe
from tests.unit.domain.contacts.test_lifecycle import ANN, BOB, ID, connected, offered, types

RID = f"{ID}#3"
AWAY_AT = 9_000


def away(contact: Contact | None = None) -> Contact:
    return lost.lose_leg(contact or connected(), RID, AWAY_AT, "l")


def test_a_lost_leg_leaves_the_talk_as_it_is_but_for_a_mark() -> None:
    before = connected()
    contact = away()
    assert (contact.state, contact.rid, contact.agent) == (before.state, RID, ANN)
    assert contact.segment is not None
    assert contact.segment.lost_at == AWAY_AT
    assert lost.is_lost(contact, RID)
    assert lost.rejoin_until(contact) == AWAY_AT + lost.REJOIN_MS
    (told,) = describe(contact)
    assert told.type == "AgentLegLost"
    assert told.data == {
        "queue": "sales",
        "agent_id": ANN,
        "rid": RID,
        "rejoin_until": AWAY_AT + lost.REJOIN_MS,
    }


def test_losing_twice_or_something_else_changes_nothing() -> None:
    contact = away()
    assert lost.lose_leg(contact, RID, 9_500, "l") is contact
    for other in (connected(), offered(), lifecycle.hang_up(connected(), "caller", 8_500, "h")):
        assert lost.lose_leg(other, f"{ID}#9", AWAY_AT, "l") is other
        assert not lost.is_lost(other, RID)
        assert lost.rejoin_until(other) is None
    ringing = offered()
    assert lost.lose_leg(ringing, RID, AWAY_AT, "l") is ringing


@pytest.mark.parametrize("held", [False, True])
def test_coming_back_goes_on_with_the_same_part_and_state(held: bool) -> None:
    before = offers.hold(connected(), RID, 8_500, "h") if held else connected()
    contact = lost.rejoin(away(before), RID, 14_000, "j")
    assert (contact.state, contact.segments) == (before.state, before.segments)
    (told,) = describe(contact)
    assert (told.type, told.data["away_ms"]) == ("AgentRejoined", 5_000)
    assert lost.rejoin(contact, RID, 15_000, "j") is contact
    assert lost.rejoin(away(), f"{ID}#9", 15_000, "j") == away()


def test_the_time_away_counts_as_talk() -> None:
    back = lost.rejoin(away(), RID, 14_000, "j")
    ended = lifecycle.hang_up(back, "agent", 68_000, "h")
    assert ended.events[0].data["talk_ms"] == 68_000 - (connected().segments[0].connected_at or 0)


def test_a_clock_that_stepped_back_is_away_for_no_time() -> None:
    contact = lost.rejoin(away(), RID, AWAY_AT - 3_000, "j")
    assert contact.events[0].data["away_ms"] == 0


def test_a_lost_agent_sends_the_caller_to_the_head_of_the_queue() -> None:
    contact = lost.lose_agent(away(), RID, 60_000, 29_000, "t")
    assert contact.state is ContactState.WAITING
    assert (contact.tier, contact.leg, contact.virtual_time) == (0, 2, 2_000)
    assert types(contact) == ["AgentLost", "ContactRequeued"]
    segment = contact.find_segment(RID)
    assert segment is not None
    assert (segment.live, segment.lost_at, segment.ended_by) == (False, None, "lost")
    assert contact.tried == {ANN: 60_000}
    assert lost.lose_agent(contact, RID, 60_000, 29_001, "t") is contact


def test_an_agent_who_is_there_is_not_given_up() -> None:
    for contact in (connected(), lost.rejoin(away(), RID, 14_000, "j"), offered()):
        assert lost.lose_agent(contact, RID, 60_000, 29_000, "t") is contact


def test_a_caller_who_hangs_up_meanwhile_leaves_the_agent_an_ordinary_wrap_up() -> None:
    contact = lifecycle.hang_up(away(), "caller", 12_000, "h")
    assert contact.state is ContactState.WRAPUP
    assert types(contact) == ["ContactWrapupStarted"]
    (segment,) = contact.segments
    assert (segment.wrapping, segment.lost_at) == (True, None)
    for late in (
        lost.rejoin(contact, RID, 13_000, "j"),
        lost.lose_leg(contact, RID, 13_000, "l"),
        lost.lose_agent(contact, RID, 60_000, 29_000, "t"),
    ):
        assert late is contact


def test_handing_on_while_away_ends_the_absence() -> None:
    line = transfers.Line("p", "sales", "voice", 5)
    contact = transfers.transfer(away(), RID, line, until=60_000, now=12_000, cause="x")
    assert contact.state is ContactState.WAITING
    assert [s.lost_at for s in contact.segments] == [None]
    taken = offers.offer(
        contact, BOB, expires_at=40_000, decision=connected().decision, now=13_000, cause="c"
    )  # type: ignore[arg-type]
    assert lost.rejoin(taken, RID, 14_000, "late") is taken
