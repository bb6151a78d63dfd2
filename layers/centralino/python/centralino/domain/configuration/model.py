"""The business rules in force: what administrators write, versioned and immutable.

A :class:`Configuration` is one published version. It is validated when it is written (see
``contracts.configuration``); here it is only read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.configuration.hours import Hours
from centralino.domain.contacts.model import DEFAULT_TIER, Channel
from centralino.domain.errors import NotFound
from centralino.domain.flows.model import Flow

T = TypeVar("T")

Texts = Mapping[str, str]
"""The same sentence by language: ``{"en": ..., "it": ...}``."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a contact needs of an agent once it has waited ``after_ms``."""

    after_ms: int = 0
    skills: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """Channel, needed skills and how the need relaxes: the steps, by rising ``after_ms``.

    ``prefer_ms`` is how long a contact that has a preferred agent waits for that agent alone,
    while the agent is neither away nor set aside; 0 never waits.
    """

    id: str
    channel: Channel = Channel.VOICE
    steps: tuple[Step, ...] = (Step(),)
    prefer_ms: int = 0


@dataclass(frozen=True, slots=True)
class RonaPolicy:
    """What follows when an agent misses offers in a row.

    The first ``limit - 1`` misses set the agent aside for that contact and move it behind the
    others for the next offer; the ``limit``-th makes it NOT_READY (``rona``). 1 is the strict
    policy: every miss does.
    """

    limit: int = 2


@dataclass(frozen=True, slots=True)
class Overflow:
    """Where a contact goes when a queue cannot take it or has kept it too long.

    Attributes
    ----------
    when : str
        ``closed`` (outside its hours), ``full`` (``limit`` contacts wait already) or ``late``
        (it has waited ``limit`` milliseconds).
    action : str
        ``queue`` (to ``queue``), ``message`` (say ``texts``, hang up) or ``callback`` (into the
        dialogue ``flow``, which offers to call back). Never a busy tone.
    """

    when: str
    action: str
    limit: int = 0
    queue: str | None = None
    texts: Texts = field(default_factory=dict)
    flow: str | None = None


@dataclass(frozen=True, slots=True)
class Announce:
    """What waiting callers are told: their place, the wait to expect, and how often.

    ``every_ms`` is the least time between two announcements to the same caller.
    """

    position: bool = False
    wait: bool = False
    every_ms: int = 60_000


@dataclass(frozen=True, slots=True)
class Queue:
    """A line of waiting contacts and its rules. Durations in milliseconds.

    Attributes
    ----------
    strategy : str
        How agents are ordered; see :mod:`centralino.domain.routing.strategies`.
    tier : int
        Strict: every contact of tier 4 goes before any of tier 5.
    priority : int
        Counted in ``boost_ms`` each: contacts count as having waited that much longer.
    sla_target_ms, sla_percent : int
        Answer this many of a hundred contacts within the target.
    sla_offset_ms : int
        Added to the enqueue time for the place in line: a queue with a later target can wait.
    set_aside_ms : int
        How long an agent who declined or missed a contact is not offered it again.
    overflow : tuple of Overflow
        Tried in order; the first whose condition holds is taken.
    hours : str or None
        Opening hours; those of the business unit where not given.
    recording : str
        ``never``, ``with_consent`` or ``always``.
    recording_days : int
        For how long its recordings and messages are kept.
    callback : CallbackRules
        How its customers are called back who asked for it.
    """

    id: str
    business_unit: str
    names: Texts = field(default_factory=dict)
    strategy: str = "longest_idle"
    tier: int = DEFAULT_TIER
    priority: int = 0
    sla_target_ms: int = 20_000
    sla_offset_ms: int = 0
    offer_timeout_ms: int = 20_000
    wrap_up_ms: int = 60_000
    set_aside_ms: int = 30_000
    shards: int = 1
    plans: tuple[str, ...] = ("voice",)
    dispositions: tuple[str, ...] = ("resolved", "follow_up", "other")
    boost_ms: int = 60_000
    sla_percent: int = 80
    rona: RonaPolicy = RonaPolicy()
    hours: str | None = None
    overflow: tuple[Overflow, ...] = ()
    announce: Announce = Announce()
    recording: str = "never"
    recording_days: int = 90
    callback: CallbackRules = field(default_factory=CallbackRules)

    def boost(self, priority: int) -> int:
        """Return how much earlier a contact of this priority counts as having come, in ms."""
        return priority * self.boost_ms


@dataclass(frozen=True, slots=True)
class ProfileQueue:
    """A queue served under a routing profile.

    Contacts of a queue with priority 1 go before those of priority 2, whatever they waited.
    Contacts become visible to the profile once they have waited ``delay_ms``: until then other
    profiles have them to themselves.
    """

    queue: str
    priority: int = 1
    delay_ms: int = 0


@dataclass(frozen=True, slots=True)
class RoutingProfile:
    """Which queues an agent serves, in which order, and how many contacts at once.

    A contact on an ``exclusive`` channel takes the whole agent.
    """

    id: str
    queues: tuple[ProfileQueue, ...]
    capacity: Mapping[Channel, int] = field(default_factory=lambda: {Channel.VOICE: 1})
    exclusive: frozenset[Channel] = frozenset({Channel.VOICE})
    shards: int = 1


