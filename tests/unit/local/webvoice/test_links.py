"""Two pages connect for real, and what one says the other hears: or not, when it is not to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest

from local.webvoice import Link, Links, RtcLink, real_links, silent_links
from local.webvoice.sound import FRAME, RATE, Ear, Tone, recognised
from tests.unit.local.webvoice.pages import eventually

LOW, HIGH = TONES = (400, 700)


class Pair:
    """Two connections whose signals reach each other."""

    def __init__(self, one: Links, other: Links) -> None:
        self.said: list[dict[str, Any]] = []
        self.deaf = False
        self._tasks: list[asyncio.Task[None]] = []
        self.one = one(self._to(lambda: self.other), [])
        self.other = other(self._to(lambda: self.one), [])

    def _to(self, whom: Callable[[], Link]) -> Callable[[dict[str, Any]], Awaitable[None]]:
        line: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

        async def carry() -> None:
            while True:
                await whom().take(await line.get())

        self._tasks.append(asyncio.create_task(carry()))

        async def say(data: dict[str, Any]) -> None:
            self.said.append(data)
            line.put_nowait(data)

        return say

    async def connect(self) -> None:
        await self.one.offer()
        for link in (self.one, self.other):
            await asyncio.wait_for(link.connected.wait(), 20)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self.one.close()
        await self.other.close()


def run(one: Links, other: Links, story: Callable[[Pair], Awaitable[None]]) -> None:
    async def go() -> None:
        pair = Pair(one, other)
        try:
            await story(pair)
        finally:
            await pair.close()

    asyncio.run(go())


def heard(link: Link, tone: int) -> int:
    assert isinstance(link, RtcLink)
    assert link.ear is not None
    return link.ear.heard[tone]


def test_two_pages_hear_each_other_and_nothing_else() -> None:
    async def story(pair: Pair) -> None:
        await pair.connect()
        await eventually(lambda: heard(pair.one, HIGH) > 5 and heard(pair.other, LOW) > 5, 20)
        assert heard(pair.one, LOW) == heard(pair.other, HIGH) == 0

    run(real_links(LOW, TONES), real_links(HIGH, TONES), story)


def test_who_is_not_let_is_not_heard_and_hears_nobody_until_let_again() -> None:
    async def story(pair: Pair) -> None:
        pair.one.let(send=False, receive=True)
        pair.other.let(send=True, receive=True)
        await pair.connect()
        await eventually(lambda: heard(pair.one, HIGH) > 20, 20)
        assert heard(pair.other, LOW) == 0, "the muted one was heard"
        pair.one.let(send=True, receive=False)
        # What is on its way is a few frames at most.
        await eventually(lambda: heard(pair.other, LOW) > 20, 20)
        silent = heard(pair.one, HIGH)
        await eventually(lambda: heard(pair.other, LOW) > 50, 20)
        assert heard(pair.one, HIGH) == silent, "a closed ear heard"

    run(real_links(LOW, TONES), real_links(HIGH, TONES), story)


@pytest.mark.parametrize("offers", [True, False])
def test_a_page_with_sound_does_without_where_the_other_has_none(offers: bool) -> None:
    ways = (real_links(LOW, TONES), silent_links)

    async def story(pair: Pair) -> None:
        await pair.connect()
        assert not any("v=0" in str(data.get("sdp")) for data in pair.said[1:])

    run(*(ways if offers else ways[::-1]), story)


def test_an_answer_that_nobody_waits_for_changes_nothing() -> None:
    async def story(pair: Pair) -> None:
        await pair.connect()
        answer = next(data for data in pair.said if data["type"] == "answer")
        await pair.one.take(answer)
        await pair.one.take({"type": "candidate", "candidate": None})
        await eventually(lambda: heard(pair.one, HIGH) > 5, 20)

    run(real_links(LOW, TONES), real_links(HIGH, TONES), story)


def test_a_candidate_as_a_browser_sends_it_is_taken() -> None:
    async def story(pair: Pair) -> None:
        await pair.connect()
        line = "candidate:1 1 udp 2130706431 127.0.0.1 50000 typ host"
        told = {"candidate": line, "sdpMid": "0", "sdpMLineIndex": 0}
        await pair.one.take({"type": "candidate", "candidate": told})
        await eventually(lambda: heard(pair.one, HIGH) > 5, 20)

    run(real_links(LOW, TONES), real_links(HIGH, TONES), story)


# --------------------------------------------------------------------------- sound


def tone(hertz: float, loud: float = 8_000, count: int = FRAME) -> np.ndarray:
    return loud * np.sin(2 * np.pi * hertz * np.arange(count) / RATE)


@pytest.mark.parametrize(
    ("sound", "found"),
    [
        (tone(LOW), LOW),
        (tone(HIGH), HIGH),
        (tone(LOW) + tone(HIGH, 1_000), LOW),
        (tone(1_200), None),
        (tone(LOW, 50), None),
        (np.zeros(FRAME), None),
        (np.zeros(0), None),
        (np.random.default_rng(1).normal(0, 8_000, FRAME), None),
    ],
)
def test_a_tone_is_recognised_by_its_share_of_the_energy(
    sound: np.ndarray, found: int | None
) -> None:
    assert recognised(sound, RATE, TONES) == found


def test_an_inaudible_tone_is_silence_and_an_ear_ends_with_its_track() -> None:
    async def go() -> None:
        voice, ear = Tone(LOW), Ear(TONES)
        listening = asyncio.create_task(ear.listen(voice))
        await eventually(lambda: ear.heard[LOW] > 3)
        voice.audible = False
        for _ in range(3):
            frame = await voice.recv()
        assert not frame.to_ndarray().any()
        voice.stop()
        await asyncio.wait_for(listening, 5)

    asyncio.run(go())
