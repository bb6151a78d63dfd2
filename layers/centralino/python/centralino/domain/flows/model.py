"""The shape of a call flow: named steps with texts in every language, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Say:
    """Speak, then go on."""

    texts: Texts
    then: str


@dataclass(frozen=True, slots=True)
class Menu:
    """Speak, wait for one digit, go where it leads.

    After ``tries`` unanswered or wrong digits the call goes to ``otherwise``, so that a person
    is reachable without pressing anything.
    """

    texts: Texts
    choices: Mapping[str, str]
    otherwise: str
    invalid: Texts
    tries: int = 3
    timeout_s: int = 5


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Wait for an agent of a queue; the texts are heard while waiting."""

    queue: str
    plan: str
    texts: Texts
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Hangup:
    """Speak and end the call: the customer got what was asked for without an agent."""

    texts: Texts


Step = Say | Menu | Enqueue | Hangup


@dataclass(frozen=True, slots=True)
class Flow:
    """A call flow. ``start`` names the first step; ``version`` is its configuration's."""

    id: str
    version: int
    start: str
    steps: Mapping[str, Step] = field(default_factory=dict)
