"""Whether flows can say what they say: languages, markup and variables.

Each problem is a flow, a place in it, and a reason. How steps lead to each other is checked by
:mod:`.checks`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import TypeAlias

from centralino.domain.flows import conditions, inputs, times
from centralino.domain.flows.conditions import Condition
from centralino.domain.flows.model import (
    CALLBACK_AT,
    NEAR,
    OTHER_NUMBER,
    TIMES,
    VARIABLES_BYTES,
    AnnounceAgentCountry,
    Branch,
    Collect,
    Enqueue,
    Fetch,
    Flow,
    Flows,
    Menu,
    OfferCallback,
    PickTime,
    Set,
    Step,
    Survey,
    Utterance,
    Words,
    filled_in,
    most_digits,
    survey_variable,
    words_of,
)
from centralino.domain.flows.words import FORMATS, PLACE, names_in, templates
from centralino.domain.telephony import markup

Path: TypeAlias = tuple[str | int, ...]
Found: TypeAlias = tuple[str, Path, str]

#: What a data source can be told that is no variable of the flow.
TOLD = ("contact", "subject", "language", "line")
#: The most bytes one character of a filled-in value can grow to when it is said digit by digit.
_DIGITS_GROWTH = 2
#: How long a moment is: ``2026-05-01T14:30``.
_MOMENT = 16


def problems(
    flows: Flows, users: Mapping[str, Collection[str]], languages: Mapping[str, Collection[str]]
) -> list[Found]:
    """Return what is wrong with the words and variables of these flows.

    Parameters
    ----------
    users : mapping
        For each flow the roots from which it is walked.
    languages : mapping
        For each root the languages of its lines; ``""`` holds those every text must have.
    """
    always = {*languages.get("", ())}
    always |= {lang for flow in flows.values() for lang in _seen(flow)} if not languages else set()
    found: list[Found] = []
    for name, flow in flows.items():
        spoken = always.union(*(languages.get(root, ()) for root in users.get(name, ())))
        found += _languages(flow, sorted(spoken))
        found += _markup(flow)
        found += _collected(flow)
    for group in _groups(flows, users):
        found += _variables({name: flows[name] for name in sorted(group)})
    return list(dict.fromkeys(found))


# --------------------------------------------------------------------------- languages


def _seen(flow: Flow) -> set[str]:
    return {
        language
        for step in flow.steps.values()
        for words in words_of(step).values()
        for language in words
    }


def _languages(flow: Flow, spoken: list[str]) -> Iterator[Found]:
    for name, step in flow.steps.items():
        for what, words in words_of(step).items():
            missing = [language for language in spoken if language not in words]
            if missing:
                yield flow.id, ("steps", name, *what), f"no text in {', '.join(missing)}"
        if isinstance(step, Menu):
            for digit, by_language in step.phrases.items():
                missing = [language for language in spoken if language not in by_language]
                if missing:
                    place = ("steps", name, "choices", digit)
                    yield flow.id, place, f"nothing to say in {', '.join(missing)}"


def _markup(flow: Flow) -> Iterator[Found]:
    for name, step in flow.steps.items():
        for what, words in words_of(step).items():
            for language, said in words.items():
                if isinstance(said, Utterance) and said.ssml:
                    try:
                        # Any value is written as text, so one word stands for all of them.
                        markup.parse(PLACE.sub("x", said.ssml))
                    except markup.Unspeakable as error:
                        yield flow.id, ("steps", name, *what, language), str(error)


# --------------------------------------------------------------------------- values


def _collected(flow: Flow) -> Iterator[Found]:
    for name, step in flow.steps.items():
        if not isinstance(step, Collect):
            continue
        place: Path = ("steps", name)
        if step.shortest > step.longest:
            yield flow.id, (*place, "min"), "min is above max"
        if step.kind not in ("digits", "order") and (step.shortest, step.longest) != (1, 20):
            yield flow.id, place, f"the type {step.kind} has no min and max"
        if step.speech and step.kind not in inputs.SPOKEN_KINDS:
            yield flow.id, (*place, "speech"), f"the type {step.kind} cannot be said"
        if step.kind == "order" and not step.pattern:
            yield flow.id, place, "the type order needs a pattern"
        elif step.kind != "order" and step.pattern:
            yield flow.id, (*place, "pattern"), f"the type {step.kind} has no pattern"
        elif step.pattern:
            try:
                re.compile(step.pattern)
            except re.error as error:
                yield flow.id, (*place, "pattern"), f"no regular expression: {error}"


def _groups(flows: Flows, users: Mapping[str, Collection[str]]) -> list[frozenset[str]]:
    """Return the sets of flows that share their variables: a root and all it runs."""
    roots = sorted({root for of in users.values() for root in of})
    groups = [frozenset(name for name in flows if root in users.get(name, ())) for root in roots]
    left = [frozenset({name}) for name in flows if not users.get(name)]
    return [*groups, *left]


def _variables(flows: Flows) -> Iterator[Found]:
    """Check the variables of flows that are walked together."""
    sensitive: dict[str, tuple[str, str]] = {}
    longest: dict[str, int] = {}
    sets: list[tuple[str, str, Set]] = []
    for name, flow in flows.items():
        for key, step in flow.steps.items():
            if isinstance(step, Collect):
                longest[step.into] = max(longest.get(step.into, 0), inputs.most_kept(step))
                if step.sensitive:
                    sensitive[step.into] = (name, key)
            elif isinstance(step, Fetch):
                for variable, output in step.outputs.items():
                    longest[variable] = max(longest.get(variable, 0), output.longest)
            elif isinstance(step, AnnounceAgentCountry):
                longest[NEAR] = 1
            elif isinstance(step, OfferCallback):
                longest[CALLBACK_AT], longest[OTHER_NUMBER] = _MOMENT, 0
            elif isinstance(step, PickTime):
                longest[CALLBACK_AT], longest[TIMES] = _MOMENT, times.LONGEST
            elif isinstance(step, Survey):
                longest[survey_variable(step.scale)] = most_digits(step.scale)
            elif isinstance(step, Set):
                sets.append((name, key, step))
                for variable in step.values:
                    longest.setdefault(variable, 0)
    yield from _set_lengths(sets, longest)
    known = {*longest}
    for name, flow in flows.items():
        for key, step in flow.steps.items():
            yield from _used(name, ("steps", key), step, known, sensitive)
            if isinstance(step, Collect) and not step.sensitive and step.into in sensitive:
                reason = f"{step.into!r} is sensitive in another step"
                yield name, ("steps", key, "into"), reason
            for variable in step.values if isinstance(step, Set) else ():
                if variable in sensitive:
                    yield name, ("steps", key, "values", variable), "a sensitive value is not set"
            for variable in step.outputs if isinstance(step, Fetch) else ():
                if variable in sensitive:
                    reason = "a sensitive value is not answered by a data source"
                    yield name, ("steps", key, "outputs", variable), reason
    kept = {v: 0 if v in sensitive else size for v, size in longest.items()}
    total = sum(len(variable) + size + 3 for variable, size in kept.items())
    if total > VARIABLES_BYTES:
        first = next(iter(flows))
        reason = f"variables of up to {total} bytes, of which {VARIABLES_BYTES} can be kept"
        yield first, ("steps",), reason


def _set_lengths(sets: list[tuple[str, str, Set]], longest: dict[str, int]) -> Iterator[Found]:
    """Work out how long set values can get; one that is made of itself has no bound."""
    for _ in range(len(sets) + 1):
        grown = False
        for _, _, step in sets:
            for variable, text in step.values.items():
                size = _length(text, longest)
                if size > longest.get(variable, 0):
                    longest[variable], grown = size, True
        if not grown:
            return
    for name, key, step in sets:
        for variable, text in step.values.items():
            if _length(text, longest) > longest.get(variable, 0):
                # Reported once; the bound found so far is of no use.
                longest[variable] = 0
                yield name, ("steps", key, "values", variable), "grows without end"


def _length(text: str, longest: Mapping[str, int]) -> int:
    filled = sum(
        longest.get(name, 0) * (_DIGITS_GROWTH if form else 1) for name, form in names_in(text)
    )
    return len(PLACE.sub("", text).encode()) + filled


def _used(
    flow: str,
    place: Path,
    step: Step,
    known: Collection[str],
    sensitive: Mapping[str, tuple[str, str]],
) -> Iterator[Found]:
    for what, words in words_of(step).items():
        for name, form in _named(words):
            here = (*place, *what)
            if isinstance(step, Enqueue):
                yield flow, here, "words heard while waiting have no variables"
            elif name in sensitive:
                yield flow, here, f"the sensitive {name!r} must not be said"
            elif name not in known:
                yield flow, here, f"nothing gives {name!r} a value"
            elif form and form not in FORMATS:
                yield flow, here, f"unknown form {form!r} (there is {', '.join(FORMATS)})"
    for inner, text in filled_in(step):
        for name, _ in names_in(text):
            if name in sensitive:
                yield flow, (*place, *inner), f"the sensitive {name!r} must not be copied"
            elif name not in known:
                yield flow, (*place, *inner), f"nothing gives {name!r} a value"
    if isinstance(step, Fetch):
        for key, text in step.inputs.items():
            for name, _ in names_in(text):
                if name not in known and name not in TOLD:
                    yield flow, (*place, "inputs", key), f"nothing gives {name!r} a value"
    if isinstance(step, Branch):
        for index, case in enumerate(step.cases):
            for name, op in _compared(case.when):
                here = (*place, "cases", index, "when")
                if name not in known:
                    yield flow, here, f"nothing gives {name!r} a value"
                elif name in sensitive and op != conditions.PRESENT:
                    yield flow, here, f"the sensitive {name!r} can only be asked for as present"


def _named(words: Words) -> list[tuple[str, str]]:
    return [named for template in templates(words) for named in names_in(template)]


def _compared(condition: Condition) -> Iterator[tuple[str, str]]:
    if condition.kind == conditions.VARIABLE:
        yield condition.name, condition.op
    for part in condition.parts:
        yield from _compared(part)
