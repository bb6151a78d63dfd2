"""Announced waits in a simulated centre: who was told what, and whether it came true.

A :class:`PromiseWatch` does in a simulated centre what the stream relay and the waiting loop do in
a deployed one, through the same use cases and with their delays. It also finds the truth nobody
in a real centre knows: when a caller who left would have been answered. That is the first moment
at which an agent took somebody behind their place, or had nobody to take at all. It holds for
queues whose agents can take any of their contacts.

Attach it before anybody arrives, run the centre, ask for the report::

    watch = PromiseWatch(centre, until=last_arrival_ms)
    centre.run()
    report = watch.report()
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from math import inf

from centralino.adapters.memory.clock import EPOCH_MS
from centralino.application import promises, snapshots
from centralino.domain.agents.model import Agent
from centralino.domain.configuration.model import Announce, Configuration
from centralino.domain.contacts.model import Channel, Contact, ContactState
from centralino.domain.events import Event
from centralino.simulation.centre import CAUSE, RANK_LEAVES, Centre
from centralino.simulation.promise_report import Announced, PromiseReport, promise_report

#: How long after a write the relay has taken it in, and how long after joining the queue the
#: caller is told. Measured delays of stream and carrier are of this order.
RELAY_MS = 500
TURN_MS = 1_000
_RANK_WATCHES = RANK_LEAVES + 1
#: Errors the rival's interval is made of, and how many it needs.
_RIVAL_ERRORS = 200
_RIVAL_LEAST = 10


@dataclass(slots=True)
class _Line:
    """What the rival of one queue goes by."""

    last_wait: int | None = None
    errors: deque[int] = field(default_factory=lambda: deque(maxlen=_RIVAL_ERRORS))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a contact stands, or would stand had it stayed."""

    queue: str
    tier: int
    virtual_time: int
    contact: str


