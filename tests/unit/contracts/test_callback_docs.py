"""What the pages about callbacks show is what the product reads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from centralino.contracts.configuration_file import (
    CallbackGapsPart,
    CallbackPart,
    HoursPart,
    OverflowPart,
    PlanPart,
)
from centralino.contracts.flow_compile import compile_flow
from centralino.contracts.flow_file import FlowPart
from centralino.contracts.flow_ventures import OfferCallbackPart
from centralino.domain.flows.checks import Surroundings, problems

DOCS = Path(__file__).resolve().parents[3] / "docs"
_BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)


def blocks(page: str) -> list[Any]:
    """Return the YAML blocks of a page."""
    return [yaml.safe_load(text) for text in _BLOCK.findall((DOCS / page).read_text())]


def test_the_rules_shown_are_the_defaults() -> None:
    (rules,) = blocks("concepts/callbacks.md")
    shown = CallbackPart.model_validate(rules["queues"]["sales"]["callback"])
    assert (shown.hours, shown.countries) == ("legal", ["IT", "CH"])
    assert shown == CallbackPart(hours="legal", countries=["IT", "CH"])
    named = {*rules["queues"]["sales"]["callback"]}
    assert named == {*CallbackPart.model_fields}
    gaps = rules["queues"]["sales"]["callback"]["gaps"]
    assert {*gaps} == {*CallbackGapsPart.model_fields}


def test_the_guide_s_rules_and_step_are_read() -> None:
    rules, flow, _ = blocks("guides/offer-callbacks.md")
    for plan in rules["plans"].values():
        PlanPart.model_validate(plan)
    sales = rules["queues"]["sales"]
    CallbackPart.model_validate(sales["callback"])
    HoursPart.model_validate(rules["hours"]["legal"])
    assert sales["callback"]["hours"] in rules["hours"]
    step = OfferCallbackPart.model_validate(flow["offer"])
    assert step.plan in sales["plans"]
    assert step.then in flow


def test_the_guide_s_queue_that_asks_is_read() -> None:
    *_, asking = blocks("guides/offer-callbacks.md")
    ways = [OverflowPart.model_validate(way) for way in asking["queues"]["sales"]["overflow"]]
    assert [way.when for way in ways] == ["closed", "full", "late"]
    assert {way.flow for way in ways} == {*asking["flows"]}
    flow = FlowPart.model_validate(asking["flows"]["call_you_back"])
    compiled = compile_flow("call_you_back", flow, 1)
    assert problems({"call_you_back": compiled}, Surroundings(languages={"": {"en", "it"}})) == []
