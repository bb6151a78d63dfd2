"""Folding the event log into contact facts."""

from __future__ import annotations

import pytest

from centralino.domain.kpi import (
    EndedBy,
    LeftQueue,
    Outcome,
    Stage,
    TransferKind,
    compute,
    contact_facts,
)
from tests.support import call_logs
from tests.unit.domain.kpi.envelopes import Log, replayed
from tests.unit.domain.kpi.reference_blocks import assert_block


def only(log: Log):
    (facts,) = contact_facts(log.events)
    return facts


def test_an_answered_call_with_a_hold() -> None:
    log = Log()
    log.started("ct_1", 1_000)
    log.enqueued("ct_1", 5_000)
    log.connected("ct_1", accepted=12_000, at=13_000)
    log.add("ct_1", "ContactHeld", 20_000, agent_id="ag_1", rid="ct_1#1")
    log.add("ct_1", "ContactResumed", 26_000, agent_id="ag_1", rid="ct_1#1", held_ms=6_000)
    log.finished("ct_1", 53_000, 60_000, talk_ms=34_000, hold_ms=6_000)
    facts = only(log)
    assert facts.answered
    assert facts.handled
    assert facts.outcome is Outcome.HANDLED
    assert (facts.queue, facts.business_unit, facts.line) == ("support", "demo", "main")
    assert facts.wait_ms == 8_000
    assert facts.queue_time_ms == 7_000
    (segment,) = facts.segments
    assert (segment.talk_ms, segment.hold_ms, segment.wrapup_ms) == (34_000, 6_000, 7_000)
    assert (facts.connected_time_ms, facts.handle_ms) == (40_000, 47_000)
    assert segment.ended_by is EndedBy.CALLER
    assert facts.disposition == "done"
    assert not facts.dropped


def test_durations_come_from_the_clock_when_the_events_do_not_carry_them() -> None:
    log = Log()
    log.started("ct_1", 0)
    log.enqueued("ct_1", 0)
    log.connected("ct_1", accepted=1_000, at=1_000)
    log.add("ct_1", "ContactHeld", 5_000, rid="ct_1#1")
    log.add("ct_1", "ContactResumed", 7_000, rid="ct_1#1")
    log.add("ct_1", "ContactHeld", 9_000, rid="ct_1#1")
    log.add("ct_1", "ContactWrapupStarted", 12_000, rid="ct_1#1", ended_by="agent")
    log.add("ct_1", "ContactClosed", 15_000, outcome="handled")
    (segment,) = only(log).segments
    assert (segment.talk_ms, segment.hold_ms, segment.wrapup_ms) == (6_000, 5_000, 3_000)


def test_a_declined_offer_keeps_the_place_in_line() -> None:
    log = Log()
    log.started("ct_1", 0)
    log.enqueued("ct_1", 1_000)
    log.offered("ct_1", 2_000, "ag_1", "ct_1#1")
    log.add("ct_1", "OfferDeclined", 4_000, queue="support", agent_id="ag_1", rid="ct_1#1")
    log.add("ct_1", "ContactRequeued", 4_000, queue="support", enqueued_at=1_000, leg=1)
    log.connected("ct_1", 6_000, 7_000, agent="ag_2", rid="ct_1#2")
    facts = only(log)
    assert facts.offers == 2
    assert len(facts.legs) == 1
    assert facts.wait_ms == 6_000
    assert facts.answered
    assert not facts.handled
    assert compute("aht", [facts]).value is None


@pytest.mark.parametrize("stage", list(Stage))
def test_an_abandoned_call(stage: Stage) -> None:
    log = Log()
    log.started("ct_1", 0)
    if stage is not Stage.MENU:
        log.enqueued("ct_1", 2_000)
    log.add("ct_1", "ContactAbandoned", 9_000, stage=stage.value, queue=None, waited_ms=0)
    facts = only(log)
    assert facts.abandoned
    assert facts.offered
    assert facts.stage is stage
    assert facts.wait_ms == (0 if stage is Stage.MENU else 7_000)
    given_up = compute("time_to_abandon", [facts])
    assert given_up.denominator == (0 if stage is Stage.MENU else 1)
    assert facts.placed_ms == (0 if stage is Stage.MENU else 2_000)


