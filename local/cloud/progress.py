"""Status lines of the embedded cloud, always on standard error.

Decides how a step is shown; never writes to standard output, which belongs to results.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


class Progress:
    """Says what is being done and how long it took.

    Parameters
    ----------
    console
        Where lines go; a console on standard error unless given.
    quiet
        Show nothing at all, for test runs.
    """

    def __init__(self, console: Console | None = None, *, quiet: bool = False) -> None:
        self._console = console or Console(stderr=True)
        self._quiet = quiet

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Show a step while the block runs, then a line with its seconds."""
        if self._quiet:
            yield
            return
        started = time.monotonic()
        with self._console.status(f"{what} ..."):
            yield
        self._console.print(f"{what}: {time.monotonic() - started:.1f} s", highlight=False)

    def note(self, text: str) -> None:
        """One line that is no step."""
        if not self._quiet:
            self._console.print(text, highlight=False)
