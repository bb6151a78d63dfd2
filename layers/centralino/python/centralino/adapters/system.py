"""The real clock and real randomness."""

from __future__ import annotations

import secrets
import time

from ulid import ULID


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        """Return UTC milliseconds."""
        return time.time_ns() // 1_000_000


class RandomIds:
    """Unguessable and collision-free identifiers."""

    def ulid(self) -> str:
        """Return a new ULID."""
        return str(ULID())

    def secret(self) -> str:
        """Return 256 random bits, URL-safe."""
        return secrets.token_urlsafe(32)


class ShortPause:
    """Waits in the process, for less than the messages of a batch have time."""

    #: Ten messages of a batch wait one after the other, and a function has 10 s for everything.
    longest_ms = 500

    def __call__(self, milliseconds: int) -> None:
        """Wait."""
        if milliseconds > 0:
            time.sleep(min(milliseconds, self.longest_ms) / 1000)
