"""What a contact is: one customer's conversation, from first ring to close.

A contact is immutable here; every change makes the next version (see
:mod:`centralino.domain.contacts.machine`). Times are UTC milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from centralino.domain.callbacks.model import Callback
from centralino.domain.events import Event
from centralino.domain.promises.model import WaitPromise

DEFAULT_TIER = 5
HEAD_TIER = 0

#: Kinds of child contacts; see :mod:`centralino.domain.contacts.transfers`.
CONSULT = "consult"
CONFERENCE = "conference"
TRANSFER = "transfer"


class ContactState(StrEnum):
    """Where a contact stands. The last five are ends: nothing follows them."""

    IVR = "IVR"
    SCHEDULED = "SCHEDULED"
    WAITING = "WAITING"
    OFFERED = "OFFERED"
    DIALING = "DIALING"
    CONNECTED = "CONNECTED"
    HELD = "HELD"
    PARKED = "PARKED"
    POST_CALL = "POST_CALL"
    WRAPUP = "WRAPUP"
    CLOSED = "CLOSED"
    ABANDONED = "ABANDONED"
    EXPIRED = "EXPIRED"
    OVERFLOWED = "OVERFLOWED"
    CANCELLED = "CANCELLED"


ENDED = frozenset(
    {
        ContactState.CLOSED,
        ContactState.ABANDONED,
        ContactState.EXPIRED,
        ContactState.OVERFLOWED,
        ContactState.CANCELLED,
    }
)
TALKING = frozenset({ContactState.CONNECTED, ContactState.HELD})


class Channel(StrEnum):
    """How the customer reaches us."""

    VOICE = "voice"
    CHAT = "chat"
    EMAIL = "email"
    TASK = "task"
    CALLBACK = "callback"

    @property
    def work(self) -> Channel:
        """The channel on whose capacity it counts: to an agent a callback is a call."""
        return Channel.VOICE if self is Channel.CALLBACK else self


class Direction(StrEnum):
    """Who started it."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


@dataclass(frozen=True, slots=True)
class Segment:
    """One accepted offer: the time a contact spends with one agent.

    ``ended_at`` closes the talk, ``wrapped_at`` the wrap-up; the agent's slot is held until
    ``wrapped_at`` is set, whatever the contact does meanwhile. ``lost_at`` is since when the
    agent's leg has been gone from the talk; see :mod:`centralino.domain.contacts.lost`. ``muted``
    is the leg's; see :mod:`centralino.domain.contacts.muting`.
    """

    rid: str
    agent: str
    queue: str
    accepted_at: int
    connected_at: int | None = None
    held_since: int | None = None
    hold_ms: int = 0
    ended_at: int | None = None
    ended_by: str | None = None
    wrapped_at: int | None = None
    disposition: str | None = None
    lost_at: int | None = None
    muted: bool = False

    @property
    def live(self) -> bool:
        """Whether the agent's slot must exist."""
        return self.wrapped_at is None

    @property
    def wrapping(self) -> bool:
        """Whether the talk is over and the wrap-up is not."""
        return self.ended_at is not None and self.wrapped_at is None

    def hold_until(self, now: int) -> int:
        """Return the milliseconds on hold so far, a running hold included."""
        running = now - self.held_since if self.held_since is not None else 0
        return self.hold_ms + max(0, running)


