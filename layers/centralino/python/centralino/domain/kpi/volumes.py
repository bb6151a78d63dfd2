"""How many contacts came, and what became of them.

Decides the counts every rate is built from. They balance: entered = offered + self-served +
expired + closed by the system + pending, and offered = answered + abandoned + callback requested
+ overflowed, each contact in exactly one.
"""

from __future__ import annotations

from collections.abc import Callable

from centralino.domain.kpi.definitions import Kpi, Number, Parameters, Unit, count
from centralino.domain.kpi.facts import ContactFacts, Population, Stage


def _count(
    name: str,
    formula: str,
    english: str,
    italian: str,
    test: Callable[[ContactFacts], bool],
) -> Kpi[ContactFacts]:
    return Kpi(
        name=name,
        version=1,
        facts=ContactFacts,
        unit=Unit.COUNT,
        formula=formula,
        description_en=english,
        description_it=italian,
        numerator=count(test),
        population=Population.INBOUND,
    )


def _given_up_in(stage: Stage) -> Callable[[ContactFacts], bool]:
    def test(fact: ContactFacts) -> bool:
        return fact.abandoned and fact.stage is stage

    return test


def _within(fact: ContactFacts, parameters: Parameters) -> bool:
    return fact.wait_ms is not None and fact.wait_ms <= parameters.target_ms


def _answered_within(fact: ContactFacts, parameters: Parameters) -> Number | None:
    return 1 if fact.answered and _within(fact, parameters) else None


def _abandoned_within(fact: ContactFacts, parameters: Parameters) -> Number | None:
    return 1 if fact.abandoned and _within(fact, parameters) else None


VOLUME_KPIS: tuple[Kpi[ContactFacts], ...] = (
    _count(
        "entered",
        "contacts started",
        "How many contacts reached the centre?",
        "Quanti contatti sono arrivati al centro?",
        lambda _: True,
    ),
    _count(
        "offered",
        "answered + abandoned + callback_requested + overflowed",
        "How many contacts wanted an agent?",
        "Quanti contatti volevano un agente?",
        lambda f: f.offered,
    ),
    _count(
        "answered",
        "contacts connected with an agent at least once",
        "How many contacts spoke with an agent?",
        "Quanti contatti hanno parlato con un agente?",
        lambda f: f.answered,
    ),
    _count(
        "abandoned",
        "abandoned in the menu + queued + ringing",
        "How many callers gave up before an agent answered?",
        "Quanti hanno rinunciato prima che un agente rispondesse?",
        lambda f: f.abandoned,
    ),
    _count(
        "abandoned.menu",
        "abandoned in the menu",
        "How many callers gave up while listening to the menu?",
        "Quanti hanno rinunciato mentre ascoltavano il menu?",
        _given_up_in(Stage.MENU),
    ),
    _count(
        "abandoned.queue",
        "abandoned while queued",
        "How many callers gave up in the queue?",
        "Quanti hanno rinunciato in coda?",
        _given_up_in(Stage.QUEUE),
    ),
    _count(
        "abandoned.ringing",
        "abandoned while an agent was being rung",
        "How many callers gave up while an agent was being rung?",
        "Quanti hanno rinunciato mentre squillava da un agente?",
        _given_up_in(Stage.RINGING),
    ),
    _count(
        "self_served",
        "contacts closed in the flow as served",
        "How many callers were served by the menu alone?",
        "Quanti sono stati serviti dal solo menu?",
        lambda f: f.self_served,
    ),
    _count(
        "callback_requested",
        "contacts closed as converted to a callback",
        "How many callers traded the queue for a callback?",
        "Quanti hanno scelto di essere richiamati invece di attendere?",
        lambda f: f.callback_requested,
    ),
    _count(
        "overflowed",
        "contacts that left by overflow and were answered nowhere in the centre",
        "How many contacts overflowed out of the queues?",
        "Quanti contatti sono traboccati fuori dalle code?",
        lambda f: f.overflowed,
    ),
    _count(
        "expired",
        "contacts that reached their expiry unanswered",
        "How many contacts expired before anyone took them?",
        "Quanti contatti sono scaduti prima che qualcuno li prendesse?",
        lambda f: f.expired,
    ),
    _count(
        "closed_by_system",
        "contacts closed by the system before any answer",
        "How many contacts did a technical fault end before an answer?",
        "Quanti contatti sono stati chiusi da un guasto prima della risposta?",
        lambda f: f.closed_by_system,
    ),
    _count(
        "pending",
        "contacts neither answered nor ended",
        "How many contacts are still in the menu or waiting?",
        "Quanti contatti sono ancora nel menu o in attesa?",
        lambda f: f.pending,
    ),
    Kpi(
        name="answered.within_target",
        version=1,
        facts=ContactFacts,
        unit=Unit.COUNT,
        formula="answered <= X",
        description_en="How many contacts were answered within the target?",
        description_it="Quanti contatti hanno avuto risposta entro l'obiettivo?",
        numerator=_answered_within,
        population=Population.INBOUND,
    ),
    Kpi(
        name="abandoned.within_target",
        version=1,
        facts=ContactFacts,
        unit=Unit.COUNT,
        formula="abandoned <= X; a caller who left in the menu waited 0",
        description_en="How many callers gave up before the target had run out?",
        description_it="Quanti hanno rinunciato prima dello scadere dell'obiettivo?",
        numerator=_abandoned_within,
        population=Population.INBOUND,
    ),
    Kpi(
        name="callback_contacts",
        version=1,
        facts=ContactFacts,
        unit=Unit.COUNT,
        formula="contacts that call a customer back",
        description_en="How many callbacks were placed in a queue?",
        description_it="Quante richiamate sono state messe in coda?",
        numerator=count(lambda f: f.queued),
        population=Population.CALLBACK,
    ),
)
