"""The deployment in virtual time: functions, queues and streams around the in-memory stores.

Every handler here does what its deployed namesake does with an event, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from random import Random
from typing import Any

from centralino.adapters.memory.meter import Meter
from centralino.adapters.memory.operations import MemoryOperations
from centralino.adapters.memory.store import MemoryStore
from centralino.adapters.memory.stream import Change
from centralino.adapters.memory.world import World, world
from centralino.application import routing, timers
from centralino.application.app import App
from centralino.application.heat import hints_at_start
from centralino.application.ports import Timer
from centralino.application.relay import Image, relay
from centralino.domain.configuration.model import Configuration
from centralino.domain.errors import Conflict, TransientDependency
from cli.bench.latency.draws import Draws
from cli.bench.latency.functions import Function
from cli.bench.latency.ports import (
    TimedBus,
    TimedNudges,
    TimedOperations,
    TimedRealtime,
    TimedStore,
    TimedTimers,
    Wire,
)
from cli.bench.latency.queues import POLL_MS, DelayedQueue, Done, FifoQueue, TableStream
from cli.bench.latency.requests import Ledger, Request
from cli.bench.latency.scheduler import Scheduler

#: How long a message that a consumer gave back stays out of sight: the queue's visibility.
RETURNED_MS = 60_000.0
#: How long before a run what it finds was stored.
SETTLED_MS = 10_000.0


class Cloud:
    """A deployment with nothing in it yet.

    Attributes
    ----------
    world : World
        The stores behind the ports, for setting up and looking at, which takes no time.
    rows : list of Request
        The log of the run so far.
    page : callable
        Told of each frame that reached an agent's page.
    """

    def __init__(self, configuration: Configuration, seed: int, *, lagging: bool = True) -> None:
        self.draws = Draws(seed)
        ledger = Ledger()
        made = world(configuration, seed=seed, keep=0, metered=False)
        lag = self.draws.lag if lagging else None
        store = MemoryStore(made.clock, meter=ledger, stream=made.stream, lag=lag)
        operations = MemoryOperations(made.clock, meter=ledger)
        self.world: World = replace(made, store=store, operations=operations, meter=ledger)
        self.scheduler = Scheduler(made.clock)
        self.rows: list[Request] = []
        self.page: Callable[[str, Mapping[str, Any]], None] = _unseen
        self._ledger: Meter = ledger
        self._wire = Wire(self.scheduler, self.draws, ledger, self.rows, made.clock.time)
        self._records = count(1)
        self._streams: dict[str, TableStream] = {}
        self._phases = Random(f"phases-{seed}")
        self._bus = TimedBus(self._wire)
        functions = ("call_events", "agent_api", "realtime", "routing", "timers", "outbox_relay")
        self._functions = {
            name: Function(name, self.scheduler, self.draws, self._process, self._wire.log)
            for name in functions
        }
        self._nudges = FifoQueue(self.scheduler, self.draws, self._wire.log, self._drain)
        self._timers = DelayedQueue(self.scheduler, self.draws, self._wire.log, self._fire)

    def begin(self) -> None:
        """Start the run: what was stored before is neither counted nor relayed.

        By then the indexes have long shown it.
        """
        self.world.clock.advance(SETTLED_MS)
        self._wire.start = self.world.clock.time
        self._ledger.reset()
        self.rows.clear()
        for table in ("contacts", "agents"):
            self._streams[table] = TableStream(
                self.scheduler,
                self._phases.random() * POLL_MS,
                self.world.stream.subscribe(table),
                self._relay,
            )

    def invoke(
        self,
        function: str,
        purpose: str,
        work: Callable[[App], None],
        **about: Any,
    ) -> None:
        """Trigger a function as somebody outside does."""
        self._functions[function].invoke(purpose, work, **about)

    # ------------------------------------------------------------------ a process

    def _process(self) -> App:
        wire, made = self._wire, self.world
        return replace(
            made.app,
            store=TimedStore(made.store, wire, self._written),
            operations=TimedOperations(made, wire),
            timers=TimedTimers(wire, self._timers.put),
            nudges=TimedNudges(wire, self._nudges.put),
            realtime=TimedRealtime(made, wire, self._show),
            fan_out=wire.fan_out,
            hints=hints_at_start(),
        )

    def _show(self, agent: str, frame: Mapping[str, Any]) -> None:
        self.page(agent, frame)

    def _written(self, table: str) -> None:
        self._streams[table].written()

    # ------------------------------------------------------------------ handlers

    def _drain(self, pool: str, hops: list[int], done: Done) -> None:
        def work(app: App) -> None:
            try:
                routing.drain_nudged(app, pool, hop=hops[0], cause="nudge")
            except TransientDependency:
                for hop in hops:
                    self._nudges.put(pool, hop)

        self._functions["routing"].invoke("drain", work, done=done)

    def _fire(self, batch: list[Timer], done: Done) -> None:
        def work(app: App) -> None:
            for timer in batch:
                try:
                    timers.fire(app, timer, "timer")
                except (TransientDependency, Conflict):
                    self._timers.put(timer, RETURNED_MS)

        contacts = {timer.key for timer in batch if timer.rid is not None}
        contact = next(iter(contacts)) if len(contacts) == 1 else None
        self._functions["timers"].invoke("timer", work, contact=contact, done=done)

    def _relay(self, changes: Sequence[Change], done: Done) -> None:
        images = [Image(str(next(self._records)), change.image) for change in changes]

        def work(app: App) -> None:
            if relay(app, self._bus, images) is not None:
                raise RuntimeError("the bus in memory refuses nothing")

        self._functions["outbox_relay"].invoke("relay", work, done=done)


def _unseen(agent: str, frame: Mapping[str, Any]) -> None:  # noqa: ARG001 - nobody looks
    return
