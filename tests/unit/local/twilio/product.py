"""A product in miniature: a web app that answers webhooks with TwiML and remembers what it got."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from local.twilio import Carrier, Timing

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "test-token"
CALLER = "+393330000001"
LINE = "+390200000001"
API = f"/2010-04-01/Accounts/{ACCOUNT}"
# Answers, and then nothing for a minute: a document that begins with Pause does not answer.
HOLD = '<Say>Hello</Say><Pause length="60"/>'
# A protocol second lasts 20 ms, so that a Gather's five seconds are a tenth of one.
QUICK = Timing(protocol_speed=50.0)

Page = str | Callable[["Hit"], str | web.Response | Awaitable[str | web.Response]]


@dataclass(frozen=True)
class Hit:
    """One webhook as the product got it."""

    path: str
    params: dict[str, str]
    signed: bool
    method: str
    content_type: str
    signature: str


class Product:
    """Answers each path with a page: TwiML verbs, or a function of the hit that gives them."""

    def __init__(self, **pages: Page) -> None:
        self.pages: dict[str, Page] = dict(pages)
        self.hits: list[Hit] = []
        self.url = ""
        self._moved = asyncio.Event()

    def on(self, path: str) -> list[Hit]:
        return [hit for hit in self.hits if hit.path == path]

    def events(self, path: str) -> list[str]:
        return [hit.params.get("StatusCallbackEvent", "") for hit in self.on(path)]

    async def until(self, path: str, count: int = 1, within: float = 5.0) -> list[Hit]:
        """Wait for the ``count``-th webhook of a path."""
        async with asyncio.timeout(within):
            while len(self.on(path)) < count:
                self._moved.clear()
                await self._moved.wait()
        return self.on(path)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        form = MultiDict((await request.post()).items())
        url = f"{self.url}{request.rel_url.raw_path}"
        if request.rel_url.raw_query_string:
            url += f"?{request.rel_url.raw_query_string}"
        signature = request.headers.get("X-Twilio-Signature", "")
        hit = Hit(
            path=request.path.strip("/"),
            params={**request.query, **{name: str(value) for name, value in form.items()}},
            signed=RequestValidator(TOKEN).validate(url, form, signature),
            method=request.method,
            content_type=request.content_type,
            signature=signature,
        )
        self.hits.append(hit)
        self._moved.set()
        page = self.pages.get(hit.path, "")
        answer = page(hit) if callable(page) else page
        text = answer if isinstance(answer, str | web.Response) else await answer
        if isinstance(text, web.Response):
            return text
        return web.Response(text=f"<Response>{text}</Response>", content_type="text/xml")


@asynccontextmanager
async def world(product: Product, **options: Any) -> AsyncIterator[tuple[Carrier, Rest]]:
    """Run a product, a carrier beside it and a REST client of the carrier."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", product.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    product.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    options = {
        "voice_path": "/voice", "status_path": "/status", "timing": QUICK, "speed": 50.0,
        "calls_per_second": 0, **options,
    }  # fmt: skip
    try:
        async with Carrier(ACCOUNT, TOKEN, product.url, **options) as carrier:
            secret = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}
            async with aiohttp.ClientSession(carrier.url, headers=secret) as session:
                yield carrier, Rest(session)
    finally:
        await runner.cleanup()


class Rest:
    """A client of the REST API."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def post(self, path: str, *more: tuple[str, str], **form: Any) -> tuple[int, Any]:
        return await self.send("POST", path, data=[*form.items(), *more])

    async def get(self, path: str, **query: Any) -> tuple[int, Any]:
        return await self.send("GET", path, params=query)

    async def send(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        async with self._session.request(method, API + path, **options) as response:
            body = None if response.status == 204 else await response.json()
            return response.status, body


def live(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run an async test on a loop of its own, cut off after ten seconds."""

    def run(*args: Any, **options: Any) -> None:
        async def bounded() -> None:
            async with asyncio.timeout(10):
                await test(*args, **options)

        asyncio.run(bounded())

    run.__name__ = test.__name__
    run.__doc__ = test.__doc__
    run.__wrapped__ = test  # type: ignore[attr-defined]
    return run


def centre(room: str = "ct_1") -> Product:
    """Give a product with the pages of a plain call centre: menu, queue, conference."""
    return Product(
        voice='<Gather numDigits="1" action="menu" timeout="5"><Say>Press one</Say></Gather>'
        "<Redirect>voice</Redirect>",
        menu=f'<Enqueue action="left" waitUrl="wait">{room}</Enqueue>',
        wait='<Say>Please hold</Say><Pause length="10"/>',
        left="<Hangup/>",
        present=f'<Dial><Conference endConferenceOnExit="true">{room}</Conference></Dial>',
    )


async def offer(rest: Rest, product: Product, agent: str = "ag_1", **more: Any) -> Any:
    """Ask the carrier to ring an agent into the room, as the product does on accept."""
    status, body = await rest.post(
        "/Conferences/ct_1/Participants.json",
        **{
            "To": f"client:{agent}", "From": LINE, "Label": "ct_1#2",
            "EndConferenceOnExit": "false", "StatusCallback": f"{product.url}/leg",
            "StatusCallbackEvent": "initiated ringing answered completed",
            "ConferenceStatusCallback": f"{product.url}/conference",
            "ConferenceStatusCallbackEvent": "start end join leave hold mute modify",
            **more,
        },
    )  # fmt: skip
    assert status == 201, body
    return body
