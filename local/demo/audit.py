"""The invariants of a run, held against the tables and the published events.

Decides what must be true once every call is over. Asks nothing of the simulation but which calls
the carrier made, and repairs nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from centralino.adapters import wire
from centralino.domain.contacts.model import Contact
from centralino.domain.kpi import ContactFacts, contact_facts
from centralino.domain.kpi.event_log import Recorded, in_order
from local.demo import assignments, schema_files
from local.demo.evidence import Evidence
from local.demo.figures import whole

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One invariant and what broke it; nothing where it holds."""

    name: str
    promise: str
    broken: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing broke it."""
        return not self.broken

    @property
    def line(self) -> str:
        """One line for a terminal."""
        more = f" and {len(self.broken) - _SHOWN} more" if len(self.broken) > _SHOWN else ""
        return f"{self.name}: {'; '.join(self.broken[:_SHOWN])}{more}"


class Case:
    """The evidence with what several invariants need of it, worked out once."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.events: list[Recorded] = in_order(evidence.events)
        self.facts: list[ContactFacts] = contact_facts(evidence.events)
        self.sequences: dict[str, set[int]] = {}
        for event in self.events:
            self.sequences.setdefault(event.entity_id, set()).add(event.sequence)
        self.stored: dict[str, int] = {
            **{contact.id: contact.sequence for contact in evidence.contacts},
            **{agent.id: agent.sequence for agent in evidence.agents},
        }

    @property
    def expected(self) -> int:
        """Events that the tables say there are."""
        return sum(self.stored.values())

    @property
    def published(self) -> int:
        """Distinct events that the tap received."""
        return len({event["detail"]["metadata"]["event_id"] for event in self.evidence.events})

    @property
    def lost(self) -> list[str]:
        """Calls and contacts that went missing: no contact, or a contact nobody heard of."""
        known = {contact.call for contact in self.evidence.contacts}
        calls = [f"call {sid} has no contact" for sid in self.evidence.calls if sid not in known]
        told = {fact.contact_id for fact in self.facts}
        silent = [
            f"{contact.id} was never told of"
            for contact in self.evidence.contacts
            if contact.id not in told
        ]
        return [*calls, *silent]

    @property
    def open_contacts(self) -> list[Contact]:
        """Contacts that have not ended."""
        return [contact for contact in self.evidence.contacts if not contact.ended]


def audit(case: Case) -> list[Finding]:
    """Check every invariant."""
    return [
        Finding(name, promise, tuple(check(case))) for name, (promise, check) in INVARIANTS.items()
    ]


def _every_call(case: Case) -> Iterable[str]:
    calls = Counter(contact.call for contact in case.evidence.contacts)
    yield from case.lost
    for call, count in calls.items():
        if count > 1:
            yield f"call {call} has {count} contacts"
        if call not in set(case.evidence.calls):
            yield f"a contact belongs to {call}, which was never made"


def _every_end(case: Case) -> Iterable[str]:
    for contact in case.open_contacts:
        yield f"{contact.id} is {contact.state}"


def _one_assignment(case: Case) -> Iterable[str]:
    yield from assignments.assigned_twice(case.events)


def _one_contact(case: Case) -> Iterable[str]:
    yield from assignments.agents_with_two(case.events)


def _capacity(case: Case) -> Iterable[str]:
    """Every version of every agent, not only the last, is in the stream."""
    for write in case.evidence.agent_writes:
        if write.item is None:
            continue
        agent = wire.agent_of(write.item)
        counted = Counter(slot.channel for slot in agent.slots.values())
        used = {channel: count for channel, count in agent.used.items() if count}
        if used != dict(counted):
            yield f"{agent.id} version {agent.version} counts {used} and holds {dict(counted)}"
        for channel, count in counted.items():
            if count > agent.capacity.get(channel, 0):
                yield f"{agent.id} version {agent.version} holds {count} on {channel}"


def _versions(case: Case) -> Iterable[str]:
    last: dict[str, int] = {}
    for write in (*case.evidence.contact_writes, *case.evidence.agent_writes):
        if write.item is None:
            continue
        entity, version = write.key[0], int(write.item["ver"])
        if version != last.get(entity, 0) + 1:
            yield f"{entity} went from version {last.get(entity, 0)} to {version}"
        last[entity] = version


def _released(case: Case) -> Iterable[str]:
    for agent in case.evidence.agents:
        if agent.slots or any(agent.used.values()):
            yield f"{agent.id} still holds {', '.join(agent.slots) or dict(agent.used)}"


def _nobody_waiting(case: Case) -> Iterable[str]:
    for contact in case.evidence.waiting:
        yield f"{contact} is in the waiting index"


def _sequences(case: Case) -> Iterable[str]:
    for entity in case.stored.keys() | case.sequences.keys():
        told, stored = case.sequences.get(entity, set()), case.stored.get(entity, 0)
        missing = sorted(set(range(1, stored + 1)) - told)
        beyond = sorted(told - set(range(1, stored + 1)))
        if missing:
            yield f"{entity} lacks event {missing[0]} of {stored}"
        if beyond:
            yield f"{entity} has event {beyond[0]}, the table knows {stored}"


def _published(case: Case) -> Iterable[str]:
    if case.published != case.expected:
        yield f"{case.published} published, {case.expected} expected"


def _contract(case: Case) -> Iterable[str]:
    for event in case.evidence.events:
        fault = schema_files.fault(event)
        if fault is not None:
            yield f"{event.get('detail-type')}: {fault}"


def _balance(case: Case) -> Iterable[str]:
    entered, offered = whole("entered", case.facts), whole("offered", case.facts)
    served, calls = whole("self_served", case.facts), len(case.evidence.calls)
    if entered != offered + served:
        yield f"{entered} entered, {offered} offered and {served} served themselves"
    if entered != calls:
        yield f"{entered} entered, {calls} calls were made"


def _nothing_after(case: Case) -> Iterable[str]:
    yield from assignments.alive_after_the_end(case.events)


def _nothing_buried(case: Case) -> Iterable[str]:
    if case.evidence.buried:
        yield f"{case.evidence.buried} messages in the dead-letter queues"


Check = Callable[[Case], Iterable[str]]

INVARIANTS: dict[str, tuple[str, Check]] = {
    "every_call_has_one_contact": ("every call made is one contact, told of", _every_call),
    "every_contact_ended": ("no contact is open at the end", _every_end),
    "assigned_once": ("no contact had two live offers or conversations", _one_assignment),
    "one_contact_per_agent": ("no agent had two voice contacts at once", _one_contact),
    "capacity_kept": ("in every version, slots are counted right and within", _capacity),
    "versions_without_gap": ("every write made the next version", _versions),
    "slots_empty": ("no agent holds a slot at the end", _released),
    "nobody_waiting": ("the waiting index is empty", _nobody_waiting),
    "sequences_without_gap": ("the events of each entity count from 1", _sequences),
    "all_published": ("every event of the tables was published", _published),
    "contract_kept": ("every event is as its schema says", _contract),
    "figures_balance": ("entered = offered + self-served = calls made", _balance),
    "ended_is_ended": ("nothing happens to a contact after its end", _nothing_after),
    "nothing_buried": ("no message ended in a dead-letter queue", _nothing_buried),
}


def broken(findings: Sequence[Finding]) -> list[Finding]:
    """Return the invariants that do not hold."""
    return [finding for finding in findings if not finding.holds]
