"""Flows walked by hand: what a test says to one."""

from __future__ import annotations

from centralino.domain.flows import machine
from centralino.domain.flows.conditions import Facts, NothingKnown
from centralino.domain.flows.inputs import Given
from centralino.domain.flows.machine import Outcome, Scene
from centralino.domain.flows.model import Flows

SCENE = Scene(line="italian", language="it")


def begun(flows: Flows, flow: str, scene: Scene = SCENE, facts: Facts | None = None) -> Outcome:
    """Return what a caller of a flow hears first."""
    return machine.begin(flows, flow, flows[flow].version, scene, facts or NothingKnown())


def pressed(
    flows: Flows, flow: str, *digits: str, scene: Scene = SCENE, facts: Facts | None = None
) -> Outcome:
    """Return where a caller of a flow gets who presses these, one after the other."""
    outcome = begun(flows, flow, scene, facts)
    for keys in digits:
        outcome = machine.advance(
            flows, scene, outcome.position, Given(keys), facts or NothingKnown()
        )
    return outcome
