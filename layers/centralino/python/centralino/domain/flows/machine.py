"""The interpreter of call flows: position and answer in, what is heard and the next position out.

It decides what the caller hears and where the call stands. It never writes, never asks a data
source by itself (an :class:`Outcome` at a :class:`Fetch` asks for that, :func:`fetched` goes on),
and knows no provider's words. Whatever is wrong with a flow, the caller hears something sensible
and is led to a person; what failed is told as :class:`Trouble`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from centralino.domain.contacts.model import FlowPosition
from centralino.domain.errors import RuleViolation
from centralino.domain.flows import answers, asking, inputs
from centralino.domain.flows.asking import SENSITIVE
from centralino.domain.flows.conditions import Facts, NothingKnown, holds
from centralino.domain.flows.inputs import Given
from centralino.domain.flows.model import (
    MOST_NESTED,
    MOST_STEPS,
    MOST_TURNS,
    NEAR,
    VARIABLES_BYTES,
    AnnounceAgentCountry,
    Branch,
    Collect,
    Enqueue,
    Fetch,
    Flow,
    Flows,
    Hangup,
    Menu,
    Question,
    Return,
    Run,
    Say,
    Set,
    Step,
    Words,
    person_of,
    weight,
)
from centralino.domain.flows.words import filled, spoken
from centralino.domain.telephony import phrases
from centralino.domain.telephony.actions import Prompt

Rest: TypeAlias = Question | Fetch | Enqueue | Hangup
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
    """

    line: str = ""
    language: str = "en"
    person: Enqueue | None = None
    told: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A step that failed, and why (a stable code, no data of the caller)."""

    flow: str
    step: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happens next in a call.

    Attributes
    ----------
    prompts : tuple of Say and Play
        To be heard now, in order. The words of an :class:`Enqueue` are not among them: they are
        heard while waiting, see :func:`waiting_words`.
    position : FlowPosition
        Where the call stands.
    step : a Question, Fetch, Enqueue or Hangup
        The step of that position.
    language : str
        The caller's, as it is from now on.
    secrets : mapping
        Sensitive values gathered since the last stop, by variable.
    troubles : tuple of Trouble
    """

    prompts: tuple[Prompt, ...]
    position: FlowPosition
    step: Rest
    language: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    troubles: tuple[Trouble, ...] = ()


def begin(flows: Flows, flow_id: str, version: int, scene: Scene, facts: Facts) -> Outcome:
    """Return what a caller who just rang hears."""
    walk = _Walk(flows, scene, facts, FlowPosition(flow_id, version, NO_STEP))
    flow = flows.get(flow_id)
    return walk.to(flow.start) if flow is not None else walk.rescue("unknown_flow")


def advance(
    flows: Flows, scene: Scene, position: FlowPosition, given: Given, facts: Facts
) -> Outcome:
    """Return what follows a caller's answer at a menu or where a value is collected.

    An answer that is none repeats the step with the words for a mistake; the last try leads on.

    Raises
    ------
    RuleViolation
        Nothing is asked at this position (``not_at_menu``).
    """
    step = step_at(flows, position)
    walk = _Walk(flows, scene, facts, position)
    walk.turn += 1
    match step:
        case None:
            return walk.rescue("unknown_step")
        case Menu():
            to = inputs.choice(step, given, scene.language)
        case Collect():
            value = inputs.value(step, given, scene.language, facts.phone)
            to = step.then if value is not None and walk.keep(step, value) else None
        case AnnounceAgentCountry():
            if given.digits == step.digit:
                walk.variables[NEAR] = "1"
            return walk.to(step.then)
        case _:
            raise RuleViolation("the call is not at a menu", code="not_at_menu")
    if to is not None:
        return walk.to(to)
    tries = position.tries + 1
    if tries >= step.tries:
        return walk.to(step.otherwise)
    walk.say(step.invalid)
    return walk.stop(step, position.step, tries)


