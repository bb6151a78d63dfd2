"""The demo's calls between pages: robots with real signalling, some of them with real sound."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import aiohttp

from centralino.domain.telephony.capabilities import Provider
from local.cloud import Deployment
from local.demo.calls import ITALIAN_LINE, CallPlan
from local.demo.network import OnTheLine, Script, Sound
from local.demo.settings import DemoSettings
from local.webvoice import (
    CallEnded,
    CallerPage,
    Jukebox,
    Links,
    PageError,
    real_links,
    silent_links,
)
from local.webvoice.front_door import CALLS, FrontDoor

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: The line of calls from a page, and what callers and agents say, hertz.
LINE = "web"
CALLER_TONE, AGENT_TONE = 400, 550
_TONES = (CALLER_TONE, AGENT_TONE)
_OPEN_S = 60.0
#: What a page is told that speaks of a talk which has ended meanwhile: nobody did anything wrong.
_OVERTAKEN = frozenset({"not_in_room", "unknown_call"})


class PageLine:
    """A caller at a page."""

    def __init__(self, page: CallerPage, *, sounds: bool) -> None:
        self.page = page
        self.sounds = sounds

    @property
    def sid(self) -> str:
        """See :class:`OnTheLine`."""
        return self.page.call

    @property
    def in_line(self) -> bool:
        """See :class:`OnTheLine`."""
        return self.page.place in ("queue", "room")

    @property
    def talking(self) -> bool:
        """See :class:`OnTheLine`."""
        return self.page.mesh.connected

    def wake(self) -> None:
        """See :class:`OnTheLine`."""
        self.page.wake()

    async def prompt(self) -> Any:
        """See :class:`OnTheLine`."""
        return await self.page.prompt()

    async def press(self, key: str) -> bool:
        """See :class:`OnTheLine`."""
        return await self.page.press(key)

    async def silence(self, asked: Any) -> None:
        """See :class:`OnTheLine`."""
        await self.page.until(lambda: self.page.place is not asked or None)

    async def pause(self, seconds: float) -> None:
        """See :class:`OnTheLine`."""
        await self.page.pause(seconds)

    async def until(self, ready: Callable[[], T | None], within: float | None = None) -> T | None:
        """See :class:`OnTheLine`."""
        return await self.page.until(ready, within)

    async def connected(self, within: float | None = None) -> bool:
        """See :class:`OnTheLine`."""
        return await self.page.connected(within)

    def hang_up(self) -> None:
        """See :class:`OnTheLine`."""
        self.page.hang_up()

    async def ended(self, within: float) -> bool:
        """See :class:`OnTheLine`."""
        return await self.page.ended(within)


class WebNetwork:
    """Carries calls by robot pages."""

    provider = str(Provider.WEBVOICE)

    def __init__(
        self, session: aiohttp.ClientSession, deployment: Deployment, settings: DemoSettings
    ) -> None:
        self._session = session
        self._base = deployment.http_api_url
        self._socket = deployment.websocket_url
        self._settings = settings
        self._jukebox = Jukebox(session)
        self._lines: list[PageLine] = []
        self._scripts: set[asyncio.Task[None]] = set()
        self._alerts = 0
        # An agent's page takes the sound it is offered, and does without where there is none.
        self.links: Links | None = real_links(AGENT_TONE, _TONES)

    @property
    def calls(self) -> Sequence[str]:
        """See :class:`Network`."""
        return [line.sid for line in self._lines if line.sid]

    @property
    def alerts(self) -> int:
        """See :class:`Network`: prompts without a file, and errors a page did not have coming."""
        told = [code for line in self._lines for code in line.page.errors]
        errors = [code for code in told if code not in _OVERTAKEN]
        if errors:
            logger.warning("pages were told of errors: %s", ", ".join(sorted(errors)))
        return self._alerts + self._jukebox.wordless + len(errors)

    @property
    def sound(self) -> Sound:
        """See :class:`Network`."""
        meshes = [line.page.mesh for line in self._lines if line.sounds]
        talked = [mesh for mesh in meshes if mesh.ever_connected]
        return Sound(len(talked), sum(mesh.heard[AGENT_TONE] > 0 for mesh in talked))

    def unanswered(self) -> int:
        """See :class:`Network`."""
        pages = [line.page for line in self._lines if not line.page.done]
        # A page that has no call yet waits for its first answer.
        return sum(page.unanswered if page.call else 1 for page in pages)

    def staff(self, agent: str) -> None:
        """An agent's page is the telephone."""

    async def call(self, plan: CallPlan, script: Script) -> OnTheLine:
        """See :class:`Network`."""
        rng = random.Random(f"{self._settings.seed} sound {plan.number}")
        sounds = rng.random() < self._settings.media
        page = CallerPage(
            self._session,
            self._base,
            self._jukebox,
            real_links(CALLER_TONE, _TONES) if sounds else silent_links,
            speed=self._settings.speed,
        )
        line = PageLine(page, sounds=sounds)
        self._lines.append(line)
        language = "it" if plan.line == ITALIAN_LINE else "en"
        task = asyncio.create_task(self._play(line, language, script))
        self._scripts.add(task)
        task.add_done_callback(self._scripts.discard)
        return line

    async def warm_up(self, times: int) -> None:
        """Ask for tickets of no call, and for sockets with no ticket: both are refused."""
        door = FrontDoor(self._session, self._base)

        async def refused() -> None:
            async with self._session.post(f"{self._base}{CALLS}/none/tickets", json={}) as answer:
                await answer.read()
            with suppress(PageError):
                await door.open({"url": self._socket, "ticket": "none", "call": "none"})

        await asyncio.gather(*(refused() for _ in range(times)))

    async def settled(self) -> None:
        """See :class:`Network`."""
        if self._scripts:
            await asyncio.wait(self._scripts, timeout=_OPEN_S)

    async def close(self) -> None:
        """Drop every page that is left."""
        for task in list(self._scripts):
            task.cancel()
        await asyncio.gather(*(line.page.close() for line in self._lines))

    async def _play(self, line: PageLine, language: str, script: Script) -> None:
        try:
            await line.page.dial(LINE, language)
            await script(line)
        except CallEnded:
            return
        except PageError as error:
            # The page is broken; the caller closes it, and the report counts it.
            logger.warning("the page of %s cannot go on: %s", line.sid, error)
            self._alerts += 1
            line.hang_up()


@asynccontextmanager
async def web_network(deployment: Deployment, settings: DemoSettings) -> AsyncIterator[WebNetwork]:
    """Let callers call from pages for as long as told."""
    connector = aiohttp.TCPConnector(limit=32)
    timeout = aiohttp.ClientTimeout(total=_OPEN_S)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        network = WebNetwork(session, deployment, settings)
        try:
            yield network
        finally:
            await network.close()
