"""The small model's state: one node of the explored graph.

What is stored, which messages were ever sent, and how far each worker has come. A message stays
deliverable for ever, which covers at once that it is late, doubled, out of order, or (never
delivered) lost. Time stands still, but for timers, which find that theirs has come whenever they
fire; that allows more than a real clock does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

from centralino.adapters.memory.clock import EPOCH_MS, VirtualClock
from centralino.adapters.memory.store import MemoryStore
from centralino.application.agents import roster
from centralino.application.ports import Item, Timer
from centralino.domain.agents.model import Agent
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import CentralinoError
from tests.model.evidence import Entity, Part, parts_ended

POOL = "main"
#: The moment at which everything happens, the one at which it was prepared, and the one at which
#: timers fire: every offer made meanwhile has run out by then.
NOW = EPOCH_MS + 600_000
EARLIER = NOW - 90_000
DUE = NOW + 30_000


#: An item of ``ops``: partition, sort key, attributes.
Stored: TypeAlias = tuple[str, str, tuple[tuple[str, Any], ...]]


class Command(NamedTuple):
    """Something a worker may be asked to do: a message, a request of a person, the sweep."""

    kind: str
    subject: str = ""
    rid: str = ""
    value: Any = None


class Answer(NamedTuple):
    """What a port call returned, or raised."""

    operation: str
    value: Any = None
    error: CentralinoError | None = None


class Running(NamedTuple):
    """A worker between two port calls: its command, what it was told, and what it asks next."""

    command: Command
    log: tuple[Answer, ...]
    asks: str


@dataclass(frozen=True, slots=True)
class State:
    """One node of the graph.

    ``late`` holds, by entity, the older image an index still shows (None: it shows nothing);
    ``legs`` are the agents' legs that the carrier has in a conversation, by offer.
    """

    contacts: tuple[Contact, ...] = ()
    agents: tuple[Agent, ...] = ()
    late: tuple[tuple[str, Entity | None], ...] = ()
    timers: frozenset[Timer] = frozenset()
    nudged: bool = False
    items: tuple[Stored, ...] = ()
    stream: tuple[Entity, ...] = ()
    gone: frozenset[str] = frozenset()
    legs: frozenset[str] = frozenset()
    workers: tuple[Running | None, ...] = (None, None)
    started: int = 0
    faults: int = 0

    def entities(self) -> dict[str, Entity]:
        """Return everything stored, by id."""
        stored: tuple[Entity, ...] = (*self.contacts, *self.agents)
        return {entity.id: entity for entity in stored}

    def contact(self, contact_id: str) -> Contact | None:
        """Return a stored contact."""
        return next((c for c in self.contacts if c.id == contact_id), None)

    def agent(self, agent_id: str) -> Agent | None:
        """Return a stored agent."""
        return next((a for a in self.agents if a.id == agent_id), None)

    def offers(self) -> set[Part]:
        """Return every offer ever made, with its agent."""
        return {
            (image.agent, image.rid)
            for image in self.stream
            if isinstance(image, Contact)
            and image.agent
            and image.rid
            and any(event.type == "ContactOffered" for event in image.events)
        }

    def ended_parts(self) -> frozenset[Part]:
        """Return the parts whose end was written."""
        ended: set[Part] = set()
        for image in self.stream:
            if isinstance(image, Contact):
                ended |= parts_ended(image)
        return frozenset(ended)


def with_legs(state: State, command: Command) -> State:
    """Return the state in which the carrier's legs are as the command tells."""
    if command.kind == "agent_joined":
        return replace(state, legs=state.legs | {command.rid})
    if command.kind == "agent_left":
        return replace(state, legs=state.legs - {command.rid})
    return state


def store_of(state: State) -> MemoryStore:
    """Return the in-memory store with this state in it, its indexes as far as they have come."""
    store = MemoryStore(VirtualClock(NOW))
    late = dict(state.late)
    for table, images in ((store._contacts, state.contacts), (store._agents, state.agents)):
        for image in images:
            load(table, image, late.get(image.id, image))
    return store


def load(table: Any, image: Entity, shown: Entity | None) -> None:
    """Put an image into a table as it is, shown by the index as it was."""
    table.items[image.id] = image
    if shown is not None:
        spot = table._place(shown)
        entry = (table._entry(shown), 0) if spot is not None else None
        table._index.write(image.id, spot, entry)


def roster_item(agent_id: str) -> Stored:
    """Return the roster's note about an agent who signed in long ago."""
    return roster(POOL), agent_id, (("at", 0),)


def items_of(state: State, pk: str, prefix: str) -> list[Item]:
    """Return the items of a partition."""
    return [
        Item(p, sk, dict(attributes))
        for p, sk, attributes in state.items
        if p == pk and sk.startswith(prefix)
    ]


def item_of(state: State, pk: str, sk: str) -> Item | None:
    """Return an item, if it is there."""
    return next((item for item in items_of(state, pk, sk) if item.sk == sk), None)


def with_item(state: State, item: Item) -> State:
    """Return the state after an item was written; an expired one is as good as gone."""
    kept = [i for i in state.items if i[:2] != (item.pk, item.sk)]
    if item.ttl is None or item.ttl > NOW // 1000:
        kept.append((item.pk, item.sk, tuple(sorted(item.attributes.items()))))
    return replace(state, items=tuple(sorted(kept)))
