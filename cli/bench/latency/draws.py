"""How long things take: the latencies of the routing benchmarks, drawn from a seed.

Medians in milliseconds, each times a lognormal factor of sigma 0.25; what is uniform says so. The
definitions are the routing design's. Three kinds of request are not in it: a read of one item
takes as long as a query, a push to a page and a request to the event bus as long as one to SQS.
"""

from __future__ import annotations

from random import Random

SIGMA = 0.25
QUERY_MS = 5.0
WRITE_MS = 8.0
TRANSACTION_MS = 15.0
SEND_MS = 8.0
INVOKE_MS = (10.0, 30.0)
DELIVERY_MS = (20.0, 80.0)
LAG_MEDIAN_MS = 8.0
LAG_SIGMA = 0.7
LAG_LONG_MS = 500.0
LAG_LONG_SHARE = 0.001


class Draws:
    """Random latencies; the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        self._random = Random(f"latency-{seed}")
        # Of their own: the lags of two runs stay the same while the requests differ.
        self._lags = Random(f"lag-{seed}")

    def query(self) -> float:
        """Return how long a query or a read of one item takes."""
        return self._scaled(QUERY_MS)

    def write(self) -> float:
        """Return how long a write of one item takes."""
        return self._scaled(WRITE_MS)

    def transaction(self) -> float:
        """Return how long a transaction holds its items."""
        return self._scaled(TRANSACTION_MS)

    def send(self) -> float:
        """Return how long a request to SQS, the bus or a page takes."""
        return self._scaled(SEND_MS)

    def invoke(self) -> float:
        """Return how long it takes from the trigger to the first line of the handler."""
        return self._random.uniform(*INVOKE_MS)

    def delivery(self) -> float:
        """Return how long a message that is due lies in a queue before a batch takes it."""
        return self._random.uniform(*DELIVERY_MS)

    def lag(self) -> float:
        """Return how long a write takes to reach an index."""
        lag = self._lags.lognormvariate(0.0, LAG_SIGMA) * LAG_MEDIAN_MS
        return lag + (LAG_LONG_MS if self._lags.random() < LAG_LONG_SHARE else 0.0)

    def _scaled(self, median: float) -> float:
        return median * self._random.lognormvariate(0.0, SIGMA)
