"""Pages in conversation on a deployment: callers who call from a browser, agents who answer in one.

Decides how tests drive the robot pages: they live on an event loop of their own, and every page
has a tone by which the others know it. The laptop's speech server is their voice.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import aiohttp
from websockets.exceptions import ConnectionClosed

from centralino.domain.ids import contact_id
from local.cloud import client
from local.demo import seed, voice
from local.demo.seed import DemoAgent
from local.speech import SpeechServer
from local.webvoice import AgentPhone, CallerPage, Jukebox, real_links
from tests.support.desk import Desk, Frame, Page, granted
from tests.support.exchange import Exchange
from tests.support.polling import until

T = TypeVar("T")

#: Who says which tone, hertz.
CALLER_TONE, AGENT_TONE, THIRD_TONE, SUPERVISOR_TONE = TONES = (400, 550, 700, 850)
LINE = "web"
#: Frames of 20 ms by which somebody counts as heard.
ENOUGH = 10


class Loop:
    """An event loop in a thread, for pages that go on by themselves."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True, name="pages")
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T], within: float = 60.0) -> T:
        """Run something there and return its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(within)

    def do(self, what: Callable[[], T]) -> T:
        """Call something there."""

        async def call() -> T:
            return what()

        return self.run(call())

    def stop(self) -> None:
        """End the loop."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(timeout=10)


class VoicePage(Page):
    """An agent's page with a telephone in it, which hears each frame in turn."""

    def __init__(self, address: str, loop: Loop, tone: int, *, acknowledges: bool) -> None:
        self._loop = loop
        self._incoming: asyncio.Queue[Frame] = asyncio.Queue()

        async def send(message: Frame) -> None:
            await asyncio.to_thread(self.send, json.dumps(message))

        self.phone = AgentPhone(real_links(tone, TONES), send)
        self.failures: list[Exception] = []
        super().__init__(address, acknowledges=acknowledges)
        self._answering = asyncio.run_coroutine_threadsafe(self._answer(), loop.loop)

    async def _answer(self) -> None:
        while True:
            frame = await self._incoming.get()
            try:
                await self.phone.hear(frame)
            except Exception as error:  # noqa: BLE001 - told by whoever asks this page
                self.failures.append(error)

    def _listen(self) -> None:
        try:
            for message in self._connection:
                frame: Frame = json.loads(message)
                self._frames.append(frame)
                if frame.get("type") == "offer" and self._acknowledges:
                    self.acknowledge(frame["rid"])
                self._loop.loop.call_soon_threadsafe(self._incoming.put_nowait, frame)
        except ConnectionClosed:
            return

    def close(self) -> None:
        """Close page and telephone."""
        self._answering.cancel()
        self._loop.run(self.phone.mesh.leave())
        super().close()


class VoiceDesk(Desk):
    """A signed-in agent who talks through the page."""

    def __init__(self, centre: WebCentre, who: DemoAgent, tone: int) -> None:
        super().__init__(centre.exchange.deployment, who)
        self._centre = centre
        self.tone = tone

    @property
    def phone(self) -> AgentPhone:
        """The telephone of the page opened last."""
        page = self.page
        assert isinstance(page, VoicePage)
        assert page.failures == []
        return page.phone

    def open_page(self, *, acknowledges: bool = True) -> Page:
        """Open a page with a telephone."""
        ticket = self.ticket()
        address = f"{ticket['url']}?ticket={ticket['ticket']}"
        self.pages.append(
            VoicePage(address, self._centre.loop, self.tone, acknowledges=acknowledges)
        )
        return self.page

    def take(self, contact: str) -> Frame:
        """Wait for the offer of a contact and accept it; return the offer."""
        offer = self.page.frame("offer", contact_id=contact)
        granted(self.accept(offer))
        self._centre.loop.run(self.phone.accepts(offer["rid"]))
        return offer

    def hears(self, peer: str) -> dict[int, int]:
        """Return the frames of each tone that this page heard from a member."""
        return self._centre.heard(self.phone.mesh, peer)


class SupervisorDesk(VoiceDesk):
    """A signed-in supervisor, who is no agent, with a telephone in the page."""

    def supervise(self, contact: str, mode: str, method: str = "POST") -> Frame:
        """Enter a conversation, or be heard otherwise in it; return what is answered."""
        path = f"/v1/contacts/{contact}/supervision"
        answer = granted(self.ask(method, path, {"mode": mode}))
        self._centre.loop.run(self.phone.accepts(answer["leg"]))
        return answer

    def leave(self) -> None:
        """Close every page: there is no state to leave, and nothing to wrap up."""
        for page in self.pages:
            page.close()
        self._http.close()


