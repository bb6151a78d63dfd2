"""The contact's life from ring to close, and everything that may interrupt it."""

from __future__ import annotations

import pytest

from centralino.domain.contacts import lifecycle, offers
from centralino.domain.contacts.machine import RETENTION_S, TRANSITIONS, evolve
from centralino.domain.contacts.model import ENDED, Contact, ContactState, Decision, FlowPosition
from centralino.domain.errors import OfferEnded, RuleViolation
from centralino.domain.events import describe

ID = "ct_0123456789ABCDEFGHJKMNPQRS"
ANN, BOB = "ag_ann", "ag_bob"
DECISION = Decision("longest_idle", 0, ((ANN, "chosen"),))


def started(now: int = 1_000) -> Contact:
    return lifecycle.start(
        ID,
        business_unit="demo",
        now=now,
        cause="w1",
        provider="twilio",
        call="CA1",
        flow=FlowPosition("main", 1, "menu"),
    )


def waiting(now: int = 2_000, **rules: int) -> Contact:
    return lifecycle.enqueue(
        started(), pool="p", queue="sales", plan="voice", now=now, cause="w2", **rules
    )


def offered(contact: Contact | None = None, agent: str = ANN, now: int = 3_000) -> Contact:
    return offers.offer(
        contact or waiting(), agent, expires_at=now + 20_000, decision=DECISION, now=now, cause="d"
    )


def accepted() -> Contact:
    contact = offered()
    return offers.accept(contact, contact.rid or "", ANN, 4_000, "a", joined=False)


def connected() -> Contact:
    contact = accepted()
    return offers.connect(contact, contact.rid or "", 5_000, "j")


def types(contact: Contact) -> list[str]:
    return [event.type for event in contact.events]


def test_a_whole_call_tells_every_step_with_gapless_sequences() -> None:
    steps = [started(), waiting(), offered(), accepted(), connected()]
    ended = lifecycle.hang_up(steps[-1], "caller", 65_000, "s")
    closed = lifecycle.wrap_up(ended, ended.rid or "", "resolved", 70_000, "f")
    told = [occurrence for step in [*steps, ended, closed] for occurrence in describe(step)]
    assert [o.type for o in told] == [
        "ContactStarted",
        "ContactEnqueued",
        "ContactOffered",
        "OfferAccepted",
        "ContactConnected",
        "ContactWrapupStarted",
        "ContactClosed",
    ]
    assert [o.sequence for o in told] == [1, 2, 3, 4, 5, 6, 7]
    assert len({o.event_id for o in told}) == 7
    assert [s.version for s in [*steps, ended, closed]] == [1, 2, 3, 4, 5, 6, 7]
    by_type = {o.type: o.data for o in told}
    assert by_type["ContactConnected"]["waited_ms"] == 3_000
    assert by_type["ContactWrapupStarted"]["talk_ms"] == 60_000
    assert by_type["ContactClosed"] == {
        "queue": "sales",
        "outcome": "handled",
        "agent_id": ANN,
        "rid": f"{ID}#3",
        "disposition": "resolved",
        "wrapup_ms": 5_000,
    }
    assert closed.ttl == 70 + RETENTION_S


def test_the_place_in_line_is_arrival_plus_offset_less_boost() -> None:
    contact = waiting(2_000, sla_offset_ms=20_000, boost_ms=5_000, tier=3)
    assert contact.virtual_time == 17_000
    assert contact.waiting_key == f"30000000017000#{ID}"
    assert contact.waiting_partition == "p#sales#voice#0"


@pytest.mark.parametrize("end", ["decline", "time_out", "fail"])
def test_an_offer_that_ends_keeps_the_place_and_sets_the_agent_aside(end: str) -> None:
    contact, rid = offered(), f"{ID}#3"
    match end:
        case "decline":
            back = offers.decline(contact, rid, ANN, "busy", 33_000, 9_000, "x")
        case "time_out":
            back = offers.time_out(contact, rid, 33_000, 9_000, "x")
        case _:
            back = offers.fail(contact, rid, "leg", 33_000, 9_000, "x")
    assert back.state is ContactState.WAITING
    assert (back.virtual_time, back.enqueued_at, back.leg) == (2_000, 2_000, 1)
    assert back.tried == {ANN: 33_000}
    assert (back.rid, back.agent, back.expires_at, back.segments) == (None, None, None, ())
    assert types(back)[1] == "ContactRequeued"
    assert back.events[0].data["agent_id"] == ANN
    assert back.events[0].data["rid"] == rid


def test_an_agent_set_aside_long_ago_is_forgotten() -> None:
    first = offers.decline(offered(), f"{ID}#3", ANN, "busy", 33_000, 9_000, "x")
    second = offers.decline(
        offered(first, BOB, 40_000), f"{ID}#5", BOB, "busy", 71_000, 41_000, "x"
    )
    assert second.tried == {BOB: 71_000}


def test_the_first_accept_wins_and_repeating_it_changes_nothing() -> None:
    contact = accepted()
    assert offers.accept(contact, f"{ID}#3", ANN, 4_500, "a2", joined=False) is contact
    with pytest.raises(OfferEnded):
        offers.accept(contact, f"{ID}#3", BOB, 4_500, "a3", joined=False)
    with pytest.raises(OfferEnded):
        offers.accept(contact, f"{ID}#9", ANN, 4_500, "a4", joined=False)


def test_an_accepted_offer_neither_times_out_nor_can_be_declined() -> None:
    contact = accepted()
    assert offers.time_out(contact, f"{ID}#3", 0, 30_000, "t") is contact
    with pytest.raises(OfferEnded):
        offers.decline(contact, f"{ID}#3", ANN, "late", 0, 30_000, "d")


