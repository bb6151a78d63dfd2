"""Service levels and abandonment: the same contacts, divided the ways vendors divide them.

Decides, for each named definition, which contacts count as served in time and out of how many.
X is ``Parameters.target_ms``; a wait of exactly X is within it.
Sources: Amazon Connect (removed from queue / queued), Genesys Cloud (flow-outs and short
abandons), Asterisk's queue statistics (two formulas), and the three common textbook forms.
"""

from __future__ import annotations

from centralino.domain.kpi.definitions import Kpi, Measure, Number, Parameters, Unit, count
from centralino.domain.kpi.facts import ContactFacts, Population, Stage


def _within(wait_ms: int | None, parameters: Parameters) -> bool:
    return wait_ms is not None and wait_ms <= parameters.target_ms


def _answered_in_time(fact: ContactFacts, parameters: Parameters) -> Number | None:
    return 1 if fact.answered and _within(fact.wait_ms, parameters) else None


def _settled_in_time(fact: ContactFacts, parameters: Parameters) -> Number | None:
    reached = fact.answered or fact.abandoned
    return 1 if reached and _within(fact.wait_ms, parameters) else None


def _removed_in_time(fact: ContactFacts, parameters: Parameters) -> Number | None:
    return 1 if _within(fact.queue_time_ms, parameters) else None


def _short_abandon(fact: ContactFacts, limit_ms: int | None) -> bool:
    return (
        limit_ms is not None
        and fact.abandoned
        and fact.wait_ms is not None
        and fact.wait_ms <= limit_ms
    )


def _offered_but_quick_hangups(fact: ContactFacts, parameters: Parameters) -> Number | None:
    if not fact.offered or _short_abandon(fact, parameters.target_ms):
        return None
    return 1


def _genesys_base(fact: ContactFacts, parameters: Parameters) -> Number | None:
    if _short_abandon(fact, parameters.short_abandon_ms):
        return None
    flow_out = fact.overflowed and parameters.include_flow_outs
    return 1 if fact.answered or fact.abandoned or flow_out else None


def _long_abandon(fact: ContactFacts, parameters: Parameters) -> Number | None:
    counts = fact.abandoned and not _short_abandon(fact, parameters.short_abandon_ms)
    return 1 if counts else None


def _gave_up_queued(fact: ContactFacts) -> bool:
    return fact.abandoned and fact.stage is Stage.QUEUE


def _gave_up_waiting(fact: ContactFacts) -> bool:
    return fact.abandoned and fact.stage in (Stage.QUEUE, Stage.RINGING)


_ANSWERED: Measure[ContactFacts] = count(lambda f: f.answered)
_OFFERED: Measure[ContactFacts] = count(lambda f: f.offered)


def _rate(
    name: str,
    formula: str,
    english: str,
    italian: str,
    numerator: Measure[ContactFacts],
    denominator: Measure[ContactFacts],
) -> Kpi[ContactFacts]:
    return Kpi(
        name=name,
        version=1,
        facts=ContactFacts,
        unit=Unit.RATIO,
        formula=formula,
        description_en=english,
        description_it=italian,
        numerator=numerator,
        denominator=denominator,
        population=Population.INBOUND,
    )


SERVICE_LEVEL_KPIS: tuple[Kpi[ContactFacts], ...] = (
    _rate(
        "service_level.answered",
        "answered <= X / answered",
        "Of the callers who got an agent, how many got one within the target?",
        "Di chi ha avuto un agente, quanti lo hanno avuto entro l'obiettivo?",
        _answered_in_time,
        _ANSWERED,
    ),
    _rate(
        "service_level.offered",
        "answered <= X / offered",
        "Of everyone who wanted an agent, how many got one within the target?",
        "Di tutti quelli che volevano un agente, quanti lo hanno avuto entro l'obiettivo?",
        _answered_in_time,
        _OFFERED,
    ),
    _rate(
        "service_level.excl_short",
        "answered <= X / (offered - abandoned <= X)",
        "The same, not held against the callers who left before the target had run out.",
        "Come sopra, senza contare chi ha rinunciato prima dello scadere dell'obiettivo.",
        _answered_in_time,
        _offered_but_quick_hangups,
    ),
    _rate(
        "service_level.connect",
        "removed from queue <= X / queued",
        "How many left the queue within the target, by whatever way (Amazon Connect)?",
        "Quanti hanno lasciato la coda entro l'obiettivo, comunque (Amazon Connect)?",
        _removed_in_time,
        count(lambda f: f.queued),
    ),
    _rate(
        "service_level.genesys",
        "(answered - answered late) / (answered + abandoned + flow-outs if on - short abandons)",
        "Service level as Genesys Cloud divides it, for comparison with its reports.",
        "Livello di servizio come lo calcola Genesys Cloud, per confronto con i suoi report.",
        _answered_in_time,
        _genesys_base,
    ),
    _rate(
        "service_level.asterisk",
        "answered <= X / answered",
        "Service level as Asterisk's queue statistics give it.",
        "Livello di servizio come lo danno le statistiche delle code di Asterisk.",
        _answered_in_time,
        _ANSWERED,
    ),
    _rate(
        "service_level.asterisk2",
        "(answered <= X + abandoned <= X) / (answered + abandoned)",
        "Asterisk's second form: callers who were answered or left within the target.",
        "Seconda forma di Asterisk: chi ha avuto risposta o ha rinunciato entro l'obiettivo.",
        _settled_in_time,
        count(lambda f: f.answered or f.abandoned),
    ),
    _rate(
        "abandonment_rate",
        "(abandoned - short abandons if excluded) / offered; a callback request is no abandon",
        "Of everyone who wanted an agent, how many gave up?",
        "Di tutti quelli che volevano un agente, quanti hanno rinunciato?",
        _long_abandon,
        _OFFERED,
    ),
    _rate(
        "abandonment_rate_queue",
        "abandoned while queued / (answered + abandoned while queued)",
        "Of the callers who reached the queue, how many gave up there?",
        "Di chi è arrivato in coda, quanti hanno rinunciato lì?",
        count(_gave_up_queued),
        count(lambda f: f.answered or _gave_up_queued(f)),
    ),
    _rate(
        "abandonment_rate_waiting",
        "abandoned while queued or ringing / (answered + abandoned while queued or ringing)",
        "The same, with the callers who gave up while an agent was being rung.",
        "Come sopra, con chi ha rinunciato mentre squillava da un agente.",
        count(_gave_up_waiting),
        count(lambda f: f.answered or _gave_up_waiting(f)),
    ),
)
