"""Key performance indicators: the only home of their formulas.

Events become facts (``contact_facts``, ``timelines``), facts are cut by interval, queue or agent
(``split``, ``by_queue``, ``by_agent``), and a named, versioned definition gives each figure with
its numerator, denominator and the contacts behind it.

>>> from centralino.domain.kpi import Parameters, compute, contact_facts
>>> value = compute("service_level.offered", contact_facts([]), Parameters(target_ms=20_000))
>>> value.numerator, value.denominator, value.value
(0, 0, None)
"""

from __future__ import annotations

from centralino.domain.kpi.agents import AgentTime, agent_time, peak_contacts, timelines
from centralino.domain.kpi.catalogue import CHAPTERS, KPIS, compute, kpi
from centralino.domain.kpi.definitions import (
    Kpi,
    KpiValue,
    Parameters,
    Unit,
    mean_of_intervals,
    roll_up,
)
from centralino.domain.kpi.facts import (
    ContactFacts,
    EndedBy,
    LeftQueue,
    Outcome,
    Population,
    QueueLeg,
    Segment,
    Stage,
    Transfer,
    TransferKind,
)
from centralino.domain.kpi.from_events import contact_facts
from centralino.domain.kpi.grouping import by_agent, by_queue, group_by
from centralino.domain.kpi.intervals import (
    Interval,
    entered,
    half_hours,
    local_days,
    placed,
    split,
)

__all__ = [
    "CHAPTERS",
    "KPIS",
    "AgentTime",
    "ContactFacts",
    "EndedBy",
    "Interval",
    "Kpi",
    "KpiValue",
    "LeftQueue",
    "Outcome",
    "Parameters",
    "Population",
    "QueueLeg",
    "Segment",
    "Stage",
    "Transfer",
    "TransferKind",
    "Unit",
    "agent_time",
    "by_agent",
    "by_queue",
    "compute",
    "contact_facts",
    "entered",
    "group_by",
    "half_hours",
    "kpi",
    "local_days",
    "mean_of_intervals",
    "peak_contacts",
    "placed",
    "roll_up",
    "split",
    "timelines",
]
