"""A contact centre whose callers and agents are simulated, and whose engine is the deployed one.

It decides what people do and when: callers arrive and lose patience, agents answer at once and
talk for as long as the call takes. Who gets whom is never decided here: every assignment is a
drain's, every change of state a use case's, every write the store's.

At one instant things happen in the order of their rank: calls end, calls arrive, what was left to
the drain is matched, and only then do callers give up. A call of no length therefore frees its
agent before anybody leaves in the same instant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush
from typing import Any

from centralino.adapters.memory import World, world
from centralino.adapters.memory.clock import EPOCH_MS
from centralino.application import agents, offers, routing, talk, timers
from centralino.application.ports import Timer
from centralino.domain import ids
from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.configuration.model import Configuration
from centralino.domain.contacts.model import Contact

RANK_ENDS = 0
RANK_ARRIVES = 1
RANK_MATCHES = 2
RANK_LEAVES = 3

#: What commands of simulated people carry as their cause.
CAUSE = "simulation"
#: How long timers alone may go on once people have nothing left to do but wait.
LAST_WAIT_MS = 3_600_000


@dataclass(slots=True)
class Caller:
    """Somebody who calls, and what will become clear of them. Durations in milliseconds.

    Attributes
    ----------
    number : int
        Their turn among all callers, from 0.
    service_ms : float
        How long an agent will be busy with them.
    patience_ms : float or None
        How long they wait before they hang up; None waits for ever.
    contact : str
        Their contact's id, once they have one.
    """

    number: int
    service_ms: float
    patience_ms: float | None
    queue: str
    plan: str
    priority: int = 0
    contact: str = ""


Enter = Callable[["Centre", Caller], str]
"""Lets a caller into the centre and returns the contact's id."""

Ended = Callable[[Contact, Caller], None]
"""Told of every contact that has ended, with its caller."""

Accepted = Callable[[str], None]
"""Told the ``rid`` of an offer that an agent has just accepted."""


