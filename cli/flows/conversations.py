"""Conversations beside a flow, played: each either goes as written, or tells where it did not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from centralino.contracts.configuration_source import file_text, read, validated
from centralino.contracts.flow_tests import ConversationPart, EndPart, FlowTests, TurnPart
from centralino.domain.flows.inputs import Given
from centralino.domain.flows.model import Enqueue, Errand, Flows, Pay, Transfer, Voicemail
from centralino.domain.telephony.capabilities import Capability
from cli.flows.rehearsal import GivenFacts, Rehearsal, ending


def beside(flow: Path) -> Path:
    """Return where the conversations of a flow are kept."""
    return flow.with_name(f"{flow.stem}.tests.yaml")


def load(path: Path) -> list[ConversationPart]:
    """Return the conversations of a file.

    Raises
    ------
    ConfigurationError
        It cannot be read, or something in it is wrong.
    """
    return list(validated(FlowTests, read(file_text(path), str(path))).conversations)


def play(flows: Flows, root: str, conversation: ConversationPart) -> str | None:
    """Play one conversation; return what went otherwise than written, ``None`` if nothing did."""
    answers, at = conversation.given.answers, conversation.given.callback

    def answer(step: str, _told: Mapping[str, str]) -> Mapping[str, Any] | None:
        found = answers.get(step, "late")
        return None if isinstance(found, str) else found

    call = Rehearsal(
        flows,
        root,
        language=conversation.language,
        line=conversation.line,
        facts=GivenFacts(conversation.given, conversation.language),
        answers=answer,
        able=frozenset(Capability) - {*conversation.given.lacks},
        callback_at=None if at == "refused" else at,
    )
    unheard = list(call.heard)
    for number, turn in enumerate(conversation.talk, start=1):
        wrong = _turn(call, turn, unheard)
        if wrong is not None:
            return f"turn {number}: {wrong}"
    return _end(call, conversation.ends) or _rest(call, conversation)


def _turn(call: Rehearsal, turn: TurnPart, unheard: list[str]) -> str | None:
    """Play one turn; ``unheard`` is what was said and not yet asked about."""
    if turn.hears is not None:
        for index, said in enumerate(unheard):
            if turn.hears in said:
                del unheard[: index + 1]
                return None
        return f"expected to hear {turn.hears!r}, heard {unheard or 'nothing more'}"
    if turn.at is not None:
        at = call.outcome.position.step
        return None if at == turn.at else f"expected to be at {turn.at}, is at {at}"
    if call.over:
        return f"there is nothing to answer: {ending(call.outcome)}"
    wrong = _errand(call, turn)
    if wrong is not None:
        return wrong
    unheard[:] = call.heard
    return None


def _errand(call: Rehearsal, turn: TurnPart) -> str | None:
    """Let the caller answer, or the carrier tell what it did."""
    at, step = call.outcome.position.step, call.outcome.step
    if turn.message is not None or (turn.silent and isinstance(step, Voicemail)):
        if not isinstance(step, Voicemail):
            return f"no message is taken at {at}"
        call.leave(kept=bool(turn.message))
    elif turn.payment is not None:
        if not isinstance(step, Pay):
            return f"nothing is paid at {at}"
        call.pay(turn.payment)
    elif turn.dialled is not None:
        if not isinstance(step, Transfer):
            return f"nobody is dialled at {at}"
        call.dialled(answered=turn.dialled == "answered")
    elif isinstance(step, Errand):
        return f"{at} waits for a message, a payment or a call, not for an answer"
    else:
        call.answer(Given(digits=turn.presses or "", speech=turn.says or ""))
    return None


def _end(call: Rehearsal, expected: EndPart) -> str | None:
    if not call.left:
        return f"not at an end, but at {call.outcome.position.step}"
    step = call.outcome.step
    told = f"expected another end: {ending(call.outcome)}"
    if call.became is not None or expected.message or expected.callback:
        wanted = ("message", expected.message) if expected.message else None
        wanted = ("callback", expected.callback) if expected.callback else wanted
        became = call.became and f"a {call.became[0]} in queue {call.became[1]}"
        same = call.became == wanted or (wanted is None and expected.hangup)
        return None if same else f"expected another end: it became {became or 'nothing'}"
    if not isinstance(step, Enqueue):
        return None if expected.hangup else told
    if step.queue != expected.queue:
        return told
    if expected.plan is not None and step.plan != expected.plan:
        return f"expected plan {expected.plan}, not {step.plan}"
    if expected.priority is not None and step.priority != expected.priority:
        return f"expected priority {expected.priority}, not {step.priority}"
    return None


def _rest(call: Rehearsal, conversation: ConversationPart) -> str | None:
    for step, expected in conversation.told.items():
        if call.told.get(step) != expected:
            return f"{step} was expected to tell {expected}, not {call.told.get(step)}"
    if conversation.records is not None and call.records != conversation.records:
        return f"on record: {call.records or 'nothing'}, expected {conversation.records}"
    reasons = [trouble.reason for trouble in call.troubles]
    if reasons != list(conversation.fails):
        failed = [f"{t.step}: {t.reason}" for t in call.troubles]
        return f"steps failed: {failed or 'none'}, expected {conversation.fails or 'none'}"
    return None
