"""The callers: at their times, by their habits, and no faster than the machine can answer."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from typing import Any

from local.demo.callers import MOST_UNANSWERED, Callers
from local.demo.calls import ITALIAN_LINE, CallPlan, Intent
from local.demo.switchboard import Switchboard
from local.demo.twilio_network import TwilioNetwork
from local.twilio.journal import Journal, WebhookEntry


class SlowProduct:
    """A carrier whose webhooks are answered after a while."""

    def __init__(self, answers_after: float) -> None:
        self._after = answers_after
        self.journal = Journal()
        self.called: list[float] = []
        self.most = 0

    async def call(self, _from: str, to: str, _script: Any) -> None:
        self.called.append(time.monotonic())
        entry = WebhookEntry("twiml", "", "CA1", "POST", to, ())
        self.journal.add_webhook(entry)
        self.most = max(self.most, sum(not (e.status or e.error) for e in self.journal.webhooks))
        asyncio.get_running_loop().call_later(self._after, self._answer, entry)

    def _answer(self, entry: WebhookEntry) -> None:
        # A webhook that found nobody is settled as well.
        entry.status, entry.error = (200, "") if len(self.called) % 2 else (0, "timeout")


def plans(count: int, gap_s: float) -> list[CallPlan]:
    return [
        CallPlan(number, number * gap_s, "+39", ITALIAN_LINE, Intent.TALK, ("1",), 1.0, None, 60.0)
        for number in range(count)
    ]


async def play(carrier: Any, day: list[CallPlan], speed: float) -> Callers:
    made = Callers(TwilioNetwork(carrier), Switchboard(b"key"), speed)
    people = await made.play(day)
    assert len(people) == made.made == len(day)
    return made


def test_calls_are_made_at_their_times_divided_by_the_speed() -> None:
    carrier = SlowProduct(answers_after=0.0)
    made = asyncio.run(play(carrier, plans(5, gap_s=10.0), speed=100.0))
    gaps = [b - a for a, b in pairwise(carrier.called)]
    assert all(0.08 < gap < 0.3 for gap in gaps)
    assert made.held_s < 0.05


def test_the_clock_stands_still_while_the_machine_is_behind() -> None:
    carrier = SlowProduct(answers_after=0.3)
    made = asyncio.run(play(carrier, plans(12, gap_s=0.1), speed=100.0))
    assert carrier.most == MOST_UNANSWERED
    # Twelve calls, four at a time, 0.3 s each: the last four are made after two rounds.
    assert 0.5 < made.held_s < 1.5


def test_what_was_held_back_moves_the_rest_of_the_day() -> None:
    carrier = SlowProduct(answers_after=0.3)
    day = [*plans(MOST_UNANSWERED + 1, gap_s=0.0), *plans(2, gap_s=20.0)[1:]]
    made = asyncio.run(play(carrier, day, speed=100.0))
    first, last = carrier.called[0], carrier.called[-1]
    assert last - first >= 0.2 + made.held_s - 0.05
