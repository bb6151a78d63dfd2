"""Dialling a customer when the carrier does not say whether it rings, refuses, or says nothing."""

from __future__ import annotations

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.domain.callbacks.rules import RING_MS
from tests.unit.application.calling_back import (
    accepted,
    asked,
    centre_with,
    tell,
)

MINUTE = 60_000


def test_a_dial_whose_reply_was_lost_is_not_repeated() -> None:
    centre = centre_with()
    contact = asked(centre)
    ann = centre.agent()
    centre.world.faults.lose_reply("dialler.ring_into")
    attempt = accepted(centre, contact, ann)
    centre.advance(13_000)
    assert len(centre.world.dialler.calls) == 1
    tell(centre, attempt, "answered")
    assert centre.state(contact) == "CONNECTED"


def test_a_dial_that_never_left_is_made_once_the_carrier_says_so() -> None:
    centre = centre_with()
    contact = asked(centre)
    centre.world.faults.refuse("dialler.ring_into")
    attempt = accepted(centre, contact, centre.agent())
    assert centre.world.dialler.calls == []
    centre.advance(11_000)
    assert centre.world.dialler.calls == []
    centre.advance(2_000)
    assert [c.attempt for c in centre.world.dialler.calls] == [attempt]


def test_who_dies_between_the_record_and_the_dial_is_made_good() -> None:
    centre = centre_with()
    contact = asked(centre)
    ann = centre.agent()
    centre.world.faults.crash_before("dialler.ring_into")
    with pytest.raises(Crash):
        accepted(centre, contact, ann)
    assert centre.state(contact) == "DIALING"
    centre.advance(13_000)
    assert len(centre.world.dialler.calls) == 1


def test_a_carrier_that_cannot_tell_costs_one_ring_time_out() -> None:
    centre = centre_with()
    contact = asked(centre)
    ann = centre.agent()
    centre.world.dialler.mute = True
    centre.world.faults.lose_reply("dialler.ring_into")
    accepted(centre, contact, ann)
    centre.advance(RING_MS - 1_000)
    assert (centre.state(contact), len(centre.world.dialler.calls)) == ("DIALING", 1)
    centre.advance(2_000)
    assert centre.state(contact) == "SCHEDULED"
    assert centre.agent_item(ann).slots == {}


def test_a_carrier_that_refuses_counts_as_an_attempt() -> None:
    centre = centre_with()
    contact = asked(centre)
    ann = centre.agent()
    centre.world.dialler.refused.add(contact)
    accepted(centre, contact, ann)
    back = centre.contact(contact)
    assert str(back.state) == "SCHEDULED"
    assert back.callback is not None
    assert back.callback.attempts[0].outcome == "failed"


def test_a_phone_that_only_rings_is_given_up_by_the_sweep_when_timers_are_lost() -> None:
    centre = centre_with()
    centre.world.timers.mishaps.lose = 1.0
    contact = asked(centre)
    ann = centre.agent()
    accepted(centre, contact, ann)
    centre.advance(MINUTE)
    centre.sweep()
    assert centre.state(contact) == "SCHEDULED"
    assert centre.agent_item(ann).slots == {}
    centre.advance(17 * MINUTE)
    centre.sweep()
    assert centre.state(contact) == "OFFERED"
