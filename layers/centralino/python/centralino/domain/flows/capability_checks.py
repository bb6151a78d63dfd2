"""Whether the provider of a line can do what its flow needs.

With the lines known, a step counts for the lines alone whose callers can get there: a branch on
the line keeps others away from it. Each problem is a flow, a place in it, and a reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TypeAlias

from centralino.domain.flows import conditions
from centralino.domain.flows.conditions import Condition, NothingKnown
from centralino.domain.flows.model import (
    Branch,
    Collect,
    Consent,
    Enqueue,
    Flows,
    Menu,
    Path,
    Pay,
    Run,
    Step,
    Transfer,
    Utterance,
    Voicemail,
    leads,
    words_of,
)
from centralino.domain.flows.ventures import RECORDING
from centralino.domain.flows.walk import CARRIED_BY
from centralino.domain.telephony.capabilities import Capability

Found: TypeAlias = tuple[str, Path, str]


def problems(
    flows: Flows,
    capabilities: Mapping[str, Collection[str]],
    carried: Mapping[str, tuple[str, str]],
    dialogues: Mapping[str, Collection[str]],
) -> list[Found]:
    """Return the steps that need something a provider lacks.

    Parameters
    ----------
    capabilities
        For each provider what it can do; one that is not in it is believed to be able.
    carried
        For each line its flow and its provider; empty where nothing is known of lines: every
        step is held against every provider.
    dialogues
        For each queue the flows into which it may lead callers.
    """
    if carried:
        there = [
            (provider, name, key)
            for line, (root, provider) in sorted(carried.items())
            if provider in capabilities
            for name, key in sorted(_reached(flows, root, line, dialogues))
        ]
    else:
        there = [
            (provider, name, key)
            for provider in sorted(capabilities)
            for name, flow in flows.items()
            for key in flow.steps
        ]
    found: dict[Found, None] = {}
    for provider, name, key in there:
        for inner, what in needs(flows[name].steps[key]):
            if what not in capabilities[provider]:
                reason = f"the provider {provider} cannot do this ({what})"
                found[name, ("steps", key, *inner), reason] = None
    return list(found)


def needs(step: Step) -> Iterator[tuple[Path, Capability]]:
    """Yield what a step needs of the provider, each with the place that says so."""
    match step:
        case Menu():
            for digit in step.phrases:
                yield ("choices", digit), Capability.SPEECH_INPUT
        case Collect() if step.speech:
            yield ("speech",), Capability.SPEECH_INPUT
        case Voicemail() | Transfer() | Pay():
            yield (), CARRIED_BY[type(step)]
        case Consent() if step.purpose == RECORDING:
            yield (), Capability.RECORD
        case Enqueue() if step.waiting.music:
            yield ("waiting", "music"), Capability.PLAY
    for place, words in words_of(step).items():
        for language, said in words.items():
            if isinstance(said, Utterance):
                if said.audio:
                    yield (*place, language), Capability.PLAY
                if said.ssml:
                    yield (*place, language), Capability.SPEECH_MARKUP
                if said.voice:
                    yield (*place, language), Capability.NAMED_VOICES


def _reached(
    flows: Flows, root: str, line: str, dialogues: Mapping[str, Collection[str]]
) -> set[tuple[str, str]]:
    """Return the steps a caller of this line can get to."""
    seen: set[tuple[str, str]] = set()
    ahead = [(root, flows[root].start)] if root in flows else []
    while ahead:
        name, key = ahead.pop()
        step = flows[name].steps.get(key)
        if step is None or (name, key) in seen:
            continue
        seen.add((name, key))
        ahead += [(name, to) for to in _onward(step, line)]
        inner = [step.flow] if isinstance(step, Run) else []
        if isinstance(step, Enqueue):
            inner += dialogues.get(step.queue, ())
        ahead += [(flow, flows[flow].start) for flow in inner if flow in flows]
    return seen


def _onward(step: Step, line: str) -> list[str]:
    if not isinstance(step, Branch):
        return list(leads(step).values())
    found = []
    for case in step.cases:
        holds = _holds(case.when, line)
        if holds is not False:
            found.append(case.to)
        if holds:
            return found
    return [*found, step.otherwise]


def _holds(condition: Condition, line: str) -> bool | None:
    """Tell whether a condition holds for every call of this line, or for none of them."""
    if condition.kind in (conditions.ALL, conditions.ANY, conditions.NOT):
        parts = [_holds(part, line) for part in condition.parts]
        if condition.kind == conditions.NOT:
            return None if parts[0] is None else not parts[0]
        decides = condition.kind == conditions.ANY
        if decides in parts:
            return decides
        return None if None in parts else not decides
    if condition.kind != conditions.LINE:
        return None
    return conditions.holds(condition, {}, line, "", NothingKnown())
