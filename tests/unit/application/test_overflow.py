"""Closed, full and late queues, from the call's first step to its last word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application import calls, offers, timers, transfers
from centralino.application.inviting import To
from centralino.application.ports import Timer
from centralino.domain.configuration.hours import Hours, Interval
from centralino.domain.configuration.model import Overflow
from centralino.domain.contacts.model import ContactState
from centralino.domain.errors import RuleViolation, TransientDependency
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.commands import PresentAsked, WaitContinued
from tests.support.centre import KEY, Centre, text

DAY_MS = 24 * 3_600_000
LATE = Overflow("late", "queue", limit=60_000, queue="support")


@pytest.fixture
def centre() -> Centre:
    return Centre()


def put_in_force(
    centre: Centre, *ways: Overflow, opens: Interval | None = None, queue: str = "sales"
) -> None:
    """Give a queue these ways out and, if told, opening hours in UTC every day."""
    rules = centre.app.configuration.current()
    changed = replace(rules.queues[queue], overflow=ways, hours="day" if opens else None)
    hours = {"day": Hours("day", "UTC", ((opens,) if opens else (),) * 7)}
    rules = replace(
        rules,
        version=rules.version + 1,
        queues={**rules.queues, queue: changed},
        hours={**rules.hours, **hours} if opens else rules.hours,
    )
    rules = replace(
        rules, flows={k: replace(f, version=rules.version) for k, f in rules.flows.items()}
    )
    centre.world.configuration.publish(rules)


def shut(centre: Centre, *ways: Overflow, in_minutes: int = 0) -> None:
    """Have sales close in so many minutes."""
    minute = (int(centre.world.clock.now()) % DAY_MS) // 60_000
    closes = minute + in_minutes
    put_in_force(centre, *ways, opens=Interval(max(0, closes - 300), closes) if closes else None)


def talk(centre: Centre, contact_id: str, agent: str) -> None:
    """Have the agent who is being rung accept, and both legs join."""
    rid = centre.contact(contact_id).rid or ""
    offers.accept(centre.app, agent, contact_id, rid, "api")
    centre.agent_joins(contact_id, rid)
    centre.caller_joins(contact_id)


def spoken(actions: list[act.Action]) -> list[str]:
    return [action.text for action in actions if isinstance(action, act.Say)]


def events(centre: Centre, contact_id: str) -> list[str]:
    centre.relay()
    return [o.type for o in centre.world.bus.published if o.entity_id == contact_id]


def test_a_caller_to_a_closed_queue_hears_why_and_the_call_ends(centre: Centre) -> None:
    centre.advance(3 * 3_600_000)
    shut(centre, Overflow("closed", "message", texts=text("we open at nine")))
    contact_id = centre.ring("CA1")
    actions = centre.press(contact_id, "1")
    assert spoken(actions) == ["we open at nine (it)"]
    assert isinstance(actions[-1], act.Hangup)
    assert centre.contact(contact_id).state is ContactState.OVERFLOWED
    assert events(centre, contact_id) == ["ContactStarted", "ContactOverflowed"]


def test_a_closed_queue_without_words_of_its_own_still_says_so(centre: Centre) -> None:
    centre.advance(3 * 3_600_000)
    shut(centre)
    actions = centre.press(centre.ring("CA1"), "1")
    assert spoken(actions)[0].startswith("In questo momento siamo chiusi")
    assert isinstance(actions[-1], act.Hangup)


def test_a_message_delivered_twice_is_heard_and_recorded_once(centre: Centre) -> None:
    centre.advance(3 * 3_600_000)
    shut(centre)
    contact_id = centre.ring("CA1")
    first = centre.press(contact_id, "1")
    version = centre.contact(contact_id).version
    assert centre.press(contact_id, "1") == first
    assert centre.contact(contact_id).version == version


def test_a_full_queue_sends_the_next_caller_to_another(centre: Centre) -> None:
    put_in_force(centre, Overflow("full", "queue", limit=2, queue="support"))
    inside = [centre.queue("CA1"), centre.queue("CA2")]
    outside = centre.queue("CA3")
    assert [centre.contact(c).queue for c in inside] == ["sales", "sales"]
    assert centre.contact(outside).queue == "support"
    assert events(centre, outside) == ["ContactStarted", "ContactOverflowed", "ContactEnqueued"]


def test_room_in_a_full_queue_is_given_again_once_somebody_leaves(centre: Centre) -> None:
    put_in_force(centre, Overflow("full", "queue", limit=1, queue="support"))
    first = centre.queue("CA1")
    centre.caller_leaves(first)
    assert centre.contact(centre.queue("CA2")).queue == "sales"


def test_who_waits_too_long_goes_on_to_another_queue_in_the_old_place(centre: Centre) -> None:
    put_in_force(centre, LATE)
    contact_id = centre.queue()
    place = centre.contact(contact_id).virtual_time
    bob = centre.agent("bob", "support")
    centre.advance(59_999)
    assert centre.contact(contact_id).queue == "sales"
    centre.advance(1)
    after = centre.contact(contact_id)
    assert (after.queue, after.agent, after.leg) == ("support", bob, 2)
    assert after.virtual_time == place


def test_a_timer_that_comes_twice_or_late_moves_a_contact_once(centre: Centre) -> None:
    put_in_force(centre, LATE)
    contact_id = centre.queue()
    centre.advance(60_000)
    moved = centre.contact(contact_id)
    assert moved.queue == "support"
    for leg in ("1", "2"):
        timers.fire(centre.app, Timer("overflow", contact_id, leg), "again")
    assert centre.contact(contact_id) == moved


def test_a_lost_timer_is_made_good_by_the_sweep(centre: Centre) -> None:
    put_in_force(centre, LATE)
    contact_id = centre.queue()
    centre.world.clock.move_to(centre.world.clock.now() + 61_000)
    centre.sweep()
    assert centre.contact(contact_id).queue == "support"


def test_nobody_waits_whose_timer_could_not_be_sent(centre: Centre) -> None:
    put_in_force(centre, LATE)
    contact_id = centre.ring("CA1")
    centre.world.faults.refuse("timers.send")
    with pytest.raises(TransientDependency):
        centre.press(contact_id, "1")
    assert centre.contact(contact_id).state is ContactState.IVR
    centre.press(contact_id, "1")
    assert centre.contact(contact_id).state is ContactState.WAITING


def test_a_ringing_contact_is_left_alone_and_looked_at_again_after_the_offer(
    centre: Centre,
) -> None:
    put_in_force(centre, replace(LATE, limit=5_000))
    centre.advance(0)
    contact_id = centre.queue()
    ann = centre.agent("ann")
    assert centre.contact(contact_id).agent == ann
    centre.advance(5_000)  # unacknowledged: the offer is withdrawn at three seconds
    waiting = centre.contact(contact_id)
    assert (waiting.state, waiting.queue) == (ContactState.WAITING, "support")


def test_an_accepted_contact_is_never_sent_on(centre: Centre) -> None:
    put_in_force(centre, replace(LATE, limit=2_000))
    ann = centre.agent("ann")
    contact_id = centre.queue()
    talk(centre, contact_id, ann)
    centre.advance(120_000)
    assert centre.contact(contact_id).queue == "sales"
    assert centre.contact(contact_id).state is ContactState.CONNECTED


def test_who_waited_too_long_for_a_message_hears_it_and_leaves(centre: Centre) -> None:
    put_in_force(centre, Overflow("late", "message", limit=60_000, texts=text("call later")))
    contact_id = centre.queue()
    centre.advance(60_000)
    gone = centre.contact(contact_id)
    assert gone.state is ContactState.OVERFLOWED
    assert centre.world.media.calls[-1].method == "bring_caller"
    call = gone.call or ""
    for command in (PresentAsked(contact_id, call, "p"), WaitContinued(contact_id, call, "w")):
        actions = calls.handle(centre.app, command, KEY)
        assert spoken(actions) == ["call later (it)"]
        assert isinstance(actions[-1], act.Hangup)
    centre.caller_leaves(contact_id)
    assert centre.contact(contact_id).state is ContactState.OVERFLOWED
    assert events(centre, contact_id)[-1] == "ContactOverflowed"


def test_dying_before_the_caller_is_fetched_leaves_the_waiting_loop_to_say_it(
    centre: Centre,
) -> None:
    put_in_force(centre, Overflow("late", "message", limit=60_000, texts=text("call later")))
    contact_id = centre.queue()
    centre.world.faults.crash_before("media.bring_caller")
    with pytest.raises(Crash):
        centre.advance(60_000)
    call = centre.contact(contact_id).call or ""
    actions = calls.handle(centre.app, WaitContinued(contact_id, call, "w"), KEY)
    assert spoken(actions) == ["call later (it)"]


def test_closing_sends_on_those_who_still_wait(centre: Centre) -> None:
    centre.advance(6 * 3_600_000)
    shut(centre, Overflow("closed", "queue", queue="support"), in_minutes=10)
    contact_id = centre.queue()
    centre.advance(9 * 60_000)
    assert centre.contact(contact_id).queue == "sales"
    centre.advance(60_000)
    assert centre.contact(contact_id).queue == "support"


def test_closing_without_a_rule_keeps_those_who_wait(centre: Centre) -> None:
    centre.advance(6 * 3_600_000)
    shut(centre, in_minutes=10)
    contact_id = centre.queue()
    centre.advance(60 * 60_000)
    centre.sweep()
    assert centre.contact(contact_id).state is ContactState.WAITING


def test_nobody_is_sent_on_to_a_queue_that_is_full(centre: Centre) -> None:
    put_in_force(centre, LATE)
    put_in_force(centre, Overflow("full", "message", limit=1), queue="support")
    centre.queue("CA9", "2")
    contact_id = centre.queue()
    centre.advance(61_000)
    centre.sweep()
    assert centre.contact(contact_id).queue == "sales"


def test_an_agent_is_told_that_a_queue_is_closed_instead_of_losing_the_caller(
    centre: Centre,
) -> None:
    centre.advance(6 * 3_600_000)
    ann = centre.agent("ann", "support")
    contact_id = centre.queue(digits="2")
    talk(centre, contact_id, ann)
    shut(centre)
    with pytest.raises(RuleViolation) as refused:
        transfers.transfer(centre.app, ann, contact_id, To(queue="sales"), KEY, "api")
    assert refused.value.code == "queue_closed"
    put_in_force(centre, Overflow("full", "message", limit=1))
    centre.queue("CA2")
    with pytest.raises(RuleViolation) as refused:
        transfers.transfer(centre.app, ann, contact_id, To(queue="sales"), KEY, "api")
    assert refused.value.code == "queue_full"
    assert centre.contact(contact_id).state is ContactState.CONNECTED


def test_a_transfer_repeated_after_the_queue_filled_up_still_stands(centre: Centre) -> None:
    ann = centre.agent("ann", "support")
    contact_id = centre.queue(digits="2")
    talk(centre, contact_id, ann)
    put_in_force(centre, Overflow("full", "message", limit=1))
    transfers.transfer(centre.app, ann, contact_id, To(queue="sales"), KEY, "api")
    after = centre.contact(contact_id)
    assert (after.state, after.queue) == (ContactState.WAITING, "sales")
    transfers.transfer(centre.app, ann, contact_id, To(queue="sales"), KEY, "api")
    assert centre.contact(contact_id) == after
