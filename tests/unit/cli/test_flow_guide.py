"""The guide's flow and its conversations are what the commands take."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from centralino.domain.flows.inputs import KINDS
from centralino.domain.flows.model import STEPS
from centralino.domain.flows.words import FORMATS
from centralino.domain.telephony.markup import ELEMENTS
from cli.main import main

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs/guides/write-a-flow.md").read_text(encoding="utf-8")
CONCEPT = (ROOT / "docs/concepts/flows.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)


def test_the_first_flow_and_its_conversations_hold(tmp_path: Path) -> None:
    flow, conversations = BLOCKS[:2]
    path = tmp_path / "service.yaml"
    path.write_text(flow, encoding="utf-8")
    path.with_name("service.tests.yaml").write_text(conversations, encoding="utf-8")
    assert main(["flow", "lint", str(path)]) == 0
    assert main(["flow", "test", str(path)]) == 0
    assert main(["flow", "draw", str(path), "-o", str(tmp_path / "service.svg")]) == 0


def test_every_kind_of_step_value_and_form_is_described() -> None:
    for name in STEPS:
        assert f"`{name}`" in GUIDE, name
        assert f"`{name}`" in CONCEPT, name
    for name in (*KINDS, *ELEMENTS):
        assert f"`{name}`" in GUIDE, name
    for form in FORMATS:
        assert f"{{name:{form}}}" in GUIDE, form


def test_the_texts_of_the_guide_are_texts(tmp_path: Path) -> None:
    (texts,) = (block for block in BLOCKS if block.startswith("en: {text"))
    for line in texts.splitlines():
        ((language, said),) = yaml.safe_load(line).items()
        flow = {
            "flow": "f",
            "start": "a",
            "steps": {"a": {"do": "hangup", "texts": {language: said}}},
        }
        path = tmp_path / "f.yaml"
        path.write_text(yaml.safe_dump(flow), encoding="utf-8")
        assert main(["flow", "lint", str(path)]) == 0


def test_every_reason_of_a_failing_step_is_explained() -> None:
    source = ROOT / "layers/centralino/python/centralino"
    code = "".join(
        (source / file).read_text(encoding="utf-8")
        for file in (
            "domain/flows/machine.py",
            "domain/flows/walk.py",
            "domain/flows/words.py",
            "application/flow_sources.py",
            "application/flow_turns.py",
        )
    )
    reasons = set(re.findall(r'(?:rescue|trouble)\("([a-z_]+)"', code))
    reasons |= {"no_answer", "useless_answer", "unspeakable_markup", "too_many_fetches"}
    reasons |= {"provider_cannot", "no_number", "no_amount"}
    reasons |= {"number_not_allowed", "recording_not_paused"}
    assert len(reasons) > 8
    for reason in reasons:
        assert f'"{reason}"' in code
        assert f"`{reason}`" in CONCEPT, reason