def test_a_log_that_starts_in_the_middle_still_knows_the_wait() -> None:
    log = Log()
    log.add("ct_1", "ContactAbandoned", 9_000, stage="queue", queue="support", waited_ms=4_000)
    log.add("ct_2", "ContactConnected", 9_000, queue="q", agent_id="a", rid="r", enqueued_at=3_000)
    gone, served = contact_facts(log.events)
    assert (gone.wait_ms, gone.enqueued_ms) == (4_000, 5_000)
    assert (served.wait_ms, served.enqueued_ms) == (6_000, 3_000)


def test_a_call_served_by_the_menu() -> None:
    log = Log()
    log.started("ct_1", 0)
    log.add("ct_1", "ContactClosed", 9_000, outcome="self_served")
    facts = only(log)
    assert facts.self_served
    assert not facts.offered
    assert compute("containment", [facts]).value == 1


def test_a_call_that_nobody_hung_up_was_dropped() -> None:
    log = Log()
    for contact, ended_by in (("ct_1", "system"), ("ct_2", "agent")):
        log.started(contact, 0)
        log.enqueued(contact, 0)
        log.connected(contact, 1_000, 1_000)
        log.finished(contact, 9_000, 9_000, ended_by=ended_by)
    log.started("ct_3", 0)
    log.enqueued("ct_3", 0)
    log.connected("ct_3", 1_000, 1_000)
    log.add("ct_3", "ContactClosed", 5_000, outcome="system")
    facts = contact_facts(log.events)
    value = compute("dropped_rate", facts)
    assert (value.numerator, value.denominator) == (2, 3)
    assert value.counted_ids == ("ct_1", "ct_3")
    assert facts[2].segments[0].talk_ms == 4_000


def test_a_queue_that_turned_a_contact_away_at_the_door_has_it_on_record() -> None:
    log = Log()
    log.started("ct_1", 0)
    log.add("ct_1", "ContactOverflowed", 5_000, queue="sales", when="closed", to_queue=None)
    (facts,) = contact_facts(log.events)
    assert facts.overflowed
    assert facts.queue == "sales"
    assert facts.wait_ms == 0
    assert [(leg.queue, leg.left_by) for leg in facts.legs] == [("sales", LeftQueue.OVERFLOWED)]


def test_a_contact_sent_on_at_the_door_waits_where_it_was_sent() -> None:
    log = Log()
    log.started("ct_1", 0)
    log.add("ct_1", "ContactOverflowed", 5_000, queue="sales", when="full", to_queue="support")
    log.enqueued("ct_1", 5_000)
    log.connected("ct_1", accepted=9_000, at=9_000)
    (facts,) = contact_facts(log.events)
    assert facts.answered
    assert not facts.overflowed
    assert [leg.queue for leg in facts.legs] == ["sales", "support"]
    assert facts.wait_ms == 4_000


def test_an_overflow_ends_a_contact_unless_another_queue_takes_it() -> None:
    log = Log()
    for contact in ("ct_1", "ct_2"):
        log.started(contact, 0)
        log.enqueued(contact, 1_000, "sales")
        log.add(contact, "ContactOverflowed", 5_000, queue="sales", to="support")
    log.enqueued("ct_2", 5_000, "support", leg=2)
    going_on = contact_facts(log.events)[1]
    assert going_on.pending
    assert going_on.ended_ms is None
    log.connected("ct_2", 8_000, 9_000)
    gone, served = contact_facts(log.events)
    assert gone.overflowed
    assert gone.offered
    assert served.answered
    assert not served.overflowed
    assert served.wait_ms == 8_000
    assert served.queue_time_ms == 7_000
    assert [leg.left_by for leg in served.legs] == [LeftQueue.OVERFLOWED, LeftQueue.ANSWERED]
    assert served.transfers == ()


