"""The interpreter of call flows: position and input in, prompts and next position out.

It decides what the caller hears and where the call stands. It never writes, and knows no
provider's words.
"""

from __future__ import annotations

from dataclasses import dataclass

from centralino.domain.contacts.model import FlowPosition
from centralino.domain.errors import RuleViolation
from centralino.domain.flows.model import Enqueue, Flow, Hangup, Menu, Say, Texts

MAX_SAYS = 50


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happens next in a call.

    Attributes
    ----------
    prompts : tuple of texts by language
        To be heard now, in order.
    position : FlowPosition
        Where the call stands; its step is a :class:`Menu`, :class:`Enqueue` or :class:`Hangup`.
    step : Menu | Enqueue | Hangup
    """

    prompts: tuple[Texts, ...]
    position: FlowPosition
    step: Menu | Enqueue | Hangup


def begin(flow: Flow) -> Outcome:
    """Return what a caller who just rang hears."""
    return _walk(flow, flow.start)


def present(flow: Flow, position: FlowPosition) -> Outcome:
    """Return what the caller hears at this position, without moving."""
    outcome = _walk(flow, position.step)
    return Outcome(outcome.prompts, position, outcome.step)


def press(flow: Flow, position: FlowPosition, digits: str) -> Outcome:
    """Return what follows the digits pressed at a menu (empty: nothing was pressed).

    A digit outside the menu repeats it with the words for a mistake; the last try leads on.
    """
    step = flow.steps.get(position.step)
    if not isinstance(step, Menu):
        raise RuleViolation("the call is not at a menu", code="not_at_menu")
    if digits in step.choices:
        return _walk(flow, step.choices[digits])
    tries = position.tries + 1
    if tries >= step.tries:
        return _walk(flow, step.otherwise)
    again = FlowPosition(flow.id, flow.version, position.step, tries)
    return Outcome((step.invalid, step.texts), again, step)


def _walk(flow: Flow, name: str) -> Outcome:
    prompts: list[Texts] = []
    for _ in range(MAX_SAYS):
        step = flow.steps.get(name)
        if step is None:
            raise RuleViolation(f"flow {flow.id!r} has no step {name!r}", code="unknown_step")
        prompts.append(step.texts)
        if not isinstance(step, Say):
            return Outcome(tuple(prompts), FlowPosition(flow.id, flow.version, name), step)
        name = step.then
    raise RuleViolation(f"flow {flow.id!r} never stops speaking", code="endless_flow")
