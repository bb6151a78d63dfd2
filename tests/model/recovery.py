"""From any state of the small model, all workers dead, the repairs bring the centre to rest.

Twice: with every message delivered in the end, and with every timer and nudge lost, so that the
stream and the minute sweep are all there is.
"""

from __future__ import annotations

from centralino.adapters.memory.stream import Change
from centralino.application.ports import Item
from centralino.domain.agents.model import Agent
from centralino.domain.configuration.model import Configuration
from tests.model.plant import Plant
from tests.model.small_world import NOW, POOL, State, load


def comes_to_rest(state: State, rules: Configuration) -> None:
    """Check that repairs suffice, whatever was lost."""
    for lost in (False, True):
        plant_of(state, rules, lost=lost).come_to_rest()


def plant_of(state: State, rules: Configuration, *, lost: bool) -> Plant:
    """Return a centre with this state in it and, unless lost, its messages still to come."""
    plant = Plant(rules, start=NOW)
    world = plant.world
    for image in state.stream:
        change = Change("agents" if isinstance(image, Agent) else "contacts", image)
        plant.stream.offer(change)
        plant.witness.offer(change)
    plant.witness.sent(tuple(state.timers))
    plant.witness.evidence()
    for table, images in (
        (world.store._contacts, state.contacts),
        (world.store._agents, state.agents),
    ):
        for image in images:
            load(table, image, image)
    for pk, sk, attributes in state.items:
        world.operations.put(Item(pk, sk, dict(attributes)))
    world.media.gone |= state.gone
    if not lost:
        world.timers.send(sorted(state.timers, key=lambda t: (t.kind, t.key, t.rid or "")))
        if state.nudged:
            world.nudges.send(POOL)
    return plant
