"""Contacts and agents in memory: the port ``Store``, as strict as DynamoDB and observable.

What DynamoDB does and this does too: versions and conditions, two-phase transactions with
cancellation reasons, indexes that lag, ordered change streams, capacity units. What it never does
is wait: time passes only in the clock it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import RLock
from typing import Any

from centralino.adapters import wire
from centralino.adapters.memory.clock import VirtualClock
from centralino.adapters.memory.faults import Faults
from centralino.adapters.memory.index import Lag, Place
from centralino.adapters.memory.meter import Meter
from centralino.adapters.memory.stream import Stream
from centralino.adapters.memory.table import MemoryTable
from centralino.adapters.memory.transactions import (
    CONDITION,
    CONFLICT,
    Coordinator,
    Image,
    OpenTransaction,
)
from centralino.application.ports import (
    AvailableEntry,
    Claim,
    ClaimResult,
    Page,
    WaitingEntry,
)
from centralino.domain.agents import machine
from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.contacts import offers
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import CentralinoError, Conflict

CONTACTS = "contacts"
AGENTS = "agents"
_TRANSACTION_LIMIT = 100


class MemoryStore:
    """The port ``Store`` in memory.

    Parameters
    ----------
    clock : VirtualClock
        Decides when an index entry becomes visible.
    faults, meter, stream : optional
        Shared with the other ports of a world. Without a meter nothing is weighed, which is
        faster.
    lag : callable, optional
        Draws the index lag of each write in milliseconds; none: immediate.
    pause : callable, optional
        Called between the two phases of a transaction, without the lock: lets threads collide.
    """

    def __init__(
        self,
        clock: VirtualClock,
        *,
        faults: Faults | None = None,
        meter: Meter | None = None,
        stream: Stream | None = None,
        lag: Lag | None = None,
        pause: Callable[[], None] | None = None,
    ) -> None:
        self._faults = faults or Faults()
        self._meter = meter
        self._stream = stream or Stream()
        self._pause = pause
        self._lock = RLock()
        self._contacts: MemoryTable[Contact, WaitingEntry] = MemoryTable(
            clock,
            encode=wire.contact_item,
            place=_waiting_place,
            entry=wire.waiting_entry_of,
            shape=wire.WAITING,
            lag=lag,
            weighing=meter is not None,
        )
        self._agents: MemoryTable[Agent, AvailableEntry] = MemoryTable(
            clock,
            encode=wire.agent_item,
            place=_available_place,
            entry=wire.available_entry_of,
            shape=wire.AVAILABLE,
            lag=lag,
            weighing=meter is not None,
        )
        self._tables: dict[str, MemoryTable[Any, Any]] = {
            CONTACTS: self._contacts,
            AGENTS: self._agents,
        }
        self._coordinator = Coordinator(self._tables, self._faults, meter, self._stream, self._lock)

    # ------------------------------------------------------------------ the port

    def contact(self, contact_id: str) -> Contact | None:
        """Return a contact, strongly consistent."""
        found: Contact | None = self._read("store.contact", self._contacts, contact_id)
        return found

    def agent(self, agent_id: str) -> Agent | None:
        """Return an agent, strongly consistent."""
        found: Agent | None = self._read("store.agent", self._agents, agent_id)
        return found

    def save_contact(self, after: Contact) -> None:
        """Write a contact over the version before it."""
        self._save("store.save_contact", CONTACTS, after)

    def save_agent(self, after: Agent) -> None:
        """Write an agent over the version before it."""
        self._save("store.save_agent", AGENTS, after)

    def save_together(self, contacts: Sequence[Contact], agents: Sequence[Agent] = ()) -> None:
        """Write several entities in one transaction; a single one needs none."""
        images: list[Image] = [
            *((CONTACTS, contact) for contact in contacts),
            *((AGENTS, agent) for agent in agents),
        ]
        if len(images) == 1:
            self._save("store.save_together", *images[0])
        elif images:
            opened = self._transact("store.save_together", lambda: self._open_together(images))
            if opened.cancelled:
                raise Conflict("a stored version is another one")

    def claim(self, claim: Claim) -> ClaimResult:
        """Write one assignment in one transaction, conditional on both versions and states."""
        wire.check_claim(claim)
        return claim_result(self._transact("store.claim", lambda: self.open_claim(claim)))

    def waiting(self, partition: str, start: str | None = None, limit: int = 50) -> Page:
        """Return entries of the ``waiting`` index in key order; may lag."""
        return self._query("store.waiting", self._contacts, partition, start, limit)

    def available(self, partition: str, start: str | None = None, limit: int = 50) -> Page:
        """Return entries of the ``available`` index in key order; may lag."""
        return self._query("store.available", self._agents, partition, start, limit)

    # ------------------------------------------------------------------ beyond the port

    def open_claim(self, claim: Claim) -> OpenTransaction:
        """Prepare a claim and hold its two items until it is committed.

        An event simulation that models the time a transaction takes opens it at the start and
        commits it at the end; :func:`claim_result` tells how it went.
        """
        with self._lock:
            contact = self._contacts.items.get(claim.contact.contact)
            agent = self._agents.items.get(claim.agent.agent)
            contact_holds = (
                contact is not None
                and contact.state is ContactState.WAITING
                and contact.version == claim.contact.version
            )
            agent_holds = (
                agent is not None
                and agent.state is AgentState.ROUTABLE
                and agent.version == claim.agent.version
            )

            def images() -> list[Image]:
                assert contact is not None  # asked for only once both conditions hold
                assert agent is not None
                return [
                    (CONTACTS, _offered(contact, claim)),
                    (
                        AGENTS,
                        machine.take(agent, claim.rid, contact.id, contact.channel.work, claim.now),
                    ),
                ]

            keys = [(CONTACTS, claim.contact.contact), (AGENTS, claim.agent.agent)]
            return self._coordinator.open("store.claim", keys, [contact_holds, agent_holds], images)

    def contacts(self) -> list[Contact]:
        """Return every stored contact, for assertions and reports."""
        with self._lock:
            return list(self._contacts.items.values())

    def agents(self) -> list[Agent]:
        """Return every stored agent, for assertions and reports."""
        with self._lock:
            return list(self._agents.items.values())

    def forget(self, contact_id: str) -> None:
        """Remove a contact that has ended, as the table's expiry would in its own time.

        A long simulation would otherwise keep every contact it ever had.
        """
        with self._lock:
            contact = self._contacts.items.get(contact_id)
            if contact is not None and not contact.ended:
                raise ValueError(f"{contact_id} has not ended")
            self._contacts.forget(contact_id)

    def partitions(self) -> tuple[list[str], list[str]]:
        """Return the partitions in use now of ``waiting`` and of ``available``."""
        with self._lock:
            return self._contacts.partitions(), self._agents.partitions()

    def next_index_change(self) -> float | None:
        """Return when an index next changes by itself; None once both show everything."""
        with self._lock:
            times = (self._contacts.next_change(), self._agents.next_change())
            return min((time for time in times if time is not None), default=None)

    # ------------------------------------------------------------------ inside

    def _read(self, operation: str, table: MemoryTable[Any, Any], key: str) -> Any:
        self._faults.before(operation)
        with self._lock:
            found = table.items.get(key)
            if self._meter is not None:
                self._meter.charge(operation, read=table.read_units(key))
        self._faults.after(operation)
        return found

    def _query(
        self,
        operation: str,
        table: MemoryTable[Any, Any],
        partition: str,
        start: str | None,
        limit: int,
    ) -> Page:
        self._faults.before(operation)
        with self._lock:
            page, units = table.page(partition, start, limit)
            if self._meter is not None:
                self._meter.charge(operation, read=units)
        self._faults.after(operation)
        return page

    def _save(self, operation: str, name: str, after: Any) -> None:
        table = self._tables[name]
        weight = table.weigh(after)
        self._faults.before(operation)
        with self._lock:
            # A write that meets a transaction on its item is refused like one of a stale version.
            refused = after.id in table.held or not table.follows(after)
            if refused:
                units = table.refused_units(after.id, transaction=False)
            else:
                units = table.write(after, weight, transaction=False)
                self._stream.publish(name, after)
            if self._meter is not None:
                self._meter.charge(operation, write=units, failed=refused)
        if refused:
            raise Conflict("the stored version is another one")
        self._faults.after(operation)

    def _transact(self, operation: str, opening: Callable[[], OpenTransaction]) -> OpenTransaction:
        self._faults.before(operation)
        opened = opening()
        if self._pause is not None:
            self._pause()
        opened.commit()
        if not opened.cancelled:
            self._faults.after(operation)
        return opened

    def _open_together(self, images: list[Image]) -> OpenTransaction:
        keys = [(table, after.id) for table, after in images]
        if len(set(keys)) < len(keys) or len(keys) > _TRANSACTION_LIMIT:
            raise CentralinoError("the table store refused the transaction", code="store_refused")
        with self._lock:
            follows = [self._tables[table].follows(after) for table, after in images]
            return self._coordinator.open("store.save_together", keys, follows, lambda: images)


def claim_result(opened: OpenTransaction) -> ClaimResult:
    """Return how a claim ended by the reasons of its transaction."""
    if not opened.cancelled:
        return ClaimResult(ok=True)
    contact, agent = opened.reasons
    return ClaimResult(
        ok=False,
        contact_stale=contact == CONDITION,
        agent_stale=agent == CONDITION,
        contention=CONFLICT in opened.reasons,
    )


def _offered(contact: Contact, claim: Claim) -> Contact:
    return offers.offer(
        contact,
        claim.agent.agent,
        expires_at=claim.expires_at,
        decision=wire.fitted(claim.decision),
        now=claim.now,
        cause=claim.rid,
    )


def _waiting_place(contact: Contact) -> Place | None:
    partition, key = contact.waiting_partition, contact.waiting_key
    return None if partition is None or key is None else (partition, key)


def _available_place(agent: Agent) -> Place | None:
    partition, key = agent.available_partition, agent.available_key
    return None if partition is None or key is None else (partition, key)
