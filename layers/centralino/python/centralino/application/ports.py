"""What the use cases need of the outside world.

Adapters implement these; tests use the in-memory ones, which pass the same contract tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from centralino.domain.agents.model import Agent
from centralino.domain.configuration.model import Configuration
from centralino.domain.contacts.model import Channel, Contact, Decision
from centralino.domain.errors import TransientDependency
from centralino.domain.events import Occurrence

T = TypeVar("T")
R = TypeVar("R")


class Clock(Protocol):
    """The time."""

    def now(self) -> int:
        """Return UTC milliseconds."""
        ...


class Ids(Protocol):
    """Fresh identifiers."""

    def ulid(self) -> str:
        """Return a new 26-character ULID."""
        ...

    def secret(self) -> str:
        """Return an unguessable URL-safe token."""
        ...


# --------------------------------------------------------------------------- the store


@dataclass(frozen=True, slots=True)
class WaitingEntry:
    """A contact as the ``waiting`` index shows it; it may be stale."""

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


@dataclass(frozen=True, slots=True)
class Item:
    """A small record of ``ops``: partition and sort key, attributes, expiry in seconds."""

    pk: str
    sk: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    ttl: int | None = None


class Operations(Protocol):
    """Everything that is neither contact nor agent: connections, tickets, leases, markers."""

    def put(self, item: Item) -> None:
        """Write an item whatever was there."""
        ...

    def put_new(self, item: Item) -> bool:
        """Write an item unless it exists; tell whether it was written."""
        ...

    def put_if(self, item: Item, attribute: str, below: int) -> bool:
        """Write an item if it does not exist or its number ``attribute`` is under ``below``."""
        ...

    def get(self, pk: str, sk: str) -> Item | None:
        """Return an item, strongly consistent; an expired one counts as absent."""
        ...

    def take(self, pk: str, sk: str) -> Item | None:
        """Delete an item and return it: of several takers exactly one gets it."""
        ...

    def list(self, pk: str, prefix: str = "") -> list[Item]:
        """Return the live items of a partition in key order, strongly consistent."""
        ...

    def delete(self, pk: str, sk: str) -> None:
        """Delete an item if it is there."""
        ...


class ConfigurationSource(Protocol):
    """The business rules in force."""

    def current(self) -> Configuration:
        """Return the configuration in force, at most 30 s old."""
        ...

    def version(self, number: int) -> Configuration:
        """Return a published version: a call keeps the one it began with."""
        ...

    def superseded(self, since: int) -> Sequence[Configuration]:
        """Return the versions in force at any time since then (UTC ms) but the one in force now.

        The latest first. Another process may go by one of them for as long as ``current`` may be
        old.
        """
        ...


# --------------------------------------------------------------------------- messages


@dataclass(frozen=True, slots=True)
class Timer:
    """A wake-up. ``kind`` says for what; a timer that finds nothing to do does nothing.

    Attributes
    ----------
    kind : str
        ``offer``, ``ack``, ``join``, ``wrapup``, ``leg``, ``dial``, ``party``, ``room``,
        ``overflow``, ``grace`` or ``heartbeat``.
    key : str
        Contact, agent or pool id.
    rid : str or None
        The lease it belongs to (of ``overflow``, the queue leg): the timer is void once another
        one is in force.
    delay_ms : int
        At most 900,000.
    hop : int
        How many messages led here; the loop is cut above 200.
    """

    kind: str
    key: str
    rid: str | None = None
    delay_ms: int = 0
    hop: int = 0


class Timers(Protocol):
    """Durable wake-ups."""

    def send(self, timers: Sequence[Timer]) -> None:
        """Make the timers durable before returning. Raises ``TransientDependency``."""
        ...


class Nudges(Protocol):
    """Requests to drain a pool, serialised per pool."""

    def send(self, pool: str, hop: int = 0) -> None:
        """Ask for a drain of this pool. Raises ``TransientDependency``."""
        ...


class Realtime(Protocol):
    """Push to the pages of an agent."""

    def push(self, agent_id: str, frame: Mapping[str, Any]) -> int:
        """Send a frame to every connection of the agent; return how many took it.

        Never raises: a page that cannot be reached is found by the missing acknowledgment.
        """
        ...


class Bus(Protocol):
    """The event bus."""

    def publish(self, occurrences: Sequence[Occurrence]) -> list[int]:
        """Publish events; return the indexes of those that were refused."""
        ...


class Media(Protocol):
    """What can be done to a call that is under way, whoever carries it.

    The conversation of a child contact is its parent's: a third party joins the customer's.

    ``joins`` tells whether an accepted offer needs its legs joined before it counts as
    connected. Methods raise ``TransientDependency`` when it is unknown whether they worked, and
    treat a call or leg that is already gone as done.
    """

    joins: bool

    def add_agent(self, contact: Contact, rid: str, agent_id: str) -> None:
        """Ring the agent's leg into the conversation named by the contact."""
        ...

    def add_number(self, contact: Contact, rid: str, number: str) -> None:
        """Ring an outside number (E.164) into the conversation, its leg named ``rid``."""
        ...

    def bring_caller(self, contact: Contact) -> None:
        """Take the caller out of the queue, to what :func:`present` says now."""
        ...

    def drop_agent(self, contact: Contact, rid: str) -> None:
        """End the leg named ``rid``, an agent's or an outside party's; the caller stays."""
        ...

    def recall_caller(self, contact: Contact) -> None:
        """Bring a caller who already left the queue back to it; leave others where they are."""
        ...

    def hold(self, contact: Contact) -> None:
        """Let the caller hear the waiting music instead of the others."""
        ...

    def resume(self, contact: Contact) -> None:
        """Let the caller and the others hear each other again."""
        ...

    def hang_up(self, contact: Contact) -> None:
        """End the call with all its legs."""
        ...

    def alive(self, contact: Contact) -> bool | None:
        """Ask the carrier whether the caller's call exists; ``None`` when it cannot tell."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """What a data source of a call flow is asked.

    Attributes
    ----------
    url, function : str
        An HTTP address or the name of a Lambda function; the other one is empty.
    inputs : mapping
        What it is told. It may be sensitive, so it is never shown.
    key : str
        The same whenever the same turn of the same call asks: the source does nothing twice.
    budget_ms : int
        How long the caller can wait.
    """

    url: str
    function: str
    inputs: Mapping[str, str] = field(repr=False)
    key: str
    budget_ms: int


class Sources(Protocol):
    """The data sources of call flows."""

    def ask(self, question: Question) -> Any:
        """Return the JSON value a data source answers with.

        Raises ``TransientDependency`` where it fails, is late, or answers no JSON.
        """
        ...


class NoSources:
    """A deployment, or a test, without data sources: nobody answers."""

    def ask(self, question: Question) -> Any:  # noqa: ARG002
        """Fail."""
        raise TransientDependency("there are no data sources", code="no_source")


class FanOut(Protocol):
    """Does the same for several things, together where waiting is what takes the time."""

    def __call__(self, work: Callable[[T], R], items: Sequence[T], /) -> list[R]:
        """Return the result for each item, in order; the first exception raised by any."""
        ...


def not_dialled(digits: str, number: str) -> str | None:  # noqa: ARG001
    """Recognise no phone number: where no numbering plan is wired."""
    return None


def in_turn(work: Callable[[T], R], items: Sequence[T], /) -> list[R]:
    """Do one after the other: right where nothing is waited for."""
    return [work(item) for item in items]


class Log(Protocol):
    """Structured logging: one line, no personal data."""

    def info(self, message: str, **fields: Any) -> None: ...
    def warning(self, message: str, **fields: Any) -> None: ...
    def error(self, message: str, **fields: Any) -> None: ...


def chunks(items: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    """Yield consecutive slices of at most ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
