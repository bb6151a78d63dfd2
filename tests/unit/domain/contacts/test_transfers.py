"""Handing a customer on: what becomes of the contact, its place, and the agents' parts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.domain.contacts import lifecycle, offers, parties, transfers
from centralino.domain.contacts.model import (
    CONFERENCE,
    CONSULT,
    TRANSFER,
    Contact,
    ContactState,
    Decision,
)
from centralino.domain.errors import RuleViolation
from centralino.domain.events import describe
from centralino.domain.ids import child_id, is_id
from tests.unit.domain.contacts.test_lifecycle import ANN, BOB, ID, connected, types, waiting

RID = f"{ID}#3"
LINE = transfers.Line("p", "support", "voice", tier=5, sla_offset_ms=60_000)
CHILD = child_id(ID, 6)
THEIRS = f"{CHILD}#1"


def asked(parent: Contact | None = None, kind: str = CONSULT) -> tuple[Contact, Contact]:
    """A held customer and the party asked for by name, ringing."""
    parent = parent or connected()
    child = parties.offered_party(
        parent,
        CHILD,
        kind,
        LINE,
        BOB,
        decision=Decision("preferred_agent", 0, ((BOB, "pf"),)),
        expires_at=26_000,
        now=6_000,
        cause="c",
    )
    held = transfers.invite(parent, RID, CHILD, hold=kind != CONFERENCE, now=6_000, cause="c")
    return held, child


def consulting(kind: str = CONSULT) -> tuple[Contact, Contact]:
    """A held customer while both agents talk."""
    parent, child = asked(kind=kind)
    child = offers.accept(child, THEIRS, BOB, 7_000, "a", joined=False)
    return parent, offers.connect(child, THEIRS, 8_000, "j")


def dialled(kind: str = TRANSFER) -> tuple[Contact, Contact]:
    """A customer and the outside number that is ringing."""
    parent = connected()
    child = parties.dialled_party(parent, CHILD, kind, subject="su_x", now=6_000, cause="c")
    held = transfers.invite(parent, RID, CHILD, hold=kind != CONFERENCE, now=6_000, cause="c")
    return held, child


# ---------------------------------------------------------------- blind


def test_a_transfer_keeps_the_place_and_leaves_the_agent_to_the_wrap_up() -> None:
    before = connected()
    after = transfers.transfer(before, RID, LINE, until=36_000, now=6_000, cause="t")
    assert (after.state, after.queue, after.leg) == (ContactState.WAITING, "support", 2)
    assert after.virtual_time == before.virtual_time == 2_000
    assert (after.enqueued_at, after.tier, after.rid, after.agent) == (6_000, 5, None, None)
    assert after.tried == {ANN: 36_000}
    mine = after.find_segment(RID)
    assert mine is not None
    assert mine.wrapping
    assert types(after) == ["ContactWrapupStarted", "ContactTransferred", "ContactEnqueued"]
    told = [o.data for o in describe(after)]
    assert (told[0]["queue"], told[0]["talk_ms"]) == ("sales", 1_000)
    assert (told[1]["kind"], told[1]["to"], told[1]["to_queue"]) == ("blind", "queue", "support")
    assert (told[2]["queue"], told[2]["leg"]) == ("support", 2)


def test_a_faster_line_is_not_joined_behind_a_newcomer() -> None:
    late = replace(connected(), virtual_time=900_000)
    fast = replace(LINE, sla_offset_ms=0, boost_ms=1_000)
    after = transfers.transfer(late, RID, fast, until=0, now=6_000, cause="t")
    assert after.virtual_time == 5_000


def test_a_repeated_transfer_changes_nothing_and_another_one_is_refused() -> None:
    after = transfers.transfer(connected(), RID, LINE, until=36_000, now=6_000, cause="t")
    assert transfers.transfer(after, RID, LINE, until=99_000, now=9_000, cause="t") is after
    other = replace(LINE, queue="billing")
    with pytest.raises(RuleViolation) as refused:
        transfers.transfer(after, RID, other, until=0, now=9_000, cause="t")
    assert refused.value.code == "not_talking"


def test_a_transfer_to_an_agent_names_who_is_preferred() -> None:
    line = replace(LINE, preferred=BOB)
    after = transfers.transfer(connected(), RID, line, until=0, now=6_000, cause="t")
    assert after.preferred == BOB
    told = next(e.data for e in after.events if e.type == "ContactTransferred")
    assert (told["to"], told["to_agent"]) == ("agent", BOB)


def test_a_held_customer_is_transferred_with_the_hold_counted() -> None:
    held = offers.hold(connected(), RID, 6_000, "h")
    after = transfers.transfer(held, RID, LINE, until=0, now=9_000, cause="t")
    assert after.find_segment(RID).hold_ms == 3_000  # type: ignore[union-attr]
    assert after.events[0].data["talk_ms"] == 1_000


def test_the_wrap_up_after_a_transfer_is_the_first_queue_s() -> None:
    after = transfers.transfer(connected(), RID, LINE, until=0, now=6_000, cause="t")
    done = lifecycle.wrap_up(after, RID, "resolved", 9_000, "f")
    assert done.state is ContactState.WAITING
    (told,) = describe(done)
    assert (told.type, told.data["queue"], told.data["wrapup_ms"]) == (
        "ContactWrapupEnded",
        "sales",
        3_000,
    )


def test_a_customer_who_leaves_after_a_transfer_is_abandoned_and_the_wrap_up_goes_on() -> None:
    after = transfers.transfer(connected(), RID, LINE, until=0, now=6_000, cause="t")
    gone = lifecycle.hang_up(after, "caller", 8_000, "s")
    assert gone.state is ContactState.ABANDONED
    assert gone.events[0].data["waited_ms"] == 2_000
    done = lifecycle.wrap_up(gone, RID, None, 9_000, "f")
    assert done.state is ContactState.ABANDONED
    assert not any(s.live for s in done.segments)


def test_going_back_to_the_queue_keeps_queue_place_and_tier() -> None:
    before = replace(connected(), tier=2)
    after = transfers.return_to_queue(before, RID, until=36_000, now=6_000, cause="t")
    assert (after.queue, after.virtual_time, after.tier, after.leg) == ("sales", 2_000, 2, 2)
    assert after.tried == {ANN: 36_000}
    assert types(after) == ["ContactWrapupStarted", "ContactRequeued"]
    assert after.events[1].data["reason"] == "returned"
    assert transfers.return_to_queue(after, RID, until=0, now=9_000, cause="t") is after


@pytest.mark.parametrize(
    "contact",
    [waiting(), lifecycle.hang_up(connected(), "caller", 6_000, "s")],
    ids=["waiting", "over"],
)
def test_only_a_conversation_can_be_handed_on(contact: Contact) -> None:
    for attempt in (
        lambda: transfers.transfer(contact, RID, LINE, until=0, now=7_000, cause="t"),
        lambda: transfers.return_to_queue(contact, RID, until=0, now=7_000, cause="t"),
        lambda: transfers.invite(contact, RID, CHILD, hold=True, now=7_000, cause="t"),
    ):
        with pytest.raises(RuleViolation) as refused:
            attempt()
        assert refused.value.code == "not_talking"


# ---------------------------------------------------------------- consult


def test_a_party_asked_by_name_rings_in_the_write_that_makes_it() -> None:
    parent, child = asked()
    assert is_id("ct_", child.id)
    assert (parent.state, parent.party) == (ContactState.HELD, child.id)
    assert types(parent) == ["ContactHeld"]
    assert (child.state, child.rid, child.agent) == (ContactState.OFFERED, THEIRS, BOB)
    assert (child.parent, child.kind, child.correlation) == (ID, CONSULT, ID)
    told = describe(child)
    assert [o.type for o in told] == ["ContactStarted", "ConsultStarted", "ContactOffered"]
    assert [o.sequence for o in told] == [1, 2, 3]
    assert told[1].data == {
        "parent": ID,
        "kind": CONSULT,
        "agent_id": ANN,
        "rid": RID,
        "to": "agent",
        "to_queue": "support",
        "to_agent": BOB,
    }


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (lambda c: offers.decline(c, THEIRS, BOB, "busy", 9, 7_000, "x"), "busy"),
        (lambda c: offers.time_out(c, THEIRS, 9, 7_000, "x"), "no_answer"),
        (lambda c: offers.fail(c, THEIRS, "leg_not_joined", 9, 7_000, "x"), "leg_not_joined"),
    ],
)
def test_a_party_asked_by_name_goes_to_nobody_else(end, reason: str) -> None:  # type: ignore[no-untyped-def]
    _, child = asked()
    after = end(child)
    assert (after.state, after.rid, after.agent) == (ContactState.ABANDONED, None, None)
    assert types(after)[1:] == ["ConsultEnded", "ContactAbandoned"]
    assert after.events[0].data["agent_id"] == BOB
    assert after.events[1].data["reason"] == reason
    assert after.ttl is not None


def test_a_party_from_a_queue_waits_for_the_next_agent_but_the_asking_one() -> None:
    child = parties.waiting_party(
        connected(), CHILD, CONSULT, LINE, until=99_000, now=6_000, cause="c"
    )
    assert (child.state, child.queue, child.tried) == (
        ContactState.WAITING,
        "support",
        {ANN: 99_000},
    )
    assert child.waiting_partition == "p#support#voice#0"
    assert types(child) == ["ContactStarted", "ConsultStarted", "ContactEnqueued"]
    offered = offers.offer(
        child, BOB, expires_at=9, decision=Decision("longest_idle"), now=7_000, cause="d"
    )
    back = offers.time_out(offered, offered.rid or "", 50_000, 8_000, "x")
    assert back.state is ContactState.WAITING


def test_completing_moves_the_part_of_the_party_to_the_parent() -> None:
    parent, child = consulting()
    after, closed = transfers.complete(parent, child, 12_000, "c")
    assert (after.state, after.rid, after.agent) == (ContactState.CONNECTED, THEIRS, BOB)
    assert (after.queue, after.party) == ("support", None)
    mine, theirs = after.segments
    assert mine.wrapping
    assert (mine.hold_ms, mine.held_since) == (6_000, None)
    assert (theirs.rid, theirs.connected_at, theirs.live) == (THEIRS, 12_000, True)
    assert types(after) == ["ContactWrapupStarted", "ContactTransferred", "ContactConnected"]
    told = [o.data for o in describe(after)]
    assert told[0]["queue"] == "sales"
    assert (told[1]["kind"], told[1]["to"], told[1]["to_agent"]) == ("consult", "agent", BOB)
    assert (told[2]["agent_id"], told[2]["rid"], told[2]["queue"]) == (BOB, THEIRS, "support")
    assert closed.state is ContactState.CLOSED
    assert types(closed) == ["ConsultEnded", "ContactClosed"]
    assert closed.events[1].data["agent_id"] is None
    assert not any(s.live for s in closed.segments)
    ended = lifecycle.hang_up(after, "caller", 20_000, "s")
    first = lifecycle.wrap_up(ended, RID, "resolved", 21_000, "f")
    assert first.state is ContactState.WRAPUP
    assert lifecycle.wrap_up(first, THEIRS, "other", 22_000, "f").state is ContactState.CLOSED


def test_nothing_is_completed_before_the_party_is_on_the_line() -> None:
    for parent, child in (asked(), dialled()):
        with pytest.raises(RuleViolation) as refused:
            transfers.complete(parent, child, 7_000, "c")
        assert refused.value.code == "party_not_connected"
    parent, child = consulting()
    with pytest.raises(RuleViolation) as refused:
        transfers.complete(replace(parent, party=None), child, 9_000, "c")
    assert refused.value.code == "no_party"


def test_one_party_at_a_time() -> None:
    parent, _ = consulting()
    for attempt in (
        lambda: transfers.invite(parent, RID, "ct_other", hold=True, now=9_000, cause="c"),
        lambda: transfers.transfer(parent, RID, LINE, until=0, now=9_000, cause="t"),
        lambda: transfers.return_to_queue(parent, RID, until=0, now=9_000, cause="t"),
    ):
        with pytest.raises(RuleViolation) as refused:
            attempt()
        assert refused.value.code == "party_present"


def test_cancelling_returns_to_the_customer_wherever_the_party_is() -> None:
    for (parent, child), state in [
        (asked(), ContactState.ABANDONED),
        (consulting(), ContactState.WRAPUP),
        (dialled(CONSULT), ContactState.CLOSED),
    ]:
        after = transfers.take_back(parent, child.id, 10_000, "c")
        assert (after.state, after.party) == (ContactState.CONNECTED, None)
        assert after.segment.hold_ms == 4_000  # type: ignore[union-attr]
        assert types(after) == ["ContactResumed"]
        gone = parties.end_party(child, "cancelled", "agent", 10_000, "c")
        assert gone.state is state
        assert "ConsultEnded" in types(gone)
        assert parties.end_party(gone, "again", "agent", 11_000, "c") is gone
    rescinded = parties.end_party(asked()[1], "cancelled", "agent", 10_000, "c")
    assert types(rescinded)[0] == "OfferRescinded"
    assert rescinded.events[0].data["agent_id"] == BOB


def test_a_party_that_left_leaves_the_customer_as_they_were() -> None:
    parent, child = consulting()
    gone = parties.end_party(child, "party_left", "agent", 10_000, "c")
    assert gone.find_segment(THEIRS).wrapping  # type: ignore[union-attr]
    after = transfers.detach(parent, child.id, 10_000, "c")
    assert (after.state, after.party, after.events) == (ContactState.HELD, None, ())
    assert transfers.detach(after, child.id, 11_000, "c") is after
    assert lifecycle.wrap_up(gone, THEIRS, None, 11_000, "f").state is ContactState.CLOSED


# ---------------------------------------------------------------- conference


def test_a_conference_leaves_the_customer_on_the_line_and_says_when_it_began() -> None:
    parent, child = consulting(CONFERENCE)
    assert (parent.state, parent.events) == (ContactState.CONNECTED, ())
    assert types(child) == ["ContactConnected", "ConferenceJoined"]
    after, _ = transfers.complete(parent, child, 12_000, "c")
    told = next(e.data for e in after.events if e.type == "ContactTransferred")
    assert told["kind"] == "conference"


def test_a_consult_becomes_a_conference() -> None:
    parent, child = consulting()
    together, joined = transfers.gather(parent, child, 12_000, "c")
    assert together.state is ContactState.CONNECTED
    assert types(together) == ["ContactResumed"]
    assert (joined.kind, types(joined)) == (CONFERENCE, ["ConferenceJoined"])
    assert transfers.gather(together, joined, 13_000, "c") == (together, joined)


# ---------------------------------------------------------------- outside numbers


def test_an_outside_number_takes_over_and_the_contact_waits_for_both_ends() -> None:
    parent, child = dialled()
    assert types(child) == ["ContactStarted", "ConsultStarted", "ContactDialing"]
    assert (child.state, child.rid, child.direction) == (ContactState.DIALING, THEIRS, "outbound")
    assert "number" in child.events[1].data["to"]
    answered = parties.answer(child, 8_000, "j")
    assert types(answered) == ["DialAnswered"]
    assert parties.answer(answered, 9_000, "j") is answered
    after, same = transfers.complete(parent, answered, 9_000, "c")
    assert same is answered
    assert (after.state, after.agent, after.rid) == (ContactState.POST_CALL, None, None)
    assert after.party == child.id
    assert transfers.still_with(after, child.id)
    told = next(e.data for e in after.events if e.type == "ContactTransferred")
    assert (told["kind"], told["to"], told["to_queue"]) == ("blind", "number", None)
    wrapped = lifecycle.wrap_up(after, RID, "resolved", 10_000, "f")
    assert wrapped.state is ContactState.POST_CALL
    assert lifecycle.hang_up(wrapped, "caller", 60_000, "s").state is ContactState.CLOSED
    hung_up = lifecycle.hang_up(after, "system", 9_500, "s")
    assert hung_up.state is ContactState.WRAPUP
    assert lifecycle.wrap_up(hung_up, RID, "x", 9_900, "f").state is ContactState.CLOSED
    assert not transfers.still_with(hung_up, child.id)


def test_an_outside_number_that_is_not_reached_says_why_and_costs_nobody_anything() -> None:
    parent, child = dialled()
    gone = parties.end_party(child, "busy", "system", 8_000, "x")
    assert gone.state is ContactState.CLOSED
    assert types(gone) == ["DialFailed", "ConsultEnded", "ContactClosed"]
    assert gone.events[0].data["reason"] == "busy"
    after = transfers.detach(parent, child.id, 8_000, "x")
    assert (after.state, after.agent, after.party) == (ContactState.HELD, ANN, None)


def test_the_party_s_id_follows_from_the_write_that_makes_it() -> None:
    assert child_id(ID, 6) == CHILD
    assert child_id(ID, 7) != CHILD
    assert len({child_id(ID, n) for n in range(50)}) == 50
