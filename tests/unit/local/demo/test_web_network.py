"""The demo's calls between pages: what is counted, and a call that cannot even be placed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from aiohttp import web

from local.demo.calls import ENGLISH_LINE, CallPlan, Intent
from local.demo.network import OnTheLine, Sound
from local.demo.settings import DemoSettings
from local.demo.web_network import WebNetwork

PLAN = CallPlan(1, 0.0, "+39", ENGLISH_LINE, Intent.TALK, ("1",), 1.0, None, 60.0)


class Door:
    """The two addresses of a deployment that refuses every call."""

    def __init__(self, base: str) -> None:
        self.http_api_url = base
        self.websocket_url = base.replace("http", "ws", 1)


def run(story: Callable[[WebNetwork, list[Any]], Awaitable[None]], status: int = 404) -> None:
    async def go() -> None:
        asked: list[Any] = []

        async def refuse(request: web.Request) -> web.Response:
            asked.append(await request.json() if request.method == "POST" else request.path)
            return web.Response(status=status, text="{}")

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", refuse)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with aiohttp.ClientSession() as session:
            door: Any = Door(base)
            network = WebNetwork(session, door, DemoSettings(media=0.0, provider="webvoice"))
            await story(network, asked)
            await network.close()
        await runner.cleanup()

    asyncio.run(go())


async def nobody(_line: OnTheLine) -> None:
    raise AssertionError("a call that was refused has no script")


def test_a_call_that_is_refused_is_an_alert_and_no_call() -> None:
    async def story(network: WebNetwork, asked: list[Any]) -> None:
        line = await network.call(PLAN, nobody)
        assert network.unanswered() == 1, "it waits for its first answer"
        await network.settled()
        assert await line.ended(within=5)
        assert asked == [{"line": "web", "language": "en"}]
        assert (list(network.calls), network.alerts, network.unanswered()) == ([], 1, 0)

    run(story, status=403)


def test_errors_of_a_talk_that_ended_meanwhile_are_nobodys_fault() -> None:
    async def story(network: WebNetwork, _asked: list[Any]) -> None:
        line: Any = await network.call(PLAN, nobody)
        line.page.errors += ["not_in_room", "unknown_call"]
        await network.settled()
        before = network.alerts
        line.page.errors.append("bad_frame")
        assert network.alerts == before + 1

    run(story)


def test_without_sound_nothing_was_to_be_heard() -> None:
    async def story(network: WebNetwork, _asked: list[Any]) -> None:
        await network.call(PLAN, nobody)
        assert network.sound == Sound(0, 0)

    run(story)


def test_warming_up_asks_both_doors_and_is_refused() -> None:
    async def story(network: WebNetwork, asked: list[Any]) -> None:
        await network.warm_up(3)
        assert len(asked) == 6

    run(story)
