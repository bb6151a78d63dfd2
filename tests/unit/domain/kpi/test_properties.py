"""What must hold of any event log, whatever happened in it."""

from __future__ import annotations

import random
from datetime import UTC

from hypothesis import given, settings
from hypothesis import strategies as st

from centralino.domain.kpi import (
    ContactFacts,
    Parameters,
    Unit,
    by_queue,
    compute,
    contact_facts,
    half_hours,
    placed,
    roll_up,
    split,
)
from centralino.domain.kpi.catalogue import KPIS
from tests.unit.domain.kpi.envelopes import Envelope, Log

HOUR = 3_600_000
CONTACT_KPIS = [k for k in KPIS.values() if k.facts is ContactFacts]
ENDINGS = (
    "menu",
    "self_served",
    "queue",
    "ringing",
    "converted",
    "overflowed",
    "overflow_answered",
    "handled",
    "transferred",
    "dropped",
    "talking",
    "waiting",
    "expired",
    "system",
)


@st.composite
def logs(draw: st.DrawFn, endings: tuple[str, ...] = ENDINGS) -> list[Envelope]:
    """Draw the log of some contacts, each ending in one of the given ways."""
    log = Log()
    for number in range(draw(st.integers(0, 12))):
        story(draw, log, f"ct_{number}", draw(st.sampled_from(endings)))
    return log.events


def story(draw: st.DrawFn, log: Log, contact: str, ending: str) -> None:
    """Write one contact's events."""
    now = draw(st.integers(0, 4 * HOUR))

    def later() -> int:
        nonlocal now
        now += draw(st.integers(0, 120_000))
        return now

    log.started(contact, now)
    if ending == "menu":
        log.add(contact, "ContactAbandoned", later(), stage="menu", queue=None, waited_ms=0)
        return
    if ending == "self_served":
        log.add(contact, "ContactClosed", later(), outcome="self_served")
        return
    log.enqueued(contact, later(), draw(st.sampled_from(("sales", "support"))))
    since = now
    for attempt in range(draw(st.integers(0, 2))):
        rid = f"{contact}#missed{attempt}"
        log.offered(contact, later(), "ag_9", rid)
        log.add(contact, "OfferTimedOut", later(), agent_id="ag_9", rid=rid)
        log.add(contact, "ContactRequeued", now, queue="support", enqueued_at=since, leg=1)
    if ending in ("queue", "ringing"):
        log.add(contact, "ContactAbandoned", later(), stage=ending, queue="support")
    elif ending in ("converted", "system"):
        log.add(contact, "ContactClosed", later(), outcome=ending)
    elif ending == "expired":
        log.add(contact, "ContactExpired", later(), queue="support")
    elif ending == "overflowed":
        log.add(contact, "ContactOverflowed", later(), queue="support", to="outside")
    elif ending != "waiting":
        if ending == "overflow_answered":
            log.add(contact, "ContactOverflowed", later(), queue="support", to="reserve")
            log.enqueued(contact, now, "reserve", leg=2)
        agent, rid = draw(st.sampled_from(("ag_1", "ag_2"))), f"{contact}#1"
        log.connected(contact, later(), later(), agent, rid)
        if ending == "transferred":
            log.enqueued(contact, later(), "reserve", leg=2)
            rid = f"{contact}#2"
            log.connected(contact, later(), later(), "ag_3", rid)
        if ending != "talking":
            side = "system" if ending == "dropped" else "caller"
            log.finished(contact, later(), later(), agent=agent, rid=rid, ended_by=side)


def value(name: str, facts: list[ContactFacts]) -> float:
    found = compute(name, facts).value
    assert found is not None
    return found


@given(events=logs(), seed=st.integers(0, 2**16), copies=st.integers(1, 3))
def test_order_and_duplicates_do_not_change_the_facts(
    events: list[Envelope], seed: int, copies: int
) -> None:
    shuffled = events * copies
    random.Random(seed).shuffle(shuffled)
    assert contact_facts(shuffled) == contact_facts(events)


@given(events=logs())
def test_every_contact_is_counted_once(events: list[Envelope]) -> None:
    facts = contact_facts(events)
    assert value("offered", facts) == sum(
        value(name, facts) for name in ("answered", "abandoned", "callback_requested", "overflowed")
    )
    assert value("entered", facts) == sum(
        value(name, facts)
        for name in ("offered", "self_served", "expired", "closed_by_system", "pending")
    )
    assert value("abandoned", facts) == sum(
        value(f"abandoned.{stage}", facts) for stage in ("menu", "queue", "ringing")
    )


@given(
    events=logs(
        endings=tuple(e for e in ENDINGS if e not in ("waiting", "expired", "system", "talking"))
    )
)
def test_entered_is_offered_and_self_served_once_the_day_is_over(events: list[Envelope]) -> None:
    facts = contact_facts(events)
    assert value("entered", facts) == value("offered", facts) + value("self_served", facts)


@given(
    events=logs(),
    target=st.integers(0, 300_000),
    short=st.none() | st.integers(0, 300_000),
    flow_outs=st.booleans(),
)
def test_rates_are_shares_or_nothing(
    events: list[Envelope], target: int, short: int | None, flow_outs: bool
) -> None:
    facts = contact_facts(events)
    parameters = Parameters(target, short, flow_outs)
    for kpi in CONTACT_KPIS:
        found = kpi.of(facts, parameters)
        if kpi.unit is Unit.RATIO:
            assert found.value is None or 0 <= found.value <= 1, kpi.name
            assert set(found.counted_ids) <= set(found.contact_ids)
        assert (found.value is None) == (found.denominator == 0), kpi.name
        assert found.value is None or found.value >= 0, kpi.name


@given(events=logs(), target=st.integers(0, 300_000))
def test_the_whole_is_the_volume_weighted_sum_of_its_half_hours(
    events: list[Envelope], target: int
) -> None:
    facts = contact_facts(events)
    parameters = Parameters(target_ms=target)
    shares = split(facts, half_hours(0, 8 * HOUR, UTC), placed)
    assert sum(len(share) for share in shares.values()) == len(facts)
    for kpi in CONTACT_KPIS:
        parts = [kpi.of(share, parameters) for share in shares.values()]
        assert roll_up(parts) == kpi.of(facts, parameters), kpi.name


@settings(max_examples=50)
@given(events=logs())
def test_every_queue_leg_is_in_the_figures_of_its_queue(events: list[Envelope]) -> None:
    facts = contact_facts(events)
    groups = by_queue(facts)
    legs = [leg for fact in facts for leg in fact.legs]
    assert sum(len(group) for group in groups.values()) == len(legs)
    for queue, group in groups.items():
        assert all(f.queue == queue for f in group)
        answered = [leg for leg in legs if leg.queue == queue and leg.answered_ms is not None]
        assert value("answered", group) == len(answered)
    parts = sum(f.handle_ms for group in groups.values() for f in group)
    assert parts == sum(f.handle_ms for f in facts)
