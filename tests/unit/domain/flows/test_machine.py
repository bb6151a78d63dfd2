"""What a caller hears and where the call stands."""

from __future__ import annotations

import pytest

from centralino.domain.contacts.model import FlowPosition
from centralino.domain.errors import RuleViolation
from centralino.domain.flows import machine as flows
from centralino.domain.flows.model import Enqueue, Flow, Hangup, Menu, Say


def text(words: str) -> dict[str, str]:
    return {"en": words, "it": words.upper()}


FLOW = Flow(
    "main",
    7,
    "welcome",
    {
        "welcome": Say(text("hello"), "menu"),
        "menu": Menu(
            text("press 1 or 3"),
            {"1": "sales", "3": "hours"},
            otherwise="sales",
            invalid=text("sorry"),
            tries=3,
        ),
        "sales": Enqueue("sales", "voice", text("please hold")),
        "hours": Hangup(text("nine to five")),
    },
)


def test_a_call_begins_by_speaking_up_to_the_menu() -> None:
    outcome = flows.begin(FLOW)
    assert outcome.prompts == (text("hello"), text("press 1 or 3"))
    assert outcome.position == FlowPosition("main", 7, "menu", 0)


@pytest.mark.parametrize(("digit", "step"), [("1", "sales"), ("3", "hours")])
def test_a_digit_leads_where_the_menu_says(digit: str, step: str) -> None:
    outcome = flows.press(FLOW, flows.begin(FLOW).position, digit)
    assert outcome.position.step == step
    assert outcome.step == FLOW.steps[step]


@pytest.mark.parametrize("digit", ["", "9", "11", "*"])
def test_anything_else_repeats_the_menu_and_in_the_end_reaches_a_person(digit: str) -> None:
    position = flows.begin(FLOW).position
    for tries in (1, 2):
        outcome = flows.press(FLOW, position, digit)
        assert outcome.prompts == (text("sorry"), text("press 1 or 3"))
        assert outcome.position.tries == tries
        position = outcome.position
    assert flows.press(FLOW, position, digit).position.step == "sales"


def test_the_present_step_can_be_told_again_without_moving() -> None:
    position = FlowPosition("main", 7, "menu", 2)
    outcome = flows.present(FLOW, position)
    assert outcome.position is position
    assert outcome.prompts == (text("press 1 or 3"),)


def test_digits_where_there_is_no_menu_are_refused() -> None:
    with pytest.raises(RuleViolation):
        flows.press(FLOW, FlowPosition("main", 7, "sales"), "1")


def test_a_flow_that_only_speaks_is_cut() -> None:
    endless = Flow("f", 1, "a", {"a": Say(text("a"), "b"), "b": Say(text("b"), "a")})
    with pytest.raises(RuleViolation, match="never stops"):
        flows.begin(endless)
    broken = Flow("f", 1, "a", {"a": Say(text("a"), "nowhere")})
    with pytest.raises(RuleViolation, match="no step"):
        flows.begin(broken)
