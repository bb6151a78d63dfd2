"""The registry: every KPI by name.

Decides nothing; it gathers the definitions so that reports, documents and screens name figures
the same way and none is defined twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from centralino.domain.kpi.agents import AGENT_KPIS
from centralino.domain.kpi.campaigns import CAMPAIGN_KPIS, EFFORT_KPIS
from centralino.domain.kpi.customers import CUSTOMER_KPIS
from centralino.domain.kpi.definitions import DEFAULTS, Fact, Kpi, KpiValue, Parameters, index
from centralino.domain.kpi.handling import HANDLING_KPIS
from centralino.domain.kpi.promises import PROMISE_KPIS
from centralino.domain.kpi.quality import QUALITY_KPIS
from centralino.domain.kpi.resolution import RESOLUTION_KPIS
from centralino.domain.kpi.service_levels import SERVICE_LEVEL_KPIS
from centralino.domain.kpi.surveys import SURVEY_KPIS
from centralino.domain.kpi.volumes import VOLUME_KPIS
from centralino.domain.kpi.waiting import WAITING_KPIS

CHAPTERS: Mapping[str, tuple[Kpi[Any], ...]] = {
    "Volumes": VOLUME_KPIS,
    "Service levels and abandonment": SERVICE_LEVEL_KPIS,
    "Waiting": WAITING_KPIS,
    "Handling": HANDLING_KPIS,
    "Resolution": RESOLUTION_KPIS,
    "What customers said": SURVEY_KPIS,
    "Agents": AGENT_KPIS,
    "Promises": PROMISE_KPIS,
    "Campaigns": (*CAMPAIGN_KPIS, *EFFORT_KPIS),
    "Customers": CUSTOMER_KPIS,
    "Quality": QUALITY_KPIS,
}

KPIS: Mapping[str, Kpi[Any]] = index(*CHAPTERS.values())


def kpi(name: str) -> Kpi[Any]:
    """Return a definition by name.

    Raises
    ------
    ValueError
        When there is none of that name.
    """
    found = KPIS.get(name)
    if found is None:
        raise ValueError(f"there is no KPI named {name!r}")
    return found


def compute(name: str, facts: Iterable[Fact], parameters: Parameters = DEFAULTS) -> KpiValue:
    """Work out one KPI by name over facts of the type it is defined on."""
    return kpi(name).of(facts, parameters)