def test_a_transfer_to_a_queue_is_a_second_leg() -> None:
    log = Log()
    log.started("ct_1", 0)
    log.enqueued("ct_1", 1_000, "sales")
    log.connected("ct_1", 2_000, 3_000, queue="sales")
    log.enqueued("ct_1", 10_000, "support", leg=2)
    log.connected("ct_1", 14_000, 15_000, agent="ag_2", rid="ct_1#2")
    log.finished("ct_1", 20_000, 22_000, agent="ag_2", rid="ct_1#2")
    facts = only(log)
    (transfer,) = facts.transfers
    assert transfer.kind is TransferKind.QUEUE
    assert (facts.wait_ms, facts.queue_time_ms) == (2_000, 1_000)
    assert [s.talk_ms for s in facts.segments] == [7_000, 5_000]
    assert [s.wrapup_ms for s in facts.segments] == [0, 2_000]
    assert facts.handle_ms == 14_000
    speed = compute("transfer_speed", [facts])
    assert (speed.numerator, speed.denominator) == (5_000, 1)
    assert compute("transfer_rate", [facts]).value == 1
    assert compute("transfer_rate.queue", [facts]).value == 1
    assert compute("transfer_rate.agent", [facts]).value == 0


def test_an_open_transferred_call_is_in_no_handling_figure() -> None:
    log = Log()
    log.started("ct_1", 0)
    log.enqueued("ct_1", 1_000, "sales")
    log.connected("ct_1", 2_000, 3_000, queue="sales")
    log.enqueued("ct_1", 10_000, "support", leg=2)
    value = compute("transfer_rate", contact_facts(log.events))
    assert (value.numerator, value.denominator) == (0, 0)


@pytest.mark.parametrize("slow", [False, True])
def test_each_agent_wraps_up_their_own_segment(slow: bool) -> None:
    log = Log()
    log.started("ct_1", 0)
    log.enqueued("ct_1", 1_000, "sales")
    log.connected("ct_1", 2_000, 3_000, queue="sales")
    log.add("ct_1", "ContactWrapupStarted", 10_000, rid="ct_1#1", ended_by="agent", talk_ms=7_000)
    log.enqueued("ct_1", 10_000, "support", leg=2)
    log.connected("ct_1", 14_000, 15_000, agent="ag_2", rid="ct_1#2")
    log.add("ct_1", "ContactWrapupStarted", 20_000, rid="ct_1#2", ended_by="caller", talk_ms=5_000)
    ends = [("ct_1#1", 10_000, 13_000), ("ct_1#2", 20_000, 22_000)]
    if slow:
        # The first agent is the last to finish, and closes the contact.
        ends = [("ct_1#2", 20_000, 22_000), ("ct_1#1", 10_000, 30_000)]
    (rid, since, done), (last, last_since, closed) = ends
    log.add("ct_1", "ContactWrapupEnded", done, rid=rid, disposition="a", wrapup_ms=done - since)
    log.add(
        "ct_1",
        "ContactClosed",
        closed,
        outcome="handled",
        rid=last,
        disposition="b",
        wrapup_ms=closed - last_since,
    )
    facts = only(log)
    assert [s.wrapup_ms for s in facts.segments] == ([20_000, 2_000] if slow else [3_000, 2_000])
    assert [s.ended_ms for s in facts.segments] == ([30_000, 22_000] if slow else [13_000, 22_000])
    assert facts.disposition == "b"


def test_a_closing_that_reports_no_wrapup_keeps_the_one_already_told() -> None:
    log = Log()
    log.started("ct_1", 0)
    log.enqueued("ct_1", 0)
    log.connected("ct_1", 1_000, 1_000)
    log.add("ct_1", "ContactWrapupStarted", 5_000, rid="ct_1#1", ended_by="agent", talk_ms=4_000)
    log.add("ct_1", "PostCallStarted", 5_000, queue="support")
    log.add("ct_1", "ContactWrapupEnded", 8_000, rid="ct_1#1", disposition="a", wrapup_ms=3_000)
    log.add(
        "ct_1",
        "ContactClosed",
        60_000,
        outcome="handled",
        rid="ct_1#1",
        disposition=None,
        wrapup_ms=None,
    )
    facts = only(log)
    (segment,) = facts.segments
    assert (segment.wrapup_ms, segment.ended_ms, facts.ended_ms) == (3_000, 8_000, 60_000)
    assert facts.disposition == "a"


