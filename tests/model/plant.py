"""A centre in memory that is watched: every write is checked, every durable timer is known.

What runs by itself in a deployment (stream, timers, nudges, the minute sweep) runs here when
told, or all together for some minutes. A process that dies forgets its hints, as a real one does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from centralino.adapters.memory.clock import EPOCH_MS
from centralino.adapters.memory.index import Lag
from centralino.adapters.memory.messages import MemoryTimers
from centralino.adapters.memory.stream import Change
from centralino.adapters.memory.world import World, world
from centralino.application import agents, routing, timers
from centralino.application.heartbeat import PERIOD_MS
from centralino.application.ports import Item, Timer
from centralino.application.relay import Image, relay
from centralino.domain.agents.model import AgentState
from centralino.domain.configuration.model import Configuration
from centralino.domain.contacts.model import ContactState
from centralino.domain.errors import Conflict, TransientDependency
from tests.model.evidence import Evidence, Witness
from tests.model.invariants import check, published_gaplessly, replay_changes_nothing
from tests.support.centre import Centre

MINUTE_MS = 60_000
#: What a queue gives back rather than buries: the message comes again.
RETURNED = (TransientDependency, Conflict)


class WatchedTimers(MemoryTimers):
    """Timers that tell the witness once they are durable, before the mishaps of the way."""

    witness: Witness | None = None

    def send(self, timers: Sequence[Timer]) -> None:
        """Make timers durable; also when nobody hears that they are."""
        before = self.sent
        try:
            super().send(timers)
        finally:
            if self.witness is not None and self.sent > before:
                self.witness.sent(timers)


class Plant(Centre):
    """A watched centre.

    Attributes
    ----------
    everything : list of Change
        All writes so far, to be delivered again.
    fired : list of Timer
        Timers that were delivered, to be delivered again.
    """

    def __init__(
        self,
        rules: Configuration,
        *,
        joins: bool = False,
        seed: int = 0,
        lag: Lag | None = None,
        start: float = EPOCH_MS,
    ) -> None:
        made = world(rules, joins=joins, seed=seed, lag=lag, metered=False, start=start)
        watched = WatchedTimers(made.clock, made.faults, seed)
        self.world: World = replace(made, timers=watched, app=replace(made.app, timers=watched))
        self.app = self.world.app
        self.stream = self.world.stream.subscribe()
        self.witness = watched.witness = Witness(self.world)
        self.everything: list[Change] = []
        self.fired: list[Timer] = []
        self._records = count()
        # The sweep has been running all along: it need not go through a day of minutes.
        minute = int(start) // MINUTE_MS
        self.world.operations.put(Item("sweep", "menus", {"minute": minute}))

    # ---------------------------------------------------------------- what runs by itself

    def restart(self) -> None:
        """Let the process die: what it remembered is gone."""
        self.app.hints.clear()

    def fire(self, timer: Timer) -> None:
        """Deliver a timer; it comes again while a service fails."""
        self.fired.append(timer)
        self._until_done(lambda: timers.fire(self.app, timer, "timer"))

    def advance(self, milliseconds: int) -> None:
        """Let time pass and fire every timer at its moment, draining nudged pools."""
        end = self.world.clock.time + milliseconds
        while (due := self.world.timers.next_at()) is not None and due <= end:
            self.world.clock.move_to(due)
            for timer in self.world.timers.due():
                self.fire(timer)
            self.drain_nudged()
        self.world.clock.move_to(end)

    def drain_nudged(self) -> None:
        """Drain each pool that was nudged."""
        while nudges := self.world.nudges.take():
            for pool in sorted({nudge.pool for nudge in nudges}):
                self._until_done(
                    lambda pool=pool: routing.drain_nudged(self.app, pool, hop=0, cause="nudge")
                )

    def relay(self, limit: int | None = None) -> None:
        """Relay the stream in batches, or one batch; what fails stays first in line."""
        while changes := self.stream.take(limit or 100):
            self.everything += changes
            if not self.deliver(changes):
                self.stream.redeliver()
                return
            if limit is not None:
                return
        self.drain_nudged()

    def deliver(self, changes: Sequence[Change]) -> bool:
        """Hand a batch to the relay; tell whether all of it went through."""
        images = [Image(str(next(self._records)), change.image) for change in changes]
        return relay(self.app, self.world.bus, images) is None

    def run(self, minutes: int) -> None:
        """Let everything that runs by itself run, checking after each part."""
        for _ in range(minutes):
            for _ in range(3):
                self.relay()
                self.advance(MINUTE_MS // 3)
            self.relay()
            self.sweep()
            self.look()

    # ---------------------------------------------------------------- looking

    def look(self, *, quiet: bool = False) -> Evidence:
        """Check every invariant now and return what was looked at."""
        evidence = self.witness.evidence()
        check(evidence, quiet=quiet)
        return evidence

    def come_to_rest(self) -> None:
        """Let the repairs work, serve who can be served, end every call; nothing may be left.

        Raises
        ------
        Broken
            Something is stuck, unpublished, or changed by messages already delivered.
        """
        self.world.faults.clear()
        for queue in (self.world.timers, self.world.nudges):
            queue.mishaps.lose = queue.mishaps.duplicate = 0.0
            queue.mishaps.late_ms = 0.0
        self.world.bus.refuses = None
        self.world.media.mute = False
        self.restart()
        self.run(4)
        self.look(quiet=True)
        for agent in self.world.store.agents():
            agents.set_state(self.app, agent.id, AgentState.ROUTABLE, None, "api")
        # One heartbeat and the lag, and nobody may wait beside them.
        self.relay()
        self.advance(PERIOD_MS + 2_000)
        self.relay()
        self.look(quiet=True)
        self._end_everything()
        self._nothing_left()

    def _end_everything(self) -> None:
        """Let every caller be gone, unheard: only the sweep can find out."""
        contacts = self.world.store.contacts()
        self.world.media.gone |= {contact.id for contact in contacts}
        menus = any(contact.state is ContactState.IVR for contact in contacts)
        self.run(15 if menus else 4)

    def _nothing_left(self) -> None:
        rest = self.look(quiet=True)
        for contact in rest.contacts.values():
            assert contact.ended, f"{contact.id} is stuck in {contact.state}"
        for agent in rest.agents.values():
            assert not agent.slots, f"{agent.id} is stuck in {sorted(agent.slots)}"
        published_gaplessly(self.world.bus.published, rest)
        self.everything += self.stream.take(10_000)
        self.deliver(self.everything)
        for timer in self.fired:
            timers.fire(self.app, timer, "again")
        self.sweep()
        replay_changes_nothing(rest, self.look(quiet=True))

    def _until_done(self, work: object) -> None:
        assert callable(work)
        for _ in range(5):
            try:
                work()
            except RETURNED:
                continue
            return
