"""Virtual time for code that believes it waits: greenlets woken in the order of their time.

Decides who runs next, and which requests are one wait together. Never decides how long anything
takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Any, TypeVar

from greenlet import getcurrent, greenlet

from centralino.adapters.memory.clock import VirtualClock

T = TypeVar("T")
R = TypeVar("R")


@dataclass(slots=True)
class _Together:
    """Requests sent in parallel: the n-th request of each item of one wave is one wait."""

    trips: dict[tuple[int, int], int] = field(default_factory=dict)


class Task(greenlet):
    """One strand of virtual execution, and on whose behalf it runs.

    Attributes
    ----------
    owner : object
        The invocation it belongs to; ``None`` outside of any.
    """

    def __init__(self, work: Callable[[], None], owner: Any) -> None:
        super().__init__(work)
        self.owner = owner
        self.together: _Together | None = None
        self.wave = 0
        self.step = 0


class Scheduler:
    """Runs tasks and actions under a clock that moves only between them.

    Examples
    --------
    >>> clock = VirtualClock(0)
    >>> scheduler = Scheduler(clock)
    >>> told = []
    >>> def work():
    ...     scheduler.sleep(5)
    ...     told.append(clock.now())
    >>> scheduler.spawn(work)
    >>> scheduler.run()
    >>> told
    [5]
    """

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._events: list[tuple[float, int, Callable[[], Any]]] = []
        self._order = count()
        self._trips = count(1)
        self._hub = getcurrent()

    @property
    def now(self) -> float:
        """The present, in milliseconds; fractions are kept."""
        return self._clock.time

    def at(self, time: float, action: Callable[[], Any]) -> None:
        """Have something happen at a time; what is due at once happens in the order asked."""
        heappush(self._events, (max(time, self._clock.time), next(self._order), action))

    def after(self, milliseconds: float, action: Callable[[], Any]) -> None:
        """Have something happen in a while."""
        self.at(self._clock.time + milliseconds, action)

    def spawn(self, work: Callable[[], None], owner: Any = None) -> None:
        """Start a task now; an exception it does not catch ends the run."""
        self._start(Task(work, owner))

    def sleep(self, milliseconds: float) -> None:
        """Let time pass for the running task."""
        task = self._task()
        self.after(milliseconds, task.switch)
        self._hub.switch()

    def owner(self) -> Any:
        """Return on whose behalf the running task acts."""
        return self._task().owner

    def trip(self) -> int:
        """Return the number of the wait that a request sent now is part of."""
        task = self._task()
        if task.together is None:
            return next(self._trips)
        task.step += 1
        key = (task.wave, task.step)
        if key not in task.together.trips:
            task.together.trips[key] = next(self._trips)
        return task.together.trips[key]

    def together(self, work: Callable[[T], R], items: Sequence[T], width: int) -> list[R]:
        """Do the same for several things, at most ``width`` at a time, as threads would.

        Returns
        -------
        list
            The result for each item, in order; all are finished before any error is raised.
        """
        if len(items) < 2:
            return [work(item) for item in items]
        parent, group = self._task(), _Together()
        results: dict[int, R] = {}
        errors: dict[int, Exception] = {}
        turns: Iterator[int] = iter(range(len(items)))
        workers = min(width, len(items))
        left = [workers]

        def pull() -> None:
            task = self._task()
            for turn in turns:
                task.wave, task.step = turn // width, 0
                try:
                    results[turn] = work(items[turn])
                except Exception as error:  # noqa: BLE001 - raised below, for the first item
                    errors[turn] = error
            left[0] -= 1
            if not left[0]:
                self.after(0, parent.switch)

        for _ in range(workers):
            task = Task(pull, parent.owner)
            task.together = group
            self._start(task)
        self._hub.switch()
        if errors:
            raise errors[min(errors)]
        return [results[turn] for turn in range(len(items))]

    def run(self, until: float | None = None) -> None:
        """Let time pass until nothing is left to happen, or until then."""
        while self._events and (until is None or self._events[0][0] <= until):
            time, _, action = heappop(self._events)
            self._clock.move_to(time)
            action()

    def _start(self, task: Task) -> None:
        # Always below the hub: a task that ends or fails comes back there, whoever started it.
        task.parent = self._hub
        self.after(0, task.switch)

    def _task(self) -> Task:
        task = getcurrent()
        if not isinstance(task, Task):
            raise TypeError("only a task can wait or send a request")
        return task
