"""Outbound work: who answered, who bought, and how often the dialler let people down.

Decides what counts as a live answer, a conversation and a sale, and how attempts add up per
account, per agent hour and per campaign and legal window. Never decides whom to dial.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import tzinfo
from enum import StrEnum

from centralino.domain.kpi.definitions import Kpi, Measure, Number, Parameters, Unit, count, each
from centralino.domain.kpi.intervals import Interval, local_days


class AnsweredBy(StrEnum):
    """Who or what picked up."""

    HUMAN = "human"
    MACHINE = "machine"
    FAX = "fax"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One dial attempt. Times are UTC milliseconds.

    ``connected_ms`` is when the person who answered met an agent; ``conversation_number`` counts
    the account's conversations from 1 and is set by ``number_conversations``.
    """

    contact_id: str
    account: str
    dialled_ms: int
    campaign: str = ""
    agent_id: str | None = None
    answered_ms: int | None = None
    answered_by: AnsweredBy | None = None
    connected_ms: int | None = None
    sale: bool = False
    conversation_number: int | None = None

    def __post_init__(self) -> None:
        """Reject a sale nobody was there to make."""
        if self.sale and not self.conversation:
            raise ValueError(f"attempt {self.contact_id}: a sale needs a live conversation")

    @property
    def contact_ids(self) -> tuple[str, ...]:
        """The contact of this attempt."""
        return (self.contact_id,)

    @property
    def live(self) -> bool:
        """A person picked up."""
        return self.answered_by is AnsweredBy.HUMAN

    @property
    def conversation(self) -> bool:
        """A person picked up and met an agent."""
        return self.live and self.connected_ms is not None


@dataclass(frozen=True, slots=True)
class AccountAttempts:
    """How often one account was dialled."""

    account: str
    attempts: int
    contact_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AgentAttempts:
    """How many attempts an agent's working time held."""

    agent_id: str
    attempts: int
    worked_ms: int
    contact_ids: tuple[str, ...] = ()


def number_conversations(attempts: Iterable[Attempt]) -> list[Attempt]:
    """Number each account's conversations from 1 in order of dialling."""
    met: dict[str, int] = {}
    numbered = []
    for attempt in sorted(attempts, key=lambda a: (a.dialled_ms, a.contact_id)):
        number = None
        if attempt.conversation:
            number = met[attempt.account] = met.get(attempt.account, 0) + 1
        numbered.append(replace(attempt, conversation_number=number))
    return numbered


def per_account(attempts: Iterable[Attempt]) -> list[AccountAttempts]:
    """Count attempts by account, ordered by account."""
    found: dict[str, list[str]] = {}
    for attempt in attempts:
        found.setdefault(attempt.account, []).append(attempt.contact_id)
    return [AccountAttempts(a, len(ids), tuple(sorted(ids))) for a, ids in sorted(found.items())]


def by_campaign_and_window(
    attempts: Iterable[Attempt], zone: tzinfo, days: int = 1
) -> dict[tuple[str, Interval], list[Attempt]]:
    """Group attempts by campaign and legal window.

    Parameters
    ----------
    attempts
        Dial attempts; the moment of dialling places them.
    zone
        Whose local days the law counts.
    days
        Length of the window: 1 where abandonment is limited per day, 30 where per month. The
        first window of a campaign starts on the day of its first attempt.
    """
    if days <= 0:
        raise ValueError(f"days must be 1 or more, not {days}")
    campaigns: dict[str, list[Attempt]] = {}
    for attempt in sorted(attempts, key=lambda a: (a.dialled_ms, a.contact_id)):
        campaigns.setdefault(attempt.campaign, []).append(attempt)
    found: dict[tuple[str, Interval], list[Attempt]] = {}
    for campaign, made in campaigns.items():
        calendar = local_days(made[0].dialled_ms, made[-1].dialled_ms + 1, zone)
        for first in range(0, len(calendar), days):
            last = calendar[min(first + days, len(calendar)) - 1]
            window = Interval(calendar[first].start_ms, last.end_ms)
            inside = [a for a in made if a.dialled_ms in window]
            if inside:
                found[(campaign, window)] = inside
    return found


def _missed(fact: Attempt, parameters: Parameters) -> Number | None:
    if not fact.live:
        return None
    if fact.answered_ms is None or fact.connected_ms is None:
        return 1
    return 1 if fact.connected_ms - fact.answered_ms > parameters.connect_within_ms else None


def _attempts(fact: AgentAttempts, _: Parameters) -> Number:
    return fact.attempts


def _worked(fact: AgentAttempts, _: Parameters) -> Number:
    return fact.worked_ms


def _dialled(fact: AccountAttempts, _: Parameters) -> Number:
    return fact.attempts


_LIVE: Measure[Attempt] = count(lambda f: f.live)
_SALES: Measure[Attempt] = count(lambda f: f.sale)


def _rate(
    name: str,
    formula: str,
    english: str,
    italian: str,
    numerator: Measure[Attempt],
    denominator: Measure[Attempt],
) -> Kpi[Attempt]:
    return Kpi(
        name=name,
        version=1,
        facts=Attempt,
        unit=Unit.RATIO,
        formula=formula,
        description_en=english,
        description_it=italian,
        numerator=numerator,
        denominator=denominator,
    )


CAMPAIGN_KPIS: tuple[Kpi[Attempt], ...] = (
    _rate(
        "answer_rate",
        "live human answers / dial attempts",
        "How many of the numbers dialled were picked up by a person?",
        "Quante delle chiamate fatte hanno avuto risposta da una persona?",
        _LIVE,
        each,
    ),
    _rate(
        "conversion_rate",
        "sales / live conversations",
        "How many conversations ended in a sale?",
        "Quante conversazioni hanno portato a una vendita?",
        _SALES,
        count(lambda f: f.conversation),
    ),
    _rate(
        "conversion_rate.per_call",
        "sales / dial attempts",
        "How many dial attempts ended in a sale?",
        "Quante chiamate fatte hanno portato a una vendita?",
        _SALES,
        each,
    ),
    _rate(
        "first_call_close",
        "sales in the account's first conversation / sales",
        "How many sales needed one conversation only?",
        "Quante vendite sono arrivate alla prima conversazione?",
        count(lambda f: f.sale and f.conversation_number == 1),
        _SALES,
    ),
    _rate(
        "dialer_abandon_rate",
        "live answers not connected within T / live answers, per campaign and legal window",
        "How many people picked up and found no agent in time?",
        "Quante persone hanno risposto senza trovare un agente in tempo?",
        _missed,
        _LIVE,
    ),
)

EFFORT_KPIS: tuple[Kpi[AgentAttempts] | Kpi[AccountAttempts], ...] = (
    Kpi(
        name="calls_per_agent",
        version=1,
        facts=AgentAttempts,
        unit=Unit.PER_HOUR,
        formula="attempts / agent hour",
        description_en="How many calls does an agent make in an hour of work?",
        description_it="Quante chiamate fa un agente in un'ora di lavoro?",
        numerator=_attempts,
        denominator=_worked,
        scale=3_600_000,
    ),
    Kpi(
        name="calls_per_account",
        version=1,
        facts=AccountAttempts,
        unit=Unit.SCORE,
        formula="attempts / account",
        description_en="How often is one account called?",
        description_it="Quante volte si chiama lo stesso cliente?",
        numerator=_dialled,
        denominator=each,
    ),
)
