"""Contacts cut by agent and by queue."""

from __future__ import annotations

import pytest

from centralino.domain.kpi import (
    ContactFacts,
    Outcome,
    Stage,
    by_agent,
    by_queue,
    compute,
    contact_facts,
)
from tests.unit.domain.kpi.envelopes import Log


@pytest.fixture
def facts() -> list[ContactFacts]:
    """Sales answers and passes on to support; sales overflows to support; support is left."""
    log = Log()
    log.started("ct_1", 0)
    log.enqueued("ct_1", 0, "sales")
    log.connected("ct_1", 4_000, 5_000, "ag_1", "ct_1#1", "sales")
    log.enqueued("ct_1", 20_000, "support", leg=2)
    log.connected("ct_1", 29_000, 30_000, "ag_2", "ct_1#2", "support")
    log.finished("ct_1", 50_000, 60_000, agent="ag_2", rid="ct_1#2")
    log.started("ct_2", 0)
    log.enqueued("ct_2", 0, "sales")
    log.add("ct_2", "ContactOverflowed", 10_000, queue="sales", to="support")
    log.enqueued("ct_2", 10_000, "support", leg=2)
    log.add("ct_2", "ContactAbandoned", 25_000, stage="ringing", queue="support")
    log.started("ct_3", 0)
    log.enqueued("ct_3", 0, "support")
    log.add("ct_3", "ContactClosed", 7_000, outcome="converted", queue="support")
    log.started("ct_4", 0)
    log.add("ct_4", "ContactAbandoned", 2_000, stage="menu", queue=None)
    return contact_facts(log.events)


def test_each_agent_has_their_own_part(facts: list[ContactFacts]) -> None:
    groups = by_agent(facts)
    assert {agent: [f.handle_ms for f in group] for agent, group in groups.items()} == {
        "ag_1": [15_000],
        "ag_2": [30_000],
    }
    assert compute("aht", facts).value == 45_000


def test_each_queue_answers_for_its_own_legs(facts: list[ContactFacts]) -> None:
    groups = by_queue(facts)
    sales, support = groups["sales"], groups["support"]
    assert compute("answered", sales).contact_ids == ("ct_1",)
    assert compute("overflowed", sales).contact_ids == ("ct_2",)
    assert compute("asa", sales).value == 5_000
    assert compute("aht", sales).value == 15_000
    assert compute("transfer_rate.queue", sales).value == 1
    assert compute("answered", support).contact_ids == ("ct_1",)
    assert compute("asa", support).value == 10_000
    assert compute("aht", support).value == 30_000
    assert compute("transfer_rate", support).value == 0
    assert compute("abandoned.ringing", support).contact_ids == ("ct_2",)
    assert compute("time_to_abandon", support).value == 15_000
    assert compute("callback_requested", support).contact_ids == ("ct_3",)
    assert compute("offered", support).value == 3
    assert all("ct_4" not in compute("entered", group).contact_ids for group in groups.values())


def test_a_leg_that_was_answered_is_handled_whatever_came_after() -> None:
    log = Log()
    log.started("ct_1", 0)
    log.enqueued("ct_1", 0, "sales")
    log.connected("ct_1", 4_000, 5_000, "ag_1", "ct_1#1", "sales")
    log.enqueued("ct_1", 20_000, "support", leg=2)
    log.add("ct_1", "ContactAbandoned", 29_000, stage="queue", queue="support")
    groups = by_queue(contact_facts(log.events))
    (sales,), (support,) = groups["sales"], groups["support"]
    assert (sales.outcome, sales.stage, sales.ended_ms) == (Outcome.HANDLED, None, 20_000)
    assert support.abandoned
    assert support.wait_ms == 9_000


def test_the_contact_as_a_whole_keeps_its_first_queue(facts: list[ContactFacts]) -> None:
    whole = {f.contact_id: f for f in facts}
    assert whole["ct_2"].queue == "sales"
    assert whole["ct_2"].abandoned
    assert whole["ct_2"].stage is Stage.RINGING
    assert whole["ct_2"].wait_ms == 25_000
    assert compute("abandoned", facts).contact_ids == ("ct_2", "ct_4")
