"""Steps for which somebody else acts: the carrier, a payment gateway, a queue, the customer.

What comes of them is told later, or is something that has to be put on record. Data only.
"""

from __future__ import annotations

from dataclasses import dataclass

from centralino.domain.flows.steps import ANSWER_S, Words

#: What a caller can be asked to agree to.
PURPOSES = ("recording", "survey", "sms", "email", "marketing")
RECORDING = "recording"
#: Scale of a survey -> its lowest and highest score.
SCALES = {"csat": (1, 5), "nps": (0, 10), "ces": (1, 7)}


@dataclass(frozen=True, slots=True)
class Voicemail:
    """Take a spoken message: it becomes a contact of its own in a queue.

    The caller's contact ends with it; what follows at ``then`` is heard, and is the end. Who says
    nothing, or calls over a provider that takes no messages, goes to ``otherwise``.

    Attributes
    ----------
    plan : str
        A plan for tasks, one of the queue's.
    longest_s, silence_s : int
        How long a message can be, and after how much silence it is over.
    deadline_ms : int
        When somebody should have listened to it, from now.
    """

    texts: Words
    queue: str
    plan: str
    then: str
    otherwise: str
    longest_s: int = 120
    silence_s: int = 5
    deadline_ms: int = 4 * 3_600_000


@dataclass(frozen=True, slots=True)
class Transfer:
    """Put the caller through to an outside number; ``then`` is for who is still there after it.

    ``number`` is in E.164, or a variable (``{number}``) that only a ``collect`` of the kind
    ``phone`` fills. Busy, no answer and any other failure lead to ``otherwise``.
    """

    texts: Words
    number: str
    then: str
    otherwise: str
    timeout_s: int = 30


@dataclass(frozen=True, slots=True)
class Pay:
    """Have the provider take a payment; card data never comes here.

    A recording is paused by itself. After a declined card or one that was mistyped the caller
    hears ``invalid`` and may try again, ``tries`` times in all.

    Attributes
    ----------
    amount : str
        Words and variables that make an amount such as ``12.50``.
    currency : str
        ISO 4217, lower case.
    connector : str
        The payment gateway as the provider knows it.
    """

    texts: Words
    amount: str
    currency: str
    then: str
    otherwise: str
    invalid: Words
    description: str = ""
    connector: str = ""
    tries: int = 3


@dataclass(frozen=True, slots=True)
class Consent:
    """Ask for a consent and put the answer on record; who does not answer has given none.

    With ``record`` the recording of the call begins when consent is given, never before. Where
    the provider cannot record, a step for the purpose ``recording`` leads to ``otherwise`` without
    a word: nobody hears of a recording that does not take place.

    Attributes
    ----------
    text_version : str
        Which wording was heard: kept with the answer.
    """

    texts: Words
    purpose: str
    text_version: str
    then: str
    otherwise: str
    invalid: Words
    yes: str = "1"
    no: str = "2"
    tries: int = 2
    timeout_s: int = ANSWER_S
    record: bool = False


@dataclass(frozen=True, slots=True)
class OfferCallback:
    """Offer to call back: at the caller's own number, or at one that is keyed in.

    Any other answer, also none, declines. The caller's contact ends with the booking; what
    follows at ``then`` is heard, and is the end. It can say ``{callback_at:time}``.

    Attributes
    ----------
    plan : str
        A plan for callbacks, one of the queue's.
    ask : Words
        Asks for the other number.
    digit, other_digit : str
        For the own number, and for another one.
    """

    texts: Words
    ask: Words
    invalid: Words
    queue: str
    plan: str
    then: str
    otherwise: str
    digit: str = "1"
    other_digit: str = "2"
    tries: int = 3
    timeout_s: int = ANSWER_S


@dataclass(frozen=True, slots=True)
class PickTime:
    """Let the caller pick one of the next free times of a queue's call backs, or later ones.

    The product says up to three times with their keys (1 to 3; 9 for later ones, 0 to stay in
    line) after ``texts``. Who has a call back already hears when, moves it by picking, and
    cancels it with 8. Booking ends the caller's contact; what follows at ``then`` is heard, and is
    the end. It can say ``{callback_at:time}``. Who stays, cancels or cannot be called goes to
    ``otherwise``.

    Attributes
    ----------
    plan : str
        A plan for callbacks, one of the queue's.
    """

    texts: Words
    invalid: Words
    queue: str
    plan: str
    then: str
    otherwise: str
    tries: int = 3
    timeout_s: int = ANSWER_S


@dataclass(frozen=True, slots=True)
class Survey:
    """Ask one question with a score as the answer; each scale counts once in a call.

    ``scale`` is ``csat`` (1 to 5), ``nps`` (0 to 10) or ``ces`` (1 to 7). The score is kept in
    the variable ``survey_<scale>``, too.
    """

    texts: Words
    scale: str
    invalid: Words
    then: str
    tries: int = 2
    timeout_s: int = ANSWER_S
