"""The chart of waits by strategy shows what the simulator says."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from centralino.domain.routing.strategies import LINEAR, SCARCE_FIRST, STRATEGIES
from cli.generate import waits

ROOT = Path(__file__).resolve().parents[2]


def figures() -> dict[tuple[str, str], tuple[float, float]]:
    """Return average and ninth decile as the table beside the chart has them."""
    with (ROOT / waits.TABLE).open(newline="") as table:
        return {
            (row["strategy"], row["queue"]): (
                float(row["average_wait_s"]),
                float(row["wait_p90_s"]),
            )
            for row in csv.DictReader(table)
        }


def test_every_strategy_and_queue_is_in_table_and_chart() -> None:
    shown = figures()
    assert set(shown) == {(s, q) for s in STRATEGIES for q in waits.QUEUES}
    chart = (ROOT / waits.CHART).read_text()
    for (strategy, _), (average, _) in shown.items():
        assert strategy in chart
        assert f"{average:.1f} s" in chart


def test_sparing_the_experts_is_what_the_page_says_it_is() -> None:
    shown = figures()
    assert shown[SCARCE_FIRST, "technical"] == min(shown[s, "technical"] for s in STRATEGIES)
    assert shown[LINEAR, "technical"] == max(shown[s, "technical"] for s in STRATEGIES)


@pytest.mark.full
@pytest.mark.parametrize("strategy", [LINEAR, SCARCE_FIRST])
def test_the_simulator_gives_these_figures_again(strategy: str) -> None:
    for queue, found in waits.simulated(strategy).items():
        assert tuple(round(value, 1) for value in found) == figures()[strategy, queue]
