"""The shape of a call flow: named steps with words in every language, side by side.

Data only. :mod:`.machine` walks it, :mod:`.checks` finds what is wrong with it, and
:mod:`.documents` reads it back from a published version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from centralino.domain.flows.conditions import Condition

Texts: TypeAlias = Mapping[str, str]

#: What the variables of one call may weigh in all, names included: a contact stays under 1 KB.
VARIABLES_BYTES = 400
#: How many flows may be inside each other, the line's own one not counted.
MOST_NESTED = 3
#: How many times one call may be asked something before it is put through to a person.
MOST_TURNS = 100
#: How many steps may follow each other without the caller's doing.
MOST_STEPS = 100
#: The variable of callers who asked for an agent in Italy or the EU.
NEAR = "agent_near"
#: The longest latency budget of one data source.
LONGEST_BUDGET_MS = 5_000


@dataclass(frozen=True, slots=True)
class Utterance:
    """How a text is heard that is more than plain words. Exactly one of the first three is set.

    Attributes
    ----------
    text : str
        Plain words.
    ssml : str
        Words with speech markup; see :mod:`centralino.domain.telephony.markup`.
    audio : str
        Address of a recorded file.
    voice : str
        Who speaks, by the name of the voice; the line's usual voice where empty.
    """

    text: str = ""
    ssml: str = ""
    audio: str = ""
    voice: str = ""


Words: TypeAlias = Mapping[str, str | Utterance]
"""What is said, by language: plain words, or an :class:`Utterance`."""


@dataclass(frozen=True, slots=True)
class Say:
    """Speak, then go on."""

    texts: Words
    then: str


@dataclass(frozen=True, slots=True)
class Menu:
    """Speak, wait for one digit or a phrase, go where it leads.

    After ``tries`` unanswered or wrong answers the call goes to ``otherwise``, so that a person
    is reachable without pressing or saying anything.

    Attributes
    ----------
    phrases : mapping of digit to mapping of language to phrases
        What may be said instead of a digit.
    """

    texts: Words
    choices: Mapping[str, str]
    otherwise: str
    invalid: Words
    tries: int = 3
    timeout_s: int = 5
    phrases: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Collect:
    """Ask for a value of a named kind and keep it in the variable ``into``.

    Attributes
    ----------
    kind : str
        ``digits``, ``date``, ``amount``, ``order`` or ``phone``; see :mod:`.inputs`.
    shortest, longest : int
        Length of ``digits`` and ``order``.
    pattern : str
        Regular expression that an ``order`` matches as a whole.
    speech : bool
        Whether the value may be said, too.
    sensitive : bool
        The value is known to nobody but the data source that is asked with it.
    """

    texts: Words
    into: str
    kind: str
    then: str
    otherwise: str
    invalid: Words
    tries: int = 3
    timeout_s: int = 5
    shortest: int = 1
    longest: int = 20
    pattern: str = ""
    speech: bool = False
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class AnnounceAgentCountry:
    """Say from which country agents answer, and let the caller ask for one in Italy or the EU.

    Pressing ``digit`` is asking; anything else, also nothing, is not. What was asked is kept in
    the variable :data:`NEAR`, and decides under which plan the caller waits. The duty is that of
    article 24-bis of the Italian decree-law 83/2012.
    """

    texts: Words
    then: str
    digit: str = "1"
    timeout_s: int = 5


@dataclass(frozen=True, slots=True)
class Set:
    """Give variables values, made of words and other variables, or change the language."""

    then: str
    values: Mapping[str, str] = field(default_factory=dict)
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """Where a branch leads when its condition holds."""

    when: Condition
    to: str


@dataclass(frozen=True, slots=True)
class Branch:
    """Go where the first case leads that holds, else to ``otherwise``.

    A case that cannot be decided (a fact is not known) leads to ``otherwise`` at once.
    """

    cases: tuple[Case, ...]
    otherwise: str


@dataclass(frozen=True, slots=True)
class Output:
    """Where an answer holds a value (``order.status``), and how many bytes it may have."""

    path: str
    longest: int = 40


@dataclass(frozen=True, slots=True)
class Fetch:
    """Ask a data source and keep what it answers; else say so and go to ``otherwise``.

    Attributes
    ----------
    url, function : str
        An HTTP address, or the name of a Lambda function: exactly one of them.
    inputs : mapping
        What it is told, made of words and variables.
    budget_ms : int
        How long the caller can wait for it.
    """

    then: str
    otherwise: str
    fallback: Words
    url: str = ""
    function: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, Output] = field(default_factory=dict)
    budget_ms: int = 2_000


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Wait for an agent of a queue; the texts are heard while waiting.

    ``near_plan`` is the plan for callers who asked for an agent in Italy or the EU.
    """

    queue: str
    plan: str
    texts: Words
    priority: int = 0
    near_plan: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """Walk through another flow; go on here when it returns. Variables are shared."""

    flow: str
    then: str


