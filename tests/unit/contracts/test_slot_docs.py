"""What the pages about times for callbacks show is what the product does."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import yaml

from centralino.contracts import configuration_compile
from centralino.contracts.configuration_file import CallbackPart, SlotsPart
from centralino.contracts.flow_ventures import PickTimePart
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.configuration.documents import decode, encode
from centralino.domain.staffing.erlang import most_load
from centralino.domain.staffing.slots import QUARTER_MS, SlotRules, Standard, capacity
from cli.commands import staffing
from tests.support.centre import configuration
from tests.unit.application.calling_back import configuration_with
from tests.unit.application.picking_times import open_daily

DOCS = Path(__file__).parents[3] / "docs"
CONCEPT = (DOCS / "concepts/callback-slots.md").read_text(encoding="utf-8")
GUIDE = (DOCS / "guides/plan-callback-times.md").read_text(encoding="utf-8")


def blocks(page: str, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", page, re.DOTALL)


def test_the_rules_shown_are_the_defaults_and_all_of_them() -> None:
    (text,) = blocks(CONCEPT, "yaml")
    shown = yaml.safe_load(text)["queues"]["sales"]["callback"]["slots"]
    assert {*shown} == {*SlotsPart.model_fields}
    assert SlotsPart.model_validate(shown) == SlotsPart()


def test_a_queue_with_slots_counts_its_calls_and_one_without_does_not() -> None:
    compiled = configuration_compile._slots
    assert compiled(None) == SlotRules()
    assert compiled(SlotsPart()) == replace(SlotRules(), history=True)


def test_the_table_is_what_the_formula_gives() -> None:
    rows = re.findall(r"^\| (\d+) \| ([\d.]+) \|(.*)\|$", CONCEPT, re.MULTILINE)
    assert len(rows) == 6
    standard = Standard(300_000)
    for agents, able, places in rows:
        most = most_load(int(agents), 300_000, 20_000, 0.8) * QUARTER_MS / 300_000
        assert f"{most:.1f}" == able
        shown = [int(cell) for cell in places.split("|")]
        assert shown == [capacity(int(agents), c, standard) for c in (0, 5, 10, 20, 40)]


def test_the_guide_s_rules_and_step_are_read() -> None:
    rules, step = (yaml.safe_load(text) for text in blocks(GUIDE, "yaml"))
    assert CallbackPart.model_validate(rules["queues"]["sales"]["callback"]).slots is not None
    PickTimePart.model_validate(step["times"])


def test_the_guide_s_plan_can_be_imported(tmp_path: Path) -> None:
    (text,) = blocks(GUIDE, "csv")
    file = tmp_path / "plan.csv"
    file.write_text(text, encoding="utf-8")
    base = configuration()
    rows = staffing._rows(file, replace(base, hours={"office": open_daily(8, 18)}))
    assert [row.agents for row in rows] == [6, 6, 8]
    assert f"{len(rows)} quarters of an hour in {len({r.day for r in rows})} days of sales" in GUIDE


def test_every_refusal_of_a_time_is_explained() -> None:
    source = Path(__file__).parents[3] / "layers/centralino/python/centralino"
    files = ("application/callbacks/slots.py", "domain/callbacks/local_times.py")
    code = "".join((source / file).read_text(encoding="utf-8") for file in files)
    codes = set(re.findall(r'code="(\w+)"', code))
    assert len(codes) == 7
    for name in codes:
        assert f"`{name}`" in CONCEPT


def test_the_rules_come_back_as_they_were_published() -> None:
    rules = SlotRules(0.25, 86_400_000, 900_000, 2.5, 60_000, 7, history=True)
    published = configuration_with(CallbackRules(slots=rules))
    assert decode(encode(published)) == published
    plain = configuration_with(CallbackRules())
    assert decode(encode(plain)) == plain
