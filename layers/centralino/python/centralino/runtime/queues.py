"""SQS batches: each message on its own, partial failures told back, hopeless ones set aside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from centralino.adapters.sqs import SqsDeadLetters
from centralino.domain.errors import CentralinoError, Conflict, TransientDependency
from centralino.runtime.logging import log

Record = dict[str, Any]
Response = dict[str, list[dict[str, str]]]


def each(
    event: dict[str, Any],
    work: Callable[[Record], None],
    dead_letters: Callable[[], SqsDeadLetters],
) -> Response:
    """Run ``work`` for every message of a batch.

    A transient error brings the message back; an error no retry can help sends it to the
    dead-letter queue with its reason; anything unforeseen comes back until SQS moves it there.
    """
    failures: list[dict[str, str]] = []
    for record in event["Records"]:
        try:
            work(record)
        except (TransientDependency, Conflict) as error:
            log().warning("message_returned", message_id=record["messageId"], code=error.code)
            failures.append({"itemIdentifier": record["messageId"]})
        except CentralinoError as error:
            log().error("message_buried", message_id=record["messageId"], code=error.code)
            dead_letters().bury(record, error.code, str(error))
        except Exception as error:  # noqa: BLE001 - one bad message must not stop the others
            log().error(
                "message_failed", message_id=record["messageId"], error=type(error).__name__
            )
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}
