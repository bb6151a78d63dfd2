"""A call walked through its flow at the desk, by the interpreter that answers real ones.

It decides what is true (facts) and what data sources answer; what follows from that is the
interpreter's. Nothing is written anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from centralino.adapters.phones import dialled
from centralino.application.flow_sources import MOST_FETCHES
from centralino.contracts.flow_tests import GivenPart
from centralino.domain.errors import RuleViolation
from centralino.domain.flows import machine, picking
from centralino.domain.flows.conditions import Facts
from centralino.domain.flows.inputs import Given
from centralino.domain.flows.machine import Outcome, Scene
from centralino.domain.flows.model import (
    Enqueue,
    Fetch,
    Flows,
    Hangup,
    OfferCallback,
    PickTime,
    Voicemail,
)
from centralino.domain.flows.picking import Offer
from centralino.domain.flows.words import spoken
from centralino.domain.telephony import markup
from centralino.domain.telephony.actions import Prompt, Say

#: By the name of the step that asks and what it tells: the answer, ``None`` where it is late.
Answers = Callable[[str, Mapping[str, str]], Mapping[str, Any] | None]

_SCENE_TOLD = {"contact": "ct_" + "0" * 26, "subject": "su_" + "0" * 26}
#: A caller's number is dialled as in the country of this one, by language.
_NUMBERS = {"it": "+390200000001", "en": "+441130000001"}


class GivenFacts:
    """Facts as a conversation gives them; what it does not give cannot be told."""

    def __init__(self, given: GivenPart, language: str) -> None:
        self._given = given
        self._number = _NUMBERS.get(language, _NUMBERS["en"])

    def open(self, hours: str) -> bool | None:
        """Tell whether these hours are open."""
        return self._given.open.get(hours)

    def holiday(self, hours: str) -> bool | None:
        """Tell whether today is a holiday by the calendar of these hours."""
        return self._given.holiday.get(hours)

    def queue_open(self, queue: str) -> bool | None:
        """Tell whether a queue is open."""
        return self._given.queue_open.get(queue)

    def holds(self, queue: str, count: int) -> bool | None:
        """Tell whether at least so many contacts wait in a queue."""
        waiting = self._given.waiting.get(queue)
        return None if waiting is None else waiting >= count

    def wait_ms(self, queue: str) -> int | None:
        """Return the wait to expect in a queue."""
        return self._given.wait.get(queue)

    def phone(self, digits: str) -> str | None:
        """Return digits as a phone number."""
        return dialled(digits, self._number)

    def customer(self, field: str) -> str | None:
        """Return what is known of the customer who calls."""
        return self._given.customer.get(field)


class Rehearsal:
    """One call in its flow.

    Attributes
    ----------
    outcome : Outcome
        Where the call stands.
    heard : list of str
        What was heard since the last answer.
    steps : list of str
        The steps the call has stopped at, in order.
    told : dict
        What each asking step told its data source.
    records : list of str
        What has been put on record, in order.
    became : (str, str) or None
        What the caller's contact went on as, ``message`` or ``callback``, and its queue.
    """

    def __init__(
        self,
        flows: Flows,
        root: str,
        *,
        language: str,
        line: str,
        facts: Facts,
        answers: Answers,
        able: Collection[str] | None = None,
        callback_at: str | None = "",
    ) -> None:
        self._flows, self._facts, self._answers = flows, facts, answers
        self._scene = Scene(line=line, language=language, told=_SCENE_TOLD, able=able)
        self._callback_at = callback_at
        self._secrets: dict[str, str] = {}
        self.heard: list[str] = []
        self.steps: list[str] = []
        self.told: dict[str, dict[str, str]] = {}
        self.troubles: list[machine.Trouble] = []
        self.records: list[str] = []
        self.became: tuple[str, str] | None = None
        self.outcome = self._settled(machine.begin(flows, root, 1, self._scene, facts))

    @property
    def left(self) -> bool:
        """Whether the caller has left the flow, for a queue or for good."""
        return isinstance(self.outcome.step, Enqueue | Hangup)

    @property
    def over(self) -> bool:
        """Whether there is nothing left to answer: neither asked, nor offered in line."""
        step = self.outcome.step
        return self.left and not (isinstance(step, Enqueue) and step.waiting.offers)

    def answer(self, given: Given) -> None:
        """Take what the caller answers."""
        flows, position, scene = self._flows, self.outcome.position, self._next()
        if isinstance(self.outcome.step, Enqueue):
            taken = machine.taken(flows, scene, position, given.digits, self._facts)
            if taken is not None:
                self.outcome = self._settled(taken)
            return
        self.outcome = self._settled(machine.advance(flows, scene, position, given, self._facts))

    def leave(self, *, kept: bool) -> None:
        """Let the caller leave a message, or say nothing."""
        step, position = self.outcome.step, self.outcome.position
        if kept and isinstance(step, Voicemail):
            self.became = ("message", step.queue)
        self.outcome = self._settled(
            machine.left(self._flows, self._next(), position, self._facts, kept=kept)
        )

    def dialled(self, *, answered: bool) -> None:
        """Let the carrier tell how a call put through ended."""
        position = self.outcome.position
        self.outcome = self._settled(
            machine.dialled(self._flows, self._next(), position, self._facts, answered=answered)
        )

    def pay(self, result: str) -> None:
        """Let the carrier tell how a payment ended."""
        position = self.outcome.position
        reference = "proof" if result == machine.PAID else None
        self.outcome = self._settled(
            machine.paid(self._flows, self._next(), position, result, reference, self._facts)
        )

    def _next(self) -> Scene:
        self._scene = replace(self._scene, language=self.outcome.language)
        self.heard = []
        return self._scene

    def _settled(self, outcome: Outcome) -> Outcome:
        if outcome.answered is not None:
            given = outcome.answered.given
            self.records.append("ConsentGiven" if given else "ConsentRefused")
        for _ in range(MOST_FETCHES):
            if isinstance(outcome.step, Fetch):
                outcome = self._fetched(outcome)
            elif isinstance(outcome.step, OfferCallback) and outcome.booking is not None:
                if self._callback_at is not None:
                    self.became = ("callback", outcome.step.queue)
                at, scene = self._callback_at, self._scene
                outcome = machine.booked(self._flows, scene, outcome, at, self._facts)
            elif isinstance(outcome.step, PickTime) and (
                outcome.booking is not None or picking.wants(outcome)
            ):
                outcome = self._timed(outcome, outcome.step)
            else:
                break
        if isinstance(outcome.step, Fetch):
            outcome = machine.lost(self._flows, self._scene, outcome.position, "too_many_fetches")
        self._secrets.update(outcome.secrets)
        self.records += [event.type for event in outcome.events]
        self.troubles += outcome.troubles
        self.steps.append(outcome.position.step)
        self.heard += [shown(prompt) for prompt in outcome.prompts]
        waiting = machine.waiting_words(self._flows, outcome.position, outcome.language)
        if waiting is not None:
            self.heard.append(shown(waiting))
        offers = outcome.step.waiting.offers if isinstance(outcome.step, Enqueue) else ()
        for offer in offers:
            prompt, _ = spoken(offer.texts, {}, outcome.language)
            self.heard += [shown(prompt)] if prompt is not None else []
        return outcome

    def _timed(self, outcome: Outcome, step: PickTime) -> Outcome:
        """Offer the one time that calls back are promised for, and book it when it is picked."""
        at, scene = self._callback_at, self._scene
        if outcome.booking is None:
            times = (f"{at}+00:00",) if at is not None else ()
            today = datetime.fromisoformat(at).date() if at is not None else date.min
            offer = Offer(today, times)
            return picking.offered(self._flows, scene, outcome, offer, self._facts)
        self.became = ("callback", step.queue)
        return machine.booked(self._flows, scene, outcome, at, self._facts)

    def _fetched(self, outcome: Outcome) -> Outcome:
        name = outcome.position.step
        self.steps.append(name)
        answer = None
        try:
            told = machine.told(self._scene, outcome, self._secrets)
        except RuleViolation:
            pass
        else:
            self.told[name] = told
            answer = self._answers(name, told)
        return machine.fetched(self._flows, self._scene, outcome, answer, self._facts)


def shown(prompt: Prompt) -> str:
    """Return what is heard as it is written in a terminal."""
    if isinstance(prompt, Say):
        return markup.plain(prompt.text) if prompt.ssml else prompt.text
    return f"[{prompt.url}]"


def ending(outcome: Outcome) -> str:
    """Return in a few words how a call left its flow."""
    if isinstance(outcome.step, Enqueue):
        return f"waits in queue {outcome.step.queue} (plan {outcome.step.plan})"
    return "the call ends"
