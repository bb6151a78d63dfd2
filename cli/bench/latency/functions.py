"""The deployed functions: execution environments, one invocation at a time in each.

An environment keeps what its process remembers, as a warm one does; a further one is started
when all others are busy. Never decides what an invocation does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from centralino.application.app import App
from cli.bench.latency.draws import Draws
from cli.bench.latency.requests import Request
from cli.bench.latency.scheduler import Scheduler


@dataclass(slots=True)
class Invocation:
    """One run of a function: which, what for, and on whose behalf."""

    function: str
    purpose: str
    run: int
    contact: str | None = None
    agent: str | None = None


class Function:
    """One deployed function.

    Parameters
    ----------
    start : callable
        Makes the ports of a new process.
    log : callable
        Takes each row.
    """

    def __init__(
        self,
        name: str,
        scheduler: Scheduler,
        draws: Draws,
        start: Callable[[], App],
        log: Callable[[Request], None],
    ) -> None:
        self.name = name
        self._scheduler = scheduler
        self._draws = draws
        self._start = start
        self._log = log
        self._runs = count(1)
        self._idle: list[App] = []

    def invoke(
        self,
        purpose: str,
        work: Callable[[App], None],
        *,
        contact: str | None = None,
        agent: str | None = None,
        via: str | None = None,
        done: Callable[[], None] | None = None,
    ) -> None:
        """Trigger the function; ``work`` is what its handler does.

        Parameters
        ----------
        via : str, optional
            The request that triggers it, where that is billed: ``http`` or ``page.message``.
        done : callable, optional
            Told once the handler has returned.
        """
        invocation = Invocation(self.name, purpose, next(self._runs), contact, agent)

        def run() -> None:
            # The one used last is the warmest.
            app = self._idle.pop() if self._idle else self._start()
            if via is not None:
                self._row(invocation, via)
            self._scheduler.sleep(self._draws.invoke())
            begun = self._scheduler.now
            work(app)
            self._row(invocation, "invoke", self._scheduler.now - begun)
            self._idle.append(app)
            if done is not None:
                done()

        self._scheduler.spawn(run, invocation)

    def _row(self, invocation: Invocation, op: str, ms: float = 0.0) -> None:
        self._log(
            Request(
                self._scheduler.now,
                op,
                invocation.function,
                invocation.purpose,
                invocation.run,
                ms=ms,
                contact=invocation.contact,
                agent=invocation.agent,
            )
        )
