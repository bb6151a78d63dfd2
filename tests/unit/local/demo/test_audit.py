"""The audit finds every kind of fault: a good run passes, and each way of spoiling it fails."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from centralino.domain.agents.model import Slot
from centralino.domain.contacts.model import Channel, ContactState
from local.demo import audit, schema_files
from local.demo.audit import Case
from local.demo.evidence import Evidence, Write
from tests.unit.local.demo.good_run import CALLS, good_run

Spoil = Callable[[Evidence], Evidence]


@pytest.fixture
def evidence() -> Evidence:
    return good_run().evidence()


def broken(evidence: Evidence) -> set[str]:
    """Return the names of the invariants that do not hold."""
    return {finding.name for finding in audit.audit(Case(evidence)) if not finding.holds}


def test_a_good_run_keeps_every_invariant(evidence: Evidence) -> None:
    findings = audit.audit(Case(evidence))
    assert {finding.name for finding in findings} == set(audit.INVARIANTS)
    assert [finding.line for finding in findings if not finding.holds] == []


def test_received_twice_or_in_another_order_is_no_fault(evidence: Evidence) -> None:
    shuffled = [*evidence.events[::-1], *evidence.events[3:9]]
    assert broken(replace(evidence, events=shuffled)) == set()


# ------------------------------------------------------------------ spoiling the evidence


def events_of(evidence: Evidence, kind: str) -> list[Any]:
    return [event for event in evidence.events if event["detail-type"] == kind]


def without(evidence: Evidence, *gone: Any) -> Evidence:
    return replace(evidence, events=[e for e in evidence.events if e not in gone])


def with_event(evidence: Evidence, changed: Any, **data: Any) -> Evidence:
    """Replace one event by a copy with other data."""
    copied = copy.deepcopy(changed)
    copied["detail"]["data"].update(data)
    return replace(evidence, events=[copied if e is changed else e for e in evidence.events])


def a_call_nobody_has_heard_of(evidence: Evidence) -> Evidence:
    return replace(evidence, calls=(*CALLS, "CA" + "f" * 32))


def a_contact_for_no_call(evidence: Evidence) -> Evidence:
    return replace(evidence, calls=CALLS[1:])


def a_contact_twice(evidence: Evidence) -> Evidence:
    again = replace(evidence.contacts[0], id="ct_" + "0" * 26)
    return replace(evidence, contacts=[*evidence.contacts, again])


def a_contact_left_open(evidence: Evidence) -> Evidence:
    first, *others = evidence.contacts
    return replace(evidence, contacts=[replace(first, state=ContactState.WRAPUP), *others])


def an_offer_while_another_is_live(evidence: Evidence) -> Evidence:
    timed_out = events_of(evidence, "OfferTimedOut")[0]
    requeued = events_of(evidence, "ContactRequeued")[0]
    return without(evidence, timed_out, requeued)


def a_connection_for_an_offer_that_is_over(evidence: Evidence) -> Evidence:
    missed = events_of(evidence, "OfferTimedOut")[0]["detail"]["data"]["rid"]
    connected = events_of(evidence, "ContactConnected")[-1]
    return with_event(evidence, connected, rid=missed)


def an_agent_with_two_at_once(evidence: Evidence) -> Evidence:
    """The second agent's missed offer becomes one of the first agent, who was talking."""
    talker = events_of(evidence, "ContactConnected")[0]["detail"]["data"]["agent_id"]
    missed = events_of(evidence, "OfferTimedOut")[0]["detail"]["data"]["rid"]
    offered = next(
        e for e in events_of(evidence, "ContactOffered") if e["detail"]["data"]["rid"] == missed
    )
    return with_event(evidence, offered, agent_id=talker)


def a_slot_too_many_in_between(evidence: Evidence) -> Evidence:
    place, claim = next(
        (place, write)
        for place, write in enumerate(evidence.agent_writes)
        if write.item is not None and write.item["slots"]
    )
    assert claim.item is not None
    item = {**claim.item, "slots": {**claim.item["slots"], "ct_x#2": {"ch": "voice", "t": 1}}}
    item["used"] = {"voice": 2}
    writes = [*evidence.agent_writes]
    writes[place] = Write(claim.key, item)
    return replace(evidence, agent_writes=writes)


def a_count_that_is_not_the_slots(evidence: Evidence) -> Evidence:
    last = evidence.agent_writes[-1]
    assert last.item is not None
    item = {**last.item, "used": {"voice": 1}}
    return replace(evidence, agent_writes=[*evidence.agent_writes[:-1], Write(last.key, item)])


def a_write_nobody_saw(evidence: Evidence) -> Evidence:
    return replace(evidence, contact_writes=evidence.contact_writes[1:])


