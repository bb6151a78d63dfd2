"""Write ``docs/reference/kpis.md`` from the KPI registry, or check that it is up to date.

Decides how a definition is shown. Never defines one: change ``centralino.domain.kpi`` and run
``python -m cli.generate.kpis``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from centralino.domain.kpi import CHAPTERS, Kpi, Parameters, Population

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "kpis.md"

_INTRODUCTION = """\
# KPI reference

<!-- Written by `python -m cli.generate.kpis` from centralino.domain.kpi; do not edit. -->

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


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page; with ``--check`` only tell whether it is up to date."""
    parser = argparse.ArgumentParser(prog="python -m cli.generate.kpis", description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when the page is out of date")
    chosen = parser.parse_args(arguments)
    page = render()
    if chosen.check:
        if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page:
            return 0
        print(f"{PAGE.name} is out of date: run python -m cli.generate.kpis", file=sys.stderr)
        return 1
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page, encoding="utf-8")
    return 0


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


if __name__ == "__main__":
    sys.exit(main())
