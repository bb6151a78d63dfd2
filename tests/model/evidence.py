"""What the invariants look at: the stored state, and every write since the last look.

An :class:`Evidence` is taken from a world in memory by a :class:`Witness`, or assembled by the
explorer from one of its states. Whether a contact and an agent fit is said here once more, plainly
and without the product's matcher, so that the two can disagree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from centralino.adapters.memory.stream import Change, Subscription
from centralino.adapters.memory.world import World
from centralino.application.agents import roster
from centralino.application.ports import Timer
from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.configuration.model import Configuration
from centralino.domain.contacts.model import Contact, ContactState

Entity: TypeAlias = Contact | Agent
Part: TypeAlias = tuple[str, str]
"""An agent and an offer: one agent's part in a contact."""

#: Events that end an agent's part in a contact, as the design names them.
PART_ENDS = frozenset(
    {
        "OfferDeclined",
        "OfferTimedOut",
        "OfferFailed",
        "OfferRescinded",
        "AgentLost",
        "ContactWrapupEnded",
        "ContactClosed",
    }
)
#: Events by which an offer is answered or ends; each belongs to one ``rid``.
ANSWERS = frozenset({"OfferDeclined", "OfferTimedOut", "OfferFailed"})
TERMINAL = frozenset({"ContactClosed", "ContactAbandoned"})


@dataclass(frozen=True, slots=True)
class Write:
    """One write of an entity and what was true at that moment.

    Attributes
    ----------
    timer_sent : bool
        Whether the offer timer of the ``rid`` it names had been made durable before.
    overtaken : str or None
        An older contact the chosen agent could have taken instead, where that is judged.
    about : str or None
        The offer that the command which wrote it was about, if it was about one.
    command : str or None
        What kind of command wrote it.
    rejoin_timers : collection of str
        The offers whose rejoin timer had been made durable before.
    """

    before: Entity | None
    after: Entity
    timer_sent: bool = True
    overtaken: str | None = None
    about: str | None = None
    command: str | None = None
    rejoin_timers: Collection[str | None] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """The stored state at one moment, with what is known of its past.

    Attributes
    ----------
    entered : set of contact id
        Contacts that have ever been written.
    ended_parts : set of Part
        Parts of agents whose end has been written with the contact.
    terminal : mapping of contact id to int
        How many terminal events each contact has written.
    acknowledged : set of rid
        Offers whose acknowledgment was accepted while they rang.
    roster : set of agent id
        Whom the sweep would look at.
    waiting, available : mapping of id to version, or None
        What the two indexes show, once nothing is on its way to them.
    """

    configuration: Configuration
    now: int
    contacts: Mapping[str, Contact]
    agents: Mapping[str, Agent]
    writes: Sequence[Write] = ()
    entered: frozenset[str] = frozenset()
    ended_parts: frozenset[Part] = frozenset()
    terminal: Mapping[str, int] = field(default_factory=dict)
    acknowledged: frozenset[str] = frozenset()
    roster: frozenset[str] = frozenset()
    waiting: Mapping[str, int] | None = None
    available: Mapping[str, int] | None = None


def live_parts(contact: Contact) -> list[Part]:
    """Return the parts of agents in this contact that must hold a slot."""
    parts = [(s.agent, s.rid) for s in contact.segments if s.wrapped_at is None]
    if contact.state is ContactState.OFFERED and contact.agent and contact.rid:
        pending = (contact.agent, contact.rid)
        if pending not in parts:
            parts.append(pending)
    return parts


def parts_ended(contact: Contact) -> set[Part]:
    """Return the parts that the contact's last write ended."""
    return {
        (str(event.data["agent_id"]), str(event.data["rid"]))
        for event in contact.events
        if event.type in PART_ENDS and event.data.get("agent_id") and event.data.get("rid")
    }


def has_room(agent: Agent, contact: Contact) -> bool:
    """Tell whether one more contact of this channel fits, counted from the slots."""
    channel = contact.channel
    held = [slot.channel for slot in agent.slots.values()]
    if held.count(channel) >= agent.capacity.get(channel, 0):
        return False
    others = [c for c in held if c is not channel]
    return not others or (channel not in agent.exclusive and not set(others) & agent.exclusive)


def eligible(contact: Contact, agent: Agent, now: int, configuration: Configuration) -> bool:
    """Tell whether this waiting contact and this agent should be brought together now."""
    if contact.state is not ContactState.WAITING or agent.state is not AgentState.ROUTABLE:
        return False
    if contact.pool != agent.pool or contact.tried.get(agent.id, 0) > now:
        return False
    profile = configuration.profiles.get(agent.profile)
    served = (
        next((q for q in profile.queues if q.queue == contact.queue), None) if profile else None
    )
    waited = now - (contact.enqueued_at or 0)
    if served is None or waited < served.delay_ms or not has_room(agent, contact):
        return False
    plan = configuration.plans[contact.plan or ""]
    steps = [step for step in plan.steps if step.after_ms <= waited]
    need = steps[-1].skills if steps else plan.steps[0].skills
    return all(agent.skills.get(skill, 0) >= level for skill, level in need.items())