@dataclass(frozen=True, slots=True)
class Pool:
    """A connected component of queues and profiles: what one drain matches."""

    id: str
    queues: tuple[str, ...]
    profiles: tuple[str, ...]


def web_address(line: str) -> str:
    """Return what a page calls instead of a number."""
    return f"web:{line}"


@dataclass(frozen=True, slots=True)
class Line:
    """Where customers reach us: a number (E.164), or ``web:<id>`` for calls from a page.

    ``provider`` carries its calls; see :class:`~centralino.domain.telephony.capabilities.Provider`.
    """

    id: str
    number: str
    business_unit: str
    flow: str
    language: str
    provider: str = "twilio"


@dataclass(frozen=True, slots=True)
class Spend:
    """What a business unit may spend in a day (UTC): calls to customers, messages."""

    calls_per_day: int = 500
    messages_per_day: int = 500


@dataclass(frozen=True, slots=True)
class BusinessUnit:
    """A client or department with a contract of its own.

    ``hours``, ``sla_target_ms`` and ``sla_percent`` are what its queues have unless they say
    otherwise; ``languages`` is what every text of its flows must be written in. ``spend`` is what
    may be spent in a day before requests from pages are refused; ``None``: nothing is counted.
    """

    id: str
    names: Texts = field(default_factory=dict)
    languages: tuple[str, ...] = ("en",)
    hours: str | None = None
    sla_target_ms: int = 20_000
    sla_percent: int = 80
    spend: Spend | None = None


@dataclass(frozen=True, slots=True)
class Skill:
    """Something agents can have at a level from 1 to ``levels``."""

    id: str
    names: Texts = field(default_factory=dict)
    levels: int = 5


@dataclass(frozen=True, slots=True)
class Importing:
    """Another contact centre whose calls are told here, so that its figures are ours.

    Attributes
    ----------
    id : str
        What names it in its own messages (of Amazon Connect, the instance id).
    queues : mapping
        Our queue for the other centre's, by its id; others keep their own id.
    """

    id: str
    business_unit: str
    queues: Mapping[str, str] = field(default_factory=dict)
    provider: str = "connect"


@dataclass(frozen=True, slots=True)
class Configuration:
    """One published version of the business rules, by id."""

    version: int
    queues: Mapping[str, Queue]
    profiles: Mapping[str, RoutingProfile]
    plans: Mapping[str, Plan]
    pools: Mapping[str, Pool]
    lines: Mapping[str, Line]
    flows: Mapping[str, Flow]
    business_units: Mapping[str, BusinessUnit] = field(default_factory=dict)
    skills: Mapping[str, Skill] = field(default_factory=dict)
    hours: Mapping[str, Hours] = field(default_factory=dict)
    imports: Mapping[str, Importing] = field(default_factory=dict)

    def queue(self, queue_id: str) -> Queue:
        """Return a queue, or raise :class:`NotFound`."""
        return _find(self.queues, queue_id, "queue")

    def profile(self, profile_id: str) -> RoutingProfile:
        """Return a routing profile, or raise :class:`NotFound`."""
        return _find(self.profiles, profile_id, "routing profile")

    def pool(self, pool_id: str) -> Pool:
        """Return a pool, or raise :class:`NotFound`."""
        return _find(self.pools, pool_id, "pool")

    def plan(self, plan_id: str) -> Plan:
        """Return a plan, or raise :class:`NotFound`."""
        return _find(self.plans, plan_id, "plan")

    def flow(self, flow_id: str) -> Flow:
        """Return a flow, or raise :class:`NotFound`."""
        return _find(self.flows, flow_id, "flow")

    def business_unit(self, unit_id: str) -> BusinessUnit:
        """Return a business unit, or raise :class:`NotFound`."""
        return _find(self.business_units, unit_id, "business unit")

    def hours_of(self, queue_id: str) -> Hours | None:
        """Return a queue's opening hours, its business unit's, or ``None``: always open."""
        queue = self.queue(queue_id)
        unit = self.business_units.get(queue.business_unit)
        name = queue.hours or (unit.hours if unit else None)
        return self.hours.get(name) if name else None

    def pool_of(self, queue_id: str) -> Pool:
        """Return the pool a queue belongs to, or raise :class:`NotFound`."""
        for pool in self.pools.values():
            if queue_id in pool.queues:
                return pool
        raise NotFound(f"no routing profile serves the queue {queue_id!r}", code="unknown_pool")

    def pool_of_profile(self, profile_id: str) -> Pool:
        """Return the pool a routing profile belongs to, or raise :class:`NotFound`."""
        for pool in self.pools.values():
            if profile_id in pool.profiles:
                return pool
        raise NotFound(f"unknown routing profile {profile_id!r}", code="unknown_pool")

    def line_of(self, number: str) -> Line | None:
        """Return the line of a called number (E.164), if it is one of ours."""
        return next((line for line in self.lines.values() if line.number == number), None)


def _find(items: Mapping[str, T], key: str, what: str) -> T:
    try:
        return items[key]
    except KeyError:
        raise NotFound(f"unknown {what} {key!r}", code=f"unknown_{what.split()[-1]}") from None
