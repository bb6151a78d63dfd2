"""What lint says of a step at which a caller picks a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from centralino.domain.flows.checks import Surroundings, problems
from centralino.domain.flows.model import Enqueue, Flow, Hangup, Menu, PickTime, Set

WORDS = {"en": "x", "it": "x"}
STEPS: dict[str, Any] = {
    "menu": Menu(WORDS, {"1": "times", "2": "line"}, otherwise="line", invalid=WORDS),
    "times": PickTime(WORDS, WORDS, "sales", "voice", "bye", "line"),
    "line": Enqueue("sales", "voice", WORDS),
    "bye": Hangup({"en": "{callback_at:time}", "it": "{callback_at:time}"}),
}
AROUND = Surroundings(
    queues={"sales": ["voice", "task"]},
    channels={"voice": "voice", "task": "task"},
)


def found(**steps: Any) -> list[str]:
    flow = Flow("main", 1, "menu", {**STEPS, **steps}, person="line")
    return [reason for _, _, reason in problems({"main": flow}, AROUND)]


def test_a_sound_one_is_no_problem() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"queue": "nowhere"}, "unknown queue 'nowhere'"),
        ({"plan": "other"}, "has no plan 'other'"),
        ({"plan": "task"}, "is for task"),
        ({"then": "menu"}, "only words and hangup can follow"),
        ({"otherwise": "nothing"}, "nothing"),
        ({"invalid": {"en": "x"}}, "it"),
    ],
)
def test_each_mistake_is_told(changes: dict[str, Any], says: str) -> None:
    reasons = found(times=replace(STEPS["times"], **changes))
    assert any(says in reason for reason in reasons), reasons


def test_its_variables_are_its_own_and_count() -> None:
    assert any(
        "another kind of step" in r
        for r in found(bye=Set(values={"callback_times": "x"}, then="line"))
    )
    large = Set(values={"a": "x" * 300}, then="times")
    menu = replace(STEPS["menu"], choices={"1": "large", "2": "line"})
    assert any("can be kept" in reason for reason in found(menu=menu, large=large))
