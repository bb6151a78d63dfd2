"""Push to agents' and callers' pages over API Gateway's WebSocket connections."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from centralino.application.ports import Log, Operations
from centralino.application.web_calls import connections

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient


class WebSocketRealtime:
    """Sends a frame to every connection of an agent or a call and forgets those that are gone.

    The client is made when first needed: most commands push nothing.
    """

    def __init__(
        self,
        client: Callable[[], ApiGatewayManagementApiClient],
        operations: Operations,
        log: Log,
    ) -> None:
        self._client = client
        self._operations = operations
        self._log = log

    def push(self, to: str, frame: Mapping[str, Any]) -> int:
        """Return how many connections took the frame. Never raises."""
        data = json.dumps(frame, separators=(",", ":")).encode()
        taken = 0
        for item in self._operations.list(connections(to), "conn#"):
            connection = item.sk.partition("#")[2]
            try:
                self._client().post_to_connection(ConnectionId=connection, Data=data)
                taken += 1
            except ClientError as error:
                if error.response["ResponseMetadata"].get("HTTPStatusCode") == 410:
                    self._operations.delete(item.pk, item.sk)
                else:
                    self._warn(to, frame, error)
            except BotoCoreError as error:
                self._warn(to, frame, error)
        return taken

    def _warn(self, to: str, frame: Mapping[str, Any], error: Exception) -> None:
        self._log.warning("push_failed", to=to, frame=frame["type"], error=type(error).__name__)
