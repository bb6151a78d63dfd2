"""Recordings kept in memory, and the orders to copy them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from centralino.adapters.memory.faults import Faults
from centralino.application.ports.archive import Copy


class MemoryArchive:
    """The port ``Archive`` in memory.

    Attributes
    ----------
    kept : dict
        The sounds, by key.
    """

    def __init__(self, faults: Faults | None = None) -> None:
        self.kept: dict[str, bytes] = {}
        self._faults = faults or Faults()

    def put(self, key: str, sound: Iterable[bytes]) -> int:
        """Keep a sound whole."""
        self._faults.before("archive.put")
        whole = b"".join(sound)
        self.kept[key] = whole
        self._faults.after("archive.put")
        return len(whole)

    def size(self, key: str) -> int | None:
        """Return how many bytes are kept under a key."""
        sound = self.kept.get(key)
        return None if sound is None else len(sound)

    def url(self, key: str, seconds: int) -> str:
        """Return an address that says what it is for; it leads nowhere."""
        self._faults.before("archive.url")
        return f"memory://{key}?seconds={seconds}"


class MemoryCopies:
    """The port ``Copies``: orders in turn, each until it is taken.

    Attributes
    ----------
    waiting : deque of Copy
        Orders not carried out yet.
    """

    def __init__(self, faults: Faults | None = None) -> None:
        self.waiting: deque[Copy] = deque()
        self._faults = faults or Faults()

    def send(self, copy: Copy) -> None:
        """Keep an order."""
        self._faults.before("copies.send")
        self.waiting.append(copy)
        self._faults.after("copies.send")
