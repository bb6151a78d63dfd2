"""An agent's page as far as HTTP goes: signed in, and able to repeat what went wrong.

Decides when a request is sent again: a refusal is an answer, a busy or unreachable server is not.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

SignIn = Callable[[], Awaitable[str]]
_TRIES = 5
_BUSY = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the agent API answered."""

    status: int
    body: dict[str, Any]

    @property
    def ok(self) -> bool:
        """Whether it did what was asked."""
        return self.status == 200


class DeskClient:
    """The agent API as one signed-in agent uses it.

    Parameters
    ----------
    sign_in
        Gives a fresh token; called again when one has expired.
    """

    def __init__(self, session: aiohttp.ClientSession, base_url: str, sign_in: SignIn) -> None:
        self._session = session
        self._base = base_url
        self._sign_in = sign_in
        self._token = ""

    async def me(self) -> Answer:
        """Ask who I am and which contacts I hold."""
        return await self._ask("GET", "/v1/agents/me")

    async def set_state(self, state: str, reason: str | None = None) -> Answer:
        """Go ROUTABLE, NOT_READY or OFFLINE."""
        return await self._ask("PUT", "/v1/agents/me/state", {"state": state, "reason": reason})

    async def ticket(self) -> Answer:
        """Ask for a ticket to open the realtime connection with."""
        return await self._ask("POST", "/v1/realtime/tickets")

    async def accept(self, contact: str, number: int) -> Answer:
        """Accept an offer."""
        return await self._ask("POST", f"/v1/contacts/{contact}/offers/{number}/accept")

    async def decline(self, contact: str, number: int) -> Answer:
        """Decline an offer."""
        path = f"/v1/contacts/{contact}/offers/{number}/decline"
        return await self._ask("POST", path, {"reason": "declined"})

    async def hang_up(self, contact: str) -> Answer:
        """End the conversation."""
        return await self._ask("POST", f"/v1/contacts/{contact}/hangup")

    async def dispose(self, contact: str, code: str) -> Answer:
        """File how the contact ended."""
        return await self._ask("POST", f"/v1/contacts/{contact}/disposition", {"code": code})

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        answer = Answer(0, {})
        for attempt in range(_TRIES):
            if not self._token:
                self._token = await self._sign_in()
            try:
                answer = await self._once(method, path, body)
            except (aiohttp.ClientError, TimeoutError) as error:
                answer = Answer(0, {"detail": str(error) or type(error).__name__})
            if answer.status == 401:
                self._token = ""
            elif answer.status not in _BUSY and answer.status != 0:
                return answer
            await asyncio.sleep(0.2 * 2**attempt)
        return answer

    async def _once(self, method: str, path: str, body: dict[str, Any] | None) -> Answer:
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._session.request(
            method, self._base + path, json=body, headers=headers
        ) as response:
            text = await response.text()
            try:
                content = json.loads(text)
            except ValueError:
                # A gateway that cannot reach its function answers in words.
                content = {"detail": text[:200]}
            return Answer(response.status, content if isinstance(content, dict) else {})
