"""The report of a run: figures, counts and invariants, as a table and as a file.

Decides what is reported and how it is laid out. Every number comes from `figures`, `usage` and
`audit`; none is worked out here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from local.demo import assignments, usage
from local.demo.audit import Case, Finding, audit, broken
from local.demo.evidence import Evidence
from local.demo.figures import Figures, figures
from local.demo.network import NO_SOUND, Sound
from local.demo.settings import DemoSettings


@dataclass(frozen=True, slots=True)
class Report:
    """What a run amounts to."""

    settings: DemoSettings
    figures: Figures
    usage: usage.Usage
    findings: tuple[Finding, ...]
    lost: int
    double_assigned: int
    open_at_end: int
    events_expected: int
    events_published: int
    carrier_alerts: int
    wall_s: float
    calls_wall_s: float
    clock_held_s: float
    sound: Sound = NO_SOUND

    @property
    def passed(self) -> bool:
        """Whether every invariant holds."""
        return not broken(self.findings)

    def as_json(self) -> dict[str, Any]:
        """Plain values, in the order they are read."""
        day = self.settings.day
        return {
            "day": None if day is None else day.name,
            "speed": self.settings.speed,
            "agents": self.settings.agents,
            "seed": self.settings.seed,
            "provider": self.settings.provider,
            **{name: _rounded(value) for name, value in asdict(self.figures).items()},
            "lost": self.lost,
            "double_assigned": self.double_assigned,
            "open_at_end": self.open_at_end,
            "events_expected": self.events_expected,
            "events_published": self.events_published,
            "write_units_per_call": _rounded(self.usage.per_call),
            "write_units": {
                line: self.usage.lines.get(line, 0)
                for line in (*usage.CALL_LINES, *usage.OTHER_LINES)
            },
            "carrier_alerts": self.carrier_alerts,
            "calls_with_sound": self.sound.calls,
            "calls_heard": self.sound.heard,
            "calls_wall_s": _rounded(self.calls_wall_s),
            "clock_held_s": _rounded(self.clock_held_s),
            "wall_s": _rounded(self.wall_s),
            "passed": self.passed,
            "invariants": [
                {
                    "name": finding.name,
                    "promise": finding.promise,
                    "holds": finding.holds,
                    "broken": list(finding.broken[:20]),
                }
                for finding in self.findings
            ],
        }


def make_report(
    evidence: Evidence,
    settings: DemoSettings,
    *,
    wall_s: float,
    calls_wall_s: float,
    clock_held_s: float = 0.0,
    carrier_alerts: int = 0,
    sound: Sound = NO_SOUND,
) -> Report:
    """Work everything out from the evidence.

    Parameters
    ----------
    wall_s, calls_wall_s
        Wall seconds of the whole run, and of the calls alone.
    clock_held_s
        Wall seconds for which the day's clock stood still because the machine was behind.
    carrier_alerts
        Answers of the product that the carrier, or a page, could not use.
    sound
        Conversations between pages whose sound really flowed.
    """
    case = Case(evidence)
    twice = assignments.assigned_twice(case.events)
    two = assignments.agents_with_two(case.events)
    return Report(
        settings=settings,
        figures=figures(case.facts, settings.speed),
        usage=usage.count(evidence),
        findings=tuple(audit(case)),
        lost=len(case.lost),
        double_assigned=len(twice) + len(two),
        open_at_end=len(case.open_contacts),
        events_expected=case.expected,
        events_published=case.published,
        carrier_alerts=carrier_alerts,
        wall_s=wall_s,
        calls_wall_s=calls_wall_s,
        clock_held_s=clock_held_s,
        sound=sound,
    )


def write(report: Report, path: Path) -> None:
    """Write the report as JSON; the file is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(report.as_json(), indent=2) + "\n", encoding="utf-8")
    partial.replace(path)


def show(report: Report, console: Console) -> None:
    """Print the report as two tables."""
    console.print(_figures_table(report))
    console.print(_invariants_table(report.findings))
    verdict = "every invariant holds" if report.passed else "INVARIANTS ARE BROKEN"
    held = f", the clock held for {report.clock_held_s:.0f} s" if report.clock_held_s >= 1 else ""
    console.print(f"{verdict}; {report.wall_s:.0f} s in all{held}", highlight=False)


def _figures_table(report: Report) -> Table:
    found = report.figures
    day, wall = f"day, x {report.settings.speed:g}", "wall clock"
    table = Table("figure", day, wall, title="A day of calls", title_justify="left")
    counts = ("entered", "offered", "answered", "abandoned", "abandoned_ivr", "abandoned_queue")
    for name in (*counts, "abandoned_ringing", "self_served"):
        table.add_row(name.replace("_", " "), str(getattr(found, name)), "")
    table.add_row("ASA", _seconds(found.asa_s), _seconds(found.asa_raw_s))
    table.add_row(
        "service level, 20 s of offered",
        _share(found.service_level_20s),
        _share(found.service_level_20s_raw),
    )
    table.add_row("AHT", _seconds(found.aht_s), _seconds(found.aht_raw_s))
    table.add_row("events", f"{report.events_published} of {report.events_expected}", "")
    units = report.usage.per_call
    table.add_row("write units per call", "none" if units is None else f"{units:.1f}", "")
    if report.sound.calls:
        heard = f"{report.sound.heard} of {report.sound.calls}"
        table.add_row("conversations with sound, heard", heard, "")
    for name in ("lost", "double_assigned", "open_at_end"):
        table.add_row(name.replace("_", " "), str(getattr(report, name)), "")
    return table


def _invariants_table(findings: Sequence[Finding]) -> Table:
    table = Table("invariant", "", title="Invariants", title_justify="left")
    for finding in findings:
        table.add_row(finding.promise, "holds" if finding.holds else f"BROKEN {finding.line}")
    return table


def _rounded(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value


def _seconds(value: float | None) -> str:
    return "none" if value is None else f"{value:.1f} s"


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.1%}"