class Decision(NamedTuple):
    """Why an assignment was made: the record behind ``centralino why``.

    Attributes
    ----------
    rule : str
        The strategy that chose.
    step : int
        Index of the plan's relaxation step in force.
    candidates : tuple of (agent id, reason code)
        The chosen one first, then up to four others with why not.
    """

    rule: str
    step: int = 0
    candidates: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FlowPosition:
    """Where a call stands in its flow; a call keeps the flow version it began with.

    Attributes
    ----------
    flow, step : str
        The step, and the flow it is a step of.
    tries : int
        Wrong answers at this step so far.
    turn : int
        Answers given in the whole call: with the step it names what an answer is an answer to.
    stack : tuple of (flow, step)
        Where the flows that run this one go on, the line's own flow first.
    variables : mapping
        What the call's flows know, until it leaves them; a name that begins with ``*`` stands for
        a sensitive value kept elsewhere.
    """

    flow: str
    version: int
    step: str
    tries: int = 0
    turn: int = 0
    stack: tuple[tuple[str, str], ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def token(self) -> str:
        """What names one turn of one step, so that a repeated answer is recognised."""
        return f"{self.step}.{self.turn}"


@dataclass(frozen=True, slots=True)
class Contact:
    """One customer's conversation and its place in the machine.

    ``version`` rises by one per write, ``sequence`` by the number of events of the write.
    ``virtual_time`` orders the queue (``vts``), ``tier`` is strict (``cls``, 0 is served first),
    ``rid`` names the offer or the segment in force. ``preferred`` is the agent it would rather
    have, for as long as its plan waits for one. ``party`` is the child contact through which a
    third party takes part, ``kind`` what a child is for. ``promise`` is what was announced of the
    wait in the queue leg it names. ``overflowed`` is why a queue turned the contact away,
    ``asked_leg`` the leg in which a queue led it into a dialogue about being called back.
    ``callback`` is there on contacts that call a customer back.
    """

    id: str
    state: ContactState
    business_unit: str
    version: int = 1
    sequence: int = 0
    channel: Channel = Channel.VOICE
    direction: Direction = Direction.INBOUND
    provider: str = ""
    call: str | None = None
    line: str | None = None
    language: str = "en"
    subject: str | None = None
    flow: FlowPosition | None = None
    parent: str | None = None
    kind: str | None = None
    previous: str | None = None
    party: str | None = None
    pool: str | None = None
    queue: str | None = None
    plan: str | None = None
    shard: int = 0
    priority: int = 0
    tier: int = DEFAULT_TIER
    enqueued_at: int | None = None
    virtual_time: int | None = None
    leg: int = 0
    rid: str | None = None
    agent: str | None = None
    expires_at: int | None = None
    acknowledged_at: int | None = None
    tried: Mapping[str, int] = field(default_factory=dict)
    preferred: str | None = None
    decision: Decision | None = None
    promise: WaitPromise | None = None
    overflowed: str | None = None
    asked_leg: int | None = None
    callback: Callback | None = None
    segments: tuple[Segment, ...] = ()
    post_call: bool = False
    created_at: int = 0
    updated_at: int = 0
    cause: str | None = None
    events: tuple[Event, ...] = ()
    ttl: int | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing can follow."""
        return self.state in ENDED

    @property
    def correlation(self) -> str:
        """The id shared by contacts of one story: the parent's or the asking one's, else own."""
        return self.parent or self.previous or self.id

    @property
    def calls_back(self) -> bool:
        """Whether its customer is still to be called back: it has no call of its own yet."""
        return self.owes_callback and not self.answers_callback

    @property
    def owes_callback(self) -> bool:
        """Whether its callback has not come to an end yet."""
        return self.callback is not None and self.callback.pending

    @property
    def answers_callback(self) -> bool:
        """Whether its customer, rung first, has answered and waits for an agent."""
        return self.callback is not None and self.callback.on_the_line

    @property
    def segment(self) -> Segment | None:
        """The segment of ``rid``: present once the offer in force was accepted."""
        return self.find_segment(self.rid) if self.rid else None

    @property
    def accepted(self) -> bool:
        """Whether the pending offer has been accepted and the legs are being joined."""
        return self.state is ContactState.OFFERED and self.segment is not None

    @property
    def waiting_partition(self) -> str | None:
        """Partition of the ``waiting`` index, only while WAITING."""
        if self.state is not ContactState.WAITING:
            return None
        return waiting_partition(self.pool or "", self.queue or "", self.plan or "", self.shard)

    @property
    def waiting_key(self) -> str | None:
        """Sort key of the ``waiting`` index: strict tier, then virtual time, then id."""
        if self.state is not ContactState.WAITING or self.virtual_time is None:
            return None
        return waiting_key(self.tier, self.virtual_time, self.id)

    def find_segment(self, rid: str) -> Segment | None:
        """Return the segment that the offer ``rid`` opened, if it was accepted."""
        return next((s for s in self.segments if s.rid == rid), None)


def waiting_partition(pool: str, queue: str, plan: str, shard: int) -> str:
    """Return the partition key of the ``waiting`` index."""
    return f"{pool}#{queue}#{plan}#{shard}"


def waiting_key(tier: int, virtual_time: int, contact: str) -> str:
    """Return the sort key of the ``waiting`` index. Times before 1970 sort as 1970."""
    return f"{tier}{max(0, virtual_time):013d}#{contact}"
