"""Whether an issue stayed resolved: first-contact resolution and repeats after self-service.

Decides which later contacts count as the same issue coming back (same customer, same topic,
within N days) and which resolutions are too recent, or too anonymous, to say.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from centralino.domain.kpi.definitions import Kpi, Unit, count
from centralino.domain.kpi.facts import ContactFacts

DAY_MS = 86_400_000
DEFAULT_DAYS = 7


class ResolvedBy(StrEnum):
    """Who closed the issue."""

    AGENT = "agent"
    SELF_SERVICE = "self_service"


@dataclass(frozen=True, slots=True)
class Touch:
    """One contact of an identified customer, of whatever outcome."""

    contact_id: str
    customer: str
    started_ms: int
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """An issue taken as resolved when its contact ended.

    ``agent_marked`` is the agent's own statement that it was resolved, None when not asked.
    """

    contact_id: str
    customer: str | None
    resolved_ms: int
    topic: str | None = None
    by: ResolvedBy = ResolvedBy.AGENT
    agent_marked: bool | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """A resolution looked back upon; ``repeated`` is None when nobody can say."""

    contact_id: str
    by: ResolvedBy
    repeated: bool | None
    agent_marked: bool | None = None
    repeat_id: str | None = None

    @property
    def contact_ids(self) -> tuple[str, ...]:
        """The resolved contact, and the one that brought the issue back."""
        back = () if self.repeat_id is None else (self.repeat_id,)
        return (self.contact_id, *back)


def look_back(
    resolved: Iterable[Resolved],
    touches: Iterable[Touch],
    observed_until_ms: int,
    days: int = DEFAULT_DAYS,
) -> list[Resolution]:
    """Find out which resolutions held.

    Parameters
    ----------
    resolved
        The issues taken as resolved.
    touches
        Every contact of the customers, the resolved ones among them.
    observed_until_ms
        Where the record of contacts ends. A resolution with less than ``days`` after it is not
        judged: counting it as held would flatter every recent figure.
    days
        N; a contact after exactly N days is still a repeat.
    """
    if days <= 0:
        raise ValueError(f"days must be 1 or more, not {days}")
    history: dict[tuple[str, str | None], list[tuple[int, str]]] = {}
    for touch in touches:
        history.setdefault((touch.customer, touch.topic), []).append(
            (touch.started_ms, touch.contact_id)
        )
    for contacts in history.values():
        contacts.sort()
    window = days * DAY_MS
    found = []
    for issue in resolved:
        repeated: bool | None = None
        repeat_id = None
        if issue.customer is not None and issue.resolved_ms + window <= observed_until_ms:
            later = _next_after(history.get((issue.customer, issue.topic), []), issue.resolved_ms)
            repeated = later is not None and later[0] <= issue.resolved_ms + window
            repeat_id = later[1] if repeated and later is not None else None
        found.append(
            Resolution(issue.contact_id, issue.by, repeated, issue.agent_marked, repeat_id)
        )
    return found


def issues(facts: Iterable[ContactFacts]) -> tuple[list[Resolved], list[Touch]]:
    """Take resolutions and touches from contact facts: handled and self-served count as resolved.

    An agent's disposition says nothing here about resolution; a centre that asks agents for it
    builds its own ``Resolved`` with ``agent_marked``.
    """
    resolved, touches = [], []
    for fact in facts:
        if fact.customer is not None:
            touches.append(Touch(fact.contact_id, fact.customer, fact.entered_ms, fact.topic))
        if fact.ended_ms is not None and (fact.handled or fact.self_served):
            by = ResolvedBy.SELF_SERVICE if fact.self_served else ResolvedBy.AGENT
            resolved.append(Resolved(fact.contact_id, fact.customer, fact.ended_ms, fact.topic, by))
    return resolved, touches


def _next_after(contacts: list[tuple[int, str]], moment_ms: int) -> tuple[int, str] | None:
    position = bisect_right(contacts, moment_ms, key=lambda contact: contact[0])
    return contacts[position] if position < len(contacts) else None


def _judged(fact: Resolution, by: ResolvedBy) -> bool:
    return fact.by is by and fact.repeated is not None


RESOLUTION_KPIS: tuple[Kpi[Resolution], ...] = (
    Kpi(
        name="fcr",
        version=1,
        facts=Resolution,
        unit=Unit.RATIO,
        formula="resolved issues with no contact of the same customer and topic within N days "
        "(default 7) / resolved",
        description_en="How many issues stayed resolved, without the customer coming back?",
        description_it="Quanti problemi sono rimasti risolti, senza che il cliente tornasse?",
        numerator=count(lambda f: _judged(f, ResolvedBy.AGENT) and f.repeated is False),
        denominator=count(lambda f: _judged(f, ResolvedBy.AGENT)),
    ),
    Kpi(
        name="fcr.agent_marked",
        version=1,
        facts=Resolution,
        unit=Unit.RATIO,
        formula="issues the agent marked as resolved / issues with the agent's mark",
        description_en="How many issues did agents mark as resolved the first time?",
        description_it="Quanti problemi gli agenti segnano risolti al primo contatto?",
        numerator=count(lambda f: f.agent_marked is True),
        denominator=count(lambda f: f.agent_marked is not None),
    ),
    Kpi(
        name="repeat_after_selfservice",
        version=1,
        facts=Resolution,
        unit=Unit.RATIO,
        formula="self-served contacts with a contact on the same topic within N days / self-served",
        description_en="How many callers served by the menu came back on the same topic?",
        description_it="Quanti serviti dal menu sono tornati sullo stesso argomento?",
        numerator=count(lambda f: f.by is ResolvedBy.SELF_SERVICE and f.repeated is True),
        denominator=count(lambda f: _judged(f, ResolvedBy.SELF_SERVICE)),
    ),
)
