"""A day with callbacks beside the same day without: means over seeds, with their intervals.

It decides which figures are told, and their words. What they mean is in
docs/guides/plan-with-the-simulator.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from centralino.simulation.callbacks import CallbackDay

#: How sure the intervals are.
CONFIDENCE = 0.95
Read = Callable[["CallbackDay"], float | None]


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over seeds and the interval it lies in, at :data:`CONFIDENCE`.

    ``low`` and ``high`` are the mean itself where there is one value alone.
    """

    mean: float
    low: float
    high: float


def _of_callbacks(name: str) -> Read:
    return lambda day: None if day.callbacks is None else getattr(day.callbacks, name)


def _of_promises(name: str) -> Read:
    return lambda day: getattr(day.promises, name)


def _of_day(name: str) -> Read:
    return lambda day: getattr(day, name)


#: name -> words, where it is read, its unit.
ROWS: dict[str, tuple[str, Read, str]] = {
    "abandonment_rate": ("abandoned", _of_day("abandonment_rate"), "%"),
    "asa_s": ("ASA on the line, s", _of_day("asa_s"), "s"),
    "occupancy": ("occupancy", _of_day("occupancy"), "%"),
    "served": ("served, called back or not", _of_day("served"), "n"),
    "requested": ("callbacks asked for", _of_callbacks("requested"), "n"),
    "reached": ("  customers reached", _of_callbacks("reached"), "n"),
    "unreached": ("  nobody reached", _of_callbacks("unreached"), "n"),
    "dialling_s": ("  agents' time ringing, s", _of_callbacks("dialling_s"), "s"),
    "promise_kept": ("  promise kept", _of_callbacks("promise_kept"), "%"),
    "window_median_s": ("  window, median, s", _of_callbacks("window_median_s"), "s"),
    "window_p90_s": ("  window, ninth decile, s", _of_callbacks("window_p90_s"), "s"),
    "first_ring_s": ("  to the first ring, median, s", _of_callbacks("first_ring_s"), "s"),
    "wait_coverage": ("announced waits that held", _of_promises("coverage"), "%"),
    "wait_score_s": ("  their score, s", _of_promises("score_compared_s"), "s"),
    "rival_score_s": ("  the rival's, s", _of_promises("rival_score_s"), "s"),
}


def summary(days: Sequence[CallbackDay]) -> dict[str, Mean | None]:
    """Return every figure over the runs; ``None`` where a run has none."""
    found: dict[str, Mean | None] = {}
    for name, (_, read, _) in ROWS.items():
        values = [value for day in days if (value := read(day)) is not None]
        found[name] = over(values) if len(values) == len(days) else None
    return found


def over(values: Sequence[float]) -> Mean:
    """Return the mean of independent values and its interval by Student's t.

    Examples
    --------
    >>> over([1.0, 2.0, 3.0]).mean
    2.0
    """
    mean = fmean(values)
    if len(values) < 2:
        return Mean(mean, mean, mean)
    from scipy import stats  # type: ignore[import-untyped]

    t = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(values) - 1))
    half = t * stdev(values) / len(values) ** 0.5
    return Mean(mean, mean - half, mean + half)


def as_json(without: CallbackDay, days: Sequence[CallbackDay]) -> dict[str, Any]:
    """Return the figures as JSON has them: both days, and every run behind the second."""
    told = {name: None if value is None else asdict(value) for name, value in summary(days).items()}
    none = {name: value.mean for name, value in summary([without]).items() if value is not None}
    runs = [{name: read(day) for name, (_, read, _) in ROWS.items()} for day in days]
    return {"confidence": CONFIDENCE, "without": none, "with": told, "runs": runs}


def show(without: CallbackDay, days: Sequence[CallbackDay], title: str) -> None:
    """Print the two days side by side."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title)
    table.add_column("")
    for heading in ("without", "with callbacks", "95 % interval"):
        table.add_column(heading, justify="right")
    before, after = summary([without]), summary(days)
    for name, (words, _, unit) in ROWS.items():
        none, some = before[name], after[name]
        table.add_row(
            words,
            "-" if none is None else _cell(none.mean, unit),
            "-" if some is None else _cell(some.mean, unit),
            "-" if some is None else f"{_cell(some.low, unit)} to {_cell(some.high, unit)}",
        )
    Console().print(table)


def _cell(value: float, unit: str) -> str:
    if unit == "%":
        return f"{100 * value:.1f} %"
    return f"{value:.1f}" if unit == "s" else f"{value:.0f}"
