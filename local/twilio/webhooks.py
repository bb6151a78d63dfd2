"""Sends webhooks to the product as the carrier does: signed, form encoded, in 15 seconds.

Decides the order of sending, the time-out and the one retry after a failed connection. Never
decides what a webhook says, nor what follows from its answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import aiohttp
from multidict import MultiDict
from twilio.request_validator import RequestValidator
from yarl import URL

from local.twilio.errors import TwimlError
from local.twilio.faults import Faults, WebhookFault
from local.twilio.journal import Journal, Pairs, WebhookEntry
from local.twilio.model import Source, Subscription, Timing

CONNECT_SECONDS = 5.0
KEPT_ANSWER = 4096


def sign(token: str, url: str, params: Sequence[tuple[str, str]] | Mapping[str, str] = ()) -> str:
    """Compute the value of X-Twilio-Signature.

    Parameters
    ----------
    token : str
        Auth token of the account.
    url : str
        The full URL as the carrier asks it, query included.
    params : sequence of (str, str) or mapping
        Form parameters; empty for GET and for JSON bodies, whose hash is in the URL.
    """
    signature: str = RequestValidator(token).compute_signature(url, MultiDict(params))
    return signature


@dataclass(frozen=True)
class Answer:
    """What the product answered to a webhook."""

    status: int
    content_type: str
    text: bytes


class Webhooks:
    """The carrier's HTTP client. Callbacks of one call or conference go one after the other."""

    def __init__(self, token: str, timing: Timing, journal: Journal, faults: Faults) -> None:
        self._token = token
        self._timing = timing
        self._journal = journal
        self._faults = faults
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._tails: dict[str, asyncio.Task[None]] = {}

    async def open(self) -> None:
        self._session = aiohttp.ClientSession(
            # Idle connections go before the usual server closes them (5 s), or a webhook would
            # now and then be written into a closed one.
            connector=aiohttp.TCPConnector(limit=128, limit_per_host=128, keepalive_timeout=2.0),
            timeout=aiohttp.ClientTimeout(
                total=self._timing.webhook_timeout, sock_connect=CONNECT_SECONDS
            ),
            headers={"User-Agent": "TwilioProxy/1.1", "Accept": "*/*"},
        )

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def settled(self) -> None:
        """Wait until every webhook under way has been answered or given up."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def ask(self, key: str, source: Source, params: Pairs) -> Answer:
        """Ask the product for TwiML.

        The request goes on to its end even when the call is over: the carrier does not take a
        webhook back, it ignores the answer.

        Raises
        ------
        TwimlError
            11205 when no connection could be made, 11200 for a time-out or a status other
            than 2xx.
        """
        entry = self._entry("twiml", "", key, source.url, source.method, params + source.params)
        task = self._spawn(self._ask(entry))
        return await asyncio.shield(task)

    def ask_and_forget(self, key: str, source: Source, params: Pairs) -> None:
        """Ask for TwiML nobody will play: the call has ended or has gone elsewhere."""
        entry = self._entry("twiml", "", key, source.url, source.method, params + source.params)
        self._spawn(self._ask(entry))

    def notify(
        self, kind: str, event: str, key: str, to: Subscription, params: Pairs
    ) -> WebhookEntry:
        """Send a callback in the background, after those of the same ``key`` sent before it."""
        entry = self._entry(kind, event, key, to.url, to.method, params)
        fault = self._faults.for_webhook(entry)
        entry.fault = fault.action if fault else ""
        if fault is not None and fault.action == "drop":
            self._journal.write(entry)
        elif fault is not None and fault.action in ("delay", "reorder"):
            passed = self._faults.park(key) if fault.action == "reorder" else None
            self._spawn(self._late(entry, fault, passed))
        else:
            previous = self._tails.get(key)
            overtaken = self._faults.overtaken_by_next(key)
            task = self._spawn(self._in_turn(entry, previous, fault, overtaken))
            self._tails[key] = task
            task.add_done_callback(lambda done: self._forget(key, done))
        return entry

    async def replay(self, entry: WebhookEntry) -> WebhookEntry:
        """Send an old webhook again, byte for byte with its old signature; give the new entry."""
        copy = self._copy(entry, "replay")
        await self._send(copy)
        return copy

    async def _ask(self, entry: WebhookEntry) -> Answer:
        fault = self._faults.for_webhook(entry)
        entry.fault = fault.action if fault else ""
        if fault is not None and fault.action == "drop":
            entry.error = "dropped"
            self._journal.write(entry)
            raise TwimlError(11205, "HTTP connection failure", entry.url)
        if fault is not None and fault.action == "delay":
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.action == "duplicate":
            self._spawn(self._copies(entry, fault))
        answer = await self._send(entry)
        if answer is None:
            code = 11200 if entry.error == "timeout" else 11205
            raise TwimlError(code, f"HTTP failure: {entry.error}", entry.url)
        if not 200 <= answer.status < 300:
            raise TwimlError(11200, f"HTTP retrieval failure: status {answer.status}", entry.url)
        return answer

    async def _in_turn(
        self,
        entry: WebhookEntry,
        previous: asyncio.Task[None] | None,
        fault: WebhookFault | None,
        overtaken: list[asyncio.Event],
    ) -> None:
        if previous is not None:
            await asyncio.wait({previous})
        await self._send(entry)
        for event in overtaken:
            event.set()
        if fault is not None:
            await self._copies(entry, fault)

    async def _late(
        self, entry: WebhookEntry, fault: WebhookFault, passed: asyncio.Event | None
    ) -> None:
        if passed is None:
            await asyncio.sleep(fault.seconds)
        else:
            await asyncio.wait({self._spawn(passed.wait())}, timeout=fault.seconds)
            # Nobody came after it: whoever waits for the event would wait for ever.
            passed.set()
        await self._send(entry)

    async def _copies(self, entry: WebhookEntry, fault: WebhookFault) -> None:
        for _ in range(fault.copies):
            await asyncio.sleep(fault.seconds)
            await self._send(self._copy(entry, "duplicate"))

    async def _send(self, entry: WebhookEntry) -> Answer | None:
        assert self._session is not None, "the carrier is not open"
        started = time.perf_counter()
        entry.sent = True
        data = None if entry.method == "GET" else urlencode(entry.params).encode()
        headers = {"X-Twilio-Signature": entry.signature}
        if data is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        answer = None
        for attempt in (1, 2):
            try:
                async with self._session.request(
                    # Already encoded: a second encoding would break the signature.
                    entry.method, URL(entry.url, encoded=True), data=data, headers=headers
                ) as response:  # fmt: skip
                    text = await response.read()
                    answer = Answer(response.status, response.content_type, text)
                    entry.status, entry.error = response.status, ""
                    entry.answer = text[:KEPT_ANSWER].decode("utf-8", "replace")
                break
            except TimeoutError:
                entry.error = "timeout"
                break
            except aiohttp.ClientError as error:
                entry.error = f"{type(error).__name__}: {error}"
                # By default the carrier tries once more, only when it could not connect.
                if attempt == 2 or not isinstance(error, aiohttp.ClientConnectorError):
                    break
        entry.duration_ms = round((time.perf_counter() - started) * 1000, 3)
        self._journal.write(entry)
        return answer

    def _entry(
        self, kind: str, event: str, key: str, url: str, method: str, params: Pairs
    ) -> WebhookEntry:
        if method == "GET":
            joint = "&" if "?" in url else "?"
            url = f"{url}{joint}{urlencode(params)}"
        entry = WebhookEntry(kind, event, key, method, url, params)
        entry.signature = sign(self._token, url, () if method == "GET" else params)
        return self._journal.add_webhook(entry)

    def _copy(self, entry: WebhookEntry, fault: str) -> WebhookEntry:
        copy = replace(
            entry, at=time.time(), copy_of=entry.number, fault=fault, status=0, error="", answer=""
        )
        return self._journal.add_webhook(copy)

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            # A failure is in the journal; the call that asked may be gone and not collect it.
            task.exception()

    def _forget(self, key: str, done: asyncio.Task[None]) -> None:
        if self._tails.get(key) is done:
            del self._tails[key]