def test_a_lost_agent_is_no_transfer() -> None:
    log = Log()
    log.started("ct_1", 0)
    log.enqueued("ct_1", 1_000)
    log.connected("ct_1", 2_000, 3_000)
    log.add(
        "ct_1",
        "AgentLost",
        8_000,
        queue="support",
        agent_id="ag_1",
        rid="ct_1#1",
        talk_ms=4_000,
        hold_ms=1_000,
        leg=2,
    )
    log.add(
        "ct_1",
        "ContactRequeued",
        8_000,
        queue="support",
        enqueued_at=8_000,
        leg=2,
        reason="agent_lost",
    )
    log.add("ct_1", "ContactAbandoned", 9_000, stage="queue", queue="support", waited_ms=1_000)
    facts = only(log)
    assert facts.answered
    assert not facts.abandoned
    assert facts.transfers == ()
    (segment,) = facts.segments
    assert (segment.talk_ms, segment.hold_ms, segment.wrapup_ms) == (4_000, 1_000, 0)
    assert segment.ended_ms == 8_000
    assert compute("offered", [facts]).value == 1


def test_the_same_time_in_either_notation() -> None:
    plain, text = Log(), Log()
    plain.started("ct_1", 1_767_348_245_678)
    text.started("ct_1", "2026-01-02T10:04:05.678Z")
    assert contact_facts(plain.events) == contact_facts(text.events)
    offset = Log()
    offset.started("ct_1", "2026-01-02T11:04:05.678+01:00")
    assert contact_facts(offset.events) == contact_facts(plain.events)


def test_unknown_event_types_and_agents_events_are_ignored() -> None:
    log = Log()
    log.started("ct_1", 0)
    before = contact_facts(log.events)
    log.add("ct_1", "ContactRecordingStarted", 5, anything=[1, 2])
    log.state("ag_1", 6, "ROUTABLE")
    assert contact_facts(log.events) == before


def test_of_two_events_claiming_one_place_the_same_one_always_wins() -> None:
    log = Log()
    log.started("ct_1", 0, line="first")
    log.started("ct_1", 0, line="second")
    for event in log.events:
        event["detail"]["metadata"]["sequence"] = 1
    there, back = contact_facts(log.events), contact_facts(log.events[::-1])
    assert there == back
    assert there[0].line == "first"


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda e: e["detail"]["metadata"].pop("sequence"), "sequence is missing"),
        (lambda e: e["detail"]["metadata"].update(occurred_at="2026-01-02T10:00:00"), "offset"),
        (lambda e: e["detail"]["metadata"].update(occurred_at=True), "True is not a time"),
        (lambda e: e["detail"]["data"].pop("stage"), "ct_1#1 ContactAbandoned: stage is missing"),
        (lambda e: e["detail"]["data"].update(stage="lift"), "'lift' is not a valid Stage"),
    ],
)
def test_a_broken_event_is_named(spoil, message: str) -> None:
    log = Log()
    log.add("ct_1", "ContactAbandoned", 0, stage="menu")
    spoil(log.events[0])
    with pytest.raises(ValueError, match=message):
        contact_facts(log.events)


def test_an_outcome_out_of_the_contract_is_refused() -> None:
    log = Log()
    log.add("ct_1", "ContactClosed", 0, outcome="vanished")
    with pytest.raises(ValueError, match=r"ct_1#1 ContactClosed: outcome 'vanished' is not one of"):
        contact_facts(log.events)


def test_the_golden_day_is_recomputable_from_the_event_log_alone() -> None:
    original = call_logs.facts_of(call_logs.golden_day_calls())
    facts = contact_facts(reversed(replayed(original)))
    answers = call_logs.expected()["golden_days"]["990209"]
    assert_block(facts, answers["overall"], "from events")
