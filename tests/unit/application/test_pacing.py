"""No carrier is asked for more calls in a second than it takes."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from random import Random
from threading import Barrier, Thread

import pytest

from centralino.adapters.memory.world import World, world
from centralino.application import pacing
from centralino.application.app import App
from centralino.application.ports import Item
from tests.support.centre import configuration


class Waits:
    """A pause that moves the clock, as one does that really waits."""

    longest_ms = 500

    def __init__(self, world: World) -> None:
        self._world = world
        self.waited: list[int] = []

    def __call__(self, milliseconds: int) -> None:
        self.waited.append(milliseconds)
        self._world.clock.move_to(self._world.clock.time + milliseconds)


def paced(rate: float) -> tuple[World, App]:
    outside = world(configuration())
    return outside, replace(outside.app, calls_per_second=rate)


def dials(outside: World, app: App, callers: int, late: float = 0.0) -> list[float]:
    """Let so many come at once, each again when told to; return when each call was made."""
    random, made = Random(7), []
    coming = [(outside.clock.time, number, False) for number in range(callers)]
    while coming:
        coming.sort()
        at, number, waited = coming.pop(0)
        outside.clock.move_to(max(at, outside.clock.time))
        moment = pacing.reserve(app, "twilio", waited=waited)
        if moment <= outside.clock.time:
            made.append(outside.clock.time)
        else:
            # A queue's delay is whole seconds, and somewhat late; a clock's is exact.
            grain = 1000 if app.pause.longest_ms else 1
            delay = -(-(moment - outside.clock.time) // grain) * grain
            coming.append((outside.clock.time + delay + random.random() * late, number, True))
    return made


def most_in_a_second(made: list[float]) -> int:
    return max(sum(start <= other < start + 1000 for other in made) for start in made)


@pytest.mark.parametrize(("rate", "late"), [(10, 0), (10, 900), (10, 4_000), (1, 900), (3, 300)])
@pytest.mark.parametrize("waits", [False, True])
def test_of_many_at_once_no_second_has_too_many_calls(
    rate: float, late: float, waits: bool
) -> None:
    outside, app = paced(rate)
    if waits:
        app = replace(app, pause=Waits(outside))
    began, callers = outside.clock.time, 60
    made = dials(outside, app, callers, late)
    assert len(made) == callers
    assert most_in_a_second(made) <= rate
    assert all(b - a >= 1000 / rate for a, b in pairwise(made))
    # Nobody waits for nothing: it takes no more than twice as long as it must.
    assert made[-1] - began <= 2 * callers * 1300 / rate + 2 * late + 2_000


def test_the_ways_to_the_carrier_may_differ_by_the_margin() -> None:
    outside, app = paced(10)
    made = dials(outside, replace(app, pause=Waits(outside)), 100, 900)
    random = Random(3)
    arrived = [at + random.random() * pacing.MARGIN_MS for at in made]
    assert most_in_a_second(arrived) <= 10


def test_a_single_call_is_made_at_once() -> None:
    outside, app = paced(1)
    assert pacing.reserve(app, "twilio") == outside.clock.now()
    outside.clock.move_to(outside.clock.time + 1_300)
    assert pacing.reserve(app, "twilio") == outside.clock.now()


def test_carriers_do_not_wait_for_each_other() -> None:
    outside, app = paced(1)
    assert pacing.reserve(app, "one") == outside.clock.now()
    assert pacing.reserve(app, "other") == outside.clock.now()


def test_where_nobody_limits_it_nothing_is_asked() -> None:
    outside, app = paced(0)
    before = outside.faults.boundaries
    assert all(pacing.reserve(app, "twilio") == outside.clock.now() for _ in range(50))
    assert outside.faults.boundaries == before


def test_who_comes_while_others_stand_in_line_does_not_pass_them() -> None:
    outside, app = paced(1)
    now = outside.clock.now()
    pacing.reserve(app, "twilio")
    first = pacing.reserve(app, "twilio")
    second = pacing.reserve(app, "twilio")
    assert now < first < second
    # The gate is open again, but two are on their way to it.
    outside.clock.move_to(first)
    assert pacing.reserve(app, "twilio") > second
    assert pacing.reserve(app, "twilio", waited=True) == first


def test_who_comes_back_too_early_keeps_the_place() -> None:
    outside, app = paced(1)
    pacing.reserve(app, "twilio")
    gate = outside.clock.now() + 1_300
    before = outside.operations.get("pacing#twilio", "next")
    assert pacing.reserve(app, "twilio", waited=True) == gate
    assert outside.operations.get("pacing#twilio", "next") == before


def test_calls_are_made_while_others_ask_at_the_same_moment() -> None:
    outside, app = paced(10)
    barrier, told = Barrier(16), []

    def ask() -> None:
        barrier.wait()
        told.append(pacing.reserve(app, "twilio"))

    threads = [Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 16
    assert sum(moment <= outside.clock.now() for moment in told) == 1
    later = sorted(moment for moment in told if moment > outside.clock.now())
    # The others have places of their own, but for those who are to ask again since it was crowded.
    crowded = outside.clock.now() + 2_000
    places = [moment for moment in later if moment != crowded]
    assert len(set(places)) >= len(places) - 1


def test_where_everybody_else_is_faster_it_is_asked_again_later() -> None:
    outside, app = paced(10)
    outside.operations.put(Item("pacing#twilio", "next", {"count": 1, "gate": 0, "line": 0}))

    class Busy:
        def __getattr__(self, name: str) -> object:
            return getattr(outside.operations, name)

        def put_if(self, *_: object, **__: object) -> bool:
            return False

    crowded = replace(app, operations=Busy())  # type: ignore[arg-type]
    assert pacing.reserve(crowded, "twilio") > outside.clock.now()
    assert [line for line in outside.log.lines if line.message == "pacing_crowded"]


@pytest.mark.parametrize("rate", [3, 7, 8, 9, 11, 30, 77])
def test_a_distance_that_is_no_whole_millisecond_lets_no_call_more_in(rate: int) -> None:
    outside, app = paced(rate)
    gates = []
    for _ in range(3 * rate):
        moment = pacing.reserve(app, "twilio", waited=True)
        if moment > outside.clock.now():
            outside.clock.move_to(moment)
            assert pacing.reserve(app, "twilio", waited=True) == moment
        gates.append(outside.clock.now())
    margin = 1000 + pacing.MARGIN_MS
    assert max(sum(a <= b < a + margin for b in gates) for a in gates) <= rate
