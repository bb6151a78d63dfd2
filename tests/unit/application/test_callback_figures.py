"""The worked example of a callback, told by the product's own events, and the figures over it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from centralino.application import agents, legs, offers, promises
from centralino.application.callbacks import commands as callbacks
from centralino.contracts.envelope import detail
from centralino.domain.agents.model import AgentState
from centralino.domain.callbacks.model import Mode, contact_of
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.configuration.hours import Hours, Interval
from centralino.domain.configuration.model import Announce
from centralino.domain.kpi import Parameters, Population, compute, contact_facts
from centralino.domain.kpi.callback_promises import callback_promises
from centralino.domain.kpi.promises import Verdict, judge, judge_all
from centralino.domain.kpi.wait_promises import wait_promises
from centralino.domain.telephony.commands import LegJoined
from tests.support.announcing import teach
from tests.support.centre import Centre
from tests.unit.application.calling_back import (
    ask,
    caller,
    centre_with,
    configuration_with,
    current,
    tell,
)

CALLBACKS = Parameters(population=Population.CALLBACK)


def at(hours: int, minutes: int, seconds: int = 0) -> int:
    day = datetime(2026, 1, 5, hours, minutes, seconds, tzinfo=UTC)
    return int(day.timestamp() * 1000)


def go_to(centre: Centre, moment: int) -> None:
    """Let time pass up to a moment, the relay looking on."""
    centre.advance(moment - centre.app.clock.now())
    centre.relay()


def log_of(centre: Centre) -> list[dict[str, Any]]:
    """Return everything published, as the event log keeps it."""
    centre.relay()
    return [
        {"detail-type": told.type, "source": "centralino.contacts", "detail": detail(told)}
        for told in centre.world.bus.published
        if told.entity_id.startswith("ct_")
    ]


@pytest.fixture(scope="module")
def story() -> tuple[list[dict[str, Any]], str, str]:
    """Inbound 11:35, chosen 11:37, delay 99 s, accepted 11:39, rung 11:39:10, met 11:39:25."""
    centre = centre_with(CallbackRules(delay_ms=99_000))
    go_to(centre, at(11, 35))
    asking = caller(centre)
    go_to(centre, at(11, 37))
    answer = ask(centre, asking)
    back = contact_of(answer.callback_id or "")
    ann = centre.agent()
    go_to(centre, at(11, 38, 39))
    assert centre.state(back) == "OFFERED"
    rid = centre.contact(back).rid or ""
    offers.acknowledge(centre.app, ann, rid, "page")
    go_to(centre, at(11, 39))
    offers.accept(centre.app, ann, back, rid, "api")
    go_to(centre, at(11, 39, 4))
    legs.joined(centre.app, LegJoined(back, "CAagent", rid))
    go_to(centre, at(11, 39, 10))
    tell(centre, current(centre, back), "ringing")
    go_to(centre, at(11, 39, 25))
    tell(centre, current(centre, back), "answered")
    go_to(centre, at(11, 45))
    tell(centre, current(centre, back), "ended")
    go_to(centre, at(11, 45, 30))
    agents.dispose(centre.app, ann, back, "resolved", "api")
    return log_of(centre), asking.id, back


def test_the_queue_duration_is_120_seconds_over_two_linked_contacts(
    story: tuple[list[dict[str, Any]], str, str],
) -> None:
    log, asking, back = story
    facts = {fact.contact_id: fact for fact in contact_facts(log)}
    value = compute("queue_duration", facts.values(), CALLBACKS)
    assert (value.value, value.contact_ids) == (120_000, (back,))
    assert facts[back].previous_id == asking
    assert facts[back].requested_ms == at(11, 37)
    assert facts[back].enqueued_ms == at(11, 38, 39)
    assert facts[back].answered_ms == at(11, 39, 25)
    served = compute("time_to_service", facts.values())
    assert (served.value, served.contact_ids) == (at(11, 39, 25) - at(11, 35), (back,))


def test_the_asking_contact_is_neither_answered_nor_abandoned(
    story: tuple[list[dict[str, Any]], str, str],
) -> None:
    facts = contact_facts(story[0])
    names = ("entered", "offered", "answered", "abandoned", "callback_requested")
    counts = [compute(name, facts).value for name in names]
    assert counts == [1, 1, 0, 0, 1]
    assert compute("callback_contacts", facts).value == 1
    assert compute("aht", facts, CALLBACKS).value == at(11, 45, 30) - at(11, 39, 25)


def test_attempts_in_vain_leave_one_leg_and_one_answer() -> None:
    centre = centre_with()
    asking = caller(centre)
    back = contact_of(ask(centre, asking).callback_id or "")
    ann = centre.agent()
    for outcome in ("busy", "answered"):
        rid = centre.contact(back).rid or ""
        offers.accept(centre.app, ann, back, rid, "api")
        legs.joined(centre.app, LegJoined(back, "CAagent", rid))
        tell(centre, current(centre, back), outcome)
        if outcome == "busy":
            centre.advance(5 * 60_000 + 1_000)
    facts = {fact.contact_id: fact for fact in contact_facts(log_of(centre))}[back]
    assert (len(facts.legs), len(facts.segments), facts.answered) == (1, 1, True)


def test_the_product_s_own_promise_is_judged_by_its_own_ring() -> None:
    centre = centre_with(CallbackRules(delay_ms=60_000))
    teach(centre)
    answer = ask(centre, caller(centre))
    assert answer.window is not None
    assert answer.expected_at is not None
    assert answer.window[0] <= answer.expected_at < answer.window[1]
    back = contact_of(answer.callback_id or "")
    ann = centre.agent()
    centre.advance(61_000)
    rid = centre.contact(back).rid or ""
    offers.accept(centre.app, ann, back, rid, "api")
    legs.joined(centre.app, LegJoined(back, "CAagent", rid))
    centre.advance(max(0, answer.window[0] - centre.app.clock.now()))
    tell(centre, current(centre, back), "answered")
    (promise,) = callback_promises(log_of(centre))
    assert promise.fulfilled_ms is not None
    assert judge(promise, centre.app.clock.now()) is Verdict.KEPT
    assert callbacks.known(centre.app, answer.callback_id or "").id == promise.contact_id


def test_a_wait_told_to_who_was_rung_first_goes_with_their_call() -> None:
    """They hang up, are rung again much later, and meet an agent then: no wait was broken."""
    rules = configuration_with(CallbackRules(mode=Mode.CUSTOMER_FIRST))
    announce = Announce(wait=True, every_ms=1_000)
    queues = {name: replace(queue, announce=announce) for name, queue in rules.queues.items()}
    centre = Centre(rules=replace(rules, queues=queues))
    ann = centre.agent()
    back = contact_of(ask(centre, caller(centre)).callback_id or "")
    centre.relay()
    for _ in range(2):
        for _ in range(40):
            if centre.state(back) != "DIALING":
                centre.advance(10_000)
        agents.set_state(centre.app, ann, AgentState.NOT_READY, "break", "api")
        tell(centre, current(centre, back), "answered")
        assert centre.state(back) == "WAITING"
        teach(centre)
        assert promises.announce(centre.app, centre.contact(back), queues["sales"], "w") is not None
        told = centre.contact(back).promise
        assert told is not None
        assert told.made_at == centre.app.clock.now()
        if centre.contact(back).callback.attempts[1:]:  # type: ignore[union-attr]
            break
        tell(centre, current(centre, back), "ended")
        centre.ready(ann)
    centre.ready(ann)
    rid = centre.contact(back).rid or ""
    offers.accept(centre.app, ann, back, rid, "api")
    centre.agent_joins(back, rid)
    centre.caller_joins(back)
    assert centre.state(back) == "CONNECTED"
    judged = judge_all(wait_promises(log_of(centre)), centre.app.clock.now())
    assert [promise.verdict for promise in judged] == [Verdict.VOID]


def test_no_window_is_promised_that_reaches_beyond_closing_time() -> None:
    open_till_ten = Hours("legal", "UTC", ((Interval(8 * 60, 10 * 60),),) * 7)
    centre = centre_with(CallbackRules(hours="legal"), hours={"legal": open_till_ten})
    centre.advance(at_nine_fifty(centre) - centre.app.clock.now())
    teach(centre, ahead=60)  # half an hour of waiting: longer than anybody is called today
    answer = ask(centre, caller(centre))
    assert (answer.outcome, answer.window) == ("booked", None)
    assert answer.expected_at == at_nine_fifty(centre) + (22 * 60 + 10) * 60_000
    assert ask(centre, centre.contact(contact_asking(centre))).expected_at == answer.expected_at


def at_nine_fifty(centre: Centre) -> int:
    midnight = centre.app.clock.now() // 86_400_000 * 86_400_000
    return midnight + (9 * 60 + 50) * 60_000


def contact_asking(centre: Centre) -> str:
    (found,) = [c.id for c in centre.world.store.contacts() if c.callback is None]
    return found
