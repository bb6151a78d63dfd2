"""What happened to one contact, in the words the KPI formulas use.

Decides how the pieces of a contact (queue legs, agent segments, transfers) combine into the
figures a formula asks for: whether it was answered, how long it waited, how long it was handled.
Never reads an event, a clock or a table, and never holds a rate: formulas live beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

CALLBACK_CHANNEL = "callback"
INBOUND = "inbound"


class Outcome(StrEnum):
    """How a contact ended; ``OPEN`` while it has not."""

    OPEN = "open"
    HANDLED = "handled"
    ABANDONED = "abandoned"
    CALLBACK_REQUESTED = "callback_requested"
    OVERFLOWED = "overflowed"
    SELF_SERVED = "self_served"
    EXPIRED = "expired"
    SYSTEM = "system"


class Stage(StrEnum):
    """Where the caller was when they gave up."""

    MENU = "menu"
    QUEUE = "queue"
    RINGING = "ringing"


class EndedBy(StrEnum):
    """Which side ended the conversation; ``SYSTEM`` when neither did."""

    CALLER = "caller"
    AGENT = "agent"
    SYSTEM = "system"


class TransferKind(StrEnum):
    """Where a transfer went."""

    AGENT = "agent"
    QUEUE = "queue"
    EXTERNAL = "external"


class LeftQueue(StrEnum):
    """How a contact left one leg of queueing."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    CALLBACK_REQUESTED = "callback_requested"
    OVERFLOWED = "overflowed"
    EXPIRED = "expired"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Segment:
    """One agent's part of a contact, from the connection to the end of the wrap-up.

    ``agent_id`` is None when the source does not say who served. Durations are milliseconds;
    talk, hold and wrap-up do not overlap. ``ended_ms`` is the end of the wrap-up, None while the
    agent is still busy with it. ``leg`` is the queue leg that led to it.
    """

    rid: str
    agent_id: str | None
    queue: str | None
    connected_ms: int
    talk_ended_ms: int | None = None
    ended_ms: int | None = None
    talk_ms: int = 0
    hold_ms: int = 0
    wrapup_ms: int = 0
    ended_by: EndedBy | None = None
    leg: int = 1


