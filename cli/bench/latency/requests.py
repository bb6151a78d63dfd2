"""The log of a simulated run: every request that any function sent, and every invocation.

All figures are counted from these rows alone, so whoever has the file can count them again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from centralino.adapters.memory.meter import Meter


@dataclass(slots=True)
class Request:
    """One request, invocation, or message taken from a queue.

    Attributes
    ----------
    t : float
        When it took effect, in milliseconds since the run began: a write's commit.
    op : str
        ``store.*``, ``operations.*``, ``timers.send``, ``nudges.send``, ``events.put``,
        ``page.post``, ``page.message``, ``http``, ``sqs.receive``, ``sqs.delete`` or ``invoke``.
    function, purpose, run : str, str, int
        Which function sent it, what it was invoked for, and which invocation it was.
    trip : int or None
        The wait it was part of; requests sent together share one. None: nothing was waited for.
    key : str or None
        Item, partition, or queue.
    write, read : float
        Request units.
    ok : bool
        False where a condition failed or a transaction was cancelled.
    n : int
        Messages or events in it.
    ms : float
        How long it took; of an invocation, what is billed but for computing.
    contact, agent : str or None
        Of a write: whom it is about; of an invocation: on whose behalf.
    to : str or None
        Of a write: the state of the contact after it; of an agent ``free`` or ``taken``.
    order : str or None
        Of a contact that begins to wait: its place in line.
    skills : list of str or None
        Of a contact that begins to wait: what it needs; of a claim: what the agent has.
    """

    t: float
    op: str
    function: str = ""
    purpose: str = ""
    run: int = 0
    trip: int | None = None
    key: str | None = None
    write: float = 0.0
    read: float = 0.0
    ok: bool = True
    n: int = 1
    ms: float = 0.0
    contact: str | None = None
    agent: str | None = None
    to: str | None = None
    order: str | None = None
    skills: list[str] | None = None

    def line(self) -> str:
        """Return the row as JSON, without what is not known."""
        row = {name: value for name, value in asdict(self).items() if value is not None}
        row["t"], row["ms"] = round(self.t, 3), round(self.ms, 3)
        return json.dumps(row, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Run:
    """One simulated run: which, and its rows in the order they took effect."""

    workload: str
    seed: int
    rows: list[Request]

    def write(self, file: TextIO) -> None:
        """Append the run to a file: a line that names it, then a line for each row."""
        file.write(json.dumps({"workload": self.workload, "seed": self.seed}) + "\n")
        for row in self.rows:
            file.write(row.line() + "\n")


def read_runs(path: Path) -> Iterator[Run]:
    """Yield the runs of a file, as written by :meth:`Run.write`."""
    with path.open() as lines:
        run: Run | None = None
        for line in lines:
            row: Mapping[str, Any] = json.loads(line)
            if "workload" in row:
                if run is not None:
                    yield run
                run = Run(row["workload"], row["seed"], [])
            elif run is not None:
                run.rows.append(Request(**row))
        if run is not None:
            yield run


class Ledger(Meter):
    """A meter that hands out what the last request consumed."""

    def __init__(self) -> None:
        super().__init__()
        self._last = (0.0, 0.0)

    def charge(
        self,
        operation: str,  # noqa: ARG002 - the request itself is in the log
        *,
        write: float = 0,
        read: float = 0,
        failed: bool = False,  # noqa: ARG002
    ) -> None:
        """Note what a request consumed until it is taken."""
        self._last = (self._last[0] + write, self._last[1] + read)

    def reset(self) -> None:
        """Forget what was consumed so far."""
        self._last = (0.0, 0.0)

    def take(self) -> tuple[float, float]:
        """Return write and read units since the last time."""
        last, self._last = self._last, (0.0, 0.0)
        return last
