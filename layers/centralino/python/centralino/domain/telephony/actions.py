"""What a call should do next, in canonical words; an adapter renders it for its provider.

A list of actions is carried out in order. ``Gather``, ``Queue``, ``Bridge`` and ``Hangup`` are
always last.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Say:
    """Speak a text in a language (``en``, ``it``)."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Be silent."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Gather:
    """Speak while listening for digits; the answer, even an empty one, is for ``step``."""

    prompts: tuple[Say, ...]
    contact: str
    step: str
    digits: int = 1
    timeout_s: int = 5


@dataclass(frozen=True, slots=True)
class Queue:
    """Wait in line as this contact; what is heard there is asked for again and again."""

    contact: str


@dataclass(frozen=True, slots=True)
class Bridge:
    """Enter the conversation named by the contact. The conversation ends with this leg."""

    contact: str


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call."""


Action = Say | Pause | Gather | Queue | Bridge | Hangup
