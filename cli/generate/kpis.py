"""``docs/reference/kpis.md``: the KPI registry as a page.

Decides how a definition is shown. Never defines one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from centralino.domain.kpi import CHAPTERS, Kpi, Parameters, Population

PAGE = Path("docs/reference/kpis.md")

_INTRODUCTION = """\
# KPI reference

<!-- Written by `make schemas` from centralino.domain.kpi; do not edit. -->

Every figure is a named, versioned definition. A value carries its numerator, its denominator and
the ids of the contacts behind it. A zero denominator gives no value, never 0. Times are UTC
milliseconds, intervals are half-open, and a contact belongs to the interval in which it was first
enqueued, or in which it arrived when it never queued.

Over several intervals a figure is volume weighted: numerators and denominators are added up. The
mean of the intervals' own values is another figure, named `<kpi>.mean_of_intervals`.

What each figure is for is in [the guide for supervisors](../concepts/kpis.md).
"""

_POPULATIONS = {
    Population.INBOUND: "inbound contacts, callbacks apart",
    Population.DIRECT: "contacts in both directions, callbacks apart",
    Population.CALLBACK: "contacts that call a customer back",
    Population.ANY: "all contacts, callbacks included",
}

_FACTS = {
    "ContactFacts": "the event log",
    "AgentTime": "the event log: agents' states and segments",
    "Resolution": "contacts of identified customers",
    "SurveyAnswer": "survey answers",
    "JudgedPromise": "announcements and what became of them",
    "Attempt": "dial attempts",
    "AgentAttempts": "dial attempts and agents' hours",
    "AccountAttempts": "dial attempts by account",
    "CustomerPeriod": "customers at the ends of a period",
    "SellingContact": "contacts with what they could sell",
    "CustomerValue": "expected margins and survival of customers",
    "Evaluation": "evaluation forms",
    "EvaluatorPair": "contacts evaluated twice",
}

_PARAMETERS = (
    ("target_ms", "X of the service levels; a wait of exactly X is within it"),
    ("short_abandon_ms", "abandonments up to this wait are short ones; none are unless it is set"),
    ("include_flow_outs", "whether overflowed contacts are in `service_level.genesys`"),
    ("shortest_handled_ms", "shorter contacts are left out of `aht`"),
    ("connect_within_ms", "T of `dialer_abandon_rate`"),
    ("population", "which contacts, instead of those of the definition"),
)


def render() -> str:
    """Return the page."""
    parts = [_INTRODUCTION, _parameters()]
    for chapter, kpis in CHAPTERS.items():
        parts.append(f"## {chapter}\n")
        parts.extend(_entry(kpi) for kpi in kpis)
    return "\n".join(parts)


def files() -> Iterator[tuple[Path, str]]:
    """Yield the path under the checkout and the text of the page."""
    yield PAGE, render()


def _parameters() -> str:
    lines = ["## Parameters\n", "| parameter | default | meaning |", "|---|---|---|"]
    for name, meaning in _PARAMETERS:
        default = getattr(Parameters(), name)
        lines.append(f"| `{name}` | {'none' if default is None else default} | {meaning} |")
    return "\n".join(lines) + "\n"


def _entry(kpi: Kpi[Any]) -> str:
    source = _FACTS[kpi.facts.__name__]
    if kpi.population is not None:
        source += f"; {_POPULATIONS[kpi.population]}"
    lines = [
        f"### `{kpi.name}`\n",
        f"{kpi.description_en}  ",
        f"*{kpi.description_it}*\n",
        f"- Formula: {kpi.formula}",
        f"- Unit: {kpi.unit}",
        f"- From: {source}",
        f"- Version: {kpi.version}\n",
    ]
    return "\n".join(lines)