class PromiseWatch:
    """Announces waits in a centre, and keeps what was told with what became of it.

    Parameters
    ----------
    centre : Centre
        Its configuration must announce waits; see :func:`announcing`.
    until : float
        When the last caller arrives; watching goes on for as long as somebody waits. May be set
        once it is known.
    origin_ms : int
        What the report's half-hours are counted from, UTC milliseconds.
    """

    def __init__(self, centre: Centre, *, until: float = inf, origin_ms: int = EPOCH_MS) -> None:
        self.until = until
        self._origin_ms = origin_ms
        self._centre = centre
        self._stream = centre.world.stream.subscribe()
        self._configuration = centre.app.configuration.current()
        self._lines = {queue: _Line() for queue in self._configuration.queues}
        self._gone: dict[str, _Place] = {}
        self._profiles: dict[str, str] = {}
        self._free: set[str] = set()
        self._told: dict[str, Announced] = {}
        self._base: dict[str, int] = {}
        self._joined: dict[str, int] = {}
        self._at = 0
        centre.at(centre.world.clock.time + RELAY_MS, _RANK_WATCHES, self._tick)

    def outcomes(self) -> list[Announced]:
        """Return what every caller was told and what became of it, once the centre has run."""
        self._take_in()
        self._instant_over()
        return list(self._told.values())

    def report(self) -> PromiseReport:
        """Return the figures once the centre has run."""
        outcomes = self.outcomes()
        app = self._centre.app
        kept = [snapshots.current(app, queue) for queue in self._lines]
        writes = sum(snapshot.version for snapshot in kept if snapshot is not None)
        return promise_report(
            outcomes,
            app.clock.now(),
            origin_ms=self._origin_ms,
            snapshot_writes=writes,
        )

    # ---------------------------------------------------------------- what runs by itself

    def _tick(self) -> None:
        self._take_in()
        now = self._centre.world.clock.time
        for contact_id, joined in list(self._joined.items()):
            if joined + TURN_MS <= now:
                self._announce(contact_id)
        if now < self.until or self._joined or self._gone:
            self._centre.at(now + RELAY_MS, _RANK_WATCHES, self._tick)

    def _take_in(self) -> None:
        """Relay what was written since, and see what it tells of the truth."""
        while changes := self._stream.take(1_000):
            contacts = []
            for change in changes:
                if change.image.updated_at > self._at:
                    self._instant_over()
                    self._at = change.image.updated_at
                if isinstance(change.image, Contact):
                    contacts.append(change.image)
                    self._contact(change.image)
                elif isinstance(change.image, Agent):
                    self._agent(change.image)
            snapshots.follow(self._centre.app, contacts)

    def _announce(self, contact_id: str) -> None:
        del self._joined[contact_id]
        contact = self._centre.world.store.contact(contact_id)
        if contact is None or contact.state is not ContactState.WAITING:
            return
        queue = self._configuration.queue(contact.queue or "")
        said = promises.announce(self._centre.app, contact, queue, CAUSE)
        if said is None:
            return
        promise, line = said.promise, self._lines[queue.id]
        self._told[contact_id] = Announced(
            contact_id,
            promise.made_at,
            promise.window_start,
            promise.window_end,
            rival=_rival(line),
        )
        if line.last_wait is not None:
            self._base[contact_id] = line.last_wait

    # ---------------------------------------------------------------- the truth

    def _contact(self, contact: Contact) -> None:
        if contact.queue not in self._lines:
            return
        at = contact.updated_at
        for event in contact.events:
            if event.type == "ContactEnqueued" and contact.callback is None:
                self._joined[contact.id] = at
            elif event.type == "ContactOffered":
                self._joined.pop(contact.id, None)
                self._in_their_place(contact, at)
                self._passed_over(contact, at)
            elif event.type == "ContactConnected":
                if contact.id in self._told:
                    self._would_be_served(contact.queue, contact.id, at)
                if contact.callback is None:
                    self._lines[contact.queue].last_wait = at - (contact.enqueued_at or at)
            elif event.type == "ContactAbandoned" or _is_traded(event):
                self._joined.pop(contact.id, None)
                if contact.id in self._told:
                    self._told[contact.id].left_at = at
                    self._gone[contact.id] = _place(contact)

    def _agent(self, agent: Agent) -> None:
        self._profiles[agent.id] = agent.profile
        free = agent.available_partition is not None and Channel.VOICE in agent.free
        (self._free.add if free else self._free.discard)(agent.id)

    def _in_their_place(self, contact: Contact, at: int) -> None:
        """The agent who calls somebody back would have taken them, had they stayed."""
        asked = self._gone.pop(contact.previous or "", None)
        if contact.callback is not None and asked is not None:
            self._would_be_served(asked.queue, asked.contact, at)

    def _passed_over(self, contact: Contact, at: int) -> None:
        """The agent who took this contact would rather have taken whoever stood before it."""
        serves = self._serves(contact.agent or "")
        taken = _place(contact)
        for other, place in list(self._gone.items()):
            if place.queue in serves and _turn(place, serves) < _turn(taken, serves):
                del self._gone[other]
                self._would_be_served(place.queue, other, at)

    def _instant_over(self) -> None:
        """An agent left without a contact would have taken whoever has gone."""
        if not self._gone or not self._free:
            return
        served = {queue for agent in self._free for queue in self._serves(agent)}
        for other, place in list(self._gone.items()):
            if place.queue in served:
                del self._gone[other]
                self._would_be_served(place.queue, other, self._at)

    def _serves(self, agent: str) -> dict[str, int]:
        """Return the queues an agent serves, with the priority their profile gives them."""
        profile = self._configuration.profiles.get(self._profiles.get(agent, ""))
        return {} if profile is None else {q.queue: q.priority for q in profile.queues}

    def _would_be_served(self, queue: str, contact_id: str, at: int) -> None:
        self._told[contact_id].served_at = at
        self._learn_rival(self._lines[queue], contact_id, at)

    def _learn_rival(self, line: _Line, contact_id: str, at: int) -> None:
        if contact_id in self._base:
            waited = at - self._told[contact_id].made_at
            line.errors.append(waited - self._base[contact_id])


def announcing(configuration: Configuration) -> Configuration:
    """Return the configuration with every queue announcing place and wait."""
    told = Announce(position=True, wait=True)
    queues = {key: replace(q, announce=told) for key, q in configuration.queues.items()}
    return replace(configuration, queues=queues)


def _rival(line: _Line) -> tuple[float, float] | None:
    """Return the interval made of the last caller's wait and its last errors, from now on."""
    if line.last_wait is None or len(line.errors) < _RIVAL_LEAST:
        return None
    errors = sorted(line.errors)
    tail = round(0.05 * (len(errors) - 1))
    lower = max(0.0, line.last_wait + errors[tail])
    return lower, max(lower, line.last_wait + errors[-1 - tail])


def _is_traded(event: Event) -> bool:
    """Tell whether somebody took a callback for their place in line."""
    return event.type == "ContactClosed" and event.data.get("outcome") == "converted"


def _place(contact: Contact) -> _Place:
    return _Place(contact.queue or "", contact.tier, contact.virtual_time or 0, contact.id)


def _turn(place: _Place, serves: dict[str, int]) -> tuple[int, int, int, str]:
    """Return the order in which an agent takes contacts (see ``domain.routing.decide``)."""
    return place.tier, serves[place.queue], place.virtual_time, place.contact
