"""A caller's page: places a call, carries out what it is told, and lets a script use it.

Decides what a page does with each frame, by the rules of ``docs/concepts/web-voice.md``. Never
decides what the caller does: a script presses, waits and hangs up.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import aiohttp
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from local.webvoice.errors import CallEnded, PageError
from local.webvoice.front_door import FrontDoor
from local.webvoice.gathering import Gathering
from local.webvoice.jukebox import Jukebox
from local.webvoice.links import Links
from local.webvoice.mesh import Mesh

logger = logging.getLogger(__name__)

T = TypeVar("T")
Frame = dict[str, Any]
_AGAIN_S = 0.5
#: A message that has brought nothing for so long will not any more.
_PATIENCE_S = 15.0


class CallerPage:
    """One call from a page, from placing it to its end.

    Parameters
    ----------
    base_url
        Of the HTTP API, without a slash at the end.
    pace
        Divides how long prompts, pauses and waiting for keys take; 1 wherever the product is tried
        as it will run.
    speed
        Divides the caller's own pauses.

    Attributes
    ----------
    heard
        The words that were played, oldest first.
    errors
        Codes of the error frames received.
    place
        What the page is doing: a `Gathering`, ``"queue"``, ``"room"``, or None.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        jukebox: Jukebox,
        links: Links,
        *,
        pace: float = 1.0,
        speed: float = 1.0,
    ) -> None:
        self._door = FrontDoor(session, base_url)
        self._jukebox = jukebox
        self._pace = pace
        self._speed = speed
        self._socket: ClientConnection | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._playing: asyncio.Task[None] | None = None
        self._holding: asyncio.Task[None] | None = None
        self._number = 0
        self._gathers = 0
        self._answered_gather = 0
        self._changed = asyncio.Event()
        self._resume = ""
        self.mesh = Mesh(links, self.send, self._joined)
        self.call = ""
        self.music = ""
        self.place: Gathering | str | None = None
        self.heard: list[str] = []
        self.errors: list[str] = []
        self._asked: list[float] = []
        self.done = False
        self.failure: Exception | None = None

    # ---------------------------------------------------------------- the call

    async def dial(self, line: str, language: str | None = None) -> None:
        """Place the call and connect to it.

        Raises
        ------
        PageError
            It was refused.
        """
        placed = await self._door.place(line, language)
        self.call, self._resume, self.music = placed["call"], placed["resume"], placed["music"]
        if self.music:
            await self._jukebox.seconds(self.music, None)
        socket = self._socket = await self._door.open(placed)
        await self._request({"event": "arrived"})
        self._start(self._stay(socket))

    def hang_up(self) -> None:
        """Hang up."""
        if not self.done:
            self._start(self._hang_up())

    async def lose_connection(self) -> None:
        """Lose the socket as a page does in a tunnel; the page connects again by itself."""
        if self._socket is not None:
            await self._socket.close(code=1001)

    async def send(self, message: Frame) -> None:
        """Send a message; one that finds the socket gone is lost, as it would be."""
        if self._socket is None:
            return
        with contextlib.suppress(ConnectionClosed):
            await self._socket.send(json.dumps(message))

    # ---------------------------------------------------------------- the caller

    async def until(self, ready: Callable[[], T | None], within: float | None = None) -> T | None:
        """Wait until something about the call is so; None after that many seconds of the day.

        Raises
        ------
        CallEnded
            The call is over first.
        """
        return await self._until(ready, None if within is None else within / self._speed)

    async def pause(self, seconds: float) -> None:
        """Do nothing for so long; stop at once if the call ends."""
        await self._until(lambda: None, seconds / self._speed)

    async def prompt(self, within: float | None = None) -> Gathering | None:
        """Wait for a question that has not been answered yet."""

        def asked() -> Gathering | None:
            place = self.place
            fresh = isinstance(place, Gathering) and place.number > self._answered_gather
            return place if fresh and isinstance(place, Gathering) else None

        return await self.until(asked, within)

    async def press(self, digits: str) -> bool:
        """Press keys; whether the last one was listened for."""
        taken = False
        for key in digits:
            place = self.place
            taken = isinstance(place, Gathering) and place.press(key)
            if isinstance(place, Gathering):
                self._answered_gather = place.number
        return taken

    @property
    def talking(self) -> bool:
        """Whether the caller and somebody else hear each other."""
        return self.mesh.connected and not self.mesh.held

    @property
    def unanswered(self) -> int:
        """Messages of a moment ago that have not brought a list of actions yet."""
        latest = time.monotonic() - _PATIENCE_S
        return sum(asked > latest for asked in self._asked)

    async def connected(self, within: float | None = None) -> bool:
        """Wait until the caller can talk to somebody."""
        return bool(await self.until(lambda: self.talking or None, within))

    async def ended(self, within: float) -> bool:
        """Wait for the end of the call, in real seconds."""
        with contextlib.suppress(CallEnded):
            await self._until(lambda: None, within)
        return self.done

    async def close(self) -> None:
        """Drop everything without a word, as a page that is closed does."""
        self._end()
        if self._socket is not None:
            await self._socket.close()
        await self.mesh.leave()
        for task in list(self._tasks):
            if task is not asyncio.current_task():
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # ---------------------------------------------------------------- frames

    async def hear(self, frame: Frame) -> None:
        """Do what a frame asks."""
        match frame.get("type"):
            case "actions" if frame["call"] == self.call:
                await self._take(frame)
            case "ask":
                event = frame["event"]
                fresh = {"fresh": False} if event == "present" else {}
                await self._request({"event": event, **fresh})
            case "room":
                await self._show(frame)
            case "left" if frame["room"] == self.mesh.room:
                await self.mesh.leave(int(frame["version"]))
                self._stop_holding()
                self.wake()
            case "signal":
                await self.mesh.signal(frame)
            case "error":
                self.errors.append(str(frame.get("code")))
                del self._asked[:1]
        self.wake()

    async def _take(self, frame: Frame) -> None:
        if frame["answers"] != "none":
            del self._asked[:1]
        if int(frame["number"]) <= self._number:
            return
        self._number = int(frame["number"])
        actions, answers = list(frame["actions"]), frame["answers"]
        if answers == "announce":
            self._start(self._carry_out(actions))
        elif answers == "hold":
            if self.mesh.held:
                self._stop_holding()
                self._holding = self._start(self._carry_out(actions))
        else:
            if self._playing is not None:
                self._playing.cancel()
            self._stop_holding()
            self.place = None
            if not actions or actions[-1]["do"] != "bridge":
                await self.mesh.leave()
            self._playing = self._start(self._carry_out(actions))

    async def _show(self, state: Mapping[str, Any]) -> None:
        was_held = self.mesh.held
        if not await self.mesh.show(state):
            return
        self.place = "room"
        if self.mesh.held and not was_held:
            await self._request({"event": "hold"})
        elif not self.mesh.held:
            self._stop_holding()

    def _stop_holding(self) -> None:
        if self._holding is not None:
            self._holding.cancel()
        self._holding = None

    # ---------------------------------------------------------------- actions

    async def _carry_out(self, actions: Sequence[Mapping[str, Any]]) -> None:
        for action in actions:
            match action["do"]:
                case "play":
                    await self._play(action)
                case "pause":
                    await asyncio.sleep(action["seconds"] / self._pace)
                case "gather":
                    await self._gather(action)
                case "queue":
                    await self.mesh.leave()
                    self.place = "queue"
                    self.wake()
                    await self._request({"event": "wait"})
                case "ask":
                    await self._request({"event": action["event"]})
                case "bridge":
                    await self._show(action)
                    self.wake()
                case "hangup":
                    await self._hang_up()
                case unknown:
                    raise PageError(f"no page knows the action {unknown}")

    async def _play(self, action: Mapping[str, Any]) -> None:
        self.heard.append(str(action.get("text") or action.get("url")))
        self.wake()
        seconds = await self._jukebox.seconds(action.get("url"), action.get("text"))
        await asyncio.sleep(seconds / self._pace)

    async def _gather(self, action: Mapping[str, Any]) -> None:
        self._gathers += 1
        gathering = Gathering(action, self._gathers)
        self.place = gathering
        self.wake()
        for prompt in action["prompts"]:
            # Who presses a key has heard enough.
            played = asyncio.ensure_future(self._play(prompt))
            moved = asyncio.ensure_future(gathering.moved.wait())
            try:
                await asyncio.wait({played, moved}, return_when=asyncio.FIRST_COMPLETED)
                if played.done():
                    played.result()
            finally:
                played.cancel()
                moved.cancel()
            if gathering.moved.is_set():
                break
        while not gathering.done:
            gathering.moved.clear()
            try:
                async with asyncio.timeout(action["timeout_s"] / self._pace):
                    await gathering.moved.wait()
            except TimeoutError:
                break
        gathering.done = True
        if self.place is gathering:
            self.place = None
        await self._request({"event": "input", "step": gathering.step, "digits": gathering.keys})
        self.wake()

    async def _hang_up(self) -> None:
        if not self.done:
            await self._tell({"event": "hangup"})
            self._end()
            await self.mesh.leave()
            if self._socket is not None:
                await self._socket.close()

    async def _joined(self, room: str) -> None:
        await self.send({"action": "voice", "event": "joined", "room": room})
        self.wake()

    # ---------------------------------------------------------------- the socket

    async def _request(self, message: Frame) -> None:
        self._asked.append(time.monotonic())
        await self._tell(message)

    async def _tell(self, message: Frame) -> None:
        await self.send({"action": "voice", "call": self.call, **message})

    async def _stay(self, socket: ClientConnection) -> None:
        while not self.done:
            with contextlib.suppress(ConnectionClosed):
                async for message in socket:
                    frame = json.loads(message)
                    if isinstance(frame, dict):
                        await self.hear(frame)
            if self.done:
                return
            # What was asked on the old socket may never be answered.
            self._asked.clear()
            await asyncio.sleep(_AGAIN_S)
            again = await self._door.reopen(self.call, self._resume)
            if again is None:
                self._end()
                return
            socket = self._socket = await self._door.open(again)
            await self._request({"event": "present", "fresh": False})

    # ---------------------------------------------------------------- machinery

    def _end(self) -> None:
        self.done = True
        self._asked.clear()
        self.wake()

    def wake(self) -> None:
        """Let the script look around: something about the call has changed, or outside it."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _until(self, ready: Callable[[], T | None], seconds: float | None) -> T | None:
        try:
            async with asyncio.timeout(seconds):
                while True:
                    if self.failure is not None:
                        raise self.failure
                    if self.done:
                        raise CallEnded(f"{self.call} is over")
                    found = ready()
                    if found is not None:
                        return found
                    await self._changed.wait()
        except TimeoutError:
            return None

    def _start(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _guarded(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - told to whoever waits for this page
            logger.warning("the page of %s failed: %s", self.call, error)
            self.failure = error
            self.wake()
