"""What a drain has read of its pool: pages of both sides, less what turned out to be stale.

It reads and remembers; the matcher decides what else it needs. K is a page size: reading goes on
wherever the matcher says that the next page could matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from centralino.application.app import App
from centralino.application.parts import is_in
from centralino.application.ports import AvailableEntry, Page, WaitingEntry, in_turn
from centralino.domain.agents.model import Agent, AgentState, free_channels
from centralino.domain.configuration.model import Configuration
from centralino.domain.configuration.pools import (
    available_partitions,
    channels_of,
    waiting_partitions,
)
from centralino.domain.contacts.model import Channel, Contact
from centralino.domain.routing.model import AvailablePages, Snapshot, WaitingPages

FIRST_PAGE = 50
#: Who had to go on needs many: a page of this size still is one request (under 1 MB).
NEXT_PAGE = 1000

#: How long a process remembers what it claimed: the indexes have caught up long before.
REMEMBERED_MS = 5_000

E = TypeVar("E", WaitingEntry, AvailableEntry)

# A request; what it returns takes in the answer, back in the thread that asked.
_Job: TypeAlias = Callable[[], Callable[[], None]]


class _Claimed(NamedTuple):
    """What a claim of this process made of one side: entries of older versions are stale."""

    until: int
    version: int
    after: AvailableEntry | None = None


@dataclass(slots=True)
class _Side(Generic[E]):
    """The pages of one index: entries by partition, and where each goes on."""

    read: Callable[[str, str | None, int], Page]
    entries: dict[str, list[E]] = field(default_factory=dict)
    next_keys: dict[str, str] = field(default_factory=dict)

    def take(self, partition: str, page: Page) -> None:
        """Add a page of a partition."""
        self.entries.setdefault(partition, []).extend(page.entries)
        if page.next_key is None:
            self.next_keys.pop(partition, None)
        else:
            self.next_keys[partition] = page.next_key

    def fetch(self, partition: str) -> Page:
        """Read the next page of a partition."""
        start = self.next_keys.get(partition)
        return self.read(partition, start, FIRST_PAGE if start is None else NEXT_PAGE)


class PoolPages:
    """The pages read of a pool in one drain.

    Parameters
    ----------
    fresh : iterable of Contact or Agent
        What the caller has just written. The indexes may not show it for some milliseconds;
        without it, a drain caused by a write would often miss that very write.
    part : int, optional
        Read this part of the pool, of ``parts``, alone until :meth:`read_rest`.
    """

    def __init__(
        self,
        app: App,
        pool: str,
        configuration: Configuration,
        fresh: Iterable[Contact | Agent] = (),
        part: int | None = None,
        parts: int = 1,
    ) -> None:
        self._app = app
        self._part, self._parts = part, parts
        self._configuration = configuration
        self._waiting_of = waiting_partitions(configuration, pool)
        self._available_of = available_partitions(
            configuration, pool, channels_of(configuration, pool)
        )
        self._waiting: _Side[WaitingEntry] = _Side(app.store.waiting)
        self._available: _Side[AvailableEntry] = _Side(app.store.available)
        self._fresh = [entity for entity in fresh if entity.pool == pool]
        self._gone_contacts: set[str] = set()
        self._gone_agents: set[str] = set()
        self._current: dict[str, AvailableEntry] = {}
        self._claimed = _remembered(app, pool)
        self._presence: dict[str, bool] = {}
        self.waits = 0

    @property
    def anybody_waits(self) -> bool:
        """Whether a contact waits as far as was read."""
        return any(
            self._waits(entry) for entries in self._waiting.entries.values() for entry in entries
        )

    @property
    def anybody_free(self) -> bool:
        """Whether an agent has room as far as was read and claimed."""
        return any(
            self._as_it_is(entry) is not None
            for entries in self._available.entries.values()
            for entry in entries
        )

    def read_first(self, also: Callable[[], None] | None = None) -> None:
        """Read the first page of every partition, or of those of the part.

        Where requests can be sent together both sides are read at once: one wait. Otherwise
        the waiting side comes first, and where nobody waits the agents are not read at all.

        Parameters
        ----------
        also : callable, optional
            A request to send along.
        """
        first = [self._waiting_job(key) for key in self._waiting_of if self._is_own(key)]
        if also is not None:
            first.append(_alone(also))
        agents = [self._available_job(key) for key in self._available_of if self._is_own(key)]
        if self._app.fan_out is not in_turn:
            self._run(first + agents)
            self._add_fresh()
            return
        self._run(first)
        self._add_fresh()
        if self.anybody_waits:
            self._run(agents)

    def read_rest(self) -> None:
        """Read the first page of what the other parts have: one wait."""
        self._run(
            [self._waiting_job(key) for key in self._waiting_of if not self._is_own(key)]
            + [self._available_job(key) for key in self._available_of if not self._is_own(key)]
        )

    def read_more(self, partitions: Iterable[str]) -> None:
        """Read the next page of these partitions, of either side."""
        wanted = sorted(partitions)
        self._run(
            [
                self._waiting_job(key) if key in self._waiting_of else self._available_job(key)
                for key in wanted
            ]
        )

    def read_presence(self, now: int) -> None:
        """Find out which preferred agents without room are worth waiting for."""
        listed = {entry.agent for entries in self._available.entries.values() for entry in entries}
        plans = self._configuration.plans
        unknown = sorted(
            {
                entry.preferred
                for entries in self._waiting.entries.values()
                for entry in entries
                if entry.preferred is not None
                and entry.preferred not in listed
                and entry.preferred not in self._presence
                and entry.plan in plans
                and now - entry.enqueued_at < plans[entry.plan].prefer_ms
            }
        )
        if unknown:
            self._count(len(unknown))
            for agent_id, agent in zip(
                unknown, self._app.fan_out(self._app.store.agent, unknown), strict=True
            ):
                self._presence[agent_id] = agent is not None and (
                    agent.state is AgentState.ROUTABLE
                )

    def snapshot(self) -> Snapshot[WaitingEntry, AvailableEntry]:
        """Return what is known now."""
        return Snapshot(
            waiting={
                key: WaitingPages(
                    *self._waiting_of[key],
                    [e for e in entries if self._waits(e)],
                    more=key in self._waiting.next_keys,
                )
                for key, entries in self._waiting.entries.items()
            },
            available={
                key: AvailablePages(
                    *self._available_of[key],
                    [now for e in entries if (now := self._as_it_is(e)) is not None],
                    more=key in self._available.next_keys,
                )
                for key, entries in self._available.entries.items()
            },
            reachable=frozenset(a for a, present in self._presence.items() if present),
        )

    def drop_contact(self, contact: str) -> None:
        """Leave a contact out for the rest of the drain: its entry is stale."""
        self._gone_contacts.add(contact)

    def taken(self, contact: WaitingEntry) -> None:
        """Note that a contact was assigned: an index may go on showing it for a while."""
        self._gone_contacts.add(contact.contact)
        self._remember(contact.contact, contact.version + 1)

    def drop_agent(self, agent: str) -> None:
        """Leave an agent out for the rest of the drain: its entry is stale."""
        self._gone_agents.add(agent)

    def given(self, agent: AvailableEntry, channel: Channel, now: int) -> None:
        """Note that an agent took a contact: what its next claim must find stored."""
        used = {**agent.used, channel: agent.used.get(channel, 0) + 1}
        after = replace(
            agent, version=agent.version + 1, used=used, taken=agent.taken + 1, last_offer_at=now
        )
        if free_channels(after.capacity, after.used, after.exclusive):
            self._current[agent.agent] = after
            self._remember(agent.agent, after.version, after)
        else:
            self._gone_agents.add(agent.agent)
            self._remember(agent.agent, after.version)

    def current(self, agent: AvailableEntry) -> AvailableEntry:
        """Return the agent as last known, after what this drain gave it."""
        return self._current.get(agent.agent, agent)

    def _is_own(self, partition: str) -> bool:
        return self._part is None or is_in(partition, self._part, self._parts)

    def _waits(self, entry: WaitingEntry) -> bool:
        claimed = self._claimed.get(entry.contact)
        stale = claimed is not None and entry.version < claimed.version
        return not stale and entry.contact not in self._gone_contacts

    def _as_it_is(self, entry: AvailableEntry) -> AvailableEntry | None:
        """Return an agent as last known; ``None`` for one that has no room any more."""
        if entry.agent in self._gone_agents:
            return None
        claimed = self._claimed.get(entry.agent)
        if claimed is not None and entry.version < claimed.version:
            return claimed.after
        return self._current.get(entry.agent, entry)

    def _remember(self, name: str, version: int, after: AvailableEntry | None = None) -> None:
        self._claimed[name] = _Claimed(self._app.clock.now() + REMEMBERED_MS, version, after)

    def _run(self, jobs: list[_Job]) -> None:
        """Send requests together, then take in what they brought, in order."""
        if not jobs:
            return
        self._count(len(jobs))
        for take_in in self._app.fan_out(_call, jobs):
            take_in()

    def _count(self, requests: int) -> None:
        self.waits += requests if self._app.fan_out is in_turn else 1

    def _waiting_job(self, key: str) -> _Job:
        return _job(self._waiting, key)

    def _available_job(self, key: str) -> _Job:
        return _job(self._available, key)

    def _add_fresh(self) -> None:
        # Of two entries of the same entity the matcher takes the newer one.
        for entity in self._fresh:
            if isinstance(entity, Contact):
                partition = entity.waiting_partition
                if partition in self._waiting_of:
                    self._waiting.entries.setdefault(partition, []).append(waiting_entry(entity))
            else:
                partition = entity.available_partition
                if partition in self._available_of:
                    entry = available_entry(entity)
                    self._available.entries.setdefault(partition, []).append(entry)


def waiting_entry(contact: Contact) -> WaitingEntry:
    """Return a waiting contact as the index will show it."""
    return WaitingEntry(
        contact=contact.id,
        version=contact.version,
        queue=contact.queue or "",
        plan=contact.plan or "",
        channel=contact.channel.work,
        tier=contact.tier,
        virtual_time=max(0, contact.virtual_time or 0),
        enqueued_at=contact.enqueued_at or 0,
        tried=contact.tried,
        preferred=contact.preferred,
        calls_back=contact.channel is Channel.CALLBACK,
    )


def available_entry(agent: Agent) -> AvailableEntry:
    """Return an available agent as the index will show it."""
    return AvailableEntry(
        agent=agent.id,
        version=agent.version,
        pool=agent.pool,
        profile=agent.profile,
        shard=agent.shard,
        idle_since=max(0, agent.idle_since),
        skills=agent.skills,
        capacity=agent.capacity,
        used=agent.used,
        exclusive=agent.exclusive,
        taken=agent.taken,
        last_offer_at=agent.last_offer_at,
    )


def _remembered(app: App, pool: str) -> dict[str, _Claimed]:
    """Return what this process claimed in a pool of late; what is added to it is kept."""
    now, name = app.clock.now(), f"claimed#{pool}"
    _, known = app.hints.get(name, (0, {}))
    claimed: dict[str, _Claimed] = {k: v for k, v in known.items() if v.until > now}
    app.hints[name] = (now + REMEMBERED_MS, claimed)
    return claimed


def _job(side: _Side[E], key: str) -> _Job:
    def request() -> Callable[[], None]:
        page = side.fetch(key)
        return lambda: side.take(key, page)

    return request


def _alone(request: Callable[[], None]) -> _Job:
    def send() -> Callable[[], None]:
        request()
        return lambda: None

    return send


def _call(job: _Job) -> Callable[[], None]:
    return job()
