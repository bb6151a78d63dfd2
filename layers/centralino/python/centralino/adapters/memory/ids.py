"""Fresh identifiers that are the same in every run of a seed."""

from __future__ import annotations

from random import Random

from centralino.adapters.memory.clock import VirtualClock
from centralino.domain.ids import crockford

_RANDOM_BITS = 80


class SeededIds:
    """The port ``Ids`` under a virtual clock and a seed."""

    def __init__(self, clock: VirtualClock, seed: int = 0) -> None:
        self._clock = clock
        self._random = Random(f"ids-{seed}")

    def ulid(self) -> str:
        """Return a new 26-character ULID: 48 bits of time, 80 of chance."""
        chance = self._random.getrandbits(_RANDOM_BITS)
        return crockford((self._clock.now() & (1 << 48) - 1) << _RANDOM_BITS | chance)

    def secret(self) -> str:
        """Return a URL-safe token, unguessable only to who does not know the seed."""
        return crockford(self._random.getrandbits(128)) + crockford(self._random.getrandbits(128))
