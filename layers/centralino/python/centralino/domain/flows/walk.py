"""One walk through the steps of a call, from a stop to the next one, and what came of it.

A walk decides what the caller hears and where the call stands; it never writes and asks nobody.
:mod:`.machine` has the occasions for a walk.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from centralino.domain.contacts.model import FlowPosition
from centralino.domain.events import Event
from centralino.domain.flows import times
from centralino.domain.flows.asking import SENSITIVE
from centralino.domain.flows.conditions import Facts, holds
from centralino.domain.flows.model import (
    MOST_NESTED,
    MOST_STEPS,
    MOST_TURNS,
    NEAR,
    OTHER_NUMBER,
    VARIABLES_BYTES,
    Branch,
    Collect,
    Consent,
    Enqueue,
    Errand,
    Fetch,
    Flow,
    Flows,
    Hangup,
    OfferCallback,
    Pay,
    PickTime,
    Question,
    Return,
    Run,
    Say,
    Set,
    Survey,
    Transfer,
    Voicemail,
    Words,
    person_of,
    survey_variable,
    weight,
)
from centralino.domain.flows.ventures import RECORDING
from centralino.domain.flows.words import amount_of, filled, number_of, spoken
from centralino.domain.telephony import phrases
from centralino.domain.telephony.actions import Prompt
from centralino.domain.telephony.capabilities import Capability

Rest: TypeAlias = Question | Errand | Fetch | Enqueue | Hangup
#: The step of a caller whose flow named no way to a person.
NO_STEP = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """What the interpreter is told of a call beside its position.

    Attributes
    ----------
    person : Enqueue or None
        Where the caller goes when a step fails and the flow names no way to a person.
    told : mapping
        What a data source may be told beside the variables: ``contact``, ``subject``.
    able : collection of capabilities or None
        What the provider of the call can do; ``None``: everything, as far as is known.
    """

    line: str = ""
    language: str = "en"
    person: Enqueue | None = None
    told: Mapping[str, str] = field(default_factory=dict)
    able: Collection[str] | None = None

    def can(self, what: Capability) -> bool:
        """Tell whether the provider of the call can do this."""
        return self.able is None or what in self.able


@dataclass(frozen=True, slots=True)
class Trouble:
    """A step that failed, and why (a stable code, no data of the caller)."""

    flow: str
    step: str
    reason: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A caller's answer to a :class:`Consent`, to be put on record; ``token`` names the turn."""

    step: Consent
    given: bool
    token: str