class Centre:
    """The world in memory, its virtual clock, and the people.

    Parameters
    ----------
    enter : callable
        How callers come in.
    ended : callable
        Told of each contact that ended, once.
    hot : bool
        Whether every pool is marked hot, as a busy one is: triggers then leave the matching to
        the consumer of the nudges, which drains once everything of an instant has happened.
    heartbeats : bool
        Whether pools are looked at again every few seconds. Without rules that change with time
        alone a beat finds what the last drain found, and a long run is faster without.
    """

    def __init__(
        self,
        configuration: Configuration,
        *,
        enter: Enter,
        ended: Ended,
        seed: int = 0,
        start: float = EPOCH_MS,
        hot: bool = False,
        heartbeats: bool = True,
    ) -> None:
        self.world: World = world(configuration, seed=seed, start=start, metered=False, keep=0)
        self.app = self.world.app
        self._clock = self.world.clock
        self._enter = enter
        self._ended = ended
        self._heartbeats = heartbeats
        self._events: list[tuple[float, int, int, Callable[[], None]]] = []
        self._planned = 0
        self._signed_in = 0
        self._callers: dict[str, Caller] = {}
        self._waiting: set[str] = set()
        self._offered: list[tuple[str, str, str]] = []
        self._accepted: dict[str, Accepted] = {}
        self._match_at: float | None = None
        self.world.realtime.listener = self._hear
        if hot:
            for pool in configuration.pools:
                routing.mark_hot(self.app, pool, 1 << 53)

    # ---------------------------------------------------------------- what people do

    def at(self, time: float, rank: int, action: Callable[[], None]) -> None:
        """Have something happen at a time (UTC milliseconds), in its rank of that instant."""
        self._planned += 1
        heappush(self._events, (time, rank, self._planned, action))

    def hire(self, profile: str, skills: Mapping[str, int] | None = None) -> str:
        """Register an agent of a routing profile, not yet signed in; return the id."""
        configuration = self.app.configuration.current()
        rules = configuration.profile(profile)
        agent_id = ids.AGENT + ids.crockford(self._signed_in)
        shard = self._signed_in % rules.shards
        self._signed_in += 1
        agent = Agent(
            id=agent_id,
            state=AgentState.OFFLINE,
            business_unit=configuration.queue(rules.queues[0].queue).business_unit,
            pool=configuration.pool_of_profile(profile).id,
            profile=profile,
            skills=dict(skills or {}),
            capacity=rules.capacity,
            exclusive=rules.exclusive,
            shard=shard,
        )
        agents.register(self.app, agent, CAUSE)
        return agent_id

    def sign_in(self, agent_id: str) -> None:
        """Make an agent ready for calls."""
        agents.set_state(self.app, agent_id, AgentState.ROUTABLE, None, CAUSE)

    def sign_out(self, agent_id: str) -> None:
        """Let an agent go home, after the call at hand."""
        agents.set_state(self.app, agent_id, AgentState.OFFLINE, None, CAUSE)

    def arrive(self, caller: Caller) -> None:
        """Let a caller in now; plan the moment they give up, should they still wait then."""
        caller.contact = self._enter(self, caller)
        contact = self.contact(caller.contact)
        if contact.ended:
            self._ended(contact, caller)
            return
        self._callers[contact.id] = caller
        self._waiting.add(contact.id)
        self._answer()
        if caller.patience_ms is not None and contact.id in self._waiting:
            leaves = self._clock.time + caller.patience_ms
            self.at(leaves, RANK_LEAVES, partial(self._give_up, contact.id))

    def waits(self, contact_id: str) -> bool:
        """Tell whether the caller is on the line and nobody has taken them yet."""
        return contact_id in self._waiting

    def trade(self, contact_id: str, other_id: str, accepted: Accepted) -> None:
        """Let a caller leave the line for a contact that goes on in their place.

        They do not give up any more. Whenever an agent takes the other contact, ``accepted`` is
        told, and nothing else happens by itself until :meth:`talk`.
        """
        self._waiting.discard(contact_id)
        self._callers[other_id] = self._callers.pop(contact_id)
        self._accepted[other_id] = accepted

    def talk(self, contact_id: str, rid: str) -> None:
        """Let agent and caller talk from now on, for as long as this caller needs."""
        ends = self._clock.time + self._callers[contact_id].service_ms
        self.at(ends, RANK_ENDS, partial(self._hang_up, contact_id, rid))

    def drop(self, contact_id: str) -> None:
        """Forget the caller of a contact that has ended without a conversation."""
        del self._accepted[contact_id]
        self._end(self.contact(contact_id))

    # ---------------------------------------------------------------- running

    def run(self) -> None:
        """Let time pass until nobody has anything left to do.

        Callers for whom nobody comes are left waiting, an hour after the last event.
        """
        last = self._clock.time
        while True:
            due = self.world.timers.next_at()
            if self._events and (due is None or due >= self._events[0][0]):
                last, _, _, action = heappop(self._events)
                self._clock.move_to(last)
                action()
            elif due is not None and (
                self._events or (self._waiting and due <= last + LAST_WAIT_MS)
            ):
                self._clock.move_to(due)
                for timer in self.world.timers.due():
                    self._fire(timer)
            else:
                return
            self._answer()
            if len(self.world.nudges) and self._match_at != self._clock.time:
                self._match_at = self._clock.time
                self.at(self._clock.time, RANK_MATCHES, self._match)

    def contact(self, contact_id: str) -> Contact:
        """Return a contact that must be stored."""
        contact = self.world.store.contact(contact_id)
        if contact is None:
            raise LookupError(contact_id)
        return contact

    def forget(self, contact_id: str) -> None:
        """Keep an ended contact no longer: nobody will ask for it."""
        self.world.store.forget(contact_id)

    def still_waiting(self) -> list[tuple[Contact, Caller]]:
        """Return the contacts nobody has taken and their callers."""
        return [(self.contact(c), self._callers[c]) for c in sorted(self._waiting)]

    # ---------------------------------------------------------------- inside

    def _fire(self, timer: Timer) -> None:
        if self._heartbeats or timer.kind != "heartbeat":
            timers.fire(self.app, timer, CAUSE)

    def _match(self) -> None:
        """Drain the nudged pools once each: what the routing function does with a batch."""
        self._match_at = None
        while batch := self.world.nudges.take():
            hops: dict[str, int] = {}
            for nudge in batch:
                hops[nudge.pool] = max(hops.get(nudge.pool, 0), nudge.hop)
            for pool, hop in hops.items():
                routing.drain_nudged(self.app, pool, hop=hop, cause=CAUSE)

    def _hear(self, agent_id: str, frame: Mapping[str, Any]) -> None:
        if frame["type"] == "offer":
            self._offered.append((agent_id, frame["contact_id"], frame["rid"]))

    def _answer(self) -> None:
        """Have the agents accept what was offered to them since."""
        while self._offered:
            agent_id, contact_id, rid = self._offered.pop(0)
            offers.accept(self.app, agent_id, contact_id, rid, CAUSE)
            self._waiting.discard(contact_id)
            accepted = self._accepted.get(contact_id)
            if accepted is None:
                self.talk(contact_id, rid)
            else:
                accepted(rid)

    def _hang_up(self, contact_id: str, rid: str) -> None:
        talk.end_call(self.app, contact_id, by="caller", cause=CAUSE)
        after = agents.end_wrap_up(self.app, contact_id, rid, None, CAUSE)
        self._end(after)

    def _give_up(self, contact_id: str) -> None:
        if contact_id in self._waiting:
            self._waiting.remove(contact_id)
            self._end(talk.end_call(self.app, contact_id, by="caller", cause=CAUSE))

    def _end(self, contact: Contact) -> None:
        self._ended(contact, self._callers.pop(contact.id))
