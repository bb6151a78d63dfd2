"""Ports whose requests are carried out at once and recorded, and how long each would have taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from centralino.application.ports import Item
from centralino.application.snapshot_items import snapshot_item
from centralino.domain.promises.model import Snapshot, half_hour
from centralino.domain.promises.pace import Pace
from cli.bench.latency import draws

#: A request to a carrier's API, there and back.
CARRIER_MS = 200.0
_SLOW = {"store.claim": draws.TRANSACTION_MS, "store.save_together": draws.TRANSACTION_MS}
_WRITES = ("store.save", "operations.put", "operations.take", "operations.delete")


class Recorded:
    """A port, each request of which is carried out and leaves a row."""

    def __init__(self, inner: Any, name: str, log: Callable[[str, tuple[Any, ...]], None]) -> None:
        self._inner = inner
        self._name = name
        self._log = log

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found) or name == "joins":
            return found

        def request(*given: Any, **more: Any) -> Any:
            try:
                return found(*given, **more)
            finally:
                self._log(f"{self._name}.{name}", given)

        return request


def takes(op: str) -> float:
    """Return how many milliseconds a request takes."""
    if op.startswith("carrier."):
        return CARRIER_MS
    if op == "nudges.send":
        return draws.SEND_MS
    return _SLOW.get(op) or (draws.WRITE_MS if op.startswith(_WRITES) else draws.QUERY_MS)


def known_queue(queue: str, now: int) -> Item:
    """Return the snapshot of a queue that takes a caller every half minute."""
    pace = Pace(assigned=40, busy_ms=40 * 30_000, last_at=now, left=0.001, waited_ms=1e9)
    known = Snapshot(1, now, size=1, head_at=now, pace=pace, half_hour=half_hour(now))
    return snapshot_item(queue, known)
