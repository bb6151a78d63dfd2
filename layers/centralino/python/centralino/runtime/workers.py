"""The queue, stream and schedule consumers: parse, one use case, tell what must come again."""

from __future__ import annotations

from typing import Any

from centralino.adapters import sqs
from centralino.application import relay as relaying
from centralino.application import routing, timers
from centralino.application import sweep as sweeping
from centralino.runtime import queues, wiring
from centralino.runtime.logging import log


def drain_nudged(event: dict[str, Any]) -> queues.Response:
    """Drain each pool of the batch once, however many nudges it has there."""
    drained: dict[str, Exception | None] = {}

    def work(record: queues.Record) -> None:
        pool, hop = sqs.read_nudge(record["body"])
        if pool not in drained:
            drained[pool] = None
            try:
                routing.drain_nudged(wiring.app(), pool, hop=hop, cause=record["messageId"])
            except Exception as error:
                drained[pool] = error
                raise
        failed = drained[pool]
        if failed is not None:
            raise failed

    return queues.each(event, work, wiring.dead_letters)


def fire_timers(event: dict[str, Any]) -> queues.Response:
    """Fire each timer of the batch."""

    def work(record: queues.Record) -> None:
        timers.fire(wiring.app(), sqs.read_timer(record["body"]), f"timer:{record['messageId']}")

    return queues.each(event, work, wiring.dead_letters)


def sweep() -> dict[str, int]:
    """Run the minute sweep."""
    return sweeping.sweep(wiring.app())


def relay(event: dict[str, Any]) -> queues.Response:
    """Relay a batch of stream records; the first that failed and all after it come again."""
    images = [
        relaying.Image(record["dynamodb"]["SequenceNumber"], entity)
        for record in event["Records"]
        # A removal is the retention's doing and no business fact.
        if record["eventName"] != "REMOVE"
        and (entity := wiring.entity_from_image(record["dynamodb"]["NewImage"])) is not None
    ]
    failed = relaying.relay(wiring.app(), wiring.bus(), images)
    log().info("relayed", records=len(event["Records"]), failed=failed)
    return {"batchItemFailures": [{"itemIdentifier": failed}] if failed is not None else []}
