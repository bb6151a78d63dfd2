"""The interpreter of call flows: position and answer in, what is heard and the next position out.

It decides what the caller hears and where the call stands. It never writes, never asks a data
source by itself (an :class:`Outcome` at a :class:`Fetch` asks for that, :func:`fetched` goes on),
sends nobody on an errand (:func:`left`, :func:`dialled` and :func:`paid` go on), and knows no
provider's words. Whatever is wrong with a flow, the caller hears something sensible and is led to
a person; what failed is told as :class:`Trouble`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from centralino.domain.contacts.model import FlowPosition
from centralino.domain.errors import RuleViolation
from centralino.domain.events import Event
from centralino.domain.flows import answers, asking, inputs, picking
from centralino.domain.flows.conditions import Facts, NothingKnown
from centralino.domain.flows.inputs import Given
from centralino.domain.flows.model import (
    CALLBACK_AT,
    NEAR,
    TIMES,
    AnnounceAgentCountry,
    Collect,
    Consent,
    Enqueue,
    Errand,
    Fetch,
    Flows,
    Hangup,
    Menu,
    OfferCallback,
    Pay,
    PickTime,
    Question,
    Step,
    Survey,
    Transfer,
    Voicemail,
    survey_variable,
)
from centralino.domain.flows.walk import (
    NO_STEP,
    Answered,
    Booking,
    Outcome,
    Rest,
    Scene,
    Trouble,
    Walk,
    words_at,
)
from centralino.domain.flows.words import amount_of, spoken
from centralino.domain.telephony import phrases
from centralino.domain.telephony.actions import Prompt

__all__ = [
    "NO_STEP",
    "PAID",
    "Answered",
    "Booking",
    "Outcome",
    "Rest",
    "Scene",
    "Trouble",
    "advance",
    "begin",
    "booked",
    "dialled",
    "fetched",
    "hindered",
    "led",
    "left",
    "lost",
    "paid",
    "present",
    "step_at",
    "taken",
    "told",
    "waiting_words",
]

_E = TypeVar("_E", Voicemail, Transfer, Pay)

PAYMENT_TAKEN = "PaymentTaken"
PAYMENT_FAILED = "PaymentFailed"
SURVEY_ANSWERED = "SurveyAnswered"
PAID = "paid"
#: After these a caller may try to pay again: no money can have moved.
_AGAIN = ("declined", "invalid_input")


def begin(flows: Flows, flow_id: str, version: int, scene: Scene, facts: Facts) -> Outcome:
    """Return what a caller who just rang hears."""
    walk = Walk(flows, scene, facts, FlowPosition(flow_id, version, NO_STEP))
    flow = flows.get(flow_id)
    return walk.to(flow.start) if flow is not None else walk.rescue("unknown_flow")


def advance(
    flows: Flows, scene: Scene, position: FlowPosition, given: Given, facts: Facts
) -> Outcome:
    """Return what follows a caller's answer where something was asked.

    An answer that is none repeats the step with the words for a mistake; the last try leads on.

    Raises
    ------
    RuleViolation
        Nothing is asked at this position (``not_at_menu``).
    """
    step = step_at(flows, position)
    walk = Walk(flows, scene, facts, position)
    walk.turn += 1
    match step:
        case None:
            return walk.rescue("unknown_step")
        case Menu():
            to = inputs.choice(step, given, scene.language)
        case Collect():
            value = inputs.value(step, given, scene.language, facts.phone)
            to = step.then if value is not None and walk.keep(step, value) else None
        case AnnounceAgentCountry():
            if given.digits == step.digit:
                walk.variables[NEAR] = "1"
            return walk.to(step.then)
        case Consent():
            to = _consent(walk, step, given, position.token)
        case Survey():
            to = _score(walk, step, given)
        case OfferCallback():
            return picking.number_given(walk, step, given, position)
        case PickTime():
            return picking.answered(walk, step, given, position.step, position.tries)
        case _:
            raise RuleViolation("the call is not at a menu", code="not_at_menu")
    if to is not None:
        return walk.to(to)
    tries = position.tries + 1
    if tries >= step.tries:
        return walk.to(step.then if isinstance(step, Survey) else step.otherwise)
    walk.say(step.invalid)
    return walk.stop(step, position.step, tries)


def fetched(
    flows: Flows,
    scene: Scene,
    outcome: Outcome,
    answer: Mapping[str, Any] | None,
    facts: Facts,
) -> Outcome:
    """Go on after a data source was asked.

    Parameters
    ----------
    answer
        The object it answered with; ``None`` where it failed or was late.
    """
    step = outcome.step
    if not isinstance(step, Fetch):
        raise RuleViolation("the call asks no data source", code="not_at_fetch")
    walk = Walk(flows, scene, facts, outcome.position, outcome)
    walk.forget(asking.secrets_in(step))
    values = answers.values(step, answer) if answer is not None else None
    if values is not None and walk.fits(values):
        walk.variables.update(values)
        return walk.to(step.then)
    walk.trouble("no_answer" if answer is None else "useless_answer")
    walk.say(step.fallback)
    return walk.to(step.otherwise)


def booked(flows: Flows, scene: Scene, outcome: Outcome, at: str | None, facts: Facts) -> Outcome:
    """Go on after a call back was asked for.

    Parameters
    ----------
    at : str or None
        When it was promised for, ``2026-05-01T14:30`` there, empty where no time was;
        ``None``: it could not be booked.
    """
    step = outcome.step
    if not isinstance(step, OfferCallback | PickTime):
        raise RuleViolation("the call books nothing", code="not_at_booking")
    walk = Walk(flows, scene, facts, outcome.position, outcome)
    walk.variables.pop(TIMES, None)
    if at is None:
        walk.trouble("not_booked")
        walk.say(phrases.NO_CALLBACK)
        return walk.to(step.otherwise)
    walk.variables[CALLBACK_AT] = at
    walk.converted = True
    return walk.to(step.then)


def hindered(flows: Flows, scene: Scene, outcome: Outcome, reason: str, facts: Facts) -> Outcome:
    """Go on from an errand that could not be begun, for a reason outside the flow."""
    step = outcome.step
    if not isinstance(step, Errand):
        raise RuleViolation("nobody was sent on this errand", code="not_on_errand")
    walk = Walk(flows, scene, facts, outcome.position, outcome)
    walk.trouble(reason)
    return walk.to(step.otherwise)


def left(
    flows: Flows, scene: Scene, position: FlowPosition, facts: Facts, *, kept: bool
) -> Outcome:
    """Go on after a spoken message; ``kept`` is False where nothing was said."""
    step, walk = _errand(flows, scene, position, facts, Voicemail)
    walk.converted = kept
    return walk.to(step.then if kept else step.otherwise)


def dialled(
    flows: Flows, scene: Scene, position: FlowPosition, facts: Facts, *, answered: bool
) -> Outcome:
    """Go on after the caller was put through to an outside number, or could not be."""
    step, walk = _errand(flows, scene, position, facts, Transfer)
    return walk.to(step.then if answered else step.otherwise)


def paid(
    flows: Flows,
    scene: Scene,
    position: FlowPosition,
    result: str,
    reference: str | None,
    facts: Facts,
    detail: str | None = None,
) -> Outcome:
    """Go on after a payment, with the event that proves it.

    Parameters
    ----------
    result : str
        As ``PaymentEnded`` tells it.
    reference : str or None
        What the gateway calls the payment.
    detail : str or None
        The provider's own word for why it failed.
    """
    step, walk = _errand(flows, scene, position, facts, Pay)
    money = {
        "amount": amount_of(step.amount, position.variables) or "",
        "currency": step.currency,
        "reference": reference,
    }
    if result == PAID:
        walk.events.append(Event(PAYMENT_TAKEN, money))
        return walk.to(step.then)
    walk.events.append(Event(PAYMENT_FAILED, {**money, "reason": result, "detail": detail}))
    tries = position.tries + 1
    if result in _AGAIN and tries < step.tries:
        walk.say(step.invalid)
        return walk.stop(step, position.step, tries)
    return walk.to(step.otherwise)


def taken(
    flows: Flows, scene: Scene, position: FlowPosition, digit: str, facts: Facts
) -> Outcome | None:
    """Return where somebody gets who took an offer while waiting; ``None`` if it is none."""
    step = step_at(flows, position)
    offers = step.waiting.offers if isinstance(step, Enqueue) else ()
    to = next((offer.to for offer in offers if offer.digit == digit), None)
    if to is None:
        return None
    walk = Walk(flows, scene, facts, position)
    walk.turn += 1
    return walk.to(to)


def led(flows: Flows, scene: Scene, outcome: Outcome, flow_id: str, facts: Facts) -> Outcome:
    """Return where somebody gets who is led into another flow from where an outcome stands.

    A return in that flow leads back to the step they come from.
    """
    came = outcome.position
    walk = Walk(flows, scene, facts, came, outcome)
    walk.turn += 1
    flow = flows.get(flow_id)
    if flow is None:
        return walk.rescue("unknown_flow")
    walk.stack = [(came.flow, came.step)]
    walk.flow = flow_id
    return walk.to(flow.start)


def present(flows: Flows, scene: Scene, position: FlowPosition) -> Outcome:
    """Return what the caller hears at this position, without moving.

    Where the step is not there any more the position returned is another one: the caller is led
    to a person, which has to be written.
    """
    step = step_at(flows, position)
    walk = Walk(flows, scene, NothingKnown(), position)
    if step is None or not isinstance(step, Question | Errand | Enqueue | Hangup):
        return walk.rescue("unknown_step")
    if not isinstance(step, Enqueue):
        for words in words_at(step, position.variables):
            walk.say(words)
    return Outcome(
        tuple(walk.prompts),
        position,
        step,
        scene.language,
        troubles=tuple(walk.troubles),
    )


def told(scene: Scene, outcome: Outcome, secrets: Mapping[str, str]) -> dict[str, str]:
    """Return what the data source is told at which an outcome stands.

    Parameters
    ----------
    secrets
        Sensitive values kept from earlier turns.

    Raises
    ------
    RuleViolation
        A sensitive value is not known any more (``secret_gone``).
    """
    if not isinstance(outcome.step, Fetch):
        raise RuleViolation("the call asks no data source", code="not_at_fetch")
    about = {**scene.told, "language": outcome.language, "line": scene.line}
    known = {**secrets, **outcome.secrets}
    return asking.told(outcome.step, outcome.position.variables, known, about, outcome.language)


def lost(flows: Flows, scene: Scene, position: FlowPosition, reason: str) -> Outcome:
    """Return how a caller gets to a person whose flow cannot go on."""
    return Walk(flows, scene, NothingKnown(), position).rescue(reason)


def waiting_words(flows: Flows, position: FlowPosition, language: str) -> Prompt | None:
    """Return what somebody hears who waits in a queue, if the step has words for it."""
    step = step_at(flows, position)
    return spoken(step.texts, {}, language)[0] if isinstance(step, Enqueue) else None


def step_at(flows: Flows, position: FlowPosition) -> Step | None:
    """Return the step a position names, if it is there."""
    flow = flows.get(position.flow)
    return flow.steps.get(position.step) if flow is not None else None


def _consent(walk: Walk, step: Consent, given: Given, token: str) -> str | None:
    if given.digits not in (step.yes, step.no):
        return None
    agreed = given.digits == step.yes
    walk.answered = Answered(step, agreed, token)
    return step.then if agreed else step.otherwise


def _score(walk: Walk, step: Survey, given: Given) -> str | None:
    score = inputs.score(step, given)
    if score is None:
        return None
    walk.variables[survey_variable(step.scale)] = str(score)
    walk.events.append(Event(SURVEY_ANSWERED, {"question": step.scale, "score": score}))
    return step.then


def _errand(
    flows: Flows, scene: Scene, position: FlowPosition, facts: Facts, kind: type[_E]
) -> tuple[_E, Walk]:
    """Return the step whose errand is over, and a walk on from it.

    Raises
    ------
    RuleViolation
        There is no such errand at this position (``not_on_errand``).
    """
    step = step_at(flows, position)
    if not isinstance(step, kind):
        raise RuleViolation("nobody was sent on this errand", code="not_on_errand")
    walk = Walk(flows, scene, facts, position)
    walk.turn += 1
    return step, walk
