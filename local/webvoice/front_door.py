"""How a caller's page gets in: it places a call over HTTP and opens the call's socket.

Decides when a request is sent again: a refusal is an answer, a busy server is not.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import aiohttp
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from local.webvoice.errors import PageError

CALLS = "/v1/public/calls"
_TRIES = 6
_AGAIN_S = 0.5
_BUSY = frozenset({429, 500, 502, 503, 504})


class FrontDoor:
    """The public API as a page uses it.

    Parameters
    ----------
    base_url
        Of the HTTP API, without a slash at the end.
    """

    def __init__(self, session: aiohttp.ClientSession, base_url: str) -> None:
        self._session = session
        self._base = base_url

    async def place(self, line: str, language: str | None) -> dict[str, Any]:
        """Place a call.

        Raises
        ------
        PageError
            It was refused.
        """
        body = {"line": line, **({"language": language} if language else {})}
        return await self._post(CALLS, body)

    async def reopen(self, call: str, resume: str) -> dict[str, Any] | None:
        """Get another ticket of a call; None when it is over.

        Raises
        ------
        PageError
            It was refused.
        """
        path = f"{CALLS}/{call}/tickets"
        return await self._post(path, {"resume": resume}, over=404) or None

    async def open(self, ticket: Mapping[str, Any]) -> ClientConnection:
        """Open the socket that a ticket is for.

        Raises
        ------
        PageError
            It was refused.
        """
        address = f"{ticket['url']}?ticket={ticket['ticket']}"
        try:
            # No proxy of the caller's stands between two processes of one machine.
            return await connect(address, proxy=None, open_timeout=30, ping_timeout=60)
        except (InvalidStatus, WebSocketException, OSError, TimeoutError) as error:
            raise PageError(f"the socket of {ticket['call']} was refused: {error}") from None

    async def _post(
        self, path: str, body: Mapping[str, str], over: int | None = None
    ) -> dict[str, Any]:
        status, told = 0, ""
        for attempt in range(_TRIES):
            try:
                async with self._session.post(self._base + path, json=body) as answer:
                    status, told = answer.status, await answer.text()
            except (aiohttp.ClientError, TimeoutError) as error:
                status, told = 0, str(error)
            if status == 201:
                placed: dict[str, Any] = json.loads(told)
                return placed
            if status == over:
                return {}
            if status and status not in _BUSY:
                break
            await asyncio.sleep(_AGAIN_S * 2**attempt)
        raise PageError(f"POST {path} was refused: {status} {told[:200]}")
