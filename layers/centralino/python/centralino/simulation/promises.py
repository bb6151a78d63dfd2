"""Announced waits in a simulated centre: who was told what, and whether it came true.

A :class:`PromiseWatch` does in a simulated centre what the stream relay and the waiting loop do in
a deployed one, through the same use cases and with their delays. It also finds the truth nobody
in a real centre knows: when a caller who left would have been answered. That is the first moment
at which an agent took somebody behind their place in the queue, or had nobody to take at all. It
holds for queues whose agents can take any of their contacts.

Attach it before anybody arrives, run the centre, ask for the report::

    watch = PromiseWatch(centre, until=last_arrival_ms)
    centre.run()
    report = watch.report()
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from centralino.adapters.memory.clock import EPOCH_MS
from centralino.application import promises, snapshots
from centralino.domain.agents.model import Agent
from centralino.domain.configuration.model import Announce, Configuration
from centralino.domain.contacts.model import Channel, Contact, ContactState
from centralino.domain.errors import InvalidRequest
from centralino.simulation.call_list import ListedCall
from centralino.simulation.centre import CAUSE, RANK_ARRIVES, RANK_LEAVES, Caller, Centre
from centralino.simulation.one_queue import PLAN, PROFILE, QUEUE, enter_queue, one_queue
from centralino.simulation.promise_report import Announced, PromiseReport, promise_report
from centralino.simulation.replay import HIGH_PRIORITY, ORDERS

#: How long after a write the relay has taken it in, and how long after joining the queue the
#: caller is told. Measured delays of stream and carrier are of this order.
RELAY_MS = 500
TURN_MS = 1_000
_RANK_WATCHES = RANK_LEAVES + 1
#: Errors the rival's interval is made of, and how many it needs.
_RIVAL_ERRORS = 200
_RIVAL_LEAST = 10
_Place = tuple[int, int, str]


@dataclass(slots=True)
class _Line:
    """What the truth about one queue is found from."""

    gone: dict[str, _Place]
    free: set[str]
    last_wait: int | None
    errors: deque[int]


class PromiseWatch:
    """Announces waits in a centre, and keeps what was told with what became of it.

    Parameters
    ----------
    centre : Centre
        Its configuration must announce waits; see :func:`announcing`.
    until : float
        When the last caller arrives; watching goes on for as long as somebody waits.
    """

    def __init__(self, centre: Centre, *, until: float) -> None:
        self._centre = centre
        self._until = until
        self._stream = centre.world.stream.subscribe()
        self._configuration = centre.app.configuration.current()
        self._lines = {
            queue: _Line({}, set(), None, deque(maxlen=_RIVAL_ERRORS))
            for queue in self._configuration.queues
        }
        self._told: dict[str, Announced] = {}
        self._base: dict[str, int] = {}
        self._joined: dict[str, int] = {}
        self._at = 0
        centre.at(centre.world.clock.time + RELAY_MS, _RANK_WATCHES, self._tick)

    def report(self) -> PromiseReport:
        """Return the figures once the centre has run."""
        self._take_in()
        self._instant_over()
        return promise_report(list(self._told.values()), self._centre.app.clock.now())

    # ---------------------------------------------------------------- what runs by itself

    def _tick(self) -> None:
        self._take_in()
        now = self._centre.world.clock.time
        for contact_id, joined in list(self._joined.items()):
            if joined + TURN_MS <= now:
                self._announce(contact_id)
        if now < self._until or self._joined or any(line.gone for line in self._lines.values()):
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
                else:
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
        line = self._lines.get(contact.queue or "")
        if line is None:
            return
        at = contact.updated_at
        for event in contact.events:
            if event.type == "ContactEnqueued":
                self._joined[contact.id] = at
            elif event.type == "ContactOffered":
                self._joined.pop(contact.id, None)
                place = _place(contact)
                for other in [c for c, p in line.gone.items() if p < place]:
                    self._would_be_served(line, other, at)
            elif event.type == "ContactConnected":
                self._served(line, contact, at)
            elif event.type == "ContactAbandoned":
                self._joined.pop(contact.id, None)
                if contact.id in self._told:
                    self._told[contact.id].left_at = at
                    line.gone[contact.id] = _place(contact)

    def _agent(self, agent: Agent) -> None:
        profile = self._configuration.profiles.get(agent.profile)
        free = agent.available_partition is not None and Channel.VOICE in agent.free
        for served in profile.queues if profile is not None else ():
            line = self._lines[served.queue]
            (line.free.add if free else line.free.discard)(agent.id)

    def _instant_over(self) -> None:
        """An agent left without a contact would have taken whoever has gone."""
        for line in self._lines.values():
            if line.free:
                for contact_id in list(line.gone):
                    self._would_be_served(line, contact_id, self._at)

    def _served(self, line: _Line, contact: Contact, at: int) -> None:
        if contact.id in self._told:
            self._told[contact.id].served_at = at
            self._learn_rival(line, contact.id, at)
        line.last_wait = at - (contact.enqueued_at or at)

    def _would_be_served(self, line: _Line, contact_id: str, at: int) -> None:
        del line.gone[contact_id]
        self._told[contact_id].served_at = at
        self._learn_rival(line, contact_id, at)

    def _learn_rival(self, line: _Line, contact_id: str, at: int) -> None:
        if contact_id in self._base:
            waited = at - self._told[contact_id].made_at
            line.errors.append(waited - self._base[contact_id])


def announcing(configuration: Configuration) -> Configuration:
    """Return the configuration with every queue announcing place and wait."""
    told = Announce(position=True, wait=True)
    queues = {key: replace(q, announce=told) for key, q in configuration.queues.items()}
    return replace(configuration, queues=queues)


def replay_promises(calls: Sequence[ListedCall], agents: int, order: str = "fifo") -> PromiseReport:
    """Replay calls through like agents, with every waiting caller told what to expect.

    Raises
    ------
    InvalidRequest
        There is no such order, no agent, or no call.

    Examples
    --------
    >>> calls = [ListedCall(str(n), "", 0, 40 * n, 100) for n in range(40)]
    >>> report = replay_promises(calls, agents=2)
    >>> report.announced > 10, report.unknown
    (True, 0)
    """
    if order not in ORDERS:
        raise InvalidRequest(f"order must be {' or '.join(ORDERS)}, not {order!r}")
    if agents < 1 or not calls:
        raise InvalidRequest("a replay needs at least one agent and one call")
    rules = announcing(one_queue(ORDERS[order]))

    def ended(contact: Contact, _caller: Caller) -> None:
        centre.forget(contact.id)

    centre = Centre(rules, enter=enter_queue, ended=ended, hot=True, heartbeats=False)
    watch = PromiseWatch(centre, until=EPOCH_MS + calls[-1].arrival_s * 1000)
    for _ in range(agents):
        centre.sign_in(centre.hire(PROFILE))
    for number, call in enumerate(calls):
        caller = Caller(
            number=number,
            service_ms=call.service_s * 1000,
            patience_ms=None if call.patience_s is None else call.patience_s * 1000,
            queue=QUEUE,
            plan=PLAN,
            priority=int(call.priority == HIGH_PRIORITY),
        )
        at = EPOCH_MS + call.arrival_s * 1000
        centre.at(at, RANK_ARRIVES, partial(centre.arrive, caller))
    centre.run()
    return watch.report()


def _rival(line: _Line) -> tuple[float, float] | None:
    """Return the interval made of the last caller's wait and its last errors, from now on."""
    if line.last_wait is None or len(line.errors) < _RIVAL_LEAST:
        return None
    errors = sorted(line.errors)
    tail = round(0.05 * (len(errors) - 1))
    lower = max(0.0, line.last_wait + errors[tail])
    return lower, max(lower, line.last_wait + errors[-1 - tail])


def _place(contact: Contact) -> _Place:
    return contact.tier, contact.virtual_time or 0, contact.id
