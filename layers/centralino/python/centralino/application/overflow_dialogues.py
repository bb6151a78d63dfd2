"""Callers whom a queue cannot take, or keeps too long, led into a dialogue about a call back.

At the door the dialogue comes instead of the line; what it says is what happens. In line it comes
in the waiting loop, as an offer that was taken does: the caller waits on, the place stays, and an
agent who is found comes first. A ``return`` in the dialogue leads back to where they came from:
into the line, or, from the door, to the word that the queue cannot take them. Nobody is led twice
in one leg: the contact keeps in which one they were, written with the dialogue's first step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from centralino.application import admission, flow_turns
from centralino.application.app import App
from centralino.application.flow_places import flows_of
from centralino.domain.configuration.model import Configuration
from centralino.domain.configuration.overflow import Diversion, dialogue
from centralino.domain.contacts.model import Contact, ContactState, FlowPosition
from centralino.domain.contacts.overflow import led_away, overflowed, waited, was_led
from centralino.domain.flows import machine
from centralino.domain.flows.machine import Outcome
from centralino.domain.flows.model import Enqueue


def in_line(
    app: App, contact: Contact, configuration: Configuration, cause: str | None
) -> tuple[Contact, Outcome] | None:
    """Return where a waiting caller is led now, and the contact to write it with; or ``None``."""
    waits = contact.state is ContactState.WAITING and contact.parent is None
    if not waits or contact.owes_callback or contact.flow is None or was_led(contact):
        return None
    now = app.clock.now()
    state = admission.state(app, configuration)
    way = dialogue(configuration, contact.queue or "", waited(contact, now), state)
    if way is None:
        return None
    step = machine.step_at(flows_of(app, contact.flow, configuration), contact.flow)
    if not isinstance(step, Enqueue):
        return None
    here = Outcome((), contact.flow, step, contact.language)
    return led(app, contact, here, [way], configuration, cause)


def led(
    app: App,
    contact: Contact,
    outcome: Outcome,
    diversions: Sequence[Diversion],
    configuration: Configuration,
    cause: str | None,
) -> tuple[Contact, Outcome]:
    """Return the contact marked as led, and the first step of the last diversion's dialogue."""
    flow = diversions[-1].flow or ""
    position = _position(app, outcome.position, flow, configuration)
    events = overflowed(diversions, waited(contact, app.clock.now()))
    marked = led_away(contact)
    turn = flow_turns.turn_of(app, replace(marked, flow=position), configuration, cause)
    here = replace(outcome, position=position, events=(*outcome.events, *events))
    after = machine.led(turn.flows, turn.scene, here, flow, turn.facts)
    return marked, flow_turns.settled(turn, after)


def _position(
    app: App, position: FlowPosition, flow: str, configuration: Configuration
) -> FlowPosition:
    """Return where the caller stands, in the version of the rules that has the dialogue.

    That is the one the call began with, unless the dialogue is newer.
    """
    if flow in flows_of(app, position, configuration):
        return position
    return replace(position, version=configuration.version)
