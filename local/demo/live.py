"""What is going on right now, as the published events tell it: for the terminal, not the report.

Decides how events become a picture of queues and agents. Fed from the tap's thread, read from
another; events may come twice and, of different entities, in any order.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from centralino.domain.kpi import ContactFacts, Parameters, compute, contact_facts
from centralino.domain.kpi.event_log import Recorded, read

_STEPS = {
    "ContactStarted": "menu",
    "ContactEnqueued": "waiting",
    "ContactRequeued": "waiting",
    "ContactOffered": "ringing",
    "OfferAccepted": "ringing",
    "ContactConnected": "talking",
    "ContactHeld": "talking",
    "ContactResumed": "talking",
    "ContactWrapupStarted": "wrapping up",
    "ContactAbandoned": "ended",
    "ContactClosed": "ended",
}
_WITH_AGENT = frozenset({"ringing", "talking", "wrapping up"})


@dataclass(slots=True)
class _Contact:
    step: str = ""
    sequence: int = 0
    queue: str | None = None
    since_ms: int = 0
    agent: str | None = None
    events: list[Mapping[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class QueueNow:
    """A queue: how many wait, and how long the one in front has waited (wall seconds)."""

    name: str
    waiting: int
    longest_s: float


@dataclass(frozen=True, slots=True)
class Now:
    """The centre at one moment."""

    started: int
    ended: int
    steps: Mapping[str, int]
    queues: Sequence[QueueNow]
    agents: Mapping[str, str]
    answered: int
    abandoned: int
    self_served: int
    service_level: float | None
    events: int


@dataclass(frozen=True, slots=True)
class Ended:
    """Contacts told of, and those among them that have not ended."""

    contacts: int
    open: int


class Live:
    """The picture in the making.

    Parameters
    ----------
    names
        What to call each agent.
    queues
        The queues to show, empty ones too.
    target_ms
        X of the service level, in wall milliseconds.
    """

    def __init__(self, names: Mapping[str, str], queues: Sequence[str], target_ms: int) -> None:
        self._names = dict(names)
        self._queues = tuple(queues)
        self._parameters = Parameters(target_ms=target_ms)
        self._contacts: dict[str, _Contact] = {}
        self._presence: dict[str, tuple[int, str]] = {}
        self._facts: dict[str, ContactFacts] = {}
        self._changed: set[str] = set()
        self._count = 0
        self._lock = threading.Lock()

    def hear(self, envelope: Mapping[str, Any]) -> None:
        """Take in one event."""
        event = read(envelope)
        with self._lock:
            self._count += 1
            if event.type == "AgentStateChanged":
                self._agent(event)
            elif event.entity_id.startswith("ct_"):
                self._contact(event, envelope)

    def ended(self) -> Ended:
        """Return how many contacts have been told of, and how many of them are open."""
        with self._lock:
            open_ones = sum(c.step != "ended" for c in self._contacts.values())
            return Ended(len(self._contacts), open_ones)

    def now(self, now_ms: int) -> Now:
        """Return the picture at this moment."""
        with self._lock:
            for contact in self._changed:
                self._facts[contact] = contact_facts(self._contacts[contact].events)[0]
            self._changed.clear()
            facts = list(self._facts.values())
            contacts = list(self._contacts.values())
            agents = self._agents_now()
            count = self._count
        steps = Counter(contact.step for contact in contacts)
        return Now(
            started=len(contacts),
            ended=steps["ended"],
            steps=steps,
            queues=[self._queue_now(name, contacts, now_ms) for name in self._queues],
            agents=agents,
            answered=int(compute("answered", facts).numerator),
            abandoned=int(compute("abandoned", facts).numerator),
            self_served=int(compute("self_served", facts).numerator),
            service_level=compute("service_level.offered", facts, self._parameters).value,
            events=count,
        )

    def _agent(self, event: Recorded) -> None:
        known = self._presence.get(event.entity_id, (0, ""))
        if event.sequence > known[0]:
            reason = event.data.get("reason")
            state = str(event.data["state"]).lower().replace("_", " ")
            self._presence[event.entity_id] = (
                event.sequence,
                f"{state} ({reason})" if reason else state,
            )

    def _contact(self, event: Recorded, envelope: Mapping[str, Any]) -> None:
        contact = self._contacts.setdefault(event.entity_id, _Contact())
        contact.events.append(envelope)
        self._changed.add(event.entity_id)
        step = _STEPS.get(event.type)
        if step is None or event.sequence <= contact.sequence:
            return
        contact.sequence, contact.step = event.sequence, step
        contact.queue = event.data.get("queue") or contact.queue
        contact.since_ms = int(event.data.get("enqueued_at") or contact.since_ms)
        contact.agent = event.data.get("agent_id") if step in _WITH_AGENT else None

    def _agents_now(self) -> dict[str, str]:
        busy = {c.agent: c.step for c in self._contacts.values() if c.agent is not None}
        return {
            name: busy.get(agent) or self._presence.get(agent, (0, "offline"))[1]
            for agent, name in self._names.items()
        }

    def _queue_now(self, name: str, contacts: Sequence[_Contact], now_ms: int) -> QueueNow:
        waiting = [c for c in contacts if c.queue == name and c.step == "waiting"]
        longest = max((now_ms - c.since_ms for c in waiting), default=0)
        return QueueNow(name, len(waiting), max(0, longest) / 1000)