@dataclass(frozen=True, slots=True)
class Booking:
    """A call back the caller asked for, still to be booked.

    ``number`` is in E.164, ``None`` for the number the call came from; ``at`` the time that was
    picked, local with its offset; ``cancels``: the one that stands is not wanted any more.
    """

    number: str | None = field(repr=False)
    at: str | None = None
    cancels: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happens next in a call.

    Attributes
    ----------
    prompts : tuple of Say and Play
        To be heard now, in order. The words of an :class:`Enqueue` are not among them: they are
        heard while waiting, see :func:`.machine.waiting_words`.
    position : FlowPosition
        Where the call stands.
    step : a Question, Errand, Fetch, Enqueue or Hangup
        The step of that position.
    language : str
        The caller's, as it is from now on.
    secrets : mapping
        Sensitive values gathered since the last stop, by variable.
    troubles : tuple of Trouble
    events : tuple of Event
        What the walk makes known: a payment, a score.
    answered : Answered or None
        A consent given or refused.
    booking : Booking or None
        Set where the call stands at a step that books, with what has to be.
    converted : bool
        Whether the caller's contact has ended with what was made of it: only words follow.
    """

    prompts: tuple[Prompt, ...]
    position: FlowPosition
    step: Rest
    language: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    troubles: tuple[Trouble, ...] = ()
    events: tuple[Event, ...] = ()
    answered: Answered | None = None
    booking: Booking | None = None
    converted: bool = False


class Walk:
    """One walk through the steps, from a stop to the next one."""

    def __init__(
        self,
        flows: Flows,
        scene: Scene,
        facts: Facts,
        position: FlowPosition,
        outcome: Outcome | None = None,
    ) -> None:
        self.flows, self.scene, self.facts = flows, scene, facts
        self.flow, self.at, self.version = position.flow, position.step, position.version
        self.stack = list(position.stack)
        self.variables = dict(position.variables)
        self.turn = position.turn
        self.language = outcome.language if outcome else scene.language
        self.prompts: list[Prompt] = list(outcome.prompts) if outcome else []
        self.secrets: dict[str, str] = dict(outcome.secrets) if outcome else {}
        self.troubles: list[Trouble] = list(outcome.troubles) if outcome else []
        self.events: list[Event] = list(outcome.events) if outcome else []
        self.answered = outcome.answered if outcome else None
        self.converted = outcome.converted if outcome else False

    def to(self, name: str) -> Outcome:
        """Walk on from a step up to one where something is needed from outside."""
        for _ in range(MOST_STEPS):
            self.at = name
            flow = self.flows.get(self.flow)
            step = flow.steps.get(name) if flow is not None else None
            onward = self._past(step)
            if onward is not None:
                name = onward
                continue
            if isinstance(step, Question | Errand):
                if self.turn >= MOST_TURNS:
                    return self.rescue("too_many_turns")
                return self.stop(step, name)
            match step:
                case Set():
                    if not self._set(step):
                        return self.rescue("variables_too_large")
                    name = step.then
                case Run():
                    if len(self.stack) >= MOST_NESTED or step.flow not in self.flows:
                        return self.rescue("cannot_run")
                    self.stack.append((self.flow, step.then))
                    self.flow, name = step.flow, self.flows[step.flow].start
                case Return():
                    if not self.stack:
                        return self.rescue("nowhere_to_return_to")
                    self.flow, name = self.stack.pop()
                case Fetch():
                    return self.outcome(step, name)
                case Enqueue() | Hangup():
                    return self.stop(step, name)
                case _:
                    return self.rescue("unknown_step")
        self.prompts = self.prompts[:1]
        return self.rescue("endless")

    def stop(
        self, step: Question | Errand | Enqueue | Hangup, name: str, tries: int = 0
    ) -> Outcome:
        """Return the outcome at a step where the caller is asked something or leaves the flow."""
        if isinstance(step, Enqueue | Hangup):
            if isinstance(step, Hangup):
                self.say(step.texts)
            elif step.near_plan is not None and NEAR in self.variables:
                step = replace(step, plan=step.near_plan)
            # Nobody needs them any more, and a waiting contact is small.
            self.variables, self.secrets = {}, {}
            self.stack = []
        else:
            for words in words_at(step, self.variables):
                self.say(words)
        return self.outcome(step, name, tries)

    def rescue(self, reason: str) -> Outcome:
        """Return how the caller gets to a person from a step that failed."""
        self.trouble(reason)
        root = self.stack[0][0] if self.stack else self.flow
        flow: Flow | None = self.flows.get(root)
        own = person_of(flow) if flow is not None else None
        step = own or self.scene.person
        if own is not None and flow is not None:
            self.flow, name = root, flow.person or NO_STEP
        else:
            name = NO_STEP
        self.at = name
        if step is None:
            return self.stop(Hangup(phrases.TROUBLE_NOBODY), name)
        self.say(phrases.TROUBLE)
        return self.stop(step, name)

    def say(self, words: Words) -> None:
        """Add what is heard of these words."""
        prompt, wrong = spoken(words, self.variables, self.language)
        if prompt is not None:
            self.prompts.append(prompt)
        if wrong is not None:
            self.trouble(wrong)

    def trouble(self, reason: str) -> None:
        """Note that the present step failed."""
        self.troubles.append(Trouble(self.flow, self.at, reason))

    def keep(self, step: Collect, value: str) -> bool:
        """Keep a collected value; False where it does not fit."""
        if not step.sensitive:
            fits = self.fits({step.into: value})
            if fits:
                self.variables[step.into] = value
            return fits
        self.variables[SENSITIVE + step.into] = ""
        self.secrets[step.into] = value
        return True

    def forget(self, names: tuple[str, ...]) -> None:
        """Forget the sensitive values among these variables: they have been used."""
        for name in names:
            self.secrets.pop(name, None)
            self.variables.pop(SENSITIVE + name, None)

    def fits(self, more: Mapping[str, str]) -> bool:
        """Tell whether the call's variables can hold these, too."""
        return weight({**self.variables, **more}) <= VARIABLES_BYTES

    def outcome(
        self, step: Rest, name: str, tries: int = 0, booking: Booking | None = None
    ) -> Outcome:
        """Return what came of this walk, at a step."""
        position = FlowPosition(
            flow=self.flow,
            version=self.version,
            step=name,
            tries=tries,
            turn=self.turn,
            stack=tuple(self.stack),
            variables=dict(self.variables),
        )
        return Outcome(
            prompts=tuple(self.prompts),
            position=position,
            step=step,
            language=self.language,
            secrets=dict(self.secrets),
            troubles=tuple(self.troubles),
            events=tuple(self.events),
            answered=self.answered,
            booking=booking,
            converted=self.converted,
        )

    def _past(self, step: object) -> str | None:
        """Return where a step leads at which nobody has to do anything; ``None`` at others."""
        match step:
            case Say():
                self.say(step.texts)
                return step.then
            case Branch():
                return self._branch(step)
            case Survey() if survey_variable(step.scale) in self.variables:
                return step.then
            case Consent() if step.purpose == RECORDING and not self.scene.can(Capability.RECORD):
                # Nobody may hear of a recording that does not take place.
                return step.otherwise
            case Voicemail() | Transfer() | Pay():
                reason = self._hindrance(step)
                if reason is not None:
                    self.trouble(reason)
                    return step.otherwise
        return None

    def _hindrance(self, step: Errand) -> str | None:
        """Return why the carrier cannot be sent on this errand, if it cannot."""
        if not self.scene.can(CARRIED_BY[type(step)]):
            return "provider_cannot"
        if isinstance(step, Transfer) and number_of(step.number, self.variables) is None:
            return "no_number"
        if isinstance(step, Pay) and amount_of(step.amount, self.variables) is None:
            return "no_amount"
        return None

    def _set(self, step: Set) -> bool:
        values = {
            name: filled(text, self.variables, self.language) for name, text in step.values.items()
        }
        if not self.fits(values):
            return False
        self.variables.update(values)
        self.language = step.language or self.language
        return True

    def _branch(self, step: Branch) -> str:
        known = {name.removeprefix(SENSITIVE): value for name, value in self.variables.items()}
        # That a sensitive value is there may be asked; what it is may not.
        known |= {name[1:]: SENSITIVE for name in self.variables if name.startswith(SENSITIVE)}
        for case in step.cases:
            found = holds(case.when, known, self.scene.line, self.language, self.facts)
            if found is None:
                self.trouble("undecided")
                return step.otherwise
            if found:
                return case.to
        return step.otherwise


#: What the provider needs for each errand.
CARRIED_BY: Mapping[type, Capability] = {
    Voicemail: Capability.MESSAGE,
    Transfer: Capability.DIAL,
    Pay: Capability.PAY,
}


def words_at(step: Question | Errand | Hangup, variables: Mapping[str, str]) -> tuple[Words, ...]:
    """Return what a caller hears who stands at this step, in order."""
    if isinstance(step, OfferCallback) and OTHER_NUMBER in variables:
        return (step.ask,)
    if isinstance(step, PickTime):
        return (step.texts, *times.choices(variables))
    return (step.texts,)
