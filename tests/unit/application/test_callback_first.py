"""Customers who are rung before an agent is found, told as the carrier tells it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.application import agents, calls, offers
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import items
from centralino.domain.agents.model import AgentState
from centralino.domain.callbacks.model import Mode
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.telephony import actions as act
from centralino.domain.telephony import phrases
from centralino.domain.telephony.commands import (
    AttemptProgressed,
    CallProgressed,
    PresentAsked,
    WaitContinued,
)
from tests.support.centre import KEY, Centre
from tests.unit.application.calling_back import (
    CUSTOMER,
    asked,
    centre_with,
    current,
    detect,
    ended_once,
    sound,
    tell,
    types,
)

FIRST = CallbackRules(mode=Mode.CUSTOMER_FIRST)
MACHINE = {"en": "we called", "it": "abbiamo chiamato"}


def rung(rules: CallbackRules = FIRST) -> tuple[Centre, str, str]:
    """Return a centre with a free agent, whose customer's phone rings: contact and attempt."""
    centre = centre_with(rules)
    centre.agent()
    contact = asked(centre)
    centre.relay()
    centre.advance(1)
    assert centre.state(contact) == "DIALING"
    attempt = current(centre, contact)
    tell(centre, attempt, "ringing")
    return centre, contact, attempt


def answers(centre: Centre, contact: str, attempt: str) -> list[act.Action]:
    """Let the customer answer: the carrier asks what the call should do, then tells it."""
    call = centre.world.dialler.calls[-1].call
    heard = calls.handle(centre.app, PresentAsked(contact, call, "w", attempt), KEY)
    tell(centre, attempt, "answered")
    return heard


def served(centre: Centre, contact: str, agent: str = "ag_ann") -> None:
    """Let the agent take the waiting customer."""
    rid = centre.contact(contact).rid or ""
    offers.accept(centre.app, agent, contact, rid, "api")
    centre.agent_joins(contact, rid)
    centre.caller_joins(contact)


def test_the_customer_is_rung_answers_waits_and_is_served() -> None:
    centre, contact, attempt = rung()
    (call,) = centre.world.dialler.calls
    assert (call.number, call.joined, call.attempt) == (CUSTOMER, False, attempt)
    heard = answers(centre, contact, attempt)
    assert heard == [act.Say(phrases.CALLED_BACK["it"], "it"), act.Queue(contact)]
    assert centre.state(contact) == "OFFERED"
    assert centre.contact(contact).call == call.call
    served(centre, contact)
    after = centre.contact(contact)
    assert str(after.state) == "CONNECTED"
    assert types(after) == ["CallbackConnected", "ContactConnected"]
    assert after.callback is not None
    assert str(after.callback.state) == "CONNECTED"
    tell(centre, attempt, "ended")
    assert centre.state(contact) == "WRAPUP"
    sound(centre)
    ended_once(centre)


def test_the_webhooks_of_an_answer_may_come_in_any_order_and_twice() -> None:
    centre, contact, attempt = rung()
    tell(centre, attempt, "answered")
    before = centre.contact(contact)
    for _ in range(2):
        heard = answers(centre, contact, attempt)
        assert heard[-1] == act.Queue(contact)
    assert centre.contact(contact) == before
    sound(centre)


def test_a_waiting_customer_hears_the_loop_that_callers_hear_and_keeps_the_old_place() -> None:
    centre, contact, attempt = rung()
    asking = centre.contact(contact).previous
    assert asking is not None
    place = centre.contact(asking).virtual_time
    answers(centre, contact, attempt)
    waiting = centre.contact(contact)
    assert waiting.virtual_time == place
    assert waiting.call is not None
    heard = calls.handle(centre.app, WaitContinued(contact, waiting.call, "w"), KEY)
    assert isinstance(heard[-1], act.Pause)


def test_who_hangs_up_before_an_agent_comes_is_tried_again_and_was_no_abandoned_call() -> None:
    centre, contact, attempt = rung()
    answers(centre, contact, attempt)
    call = centre.contact(contact).call or ""
    told = CallProgressed("twilio", call, "completed", True, contact)
    for _ in range(2):
        calls.handle(centre.app, told, KEY)
    tell(centre, attempt, "ended")
    after = centre.contact(contact)
    assert (str(after.state), after.call, after.rid) == ("SCHEDULED", None, None)
    assert types(after) == ["OfferRescinded", "CallbackUnreached", "CallbackPostponed"]
    assert after.callback is not None
    assert [str(a.outcome) for a in after.callback.attempts] == ["left"]
    assert centre.agent_item("ag_ann").slots == {}
    centre.advance(FIRST.busy_ms)
    assert centre.state(contact) == "DIALING"
    assert len(centre.world.dialler.calls) == 2
    sound(centre)


