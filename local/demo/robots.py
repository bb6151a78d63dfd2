"""The robot agents: each does with the product what a person at a desk would.

Decides a robot's habits and reaction times. A robot knows the offer frames, the agent API and its
telephone, and nothing else of the product.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from local.demo.arrivals import lognormal
from local.demo.desk_client import DeskClient
from local.demo.errors import SetupError
from local.demo.switchboard import Switchboard

if TYPE_CHECKING:
    from local.webvoice import AgentPhone, Links
    from local.webvoice.agent import Send

#: Seconds of the simulated day; divided by the speed like the callers' own.
ACCEPT_S = (4.0, 2.5)
WRAP_UP_S = (20.0, 15.0)
BREAK_S = (60.0, 30.0)
#: However fast the day runs, nobody answers faster than this, in wall seconds.
FASTEST_S = 0.1
_MISSES = 0.03
_DECLINES = 0.03
_LOSES_CONNECTION = 0.02
_DISPOSITIONS = ("resolved", "follow_up", "other")
#: Offers that the product ends for these reasons leave the agent not ready.
_PUT_ASIDE = frozenset({"rona", "lost"})
#: A page that has heard nothing for so long asks how things stand, in wall seconds.
_CHECK_S = 20.0
_RECONNECT_S = 0.5
#: The page keeps its connection from idling, as the product asks, in wall seconds.
_KEEP_ALIVE_S = 300.0


@dataclass(slots=True)
class Counts:
    """What the robots did, for the curious; no part of the report's evidence."""

    offers: int = 0
    accepted: int = 0
    declined: int = 0
    missed: int = 0
    reconnected: int = 0
    refused: int = 0


