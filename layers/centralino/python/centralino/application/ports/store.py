"""The port of contacts and agents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from centralino.domain.agents.model import Agent
from centralino.domain.contacts.model import Channel, Contact, Decision


@dataclass(frozen=True, slots=True)
class WaitingEntry:
    """A contact as the ``waiting`` index shows it; it may be stale.

    ``channel`` is the one on whose capacity it counts; ``calls_back`` tells calls that we make to
    customers who asked for one from those that came in.
    """

    contact: str
    version: int
    queue: str
    plan: str
    channel: Channel
    tier: int
    virtual_time: int
    enqueued_at: int
    tried: Mapping[str, int] = field(default_factory=dict)
    preferred: str | None = None
    calls_back: bool = False


@dataclass(frozen=True, slots=True)
class AvailableEntry:
    """An agent as the ``available`` index shows it; it may be stale."""

    agent: str
    version: int
    pool: str
    profile: str
    shard: int
    idle_since: int
    skills: Mapping[str, int] = field(default_factory=dict)
    capacity: Mapping[Channel, int] = field(default_factory=dict)
    used: Mapping[Channel, int] = field(default_factory=dict)
    exclusive: frozenset[Channel] = frozenset()
    taken: int = 0
    last_offer_at: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """One assignment to be written: this version of a contact to this version of an agent.

    ``rid`` is ``contact#(version + 1)``; it is fixed before the write so that the timer can be
    sent first.
    """

    contact: WaitingEntry
    agent: AvailableEntry
    rid: str
    expires_at: int
    decision: Decision
    now: int


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """How a claim ended. ``ok``, or which side was stale; ``contention`` may be retried."""

    ok: bool
    contact_stale: bool = False
    agent_stale: bool = False
    contention: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an index partition; ``next_key`` continues it, ``None`` ends it."""

    entries: Sequence[Any]
    next_key: str | None = None


class Store(Protocol):
    """Contacts and agents. Every write is conditional on the version read."""

    def contact(self, contact_id: str) -> Contact | None:
        """Return a contact, strongly consistent."""
        ...

    def agent(self, agent_id: str) -> Agent | None:
        """Return an agent, strongly consistent."""
        ...

    def save_contact(self, after: Contact) -> None:
        """Write a contact whose stored version must be ``after.version - 1`` (none for 1).

        Raises ``Conflict`` when it is another one, ``TransientDependency`` when it is unknown
        whether the write took place.
        """
        ...

    def save_agent(self, after: Agent) -> None:
        """Write an agent, under the same rule as :meth:`save_contact`."""
        ...

    def save_together(self, contacts: Sequence[Contact], agents: Sequence[Agent] = ()) -> None:
        """Write several entities in one transaction, each under the rule of ``save_contact``."""
        ...

    def claim(self, claim: Claim) -> ClaimResult:
        """Write one assignment in one transaction, conditional on both versions and states."""
        ...

    def waiting(self, partition: str, start: str | None = None, limit: int = 50) -> Page:
        """Return :class:`WaitingEntry` of a partition in key order; may lag."""
        ...

    def available(self, partition: str, start: str | None = None, limit: int = 50) -> Page:
        """Return :class:`AvailableEntry` of a partition in key order; may lag."""
        ...