@dataclass(frozen=True, slots=True)
class QueueLeg:
    """One stay in a queue. A declined offer stays in its leg; a transfer or overflow opens one.

    ``left_ms`` is the moment the leg ended: the agent's acceptance, the hang-up, the overflow.
    """

    number: int
    queue: str
    enqueued_ms: int
    left_ms: int | None = None
    left_by: LeftQueue | None = None
    answered_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """A hand-over by an agent; ``answered_ms`` is None when the target never answered.

    ``leg`` is the queue leg served when it started.
    """

    kind: TransferKind
    started_ms: int
    answered_ms: int | None = None
    leg: int = 1


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """Everything the KPI formulas may know about one contact. Times are UTC milliseconds.

    Parameters
    ----------
    contact_id, business_unit, channel, direction, line, priority
        As carried by the contact's events.
    queue
        The first queue the contact was placed in; None when it never queued.
    entered_ms
        When the contact reached the centre.
    requested_ms
        When the customer asked to be served: the request of a callback, else the first enqueue.
    enqueued_ms
        First time in a queue.
    dequeued_ms
        When queueing ended: the acceptance of the offer that led to the first answer, else the
        end of the last leg.
    answered_ms
        First connection with an agent.
    ended_ms
        End of everything, wrap-up included.
    wait_ms
        From ``enqueued_ms`` to the answer, the abandonment or any other end of waiting; 0 for a
        caller who left in the menu; None while it is still unknown.
    chain_enqueued_ms
        First enqueue of the chain of linked contacts (an asking contact and its callback).
    previous_id, parent_id
        The asking contact of a callback; the contact a consult or monitoring leg belongs to.
    customer, topic
        Opaque subject and topic, None when not identified.
    """

    contact_id: str
    entered_ms: int
    business_unit: str = ""
    channel: str = "voice"
    direction: str = INBOUND
    line: str | None = None
    queue: str | None = None
    priority: int | None = None
    requested_ms: int | None = None
    enqueued_ms: int | None = None
    dequeued_ms: int | None = None
    answered_ms: int | None = None
    ended_ms: int | None = None
    outcome: Outcome = Outcome.OPEN
    stage: Stage | None = None
    wait_ms: int | None = None
    legs: tuple[QueueLeg, ...] = ()
    segments: tuple[Segment, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    offers: int = 0
    disposition: str | None = None
    previous_id: str | None = None
    chain_enqueued_ms: int | None = None
    parent_id: str | None = None
    customer: str | None = None
    topic: str | None = None

    def __post_init__(self) -> None:
        """Reject facts no contact can have, so that a wrong source fails where it is wrong."""
        if (self.answered or self.abandoned) and self.wait_ms is None:
            raise ValueError(f"contact {self.contact_id}: {self.outcome} needs wait_ms")
        if self.wait_ms is not None and self.wait_ms < 0:
            raise ValueError(f"contact {self.contact_id}: wait_ms {self.wait_ms} is negative")
        if self.outcome is Outcome.ABANDONED and self.stage is None:
            raise ValueError(f"contact {self.contact_id}: an abandoned contact needs its stage")

    @property
    def contact_ids(self) -> tuple[str, ...]:
        """The contact itself, for drill-down."""
        return (self.contact_id,)

    @property
    def is_callback(self) -> bool:
        """True for the contact that calls a customer back, which counts in callback figures."""
        return self.channel == CALLBACK_CHANNEL

    @property
    def answered(self) -> bool:
        """Connected with an agent at least once, whatever came after."""
        return self.answered_ms is not None

    @property
    def abandoned(self) -> bool:
        """Left before any agent answered. Giving up after a transfer is not an abandonment."""
        return self._ended_unanswered_as(Outcome.ABANDONED)

    @property
    def callback_requested(self) -> bool:
        """Traded the place in the queue for a callback."""
        return self._ended_unanswered_as(Outcome.CALLBACK_REQUESTED)

    @property
    def overflowed(self) -> bool:
        """Left the centre's queues by overflow and was answered nowhere in it."""
        return self._ended_unanswered_as(Outcome.OVERFLOWED)

    @property
    def self_served(self) -> bool:
        """Closed in the flow, with the caller's question answered by it."""
        return self._ended_unanswered_as(Outcome.SELF_SERVED)

    @property
    def expired(self) -> bool:
        """Waited until its expiry and was answered by nobody."""
        return self._ended_unanswered_as(Outcome.EXPIRED)

    @property
    def closed_by_system(self) -> bool:
        """Closed by the system before any agent answered, for a technical reason."""
        return self._ended_unanswered_as(Outcome.SYSTEM)

    @property
    def pending(self) -> bool:
        """Neither answered nor ended yet."""
        return self._ended_unanswered_as(Outcome.OPEN)

    @property
    def offered(self) -> bool:
        """Wanted an agent, and its fate is known: answered, abandoned, callback or overflow."""
        return self.answered or self.abandoned or self.callback_requested or self.overflowed

    @property
    def queued(self) -> bool:
        """Was placed in a queue."""
        return self.enqueued_ms is not None

    @property
    def handled(self) -> bool:
        """Answered, and all its handling is over, so its handling time is final."""
        return self.answered and self.ended_ms is not None

    @property
    def dropped(self) -> bool:
        """The conversation ended without either side hanging up."""
        return (
            self.handled and bool(self.segments) and (self.segments[-1].ended_by is EndedBy.SYSTEM)
        )

    @property
    def placed_ms(self) -> int:
        """The moment that decides the reporting interval: the enqueue, or the arrival."""
        return self.entered_ms if self.enqueued_ms is None else self.enqueued_ms

    @property
    def queue_duration_ms(self) -> int | None:
        """From the request to leaving the queue, a callback's initial delay included."""
        start = self.enqueued_ms if self.requested_ms is None else self.requested_ms
        if start is None or self.dequeued_ms is None:
            return None
        return max(0, self.dequeued_ms - start)

    @property
    def time_to_service_ms(self) -> int | None:
        """From the first enqueue of the chain of linked contacts to the conversation."""
        start = self.enqueued_ms if self.chain_enqueued_ms is None else self.chain_enqueued_ms
        if start is None or self.answered_ms is None:
            return None
        return max(0, self.answered_ms - start)

    @property
    def queue_time_ms(self) -> int | None:
        """From the first enqueue to leaving the queue; None while waiting."""
        if self.enqueued_ms is None or self.dequeued_ms is None:
            return None
        return max(0, self.dequeued_ms - self.enqueued_ms)

    @property
    def connected_time_ms(self) -> int:
        """Talk and hold of every segment."""
        return sum(segment.talk_ms + segment.hold_ms for segment in self.segments)

    @property
    def handle_ms(self) -> int:
        """Talk, hold and wrap-up of every segment."""
        return self.connected_time_ms + sum(segment.wrapup_ms for segment in self.segments)

    def _ended_unanswered_as(self, outcome: Outcome) -> bool:
        return self.answered_ms is None and self.outcome is outcome


class Population(StrEnum):
    """Which contacts a figure is about.

    A callback contact counts in callback figures only; consult and monitoring legs, which have a
    parent, are never contacts of their own in a figure.
    """

    INBOUND = "inbound"
    DIRECT = "direct"
    CALLBACK = "callback"
    ANY = "any"

    def includes(self, facts: ContactFacts) -> bool:
        """Tell whether ``facts`` belong to this population."""
        if facts.parent_id is not None:
            return False
        if self is Population.INBOUND:
            return facts.direction == INBOUND and not facts.is_callback
        if self is Population.DIRECT:
            return not facts.is_callback
        if self is Population.CALLBACK:
            return facts.is_callback
        return True
