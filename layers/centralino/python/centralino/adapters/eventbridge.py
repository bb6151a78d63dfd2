"""The event bus over EventBridge."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from centralino.application.ports import chunks
from centralino.contracts.envelope import detail, source
from centralino.domain.errors import TransientDependency
from centralino.domain.events import Occurrence

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

BATCH = 10


class EventBridgeBus:
    """Publishes occurrences in order, ten per request."""

    def __init__(self, client: EventBridgeClient, bus_name: str) -> None:
        self._client = client
        self._bus = bus_name

    def publish(self, occurrences: Sequence[Occurrence]) -> list[int]:
        """Return the indexes of the events that the bus refused.

        Raises
        ------
        TransientDependency
            A whole request failed; it is unknown which of its events went out.
        """
        refused: list[int] = []
        for start, batch in zip(
            range(0, len(occurrences), BATCH), chunks(occurrences, BATCH), strict=True
        ):
            try:
                answer = self._client.put_events(
                    Entries=[
                        {
                            "Source": source(occurrence),
                            "DetailType": occurrence.type,
                            "Detail": json.dumps(detail(occurrence), separators=(",", ":")),
                            "EventBusName": self._bus,
                            "Resources": [occurrence.entity_id],
                        }
                        for occurrence in batch
                    ]
                )
            except (ClientError, BotoCoreError) as error:
                raise TransientDependency("the events could not be published") from error
            if answer.get("FailedEntryCount"):
                refused += [
                    start + index
                    for index, entry in enumerate(answer["Entries"])
                    if entry.get("ErrorCode")
                ]
        return refused
