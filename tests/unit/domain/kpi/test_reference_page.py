"""The reference page says what the registry says."""

from __future__ import annotations

from pathlib import Path

import pytest

from centralino.domain.kpi import KPIS
from cli.generate import kpis

# Parts of other figures, of use in a drill-down only.
LEFT_TO_THE_REFERENCE = {
    "answered.within_target",
    "abandoned.within_target",
    "callback_contacts",
    "closed_by_system",
    "expired",
    "handled",
}


def test_the_page_is_up_to_date() -> None:
    assert kpis.PAGE.read_text(encoding="utf-8") == kpis.render()
    assert kpis.main(["--check"]) == 0


def test_a_stale_page_is_noticed_and_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "reference" / "kpis.md"
    monkeypatch.setattr(kpis, "PAGE", page)
    assert kpis.main(["--check"]) == 1
    assert "out of date" in capsys.readouterr().err
    assert kpis.main([]) == 0
    assert kpis.main(["--check"]) == 0
    page.write_text(page.read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert kpis.main(["--check"]) == 1


def test_every_figure_is_on_the_page() -> None:
    page = kpis.render()
    assert all(f"### `{name}`\n" in page for name in KPIS)


def test_the_guide_tells_what_each_figure_is_for() -> None:
    guide = (kpis.PAGE.parents[1] / "concepts" / "kpis.md").read_text(encoding="utf-8")
    named = {
        word
        for line in guide.splitlines()
        if line.startswith("| ")
        for word in line.split("`")[1::2]
    }
    assert named == set(KPIS) - LEFT_TO_THE_REFERENCE
