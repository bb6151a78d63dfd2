"""Timers and nudges over SQS."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from centralino.application.ports import LONGEST_TIMER_MS, Ids, Timer, chunks
from centralino.domain.errors import InvalidRequest, TransientDependency

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

BATCH = 10
ATTEMPTS = 3


class SqsTimers:
    """Timers as delayed messages on a standard queue. A delay is rounded up to whole seconds."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._url = queue_url

    def send(self, timers: Sequence[Timer]) -> None:
        """Make the timers durable; entries the service refused are sent again."""
        for batch in chunks(timers, BATCH):
            entries = [_entry(str(index), timer) for index, timer in enumerate(batch)]
            for _ in range(ATTEMPTS):
                try:
                    answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
                except (ClientError, BotoCoreError) as error:
                    raise TransientDependency("the timers could not be stored") from error
                failed = {entry["Id"] for entry in answer.get("Failed", [])}
                if not failed:
                    break
                entries = [entry for entry in entries if entry["Id"] in failed]
            else:
                raise TransientDependency("the timers could not be stored")


class SqsNudges:
    """Nudges on a FIFO queue, one message group per pool."""

    def __init__(self, client: SQSClient, queue_url: str, ids: Ids) -> None:
        self._client = client
        self._url = queue_url
        self._ids = ids

    def send(self, pool: str, hop: int = 0) -> None:
        """Ask for a drain.

        The deduplication id is fresh each time: SQS remembers an id after its message is gone,
        so a constant one would silence the pool for five minutes.
        """
        try:
            self._client.send_message(
                QueueUrl=self._url,
                MessageBody=json.dumps({"pool": pool, "hop": hop}),
                MessageGroupId=pool,
                MessageDeduplicationId=self._ids.ulid(),
            )
        except (ClientError, BotoCoreError) as error:
            raise TransientDependency("the nudge could not be sent") from error


class SqsSelf:
    """A consumer's own queue, to which it sends what it wants to look at again later."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._url = queue_url

    def send(self, message: dict[str, Any], delay_ms: int) -> None:
        """Make a message durable that comes after a delay, of at most 15 minutes."""
        delay = min(LONGEST_TIMER_MS // 1000, max(0, math.ceil(delay_ms / 1000)))
        try:
            self._client.send_message(
                QueueUrl=self._url, MessageBody=json.dumps(message), DelaySeconds=delay
            )
        except (ClientError, BotoCoreError) as error:
            raise TransientDependency("the reminder could not be stored") from error


class SqsDeadLetters:
    """Where a message goes that no retry can help, with the reason."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._url = queue_url

    def bury(self, record: dict[str, Any], code: str, reason: str) -> None:
        """Move a received message to the dead-letter queue with its reason."""
        attributes = record.get("attributes", {})
        fifo = (
            {
                "MessageGroupId": attributes["MessageGroupId"],
                "MessageDeduplicationId": record["messageId"],
            }
            if "MessageGroupId" in attributes
            else {}
        )
        try:
            self._client.send_message(
                QueueUrl=self._url,
                MessageBody=record["body"],
                MessageAttributes={
                    "code": {"DataType": "String", "StringValue": code},
                    "reason": {"DataType": "String", "StringValue": reason[:250]},
                },
                **fifo,
            )
        except (ClientError, BotoCoreError) as error:
            raise TransientDependency("the message could not be set aside") from error


def _entry(index: str, timer: Timer) -> Any:
    body = {"kind": timer.kind, "key": timer.key, "rid": timer.rid, "hop": timer.hop}
    delay = min(LONGEST_TIMER_MS // 1000, math.ceil(timer.delay_ms / 1000))
    return {"Id": index, "MessageBody": json.dumps(body), "DelaySeconds": delay}


def read_timer(body: str) -> Timer:
    """Return the timer in a message.

    Raises
    ------
    InvalidRequest
        The body is no timer (code ``invalid_message``).
    """
    message = _object(body)
    kind, key, rid = message.get("kind"), message.get("key"), message.get("rid")
    hop = message.get("hop", 0)
    if (
        not isinstance(kind, str)
        or not isinstance(key, str)
        or not isinstance(hop, int)
        or not (rid is None or isinstance(rid, str))
    ):
        raise InvalidRequest("the message is not a timer", code="invalid_message")
    return Timer(kind, key, rid, hop=hop)


def read_nudge(body: str) -> tuple[str, int]:
    """Return pool and hop count of a nudge, or raise :class:`InvalidRequest`."""
    message = _object(body)
    pool, hop = message.get("pool"), message.get("hop", 0)
    if not isinstance(pool, str) or not isinstance(hop, int):
        raise InvalidRequest("the message is not a nudge", code="invalid_message")
    return pool, hop


def _object(body: str) -> dict[str, Any]:
    try:
        message = json.loads(body)
    except ValueError as error:
        raise InvalidRequest("the message is not JSON", code="invalid_message") from error
    if not isinstance(message, dict):
        raise InvalidRequest("the message is not an object", code="invalid_message")
    return message
