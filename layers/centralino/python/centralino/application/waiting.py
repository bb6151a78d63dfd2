"""Who waits, as the index shows it: its partitions read page by page."""

from __future__ import annotations

from collections.abc import Iterator

from centralino.application.ports import Store, WaitingEntry

PAGE = 100


def entries(store: Store, partition: str, page: int = PAGE) -> Iterator[WaitingEntry]:
    """Yield the contacts of a partition in key order, reading on only as they are asked for.

    Whoever moves contacts while reading reads to the end first: an entry that moves on within
    the partition would be met twice.

    Parameters
    ----------
    page : int
        How many are read at once.
    """
    start: str | None = None
    while True:
        found = store.waiting(partition, start, page)
        yield from found.entries
        start = found.next_key
        if start is None:
            return