def test_who_hangs_up_on_the_last_try_has_exhausted_it_even_while_it_rings_an_agent() -> None:
    centre, contact, attempt = rung(replace(FIRST, tries=1))
    answers(centre, contact, attempt)
    assert centre.state(contact) == "OFFERED"
    tell(centre, attempt, "ended")
    after = centre.contact(contact)
    assert after.callback is not None
    assert (str(after.state), str(after.callback.state)) == ("CLOSED", "EXHAUSTED")
    sound(centre)
    ended_once(centre)


def test_an_agent_on_the_way_is_told_off_when_the_customer_leaves() -> None:
    centre, contact, attempt = rung()
    answers(centre, contact, attempt)
    rid = centre.contact(contact).rid or ""
    offers.accept(centre.app, "ag_ann", contact, rid, "api")
    tell(centre, attempt, "ended")
    assert centre.state(contact) == "SCHEDULED"
    dropped = [c.rid for c in centre.world.media.calls if c.method == "drop_agent"]
    assert rid in dropped
    centre.agent_joins(contact, rid)  # its leg joins only now: it is dropped again
    assert centre.state(contact) == "SCHEDULED"
    sound(centre)


def test_a_lost_hang_up_is_found_by_the_sweep_and_counts_as_one() -> None:
    centre, contact, attempt = rung(replace(FIRST, tries=1))
    agents.set_state(centre.app, "ag_ann", AgentState.NOT_READY, "break", "api")
    answers(centre, contact, attempt)
    assert centre.state(contact) == "WAITING"
    centre.world.media.gone.add(contact)
    for _ in range(4):
        centre.advance(60_000)
        centre.sweep()
    after = centre.contact(contact)
    assert after.callback is not None
    assert str(after.callback.state) == "EXHAUSTED"
    ended_once(centre)


@pytest.mark.parametrize("outcome", ["busy", "no_answer", "failed"])
def test_a_phone_that_is_not_answered_is_tried_again_by_the_rules(outcome: str) -> None:
    centre, contact, attempt = rung()
    tell(centre, attempt, outcome)
    after = centre.contact(contact)
    assert str(after.state) == "SCHEDULED"
    assert after.callback is not None
    assert [str(a.outcome) for a in after.callback.attempts] == [outcome]
    assert after.segments == ()


def test_nobody_is_rung_while_no_agent_is_expected_and_everybody_is_before_it_is_too_late() -> None:
    centre = centre_with(replace(FIRST, expire_ms=20 * 60_000))
    contact = asked(centre)
    centre.relay()
    centre.advance(17 * 60_000)
    assert centre.world.dialler.calls == []
    assert centre.state(contact) == "SCHEDULED"
    centre.advance(61_000)
    assert len(centre.world.dialler.calls) == 1


def test_looking_in_between_has_nobody_looked_at_more_often() -> None:
    centre = centre_with(FIRST)
    contact = asked(centre)
    centre.relay()
    centre.advance(1)
    for _ in range(5):
        callbacks.look(centre.app, contact, "sweep")
        centre.sweep()
    centre.advance(60_000)
    waiting = [timer for _, _, timer in centre.world.timers._queue if timer.kind == "callback"]
    assert len(waiting) == 1


def test_one_free_agent_has_one_customer_rung() -> None:
    centre = centre_with(FIRST)
    centre.agent()
    first, second = asked(centre, "CA1"), asked(centre, "CA2", number="+393337654321")
    centre.relay()
    centre.advance(20_000)
    assert [call.contact for call in centre.world.dialler.calls] == [first]
    tell(centre, current(centre, first), "busy")
    centre.advance(10_001)
    assert [call.contact for call in centre.world.dialler.calls] == [first, second]


def test_a_machine_is_left_what_was_recorded_for_it() -> None:
    rules = replace(FIRST, detect=True, machine_message=MACHINE)
    centre, contact, attempt = rung(rules)
    (call,) = centre.world.dialler.calls
    assert (call.detect, call.message) == (True, True)
    heard = answers(centre, contact, attempt)
    assert heard[-1] == act.Queue(contact)
    assert centre.state(contact) == "DIALING"
    detect(centre, attempt, "machine")
    after = centre.contact(contact)
    assert after.callback is not None
    assert [str(a.outcome) for a in after.callback.attempts] == ["machine"]
    assert centre.world.media.calls[-1].method == "bring_caller"
    told = [act.Say(MACHINE["it"], "it"), act.Hangup()]
    assert calls.handle(centre.app, PresentAsked(contact, call.call, "w"), KEY) == told
    # Where the redirect was lost, the loop of the queue says the same.
    assert calls.handle(centre.app, WaitContinued(contact, call.call, "w"), KEY) == told


def test_a_machine_without_a_message_is_hung_up_on() -> None:
    centre, contact, attempt = rung(replace(FIRST, detect=True))
    call = centre.world.dialler.calls[0].call
    answers(centre, contact, attempt)
    detect(centre, attempt, "machine")
    assert centre.world.media.calls[-1].method == "hang_up"
    assert calls.handle(centre.app, PresentAsked(contact, call, "w"), KEY) == [act.Hangup()]


