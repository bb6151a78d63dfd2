"""Benchmarks: each yields figures as one JSON object per line, beside the limit it must keep."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

#: Names the file to which simulated requests are appended, one JSON object per line.
REQUESTS_FILE = "CENTRALINO_BENCH_REQUESTS"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure. ``limit`` is the bound it must keep, ``None`` where it only informs."""

    metric: str
    value: float
    unit: str
    limit: float | None = None
    at_least: bool = False

    @property
    def kept(self) -> bool:
        """Whether the figure keeps its limit."""
        if self.limit is None:
            return True
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def line(self) -> str:
        """Return the figure as one line of JSON."""
        return json.dumps(
            {
                "metric": self.metric,
                "value": round(self.value, 4),
                "unit": self.unit,
                "limit": self.limit,
            }
        )


Benchmark = Callable[[int], Iterator[Figure]]
"""Takes a seed, yields figures."""


def benchmarks() -> dict[str, Benchmark]:
    """Return every benchmark by the prefix of the metrics it yields."""
    from cli.bench import callbacks, cold_start, routing_core, routing_latency

    return {
        "cold_start_ratio": cold_start.run,
        **routing_latency.benchmarks(),
        **routing_core.benchmarks(),
        **callbacks.benchmarks(),
        "routing.herd_embedded": _herd_embedded,
        "telephony": _telephony,
    }


def _herd_embedded(seed: int) -> Iterator[Figure]:
    # It needs the laptop's runtime, which no other benchmark does.
    from cli.bench import herd_embedded

    yield from herd_embedded.run(seed)


def _telephony(seed: int) -> Iterator[Figure]:
    from cli.bench import telephony

    yield from telephony.run(seed)


def run(only: str, seed: int) -> Iterator[Figure]:
    """Yield the figures whose metric begins with ``only``; empty runs everything."""
    for prefix, benchmark in benchmarks().items():
        if prefix.startswith(only) or only.startswith(prefix):
            yield from (figure for figure in benchmark(seed) if figure.metric.startswith(only))
