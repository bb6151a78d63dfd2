"""``docs/guides/images/callbacks-by-agents.svg``: a day with callbacks and without, simulated.

The day is the real Tuesday of the call logs, which are no part of the project: where they are not
at hand nothing is written, and what is there stays.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from centralino.simulation.callbacks import simulate_callbacks
from cli.bench.callbacks import OFFER, SEEDS, real_day
from cli.callback_figures import ROWS, summary

FOLDER = Path("docs/guides/images")
CHART = FOLDER / "callbacks-by-agents.svg"
TABLE = FOLDER / "callbacks-by-agents.csv"
AGENTS = (4, 5, 6)
#: What is drawn: the figure, its words, and what it is multiplied by.
_PANELS = (
    ("abandonment_rate", "abandoned, %", 100.0),
    ("asa_s", "ASA on the line, s", 1.0),
    ("occupancy", "occupancy, %", 100.0),
)

Rows = list[dict[str, str]]


def simulated(agents: int, seeds: int = SEEDS) -> Rows:
    """Return every figure of the day with so many agents: without callbacks, and with."""
    calls = real_day()
    none = summary([simulate_callbacks(calls, agents, None)])
    some = summary([simulate_callbacks(calls, agents, OFFER, seed) for seed in range(1, seeds + 1)])
    rows = []
    for name in ROWS:
        before, after = none[name], some[name]
        rows.append(
            {
                "agents": str(agents),
                "figure": name,
                "without": "" if before is None else f"{before.mean:.4f}",
                "with": "" if after is None else f"{after.mean:.4f}",
                "low": "" if after is None else f"{after.low:.4f}",
                "high": "" if after is None else f"{after.high:.4f}",
            }
        )
    return rows


def files() -> Iterator[tuple[Path, str]]:
    """Yield the chart and the figures behind it."""
    if not real_day():
        return
    rows = [row for agents in AGENTS for row in simulated(agents)]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    yield TABLE, text.getvalue()
    yield CHART, drawn(rows)


def drawn(rows: Rows) -> str:
    """Return the chart: both days side by side, for each figure and number of agents."""
    # Imported here alone: it puts an import hook of its own into the process.
    import pygal
    from pygal.style import Style

    style = Style(
        font_family="sans-serif",
        background="white",
        plot_background="white",
        colors=("#8cb7de", "#0972d3"),
        label_font_size=13,
        legend_font_size=13,
        title_font_size=15,
    )
    chart = pygal.HorizontalBar(
        style=style,
        js=[],
        legend_at_bottom=True,
        width=760,
        height=520,
        print_values=True,
        # From 11 % to 2500 s: one linear axis would hide the first.
        logarithmic=True,
        value_formatter=lambda value: f"{value:.1f}",
        title="A day with callbacks after 60 s and without: 4, 5 and 6 agents",
    )
    # Else every drawing has another id, and the file changes without having changed.
    chart.uuid = "callbacks-by-agents"
    found = {(row["agents"], row["figure"]): row for row in rows}
    shown = [
        (f"{words}: {agents} agents", found[str(agents), name], times)
        for name, words, times in _PANELS
        for agents in AGENTS
    ]
    chart.x_labels = [label for label, _, _ in reversed(shown)]
    for heading, column in (("without", "without"), ("with callbacks", "with")):
        chart.add(heading, [round(float(r[column]) * t, 1) for _, r, t in reversed(shown)])
    return str(chart.render(is_unicode=True)) + "\n"
