"""Every alarm has a runbook that the list of runbooks leads to."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _alarms() -> set[str]:
    raised = re.compile(r"raise_alarm\(\s*\w+(?:\.\w+)?,\s*\"(\w+)Alarm\"")
    return {
        name
        for path in (ROOT / "infra").rglob("*.py")
        for name in raised.findall(path.read_text(encoding="utf-8"))
    }


def test_every_alarm_has_a_runbook() -> None:
    alarms = _alarms()
    assert len(alarms) >= 8
    index = (ROOT / "docs/runbooks/README.md").read_text(encoding="utf-8")
    for alarm in alarms:
        page = re.sub(r"(?<!^)(?=[A-Z])", "-", alarm).lower() + ".md"
        assert (ROOT / "docs/runbooks" / page).is_file(), page
        assert f"`{alarm}Alarm`" in index
        assert f"({page})" in index
