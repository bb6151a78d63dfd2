"""How agents' time is measured from the event log."""

from __future__ import annotations

import pytest

from centralino.domain.kpi import (
    Interval,
    agent_time,
    compute,
    contact_facts,
    peak_contacts,
    roll_up,
    timelines,
)
from tests.unit.domain.kpi.envelopes import Log

MINUTE = 60_000


@pytest.fixture
def log() -> Log:
    """Routable from minute 0, one call of 10 minutes with 2 of wrap-up, away from minute 40."""
    log = Log()
    log.state("ag_1", 0, "ROUTABLE")
    log.started("ct_1", 4 * MINUTE)
    log.enqueued("ct_1", 4 * MINUTE)
    log.connected("ct_1", 5 * MINUTE, 5 * MINUTE)
    log.finished("ct_1", 15 * MINUTE, 17 * MINUTE)
    log.state("ag_1", 40 * MINUTE, "NOT_READY", "ROUTABLE")
    log.state("ag_1", 50 * MINUTE, "OFFLINE", "NOT_READY")
    return log


def measured(log: Log, start: int, end: int, until: int = 60 * MINUTE):
    lines = timelines(log.events, contact_facts(log.events), until)
    return [agent_time(line, Interval(start, end)) for line in lines.values()]


def test_busy_idle_and_away(log: Log) -> None:
    (time,) = measured(log, 0, 60 * MINUTE)
    assert (time.agent_id, time.contact_ids) == ("ag_1", ("ct_1",))
    assert time.busy_ms == 12 * MINUTE
    assert time.idle_ms == 28 * MINUTE
    assert time.signed_in_ms == 50 * MINUTE
    value = compute("occupancy", [time])
    assert (value.value, value.contact_ids) == (12 / 40, ("ct_1",))


def test_order_and_duplicates_do_not_matter(log: Log) -> None:
    before = measured(log, 0, 60 * MINUTE)
    log.events = (log.events * 2)[::-1]
    assert measured(log, 0, 60 * MINUTE) == before


def test_half_hours_add_up_to_the_hour(log: Log) -> None:
    parts = [
        compute("occupancy", measured(log, start, start + 30 * MINUTE))
        for start in (0, 30 * MINUTE)
    ]
    assert [part.value for part in parts] == [12 / 30, 0]
    assert roll_up(parts) == compute("occupancy", measured(log, 0, 60 * MINUTE))


def test_an_open_state_and_an_open_call_last_until_the_log_was_cut() -> None:
    log = Log()
    log.state("ag_1", 0, "routable")
    log.started("ct_1", 0)
    log.enqueued("ct_1", 0)
    log.connected("ct_1", 6 * MINUTE, 6 * MINUTE)
    (time,) = measured(log, 0, 60 * MINUTE, until=10 * MINUTE)
    assert (time.busy_ms, time.idle_ms) == (4 * MINUTE, 6 * MINUTE)


def test_chats_at_once_are_one_busy_stretch_but_more_load() -> None:
    log = Log()
    log.state("ag_1", 0, "ROUTABLE")
    for contact, start, end in (("ct_1", 0, 30), ("ct_2", 10, 40)):
        log.started(contact, start * MINUTE, channel="chat")
        log.enqueued(contact, start * MINUTE)
        log.connected(contact, start * MINUTE, start * MINUTE)
        log.finished(contact, end * MINUTE, end * MINUTE)
    times = measured(log, 0, 60 * MINUTE)
    assert compute("occupancy", times).value == 40 / 60
    # One third of a capacity for 20 minutes, two thirds for the 20 in which both were open.
    weighted = compute("occupancy.weighted", times)
    assert weighted.value == pytest.approx((20 / 3 + 20 * 2 / 3) / 60)
    lines = timelines(log.events, contact_facts(log.events), 60 * MINUTE)
    assert peak_contacts(lines.values(), Interval(0, 60 * MINUTE)) == 2
    assert peak_contacts(lines.values(), Interval(0, 10 * MINUTE)) == 1


def test_time_between_a_call_and_being_available_is_not_idle() -> None:
    log = Log()
    log.state("ag_1", 0, "NOT_READY")
    log.started("ct_1", 0)
    log.enqueued("ct_1", 0)
    log.connected("ct_1", 0, 0)
    log.finished("ct_1", 10 * MINUTE, 10 * MINUTE)
    log.state("ag_1", 30 * MINUTE, "ROUTABLE", "NOT_READY")
    (time,) = measured(log, 0, 60 * MINUTE)
    assert (time.busy_ms, time.idle_ms) == (10 * MINUTE, 30 * MINUTE)


def test_more_contacts_than_capacity_load_an_agent_no_more_than_fully() -> None:
    log = Log()
    for contact in ("ct_1", "ct_2"):
        log.started(contact, 0)
        log.enqueued(contact, 0)
        log.connected(contact, 0, 0)
        log.finished(contact, 30 * MINUTE, 30 * MINUTE)
    assert compute("occupancy.weighted", measured(log, 0, 60 * MINUTE)).value == 1


def test_an_agent_who_was_never_available_has_no_occupancy() -> None:
    log = Log()
    log.state("ag_1", 0, "NOT_READY")
    assert compute("occupancy", measured(log, 0, 60 * MINUTE)).value is None
