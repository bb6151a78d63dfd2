"""A flow walked in the terminal: it speaks, you press keys or say something.

A line of digits, ``*`` and ``#`` is pressed; an empty line is silence; other words are said. What
the flow wants to know and cannot know here is asked; the end of the input ends the call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from centralino.domain.flows import picking
from centralino.domain.flows.conditions import NothingKnown
from centralino.domain.flows.inputs import Given
from centralino.domain.flows.model import (
    AnnounceAgentCountry,
    Collect,
    Consent,
    Enqueue,
    Flows,
    Menu,
    OfferCallback,
    Pay,
    PickTime,
    Survey,
    Transfer,
    Voicemail,
)
from centralino.domain.flows.times import KEYS
from centralino.domain.flows.ventures import SCALES
from cli.flows.rehearsal import GivenFacts, Rehearsal, ending

_KEYS = re.compile(r"[0-9*#]+")
Ask = Callable[[str], str | None]


class AskedFacts(NothingKnown):
    """Facts told by whoever sits at the terminal, each once; no answer: it cannot be told."""

    def __init__(self, ask: Ask, phone: GivenFacts) -> None:
        self._ask = ask
        self._told: dict[str, str] = {}
        self._phone = phone

    def open(self, hours: str) -> bool | None:
        """Ask whether these hours are open."""
        return self._yes(f"Are the hours {hours} open?")

    def holiday(self, hours: str) -> bool | None:
        """Ask whether today is a holiday."""
        return self._yes(f"Is today a holiday by the hours {hours}?")

    def queue_open(self, queue: str) -> bool | None:
        """Ask whether a queue is open."""
        return self._yes(f"Is the queue {queue} open?")

    def holds(self, queue: str, count: int) -> bool | None:
        """Ask how many wait."""
        found = self._number(f"How many wait in {queue}?")
        return None if found is None else found >= count

    def wait_ms(self, queue: str) -> int | None:
        """Ask for the wait to expect."""
        found = self._number(f"How many seconds is the wait in {queue}?")
        return None if found is None else found * 1000

    def customer(self, field: str) -> str | None:
        """Ask what is known of the caller."""
        return self._once(f"What is the customer's {field}?") or None

    def phone(self, digits: str) -> str | None:
        """Return digits as a phone number."""
        return self._phone.phone(digits)

    def _yes(self, question: str) -> bool | None:
        found = self._once(f"{question} [y/n]").lower()
        return {"y": True, "n": False}.get(found[:1])

    def _number(self, question: str) -> int | None:
        found = self._once(question)
        return int(found) if found.isdigit() else None

    def _once(self, question: str) -> str:
        if question not in self._told:
            self._told[question] = (self._ask(question) or "").strip()
        return self._told[question]


def simulate(
    flows: Flows,
    root: str,
    *,
    language: str,
    line: str,
    phone: GivenFacts,
    ask: Ask,
    tell: Callable[[str], None],
) -> None:
    """Walk one call.

    Parameters
    ----------
    ask : callable
        Shows a question and returns the line that was typed, ``None`` at the end of the input.
    tell : callable
        Shows a line.
    """

    def answer(step: str, told: Mapping[str, str]) -> Mapping[str, Any] | None:
        found = ask(f"{step} asks with {json.dumps(dict(told), ensure_ascii=False)}; answer (JSON)")
        try:
            value = json.loads(found or "")
        except ValueError:
            return None
        return value if isinstance(value, dict) else {}

    call = Rehearsal(
        flows,
        root,
        language=language,
        line=line,
        facts=AskedFacts(ask, phone),
        answers=answer,
        callback_at="2026-05-01T14:30",
    )
    troubles = 0
    while True:
        for said in call.heard:
            tell(f"  {said}")
        for trouble in call.troubles[troubles:]:
            tell(f"! {trouble.flow}.{trouble.step} failed: {trouble.reason}")
        troubles = len(call.troubles)
        if call.over:
            tell(f"= {ending(call.outcome)}")
            return
        typed = ask(_prompt(call))
        if typed is None:
            tell("= the caller hangs up")
            return
        typed = typed.strip()
        if isinstance(call.outcome.step, Enqueue) and not typed:
            tell(f"= {ending(call.outcome)}")
            return
        _go_on(call, typed)


def _go_on(call: Rehearsal, typed: str) -> None:
    step, yes = call.outcome.step, typed.lower().startswith("y")
    match step:
        case Voicemail():
            call.leave(kept=bool(typed))
        case Transfer():
            call.dialled(answered=yes)
        case Pay():
            call.pay("paid" if yes else "declined")
        case _:
            pressed = _KEYS.fullmatch(typed) is not None
            call.answer(Given(digits=typed) if pressed else Given(speech=typed))


def _prompt(call: Rehearsal) -> str:
    step, name = call.outcome.step, call.outcome.position.step
    keys = ""
    if isinstance(step, Menu):
        keys = f" ({' '.join(step.choices)})"
    elif isinstance(step, AnnounceAgentCountry):
        keys = f" ({step.digit})"
    elif isinstance(step, Collect):
        keys = f" ({step.kind})"
    elif isinstance(step, Consent):
        keys = f" ({step.yes} {step.no})"
    elif isinstance(step, OfferCallback):
        keys = f" ({step.digit} {step.other_digit})"
    elif isinstance(step, PickTime):
        keys = f" ({KEYS[0]}-{KEYS[-1]} {picking.LATER} {picking.STAY})"
    elif isinstance(step, Survey):
        keys = " ({}-{})".format(*SCALES[step.scale])
    elif isinstance(step, Voicemail):
        keys = " (your message)"
    elif isinstance(step, Transfer):
        keys = " (does somebody answer? y/n)"
    elif isinstance(step, Pay):
        keys = " (is it paid? y/n)"
    elif isinstance(step, Enqueue):
        keys = f" (in line: {' '.join(offer.digit for offer in step.waiting.offers)})"
    return f"[{name}]{keys}"
