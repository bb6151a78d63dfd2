"""The queue, stream and schedule consumers: parse, one use case, tell what must come again."""

from __future__ import annotations

from time import monotonic
from typing import Any

from centralino.adapters import sqs
from centralino.application import messages, routing, timers
from centralino.application import relay as relaying
from centralino.application import sweep as sweeping
from centralino.domain.errors import CentralinoError, TransientDependency
from centralino.runtime import queues, wiring
from centralino.runtime.logging import log

#: No message is begun later: one may take five of the function's ten seconds.
WRITE_WITHIN_S = 4.0


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
    """Fire each timer of the batch; those that write to customers last.

    Whoever carries messages may be slow, and an offer waits for nobody. A message that would not
    be done in the function's time comes again.
    """
    began = monotonic()

    def work(record: queues.Record) -> None:
        if _writes(record) and monotonic() - began > WRITE_WITHIN_S:
            raise TransientDependency("no time is left to write to customers")
        timers.fire(wiring.app(), sqs.read_timer(record["body"]), f"timer:{record['messageId']}")

    ordered = {**event, "Records": sorted(event["Records"], key=_writes)}
    return queues.each(ordered, work, wiring.dead_letters)


def _writes(record: queues.Record) -> bool:
    try:
        return sqs.read_timer(record["body"]).kind == messages.TIMER
    except CentralinoError:
        return False


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
