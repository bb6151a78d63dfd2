"""TURN servers of a Kinesis Video Streams signalling channel: the port ``IceServers``.

The channel itself carries nothing here: signalling goes over our own socket. Its servers relay
the voice of pages that find no direct way to each other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from centralino.application.ports import Log
from centralino.application.ports.ice import IceServer

#: A page needs some seconds to connect with what it is given.
MARGIN_S = 60.0
#: Where it failed, the next request waits this long: five a second are allowed per channel.
PAUSE_S = 5.0


class KinesisIceServers:
    """Asks for servers once per their lifetime and process.

    Parameters
    ----------
    client
        The client ``kinesisvideo``.
    signaling : callable
        Returns the client ``kinesis-video-signaling`` for an endpoint.
    channel : str
        ARN of the signalling channel.
    monotonic : callable
        Seconds that only rise.
    """

    def __init__(
        self,
        client: Any,
        signaling: Callable[[str], Any],
        channel: str,
        log: Log,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._signaling = signaling
        self._channel = channel
        self._log = log
        self._monotonic = monotonic
        self._endpoint: str | None = None
        self._known: tuple[IceServer, ...] = ()
        self._until = 0.0

    def servers(self) -> Sequence[IceServer]:
        """Return servers good for at least a minute; none, with a warning, where it fails."""
        now = self._monotonic()
        if now < self._until:
            return self._known
        try:
            rows = self._ask()
        # A lookup fails where the answer holds no endpoint: calls go on without servers then too.
        except (ClientError, BotoCoreError, LookupError) as error:
            self._log.warning("ice_servers_unknown", error=type(error).__name__)
            self._endpoint, self._known, self._until = None, (), now + PAUSE_S
            return ()
        self._known = tuple(
            IceServer(tuple(row["Uris"]), row.get("Username"), row.get("Password")) for row in rows
        )
        shortest = min((float(row.get("Ttl", 0)) for row in rows), default=0.0)
        self._until = now + max(PAUSE_S, shortest - MARGIN_S)
        return self._known

    def _ask(self) -> list[dict[str, Any]]:
        if self._endpoint is None:
            found = self._client.get_signaling_channel_endpoint(
                ChannelARN=self._channel,
                SingleMasterChannelEndpointConfiguration={"Protocols": ["HTTPS"], "Role": "MASTER"},
            )
            self._endpoint = found["ResourceEndpointList"][0]["ResourceEndpoint"]
        answer = self._signaling(self._endpoint).get_ice_server_config(
            ChannelARN=self._channel, Service="TURN"
        )
        rows: list[dict[str, Any]] = answer["IceServerList"]
        return rows