def test_an_accept_after_the_time_out_is_told_so() -> None:
    back = offers.time_out(offered(), f"{ID}#3", 60_000, 23_000, "t")
    with pytest.raises(OfferEnded):
        offers.accept(back, f"{ID}#3", ANN, 23_001, "a", joined=True)


def test_an_accept_that_needs_no_joining_connects_at_once() -> None:
    contact = offers.accept(offered(), f"{ID}#3", ANN, 4_000, "a", joined=True)
    assert contact.state is ContactState.CONNECTED
    assert types(contact) == ["ContactConnected"]


def test_a_caller_who_leaves_while_ringing_rescinds_the_offer() -> None:
    gone = lifecycle.hang_up(accepted(), "caller", 4_500, "s")
    assert gone.state is ContactState.ABANDONED
    assert types(gone) == ["OfferRescinded", "ContactAbandoned"]
    assert gone.events[0].data == {"agent_id": ANN, "rid": f"{ID}#3", "reason": "caller_left"}
    assert gone.events[1].data == {"stage": "ringing", "waited_ms": 2_500}
    assert gone.segments == ()


@pytest.mark.parametrize(
    ("contact", "state", "stage", "waited"),
    [
        (started(), ContactState.CLOSED, "menu", 8_000),
        (waiting(), ContactState.ABANDONED, "queue", 7_000),
    ],
)
def test_leaving_before_an_agent(
    contact: Contact, state: ContactState, stage: str, waited: int
) -> None:
    gone = lifecycle.hang_up(contact, "caller", 9_000, "s")
    assert gone.state is state
    assert types(gone) == ["ContactAbandoned"]
    assert gone.events[0].data == {"stage": stage, "waited_ms": waited}


def test_hold_counts_apart_from_talk() -> None:
    contact, rid = connected(), f"{ID}#3"
    held = offers.hold(contact, rid, 10_000, "h")
    assert offers.hold(held, rid, 11_000, "h") is held
    back = offers.resume(held, rid, 14_000, "r")
    assert back.events[0].data == {"held_ms": 4_000}
    again = offers.hold(back, rid, 20_000, "h")
    ended = lifecycle.hang_up(again, "caller", 26_000, "s")
    assert ended.events[0].data["hold_ms"] == 10_000
    assert ended.events[0].data["talk_ms"] == 11_000


def test_wrap_up_needs_an_ended_talk_and_is_filed_once() -> None:
    with pytest.raises(RuleViolation, match="not over"):
        lifecycle.wrap_up(connected(), f"{ID}#3", "resolved", 9_000, "f")
    with pytest.raises(RuleViolation, match="no such segment"):
        lifecycle.wrap_up(connected(), f"{ID}#8", "resolved", 9_000, "f")
    ended = lifecycle.hang_up(connected(), "agent", 9_000, "s")
    closed = lifecycle.wrap_up(ended, f"{ID}#3", "resolved", 9_500, "f")
    assert lifecycle.wrap_up(closed, f"{ID}#3", "other", 9_900, "f") is closed


def test_a_post_call_step_keeps_the_contact_open_until_both_are_done() -> None:
    from dataclasses import replace

    talking = replace(connected(), post_call=True)
    after = lifecycle.hang_up(talking, "agent", 9_000, "s")
    assert after.state is ContactState.POST_CALL
    wrapped = lifecycle.wrap_up(after, f"{ID}#3", "resolved", 9_500, "f")
    assert wrapped.state is ContactState.POST_CALL
    assert types(wrapped) == ["ContactWrapupEnded"]
    closed = lifecycle.hang_up(wrapped, "caller", 12_000, "s")
    assert closed.state is ContactState.CLOSED
    other_order = lifecycle.hang_up(after, "caller", 9_100, "s")
    assert other_order.state is ContactState.WRAPUP
    assert lifecycle.wrap_up(other_order, f"{ID}#3", "x", 9_500, "f").state is ContactState.CLOSED


@pytest.mark.parametrize("repeat", ["caller", "agent", "system"])
def test_a_repeated_hang_up_changes_nothing(repeat: str) -> None:
    for contact in (
        lifecycle.hang_up(started(), "caller", 9_000, "s"),
        lifecycle.hang_up(connected(), "caller", 9_000, "s"),
    ):
        assert lifecycle.hang_up(contact, repeat, 10_000, "s") is contact


def test_a_clock_that_steps_back_never_makes_negative_durations() -> None:
    contact = offers.connect(accepted(), f"{ID}#3", 1, "j")
    assert contact.updated_at == 4_000
    assert contact.events[0].data["waited_ms"] >= 0
    ended = lifecycle.hang_up(contact, "caller", 2, "s")
    assert ended.events[0].data["talk_ms"] == 0


@pytest.mark.parametrize("state", list(ContactState))
@pytest.mark.parametrize("target", list(ContactState))
def test_only_listed_transitions_are_possible(state: ContactState, target: ContactState) -> None:
    from dataclasses import replace

    contact = replace(started(), state=state)
    if target in TRANSITIONS[state]:
        assert evolve(contact, 5_000, None, state=target).state is target
    else:
        with pytest.raises(RuleViolation):
            evolve(contact, 5_000, None, state=target)


@pytest.mark.parametrize("state", sorted(ENDED))
def test_an_end_is_absorbing(state: ContactState) -> None:
    assert TRANSITIONS[state] == {state}
