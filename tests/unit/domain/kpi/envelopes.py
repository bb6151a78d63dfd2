"""Write event logs for tests, in the envelope that the product publishes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from centralino.domain.kpi import ContactFacts, Stage

Envelope = dict[str, Any]


class Log:
    """An event log in the making; sequences count from 1 per entity."""

    def __init__(self) -> None:
        self.events: list[Envelope] = []
        self._sequences: dict[str, int] = {}
        self._stories: dict[str, str] = {}

    def add(
        self, entity: str, kind: str, at: int | str, *, story: str | None = None, **data: Any
    ) -> None:
        """Append one event of a contact or an agent; ``story`` is the contact it goes back to."""
        story = self._stories.setdefault(entity, story or entity)
        sequence = self._sequences[entity] = self._sequences.get(entity, 0) + 1
        context = "agents" if kind.startswith("Agent") else "contacts"
        self.events.append(
            {
                "source": f"centralino.{context}",
                "detail-type": kind,
                "detail": {
                    "metadata": {
                        "event_id": f"{entity}-{sequence}",
                        "entity_id": entity,
                        "sequence": sequence,
                        "schema_version": 1,
                        "correlation_id": story,
                        "causation_id": None,
                        "occurred_at": at,
                        "business_unit": "demo",
                    },
                    "data": data,
                },
            }
        )

    def started(self, contact: str, at: int | str, **data: Any) -> None:
        """The contact reaches the centre."""
        self.add(
            contact,
            "ContactStarted",
            at,
            **{"channel": "voice", "direction": "inbound", "line": "main", **data},
        )

    def enqueued(self, contact: str, at: int, queue: str = "support", leg: int = 1) -> None:
        """The contact is placed in a queue."""
        self.add(
            contact,
            "ContactEnqueued",
            at,
            queue=queue,
            channel="voice",
            direction="inbound",
            priority=0,
            enqueued_at=at,
            leg=leg,
        )

    def offered(self, contact: str, at: int, agent: str, rid: str, queue: str = "support") -> None:
        """An agent is rung."""
        self.add(
            contact,
            "ContactOffered",
            at,
            queue=queue,
            agent_id=agent,
            rid=rid,
            expires_at=at + 15_000,
            decision={},
        )

    def connected(
        self,
        contact: str,
        accepted: int,
        at: int,
        agent: str = "ag_1",
        rid: str | None = None,
        queue: str = "support",
    ) -> None:
        """An agent accepts the offer and meets the caller."""
        rid = rid or f"{contact}#1"
        self.offered(contact, accepted, agent, rid, queue)
        self.add(contact, "OfferAccepted", accepted, queue=queue, agent_id=agent, rid=rid)
        self.add(contact, "ContactConnected", at, queue=queue, agent_id=agent, rid=rid)

    def finished(
        self,
        contact: str,
        hung_up: int,
        closed: int,
        *,
        agent: str = "ag_1",
        rid: str | None = None,
        ended_by: str = "caller",
        **durations: int,
    ) -> None:
        """The conversation ends, and the wrap-up after it."""
        rid = rid or f"{contact}#1"
        self.add(
            contact,
            "ContactWrapupStarted",
            hung_up,
            queue="support",
            agent_id=agent,
            rid=rid,
            ended_by=ended_by,
            **durations,
        )
        self.add(
            contact,
            "ContactClosed",
            closed,
            outcome="handled",
            queue="support",
            agent_id=agent,
            disposition="done",
            wrapup_ms=closed - hung_up,
        )

    def state(self, agent: str, at: int, state: str, previous: str = "OFFLINE") -> None:
        """An agent changes state."""
        self.add(agent, "AgentStateChanged", at, state=state, reason=None, previous=previous)


def replayed(facts: Iterable[ContactFacts]) -> list[Envelope]:
    """Write the log that contacts with these facts would have left."""
    log = Log()
    for fact in facts:
        contact, queue = fact.contact_id, fact.queue or ""
        log.started(contact, fact.entered_ms)
        if fact.enqueued_ms is not None:
            log.enqueued(contact, fact.enqueued_ms, queue)
        if fact.answered_ms is not None:
            segment = fact.segments[0]
            log.connected(
                contact,
                fact.answered_ms,
                fact.answered_ms,
                segment.agent_id or "unnamed",
                queue=queue,
            )
            end = fact.answered_ms + segment.talk_ms
            log.finished(contact, end, end, talk_ms=segment.talk_ms, hold_ms=0)
        else:
            left = fact.entered_ms if fact.dequeued_ms is None else fact.dequeued_ms
            stage = fact.stage or Stage.QUEUE
            log.add(contact, "ContactAbandoned", left, stage=stage, queue=fact.queue)
    return log.events
