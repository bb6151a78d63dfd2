"""How contacts were handled once an agent had answered.

Decides what handling time is made of and which contacts have a final one: only those whose
wrap-up is over, so that a figure of a running day does not rise and fall with open calls.
"""

from __future__ import annotations

from collections.abc import Callable

from centralino.domain.kpi.definitions import Kpi, Measure, Number, Parameters, Unit, count, each
from centralino.domain.kpi.facts import ContactFacts, Population, Transfer, TransferKind


def _handled(fact: ContactFacts, parameters: Parameters) -> Number | None:
    counts = fact.handled and fact.handle_ms >= parameters.shortest_handled_ms
    return 1 if counts else None


def _handling(fact: ContactFacts, parameters: Parameters) -> Number | None:
    return fact.handle_ms if _handled(fact, parameters) else None


def _conversation(fact: ContactFacts, _: Parameters) -> Number | None:
    return fact.connected_time_ms if fact.handled else None


def _transferred(kind: TransferKind | None) -> Callable[[ContactFacts], bool]:
    def test(fact: ContactFacts) -> bool:
        return fact.handled and any(kind is None or t.kind is kind for t in fact.transfers)

    return test


def _answered_transfers(fact: ContactFacts) -> list[tuple[Transfer, int]]:
    return [(t, t.answered_ms) for t in fact.transfers if t.answered_ms is not None]


def _transfer_wait(fact: ContactFacts, _: Parameters) -> Number | None:
    done = _answered_transfers(fact)
    return sum(max(0, answered - t.started_ms) for t, answered in done) if done else None


def _transfer_count(fact: ContactFacts, _: Parameters) -> Number | None:
    return len(_answered_transfers(fact)) or None


_HANDLED: Measure[ContactFacts] = count(lambda f: f.handled)


def _figure(
    name: str,
    unit: Unit,
    formula: str,
    english: str,
    italian: str,
    numerator: Measure[ContactFacts],
    denominator: Measure[ContactFacts] | None = _HANDLED,
    population: Population = Population.DIRECT,
) -> Kpi[ContactFacts]:
    return Kpi(
        name=name,
        version=1,
        facts=ContactFacts,
        unit=unit,
        formula=formula,
        description_en=english,
        description_it=italian,
        numerator=numerator,
        denominator=denominator,
        population=population,
    )


HANDLING_KPIS: tuple[Kpi[ContactFacts], ...] = (
    _figure(
        "handled",
        Unit.COUNT,
        "answered contacts whose wrap-up is over",
        "How many contacts did agents finish?",
        "Quanti contatti hanno concluso gli agenti?",
        _HANDLED,
        None,
    ),
    _figure(
        "aht",
        Unit.MILLISECONDS,
        "sum(talk + hold + wrap-up) / handled",
        "How much of an agent's time does a contact take, on average?",
        "Quanto tempo di un agente prende un contatto, in media?",
        _handling,
        _handled,
    ),
    _figure(
        "avg_duration",
        Unit.MILLISECONDS,
        "connected time (talk + hold) / connected",
        "How long does a conversation last, on average?",
        "Quanto dura una conversazione, in media?",
        _conversation,
    ),
    _figure(
        "dropped_rate",
        Unit.RATIO,
        "connected contacts that ended without either side hanging up / connected",
        "How many conversations did the line cut off?",
        "Quante conversazioni sono cadute?",
        count(lambda f: f.dropped),
    ),
    _figure(
        "transfer_rate",
        Unit.RATIO,
        "handled with >= 1 transfer / handled",
        "How many contacts had to be passed on?",
        "Quanti contatti sono stati passati ad altri?",
        count(_transferred(None)),
    ),
    _figure(
        "transfer_rate.agent",
        Unit.RATIO,
        "handled with >= 1 transfer to an agent / handled",
        "How many contacts were passed to another agent?",
        "Quanti contatti sono stati passati a un altro agente?",
        count(_transferred(TransferKind.AGENT)),
    ),
    _figure(
        "transfer_rate.queue",
        Unit.RATIO,
        "handled with >= 1 transfer to a queue / handled",
        "How many contacts were put back into a queue?",
        "Quanti contatti sono stati rimessi in una coda?",
        count(_transferred(TransferKind.QUEUE)),
    ),
    _figure(
        "transfer_rate.external",
        Unit.RATIO,
        "handled with >= 1 transfer out of the centre / handled",
        "How many contacts were passed outside the centre?",
        "Quanti contatti sono stati passati fuori dal centro?",
        count(_transferred(TransferKind.EXTERNAL)),
    ),
    _figure(
        "transfer_speed",
        Unit.MILLISECONDS,
        "sum(answered by target - transfer started) / transfers answered",
        "How long does a transferred caller wait for the next person?",
        "Quanto attende la persona successiva chi viene passato?",
        _transfer_wait,
        _transfer_count,
    ),
    _figure(
        "containment",
        Unit.RATIO,
        "closed in the flow / entered the flow",
        "How many callers did the menu serve without an agent?",
        "Quanti sono stati serviti dal menu senza un agente?",
        count(lambda f: f.self_served),
        each,
        Population.INBOUND,
    ),
)
