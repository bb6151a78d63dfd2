"""Rules that lead callers into a dialogue about being called back, and how they are refused."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from centralino.contracts.configuration import ConfigurationError, parse
from centralino.domain.configuration.documents import decode, encode
from centralino.domain.configuration.model import Overflow
from tests.unit.contracts.rules_file import TEXT, edited, refusal, text_of

DIALOGUE = {
    "start": "offer",
    "steps": {
        "offer": {
            "do": "offer_callback",
            "queue": "sales",
            "plan": "voice",
            "texts": TEXT,
            "ask": TEXT,
            "invalid": TEXT,
            "then": "booked",
            "otherwise": "back",
        },
        "booked": {"do": "hangup", "texts": TEXT},
        "back": {"do": "return"},
    },
}
LATE = {"when": "late", "after": "2m", "action": "callback", "flow": "dialogue"}


def file_with(*ways: dict[str, Any], dialogue: dict[str, Any] = DIALOGUE) -> dict[str, Any]:
    tree = edited("queues", "sales", "overflow", value=list(ways))
    tree["flows"]["dialogue"] = dialogue
    return tree


@pytest.mark.parametrize("when", ["closed", "full", "late"])
def test_a_dialogue_may_come_for_each_reason(when: str) -> None:
    needs = {"closed": {}, "full": {"limit": 9}, "late": {"after": "9s"}}[when]
    tree = file_with({"when": when, "action": "callback", "flow": "dialogue", **needs})
    rules = parse(text_of(tree), "rules.yaml", 1)
    limit = {"closed": 0, "full": 9, "late": 9_000}[when]
    expected = (Overflow(when, "callback", limit=limit, flow="dialogue"),)
    assert rules.queues["sales"].overflow == expected
    assert decode(encode(rules)).queues["sales"].overflow == expected


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        (
            {**LATE, "flow": "x"},
            "queues.sales.overflow.0.flow: unknown flow 'x' (there is dialogue, main)",
        ),
        (
            {k: v for k, v in LATE.items() if k != "flow"},
            "queues.sales.overflow.0: the flow to lead callers into is missing",
        ),
        (
            {**LATE, "queue": "support"},
            "queues.sales.overflow.0.queue: the action callback has no queue",
        ),
        (
            {"when": "closed", "action": "message", "texts": TEXT, "flow": "dialogue"},
            "queues.sales.overflow.0.flow: the action message has no flow",
        ),
    ],
)
def test_a_rule_that_does_not_fit_is_refused(way: dict[str, Any], reason: str) -> None:
    assert refusal(file_with(way)) == [reason]


def test_the_place_of_an_unknown_flow_has_its_line() -> None:
    text = text_of(file_with({**LATE, "flow": "nowhere"}))
    with pytest.raises(ConfigurationError) as caught:
        parse(text, "rules.yaml", 1)
    (problem,) = caught.value.problems
    assert text.splitlines()[problem.line - 1].strip() == "flow: nowhere"


def test_a_dialogue_is_written_in_every_language_of_the_lines_that_lead_to_it() -> None:
    steps = {**DIALOGUE["steps"], "booked": {"do": "hangup", "texts": {"en": "x"}}}
    bare = {**DIALOGUE, "steps": steps}
    assert refusal(file_with(LATE, dialogue=bare)) == [
        "flows.dialogue.steps.booked.texts: no text in it"
    ]


def test_a_dialogue_needs_no_more_than_the_provider_of_its_lines_can_do() -> None:
    steps = {
        **DIALOGUE["steps"],
        "offer": {**DIALOGUE["steps"]["offer"], "otherwise": "message"},
        "message": {
            "do": "transfer",
            "number": "+390200000099",
            "texts": TEXT,
            "then": "back",
            "otherwise": "back",
        },
    }
    able = {"twilio": frozenset({"Say"})}
    text = yaml.safe_dump(file_with(LATE, dialogue={**DIALOGUE, "steps": steps}), sort_keys=False)
    with pytest.raises(ConfigurationError) as caught:
        parse(text, "rules.yaml", 1, able=able)
    found = [f"{p.where}: {p.reason}" for p in caught.value.problems]
    assert found == ["flows.dialogue.steps.message: the provider twilio cannot do this (Dial)"]


def test_a_dialogue_reached_by_way_of_another_queue_is_checked_as_well() -> None:
    steps = {**DIALOGUE["steps"], "booked": {"do": "hangup", "texts": {"en": "x"}}}
    onward = {"when": "full", "limit": 5, "action": "queue", "queue": "support"}
    tree = file_with(onward, dialogue={**DIALOGUE, "steps": steps})
    tree["queues"]["support"]["overflow"] = [LATE]
    assert refusal(tree) == ["flows.dialogue.steps.booked.texts: no text in it"]
