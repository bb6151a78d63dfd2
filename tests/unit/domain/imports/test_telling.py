"""A call of another contact centre, told as if it had been ours."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable
from functools import reduce
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from centralino.adapters.telephony.connect.events import read
from centralino.contracts.envelope import detail
from centralino.contracts.events import EVENTS
from centralino.domain.events import Occurrence
from centralino.domain.imports import history
from centralino.domain.imports.history import GRACE_MS, SILENCE_MS, WRAP_UP_MS, History
from centralino.domain.imports.telling import Names, occurrences
from centralino.domain.kpi.from_events import contact_facts
from tests.unit.domain.imports.connect_calls import (
    QUEUE,
    T0,
    agent_info,
    answered_call,
    at,
    event,
    queue_info,
)

CONTACT = "ct_0123456789ABCDEFGHJKMNPQRS"
NAMES = Names(
    contact=CONTACT,
    correlation=CONTACT,
    business_unit="acme",
    queue=lambda name: {QUEUE: "sales"}.get(name, name),
    agent=lambda name: f"ag_{name}",
)


def gathered(events: Iterable[dict[str, Any]]) -> History:
    """Return the history of events that arrive in this order."""
    found: History | None = None
    for now, one in enumerate(events):
        news = read(one)
        assert news is not None
        found = history.merged(found, news, T0 + now)
    assert found is not None
    return found


def told(events: Iterable[dict[str, Any]]) -> list[Occurrence]:
    return occurrences(gathered(events), NAMES)


def envelopes(told: Iterable[Occurrence]) -> list[dict[str, Any]]:
    return [{"detail-type": one.type, "detail": detail(one)} for one in told]


def check_contracts(told: Iterable[Occurrence]) -> None:
    for number, one in enumerate(told, start=1):
        assert one.sequence == number
        EVENTS[one.type][1].model_validate(one.data)


def test_an_answered_call_gives_the_figures_of_one_of_ours() -> None:
    events = told(answered_call())
    check_contracts(events)
    assert [one.type for one in events] == [
        "ContactStarted",
        "ContactEnqueued",
        "ContactConnected",
        "ContactWrapupStarted",
        "ContactClosed",
    ]
    (fact,) = contact_facts(envelopes(events))
    assert fact.queue == "sales"
    assert fact.entered_ms == T0
    assert fact.enqueued_ms == T0 + 10_000
    assert fact.answered_ms == T0 + 40_000
    assert fact.wait_ms == 30_000
    (segment,) = fact.segments
    assert (segment.talk_ms, segment.wrapup_ms) == (120_000, 20_000)
    assert fact.outcome == "handled"
    assert segment.ended_by == "caller"


@settings(max_examples=100)
@given(st.randoms(use_true_random=False), st.integers(0, 5))
def test_duplicates_and_any_order_give_the_same_events(rng: random.Random, twice: int) -> None:
    events = answered_call()
    events += events[:twice]
    rng.shuffle(events)
    assert told(events) == told(answered_call())


def test_every_order_of_a_call_gives_the_same_history() -> None:
    expected = told(answered_call())
    for order in itertools.permutations(answered_call()):
        assert told(order) == expected


@pytest.mark.parametrize("lost", range(5))
def test_a_call_of_which_one_message_was_lost_is_told_alike(lost: int) -> None:
    # Each message repeats what the ones before it said.
    events = answered_call()
    del events[lost]
    assert told(events) == told(answered_call())


def test_an_abandoned_call_counts_its_wait() -> None:
    left = {"disconnectTimestamp": at(75), "disconnectReason": "CUSTOMER_DISCONNECT"}
    events = told(
        [
            event("QUEUED", queueInfo=queue_info(15)),
            event("DISCONNECTED", queueInfo=queue_info(15), **left),
            event("COMPLETED", queueInfo=queue_info(15), **left),
        ]
    )
    check_contracts(events)
    (fact,) = contact_facts(envelopes(events))
    assert (fact.outcome, fact.wait_ms) == ("abandoned", 60_000)


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [("CUSTOMER_DISCONNECT", "abandoned"), ("CONTACT_FLOW_DISCONNECT", "self_served")],
)
def test_a_call_that_never_left_the_flow(reason: str, outcome: str) -> None:
    left = {"disconnectTimestamp": at(20), "disconnectReason": reason}
    events = told([event("INITIATED"), event("COMPLETED", **left)])
    check_contracts(events)
    (fact,) = contact_facts(envelopes(events))
    assert fact.outcome == outcome
    assert fact.queue is None


def transferred() -> list[dict[str, Any]]:
    """Return a call that an agent sends on to another queue, where a second one takes it."""
    second = {
        "initialContactId": "c1",
        "previousContactId": "c1",
        "initiationMethod": "QUEUE_TRANSFER",
        "initiationTimestamp": at(150),
        "queueInfo": queue_info(155, "other"),
        "agentInfo": agent_info(200, "second"),
        "disconnectTimestamp": at(300),
        "disconnectReason": "AGENT_DISCONNECT",
    }
    return [*answered_call(), event("COMPLETED", "c2", **second)]


def test_a_transfer_stays_one_contact_with_two_parts() -> None:
    events = told(transferred())
    check_contracts(events)
    assert {one.entity_id for one in events} == {CONTACT}
    (fact,) = contact_facts(envelopes(events))
    assert [segment.queue for segment in fact.segments] == ["sales", "other"]
    assert [segment.agent_id for segment in fact.segments][1] == "ag_second"
    assert [leg.queue for leg in fact.legs] == ["sales", "other"]
    assert fact.ended_ms == T0 + 300_000
    assert fact.segments[0].wrapup_ms == 20_000


def test_a_callback_is_a_contact_of_its_own_that_names_the_one_which_asked() -> None:
    news = read(
        event(
            "COMPLETED",
            "c9",
            initialContactId="c1",
            initiationMethod="CALLBACK",
            queueInfo=queue_info(100),
            agentInfo=agent_info(130),
            disconnectTimestamp=at(200),
            disconnectReason="AGENT_DISCONNECT",
        )
    )
    assert news is not None
    assert (news.root, news.asked_by) == ("c9", "c1")
    first = occurrences(history.merged(None, news, T0), NAMES)[0]
    assert first.data["channel"] == "callback"


def test_a_supervisor_listening_in_is_no_part_of_the_call() -> None:
    listening = event("COMPLETED", "c3", initialContactId="c1", initiationMethod="MONITOR")
    assert told([*answered_call(), listening]) == told(answered_call())
    assert told([listening]) == []


def test_outbound_calls_are_told_as_such() -> None:
    made = told(
        [
            event(
                "COMPLETED",
                initiationMethod="OUTBOUND",
                agentInfo=agent_info(5),
                disconnectTimestamp=at(65),
                disconnectReason="AGENT_DISCONNECT",
            )
        ]
    )
    check_contracts(made)
    assert made[0].data["direction"] == "outbound"
    assert made[1].data["queue"] == "direct"


def test_a_call_waits_for_what_may_still_come() -> None:
    events = answered_call()
    begun = gathered(events[:4])
    assert begun.due == begun.seen_at + SILENCE_MS
    left = gathered(events[:5])
    assert left.due == T0 + 160_000 + WRAP_UP_MS
    over = gathered(events)
    assert over.due == over.seen_at + GRACE_MS
    waits_for_the_second = gathered([*events, event("INITIATED", "c2", initialContactId="c1")])
    assert waits_for_the_second.due > over.due + GRACE_MS


def test_a_call_whose_end_never_came_is_closed_without_blaming_anybody() -> None:
    events = told(answered_call()[:4])
    check_contracts(events)
    assert events[-1].type == "ContactClosed"
    assert events[-1].data["outcome"] == "system"


def test_a_history_comes_back_as_it_was_put() -> None:
    found = gathered(transferred())
    assert history.decode(history.encode(found)) == found
    assert reduce(lambda h, _: history.decode(history.encode(h)), range(3), found) == found