class WebCaller:
    """A customer at a page."""

    def __init__(self, centre: WebCentre, page: CallerPage) -> None:
        self._centre = centre
        self.page = page
        self.contact = contact_id(centre.exchange.key, "webvoice", page.call)

    def press_when(self, words: str, key: str) -> None:
        """Press a key when a question with these words is asked."""

        async def work() -> None:
            asked = await self.page.prompt(within=60)
            assert asked is not None, "no question was asked"
            assert any(words in text for text in asked.texts), asked.texts
            assert await self.page.press(key)

        self._centre.loop.run(work())

    def hears(self, peer: str) -> dict[int, int]:
        """Return the frames of each tone that this page heard from a member."""
        return self._centre.heard(self.page.mesh, peer)

    def hang_up(self) -> None:
        """Hang up."""
        self._centre.loop.do(self.page.hang_up)

    def over(self, within: float = 30.0) -> None:
        """Wait until the page knows that the call is over."""
        assert self._centre.loop.run(self.page.ended(within), within + 5), "the call goes on"


class WebCentre:
    """A seeded deployment whose callers and agents have pages."""

    def __init__(self, exchange: Exchange, speech: SpeechServer) -> None:
        self.exchange = exchange
        self.speech = speech
        self.loop = Loop()
        self.session = self.loop.run(self._open())
        self.jukebox = Jukebox(self.session)
        self._callers: list[WebCaller] = []
        self._supervisors: list[SupervisorDesk] = []
        self._give_voice()
        rules = exchange.app.configuration.current()
        assert voice.prerender(exchange.deployment, speech.url, rules) > 20

    def hire(self, profile: str, tone: int = AGENT_TONE) -> VoiceDesk:
        """Return an agent whom no test has used, with a telephone in the page."""
        desk = VoiceDesk(self, self.exchange.recruit(profile), tone)
        self.exchange.attend(desk)
        return desk

    def supervisor(self, user: str = seed.SUPERVISORS[0]) -> SupervisorDesk:
        """Return one of the demo's supervisors."""
        found = {one.user: one for one in seed.supervisors(self.exchange.deployment)}[user]
        desk = SupervisorDesk(self, DemoAgent(user, found.person, ""), SUPERVISOR_TONE)
        self._supervisors.append(desk)
        return desk

    def call(self, language: str | None = None, line: str = LINE, pace: float = 4.0) -> WebCaller:
        """Let a customer call from a page."""

        async def dial() -> CallerPage:
            page = CallerPage(
                self.session,
                self.exchange.deployment.http_api_url,
                self.jukebox,
                real_links(CALLER_TONE, TONES),
                pace=pace,
            )
            await page.dial(line, language)
            return page

        caller = WebCaller(self, self.loop.run(dial()))
        self._callers.append(caller)
        return caller

    def heard(self, mesh: Any, peer: str) -> dict[int, int]:
        """Return the frames of each tone that a page heard from a member, so far."""

        def look() -> dict[int, int]:
            link = mesh.link(peer)
            return dict(link.ear.heard) if link is not None and link.ear is not None else {}

        return self.loop.do(look)

    def go_home(self) -> None:
        """Close every caller's page and end the calls."""
        supervisors, self._supervisors = self._supervisors, []
        for desk in supervisors:
            desk.leave()
        callers, self._callers = self._callers, []
        for caller in callers:
            if not caller.page.done:
                caller.hang_up()
                caller.over()
            self.loop.run(caller.page.close())
            assert caller.page.failure is None, caller.page.failure
            until(lambda c=caller: self._settled(c), f"the end of {caller.contact}", 40)

    def close(self) -> None:
        """End the pages' loop."""
        self.loop.run(self.session.close())
        self.loop.stop()

    def _settled(self, caller: WebCaller) -> bool:
        contact = self.exchange.app.store.contact(caller.contact)
        return contact is None or contact.ended or contact.state == "WRAPUP"

    async def _open(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))

    def _give_voice(self) -> None:
        """Make this speech server the one that the deployed functions speak with."""
        deployment = self.exchange.deployment
        functions = client("lambda", deployment.endpoint)
        name = deployment.functions["realtime"]
        found = functions.get_function_configuration(FunctionName=name)
        variables = {
            **found["Environment"]["Variables"],
            "POLLY_ENDPOINT_URL": self.speech.url,
        }
        functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": variables}
        )


@contextmanager
def opened(exchange: Exchange) -> Iterator[WebCentre]:
    """Give a deployment a voice and pages for as long as told."""
    with SpeechServer() as speech:
        centre = WebCentre(exchange, speech)
        try:
            yield centre
        finally:
            centre.close()


def talking(one: Callable[[], dict[int, int]], tone: int, more: int = ENOUGH) -> None:
    """Wait until one side hears a tone for a while longer."""
    before = one().get(tone, 0)
    until(lambda: one().get(tone, 0) >= before + more, f"{tone} Hz; heard {one()}", 20)
