"""What the matcher sees and what it answers.

A :class:`Snapshot` is what was read of a pool, page by page; a :class:`Matching` is what follows
from it. Nothing here reads, writes or decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, Protocol, TypeVar

from centralino.domain.contacts.model import Channel, Decision


class WaitingContact(Protocol):
    """A contact as the ``waiting`` index shows it."""

    @property
    def contact(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def queue(self) -> str: ...
    @property
    def plan(self) -> str: ...
    @property
    def channel(self) -> Channel: ...
    @property
    def tier(self) -> int: ...
    @property
    def virtual_time(self) -> int: ...
    @property
    def enqueued_at(self) -> int: ...
    @property
    def tried(self) -> Mapping[str, int]: ...
    @property
    def preferred(self) -> str | None: ...


class AvailableAgent(Protocol):
    """An agent as the ``available`` index shows it."""

    @property
    def agent(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def profile(self) -> str: ...
    @property
    def idle_since(self) -> int: ...
    @property
    def skills(self) -> Mapping[str, int]: ...
    @property
    def capacity(self) -> Mapping[Channel, int]: ...
    @property
    def used(self) -> Mapping[Channel, int]: ...
    @property
    def exclusive(self) -> frozenset[Channel]: ...
    @property
    def taken(self) -> int: ...
    @property
    def last_offer_at(self) -> int: ...


W = TypeVar("W", bound=WaitingContact)
A = TypeVar("A", bound=AvailableAgent)


@dataclass(frozen=True, slots=True)
class WaitingPages(Generic[W]):
    """What was read of one partition of ``waiting``; ``more`` tells that it goes on."""

    queue: str
    plan: str
    entries: Sequence[W] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class AvailablePages(Generic[A]):
    """What was read of one partition of ``available``; ``more`` tells that it goes on."""

    profile: str
    channels: frozenset[Channel]
    entries: Sequence[A] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[W, A]):
    """What is known of a pool, by partition.

    Attributes
    ----------
    waiting, available
        By partition key. The order of partitions and entries does not matter. An entry shown
        twice (an index that lags) counts once, in its newest version.
    reachable : frozenset of str
        Preferred agents that are routable but have no room now: their contacts may wait for
        them. One that is not listed here nor in ``available`` is not waited for.
    """

    waiting: Mapping[str, WaitingPages[W]]
    available: Mapping[str, AvailablePages[A]]
    reachable: frozenset[str] = frozenset()


class Assignment(NamedTuple, Generic[W, A]):
    """One contact for one agent, and why."""

    contact: W
    agent: A
    decision: Decision


@dataclass(frozen=True, slots=True)
class Matching(Generic[W, A]):
    """What a snapshot leads to.

    Attributes
    ----------
    assignments : tuple of Assignment
        In order of service. An agent may appear several times, within its capacity.
    wants : frozenset of str
        Partitions (of either side) whose next page could change the assignments. While there
        are any, the assignments are provisional: read on and decide again.
    unserved : int
        Contacts of the snapshot that nobody takes now.
    again_at : int or None
        When time alone next changes what an unserved contact accepts, in UTC milliseconds.
    """

    assignments: tuple[Assignment[W, A], ...] = ()
    wants: frozenset[str] = field(default_factory=frozenset)
    unserved: int = 0
    again_at: int | None = None
