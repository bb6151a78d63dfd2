"""The live picture: folded from events, whatever order they come in."""

from __future__ import annotations

import io

from rich.console import Console

from local.demo.live import Ended, Live
from local.demo.view import View
from tests.unit.local.demo.good_run import CALLS, NOON, World, good_run


def live_of(world: World) -> Live:
    names = {agent: f"agent {place}" for place, agent in enumerate(world.agents, start=1)}
    return Live(names, ["sales", "support"], target_ms=2_000)


def halfway() -> World:
    """One caller in the menu, one waiting, one talking; one agent on a break."""
    world = World()
    first = world.hire(1)
    world.hire(2)
    talking, waiting, _ = (world.dial(call) for call in CALLS[:3])
    world.enqueue(talking)
    world.accept(talking, world.offer(talking, first))
    world.enqueue(waiting)
    return world


def test_queues_agents_and_steps_at_one_moment() -> None:
    world = halfway()
    live = live_of(world)
    for event in world.events:
        live.hear(event)
    now = live.now(world.now + 3_000)
    assert (now.started, now.ended, now.answered, now.abandoned) == (3, 0, 1, 0)
    assert (now.steps["menu"], now.steps["waiting"], now.steps["talking"]) == (1, 1, 1)
    sales, support = now.queues
    assert (sales.name, sales.waiting, sales.longest_s) == ("sales", 1, 3.0)
    assert (support.waiting, support.longest_s) == (0, 0.0)
    assert now.agents == {"agent 1": "talking", "agent 2": "routable"}
    assert live.ended() == Ended(contacts=3, open=3)


def test_order_and_repetition_do_not_matter() -> None:
    world = good_run()
    straight, shuffled = live_of(world), live_of(world)
    for event in world.events:
        straight.hear(event)
    for event in [*world.events[::-1], *world.events[:7]]:
        shuffled.hear(event)
    first, second = straight.now(world.now), shuffled.now(world.now)
    assert (first.started, first.ended) == (5, 5)
    assert (first.answered, first.abandoned, first.self_served) == (2, 2, 1)
    assert first.service_level == second.service_level == 0.25
    assert first.agents == second.agents == {"agent 1": "offline", "agent 2": "offline"}
    assert straight.ended() == shuffled.ended() == Ended(contacts=5, open=0)


def test_a_reason_is_shown_with_the_state() -> None:
    world = good_run()
    live = live_of(world)
    for event in world.events:
        if event["detail"]["data"].get("state") != "OFFLINE":
            live.hear(event)
    assert live.now(NOON).agents["agent 2"] == "not ready (rona)"


def test_the_picture_and_the_line_say_the_same() -> None:
    world = halfway()
    live = live_of(world)
    for event in world.events:
        live.hear(event)
    screen = io.StringIO()
    console = Console(file=screen, width=160)
    view = View(live, console, headless=True, speed=10, total=5, made=lambda: 3)
    now = live.now(world.now + 3_000)
    line = view.line(now)
    assert "calls 3/5" in line
    assert "waiting 1 (longest 3.0 s)" in line
    assert "talking 1" in line
    console.print(view.picture(now))
    shown = screen.getvalue()
    assert "30 s" in shown, "waits are shown in the day's seconds"
    assert "agent 1" in shown
    assert "talking" in shown
