"""What the stores consume, by AWS's rules, attributed to the command that consumed it.

Decides nothing: it adds up what the in-memory stores charge. Units follow
:mod:`centralino.adapters.wire.sizes`; a failed condition is charged like a write, as AWS does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

UNSCOPED = "other"


@dataclass(slots=True)
class Usage:
    """Consumption of one command and operation.

    Attributes
    ----------
    requests : int
        Calls of the store.
    round_trips : int
        Waits on the store: requests sent together count once.
    write_units, read_units : float
        Request units.
    failed : int
        Requests whose condition failed or whose transaction was cancelled.
    """

    requests: int = 0
    round_trips: int = 0
    write_units: float = 0.0
    read_units: float = 0.0
    failed: int = 0

    def add(self, other: Usage) -> None:
        """Add another consumption to this one."""
        self.requests += other.requests
        self.round_trips += other.round_trips
        self.write_units += other.write_units
        self.read_units += other.read_units
        self.failed += other.failed


class Meter:
    """Adds up requests and units, by scope and operation.

    Examples
    --------
    >>> meter = Meter()
    >>> with meter.scope("claim"):
    ...     meter.charge("store.claim", write=6)
    >>> meter.of("claim").write_units
    6.0
    """

    def __init__(self) -> None:
        self._scope: ContextVar[str] = ContextVar("scope", default=UNSCOPED)
        self._together: ContextVar[list[bool] | None] = ContextVar("together", default=None)
        self._usage: dict[tuple[str, str], Usage] = {}

    @contextmanager
    def scope(self, name: str) -> Iterator[None]:
        """Attribute what happens inside to a command; the innermost scope counts."""
        token = self._scope.set(name)
        try:
            yield
        finally:
            self._scope.reset(token)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Count the requests inside as sent in parallel: one round trip in all."""
        token = self._together.set([True])
        try:
            yield
        finally:
            self._together.reset(token)

    def charge(
        self, operation: str, *, write: float = 0, read: float = 0, failed: bool = False
    ) -> None:
        """Add one request."""
        key = (self._scope.get(), operation)
        usage = self._usage.get(key)
        if usage is None:
            usage = self._usage[key] = Usage()
        usage.requests += 1
        usage.write_units += write
        usage.read_units += read
        usage.failed += failed
        first = self._together.get()
        if first is None:
            usage.round_trips += 1
        elif first:
            first.clear()
            usage.round_trips += 1

    def of(self, scope: str | None = None, operation: str | None = None) -> Usage:
        """Return what a command, an operation, or everything has consumed."""
        total = Usage()
        for (name, done), usage in self._usage.items():
            if scope in (None, name) and operation in (None, done):
                total.add(usage)
        return total

    def rows(self) -> list[tuple[str, str, Usage]]:
        """Return every scope and operation with its consumption, sorted."""
        return [(scope, done, self._usage[scope, done]) for scope, done in sorted(self._usage)]

    def reset(self) -> None:
        """Begin again from nothing."""
        self._usage.clear()
