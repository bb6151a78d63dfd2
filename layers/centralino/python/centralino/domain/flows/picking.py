"""A caller picks number or time of a call back by keys: what is offered and made of the answer.

The times on offer are a variable of the call, so that the key means what was heard, however long
the caller thinks. A step without any yet, or whose caller wants later ones, needs them from
outside: see :func:`wants`. Nothing is asked or written here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from centralino.domain.contacts.model import FlowPosition
from centralino.domain.flows.conditions import Facts
from centralino.domain.flows.inputs import Given
from centralino.domain.flows.model import OTHER_NUMBER, TIMES, Flows, OfferCallback, PickTime
from centralino.domain.flows.times import IN_TURN, KEYS, LATER_ONES, PARTS, choices
from centralino.domain.flows.walk import Booking, Outcome, Scene, Walk
from centralino.domain.telephony import phrases, time_phrases

CANCEL, LATER, STAY = "8", "9", "0"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a caller can pick.

    Attributes
    ----------
    today : date
        Where the caller is.
    times : tuple of str
        At most three, local with offset: ``2026-05-01T14:30+02:00``.
    stands : str or None
        When the caller will be called back as it is: ``2026-05-01T14:30`` local, empty for
        in turn; ``None``: no call back stands.
    """

    today: date
    times: tuple[str, ...] = ()
    stands: str | None = None


@dataclass(frozen=True, slots=True)
class Wants:
    """Which times are asked for: those after ``after`` (with offset), else the next ones."""

    after: str | None = None


def wants(outcome: Outcome) -> Wants | None:
    """Return the times that have to be found before the caller can be asked, if any have."""
    if not isinstance(outcome.step, PickTime) or outcome.booking is not None:
        return None
    known = outcome.position.variables.get(TIMES)
    if known is None:
        return Wants()
    kind, _, after = known.partition(PARTS)
    return Wants(after) if kind == LATER_ONES else None


def offered(
    flows: Flows, scene: Scene, outcome: Outcome, offer: Offer | None, facts: Facts
) -> Outcome:
    """Go on with the times a caller can pick; ``None``: this caller cannot be called back.

    Where there are none (any more) the caller stays in line; who has a call back hears of it, and
    may cancel it, all the same.
    """
    step = _step(outcome)
    walk = Walk(flows, scene, facts, outcome.position, outcome)
    walk.variables.pop(TIMES, None)
    if offer is None:
        walk.trouble("not_booked")
        walk.say(phrases.NO_CALLBACK)
        return walk.to(step.otherwise)
    if not offer.times:
        walk.say(time_phrases.NO_TIMES)
        if offer.stands is None:
            return walk.to(step.otherwise)
    stands = "" if offer.stands is None else offer.stands or IN_TURN
    value = PARTS.join((offer.today.isoformat(), stands, *offer.times[: len(KEYS)]))
    if not walk.fits({TIMES: value}):
        return walk.rescue("variables_too_large")
    walk.variables[TIMES] = value
    for words in choices(walk.variables):
        walk.say(words)
    return walk.outcome(step, outcome.position.step, outcome.position.tries)


def answered(walk: Walk, step: PickTime, given: Given, name: str, tries: int) -> Outcome:
    """Return what follows a caller's key; any key that is none of those said asks again."""
    parts = walk.variables.get(TIMES, "").split(PARTS)
    times, stands = parts[2:], len(parts) > 1 and parts[1] != ""
    if given.digits in KEYS[: len(times)]:
        at = times[KEYS.index(given.digits)]
        return walk.outcome(step, name, booking=Booking(None, at))
    if given.digits == CANCEL and stands:
        return walk.outcome(step, name, booking=Booking(None, cancels=True))
    if given.digits == LATER and times:
        walk.variables[TIMES] = f"{LATER_ONES}{PARTS}{times[-1]}"
        # As if it were reached anew: this counts as a turn, and asks for times.
        return walk.to(name)
    if given.digits == STAY or tries + 1 >= step.tries:
        walk.variables.pop(TIMES, None)
        return walk.to(step.otherwise)
    walk.say(step.invalid)
    return walk.stop(step, name, tries + 1)


def taken(flows: Flows, scene: Scene, outcome: Outcome, facts: Facts) -> Outcome:
    """Go on after somebody else was faster: the caller is asked again, with other times."""
    step = _step(outcome)
    walk = Walk(flows, scene, facts, outcome.position, outcome)
    walk.variables.pop(TIMES, None)
    walk.say(time_phrases.TIME_TAKEN)
    return walk.outcome(step, outcome.position.step, outcome.position.tries)


def cancelled(flows: Flows, scene: Scene, outcome: Outcome, facts: Facts) -> Outcome:
    """Go on after the call back that stood was taken back: the caller stays in line."""
    step = _step(outcome)
    walk = Walk(flows, scene, facts, outcome.position, outcome)
    walk.variables.pop(TIMES, None)
    walk.say(time_phrases.CALLBACK_CANCELLED)
    return walk.to(step.otherwise)


def number_given(walk: Walk, step: OfferCallback, given: Given, position: FlowPosition) -> Outcome:
    """Return what follows a key, or a number, at an offer to call back."""
    if OTHER_NUMBER not in position.variables:
        withheld = not walk.scene.told.get("subject")
        if given.digits == step.digit and not withheld:
            return walk.outcome(step, position.step, booking=Booking(None))
        if given.digits not in (step.digit, step.other_digit):
            return walk.to(step.otherwise)
        walk.variables[OTHER_NUMBER] = ""
        return walk.stop(step, position.step)
    number = None if given.overlong else walk.facts.phone(given.digits)
    if number is not None:
        del walk.variables[OTHER_NUMBER]
        return walk.outcome(step, position.step, booking=Booking(number))
    tries = position.tries + 1
    if tries >= step.tries:
        del walk.variables[OTHER_NUMBER]
        return walk.to(step.otherwise)
    walk.say(step.invalid)
    return walk.stop(step, position.step, tries)


def _step(outcome: Outcome) -> PickTime:
    if not isinstance(outcome.step, PickTime):
        raise TypeError("the call picks no time")
    return outcome.step