def a_slot_left_behind(evidence: Evidence) -> Evidence:
    first, *others = evidence.agents
    held = replace(first, slots={"ct_x#2": Slot("ct_x", Channel.VOICE, 1)})
    return replace(evidence, agents=[held, *others])


def a_count_left_behind(evidence: Evidence) -> Evidence:
    first, *others = evidence.agents
    return replace(evidence, agents=[replace(first, used={Channel.VOICE: 1}), *others])


def somebody_in_the_waiting_index(evidence: Evidence) -> Evidence:
    return replace(evidence, waiting=[evidence.contacts[0].id])


def an_event_never_published(evidence: Evidence) -> Evidence:
    return without(evidence, events_of(evidence, "OfferAccepted")[0])


def an_event_beyond_the_table(evidence: Evidence) -> Evidence:
    first, *others = evidence.contacts
    return replace(evidence, contacts=[replace(first, sequence=first.sequence - 1), *others])


def an_event_unlike_its_schema(evidence: Evidence) -> Evidence:
    return with_event(evidence, events_of(evidence, "ContactConnected")[0], phone="+39333")


def an_event_without_a_schema(evidence: Evidence) -> Evidence:
    held = events_of(evidence, "OfferAccepted")[0]
    copied = {**copy.deepcopy(held), "detail-type": "../../openapi"}
    return replace(evidence, events=[copied if e is held else e for e in evidence.events])


def a_contact_that_closed_as_nothing(evidence: Evidence) -> Evidence:
    served = next(
        e
        for e in events_of(evidence, "ContactClosed")
        if e["detail"]["data"]["outcome"] == "self_served"
    )
    return with_event(evidence, served, outcome="system")


def a_connection_after_the_end(evidence: Evidence) -> Evidence:
    """The caller who left while ringing is connected all the same."""
    gone = events_of(evidence, "ContactAbandoned")[-1]
    connected = copy.deepcopy(events_of(evidence, "ContactConnected")[0])
    metadata = connected["detail"]["metadata"]
    metadata.update(gone["detail"]["metadata"], event_id="ev_" + "0" * 26)
    metadata["sequence"] += 1
    return replace(evidence, events=[*evidence.events, connected])


def a_message_buried(evidence: Evidence) -> Evidence:
    return replace(evidence, buried=1)


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (a_call_nobody_has_heard_of, "every_call_has_one_contact"),
        (a_contact_for_no_call, "every_call_has_one_contact"),
        (a_contact_twice, "every_call_has_one_contact"),
        (a_contact_left_open, "every_contact_ended"),
        (an_offer_while_another_is_live, "assigned_once"),
        (a_connection_for_an_offer_that_is_over, "assigned_once"),
        (an_agent_with_two_at_once, "one_contact_per_agent"),
        (a_slot_too_many_in_between, "capacity_kept"),
        (a_count_that_is_not_the_slots, "capacity_kept"),
        (a_write_nobody_saw, "versions_without_gap"),
        (a_slot_left_behind, "slots_empty"),
        (a_count_left_behind, "slots_empty"),
        (somebody_in_the_waiting_index, "nobody_waiting"),
        (an_event_never_published, "sequences_without_gap"),
        (an_event_never_published, "all_published"),
        (an_event_beyond_the_table, "sequences_without_gap"),
        (an_event_unlike_its_schema, "contract_kept"),
        (an_event_without_a_schema, "contract_kept"),
        (a_contact_that_closed_as_nothing, "figures_balance"),
        (a_contact_for_no_call, "figures_balance"),
        (a_connection_after_the_end, "ended_is_ended"),
        (a_message_buried, "nothing_buried"),
    ],
)
def test_a_fault_is_found(evidence: Evidence, spoil: Spoil, name: str) -> None:
    assert name in broken(spoil(evidence))


def test_every_invariant_has_a_fault_that_breaks_it() -> None:
    marks = test_a_fault_is_found.pytestmark  # type: ignore[attr-defined]
    cases = next(mark.args[1] for mark in marks if mark.name == "parametrize")
    assert {name for _, name in cases} == set(audit.INVARIANTS)


def test_a_broken_invariant_is_told_in_one_line(evidence: Evidence) -> None:
    spoilt = replace(evidence, waiting=[contact.id for contact in evidence.contacts])
    finding = next(f for f in audit.audit(Case(spoilt)) if f.name == "nobody_waiting")
    assert "\n" not in finding.line
    assert finding.line.endswith("and 2 more")


def test_a_schema_name_cannot_leave_the_folder() -> None:
    assert schema_files.fault({"detail-type": "../openapi", "detail": {}}) is not None
