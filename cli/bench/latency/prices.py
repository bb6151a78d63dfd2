"""What a run is billed for, item by item, and what that costs by a dated list of prices.

Everything in the log counts, whoever it was for: calls nobody took, failed claims, read models.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.bench.latency.requests import Request

PRICES = Path(__file__).resolve().parents[1] / "prices" / "us-east-1-2026-11.json"
#: Memory of each function in GB, as deployed; the matcher has more than the others.
MEMORY_GB = 0.5
MATCHER_GB = 1.0
#: What a handler computes besides waiting for its requests, which is all the simulation times.
COMPUTING_MS = 10.0


@dataclass(frozen=True, slots=True)
class Prices:
    """A list of prices: what one of each item costs, in dollars."""

    region: str
    date: str
    each: Mapping[str, float]

    def cost(self, counts: Mapping[str, float]) -> dict[str, float]:
        """Return the dollars of each item.

        Raises
        ------
        KeyError
            Something was counted that has no price.
        """
        return {item: self.each[item] * count for item, count in counts.items()}


def read_prices(path: Path = PRICES) -> Prices:
    """Return a list of prices."""
    stored = json.loads(path.read_text())
    each = {name: item["price"] / item["per"] for name, item in stored["items"].items()}
    return Prices(stored["region"], stored["date"], each)


def billed(rows: Iterable[Request]) -> dict[str, float]:
    """Return how many of each item of a price list a run has used."""
    counts: defaultdict[str, float] = defaultdict(float)
    for row in rows:
        counts["write_units"] += row.write
        counts["read_units"] += row.read
        if row.op == "invoke":
            memory = MATCHER_GB if row.function == "routing" else MEMORY_GB
            counts["invocations"] += 1
            counts["gigabyte_seconds"] += (row.ms + COMPUTING_MS) / 1000 * memory
        elif row.op == "http":
            counts["http_requests"] += 1
        elif row.op in ("page.post", "page.message"):
            counts["websocket_messages"] += 1
        elif row.op == "events.put":
            counts["events"] += row.n
        elif row.op == "nudges.send" or (row.op.startswith("sqs.") and row.key == "fifo"):
            counts["sqs_fifo_requests"] += 1
        elif row.op == "timers.send" or row.op.startswith("sqs."):
            counts["sqs_requests"] += 1
    return dict(counts)
