"""What a call should do next, in canonical words; an adapter renders it for its provider.

A list of actions is carried out in order. ``Gather``, ``Queue``, ``Bridge`` and ``Hangup`` are
always last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

#: What an adapter can do beside rendering an action: see its ``CAPABILITIES``.
SPEECH_INPUT = "Gather:speech"
SPEECH_MARKUP = "Say:ssml"
NAMED_VOICES = "Say:voice"


@dataclass(frozen=True, slots=True)
class Say:
    """Speak a text in a language (``en``, ``it``).

    With ``ssml`` the text is speech markup that :func:`.markup.parse` takes. ``voice`` names who
    speaks; the language's usual voice where empty.
    """

    text: str
    language: str
    voice: str = ""
    ssml: bool = False


@dataclass(frozen=True, slots=True)
class Play:
    """Play the recorded file at an address."""

    url: str


Prompt: TypeAlias = Say | Play


@dataclass(frozen=True, slots=True)
class Pause:
    """Be silent."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Gather:
    """Speak while listening for digits; the answer, even an empty one, is for ``step``.

    ``speech`` is the language that is listened to as well, empty for keys alone; ``hints`` are
    phrases to expect.
    """

    prompts: tuple[Prompt, ...]
    contact: str
    step: str
    digits: int = 1
    timeout_s: int = 5
    speech: str = ""
    hints: tuple[str, ...] = ()


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


Action: TypeAlias = Say | Play | Pause | Gather | Queue | Bridge | Hangup
