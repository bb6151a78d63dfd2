"""The chart of callbacks, the table behind it and the one in the guide say the same."""

from __future__ import annotations

import csv
from pathlib import Path

from cli.callback_figures import ROWS
from cli.generate import callback_days

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs/guides/plan-with-the-simulator.md"


def table() -> dict[tuple[str, str], dict[str, str]]:
    with (ROOT / callback_days.TABLE).open(newline="") as rows:
        return {(row["agents"], row["figure"]): row for row in csv.DictReader(rows)}


def test_every_figure_is_there_for_every_number_of_agents() -> None:
    assert set(table()) == {(str(n), name) for n in callback_days.AGENTS for name in ROWS}


def test_the_chart_shows_the_table() -> None:
    with (ROOT / callback_days.TABLE).open(newline="") as rows:
        drawn = callback_days.drawn(list(csv.DictReader(rows)))
    assert drawn == (ROOT / callback_days.CHART).read_text()


def test_the_promise_of_five_agents_is_kept_and_sharp() -> None:
    shown = table()
    assert float(shown["5", "promise_kept"]["low"]) >= 0.9
    assert float(shown["5", "window_median_s"]["high"]) <= 30 * 60
    assert 0.88 <= float(shown["5", "wait_coverage"]["with"]) <= 0.92
    assert float(shown["5", "wait_score_s"]["high"]) < float(shown["5", "rival_score_s"]["low"])


def test_the_guide_tells_the_figures_of_the_table() -> None:
    text, shown = GUIDE.read_text(), table()
    for agents in callback_days.AGENTS:
        for name in ("abandonment_rate", "occupancy", "promise_kept"):
            assert f"{100 * float(shown[str(agents), name]['with']):.1f} %" in text
