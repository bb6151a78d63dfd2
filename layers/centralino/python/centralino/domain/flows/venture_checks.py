"""Whether steps for which somebody else acts can end well: queues, numbers, and what may follow.

Each problem is a flow, a place in it, and a reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TypeAlias

from centralino.domain.flows.model import (
    CALLBACK_AT,
    OTHER_NUMBER,
    TIMES,
    Branch,
    Collect,
    Conversion,
    Enqueue,
    Fetch,
    Flow,
    Flows,
    Hangup,
    Menu,
    OfferCallback,
    Path,
    Pay,
    PickTime,
    Say,
    Set,
    Step,
    Transfer,
    Voicemail,
    leads,
    survey_variable,
)
from centralino.domain.flows.ventures import SCALES
from centralino.domain.flows.words import amount_of, names_in

Found: TypeAlias = tuple[str, Path, str]

#: What callers still hear whose contact has ended with a message or a booking.
_WORDS = (Say, Set, Branch, Hangup)
#: What callers can be led through while they keep their place in line.
_IN_LINE = (
    *(Say, Menu, Collect, Set, Branch, Fetch, Enqueue, Hangup),
    *(Voicemail, OfferCallback, PickTime),
)
_RESERVED = {CALLBACK_AT, OTHER_NUMBER, TIMES, *(survey_variable(scale) for scale in SCALES)}
#: The channel a plan must have, by the step that names it.
_CHANNELS: Mapping[type, tuple[str, ...]] = {
    Voicemail: ("task",),
    # To an agent a call back is a call.
    OfferCallback: ("callback", "voice"),
    PickTime: ("callback", "voice"),
    Enqueue: ("voice",),
}


def problems(
    flows: Flows,
    queues: Mapping[str, Collection[str]] | None,
    channels: Mapping[str, str] | None,
    announcing: Collection[str] | None = None,
) -> Iterator[Found]:
    """Yield what is wrong with messages, bookings, transfers, payments and offers in line.

    Parameters
    ----------
    queues, channels
        The plans of each queue, and the channel of each plan; ``None`` where they are not known.
    announcing
        The queues that announce place or wait: of others no wait is known; ``None`` as above.
    """
    elsewhere = _filled_otherwise(flows)
    for flow in flows.values():
        for key, step in flow.steps.items():
            place: Path = ("steps", key)
            for inner, reason in (
                *_places(step, queues, channels),
                *_after(flow, step),
                *_offers(flow, step, announcing),
                *_money_and_numbers(step, elsewhere),
                *_names(step),
            ):
                yield flow.id, (*place, *inner), reason


Reason: TypeAlias = tuple[Path, str]


def _places(
    step: Step,
    queues: Mapping[str, Collection[str]] | None,
    channels: Mapping[str, str] | None,
) -> Iterator[Reason]:
    if not isinstance(step, Enqueue | Conversion):
        return
    if queues is not None and isinstance(step, Conversion):
        if step.queue not in queues:
            known = ", ".join(sorted(queues)) or "none"
            yield ("queue",), f"unknown queue {step.queue!r} (there is {known})"
        elif step.plan not in queues[step.queue]:
            known = ", ".join(queues[step.queue])
            yield ("plan",), f"queue {step.queue!r} has no plan {step.plan!r} ({known})"
    needed = _CHANNELS[type(step)]
    channel = (channels or {}).get(step.plan, needed[0])
    if channel not in needed:
        yield ("plan",), f"the plan {step.plan!r} is for {channel}, not for {needed[0]}"


def _after(flow: Flow, step: Step) -> Iterator[Reason]:
    """Find what asks or leads on after the caller's contact has ended."""
    if isinstance(step, Conversion):
        for name in sorted(_ahead(flow, step.then)):
            if not isinstance(flow.steps[name], _WORDS):
                yield ("then",), f"only words and hangup can follow here, which {name!r} is not"


def _offers(flow: Flow, step: Step, announcing: Collection[str] | None) -> Iterator[Reason]:
    if not isinstance(step, Enqueue):
        return
    digits: set[str] = set()
    for index, offer in enumerate(step.waiting.offers):
        place: Path = ("waiting", "offers", index)
        if offer.digit in digits:
            yield (*place, "digit"), f"the key {offer.digit} leads somewhere else already"
        digits.add(offer.digit)
        timed = "late" if offer.late else "over" if offer.wait_over_ms else None
        if timed is not None and announcing is not None and step.queue not in announcing:
            yield (*place, timed), f"never: queue {step.queue!r} announces neither place nor wait"
        unheard = _unheard(flow, offer.to)
        if unheard is not None:
            yield (*place, "to"), f"the words of {unheard!r} would not be heard: lead to a question"
        for name in sorted(_ahead(flow, offer.to)):
            met = flow.steps[name]
            if not isinstance(met, _IN_LINE):
                yield (*place, "to"), f"a caller in line cannot be led through {name!r}"
            elif isinstance(met, Enqueue) and met.queue != step.queue:
                yield (*place, "to"), f"{name!r} is another queue: the place in line would be lost"


def _unheard(flow: Flow, name: str) -> str | None:
    """Return the first step that only speaks, before anything is asked or taken.

    Where a call has to leave the carrier's queue for what follows, what was said on the way there
    is lost.
    """
    seen: set[str] = set()
    ahead = [name]
    while ahead:
        key = ahead.pop()
        step = flow.steps.get(key)
        if isinstance(step, Say | Hangup):
            return key
        if isinstance(step, Set | Branch) and key not in seen:
            seen.add(key)
            ahead += leads(step).values()
    return None


def _money_and_numbers(step: Step, elsewhere: Mapping[str, str]) -> Iterator[Reason]:
    if isinstance(step, Pay) and not names_in(step.amount) and amount_of(step.amount, {}) is None:
        yield ("amount",), f"{step.amount!r} is no amount such as 12.50"
    if isinstance(step, Transfer):
        for name, _ in names_in(step.number):
            if name in elsewhere:
                reason = f"{name!r} is no number that a caller keyed in: {elsewhere[name]} fills it"
                yield ("number",), reason


def _names(step: Step) -> Iterator[Reason]:
    given: dict[str, Path] = {}
    if isinstance(step, Collect):
        given[step.into] = ("into",)
    elif isinstance(step, Set):
        given |= {name: ("values", name) for name in step.values}
    elif isinstance(step, Fetch):
        given |= {name: ("outputs", name) for name in step.outputs}
    for name, place in given.items():
        if name in _RESERVED:
            yield place, f"{name!r} is filled by another kind of step"


def _filled_otherwise(flows: Flows) -> dict[str, str]:
    """Return the variables that another step than a ``collect`` of a phone number fills."""
    found: dict[str, str] = {}
    for flow in flows.values():
        for key, step in flow.steps.items():
            if isinstance(step, Set):
                found |= dict.fromkeys(step.values, key)
            elif isinstance(step, Fetch):
                found |= dict.fromkeys(step.outputs, key)
            elif isinstance(step, Collect) and (step.kind != "phone" or step.sensitive):
                found[step.into] = key
    return found


def _ahead(flow: Flow, start: str) -> set[str]:
    """Return the steps that can follow, as far as the next queue."""
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name in flow.steps and name not in seen:
            seen.add(name)
            step = flow.steps[name]
            ahead += [] if isinstance(step, Enqueue) else leads(step).values()
    return seen
