"""The agent is on the line, the customer is rung: what answers, what does not, what fails."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from centralino.application import agents, legs, offers, transfers
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import items as callback_items
from centralino.application.inviting import To
from centralino.domain.callbacks.model import CallbackState
from centralino.domain.callbacks.rules import RING_MS, CallbackRules
from centralino.domain.contacts.model import Channel
from centralino.domain.errors import NotFound
from centralino.domain.telephony.commands import AttemptProgressed, LegJoined, LegLeft
from tests.support.centre import KEY
from tests.unit.application.calling_back import (
    CUSTOMER,
    accepted,
    agent_leaves,
    asked,
    centre_with,
    detect,
    ended_once,
    minutes,
    sound,
    tell,
)

MINUTE = 60_000


# --------------------------------------------------------------------------- agent first


def test_the_agent_is_on_the_line_before_the_customer_is_rung() -> None:
    centre = centre_with()
    contact = asked(centre)
    ann = centre.agent()
    rid = centre.contact(contact).rid or ""
    offers.accept(centre.app, ann, contact, rid, "api")
    assert centre.world.dialler.calls == []
    legs.joined(centre.app, LegJoined(contact, "CAagent", rid))
    (call,) = centre.world.dialler.calls
    assert (call.number, call.caller_id, call.joined) == (CUSTOMER, "+390200000001", True)
    assert centre.state(contact) == "DIALING"
    sound(centre)


def test_a_callback_takes_what_a_call_takes_of_an_agent() -> None:
    centre = centre_with()
    contact = asked(centre)
    ann = centre.agent()
    assert centre.agent_item(ann).used == {Channel.VOICE: 1}
    assert centre.agent_item(ann).free == frozenset()
    frame = next(f for f in centre.world.realtime.of(ann) if f["type"] == "offer")
    assert (frame["channel"], frame["contact_id"]) == ("callback", contact)


def test_an_answer_connects_both_and_the_talk_ends_like_any() -> None:
    centre = centre_with()
    contact = asked(centre)
    ann = centre.agent()
    attempt = accepted(centre, contact, ann)
    tell(centre, attempt, "ringing")
    tell(centre, attempt, "answered")
    assert centre.state(contact) == "CONNECTED"
    tell(centre, attempt, "ended")
    assert centre.state(contact) == "WRAPUP"
    agents.dispose(centre.app, ann, contact, "resolved", "api")
    assert centre.state(contact) == "CLOSED"
    assert centre.agent_item(ann).slots == {}
    ended_once(centre)


def test_the_customer_s_leg_in_the_conversation_counts_as_an_answer() -> None:
    centre = centre_with()
    contact = asked(centre)
    attempt = accepted(centre, contact, centre.agent())
    legs.joined(centre.app, LegJoined(contact, "CAout1", attempt))
    assert (centre.state(contact), centre.contact(contact).call) == ("CONNECTED", "CAout1")


def test_its_number_is_forgotten_once_the_customer_is_reached() -> None:
    centre = centre_with()
    contact = asked(centre)
    assert callback_items.number_of(centre.app, contact, "sales") == CUSTOMER
    tell(centre, accepted(centre, contact, centre.agent()), "answered")
    assert callback_items.number_of(centre.app, contact, "sales") is None
    assert callback_items.open_after(centre.app, "sales", "", 10) == []


def test_the_number_is_in_no_contact_event_log_or_key() -> None:
    centre = centre_with()
    contact = asked(centre)
    tell(centre, accepted(centre, contact, centre.agent()), "busy")
    centre.relay()
    everywhere = [
        *map(repr, centre.world.store.contacts()),
        *map(repr, centre.world.store.agents()),
        *map(repr, centre.world.bus.published),
        *map(repr, centre.world.realtime.frames),
        *map(repr, centre.world.log.lines),
        *map(repr, centre.world.timers.pending()),
        *[f"{pk} {sk}" for pk, part in centre.world.operations._partitions.items() for sk in part],
    ]
    assert not [text for text in everywhere if CUSTOMER.lstrip("+") in text]


@pytest.mark.parametrize(
    ("outcome", "gap"),
    [("busy", 5), ("no_answer", 15), ("failed", 10), ("ended", 15), ("canceled", 10)],
)
def test_an_attempt_in_vain_comes_again_in_its_place(outcome: str, gap: int) -> None:
    centre = centre_with()
    contact = asked(centre)
    place = centre.contact(contact).virtual_time
    ann = centre.agent()
    attempt = accepted(centre, contact, ann)
    tell(centre, attempt, outcome)
    assert centre.state(contact) == "SCHEDULED"
    assert centre.agent_item(ann).slots == {}
    centre.advance(gap * MINUTE - 1_000)
    assert centre.state(contact) == "SCHEDULED"
    centre.advance(2_000)
    assert centre.state(contact) == "OFFERED"
    assert centre.contact(contact).virtual_time == place
    assert accepted(centre, contact, ann) != attempt
    sound(centre)


def test_gaps_grow_until_every_attempt_was_in_vain() -> None:
    centre = centre_with()
    contact = asked(centre)
    ann = centre.agent()
    for gap in (5, 10):
        tell(centre, accepted(centre, contact, ann), "busy")
        centre.advance(gap * MINUTE - 2_000)
        assert centre.state(contact) == "SCHEDULED"
        centre.advance(4_000)
        assert centre.state(contact) == "OFFERED"
    tell(centre, accepted(centre, contact, ann), "busy")
    back = centre.contact(contact)
    assert (str(back.state), back.callback and back.callback.state) == (
        "CLOSED",
        CallbackState.EXHAUSTED,
    )
    assert len(centre.world.dialler.calls) == 3
    assert centre.agent_item(ann).slots == {}
    ended_once(centre)


def test_a_wrap_up_after_nobody_was_reached_is_the_queue_s_choice() -> None:
    centre = centre_with(CallbackRules(wrap_up=True))
    contact = asked(centre)
    ann = centre.agent()
    tell(centre, accepted(centre, contact, ann), "no_answer")
    assert len(centre.agent_item(ann).slots) == 1
    centre.advance(61_000)
    assert centre.agent_item(ann).slots == {}
    assert centre.state(contact) == "SCHEDULED"
    sound(centre)


def test_the_agent_who_leaves_while_it_rings_costs_a_ring_time_out_and_no_more() -> None:
    centre = centre_with()
    contact = asked(centre)
    ann = centre.agent()
    attempt = accepted(centre, contact, ann)
    rid = centre.contact(contact).rid or ""
    agent_leaves(centre, contact, rid)
    assert centre.state(contact) == "SCHEDULED"
    assert ("drop_agent", attempt) in [(c.method, c.rid) for c in centre.world.media.calls]
    tell(centre, attempt, "answered")  # too late: nobody is there
    assert centre.state(contact) == "SCHEDULED"
    centre.advance(RING_MS + 1_000)
    assert centre.state(contact) == "OFFERED"


def test_an_agent_may_hang_up_while_it_rings() -> None:
    centre = centre_with()
    contact = asked(centre)
    ann = centre.agent()
    accepted(centre, contact, ann)
    agents.hang_up(centre.app, ann, contact, "api")
    assert centre.state(contact) == "SCHEDULED"
    assert centre.agent_item(ann).slots == {}


def test_a_declined_callback_goes_to_the_next_agent() -> None:
    centre = centre_with()
    contact = asked(centre)
    ann = centre.agent()
    rid = centre.contact(contact).rid or ""
    offers.decline(centre.app, ann, contact, rid, "busy", "api")
    assert centre.state(contact) == "WAITING"
    centre.agent("bob")
    assert centre.contact(contact).agent == "ag_bob"


# --------------------------------------------------------------------------- a call like any


def test_who_hangs_up_while_handed_on_to_another_queue_waits_no_more() -> None:
    centre = centre_with()
    contact = asked(centre)
    ann = centre.agent()
    attempt = accepted(centre, contact, ann)
    tell(centre, attempt, "answered")
    transfers.transfer(centre.app, ann, contact, To(queue="support"), KEY, "api")
    assert centre.state(contact) == "WAITING"
    tell(centre, attempt, "ended", call="CAother")
    assert centre.state(contact) == "WAITING"
    tell(centre, attempt, "ended")
    assert centre.state(contact) == "ABANDONED"


def test_a_customer_s_leg_that_we_move_is_no_hang_up() -> None:
    """Handed on, the next agent may be there before the carrier tells that the leg was moved."""
    centre = centre_with()
    contact = asked(centre)
    attempt = accepted(centre, contact, centre.agent())
    tell(centre, attempt, "answered")
    call = centre.contact(contact).call or ""
    legs.left(centre.app, LegLeft(contact, call, attempt, "moved"))
    assert centre.state(contact) == "CONNECTED"
    legs.left(centre.app, LegLeft(contact, call, attempt, "hung_up"))
    assert centre.state(contact) == "WRAPUP"


def test_an_answer_and_an_end_at_the_same_moment_are_an_end() -> None:
    centre = centre_with()
    contact = asked(centre)
    attempt = accepted(centre, contact, centre.agent())
    (call,) = [dialled.call for dialled in centre.world.dialler.calls]

    class AnsweredMeanwhile:
        """The other message is taken between the first look at the contact and the second."""

        def __init__(self) -> None:
            self.looks = 0

        def __getattr__(self, name: str) -> Any:
            return getattr(centre.app.store, name)

        def contact(self, contact_id: str) -> Any:
            self.looks += 1
            if self.looks == 2:
                tell(centre, attempt, "answered")
            return centre.app.store.contact(contact_id)

    app = replace(centre.app, store=AnsweredMeanwhile())
    callbacks.attempt_progressed(app, AttemptProgressed(contact, attempt, call, "ended", "w"))
    assert centre.state(contact) == "WRAPUP"


# --------------------------------------------------------------------------- machines


def test_a_machine_is_not_the_customer() -> None:
    centre = centre_with(CallbackRules(detect=True))
    contact = asked(centre)
    ann = centre.agent()
    attempt = accepted(centre, contact, ann)
    assert centre.world.dialler.calls[0].detect
    tell(centre, attempt, "answered")
    assert centre.state(contact) == "DIALING"
    detect(centre, attempt, "machine")
    assert centre.state(contact) == "SCHEDULED"
    assert centre.agent_item(ann).slots == {}
    assert ("drop_agent", attempt) in [(c.method, c.rid) for c in centre.world.media.calls]


@pytest.mark.parametrize("who", ["human", "unknown", None])
def test_whoever_is_no_machine_is_talked_to(who: str | None) -> None:
    centre = centre_with(CallbackRules(detect=True))
    contact = asked(centre)
    attempt = accepted(centre, contact, centre.agent())
    tell(centre, attempt, "answered")
    if who is not None:
        detect(centre, attempt, who)
    else:
        centre.advance(7_000)  # the carrier never tells
    assert centre.state(contact) == "CONNECTED"


def test_what_is_told_of_the_answer_after_the_talk_began_changes_nothing() -> None:
    centre = centre_with()
    contact = asked(centre)
    attempt = accepted(centre, contact, centre.agent())
    tell(centre, attempt, "answered")
    detect(centre, attempt, "machine")
    assert centre.state(contact) == "CONNECTED"


@pytest.mark.parametrize("outcome", ["ringing", "answered", "busy", "no_answer", "ended"])
def test_what_is_told_of_an_earlier_attempt_changes_nothing(outcome: str) -> None:
    centre = centre_with()
    contact = asked(centre)
    ann = centre.agent()
    first = accepted(centre, contact, ann)
    tell(centre, first, "busy")
    centre.advance(5 * MINUTE + 1_000)
    second = accepted(centre, contact, ann)
    before = centre.contact(contact)
    tell(centre, first, outcome)
    assert centre.contact(contact) == before
    tell(centre, second, "answered")
    assert centre.state(contact) == "CONNECTED"


def test_attempts_of_nobody_are_not_known() -> None:
    centre = centre_with()
    with pytest.raises(NotFound):
        tell(centre, "cb_00000000000000000000000000#1", "answered")


def test_the_sweep_does_not_take_a_callback_for_a_caller_who_has_gone() -> None:
    centre = centre_with()
    contact = asked(centre)
    centre.world.media.gone.add(contact)
    minutes(centre, 3)
    assert centre.state(contact) == "WAITING"
