"""The product's ports over the in-memory ones, each request taking its time and leaving a row.

A read sees what is stored half-way through its time; a write takes effect at the end of it; a
claim holds both items from its beginning to its end, so that transactions collide. Nothing is
decided here but when.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import Any, TypeVar

from centralino.adapters import threads
from centralino.adapters.memory.store import MemoryStore, claim_result
from centralino.adapters.memory.world import World
from centralino.application.agents import connections
from centralino.application.ports import Claim, ClaimResult, Item, Page, Timer, chunks
from centralino.domain.agents.model import Agent
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import CentralinoError
from centralino.domain.events import Occurrence
from cli.bench.latency.draws import Draws
from cli.bench.latency.functions import Invocation
from cli.bench.latency.requests import Ledger, Request
from cli.bench.latency.scheduler import Scheduler

T = TypeVar("T")
R = TypeVar("R")
BATCH = 10


@dataclass(slots=True)
class Wire:
    """What every port needs: time, chance, the meter, and the log of the run."""

    scheduler: Scheduler
    draws: Draws
    ledger: Ledger
    rows: list[Request]
    start: float

    def log(self, row: Request) -> None:
        """Keep a row, its time counted from the beginning of the run."""
        row.t -= self.start
        self.rows.append(row)

    def request(
        self,
        op: str,
        takes: float,
        effect: Callable[[], T],
        *,
        reads: bool = False,
        trip: bool = True,
        **facts: Any,
    ) -> T:
        """Send a request: wait, take effect, leave a row; a refusal of the store is raised."""
        scheduler = self.scheduler
        number = scheduler.trip() if trip else None
        owner: Invocation = scheduler.owner()
        begun = scheduler.now
        scheduler.sleep(takes / 2 if reads else takes)
        refused: CentralinoError | None = None
        value: Any = None
        try:
            value = effect()
        except CentralinoError as error:
            refused = error
        write, read = self.ledger.take()
        facts.setdefault("contact", owner.contact)
        row = Request(
            scheduler.now,
            op,
            owner.function,
            owner.purpose,
            owner.run,
            number,
            write=write,
            read=read,
            ok=refused is None and value is not False,
            ms=takes,
            **facts,
        )
        self.log(row)
        if reads:
            scheduler.sleep(begun + takes - scheduler.now)
        if refused is not None:
            raise refused
        result: T = value
        return result

    def fan_out(self, work: Callable[[T], R], items: Sequence[T], /) -> list[R]:
        """Do the same for several things at once, as the deployed threads do."""
        return self.scheduler.together(work, items, threads.WORKERS)


class TimedStore:
    """The port ``Store``."""

    def __init__(self, inner: MemoryStore, wire: Wire, written: Callable[[str], None]) -> None:
        self._inner = inner
        self._wire = wire
        self._written = written

    def contact(self, contact_id: str) -> Contact | None:
        """Read a contact."""
        return self._read("store.contact", contact_id, lambda: self._inner.contact(contact_id))

    def agent(self, agent_id: str) -> Agent | None:
        """Read an agent."""
        return self._read("store.agent", agent_id, lambda: self._inner.agent(agent_id))

    def save_contact(self, after: Contact) -> None:
        """Write a contact."""
        self._wire.request(
            "store.save_contact",
            self._wire.draws.write(),
            lambda: self._inner.save_contact(after),
            key=after.id,
            contact=after.id,
            agent=after.agent,
            to=str(after.state),
            order=after.waiting_key,
            skills=self._needs(after),
        )
        self._written("contacts")

    def save_agent(self, after: Agent) -> None:
        """Write an agent."""
        self._wire.request(
            "store.save_agent",
            self._wire.draws.write(),
            lambda: self._inner.save_agent(after),
            key=after.id,
            agent=after.id,
            to="free" if after.available_partition is not None else "taken",
        )
        self._written("agents")

    def save_together(self, contacts: Sequence[Contact], agents: Sequence[Agent] = ()) -> None:
        """Write several entities in one transaction."""
        raise NotImplementedError("nothing in these workloads is transferred")

    def claim(self, claim: Claim) -> ClaimResult:
        """Write an assignment: both items are held while the transaction lasts."""
        wire = self._wire
        opened = self._inner.open_claim(claim)
        opening = wire.ledger.take()

        def commit() -> bool:
            opened.commit()
            if opened.cancelled:
                wire.ledger.charge("store.claim", write=opening[0], read=opening[1])
            return not opened.cancelled

        wire.request(
            "store.claim",
            wire.draws.transaction(),
            commit,
            key=claim.rid,
            contact=claim.contact.contact,
            agent=claim.agent.agent,
            to="OFFERED",
            order=f"{claim.contact.tier}{claim.contact.virtual_time:013d}#{claim.contact.contact}",
            skills=sorted(claim.agent.skills),
        )
        if not opened.cancelled:
            self._written("contacts")
            self._written("agents")
        return claim_result(opened)

    def waiting(self, partition: str, start: str | None = None, limit: int = 50) -> Page:
        """Read the ``waiting`` index."""
        return self._read(
            "store.waiting", partition, lambda: self._inner.waiting(partition, start, limit)
        )

    def available(self, partition: str, start: str | None = None, limit: int = 50) -> Page:
        """Read the ``available`` index."""
        return self._read(
            "store.available", partition, lambda: self._inner.available(partition, start, limit)
        )

    def _read(self, op: str, key: str, effect: Callable[[], T]) -> T:
        return self._wire.request(op, self._wire.draws.query(), effect, reads=True, key=key)

    def _needs(self, after: Contact) -> list[str] | None:
        # One plan per skill here, named after it.
        return [after.plan] if after.waiting_key is not None and after.plan else None


class TimedOperations:
    """The port ``Operations``."""

    def __init__(self, world: World, wire: Wire) -> None:
        self._inner = world.operations
        self._wire = wire

    def put(self, item: Item) -> None:
        """Write an item."""
        self._write("operations.put", item.pk, lambda: self._inner.put(item))

    def put_new(self, item: Item) -> bool:
        """Write an item unless it exists."""
        return self._write("operations.put_new", item.pk, lambda: self._inner.put_new(item))

    def put_if(self, item: Item, attribute: str, below: int) -> bool:
        """Write an item if its number is below a bound."""
        return self._write(
            "operations.put_if", item.pk, lambda: self._inner.put_if(item, attribute, below)
        )

    def get(self, pk: str, sk: str) -> Item | None:
        """Read an item."""
        return self._read("operations.get", pk, lambda: self._inner.get(pk, sk))

    def take(self, pk: str, sk: str) -> Item | None:
        """Delete an item and return it."""
        return self._write("operations.take", pk, lambda: self._inner.take(pk, sk))

    def list(self, pk: str, prefix: str = "") -> list[Item]:
        """Read a partition."""
        return self._read("operations.list", pk, lambda: self._inner.list(pk, prefix))

    def page(self, pk: str, after: str, limit: int) -> Sequence[Item]:
        """Read a part of a partition."""
        return self._read("operations.page", pk, lambda: self._inner.page(pk, after, limit))

    def delete(self, pk: str, sk: str) -> None:
        """Delete an item."""
        self._write("operations.delete", pk, lambda: self._inner.delete(pk, sk))

    def _read(self, op: str, key: str, effect: Callable[[], T]) -> T:
        return self._wire.request(op, self._wire.draws.query(), effect, reads=True, key=key)

    def _write(self, op: str, key: str, effect: Callable[[], T]) -> T:
        return self._wire.request(op, self._wire.draws.write(), effect, key=key)


class TimedTimers:
    """The port ``Timers``: batches of ten, one after the other, delays in whole seconds."""

    def __init__(self, wire: Wire, put: Callable[[Timer, float], None]) -> None:
        self._wire = wire
        self._put = put

    def send(self, timers: Sequence[Timer]) -> None:
        """Make timers durable."""
        for batch in chunks(timers, BATCH):
            self._wire.request(
                "timers.send",
                self._wire.draws.send(),
                partial(self._all, batch),
                trip=False,
                n=len(batch),
            )

    def _all(self, batch: Sequence[Timer]) -> None:
        for timer in batch:
            self._put(timer, ceil(timer.delay_ms / 1000) * 1000.0)


class TimedNudges:
    """The port ``Nudges``."""

    def __init__(self, wire: Wire, put: Callable[[str, int], None]) -> None:
        self._wire = wire
        self._put = put

    def send(self, pool: str, hop: int = 0) -> None:
        """Ask for a drain."""
        self._wire.request(
            "nudges.send",
            self._wire.draws.send(),
            lambda: self._put(pool, hop),
            trip=False,
            key=pool,
        )


class TimedRealtime:
    """The port ``Realtime``, as over WebSocket: find the agent's connections, post to each."""

    def __init__(
        self, world: World, wire: Wire, page: Callable[[str, Mapping[str, Any]], None]
    ) -> None:
        self._operations = world.operations
        self._wire = wire
        self._page = page

    def push(self, agent_id: str, frame: Mapping[str, Any]) -> int:
        """Send a frame to the agent's pages."""
        wire, key = self._wire, connections(agent_id)
        contact = frame.get("contact_id") or wire.scheduler.owner().contact
        found = wire.request(
            "operations.list",
            wire.draws.query(),
            lambda: self._operations.list(key, "conn#"),
            reads=True,
            trip=False,
            key=key,
            contact=contact,
        )
        for item in found:
            wire.request(
                "page.post",
                wire.draws.send(),
                lambda: self._page(agent_id, frame),
                trip=False,
                key=item.sk,
                contact=contact,
                agent=agent_id,
            )
        return len(found)


class TimedBus:
    """The port ``Bus``: ten events per request."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def publish(self, occurrences: Sequence[Occurrence]) -> list[int]:
        """Publish events."""
        for batch in chunks(occurrences, BATCH):
            self._wire.request(
                "events.put", self._wire.draws.send(), lambda: None, trip=False, n=len(batch)
            )
        return []
