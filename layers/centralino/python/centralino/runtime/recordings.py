"""Copies recordings: the consumer of the queue ``recordings``."""

from __future__ import annotations

from typing import Any

from centralino.adapters.copies import read_copy
from centralino.application import copying
from centralino.runtime import queues, wiring


def copy(event: dict[str, Any]) -> queues.Response:
    """Carry out each order of the batch."""

    def work(record: queues.Record) -> None:
        order = read_copy(record["body"])
        copying.copy(wiring.keeper(), order, f"copy:{record['messageId']}")

    return queues.each(event, work, wiring.dead_letters)