def test_a_machine_told_of_late_is_taken_out_of_the_line() -> None:
    centre, contact, attempt = rung(replace(FIRST, detect=True))
    answers(centre, contact, attempt)
    centre.advance(6_500)
    assert centre.state(contact) in ("WAITING", "OFFERED")
    detect(centre, attempt, "machine")
    after = centre.contact(contact)
    assert str(after.state) == "SCHEDULED"
    assert after.callback is not None
    assert [str(a.outcome) for a in after.callback.attempts] == ["machine"]
    sound(centre)


def test_a_machine_told_of_late_on_the_last_try_is_left_the_message_too() -> None:
    rules = replace(FIRST, detect=True, machine_message=MACHINE, tries=1)
    centre, contact, attempt = rung(rules)
    call = centre.world.dialler.calls[0].call
    answers(centre, contact, attempt)
    detect(centre, attempt, "unknown")
    assert centre.contact(contact).answers_callback
    detect(centre, attempt, "machine")
    after = centre.contact(contact).callback
    assert after is not None
    assert after.state == "EXHAUSTED"
    told = [act.Say(MACHINE["it"], "it"), act.Hangup()]
    assert calls.handle(centre.app, PresentAsked(contact, call, "w"), KEY) == told
    assert calls.handle(centre.app, WaitContinued(contact, call, "w"), KEY) == told


def test_a_machine_is_not_counted_among_the_phones_that_ring() -> None:
    centre, contact, attempt = rung(replace(FIRST, detect=True))
    assert items.ringing_in(centre.app, "sales", 0) == 1
    answers(centre, contact, attempt)
    detect(centre, attempt, "machine")
    assert items.ringing_in(centre.app, "sales", 0) == 0


def test_a_machine_told_of_once_an_agent_talks_changes_nothing() -> None:
    centre, contact, attempt = rung(replace(FIRST, detect=True))
    answers(centre, contact, attempt)
    centre.advance(6_500)
    served(centre, contact)
    detect(centre, attempt, "machine")
    assert centre.state(contact) == "CONNECTED"


def test_who_says_nothing_is_a_person_and_hears_the_greeting_twice_at_most() -> None:
    centre, contact, attempt = rung(replace(FIRST, detect=True))
    call = centre.world.dialler.calls[0].call
    heard = answers(centre, contact, attempt)
    for _ in range(3):
        heard += calls.handle(centre.app, WaitContinued(contact, call, "w"), KEY)
    said = [a for a in heard if isinstance(a, act.Say)]
    assert said == [act.Say(phrases.CALLED_BACK["it"], "it")] * 2
    detect(centre, attempt, "unknown")
    assert centre.state(contact) in ("WAITING", "OFFERED")


def test_words_of_the_queue_s_own_are_said() -> None:
    centre, contact, attempt = rung(replace(FIRST, greeting={"it": "eccoci"}))
    assert answers(centre, contact, attempt)[0] == act.Say("eccoci", "it")


def test_an_answer_after_the_attempt_was_given_up_is_ended() -> None:
    centre, contact, attempt = rung()
    call = centre.world.dialler.calls[0].call
    centre.advance(46_000)
    assert centre.state(contact) == "SCHEDULED"
    heard = calls.handle(centre.app, PresentAsked(contact, call, "w", attempt), KEY)
    assert heard == [act.Hangup()]
    told = AttemptProgressed(contact, attempt, call, "answered", "w")
    calls.handle(centre.app, told, KEY)
    assert centre.state(contact) == "SCHEDULED"


@pytest.mark.parametrize("answered", [True, False])
def test_a_request_taken_back_ends_the_call_to_the_customer(answered: bool) -> None:
    centre, contact, attempt = rung()
    if answered:
        answers(centre, contact, attempt)
    callbacks.cancel(centre.app, "cb_" + contact[3:], "agent", "api")
    assert "hang_up" in [c.method for c in centre.world.media.calls]
    assert centre.state(contact) == "CANCELLED"
    sound(centre)
    ended_once(centre)


def test_a_waiting_customer_is_put_off_by_no_closing_time_and_expires_in_no_line() -> None:
    centre, contact, attempt = rung(replace(FIRST, expire_ms=5 * 60_000))
    agents.set_state(centre.app, "ag_ann", AgentState.NOT_READY, "break", "api")
    answers(centre, contact, attempt)
    for _ in range(8):
        centre.advance(60_000)
        centre.sweep()
        callbacks.look(centre.app, contact, "w")
    assert centre.state(contact) == "WAITING"
    centre.ready("ag_ann")
    assert centre.state(contact) == "OFFERED"
    served(centre, contact)
    assert centre.state(contact) == "CONNECTED"
