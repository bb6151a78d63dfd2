"""What a flow can do to a caller by itself: speak, ask, decide, and lead on.

Data only; :mod:`.ventures` has the steps for which somebody else acts, and :mod:`.model` puts
them together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from centralino.domain.flows.conditions import Condition

#: How many seconds a caller has to begin an answer.
ANSWER_S = 5


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
    timeout_s: int = ANSWER_S
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
    timeout_s: int = ANSWER_S
    shortest: int = 1
    longest: int = 20
    pattern: str = ""
    speech: bool = False
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class AnnounceAgentCountry:
    """Say from which country agents answer, and let the caller ask for one in Italy or the EU.

    Pressing ``digit`` is asking; anything else, also nothing, is not. What was asked is kept in
    the variable ``agent_near``, and decides under which plan the caller waits. The duty is that
    of article 24-bis of the Italian decree-law 83/2012.
    """

    texts: Words
    then: str
    digit: str = "1"
    timeout_s: int = ANSWER_S


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
class WaitOffer:
    """Something offered to somebody who waits: who presses ``digit`` goes to the step ``to``.

    They stay in line until that step takes them out of it.

    Attributes
    ----------
    every_ms : int
        The least time between two times it is offered, and how long a caller waits for the first.
    wait_over_ms : int
        Offered only while the wait to expect is longer than this, and then at once; 0: whatever
        the wait.
    late : bool
        Offered only once the announced wait is over, and then at once.
    """

    digit: str
    to: str
    texts: Words
    every_ms: int = 60_000
    wait_over_ms: int = 0
    late: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is heard and offered in line.

    Attributes
    ----------
    music : str
        Address of a file that is played again and again; silence where empty.
    interval_ms : int
        The time between two times the words of the step are heard.
    """

    music: str = ""
    interval_ms: int = 20_000
    offers: tuple[WaitOffer, ...] = ()


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
    waiting: Waiting = Waiting()


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
