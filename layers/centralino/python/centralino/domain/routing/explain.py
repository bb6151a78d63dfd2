"""A decision in words: why this agent, why not the others, and why it took as long.

Decides wording only. What it says follows from the record alone; agents are named by the label
it is given, so that no name has to be stored with a decision.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from centralino.domain.contacts.model import Decision
from centralino.domain.errors import InvalidRequest
from centralino.domain.routing.records import PREFERRED

LANGUAGES = ("en", "it")


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision and the offer it led to. Times in UTC milliseconds.

    ``leg`` is the stay in a queue it ended, 1 for the first.
    """

    rid: str
    agent: str
    queue: str
    at: int
    waited_ms: int
    leg: int
    decision: Decision


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision in words, a sentence each."""

    chosen: str
    others: tuple[str, ...]
    waited: str


#: Strategy or rule -> why its first agent is the first.
RULES: dict[str, dict[str, str]] = {
    "longest_idle": {
        "en": "had been idle the longest of the agents able to take it",
        "it": "era libero da più tempo tra gli operatori adatti",
    },
    "least_recent": {
        "en": "was the one offered something longest ago",
        "it": "era quello a cui non si proponeva un contatto da più tempo",
    },
    "fewest_contacts": {
        "en": "had taken the fewest contacts since signing in",
        "it": "aveva gestito meno contatti dall'inizio del turno",
    },
    "random": {
        "en": "was drawn among the agents able to take it",
        "it": "è stato estratto a sorte tra gli operatori adatti",
    },
    "round_robin": {
        "en": "was next in the queue's ring",
        "it": "era il prossimo nel giro della coda",
    },
    "linear": {
        "en": "was the first free one in the queue's fixed order",
        "it": "era il primo libero nell'ordine fisso della coda",
    },
    "skill_weighted": {
        "en": "had the highest levels in the skills asked for",
        "it": "aveva i livelli più alti nelle competenze richieste",
    },
    "scarce_profile_first": {
        "en": "was the one who could do least else",
        "it": "era quello che poteva fare meno altro",
    },
    PREFERRED: {
        "en": "was asked for by name",
        "it": "era l'operatore richiesto",
    },
}

#: Reason code of a candidate -> what it means. ``records.REASONS`` says it to developers.
REASONS: dict[str, dict[str, str]] = {
    "ok": {
        "en": "was chosen",
        "it": "è stato scelto",
    },
    "pf": {
        "en": "was chosen: the agent this contact prefers",
        "it": "è stato scelto: è l'operatore preferito di questo contatto",
    },
    "mv": {
        "en": "was chosen in another's place, so that one contact more could be served",
        "it": "è stato scelto al posto di un altro, per servire un contatto in più",
    },
    "tr": {
        "en": "was set aside: the contact had been offered there a moment before",
        "it": "era stato messo da parte: il contatto gli era stato proposto poco prima",
    },
    "sk": {
        "en": "lacked a skill, or its level, asked for at that step",
        "it": "non aveva una competenza, o il livello, richiesti in quel passo",
    },
    "dl": {
        "en": "serves this queue only for contacts that have waited longer",
        "it": "serve questa coda solo per contatti che attendono da più tempo",
    },
    "rk": {
        "en": "was free as well, but later in the order",
        "it": "era anch'esso libero, ma dopo nell'ordine",
    },
    "gv": {
        "en": "gave way to a contact that nobody else could serve",
        "it": "è stato lasciato a un contatto che nessun altro poteva servire",
    },
}

_CHOSEN = {
    "en": "{agent} was chosen for queue {queue}: {why}.",
    "it": "Per la coda {queue} è stato scelto {agent}: {why}.",
}
_OTHER = {"en": "{agent} {why}.", "it": "{agent} {why}."}
_AT_ONCE = {"en": "It did not have to wait.", "it": "Non ha dovuto attendere."}
_WAITED = {
    "en": "It waited {seconds} s until an agent able to take it was free",
    "it": "Ha atteso {seconds} s che si liberasse un operatore adatto",
}
_RELAXED = {
    "en": "by then its plan asked for less (step {step})",
    "it": "nel frattempo il suo piano chiedeva di meno (passo {step})",
}
_TRIED = {
    "en": "it had been offered to others before, who did not take it",
    "it": "prima era stato proposto ad altri, che non l'hanno preso",
}
_AGAIN = {
    "en": "this was its stay number {leg} in a queue",
    "it": "era la sua attesa numero {leg} in una coda",
}
#: Less than this is the time it takes to assign anything.
_AT_ONCE_MS = 1_000


def explain(
    decided: Decided, language: str = "en", name_of: Callable[[str], str] = str
) -> Explanation:
    """Return a decision in words.

    Parameters
    ----------
    language : str
        ``en`` or ``it``.
    name_of : callable, optional
        Agent id -> how to call that agent; the id itself unless given.

    Raises
    ------
    InvalidRequest
        It is not written in this language (``unknown_language``).

    Examples
    --------
    >>> decision = Decision("longest_idle", 0, (("ann", "ok"), ("bob", "rk")))
    >>> told = explain(Decided("ct_1#3", "ann", "sales", 9_000, 0, 1, decision))
    >>> told.others
    ('bob was free as well, but later in the order.',)
    """
    if language not in LANGUAGES:
        raise InvalidRequest("decisions are told in en and it", code="unknown_language")
    decision = decided.decision
    codes = dict(decision.candidates)
    code = codes.get(decided.agent, "ok")
    why = _rule(decision.rule, language)
    if code == "mv":
        why = _reason(code, language)
    others = tuple(
        _OTHER[language].format(agent=name_of(agent), why=_reason(reason, language))
        for agent, reason in decision.candidates
        if agent != decided.agent
    )
    chosen = _CHOSEN[language].format(agent=name_of(decided.agent), queue=decided.queue, why=why)
    return Explanation(chosen, others, _waited(decided, language))


def _waited(decided: Decided, language: str) -> str:
    parts = []
    if decided.waited_ms >= _AT_ONCE_MS:
        parts.append(_WAITED[language].format(seconds=round(decided.waited_ms / 1000)))
    if decided.decision.step > 0:
        parts.append(_RELAXED[language].format(step=decided.decision.step + 1))
    if any(reason == "tr" for _, reason in decided.decision.candidates):
        parts.append(_TRIED[language])
    if decided.leg > 1:
        parts.append(_AGAIN[language].format(leg=decided.leg))
    if not parts:
        return _AT_ONCE[language]
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _rule(rule: str, language: str) -> str:
    # A rule of a later version is told by its name rather than not at all.
    return RULES.get(rule, {}).get(language, rule)


def _reason(code: str, language: str) -> str:
    return REASONS.get(code, {}).get(language, code)
