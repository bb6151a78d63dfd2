"""The caller's page carries out what it is told, and what comes late or twice does no harm."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from centralino.adapters.prompts import wav
from local.webvoice import CallEnded, Gathering, Jukebox, PageError
from tests.unit.local.webvoice.pages import (
    Links,
    Page,
    actions,
    eventually,
    gather,
    peer,
    play,
    room,
)


def run(story: Callable[[Page, Links], Awaitable[None]], prompt_s: float = 0.0) -> None:
    async def go() -> None:
        links = Links()
        page = Page(links, prompt_s=prompt_s)
        await story(page, links)
        await page.close()

    asyncio.run(go())


def bridge(version: int, *peers: Any, **more: Any) -> dict[str, Any]:
    return {**room(version, *peers, me="caller", **more), "do": "bridge"}


# --------------------------------------------------------------------------- keys


def test_a_key_is_the_answer_to_the_step_that_asked() -> None:
    async def story(page: Page, _links: Links) -> None:
        await page.hear(actions(1, play("welcome"), gather("menu#1")))
        asked = await page.prompt()
        assert asked is not None
        assert asked.texts == ["press 1"]
        assert await page.press("2")
        answer = await eventually(lambda: page.sent)
        assert answer[-1]["event"] == "input"
        assert (answer[-1]["step"], answer[-1]["digits"]) == ("menu#1", "2")
        assert page.heard == ["welcome", "press 1"]
        assert not await page.press("3"), "nobody listens any more"

    run(story)


def test_a_key_interrupts_what_is_said() -> None:
    async def story(page: Page, _links: Links) -> None:
        await page.hear(actions(1, gather()))
        await page.prompt()
        await page.press("1")
        # At this pace the prompt alone would take a hundred seconds.
        await eventually(lambda: page.events() == ["input"])

    run(story, prompt_s=10_000.0)


def test_silence_is_an_empty_answer() -> None:
    async def story(page: Page, _links: Links) -> None:
        await page.hear(actions(1, gather(timeout_s=1)))
        await eventually(lambda: page.sent)
        assert page.sent[0]["digits"] == ""

    run(story)


@pytest.mark.parametrize(("pressed", "keys"), [("123", "123"), ("12#", "12"), ("#", ""), ("1", "")])
def test_several_keys_end_with_their_number_or_the_hash(pressed: str, keys: str) -> None:
    gathering = Gathering(gather(digits=3), 1)
    for key in pressed:
        assert gathering.press(key)
    assert gathering.done is (pressed != "1")
    if gathering.done:
        assert gathering.keys == keys
        assert not gathering.press("9")


# --------------------------------------------------------------------------- lists


def test_a_later_list_replaces_the_one_being_played_and_an_earlier_one_is_ignored() -> None:
    async def story(page: Page, _links: Links) -> None:
        await page.hear(actions(2, play("slow"), play("never heard")))
        await eventually(lambda: page.heard == ["slow"])
        await page.hear(actions(4, play("new")))
        await page.hear(actions(3, play("old")))
        await page.hear(actions(4, play("again")))
        await eventually(lambda: page.heard == ["slow", "new"])

    run(story, prompt_s=500.0)


def test_a_list_of_another_call_is_nobodys() -> None:
    async def story(page: Page, _links: Links) -> None:
        await page.hear({**actions(1, play("x")), "call": "wv_00000000000000000000000009"})
        await page.hear(actions(1, play("mine")))
        await eventually(lambda: page.heard == ["mine"])

    run(story)


def test_the_queue_is_asked_again_once_everything_is_played() -> None:
    async def story(page: Page, _links: Links) -> None:
        await page.hear(actions(1, play("hold the line"), {"do": "queue"}))
        await eventually(lambda: page.events() == ["wait"])
        assert page.place == "queue"
        wait = {"do": "ask", "event": "wait"}
        await page.hear(actions(2, {"do": "pause", "seconds": 1}, wait, answers="wait"))
        await eventually(lambda: page.events() == ["wait", "wait"])

    run(story)


def test_to_be_asked_is_to_ask_what_to_do_now() -> None:
    async def story(page: Page, _links: Links) -> None:
        await page.hear({"type": "ask", "call": page.call, "event": "present"})
        assert page.sent[-1]["event"] == "present"
        assert page.sent[-1]["fresh"] is False
        await page.hear({"type": "ask", "call": page.call, "event": "announce"})
        assert page.events() == ["present", "announce"]
        assert "fresh" not in page.sent[-1]

    run(story)


# --------------------------------------------------------------------------- talking


def test_a_bridge_leads_into_the_room_and_joined_is_told_once_connected() -> None:
    async def story(page: Page, links: Links) -> None:
        await page.hear(actions(1, bridge(2, peer("agent", 1, offer=True), seat=2)))
        await eventually(lambda: links.made)
        assert "joined" not in page.events()
        links.made[0].connected.set()
        await eventually(lambda: page.events() == ["joined"])
        assert page.talking
        await page.hear(actions(2, {"do": "queue"}, answers="present"))
        await eventually(lambda: page.events()[-1] == "wait")
        assert links.made[0].closed

    run(story)


def test_on_hold_the_words_go_round_until_the_talk_goes_on() -> None:
    async def story(page: Page, links: Links) -> None:
        agent = peer("agent", 1, offer=True)
        await page.hear(actions(1, bridge(2, agent, seat=2)))
        await eventually(lambda: links.made)
        links.made[0].connected.set()
        await eventually(lambda: page.talking)
        again = {"do": "ask", "event": "hold"}
        # Too early: nobody is on hold.
        await page.hear(actions(2, play("wrong"), again, answers="hold"))
        await page.hear(room(3, agent, me="caller", seat=2, held=True))
        assert page.events().count("hold") == 1
        assert not page.talking
        await page.hear(actions(3, play("please hold"), again, answers="hold"))
        await eventually(lambda: page.events().count("hold") == 2)
        await page.hear(actions(4, play("please hold"), {"do": "pause", "seconds": 900}, again,
                                answers="hold"))  # fmt: skip
        await eventually(lambda: page.heard.count("please hold") == 2)
        await page.hear(room(4, agent, me="caller", seat=2))
        assert page.talking
        assert "wrong" not in page.heard
        assert not links.made[0].closed, "on hold is still connected"
        assert page.events().count("hold") == 2

    run(story)


def test_an_announcement_is_heard_over_the_talk_and_ends_nothing() -> None:
    async def story(page: Page, links: Links) -> None:
        await page.hear(actions(1, bridge(2, peer("agent", 1, offer=True), seat=2)))
        await eventually(lambda: links.made)
        await page.hear(actions(2, play("this call is recorded"), answers="announce"))
        await eventually(lambda: page.heard == ["this call is recorded"])
        assert not links.made[0].closed

    run(story)


def test_left_closes_the_room_and_the_next_list_says_what_then() -> None:
    async def story(page: Page, links: Links) -> None:
        await page.hear(actions(1, bridge(2, peer("agent", 1, offer=True), seat=2)))
        await eventually(lambda: links.made)
        left = {"type": "left", "me": "caller", "version": 3, "reason": "recalled"}
        await page.hear({**left, "room": page.mesh.room})
        assert links.made[0].closed
        assert not page.done

    run(story)


# --------------------------------------------------------------------------- the end


def test_told_to_hang_up_the_page_says_so_and_the_script_ends() -> None:
    async def story(page: Page, _links: Links) -> None:
        waiting = asyncio.ensure_future(page.connected(within=60))
        await page.hear(actions(1, play("goodbye"), {"do": "hangup"}))
        with pytest.raises(CallEnded):
            await waiting
        assert page.events() == ["hangup"]
        assert await page.ended(1.0)
        page.hang_up()
        assert page.events() == ["hangup"]

    run(story)


def test_an_action_no_page_knows_is_told_to_whoever_waits() -> None:
    async def story(page: Page, _links: Links) -> None:
        await page.hear(actions(1, {"do": "levitate"}))
        with pytest.raises(PageError, match="levitate"):
            await page.connected(within=60)

    run(story)


def test_errors_are_kept_and_strange_frames_ignored() -> None:
    async def story(page: Page, _links: Links) -> None:
        for frame in ({"type": "look"}, {"type": "novelty"}, {}, {"type": "error", "code": "bad"}):
            await page.hear(frame)
        assert page.errors == ["bad"]
        assert page.sent == []

    run(story)


def test_a_caller_who_waits_too_long_has_waited_so_long_and_goes_on() -> None:
    async def story(page: Page, _links: Links) -> None:
        assert not await page.connected(within=0.05)
        assert await page.prompt(within=0.05) is None

    run(story)


# --------------------------------------------------------------------------- prompts


def test_a_prompt_is_fetched_once_and_must_be_sound() -> None:
    asked: list[str] = []

    async def serve(request: web.Request) -> web.Response:
        asked.append(request.path)
        if request.path == "/second.wav":
            return web.Response(body=wav(bytes(2 * 8_000), 8_000))
        if request.path == "/words.wav":
            return web.Response(text="not a sound")
        return web.Response(status=404)

    async def go() -> None:
        app = web.Application()
        app.router.add_get("/{name}", serve)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with aiohttp.ClientSession() as session:
            jukebox = Jukebox(session)
            url = f"{base}/second.wav"
            lengths = await asyncio.gather(*(jukebox.seconds(url, None) for _ in range(5)))
            assert lengths == [1.0] * 5
            assert asked == ["/second.wav"]
            for name in ("words", "nothing"):
                with pytest.raises(PageError):
                    await jukebox.seconds(f"{base}/{name}.wav", None)
            assert await jukebox.seconds(None, "ten words!") > 0
            assert jukebox.wordless == 1
        await runner.cleanup()

    asyncio.run(go())
