"""Figures of announced waits, for people: the same below every command that simulates.

It decides the words only; what they mean is told in docs/concepts/promises.md.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from centralino.simulation import PromiseReport


def figures_of(simulated: Any) -> dict[str, Any]:
    """Return a simulation's figures as JSON has them: without promises where none were made."""
    figures: dict[str, Any] = asdict(simulated)
    if figures.get("promises") is None:
        figures.pop("promises", None)
    return figures


def tell(report: PromiseReport, contacts: int) -> None:
    """Print what callers were told and what became of it."""
    print(f"\nannounced waits of {report.announced} callers")
    rows = (
        ("window held the true wait", _percent(report.coverage)),
        ("answered after it", _percent(report.late)),
        ("promises kept / broken / void", f"{report.kept} / {report.broken} / {report.void}"),
        ("mean width, s", _seconds(report.width_s)),
        ("interval score, s", _seconds(report.interval_score_s)),
        ("callers with a rival window", str(report.compared)),
        ("  their score / the rival's, s", _both(report.score_compared_s, report.rival_score_s)),
        ("  the rival's window held", _percent(report.rival_coverage)),
        ("snapshot writes a contact", f"{report.snapshot_writes / max(1, contacts):.2f}"),
    )
    for name, value in rows:
        print(f"{name:32} {value}")
    if report.unknown:
        print(f"{report.unknown} callers left and nobody can tell how long they would have waited")
    _tell_half_hours(report)


def _tell_half_hours(report: PromiseReport) -> None:
    if not report.half_hours:
        return
    print("\nhalf-hour  announced  held")
    for half in report.half_hours:
        few = "" if half in report.busy_half_hours else "  (too few to judge)"
        share = _percent(half.coverage)
        print(f"{_clock(half.start_s):>9}  {half.announced:9}  {half.covered} = {share}{few}")


def _clock(seconds: int) -> str:
    minutes = seconds // 60
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _both(one: float | None, other: float | None) -> str:
    return f"{_seconds(one)} / {_seconds(other)}"
