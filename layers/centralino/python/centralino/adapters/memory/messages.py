"""Timers, nudges, pushes and the bus in memory: what was sent, and what is due.

Timers and nudges can be lost, doubled or late, since a queue may do all three; pushes and events
are recorded, and a listener may react to each. Nothing here runs anything by itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random
from typing import Any

from centralino.adapters.memory.clock import VirtualClock
from centralino.adapters.memory.faults import Faults
from centralino.application.ports import LONGEST_TIMER_MS, Timer
from centralino.domain.errors import TransientDependency
from centralino.domain.events import Occurrence

_BATCH = 10


@dataclass(slots=True)
class Mishaps:
    """How often a message is lost or doubled, and by how many milliseconds it is late."""

    lose: float = 0.0
    duplicate: float = 0.0
    late_ms: float = 0.0


class MemoryTimers:
    """The port ``Timers``: a queue of wake-ups under a virtual clock.

    Attributes
    ----------
    mishaps : Mishaps
        What happens to timers sent from now on.
    sent, requests : int
        Timers sent so far, and the batches of ten they took.
    """

    def __init__(self, clock: VirtualClock, faults: Faults | None = None, seed: int = 0) -> None:
        self.mishaps = Mishaps()
        self.sent = 0
        self.requests = 0
        self._clock = clock
        self._faults = faults or Faults()
        self._random = Random(f"timers-{seed}")
        self._queue: list[tuple[float, int, Timer]] = []
        self._count = 0

    def send(self, timers: Sequence[Timer]) -> None:
        """Make the timers due after their delays.

        Raises
        ------
        ValueError
            A delay is negative or longer than the queue can hold.
        """
        if any(not 0 <= timer.delay_ms <= LONGEST_TIMER_MS for timer in timers):
            raise ValueError(f"a timer's delay is 0 to {LONGEST_TIMER_MS} ms")
        if not timers:
            return
        self._faults.before("timers.send")
        self.sent += len(timers)
        self.requests += -(-len(timers) // _BATCH)
        for timer in timers:
            if self._chance(self.mishaps.lose):
                continue
            self._enqueue(timer)
            if self._chance(self.mishaps.duplicate):
                self._enqueue(timer)
        self._faults.after("timers.send")

    def put_at(self, timer: Timer, moment: float) -> None:
        """Have a timer in the queue that falls due then, however far away."""
        self._count += 1
        heappush(self._queue, (moment, self._count, timer))

    def due(self, limit: int | None = None) -> list[Timer]:
        """Remove and return the timers that are due, in the order they fell due."""
        found: list[Timer] = []
        while self._queue and self._queue[0][0] <= self._clock.time:
            if limit is not None and len(found) == limit:
                break
            found.append(heappop(self._queue)[2])
        return found

    def next_at(self) -> float | None:
        """Return when the next timer falls due."""
        return self._queue[0][0] if self._queue else None

    def pending(self) -> list[Timer]:
        """Return the timers not yet taken, soonest first."""
        return [timer for _, _, timer in sorted(self._queue, key=lambda row: row[:2])]

    def _enqueue(self, timer: Timer) -> None:
        late = self._random.random() * self.mishaps.late_ms if self.mishaps.late_ms else 0.0
        self.put_at(timer, self._clock.time + timer.delay_ms + late)

    def _chance(self, share: float) -> bool:
        return share > 0 and self._random.random() < share


@dataclass(frozen=True, slots=True)
class Nudge:
    """A request to drain a pool."""

    pool: str
    hop: int = 0


class MemoryNudges:
    """The port ``Nudges``: the FIFO queue, one message group per pool."""

    def __init__(self, faults: Faults | None = None, seed: int = 0) -> None:
        self.mishaps = Mishaps()
        self.sent = 0
        self._faults = faults or Faults()
        self._random = Random(f"nudges-{seed}")
        self._queue: deque[Nudge] = deque()

    def __len__(self) -> int:
        return len(self._queue)

    def send(self, pool: str, hop: int = 0) -> None:
        """Ask for a drain of this pool."""
        self._faults.before("nudges.send")
        self.sent += 1
        lose, duplicate = self.mishaps.lose, self.mishaps.duplicate
        if not (lose and self._random.random() < lose):
            self._queue.append(Nudge(pool, hop))
            if duplicate and self._random.random() < duplicate:
                self._queue.append(Nudge(pool, hop))
        self._faults.after("nudges.send")

    def take(self, limit: int = _BATCH) -> list[Nudge]:
        """Remove and return the next nudges, oldest first."""
        return [self._queue.popleft() for _ in range(min(limit, len(self._queue)))]


class MemoryRealtime:
    """The port ``Realtime``: frames as the agents' pages got them.

    Attributes
    ----------
    frames : deque of (agent id, frame)
        The last ``keep`` frames that at least one page took.
    listener : callable or None
        Told of each of them.
    """

    def __init__(self, faults: Faults | None = None, keep: int | None = None) -> None:
        self.frames: deque[tuple[str, Mapping[str, Any]]] = deque(maxlen=keep)
        self.listener: Callable[[str, Mapping[str, Any]], None] | None = None
        self._faults = faults or Faults()
        self._pages: dict[str, int] = {}

    def connect(self, agent_id: str, pages: int = 1) -> None:
        """Say how many pages an agent has open; one unless said otherwise."""
        self._pages[agent_id] = pages

    def disconnect(self, agent_id: str) -> None:
        """Close every page of an agent: it gets nothing any more."""
        self._pages[agent_id] = 0

    def push(self, to: str, frame: Mapping[str, Any]) -> int:
        """Send a frame to every page of an agent or call; return how many took it."""
        try:
            self._faults.before("realtime.push")
        except TransientDependency:
            return 0
        pages = self._pages.get(to, 1)
        if pages:
            self.frames.append((to, frame))
            if self.listener is not None:
                self.listener(to, frame)
        try:
            self._faults.after("realtime.push")
        except TransientDependency:
            return 0
        return pages

    def of(self, agent_id: str) -> list[Mapping[str, Any]]:
        """Return the frames kept of one agent."""
        return [frame for agent, frame in self.frames if agent == agent_id]


class MemoryBus:
    """The port ``Bus``: what was published.

    Attributes
    ----------
    published : deque of Occurrence
        The last ``keep`` accepted events.
    refuses : callable or None
        Tells which events the bus refuses.
    listener : callable or None
        Told of each accepted event.
    """

    def __init__(self, faults: Faults | None = None, keep: int | None = None) -> None:
        self.published: deque[Occurrence] = deque(maxlen=keep)
        self.refuses: Callable[[Occurrence], bool] | None = None
        self.listener: Callable[[Occurrence], None] | None = None
        self._faults = faults or Faults()

    def publish(self, occurrences: Sequence[Occurrence]) -> list[int]:
        """Publish events; return the indexes of those that were refused."""
        self._faults.before("bus.publish")
        refused: list[int] = []
        for position, occurrence in enumerate(occurrences):
            if self.refuses is not None and self.refuses(occurrence):
                refused.append(position)
                continue
            self.published.append(occurrence)
            if self.listener is not None:
                self.listener(occurrence)
        self._faults.after("bus.publish")
        return refused