def place(
    contact: Contact, agent: Agent, configuration: Configuration
) -> tuple[int, int, int, str]:
    """Return the contact's place in line as seen from an agent."""
    served = configuration.profiles[agent.profile].queues
    priority = next((q.priority for q in served if q.queue == contact.queue), 0)
    return contact.tier, priority, contact.virtual_time or 0, contact.id


def overtaken(
    claimed: Contact, agent: Agent, contacts: Iterable[Contact], now: int, rules: Configuration
) -> str | None:
    """Return a waiting contact, older than the one just claimed, that the agent fitted as well.

    ``agent`` is the agent before the claim.
    """
    mine = place(claimed, agent, rules)
    for other in contacts:
        if other.id != claimed.id and eligible(other, agent, now, rules):
            theirs = place(other, agent, rules)
            if theirs < mine:
                return other.id
    return None


class Witness(Subscription):
    """Sees every write of a world as it happens, and tells it on as evidence.

    Attributes
    ----------
    fair : bool
        Whether overtaking is judged: not while an index lags or a fault has struck.
    about, command : str or None
        What is being carried out, told by whoever drives the world.
    durable : set of (kind, rid)
        Timers known to have been made durable.
    """

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self._images: dict[str, Entity] = {}
        self._writes: list[Write] = []
        self._entered: set[str] = set()
        self._ended: set[Part] = set()
        self._terminal: dict[str, int] = {}
        self._acknowledged: set[str] = set()
        self.history: dict[str, list[Entity]] = {}
        self.durable: set[tuple[str, str | None]] = set()
        self.fair = True
        self.about: str | None = None
        self.command: str | None = None
        world.stream._subscriptions.append(self)

    def sent(self, timers: Sequence[Timer]) -> None:
        """Note timers that were made durable."""
        self.durable.update((timer.kind, timer.rid) for timer in timers)

    def offer(self, change: Change) -> None:
        """Note a write, with what is true at this moment."""
        after = change.image
        before = self._images.get(after.id)
        self._images[after.id] = after
        self.history.setdefault(after.id, []).append(after)
        older = None
        if isinstance(after, Contact):
            self._entered.add(after.id)
            self._ended |= parts_ended(after)
            ends = sum(event.type in TERMINAL for event in after.events)
            self._terminal[after.id] = self._terminal.get(after.id, 0) + ends
            if after.acknowledged_at is not None and after.rid:
                self._acknowledged.add(after.rid)
            if self.fair and any(e.type == "ContactOffered" for e in after.events):
                older = self._overtaken(after)
        timer_sent = not isinstance(after, Contact) or ("offer", after.rid) in self.durable
        away = {rid for kind, rid in self.durable if kind == "rejoin"}
        self._writes.append(Write(before, after, timer_sent, older, self.about, self.command, away))

    def _overtaken(self, claimed: Contact) -> str | None:
        # The claim's own write of the agent comes after the contact's, so this is the one before.
        agent = self._images.get(claimed.agent or "")
        if not isinstance(agent, Agent):
            return None
        others = [c for c in self._images.values() if isinstance(c, Contact)]
        world = self._world
        return overtaken(claimed, agent, others, world.clock.now(), world.configuration.current())

    def evidence(self) -> Evidence:
        """Return what stands now and what was written since the last time."""
        world, writes = self._world, self._writes
        self._writes = []
        settled = world.store.next_index_change() is None
        rules = world.configuration.current()
        listed = {
            sk for pool in rules.pools for sk in world.operations._partitions.get(roster(pool), {})
        }
        return Evidence(
            configuration=rules,
            now=world.clock.now(),
            contacts={c.id: c for c in world.store.contacts()},
            agents={a.id: a for a in world.store.agents()},
            writes=writes,
            entered=frozenset(self._entered),
            ended_parts=frozenset(self._ended),
            terminal=dict(self._terminal),
            acknowledged=frozenset(self._acknowledged),
            roster=frozenset(listed),
            waiting=_shown(world, "waiting") if settled else None,
            available=_shown(world, "available") if settled else None,
        )


def _shown(world: World, index: str) -> dict[str, int]:
    """Return what an index shows, without passing the ports' fault boundaries."""
    table = world.store._contacts if index == "waiting" else world.store._agents
    found: dict[str, int] = {}
    for partition in table.partitions():
        page, _ = table.page(partition, None, 10_000)
        for entry in page.entries:
            found[entry.contact if index == "waiting" else entry.agent] = entry.version
    return found


def beside(evidence: Evidence) -> set[tuple[str, int, str, int]]:
    """Return who waits beside which eligible free agent, each in the version it is in."""
    return {
        (contact.id, contact.version, agent.id, agent.version)
        for contact in evidence.contacts.values()
        for agent in evidence.agents.values()
        if eligible(contact, agent, evidence.now, evidence.configuration)
    }


def offers_made(witness: Witness) -> list[Part]:
    """Return every offer ever made, with its agent, the latest first."""
    made = [
        (image.agent, image.rid)
        for images in witness.history.values()
        for image in images
        if isinstance(image, Contact)
        and image.agent
        and image.rid
        and any(event.type == "ContactOffered" for event in image.events)
    ]
    return sorted(made, key=lambda part: int(part[1].partition("#")[2]), reverse=True)
