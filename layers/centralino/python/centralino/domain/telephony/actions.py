"""What a call should do next, in canonical words; an adapter renders it for its provider.

A list of actions is carried out in order. ``Gather``, ``Message``, ``Pay``, ``Dial``, ``Queue``,
``Bridge`` and ``Hangup`` are always last.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias


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
class Message:
    """Speak, then record what the caller says until silence, a key or the longest time.

    Its end is told as ``MessageRecorded`` for ``step``.
    """

    prompts: tuple[Prompt, ...]
    contact: str
    step: str
    longest_s: int = 120
    silence_s: int = 5


@dataclass(frozen=True, slots=True)
class Pay:
    """Have the provider take a payment; its end is told as ``PaymentEnded`` for ``step``.

    Card data passes from the caller to the provider and never through this product.

    Attributes
    ----------
    amount : str
        With two decimals: ``12.50``.
    currency : str
        ISO 4217, lower case.
    connector : str
        The payment gateway as the provider knows it.
    """

    contact: str
    step: str
    amount: str
    currency: str
    description: str
    language: str
    connector: str = ""


@dataclass(frozen=True, slots=True)
class Dial:
    """Connect the caller to an outside number (E.164); its end is ``DialEnded`` for ``step``."""

    number: str
    contact: str
    step: str
    caller_id: str = ""
    timeout_s: int = 30


@dataclass(frozen=True, slots=True)
class SendDigits:
    """Have this leg hear keys as tones: ``0`` to ``9``, ``*``, ``#``; ``w`` waits half a second.

    They may be the number of a card, so they are never shown.
    """

    digits: str = field(repr=False)


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


Action: TypeAlias = (
    Say | Play | Pause | Gather | Message | Pay | Dial | SendDigits | Queue | Bridge | Hangup
)
