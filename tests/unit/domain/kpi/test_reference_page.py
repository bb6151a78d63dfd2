"""The reference page says what the registry says."""

from __future__ import annotations

from pathlib import Path

from centralino.domain.kpi import KPIS
from cli.generate import kpis

ROOT = Path(__file__).resolve().parents[4]

# Parts of other figures, of use in a drill-down only.
LEFT_TO_THE_REFERENCE = {
    "answered.within_target",
    "abandoned.within_target",
    "callback_contacts",
    "closed_by_system",
    "expired",
    "handled",
}


def test_every_figure_is_on_the_page() -> None:
    page = kpis.render()
    assert all(f"### `{name}`\n" in page for name in KPIS)


def test_the_guide_tells_what_each_figure_is_for() -> None:
    guide = (ROOT / "docs/concepts/kpis.md").read_text(encoding="utf-8")
    named = {
        word
        for line in guide.splitlines()
        if line.startswith("| ")
        for word in line.split("`")[1::2]
    }
    assert named == set(KPIS) - LEFT_TO_THE_REFERENCE
