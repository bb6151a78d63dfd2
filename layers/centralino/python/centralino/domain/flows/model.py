"""The shape of a call flow: named steps with words in every language, side by side.

Data only. :mod:`.machine` walks it, :mod:`.checks` finds what is wrong with it, and
:mod:`.documents` reads it back from a published version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from centralino.domain.flows.steps import (
    AnnounceAgentCountry,
    Branch,
    Case,
    Collect,
    Enqueue,
    Fetch,
    Hangup,
    Menu,
    Output,
    Return,
    Run,
    Say,
    Set,
    Utterance,
    Waiting,
    WaitOffer,
    Words,
)
from centralino.domain.flows.ventures import (
    SCALES,
    Consent,
    OfferCallback,
    Pay,
    PickTime,
    Survey,
    Transfer,
    Voicemail,
)

__all__ = [
    "AnnounceAgentCountry",
    "Branch",
    "Case",
    "Collect",
    "Consent",
    "Enqueue",
    "Fetch",
    "Flow",
    "Flows",
    "Hangup",
    "Menu",
    "OfferCallback",
    "Output",
    "Pay",
    "PickTime",
    "Return",
    "Run",
    "Say",
    "Set",
    "Step",
    "Survey",
    "Transfer",
    "Utterance",
    "Voicemail",
    "WaitOffer",
    "Waiting",
    "Words",
]

Texts: TypeAlias = Mapping[str, str]
Path: TypeAlias = tuple[str | int, ...]

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
#: The variable that says when the caller will be called back, ``2026-05-01T14:30``.
CALLBACK_AT = "callback_at"
#: While a caller who wants to be called back is asked for another number.
OTHER_NUMBER = "callback_number"
#: The times a caller can pick, and what else was said of them.
TIMES = "callback_times"
#: The longest latency budget of one data source.
LONGEST_BUDGET_MS = 5_000

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
    | Voicemail
    | Transfer
    | Pay
    | Consent
    | OfferCallback
    | PickTime
    | Survey
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
    "voicemail": Voicemail,
    "transfer": Transfer,
    "pay": Pay,
    "consent": Consent,
    "offer_callback": OfferCallback,
    "pick_time": PickTime,
    "survey": Survey,
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


Question: TypeAlias = (
    Menu | Collect | AnnounceAgentCountry | Consent | OfferCallback | PickTime | Survey
)
"""The steps that wait for the caller's answer."""

Errand: TypeAlias = Voicemail | Transfer | Pay
"""The steps that the carrier carries out; it tells their end."""

Conversion: TypeAlias = Voicemail | OfferCallback | PickTime
"""The steps that end the caller's contact with what they make of it: words may follow, no more."""


def person_of(flow: Flow) -> Enqueue | None:
    """Return the step in which a caller of this flow waits for a person, if it names one."""
    step = flow.steps.get(flow.person or "")
    return step if isinstance(step, Enqueue) else None


def leads(step: Step) -> dict[Path, str]:
    """Return the steps of the same flow that can follow, by the place that says so."""
    match step:
        case Say() | AnnounceAgentCountry() | Set() | Run() | Survey():
            return {("then",): step.then}
        case Menu():
            found: dict[Path, str] = {("choices", digit): to for digit, to in step.choices.items()}
            return {**found, ("otherwise",): step.otherwise}
        case Branch():
            cases: dict[Path, str] = {
                ("cases", index, "to"): case.to for index, case in enumerate(step.cases)
            }
            return {**cases, ("otherwise",): step.otherwise}
        case Enqueue():
            return {
                ("waiting", "offers", index, "to"): offer.to
                for index, offer in enumerate(step.waiting.offers)
            }
        case Return() | Hangup():
            return {}
        case _:
            return {("then",): step.then, ("otherwise",): step.otherwise}


def silent_leads(step: Step) -> list[str]:
    """Return the steps that can follow for a caller who does nothing."""
    match step:
        case Menu() | Collect() | Voicemail() | Consent() | OfferCallback() | PickTime():
            return [step.otherwise]
        case Pay():
            # Nobody pays without doing something.
            return [step.otherwise]
        case Enqueue():
            return []
        case _:
            return list(leads(step).values())


def words_of(step: Step) -> dict[Path, Words]:
    """Return everything a step can say, by the place that holds it."""
    match step:
        case Say() | AnnounceAgentCountry() | Hangup() | Voicemail() | Transfer():
            return {("texts",): step.texts}
        case Enqueue():
            offers: dict[Path, Words] = {
                ("waiting", "offers", index, "texts"): offer.texts
                for index, offer in enumerate(step.waiting.offers)
            }
            return {("texts",): step.texts, **offers}
        case Menu() | Collect() | Consent() | Survey() | Pay() | PickTime():
            return {("texts",): step.texts, ("invalid",): step.invalid}
        case OfferCallback():
            return {("texts",): step.texts, ("ask",): step.ask, ("invalid",): step.invalid}
        case Fetch():
            return {("fallback",): step.fallback}
        case _:
            return {}


def filled_in(step: Step) -> Iterator[tuple[Path, str]]:
    """Yield the texts of a step that nobody hears and that variables are put into."""
    match step:
        case Set():
            for variable, text in step.values.items():
                yield ("values", variable), text
        case Transfer():
            yield ("number",), step.number
        case Pay():
            yield ("amount",), step.amount
            yield ("description",), step.description


def survey_variable(scale: str) -> str:
    """Return the variable that holds the score of a scale."""
    return f"survey_{scale}"


def most_digits(scale: str) -> int:
    """Return how many keys a score of this scale can have."""
    return len(str(SCALES[scale][1]))


def weight(variables: Mapping[str, str]) -> int:
    """Return how many bytes variables take up, two for each beside its name and value."""
    return sum(len(k.encode()) + len(v.encode()) + 2 for k, v in variables.items())