class Robot:
    """One agent: signs in, takes what is offered, talks, wraps up, and comes back.

    Parameters
    ----------
    name
        Who it is, for messages.
    speed
        Divides its reaction times.
    links
        How the page connects with callers' pages; None where a telephone stands beside it.
    """

    def __init__(
        self,
        name: str,
        desk: DeskClient,
        board: Switchboard,
        speed: float,
        rng: random.Random,
        counts: Counts,
        links: Links | None = None,
    ) -> None:
        self.name = name
        self._desk = desk
        self._board = board
        self._speed = speed
        self._rng = rng
        self._counts = counts
        self._answering: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wrapping: set[str] = set()
        self._page: ClientConnection | None = None
        self._phone = _phone(links, self._send) if links is not None else None
        self._leaving = False
        self.ready = asyncio.Event()

    async def run(self) -> None:
        """Work until told to stop."""
        first = True
        while not self._leaving:
            try:
                await self._connected()
            except (WebSocketException, OSError, TimeoutError):
                if first and not self.ready.is_set():
                    raise SetupError(f"{self.name} could not open a connection") from None
            if not self._leaving:
                self._counts.reconnected += 1
                await asyncio.sleep(_RECONNECT_S)
            first = False

    async def leave(self) -> None:
        """Go offline and close the page; what is still being wrapped up is finished first."""
        self._leaving = True
        pending = [task for task in self._tasks if not task.done()]
        if pending:
            await asyncio.wait(pending, timeout=10)
        await self._desk.set_state("OFFLINE")
        if self._page is not None:
            await self._page.close()

    async def stop(self) -> None:
        """Drop everything at once."""
        self._leaving = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._phone is not None:
            await self._phone.mesh.leave()

    async def _connected(self) -> None:
        answer = await self._desk.ticket()
        if not answer.ok:
            raise SetupError(f"{self.name} got no ticket: {answer.status} {answer.body}")
        address = f"{answer.body['url']}?ticket={answer.body['ticket']}"
        # No proxy of the caller's stands between two processes of one machine.
        async with connect(address, proxy=None, open_timeout=20, ping_timeout=60) as page:
            self._page = page
            await self._catch_up()
            self.ready.set()
            await self._listen(page)
        self._page = None

    async def _listen(self, page: ClientConnection) -> None:
        loop = asyncio.get_running_loop()
        kept_alive = loop.time()
        while True:
            try:
                async with asyncio.timeout(_CHECK_S):
                    message = await page.recv()
            except TimeoutError:
                if loop.time() - kept_alive > _KEEP_ALIVE_S:
                    kept_alive = loop.time()
                    await page.send(json.dumps({"action": "ping"}))
                await self._catch_up()
                continue
            await self._hear(page, _frame(message))

    async def _hear(self, page: ClientConnection, frame: dict[str, Any]) -> None:
        if self._phone is not None and await self._phone.hear(frame):
            return
        kind = frame.get("type")
        if kind == "offer":
            self._counts.offers += 1
            await page.send(json.dumps({"action": "ack", "rid": frame["rid"]}))
            self._consider(frame["rid"], frame["contact_id"], int(frame["number"]))
        elif kind == "offer_ended" and frame["reason"] != "accepted":
            answering = self._answering.pop(frame["rid"], None)
            if answering is not None:
                answering.cancel()
        elif kind == "contact" and frame["state"] == "CONNECTED":
            self._start(self._talk(frame["contact_id"]))
        elif kind == "contact" and frame["state"] == "WRAPUP":
            self._start(self._wrap_up(frame["contact_id"], frame["rid"]))
        elif kind == "agent" and frame["state"] == "NOT_READY" and frame["reason"] in _PUT_ASIDE:
            self._start(self._come_back())

    async def _catch_up(self) -> None:
        """Ask how things stand, and take up whatever was missed."""
        answer = await self._desk.me()
        if not answer.ok or self._leaving:
            return
        me = answer.body
        if me["state"] == "OFFLINE":
            await self._desk.set_state("ROUTABLE")
        elif me["state"] == "NOT_READY" and me["reason"] in _PUT_ASIDE:
            self._start(self._come_back())
        for slot in me["slots"]:
            contact, rid = slot["contact"], slot["rid"]
            segment = next((s for s in contact["segments"] if s["rid"] == rid), None)
            if contact["state"] == "OFFERED" and segment is None:
                self._consider(rid, contact["contact_id"], int(rid.rpartition("#")[2]))
            elif segment is not None and segment["ended_at"] and not segment["wrapped_at"]:
                self._start(self._wrap_up(contact["contact_id"], rid))

    def _consider(self, rid: str, contact: str, number: int) -> None:
        if rid not in self._answering:
            self._answering[rid] = self._start(self._answer(rid, contact, number))

    async def _answer(self, rid: str, contact: str, number: int) -> None:
        caller_leaves = self._board.ring(contact)
        mood = self._rng.random()
        if caller_leaves or mood < _MISSES:
            # Looks the other way: the product takes the offer back.
            self._counts.missed += not caller_leaves
            return
        await self._pause(ACCEPT_S)
        # From here on a withdrawn offer must not cut the request short.
        self._answering.pop(rid, None)
        if mood < _MISSES + _DECLINES:
            self._counts.declined += (await self._desk.decline(contact, number)).ok
            if self._rng.random() < 0.5:
                await self._take_break()
            return
        answer = await self._desk.accept(contact, number)
        if answer.ok and self._phone is not None:
            await self._phone.accepts(rid)
        self._counts.accepted += answer.ok
        self._counts.refused += not answer.ok

    async def _talk(self, contact: str) -> None:
        plan = self._board.plan(contact)
        if plan is not None and plan.agent_ends:
            await asyncio.sleep(plan.talk_s / self._speed)
            await self._desk.hang_up(contact)

    async def _wrap_up(self, contact: str, rid: str) -> None:
        if rid in self._wrapping:
            return
        self._wrapping.add(rid)
        await self._pause(WRAP_UP_S)
        await self._desk.dispose(contact, self._rng.choice(_DISPOSITIONS))
        if self._rng.random() < _LOSES_CONNECTION and self._page is not None:
            await self._page.close()

    async def _come_back(self) -> None:
        await self._pause(BREAK_S)
        if not self._leaving:
            await self._desk.set_state("ROUTABLE")

    async def _take_break(self) -> None:
        await self._desk.set_state("NOT_READY", "break")
        await self._come_back()

    async def _pause(self, length: tuple[float, float]) -> None:
        seconds = lognormal(self._rng, *length) / self._speed
        await asyncio.sleep(max(seconds, FASTEST_S))

    async def _send(self, message: dict[str, Any]) -> None:
        """Send what the telephone has to say; a page that is just connecting again loses it."""
        if self._page is not None:
            with suppress(WebSocketException):
                await self._page.send(json.dumps(message))

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _phone(links: Links, send: Send) -> AgentPhone:
    # Imported for pages that talk: what WebRTC needs takes its time to load.
    from local.webvoice import AgentPhone

    return AgentPhone(links, send)


def _frame(message: str | bytes) -> dict[str, Any]:
    """Read a frame; what is none, such as an overloaded gateway's words, is an empty one."""
    try:
        frame = json.loads(message)
    except ValueError:
        return {}
    return frame if isinstance(frame, dict) else {}


async def end_all(robots: list[Robot], running: list[asyncio.Task[None]]) -> None:
    """Stop robots and their pages without asking the product."""
    for robot in robots:
        await robot.stop()
    for task in running:
        task.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.gather(*running, return_exceptions=True)