def fetched(
    flows: Flows,
    scene: Scene,
    outcome: Outcome,
    answer: Mapping[str, Any] | None,
    facts: Facts,
) -> Outcome:
    """Go on after a data source was asked.

    Parameters
    ----------
    answer
        The object it answered with; ``None`` where it failed or was late.
    """
    step = outcome.step
    if not isinstance(step, Fetch):
        raise RuleViolation("the call asks no data source", code="not_at_fetch")
    walk = _Walk(flows, scene, facts, outcome.position, outcome)
    walk.forget(asking.secrets_in(step))
    values = answers.values(step, answer) if answer is not None else None
    if values is not None and walk.fits(values):
        walk.variables.update(values)
        return walk.to(step.then)
    walk.trouble("no_answer" if answer is None else "useless_answer")
    walk.say(step.fallback)
    return walk.to(step.otherwise)


def present(flows: Flows, scene: Scene, position: FlowPosition) -> Outcome:
    """Return what the caller hears at this position, without moving.

    Where the step is not there any more the position returned is another one: the caller is led
    to a person, which has to be written.
    """
    step = step_at(flows, position)
    walk = _Walk(flows, scene, NothingKnown(), position)
    if step is None or not isinstance(step, Question | Enqueue | Hangup):
        return walk.rescue("unknown_step")
    if not isinstance(step, Enqueue):
        walk.say(step.texts)
    return Outcome(tuple(walk.prompts), position, step, scene.language, {}, tuple(walk.troubles))


def told(scene: Scene, outcome: Outcome, secrets: Mapping[str, str]) -> dict[str, str]:
    """Return what the data source is told at which an outcome stands.

    Parameters
    ----------
    secrets
        Sensitive values kept from earlier turns.

    Raises
    ------
    RuleViolation
        A sensitive value is not known any more (``secret_gone``).
    """
    if not isinstance(outcome.step, Fetch):
        raise RuleViolation("the call asks no data source", code="not_at_fetch")
    about = {**scene.told, "language": outcome.language, "line": scene.line}
    known = {**secrets, **outcome.secrets}
    return asking.told(outcome.step, outcome.position.variables, known, about, outcome.language)


def lost(flows: Flows, scene: Scene, position: FlowPosition, reason: str) -> Outcome:
    """Return how a caller gets to a person whose flow cannot go on."""
    return _Walk(flows, scene, NothingKnown(), position).rescue(reason)


def waiting_words(flows: Flows, position: FlowPosition, language: str) -> Prompt | None:
    """Return what somebody hears who waits in a queue, if the step has words for it."""
    step = step_at(flows, position)
    return spoken(step.texts, {}, language)[0] if isinstance(step, Enqueue) else None


def step_at(flows: Flows, position: FlowPosition) -> Step | None:
    """Return the step a position names, if it is there."""
    flow = flows.get(position.flow)
    return flow.steps.get(position.step) if flow is not None else None


class _Walk:
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

    def to(self, name: str) -> Outcome:
        """Walk on from a step up to one where something is needed from outside."""
        for _ in range(MOST_STEPS):
            self.at = name
            flow = self.flows.get(self.flow)
            step = flow.steps.get(name) if flow is not None else None
            match step:
                case Say():
                    self.say(step.texts)
                    name = step.then
                case Set():
                    if not self._set(step):
                        return self.rescue("variables_too_large")
                    name = step.then
                case Branch():
                    name = self._branch(step)
                case Run():
                    if len(self.stack) >= MOST_NESTED or step.flow not in self.flows:
                        return self.rescue("cannot_run")
                    self.stack.append((self.flow, step.then))
                    self.flow, name = step.flow, self.flows[step.flow].start
                case Return():
                    if not self.stack:
                        return self.rescue("nowhere_to_return_to")
                    self.flow, name = self.stack.pop()
                case Menu() | Collect() | AnnounceAgentCountry():
                    if self.turn >= MOST_TURNS:
                        return self.rescue("too_many_turns")
                    return self.stop(step, name)
                case Fetch():
                    return self._outcome(step, name, 0)
                case Enqueue() | Hangup():
                    return self.stop(step, name)
                case None:
                    return self.rescue("unknown_step")
        self.prompts = self.prompts[:1]
        return self.rescue("endless")

    def stop(self, step: Question | Enqueue | Hangup, name: str, tries: int = 0) -> Outcome:
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
            self.say(step.texts)
        return self._outcome(step, name, tries)

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

    def _outcome(self, step: Rest, name: str, tries: int) -> Outcome:
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
            tuple(self.prompts),
            position,
            step,
            self.language,
            dict(self.secrets),
            tuple(self.troubles),
        )
