"""Contacts set aside until the customer answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.domain.contacts import legs, lifecycle
from centralino.domain.contacts.model import Channel, Contact, ContactState
from centralino.domain.errors import RuleViolation
from centralino.domain.events import describe
from tests.unit.domain.contacts.test_lifecycle import (
    ANN,
    ID,
    connected,
    offered,
    types,
)

RID = f"{ID}#3"


def chatting() -> Contact:
    return replace(connected(), channel=Channel.CHAT)


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
