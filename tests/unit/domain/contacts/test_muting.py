"""Muted is an agent's leg: what lasts, what ends it, and who may ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from centralino.domain.contacts import lost, muting, offers
from centralino.domain.contacts.model import Contact, ContactState, Segment
from centralino.domain.errors import RuleViolation

RID = "ct_1#2"
TALK = Contact(
    "ct_1",
    ContactState.CONNECTED,
    "demo",
    queue="sales",
    rid=RID,
    agent="ag_ann",
    segments=(Segment(RID, "ag_ann", "sales", 1_000, connected_at=2_000),),
    updated_at=2_000,
)


def test_it_is_written_once_and_unwritten_once_without_an_event() -> None:
    muted = muting.mute(TALK, RID, 3_000, "api")
    assert muting.is_muted(muted, RID)
    assert (muted.version, muted.sequence, muted.events) == (2, 0, ())
    assert muting.mute(muted, RID, 4_000, "api") is muted
    heard = muting.unmute(muted, RID, 5_000, "api")
    assert not muting.is_muted(heard, RID)
    assert muting.unmute(heard, RID, 6_000, "api") is heard
    assert muting.unmute(TALK, RID, 3_000, "api") is TALK


def test_it_lasts_while_the_customer_is_on_hold_and_after() -> None:
    muted = muting.mute(TALK, RID, 3_000, "api")
    held = offers.hold(muted, RID, 4_000, "api")
    assert muting.is_muted(held, RID)
    assert muting.is_muted(offers.resume(held, RID, 5_000, "api"), RID)
    assert muting.is_muted(muting.mute(offers.hold(TALK, RID, 3_000, "x"), RID, 4_000, "x"), RID)


def test_it_ends_with_the_leg_and_a_leg_that_is_gone_cannot_be_muted() -> None:
    gone = lost.lose_leg(muting.mute(TALK, RID, 3_000, "api"), RID, 4_000, "leg")
    assert not muting.is_muted(gone, RID)
    with pytest.raises(RuleViolation) as refused:
        muting.mute(gone, RID, 5_000, "api")
    assert refused.value.code == "leg_lost"
    assert muting.unmute(gone, RID, 5_000, "api") is gone
    assert not muting.is_muted(lost.rejoin(gone, RID, 6_000, "leg"), RID)


@pytest.mark.parametrize("step", [muting.mute, muting.unmute])
@pytest.mark.parametrize(
    "contact",
    [
        replace(TALK, state=ContactState.WRAPUP),
        replace(TALK, state=ContactState.OFFERED),
        replace(TALK, rid="ct_1#9"),
        replace(TALK, segments=()),
    ],
)
def test_who_is_not_talking_is_refused(
    step: Callable[[Contact, str, int, str | None], Contact], contact: Contact
) -> None:
    with pytest.raises(RuleViolation) as refused:
        step(contact, RID, 3_000, "api")
    assert refused.value.code == "not_talking"
    assert not muting.is_muted(contact, RID)


def test_nobody_is_shown_muted_once_the_talk_is_over() -> None:
    muted = muting.mute(TALK, RID, 3_000, "api")
    assert not muting.is_muted(replace(muted, state=ContactState.WRAPUP), RID)
    assert not muting.is_muted(replace(muted, rid="ct_1#9"), RID)
