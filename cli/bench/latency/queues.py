"""What lies between the functions: the FIFO queue, the delayed messages, the table streams.

Each takes messages and hands batches to a consumer as AWS's pollers do: of one message group a
batch at a time, of a delayed queue what is due, of a stream what was written since.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from itertools import count

from centralino.adapters.memory.stream import Change, Subscription
from centralino.application.ports import Timer
from cli.bench.latency.draws import Draws
from cli.bench.latency.ports import BATCH
from cli.bench.latency.requests import Request
from cli.bench.latency.scheduler import Scheduler

Done = Callable[[], None]
#: Lambda polls each shard of a table's stream four times a second, and at once after a batch.
POLL_MS = 250.0
#: What the relay takes at a time: the deployed event source's batch.
RECORDS = 100


class FifoQueue:
    """Nudges: in order, one batch of a group under way at a time.

    Parameters
    ----------
    consume : callable
        Takes group, messages, and whom to tell when the batch is done.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        draws: Draws,
        log: Callable[[Request], None],
        consume: Callable[[str, list[int], Done], None],
    ) -> None:
        self._scheduler = scheduler
        self._draws = draws
        self._log = log
        self._consume = consume
        self._groups: dict[str, deque[tuple[float, int]]] = defaultdict(deque)
        self._busy: set[str] = set()

    def put(self, group: str, hop: int) -> None:
        """Take a message."""
        ready = self._scheduler.now + self._draws.delivery()
        self._groups[group].append((ready, hop))
        self._scheduler.at(ready, lambda: self._look(group))

    def _look(self, group: str) -> None:
        waiting = self._groups[group]
        if group in self._busy or not waiting or waiting[0][0] > self._scheduler.now:
            return
        hops: list[int] = []
        # In order: a message that is not ready yet holds back those behind it.
        while waiting and waiting[0][0] <= self._scheduler.now and len(hops) < BATCH:
            hops.append(waiting.popleft()[1])
        self._busy.add(group)
        self._row("sqs.receive", len(hops))
        self._consume(group, hops, lambda: self._finished(group, len(hops)))

    def _finished(self, group: str, messages: int) -> None:
        self._row("sqs.delete", messages)
        self._busy.remove(group)
        self._look(group)

    def _row(self, op: str, messages: int) -> None:
        self._log(Request(self._scheduler.now, op, "routing", key="fifo", n=messages))


class DelayedQueue:
    """Timers: each is delivered once its delay is over, with what else is due."""

    def __init__(
        self,
        scheduler: Scheduler,
        draws: Draws,
        log: Callable[[Request], None],
        consume: Callable[[list[Timer], Done], None],
    ) -> None:
        self._scheduler = scheduler
        self._draws = draws
        self._log = log
        self._consume = consume
        self._due: list[tuple[float, int, Timer]] = []
        self._order = count()

    def put(self, timer: Timer, delay_ms: float) -> None:
        """Take a message that is not to be seen before its delay is over."""
        ready = self._scheduler.now + delay_ms + self._draws.delivery()
        heappush(self._due, (ready, next(self._order), timer))
        self._scheduler.at(ready, self._deliver)

    def _deliver(self) -> None:
        batch: list[Timer] = []
        while self._due and self._due[0][0] <= self._scheduler.now and len(batch) < BATCH:
            batch.append(heappop(self._due)[2])
        if batch:
            self._row("sqs.receive", len(batch))
            self._consume(batch, lambda: self._row("sqs.delete", len(batch)))

    def _row(self, op: str, messages: int) -> None:
        self._log(Request(self._scheduler.now, op, "timers", key="standard", n=messages))


class TableStream:
    """One table's stream, read by polling: one batch under way, in order."""

    def __init__(
        self,
        scheduler: Scheduler,
        phase: float,
        subscription: Subscription,
        consume: Callable[[Sequence[Change], Done], None],
    ) -> None:
        self._scheduler = scheduler
        self._phase = phase
        self._subscription = subscription
        self._consume = consume
        self._busy = False

    def written(self) -> None:
        """Know of a write: the next poll will find it."""
        if not self._busy:
            self._busy = True
            now = self._scheduler.now
            self._scheduler.after(POLL_MS - (now - self._phase) % POLL_MS, self._poll)

    def _poll(self) -> None:
        changes = self._subscription.take(RECORDS)
        if changes:
            self._consume(changes, self._poll)
        else:
            self._busy = False
