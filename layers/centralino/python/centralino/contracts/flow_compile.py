"""A flow as people write it made into the one that is walked. It decides no rule."""

from __future__ import annotations

from centralino.contracts import flow_file as parts
from centralino.domain.flows import conditions
from centralino.domain.flows.conditions import Condition
from centralino.domain.flows.model import (
    AnnounceAgentCountry,
    Branch,
    Case,
    Collect,
    Enqueue,
    Fetch,
    Flow,
    Hangup,
    Menu,
    Output,
    Return,
    Run,
    Say,
    Set,
    Step,
    Utterance,
    Words,
)


def compile_flow(key: str, flow: parts.FlowPart, version: int) -> Flow:
    """Return the flow of this id and version."""
    waits = (name for name, step in flow.steps.items() if isinstance(step, parts.EnqueuePart))
    return Flow(
        id=key,
        version=version,
        start=flow.start,
        steps={name: _step(step) for name, step in flow.steps.items()},
        person=flow.person or next(waits, None),
    )


def _step(step: parts.FlowStepPart) -> Step:
    match step:
        case parts.SayPart():
            return Say(_words(step.texts), step.then)
        case parts.MenuPart():
            return Menu(
                texts=_words(step.texts),
                choices={digit: choice.to for digit, choice in step.choices.items()},
                otherwise=step.otherwise,
                invalid=_words(step.invalid),
                tries=step.tries,
                timeout_s=step.timeout // 1000,
                phrases={
                    digit: {language: tuple(said) for language, said in choice.say.items()}
                    for digit, choice in step.choices.items()
                    if choice.say
                },
            )
        case parts.CollectPart():
            return Collect(
                texts=_words(step.texts),
                into=step.into,
                kind=step.type,
                then=step.then,
                otherwise=step.otherwise,
                invalid=_words(step.invalid),
                tries=step.tries,
                timeout_s=step.timeout // 1000,
                shortest=step.min,
                longest=step.max,
                pattern=step.pattern or "",
                speech=step.speech,
                sensitive=step.sensitive,
            )
        case parts.AnnounceAgentCountryPart():
            texts = _words(step.texts)
            return AnnounceAgentCountry(texts, step.then, step.digit, step.timeout // 1000)
        case parts.SetPart():
            return Set(step.then, dict(step.values), step.language)
        case parts.BranchPart():
            cases = tuple(Case(_condition(case.when), case.to) for case in step.cases)
            return Branch(cases, step.otherwise)
        case parts.FetchPart():
            return Fetch(
                then=step.then,
                otherwise=step.otherwise,
                fallback=_words(step.fallback),
                url=step.url or "",
                function=step.lambda_ or "",
                inputs=dict(step.inputs),
                outputs={name: Output(o.from_, o.max) for name, o in step.outputs.items()},
                budget_ms=step.budget,
            )
        case parts.EnqueuePart():
            texts = _words(step.texts)
            return Enqueue(step.queue, step.plan, texts, step.priority, step.near_plan)
        case parts.RunPart():
            return Run(step.flow, step.then)
        case parts.ReturnPart():
            return Return()
        case parts.HangupPart():
            return Hangup(_words(step.texts))


def _words(words: parts.WordsPart) -> Words:
    return {
        language: said if isinstance(said, str) else _utterance(said)
        for language, said in words.items()
    }


def _utterance(said: parts.UtterancePart) -> str | Utterance:
    if said.text is not None and said.voice is None:
        return said.text
    return Utterance(said.text or "", said.ssml or "", said.audio or "", said.voice or "")


def _condition(part: parts.ConditionPart) -> Condition:
    match part:
        case parts.AllPart():
            return Condition(conditions.ALL, parts=tuple(map(_condition, part.all)))
        case parts.AnyPart():
            return Condition(conditions.ANY, parts=tuple(map(_condition, part.any)))
        case parts.NotPart():
            return Condition(conditions.NOT, parts=(_condition(part.not_),))
        case parts.VariablePart():
            return _variable(part)
        case parts.OpenPart():
            return Condition(conditions.OPEN, part.open)
        case parts.HolidayPart():
            return Condition(conditions.HOLIDAY, part.holiday)
        case parts.QueueOpenPart():
            return Condition(conditions.QUEUE_OPEN, part.queue_open)
        case parts.WaitingPart():
            return _measured(conditions.WAITING, part.waiting, part.under, part.over)
        case parts.WaitPart():
            return _measured(conditions.WAIT, part.wait, part.under, part.over)
        case parts.LineConditionPart():
            return Condition(conditions.LINE, values=tuple(part.line))
        case parts.LanguagePart():
            return Condition(conditions.LANGUAGE, values=(part.language,))


def _variable(part: parts.VariablePart) -> Condition:
    if part.present:
        return Condition(conditions.VARIABLE, part.variable, conditions.PRESENT)
    if part.under is not None or part.over is not None:
        return _measured(conditions.VARIABLE, part.variable, part.under, part.over)
    values = part.in_ if part.in_ is not None else [part.equals or ""]
    return Condition(conditions.VARIABLE, part.variable, conditions.EQUALS, tuple(values))


def _measured(kind: str, name: str, under: int | None, over: int | None) -> Condition:
    op = conditions.OVER if under is None else conditions.UNDER
    return Condition(kind, name, op, number=(over if under is None else under) or 0)
