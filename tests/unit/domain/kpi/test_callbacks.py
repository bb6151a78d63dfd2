"""The worked example of a callback: one request, two linked contacts."""

from __future__ import annotations

import pytest

from centralino.domain.kpi import ContactFacts, Parameters, Population, compute, contact_facts
from tests.unit.domain.kpi.envelopes import Log

MINUTE = 60_000


def at(hours: int, minutes: int, seconds: int = 0) -> int:
    return ((hours * 60 + minutes) * 60 + seconds) * 1000


@pytest.fixture
def facts() -> list[ContactFacts]:
    """Inbound 11:35, chosen 11:37, delay 99 s, enqueued 11:38:39, accepted 11:39, met 11:39:25."""
    log = Log()
    log.started("ct_asking", at(11, 35))
    log.enqueued("ct_asking", at(11, 35, 30))
    log.add("ct_asking", "ContactClosed", at(11, 37), outcome="converted", queue="support")
    log.started(
        "ct_back",
        at(11, 37),
        channel="callback",
        direction="outbound",
        story="ct_asking",
    )
    log.add(
        "ct_back",
        "ContactEnqueued",
        at(11, 37) + 99_000,
        queue="support",
        channel="callback",
        direction="outbound",
        priority=0,
        enqueued_at=at(11, 38, 39),
        leg=1,
    )
    log.connected("ct_back", accepted=at(11, 39), at=at(11, 39, 25))
    log.finished("ct_back", at(11, 45), at(11, 46))
    return contact_facts(log.events)


def test_the_queue_duration_includes_the_initial_delay(facts: list[ContactFacts]) -> None:
    callbacks = Parameters(population=Population.CALLBACK)
    value = compute("queue_duration", facts, callbacks)
    assert (value.value, value.contact_ids) == (120_000, ("ct_back",))


def test_the_two_contacts_are_linked(facts: list[ContactFacts]) -> None:
    asking, back = facts
    assert back.previous_id == asking.contact_id
    assert back.chain_enqueued_ms == asking.enqueued_ms
    value = compute("time_to_service", facts)
    assert (value.value, value.contact_ids) == (at(11, 39, 25) - at(11, 35, 30), ("ct_back",))


def test_the_asking_contact_is_neither_answered_nor_abandoned(facts: list[ContactFacts]) -> None:
    counts = {
        name: compute(name, facts).value
        for name in ("entered", "offered", "answered", "abandoned", "callback_requested")
    }
    assert counts == {
        "entered": 1,
        "offered": 1,
        "answered": 0,
        "abandoned": 0,
        "callback_requested": 1,
    }
    assert compute("abandonment_rate", facts).value == 0
    assert compute("asa", facts).value is None


def test_the_callback_contact_counts_in_callback_figures_only(facts: list[ContactFacts]) -> None:
    assert compute("callback_contacts", facts).value == 1
    assert compute("aht", facts).value is None
    callbacks = Parameters(population=Population.CALLBACK)
    assert compute("aht", facts, callbacks).value == at(11, 46) - at(11, 39, 25)


def test_a_callback_that_was_not_asked_for_on_a_call_is_its_own_chain() -> None:
    log = Log()
    log.started("ct_back", at(11, 37), channel="callback", direction="inbound")
    log.enqueued("ct_back", at(11, 40))
    log.connected("ct_back", accepted=at(11, 41), at=at(11, 42))
    facts = contact_facts(log.events)
    assert facts[0].previous_id is None
    assert compute("queue_duration", facts).value == 4 * MINUTE
    assert compute("time_to_service", facts).value == 2 * MINUTE
    assert compute("offered", facts).value == 0


def test_a_consult_belongs_to_its_parent_and_is_no_contact_of_its_own() -> None:
    log = Log()
    log.started("ct_call", 0)
    log.started("ct_consult", 1_000, story="ct_call")
    call, consult = contact_facts(log.events)
    assert (call.parent_id, consult.parent_id, consult.previous_id) == (None, "ct_call", None)
    assert compute("entered", [call, consult]).contact_ids == ("ct_call",)


def test_a_chain_that_bites_its_tail_ends() -> None:
    log = Log()
    for contact, previous, moment in (("ct_1", "ct_2", 1_000), ("ct_2", "ct_1", 2_000)):
        log.started(contact, moment, channel="callback", story=previous)
        log.enqueued(contact, moment)
    assert [f.chain_enqueued_ms for f in contact_facts(log.events)] == [1_000, 1_000]
