"""How long customers waited.

Decides which stretch each waiting figure measures and over which contacts it is averaged.
"""

from __future__ import annotations

from collections.abc import Callable

from centralino.domain.kpi.definitions import Kpi, Measure, Number, Parameters, Unit, count
from centralino.domain.kpi.facts import ContactFacts, Population, Stage


def _amount(measured: Callable[[ContactFacts], int | None]) -> Measure[ContactFacts]:
    def measure(fact: ContactFacts, _: Parameters, /) -> Number | None:
        return measured(fact)

    return measure


def _known(measured: Callable[[ContactFacts], int | None]) -> Measure[ContactFacts]:
    return count(lambda f: measured(f) is not None)


def _wait_if_answered(fact: ContactFacts) -> int | None:
    return fact.wait_ms if fact.answered else None


def _wait_if_answered_after_waiting(fact: ContactFacts) -> int | None:
    return fact.wait_ms if fact.answered and fact.wait_ms else None


def _wait_if_given_up(fact: ContactFacts) -> int | None:
    return fact.wait_ms if fact.abandoned and fact.stage is not Stage.MENU else None


def _queue_time(fact: ContactFacts) -> int | None:
    return fact.queue_time_ms


def _mean(
    name: str,
    formula: str,
    english: str,
    italian: str,
    measured: Callable[[ContactFacts], int | None],
    population: Population = Population.INBOUND,
    per: Measure[ContactFacts] | None = None,
) -> Kpi[ContactFacts]:
    return Kpi(
        name=name,
        version=1,
        facts=ContactFacts,
        unit=Unit.MILLISECONDS,
        formula=formula,
        description_en=english,
        description_it=italian,
        numerator=_amount(measured),
        denominator=_known(measured) if per is None else per,
        population=population,
    )


WAITING_KPIS: tuple[Kpi[ContactFacts], ...] = (
    _mean(
        "asa",
        "sum(answered - enqueued) / answered",
        "How long does a caller wait for an agent, on average?",
        "Quanto attende un agente chi chiama, in media?",
        _wait_if_answered,
    ),
    _mean(
        "asa.waited",
        "sum(answered - enqueued) / answered after a wait",
        "How long do those wait who are not answered at once?",
        "Quanto attende chi non ha risposta subito?",
        _wait_if_answered_after_waiting,
    ),
    _mean(
        "avg_wait",
        "queue time / all queued that left the queue",
        "How long does a contact stay in the queue, however it leaves?",
        "Quanto resta in coda un contatto, comunque ne esca?",
        _queue_time,
    ),
    _mean(
        "queue_duration",
        "sum(left the queue - requested) / left the queue; a callback's initial delay included",
        "How long from the request to leaving the queue, a callback's delay included?",
        "Quanto dalla richiesta all'uscita dalla coda, compreso il ritardo della richiamata?",
        lambda f: f.queue_duration_ms,
        Population.ANY,
    ),
    _mean(
        "time_to_service",
        "sum(answered - first enqueue of the chain) / answered",
        "How long from the customer's first request to the conversation, callbacks included?",
        "Quanto dalla prima richiesta del cliente alla conversazione, richiamate comprese?",
        lambda f: f.time_to_service_ms,
        Population.ANY,
    ),
    _mean(
        "time_to_abandon",
        "sum(wait of the abandoned after the menu) / abandoned after the menu",
        "How long do callers wait before they give up?",
        "Quanto attende chi poi rinuncia?",
        _wait_if_given_up,
    ),
    _mean(
        "patience",
        "queue time of all / abandoned after the menu",
        "How long would callers wait before giving up, if nobody answered (for staffing)?",
        "Quanto attenderebbero prima di rinunciare, senza risposta (per il dimensionamento)?",
        _queue_time,
        per=count(lambda f: _wait_if_given_up(f) is not None),
    ),
)