@dataclass(frozen=True, slots=True)
class Return:
    """Go back to the flow that runs this one."""


@dataclass(frozen=True, slots=True)
class Hangup:
    """Speak and end the call: the customer got what was asked for without an agent."""

    texts: Words


Step: TypeAlias = (
    Say
    | Menu
    | Collect
    | AnnounceAgentCountry
    | Set
    | Branch
    | Fetch
    | Enqueue
    | Run
    | Return
    | Hangup
)

#: The word for each kind of step, in files and documents.
STEPS: Mapping[str, type[Step]] = {
    "say": Say,
    "menu": Menu,
    "collect": Collect,
    "announce_agent_country": AnnounceAgentCountry,
    "set": Set,
    "branch": Branch,
    "fetch": Fetch,
    "enqueue": Enqueue,
    "run": Run,
    "return": Return,
    "hangup": Hangup,
}


@dataclass(frozen=True, slots=True)
class Flow:
    """A call flow.

    Attributes
    ----------
    start : str
        The first step.
    version : int
        The version of the configuration it belongs to.
    person : str or None
        The step, an :class:`Enqueue`, to which a caller goes when another step fails.
    """

    id: str
    version: int
    start: str
    steps: Mapping[str, Step] = field(default_factory=dict)
    person: str | None = None


Flows: TypeAlias = Mapping[str, Flow]
"""The flows of one version, by id."""


Question: TypeAlias = Menu | Collect | AnnounceAgentCountry
"""The steps that wait for the caller's answer."""


def person_of(flow: Flow) -> Enqueue | None:
    """Return the step in which a caller of this flow waits for a person, if it names one."""
    step = flow.steps.get(flow.person or "")
    return step if isinstance(step, Enqueue) else None


def leads(step: Step) -> dict[tuple[str | int, ...], str]:
    """Return the steps of the same flow that can follow, by the place that says so."""
    match step:
        case Say() | AnnounceAgentCountry() | Set() | Run():
            return {("then",): step.then}
        case Menu():
            found: dict[tuple[str | int, ...], str] = {
                ("choices", digit): to for digit, to in step.choices.items()
            }
            return {**found, ("otherwise",): step.otherwise}
        case Branch():
            cases: dict[tuple[str | int, ...], str] = {
                ("cases", index, "to"): case.to for index, case in enumerate(step.cases)
            }
            return {**cases, ("otherwise",): step.otherwise}
        case Collect() | Fetch():
            return {("then",): step.then, ("otherwise",): step.otherwise}
        case _:
            return {}


def words_of(step: Step) -> dict[str, Words]:
    """Return everything a step can say, by the field that holds it."""
    match step:
        case Say() | AnnounceAgentCountry() | Enqueue() | Hangup():
            return {"texts": step.texts}
        case Menu() | Collect():
            return {"texts": step.texts, "invalid": step.invalid}
        case Fetch():
            return {"fallback": step.fallback}
        case _:
            return {}


def weight(variables: Mapping[str, str]) -> int:
    """Return how many bytes variables take up, two for each beside its name and value."""
    return sum(len(k.encode()) + len(v.encode()) + 2 for k, v in variables.items())
