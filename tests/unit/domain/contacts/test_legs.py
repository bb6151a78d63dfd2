"""Calls we make, and contacts set aside until the customer answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.domain.contacts import legs, lifecycle
from centralino.domain.contacts.model import Channel, Contact, ContactState
from centralino.domain.errors import OfferEnded, RuleViolation
from centralino.domain.events import describe
from tests.unit.domain.contacts.test_lifecycle import (
    ANN,
    BOB,
    ID,
    accepted,
    connected,
    offered,
    types,
)

RID = f"{ID}#3"


def dialling() -> Contact:
    return legs.dial(offered(), RID, ANN, 4_000, "a")


def chatting() -> Contact:
    return replace(connected(), channel=Channel.CHAT)


# ---------------------------------------------------------------- outbound, agent first


def test_the_agent_takes_it_and_the_customer_is_called() -> None:
    contact = dialling()
    assert contact.state is ContactState.DIALING
    assert types(contact) == ["OfferAccepted", "ContactDialing"]
    assert contact.segment is not None
    assert contact.segment.live
    assert legs.dial(contact, RID, ANN, 5_000, "a") is contact
    talking = legs.answered(contact, 9_000, "j")
    assert talking.state is ContactState.CONNECTED
    assert types(talking) == ["DialAnswered", "ContactConnected"]
    assert describe(talking)[1].data["waited_ms"] == 7_000
    assert legs.answered(talking, 9_500, "j") is talking


def test_an_offer_accepted_before_is_dialled_without_being_accepted_twice() -> None:
    assert types(legs.dial(accepted(), RID, ANN, 5_000, "a")) == ["ContactDialing"]


@pytest.mark.parametrize(("rid", "agent"), [(RID, BOB), (f"{ID}#2", ANN)])
def test_somebody_else_s_offer_is_not_dialled(rid: str, agent: str) -> None:
    with pytest.raises(OfferEnded):
        legs.dial(offered(), rid, agent, 4_000, "a")


@pytest.mark.parametrize("reason", ["no_answer", "busy", "machine", "failed"])
def test_a_customer_who_is_not_reached_leaves_the_agent_a_wrap_up(reason: str) -> None:
    after = legs.unanswered(dialling(), reason, 9_000, "x")
    assert after.state is ContactState.WRAPUP
    assert types(after) == ["DialFailed", "ContactWrapupStarted"]
    assert after.events[0].data["reason"] == reason
    assert after.events[1].data["talk_ms"] == 0
    assert legs.unanswered(after, reason, 9_500, "x") is after
    assert lifecycle.wrap_up(after, RID, "follow_up", 9_900, "f").state is ContactState.CLOSED


# ---------------------------------------------------------------- outbound, customer first


def test_a_customer_called_first_waits_for_an_agent_once_there() -> None:
    contact = legs.start_dialling(ID, business_unit="demo", now=1_000, cause="d")
    assert [o.type for o in describe(contact)] == ["ContactStarted", "ContactDialing"]
    assert contact.direction == "outbound"
    with pytest.raises(RuleViolation) as refused:
        legs.answered(contact, 2_000, "j")
    assert refused.value.code == "no_segment"
    queued = lifecycle.enqueue(contact, pool="p", queue="sales", plan="voice", now=2_000, cause="j")
    assert (queued.state, queued.leg) == (ContactState.WAITING, 1)


def test_a_customer_called_first_and_not_reached_is_closed() -> None:
    contact = legs.start_dialling(ID, business_unit="demo", now=1_000, cause="d")
    after = legs.unanswered(contact, "busy", 2_000, "x")
    assert after.state is ContactState.CLOSED
    assert types(after) == ["DialFailed", "ContactClosed"]
    assert after.events[1].data["outcome"] == "system"


def test_who_is_not_being_dialled_cannot_answer() -> None:
    with pytest.raises(RuleViolation) as refused:
        legs.answered(offered(), 5_000, "j")
    assert refused.value.code == "illegal_transition"


# ---------------------------------------------------------------- parked


def test_a_parked_chat_keeps_its_agent_and_comes_back() -> None:
    parked = legs.park(chatting(), RID, 90_000, 6_000, "p")
    assert (parked.state, parked.expires_at) == (ContactState.PARKED, 90_000)
    assert describe(parked)[0].data == {"agent_id": ANN, "rid": RID, "until": 90_000}
    assert parked.segment is not None
    assert parked.segment.live
    assert legs.park(parked, RID, 99_000, 7_000, "p") is parked
    back = legs.unpark(parked, RID, 8_000, "m")
    assert (back.state, back.expires_at) == (ContactState.CONNECTED, None)
    assert types(back) == ["ContactUnparked"]
    assert legs.unpark(back, RID, 9_000, "m") is back


def test_a_park_that_is_over_frees_the_agent_and_keeps_the_place() -> None:
    parked = legs.park(chatting(), RID, 90_000, 6_000, "p")
    after = legs.park_over(parked, RID, 90_000, "t")
    assert (after.state, after.leg, after.preferred) == (ContactState.WAITING, 2, ANN)
    assert after.virtual_time == parked.virtual_time
    assert not any(s.live for s in after.segments)
    assert types(after) == ["ContactWrapupStarted", "ContactWrapupEnded", "ContactRequeued"]
    assert legs.park_over(after, RID, 91_000, "t") is after


def test_a_customer_who_ends_a_parked_chat_leaves_a_wrap_up() -> None:
    parked = legs.park(chatting(), RID, 90_000, 6_000, "p")
    assert lifecycle.hang_up(parked, "caller", 8_000, "s").state is ContactState.WRAPUP


@pytest.mark.parametrize(
    ("contact", "until", "code"),
    [
        (connected(), 90_000, "not_asynchronous"),
        (chatting(), 5_000, "invalid_until"),
        (replace(offered(), channel=Channel.CHAT), 90_000, "not_talking"),
    ],
)
def test_what_cannot_be_parked(contact: Contact, until: int, code: str) -> None:
    with pytest.raises(RuleViolation) as refused:
        legs.park(contact, RID, until, 6_000, "p")
    assert refused.value.code == code


def test_who_is_not_parked_cannot_be_taken_back() -> None:
    with pytest.raises(RuleViolation) as refused:
        legs.unpark(offered(), RID, 6_000, "m")
    assert refused.value.code == "not_parked"
