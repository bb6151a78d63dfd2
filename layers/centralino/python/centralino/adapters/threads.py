"""Requests that do not depend on each other, sent together from threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

#: As many as the DynamoDB client keeps sockets.
WORKERS = 32


class ThreadFanOut:
    """The port ``FanOut`` over a pool of threads, made when first more than one thing is done."""

    def __init__(self, workers: int = WORKERS) -> None:
        self._workers = workers
        self._pool: ThreadPoolExecutor | None = None

    def __call__(self, work: Callable[[T], R], items: Sequence[T], /) -> list[R]:
        """Return the result for each item, in order; the first exception raised by any.

        Every item is finished before anything is raised: nothing goes on behind the caller.
        """
        if len(items) < 2:
            return [work(item) for item in items]
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._workers, thread_name_prefix="fan-out")
        futures = [self._pool.submit(work, item) for item in items]
        errors = [error for future in futures if (error := future.exception()) is not None]
        if errors:
            raise errors[0]
        return [future.result() for future in futures]
