"""A flow as people write it made into the one that is walked. It decides no rule."""

from __future__ import annotations

from typing import TypeAlias

from centralino.contracts import flow_conditions, flow_ventures, flow_words
from centralino.contracts import flow_file as parts
from centralino.domain.flows import conditions
from centralino.domain.flows.conditions import Condition
from centralino.domain.flows.model import (
    AnnounceAgentCountry,
    Branch,
    Case,
    Collect,
    Consent,
    Enqueue,
    Fetch,
    Flow,
    Hangup,
    Menu,
    OfferCallback,
    Output,
    Pay,
    PickTime,
    Return,
    Run,
    Say,
    Set,
    Step,
    Survey,
    Transfer,
    Utterance,
    Voicemail,
    Waiting,
    WaitOffer,
    Words,
)

Venture: TypeAlias = (
    flow_ventures.VoicemailPart
    | flow_ventures.TransferPart
    | flow_ventures.PayPart
    | flow_ventures.ConsentPart
    | flow_ventures.OfferCallbackPart
    | flow_ventures.PickTimePart
    | flow_ventures.SurveyPart
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
            line = _line(step.waiting) if step.waiting is not None else Waiting()
            return Enqueue(step.queue, step.plan, texts, step.priority, step.near_plan, line)
        case parts.RunPart():
            return Run(step.flow, step.then)
        case parts.ReturnPart():
            return Return()
        case parts.HangupPart():
            return Hangup(_words(step.texts))
        case _:
            return _venture(step)


def _line(line: parts.InLinePart) -> Waiting:
    offers = tuple(
        WaitOffer(
            digit=offer.digit,
            to=offer.to,
            texts=_words(offer.texts),
            every_ms=offer.every,
            wait_over_ms=offer.over or 0,
            late=offer.late or False,
        )
        for offer in line.offers
    )
    return Waiting(line.music or "", line.interval, offers)


def _venture(step: Venture) -> Step:
    match step:
        case flow_ventures.VoicemailPart():
            return Voicemail(
                texts=_words(step.texts),
                queue=step.queue,
                plan=step.plan,
                then=step.then,
                otherwise=step.otherwise,
                longest_s=step.longest // 1000,
                silence_s=step.silence // 1000,
                deadline_ms=step.deadline,
            )
        case flow_ventures.TransferPart():
            texts, wait_s = _words(step.texts), step.timeout // 1000
            return Transfer(texts, step.number, step.then, step.otherwise, wait_s)
        case flow_ventures.PayPart():
            return Pay(
                texts=_words(step.texts),
                amount=step.amount,
                currency=step.currency,
                then=step.then,
                otherwise=step.otherwise,
                invalid=_words(step.invalid),
                description=step.description,
                connector=step.connector,
                tries=step.tries,
            )
        case flow_ventures.ConsentPart():
            return Consent(
                texts=_words(step.texts),
                purpose=step.purpose,
                text_version=step.text_version,
                then=step.then,
                otherwise=step.otherwise,
                invalid=_words(step.invalid),
                yes=step.yes,
                no=step.no,
                tries=step.tries,
                timeout_s=step.timeout // 1000,
                record=step.record,
            )
        case flow_ventures.OfferCallbackPart():
            return OfferCallback(
                texts=_words(step.texts),
                ask=_words(step.ask),
                invalid=_words(step.invalid),
                queue=step.queue,
                plan=step.plan,
                then=step.then,
                otherwise=step.otherwise,
                digit=step.digit,
                other_digit=step.other_digit,
                tries=step.tries,
                timeout_s=step.timeout // 1000,
            )
        case flow_ventures.PickTimePart():
            return PickTime(
                texts=_words(step.texts),
                invalid=_words(step.invalid),
                queue=step.queue,
                plan=step.plan,
                then=step.then,
                otherwise=step.otherwise,
                tries=step.tries,
                timeout_s=step.timeout // 1000,
            )
        case flow_ventures.SurveyPart():
            return Survey(
                texts=_words(step.texts),
                scale=step.scale,
                invalid=_words(step.invalid),
                then=step.then,
                tries=step.tries,
                timeout_s=step.timeout // 1000,
            )


def _words(words: flow_words.WordsPart) -> Words:
    return {
        language: said if isinstance(said, str) else _utterance(said)
        for language, said in words.items()
    }


def _utterance(said: flow_words.UtterancePart) -> str | Utterance:
    if said.text is not None and said.voice is None:
        return said.text
    return Utterance(said.text or "", said.ssml or "", said.audio or "", said.voice or "")


def _condition(part: flow_conditions.ConditionPart) -> Condition:
    match part:
        case flow_conditions.AllPart():
            return Condition(conditions.ALL, parts=tuple(map(_condition, part.all)))
        case flow_conditions.AnyPart():
            return Condition(conditions.ANY, parts=tuple(map(_condition, part.any)))
        case flow_conditions.NotPart():
            return Condition(conditions.NOT, parts=(_condition(part.not_),))
        case flow_conditions.VariablePart():
            return _compared(conditions.VARIABLE, part.variable, part)
        case flow_conditions.CustomerPart():
            return _compared(conditions.CUSTOMER, part.customer, part)
        case flow_conditions.OpenPart():
            return Condition(conditions.OPEN, part.open)
        case flow_conditions.HolidayPart():
            return Condition(conditions.HOLIDAY, part.holiday)
        case flow_conditions.QueueOpenPart():
            return Condition(conditions.QUEUE_OPEN, part.queue_open)
        case flow_conditions.WaitingPart():
            return _measured(conditions.WAITING, part.waiting, part.under, part.over)
        case flow_conditions.WaitPart():
            return _measured(conditions.WAIT, part.wait, part.under, part.over)
        case flow_conditions.LineConditionPart():
            return Condition(conditions.LINE, values=tuple(part.line))
        case flow_conditions.LanguagePart():
            return Condition(conditions.LANGUAGE, values=(part.language,))


def _compared(
    kind: str, name: str, part: flow_conditions.VariablePart | flow_conditions.CustomerPart
) -> Condition:
    if part.present:
        return Condition(kind, name, conditions.PRESENT)
    if part.under is not None or part.over is not None:
        return _measured(kind, name, part.under, part.over)
    values = part.in_ if part.in_ is not None else [part.equals or ""]
    return Condition(kind, name, conditions.EQUALS, tuple(values))


def _measured(kind: str, name: str, under: int | None, over: int | None) -> Condition:
    op = conditions.OVER if under is None else conditions.UNDER
    return Condition(kind, name, op, number=(over if under is None else under) or 0)
