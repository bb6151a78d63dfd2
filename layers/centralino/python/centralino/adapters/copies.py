"""Orders to copy a recording, over SQS: the port ``Copies``, and reading them."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from centralino.application.ports.archive import Copy
from centralino.domain.errors import InvalidRequest, TransientDependency
from centralino.domain.recordings import NAME, RETENTIONS, contact_of

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_TEXTS = frozenset(
    {"contact", "name", "reference", "kind", "business_unit", "provider", "correlation"}
)
_NUMBERS = frozenset({"seconds", "days", "started_at"})


class SqsCopies:
    """The port ``Copies`` on a standard queue."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._url = queue_url

    def send(self, copy: Copy) -> None:
        """Make the order durable before returning."""
        body = json.dumps(asdict(copy), separators=(",", ":"))
        try:
            self._client.send_message(QueueUrl=self._url, MessageBody=body)
        except (ClientError, BotoCoreError) as error:
            raise TransientDependency("the order to copy could not be stored") from error


def read_copy(body: str) -> Copy:
    """Return the order in a message.

    Raises
    ------
    InvalidRequest
        The body is no order (code ``invalid_message``).
    """
    try:
        message = json.loads(body)
    except ValueError as error:
        raise InvalidRequest("the message is not JSON", code="invalid_message") from error
    if not isinstance(message, dict) or not _sound(message):
        raise InvalidRequest("the message is not an order to copy", code="invalid_message")
    held: dict[str, Any] = {field.name: message.get(field.name) for field in fields(Copy)}
    return Copy(**held)


def _sound(message: dict[str, Any]) -> bool:
    """Tell whether a message may be trusted to name a place in the archive."""
    return (
        all(isinstance(message.get(name), str) for name in _TEXTS)
        and all(type(message.get(name)) is int for name in _NUMBERS)
        and isinstance(message.get("queue"), str | None)
        and isinstance(message.get("deadline"), int | None)
        and message["days"] in RETENTIONS
        and NAME.fullmatch(message["name"]) is not None
        and contact_of(message["name"]) == message["contact"]
    )
