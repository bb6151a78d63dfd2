"""The product's ports over a state of the small model, one call at a time.

A worker runs the product's own code. :class:`Ports` answer it from the log of what it has already
been told; the first call beyond the log takes place on the real in-memory store, and the one
after that stops the worker there. So a worker stands between two port calls, and running it again
from its log is how it is resumed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from centralino.adapters.memory.configuration import FixedConfiguration
from centralino.adapters.memory.log import MemoryLog
from centralino.adapters.memory.store import MemoryStore
from centralino.application.app import App
from centralino.application.ports import Claim, ClaimResult, Item, Page, Timer
from centralino.domain.agents.model import Agent
from centralino.domain.configuration.model import Configuration
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import CentralinoError, TransientDependency
from tests.model.evidence import Entity
from tests.model.small_world import (
    NOW,
    Answer,
    State,
    item_of,
    items_of,
    store_of,
    with_item,
)

R = TypeVar("R")


class Boundary(BaseException):
    """The worker is about to ask a port again: it stands here for now."""

    def __init__(self, operation: str) -> None:
        super().__init__(operation)
        self.operation = operation


#: How the next port call may go: as asked, refused, done but unheard of, or met another one.
Outcome = str
AS_ASKED, REFUSED, UNHEARD, CONTENDED = "as asked", "refused", "unheard", "contended"


@dataclass
class Step:
    """One port call of one worker: its log before, and what became of the state."""

    state: State
    log: tuple[Answer, ...]
    outcome: Outcome = AS_ASKED
    lagging: bool = False
    at: int = 0
    made: Answer | None = None
    before: State = field(init=False)

    def __post_init__(self) -> None:
        self.before = self.state

    def call(self, operation: str, live: Callable[[State], tuple[Any, State]]) -> Any:
        """Answer from the log, or take the one live step, or stop the worker."""
        if self.at < len(self.log):
            answer = self.log[self.at]
            self.at += 1
        elif self.made is None:
            answer = self.made = self._live(operation, live)
            self.at += 1
        else:
            raise Boundary(operation)
        if answer.error is not None:
            # A fresh one each time: an exception that is raised again keeps every frame it saw.
            raise type(answer.error)(str(answer.error), code=answer.error.code)
        return answer.value

    def _live(self, operation: str, live: Callable[[State], tuple[Any, State]]) -> Answer:
        if self.outcome == REFUSED:
            return Answer(operation, error=TransientDependency("refused"))
        if self.outcome == CONTENDED:
            return Answer(operation, ClaimResult(ok=False, contention=True))
        try:
            value, after = live(self.state)
        except CentralinoError as error:
            return Answer(operation, error=error)
        self.state = after
        if self.outcome == UNHEARD:
            return Answer(operation, error=TransientDependency("no reply"))
        return Answer(operation, value)


class Ports:
    """Every port that touches something shared, for one step of one worker."""

    def __init__(self, step: Step, *, joins: bool = False) -> None:
        self._step = step
        self._joins = joins

    # ------------------------------------------------------------------ store

    def contact(self, contact_id: str) -> Contact | None:
        """Read a contact."""
        found: Contact | None = self._step.call(
            "store.contact", lambda s: (s.contact(contact_id), s)
        )
        return found

    def agent(self, agent_id: str) -> Agent | None:
        """Read an agent."""
        found: Agent | None = self._step.call("store.agent", lambda s: (s.agent(agent_id), s))
        return found

    def save_contact(self, after: Contact) -> None:
        """Write a contact over the version before it."""
        self._write("store.save_contact", lambda store: store.save_contact(after))

    def save_agent(self, after: Agent) -> None:
        """Write an agent over the version before it."""
        self._write("store.save_agent", lambda store: store.save_agent(after))

    def save_together(self, contacts: Sequence[Contact], agents: Sequence[Agent] = ()) -> None:
        """Write several entities in one transaction."""
        self._write("store.save_together", lambda store: store.save_together(contacts, agents))

    def claim(self, claim: Claim) -> ClaimResult:
        """Write an assignment."""
        result: ClaimResult = self._write("store.claim", lambda store: store.claim(claim))
        return result

    def waiting(self, partition: str, start: str | None = None, limit: int = 50) -> Page:
        """Read the ``waiting`` index."""
        return self._query("store.waiting", lambda store: store.waiting(partition, start, limit))

    def available(self, partition: str, start: str | None = None, limit: int = 50) -> Page:
        """Read the ``available`` index."""
        return self._query(
            "store.available", lambda store: store.available(partition, start, limit)
        )

    # ------------------------------------------------------------------ the rest

    def put(self, item: Item) -> None:
        """Write an item of ``ops``."""
        if item.pk == "sweep":
            return  # how far the sweep has come is its own affair, and time stands still
        self._step.call("operations.put", lambda s: (None, with_item(s, item)))

    def put_new(self, item: Item) -> bool:
        """Write an item unless it exists."""
        raise NotImplementedError("nothing in the small model is made once")

    def put_if(self, item: Item, attribute: str, below: int) -> bool:
        """Write an item if its number is below a bound."""

        def live(state: State) -> tuple[bool, State]:
            known = item_of(state, item.pk, item.sk)
            if known is not None and known.attributes.get(attribute, below) >= below:
                return False, state
            return True, with_item(state, item)

        written: bool = self._step.call("operations.put_if", live)
        return written

    def get(self, pk: str, sk: str) -> Item | None:
        """Read an item; the hot flag is never set here, and the sweep is always up to date."""
        if pk == "sweep":
            return Item(pk, sk, {"minute": NOW // 60_000})
        if pk.startswith("pool#"):
            return None
        found: Item | None = self._step.call("operations.get", lambda s: (item_of(s, pk, sk), s))
        return found

    def take(self, pk: str, sk: str) -> Item | None:
        """Delete an item and return it."""
        raise NotImplementedError("no ticket is part of the small model")

    def page(self, pk: str, after: str, limit: int) -> Sequence[Item]:
        """Page through a partition: no callback, and so no note of one, is in the small model."""
        return []

    def list(self, pk: str, prefix: str = "") -> list[Item]:
        """List a partition: the roster; no call in a menu is old enough to be looked at."""
        if pk.startswith("open#"):
            return []
        found: list[Item] = self._step.call(
            "operations.list", lambda s: (items_of(s, pk, prefix), s)
        )
        return found

    def delete(self, pk: str, sk: str) -> None:
        """Delete an item."""
        self._step.call(
            "operations.delete",
            lambda s: (None, replace(s, items=tuple(i for i in s.items if i[:2] != (pk, sk)))),
        )

    def send_timers(self, timers: Sequence[Timer]) -> None:
        """Make timers durable."""
        self._step.call(
            "timers.send", lambda s: (None, replace(s, timers=s.timers | frozenset(timers)))
        )

    def send_nudge(self, pool: str, hop: int = 0) -> None:
        """Ask for a drain."""
        self._step.call("nudges.send", lambda s: (None, replace(s, nudged=True)))

    def alive(self, contact: Contact) -> bool | None:
        """Ask the carrier; what it answers may change until the worker acts on it."""
        found: bool = self._step.call("media.alive", lambda s: (contact.id not in s.gone, s))
        return found

    def joins(self, contact: Contact) -> bool:
        """Tell whether legs have to join."""
        return self._joins

    def has_leg(self, contact: Contact, rid: str) -> bool | None:
        """Ask the carrier for a leg, where there are legs."""
        if not self._joins:
            return None
        found: bool = self._step.call("media.has_leg", lambda s: (rid in s.legs, s))
        return found

    def push(self, agent_id: str, frame: Any) -> int:
        """Tell a page: nobody else can see whether it happened."""
        return 1

    def nothing_shared(self, *_: Any) -> None:
        """Do something with the carrier's legs: nobody else here can see it."""

    add_agent = add_number = bring_caller = drop_agent = recall_caller = nothing_shared
    hold = resume = announce = hang_up = nothing_shared

    # ------------------------------------------------------------------ inside

    def _query(self, operation: str, read: Callable[[MemoryStore], Page]) -> Page:
        page: Page = self._step.call(operation, lambda s: (read(store_of(s)), s))
        return page

    def _write(self, operation: str, write: Callable[[MemoryStore], R]) -> R:
        def live(state: State) -> tuple[R, State]:
            store = store_of(state)
            value = write(store)
            return value, self._after(state, store)

        result: R = self._step.call(operation, live)
        return result

    def _after(self, state: State, store: MemoryStore) -> State:
        contacts = tuple(sorted(store.contacts(), key=lambda c: c.id))
        agents = tuple(sorted(store.agents(), key=lambda a: a.id))
        before = state.entities()
        stored: tuple[Entity, ...] = (*contacts, *agents)
        written = tuple(e for e in stored if before.get(e.id) is not e)
        late = state.late
        if self._step.lagging:
            known = dict(late)
            for entity in written:
                # An index that is behind already stays where it is.
                known.setdefault(entity.id, before.get(entity.id))
            late = tuple(sorted(known.items(), key=lambda row: row[0]))
        return replace(
            state, contacts=contacts, agents=agents, late=late, stream=(*state.stream, *written)
        )


class _Sender:
    """A port with the single method ``send``."""

    def __init__(self, send: Callable[..., None]) -> None:
        self.send = send


class _Fixed:
    """The clock and the ids: nothing moves."""

    def __init__(self, now: int) -> None:
        self._now = now

    def now(self) -> int:
        """Return the one moment there is."""
        return self._now

    def ulid(self) -> str:
        """Return an id nobody looks at."""
        return "0" * 26

    secret = ulid


def app_of(step: Step, rules: Configuration, *, joins: bool = False, now: int = NOW) -> App:
    """Return a process of the product for one worker's step: nothing remembered, ports replayed."""
    ports, fixed = Ports(step, joins=joins), _Fixed(now)
    return App(
        store=ports,
        operations=ports,
        configuration=FixedConfiguration(rules),
        timers=_Sender(ports.send_timers),
        nudges=_Sender(ports.send_nudge),
        realtime=ports,
        media=ports,
        clock=fixed,
        ids=fixed,
        log=MemoryLog(0),
    )
