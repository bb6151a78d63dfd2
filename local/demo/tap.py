"""The event tap: everything the bus carries, received by a queue and written down.

Decides nothing about events: one line per envelope, as received, repetitions included. The rule
and the queue are made by the demo and are no part of the product's infrastructure.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from local.cloud import Deployment, client
from local.demo.errors import SetupError
from local.demo.evidence import messages

NAME = "centralino-demo-tap"
_BATCH = 10
_PAUSE_S = 0.5
#: So many receives in a row may fail before the tap gives up; the emulator may be busy.
_PATIENCE = 20

Listener = Callable[[dict[str, Any]], None]


class Tap:
    """Receives every event of a deployment's bus from the moment it is opened.

    Parameters
    ----------
    path
        The file that gets one envelope a line; what it held is replaced.
    listener
        Called for each envelope, from the tap's own thread.
    """

    def __init__(self, deployment: Deployment, path: Path, listener: Listener) -> None:
        self._deployment = deployment
        self._path = path
        self._listener = listener
        self._sqs: Any = client("sqs", deployment.endpoint, read_timeout=30)
        self._url = ""
        self._over = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._drain, daemon=True, name="event-tap")
        self._seen: set[str] = set()

    def __enter__(self) -> Self:
        self._url = self._connect()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text("", encoding="utf-8")
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join(timeout=10)

    @property
    def distinct(self) -> int:
        """How many different events have been received."""
        if self._failure is not None:
            raise SetupError(f"the event tap stopped: {self._failure}")
        return len(self._seen)

    def left(self) -> int:
        """How many messages the queue still holds."""
        return messages(self._deployment.endpoint, self._url)

    def _connect(self) -> str:
        events = client("events", self._deployment.endpoint)
        bus = self._deployment.event_bus
        url: str = self._sqs.create_queue(QueueName=NAME)["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        # Every event has a source, and every source begins with nothing: the rule catches all.
        pattern = json.dumps({"source": [{"prefix": ""}]})
        events.put_rule(Name=NAME, EventBusName=bus, EventPattern=pattern)
        target = {"Id": "tap", "Arn": attributes["Attributes"]["QueueArn"]}
        answer = events.put_targets(Rule=NAME, EventBusName=bus, Targets=[target])
        if answer.get("FailedEntryCount"):
            raise SetupError(f"the event tap was refused: {answer['FailedEntries']}")
        return url

    def _drain(self) -> None:
        failures = 0
        with self._path.open("a", encoding="utf-8") as file:
            while not self._over.is_set():
                try:
                    received = self._receive()
                    for message in received:
                        self._take(file, message)
                    file.flush()
                    self._forget(received)
                except (ClientError, BotoCoreError) as error:
                    failures += 1
                    if failures > _PATIENCE:
                        self._failure = error
                        return
                    self._over.wait(_PAUSE_S)
                else:
                    failures = 0

    def _receive(self) -> list[Any]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=_BATCH, WaitTimeSeconds=1
        )
        messages: list[Any] = answer.get("Messages", [])
        return messages

    def _take(self, file: Any, message: Any) -> None:
        envelope = json.loads(message["Body"])
        file.write(json.dumps(envelope, separators=(",", ":")) + "\n")
        self._seen.add(envelope["detail"]["metadata"]["event_id"])
        self._listener(envelope)

    def _forget(self, received: list[Any]) -> None:
        if received:
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(received)
            ]
            self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)
