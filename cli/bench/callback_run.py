"""Whole callbacks lived through by the deployed use cases, every request of theirs on record.

Callers in line ask to be called back, ten in a second; :data:`AGENTS` agents call them. From a
request on everything is counted that follows from it: the two contacts, the items beside them, the
claim, each attempt with what the carrier tells of it, the conversation, the relay, the timers and
what the minute sweep does for it. What is there however many callbacks there are is not counted:
that the sweep runs, that the pool is looked at while somebody waits in it, and the snapshot of the
queue from which windows are made; nor what the carrier tells of the asking call's end.

Time is virtual; how long requests take: :mod:`cli.bench.recorded`. Nobody collides, no claim fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

from centralino.adapters.memory.operations import MemoryOperations
from centralino.adapters.memory.store import MemoryStore
from centralino.adapters.memory.world import World, world
from centralino.application import agents, calls, offers, routing, timers
from centralino.application.app import App
from centralino.application.callbacks import commands, sweep
from centralino.application.markers import open_marker
from centralino.application.ports import Item, Timer, chunks
from centralino.application.relay import Image, relay
from centralino.application.snapshot_items import partition
from centralino.domain import ids
from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.callbacks.model import attempt_id, contact_of
from centralino.domain.contacts import lifecycle
from centralino.domain.contacts.model import Contact
from centralino.domain.telephony.commands import (
    AttemptProgressed,
    CallProgressed,
    LegJoined,
    LegLeft,
)
from centralino.simulation.callbacks import calling_back, numbered
from centralino.simulation.one_queue import PLAN, PROFILE, QUEUE
from cli.bench.latency import draws
from cli.bench.latency.requests import Ledger, Request
from cli.bench.recorded import Recorded, known_queue, takes

PROVIDER = "twilio"
CUSTOMERS = 500
PICK_UP = 0.7
#: Customers who ask in a millisecond, and the agents, a few too few for the first of them.
RATE, AGENTS = 0.01, 420
TALK_MS = 20_000
#: How often a stream is polled, and how long a message that is due waits for others.
POLL_MS, DELIVERY_MS = 250.0, 50.0
_BATCH, _STREAM_BATCH = 10, 100
RINGING_MS, ANSWERED_MS, GIVEN_UP_MS = 4_000, 10_000, 30_000
_KEY = b"callback" * 4
_MINUTE_MS = 60_000
#: What a sweep asks every minute, whether there are callbacks or not.
_LOOKING = frozenset({"operations.list", "operations.page"})
#: Items that are read and written however many callbacks there are: the sweep's mark, the queue's
#: snapshot, the beat of the pool while anybody waits in it.
_SHARED = ("sweep", partition(QUEUE), "heartbeat#")
#: Notes for the sweep are seen until the last of them is due.
_AFTERWARDS_MS = 25 * 60 * _MINUTE_MS

#: What somebody does, pausing for milliseconds.
Story = Iterator[float]


class CallbackRun:
    """A centre whose callers in line ask to be called back.

    Attributes
    ----------
    rows : list of Request
        Everything that was sent from the first request on.
    reached, attempts : int
        Customers who were reached, and the calls it took to all of them.
    """

    def __init__(self, seed: int, pick_up: float = PICK_UP) -> None:
        self._pick_up = pick_up
        self.rows: list[Request] = []
        self.reached = self.attempts = 0
        self._random = Random(f"callback-run-{seed}")
        self._ledger = Ledger()
        self._function = self._purpose = ""
        made = world(calling_back(PROVIDER), seed=seed, joins=True, metered=False, keep=0)
        self._world: World = replace(
            made,
            store=MemoryStore(made.clock, meter=self._ledger, stream=made.stream),
            operations=MemoryOperations(made.clock, meter=self._ledger, stream=made.stream),
        )
        made.realtime.listener = self._hear
        self._streams = [made.stream.subscribe(table) for table in ("contacts", "agents")]
        self.app = self._wired()
        self._plans: list[tuple[float, int, Callable[[], None]]] = []
        self._planned = count()
        self._records = count(1)
        self._asked: list[str] = []
        self._set_up: set[tuple[str, int]] = set()
        self._ends = made.clock.time + _AFTERWARDS_MS
        self._polled = self._took = -1.0

    def live(self, customers: int = CUSTOMERS) -> None:
        """Let so many customers ask, and see every request to its end."""
        for number in range(AGENTS):
            self._hire(number)
        self._forget()
        for number in range(customers):
            self._in(number / RATE, partial(self._start, self._asks(number)))
        self._in(_MINUTE_MS, self._sweep)
        self._run()
        still = [back for back in self._asked if not self._contact(back).ended]
        if still or len(self._asked) < customers:
            raise RuntimeError(f"{len(still)} callbacks never ended")

    # ---------------------------------------------------------------- what people do

    def _asks(self, number: int) -> Story:
        """A caller in line asks to be called back, and hangs up."""
        contact, call = self._waits(number)

        def ask(app: App) -> None:
            asking = calls.known(app, contact.id, call)
            asked = commands.ask(
                app, asking, queue=QUEUE, plan=PLAN, number=numbered(number), cause="w"
            )
            if asked.outcome != "booked" or asked.window is None or asked.callback_id is None:
                raise RuntimeError(f"{asked.outcome} {asked.reason} {asked.window}")
            self._asked.append(contact_of(asked.callback_id))

        self._webhook("asks", ask)
        yield 1_500
        over = CallProgressed(PROVIDER, call, "completed", True, message="w")
        begun = len(self.rows)  # told of any call: no callback's doing
        self._webhook("asks", lambda app: calls.progress(app, over, _KEY))
        del self.rows[begun:]

    def _waits(self, number: int) -> tuple[Contact, str]:
        """Store a caller in line: what it took to get there is the asking call's own."""
        now, call = self.app.clock.now(), f"CA{number:032x}"
        contact = lifecycle.start(
            ids.contact_id(_KEY, PROVIDER, call),
            business_unit=self._unit,
            provider=PROVIDER,
            call=call,
            line="line",
            language="it",
            subject=ids.subject_id(_KEY, "phone", numbered(number)),
            now=now,
            cause="w",
        )
        store, operations = self._world.store, self._world.operations
        operations.put(open_marker(contact, now))
        store.save_contact(contact)
        waiting = lifecycle.enqueue(
            contact, pool=self._pool, queue=QUEUE, plan=PLAN, now=now, cause="w"
        )
        store.save_contact(waiting)
        # The queue is known well enough to promise a window.
        operations.put(known_queue(QUEUE, now))
        self.app.hints.pop(f"snapshot#{QUEUE}", None)
        self._forget(waiting)
        return waiting, call

    def _calls(self, agent: str, back: str, rid: str) -> Story:
        """An agent takes a callback, and talks to the customer if they pick up."""
        yield 40
        self._page("ack", lambda app: offers.acknowledge(app, agent, rid, "page"))
        yield 2_000
        self._api("accept", lambda app: offers.accept(app, agent, back, rid, "api"))
        yield 1_000
        self._tell("leg", LegJoined(back, f"CA{rid}", rid, "w"))
        callback = self._contact(back).callback
        if callback is None or not callback.attempts:
            raise RuntimeError(f"{back} was not dialled")
        self.attempts += 1
        attempt = attempt_id(back, len(callback.attempts))
        call = f"CAout{self.attempts}"
        yield RINGING_MS
        self._tell("rings", AttemptProgressed(back, attempt, call, "ringing", "w"))
        if self._random.random() >= self._pick_up:
            yield GIVEN_UP_MS
            self._tell("in_vain", AttemptProgressed(back, attempt, call, "no_answer", "w"))
            self._tell("leg", LegLeft(back, f"CA{rid}", rid, "conversation_ended", "w"))
            return
        yield ANSWERED_MS
        self._tell("answered", AttemptProgressed(back, attempt, call, "answered", "w"))
        self._tell("leg", LegJoined(back, call, attempt, "w"))
        self.reached += 1
        yield TALK_MS
        self._tell("ends", LegLeft(back, call, attempt, "ended", "w"))
        self._tell("ends", AttemptProgressed(back, attempt, call, "ended", "w"))
        yield 5_000
        self._api("dispose", lambda app: agents.dispose(app, agent, back, "resolved", "api"))

    def _hear(self, agent: str, frame: Mapping[str, Any]) -> None:
        if frame["type"] == "offer":
            story = self._calls(agent, str(frame["contact_id"]), str(frame["rid"]))
            self._in(0, partial(self._start, story))

    # ---------------------------------------------------------------- time

    def _in(self, delay: float, what: Callable[[], None]) -> None:
        at = self._world.clock.time + delay
        heappush(self._plans, (at, next(self._planned), what))

    def _start(self, story: Story) -> None:
        for delay in story:
            self._in(delay, partial(self._start, story))
            return

    def _run(self) -> None:
        """Let time pass until nothing is left to do."""
        clock, queue = self._world.clock, self._world.timers
        while self._plans:
            due = queue.next_at()
            if due is not None and due > self._took:
                self._took = max(due, clock.time) + DELIVERY_MS
                self._in(self._took - clock.time, self._fire)
            at, _, what = heappop(self._plans)
            clock.move_to(max(at, clock.time))
            what()

    def _fire(self) -> None:
        """Take the timers that are due: what is due together comes in one batch."""
        self._took = -1.0
        for batch in chunks(self._world.timers.due(), _BATCH):
            own = [timer for timer in batch if timer.kind != "heartbeat"]
            for timer in batch:
                if timer.kind == "heartbeat":
                    self._beat(timer)
            if own:
                self._batch("timers", "standard", partial(self._fired, own))

    def _fired(self, batch: Sequence[Timer], app: App) -> None:
        for timer in batch:
            self._purpose = f"timer.{timer.kind}"
            timers.fire(app, timer, "timer")

    def _beat(self, timer: Timer) -> None:
        """Let the pool be looked at: what it finds counts, that it is looked at does not."""
        begun = len(self.rows)
        self._function, self._purpose = "timers", "beat"
        timers.fire(self.app, timer, "timer")
        if not any(row.op == "store.claim" for row in self.rows[begun:]):
            del self.rows[begun:]
        self._written()

    def _sweep(self) -> None:
        """Sweep, and keep of it what it did for a callback: it runs every minute anyway."""
        begun = len(self.rows)
        self._function, self._purpose = "sweep", "sweep"
        sweep.sweep(self.app)
        self.rows[begun:] = [row for row in self.rows[begun:] if row.op not in _LOOKING]
        self._written()
        if self._world.clock.time < self._ends:
            self._in(_MINUTE_MS, self._sweep)

    # ---------------------------------------------------------------- the deployment

    def _webhook(self, purpose: str, work: Callable[[App], Any]) -> None:
        self._invoke("call_events", purpose, work, "http")

    def _tell(self, purpose: str, command: Any) -> None:
        self._webhook(purpose, lambda app: calls.handle(app, command, _KEY))

    def _api(self, purpose: str, work: Callable[[App], Any]) -> None:
        self._invoke("agent_api", purpose, work, "http")

    def _page(self, purpose: str, work: Callable[[App], Any]) -> None:
        self._invoke("realtime", purpose, work, "page.message")

    def _batch(self, function: str, key: str, work: Callable[[App], Any]) -> None:
        self._function, self._purpose = function, "batch"
        self._row("sqs.receive", key=key)
        self._row("sqs.delete", key=key)
        self._invoke(function, "batch", work)

    def _invoke(
        self, function: str, purpose: str, work: Callable[[App], Any], via: str | None = None
    ) -> None:
        self._function, self._purpose = function, purpose
        if via is not None:
            self._row(via)
        begun = len(self.rows)
        work(self.app)
        self._row("invoke", ms=sum(row.ms for row in self.rows[begun:]))
        self._written()

    def _written(self) -> None:
        """Have the streams polled, and the nudges taken, in a while."""
        now = self._world.clock.time
        poll = (now // POLL_MS + 1) * POLL_MS
        if self._polled != poll:
            self._polled = poll
            self._in(poll - now, self._poll)
        if len(self._world.nudges):
            self._in(DELIVERY_MS, self._nudged)

    def _poll(self) -> None:
        for stream in self._streams:
            while changes := stream.take(_STREAM_BATCH):
                images = [
                    Image(str(next(self._records)), change.image)
                    for change in changes
                    if self._counts(change.image)
                ]
                if images:
                    self._invoke("outbox_relay", "relay", partial(self._relay, images))

    def _counts(self, image: Any) -> bool:
        return not isinstance(image, Contact) or (image.id, image.version) not in self._set_up

    def _relay(self, images: list[Image], app: App) -> None:
        if relay(app, Recorded(self._world.bus, "events", self._log), images) is not None:
            raise RuntimeError("the bus in memory refuses nothing")

    def _nudged(self) -> None:
        for pool, hop in {nudge.pool: nudge.hop for nudge in self._world.nudges.take()}.items():
            self._batch("routing", "fifo", partial(self._drain, pool, hop))

    def _drain(self, pool: str, hop: int, app: App) -> None:
        routing.drain_nudged(app, pool, hop=hop, cause="nudge")

    # ---------------------------------------------------------------- the log

    def _wired(self) -> App:
        made, log = self._world, self._log
        return replace(
            made.app,
            store=Recorded(made.store, "store", log),
            operations=Recorded(made.operations, "operations", log),
            timers=Recorded(made.timers, "timers", log),
            nudges=Recorded(made.nudges, "nudges", log),
            realtime=Recorded(made.realtime, "page", log),
            media=Recorded(made.media, "carrier", log),
            dialler=Recorded(made.dialler, "carrier", log),
        )

    def _log(self, op: str, given: tuple[Any, ...]) -> None:
        first = given[0] if given else None
        key = first.pk if isinstance(first, Item) else getattr(first, "id", first)
        key = key if isinstance(key, str) else None
        if op == "page.push":
            # As over a WebSocket: who is connected, then the frame.
            self._row("operations.list", key=key, ms=draws.QUERY_MS, read=1.0)
            self._row("page.post", key=key, ms=draws.SEND_MS)
            return
        write, read = self._ledger.take()
        if op.startswith("operations.") and (key or "").startswith(_SHARED):
            return
        if op in ("timers.send", "events.publish"):
            number = len(first or ())
            if number:
                sent = "events.put" if op.startswith("events") else op
                self._row(sent, n=number, ms=draws.SEND_MS)
            return
        self._row(op, key=key, write=write, read=read, ms=takes(op))

    def _row(self, op: str, **facts: Any) -> None:
        at = self._world.clock.time
        self.rows.append(Request(at, op, self._function, self._purpose, **facts))

    def _contact(self, contact_id: str) -> Contact:
        found = self._world.store.contact(contact_id)
        self._ledger.reset()
        assert found is not None
        return found

    @property
    def _unit(self) -> str:
        return self.app.configuration.current().queue(QUEUE).business_unit

    @property
    def _pool(self) -> str:
        return self.app.configuration.current().pool_of(QUEUE).id

    def _hire(self, number: int) -> None:
        agent = Agent(
            ids.AGENT + ids.crockford(number), AgentState.OFFLINE, self._unit, self._pool, PROFILE
        )
        agents.register(self.app, agent, "w")
        agents.set_state(self.app, agent.id, AgentState.ROUTABLE, None, "w")

    def _forget(self, contact: Contact | None = None) -> None:
        """Count nothing of what was only set up, and relay none of it."""
        if contact is not None:
            self._set_up |= {(contact.id, contact.version), (contact.id, contact.version - 1)}
        else:
            for stream in self._streams:
                while stream.take():
                    pass
            self.rows.clear()
        self._ledger.reset()
