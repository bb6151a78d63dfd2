"""What a caller hears and where the call stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.domain.contacts.model import FlowPosition
from centralino.domain.errors import RuleViolation
from centralino.domain.flows import machine
from centralino.domain.flows.conditions import Condition, NothingKnown
from centralino.domain.flows.inputs import Given
from centralino.domain.flows.machine import Outcome, Scene
from centralino.domain.flows.model import (
    VARIABLES_BYTES,
    AnnounceAgentCountry,
    Branch,
    Case,
    Collect,
    Enqueue,
    Fetch,
    Flow,
    Hangup,
    Menu,
    Output,
    Return,
    Run,
    Say,
    Set,
    Step,
)
from centralino.domain.telephony import actions as act
from tests.support.flows import SCENE, begun, pressed
from tests.unit.domain.flows.small_flows import FLOW, FLOWS, SALES, flow, heard, text


def said(words: str, position: FlowPosition, flows: dict[str, Flow] = FLOWS) -> Outcome:
    return machine.advance(flows, SCENE, position, Given(speech=words), NothingKnown())


# ---------------------------------------------------------------- menus


def test_a_call_begins_by_speaking_up_to_the_menu() -> None:
    outcome = begun(FLOWS, "main")
    assert outcome.prompts == (act.Say("HELLO", "it"), act.Say("PRESS 1 OR 3", "it"))
    assert outcome.position == FlowPosition("main", 7, "menu")


@pytest.mark.parametrize(("digit", "step"), [("1", "sales"), ("3", "hours")])
def test_a_digit_leads_where_the_menu_says(digit: str, step: str) -> None:
    outcome = pressed(FLOWS, "main", digit)
    assert outcome.position.step == step
    assert outcome.step == FLOW.steps[step]


@pytest.mark.parametrize("digit", ["", "9", "11", "*", "1" * 5_000])
def test_anything_else_repeats_the_menu_and_in_the_end_reaches_a_person(digit: str) -> None:
    for tries in (1, 2):
        outcome = pressed(FLOWS, "main", *[digit] * tries)
        assert heard(outcome) == ["SORRY", "PRESS 1 OR 3"]
        assert (outcome.position.tries, outcome.position.turn) == (tries, tries)
    assert pressed(FLOWS, "main", *[digit] * 3).step is SALES


@pytest.mark.parametrize(
    ("words", "step"),
    [
        ("Vorrei parlare con le vendite, grazie!", "sales"),
        ("ORARI", "hours"),
        ("quando  aprite?", "hours"),
        ("uno", "sales"),
        ("tre", "hours"),
        ("le vendite e gli orari", "sales"),  # the longer phrase
        ("rivendite", "menu"),  # no word of its own
        ("uno o tre", "menu"),  # equally well named
        ("boh", "menu"),
        ("bla " * 2_000, "menu"),
    ],
)
def test_a_phrase_leads_where_its_digit_does(words: str, step: str) -> None:
    assert said(words, begun(FLOWS, "main").position).position.step == step


def test_speech_without_a_match_three_times_reaches_a_person() -> None:
    outcome = begun(FLOWS, "main")
    for _ in range(3):
        outcome = said("mumble", outcome.position)
    assert outcome.step is SALES


def test_a_menu_that_comes_again_is_another_turn() -> None:
    """A late duplicate of the first answer must not count as the second."""
    first = begun(FLOWS, "main").position
    again = pressed(FLOWS, "main", "5").position
    assert again.step == first.step
    assert again.token != first.token


def test_the_present_step_can_be_told_again_without_moving() -> None:
    position = FlowPosition("main", 7, "menu", 2, 2)
    outcome = machine.present(FLOWS, SCENE, position)
    assert outcome.position is position
    assert heard(outcome) == ["PRESS 1 OR 3"]


def test_digits_where_there_is_no_menu_are_refused() -> None:
    with pytest.raises(RuleViolation):
        machine.advance(FLOWS, SCENE, FlowPosition("main", 7, "sales"), Given("1"), NothingKnown())


def test_words_for_who_waits_are_heard_while_waiting_only() -> None:
    outcome = pressed(FLOWS, "main", "1")
    assert outcome.prompts == ()
    assert machine.waiting_words(FLOWS, outcome.position, "en") == act.Say("please hold", "en")
    gone = replace(outcome.position, step="gone")
    assert machine.waiting_words(FLOWS, gone, "en") is None


# ---------------------------------------------------------------- values


ASK = Collect(text("your number"), "n", "digits", "told", "sales", text("no number"))
TOLD = Hangup(text("it is {n:digits}"))


def test_a_value_is_asked_kept_and_said() -> None:
    flows = flow(a=ASK, told=TOLD)
    outcome = begun(flows, "f")
    assert isinstance(outcome.step, Collect)
    english = pressed(flows, "f", "42", scene=Scene(language="en"))
    assert heard(english) == ["it is 4 2"]


def test_what_is_no_value_is_asked_for_again_and_leads_on_in_the_end() -> None:
    flows = flow(a=replace(ASK, shortest=3, tries=2), told=TOLD)
    assert heard(pressed(flows, "f", "42")) == ["NO NUMBER", "YOUR NUMBER"]
    assert pressed(flows, "f", "42", "*").step is SALES
    assert isinstance(pressed(flows, "f", "42", "421").step, Hangup)


def test_variables_end_with_the_flow() -> None:
    flows = flow(a=replace(ASK, then="m"), m=FLOW.steps["menu"], hours=TOLD, menu=TOLD)
    assert pressed(flows, "f", "42").position.variables == {"n": "42"}
    assert pressed(flows, "f", "42", "1").position.variables == {}


def test_a_sensitive_value_is_no_part_of_the_position() -> None:
    flows = flow(a=replace(ASK, sensitive=True, then="m"), m=FLOW.steps["menu"], told=TOLD)
    outcome = pressed(flows, "f", "4711")
    assert outcome.secrets == {"n": "4711"}
    assert outcome.position.variables == {"*n": ""}
    assert "4711" not in repr(outcome)


def test_values_are_set_from_words_and_other_values() -> None:
    steps = {
        "a": replace(ASK, then="b"),
        "b": Set("c", {"m": "no. {n}"}, "en"),
        "c": Hangup(text("{m}")),
    }
    outcome = pressed(flow(**steps), "f", "42")
    assert heard(outcome) == ["no. 42"]
    assert outcome.language == "en"


def test_values_that_do_not_fit_lead_to_a_person() -> None:
    flows = flow(a=Set("b", {"x": "y" * VARIABLES_BYTES}), b=TOLD)
    outcome = begun(flows, "f")
    assert outcome.step is SALES
    assert [t.reason for t in outcome.troubles] == ["variables_too_large"]


# ---------------------------------------------------------------- branches


class Facts(NothingKnown):
    def open(self, hours: str) -> bool | None:
        return {"day": True, "night": False}.get(hours)


def branch(*whens: Condition) -> dict[str, Flow]:
    cases = tuple(Case(when, f"c{index}") for index, when in enumerate(whens))
    ends: dict[str, Step] = {case.to: Hangup(text(case.to)) for case in cases}
    return flow(a=Branch(cases, "sales"), **ends)


@pytest.mark.parametrize(
    ("whens", "step"),
    [
        ((Condition("open", "day"),), "c0"),
        ((Condition("open", "night"), Condition("open", "day")), "c1"),
        ((Condition("open", "night"),), "sales"),
        ((Condition("line", values=("italian",)),), "c0"),
    ],
)
def test_the_first_case_that_holds_decides(whens: tuple[Condition, ...], step: str) -> None:
    outcome = begun(branch(*whens), "f", facts=Facts())
    assert outcome.position.step == step
    assert outcome.troubles == ()


def test_what_cannot_be_decided_leads_on_and_is_told() -> None:
    """Not even a later case that holds is taken: the earlier one might have."""
    outcome = begun(branch(Condition("open", "?"), Condition("open", "day")), "f", facts=Facts())
    assert outcome.step is SALES
    assert outcome.troubles == (machine.Trouble("f", "a", "undecided"),)


# ---------------------------------------------------------------- data sources


FETCH = Fetch(
    then="told",
    otherwise="sales",
    fallback=text("no answer"),
    function="centralino-source-x",
    inputs={"number": "{n}", "who": "{contact}", "l": "{language}"},
    outputs={"n": Output("order.no", 8)},
)


def asked(**changes: object) -> tuple[dict[str, Flow], Outcome]:
    flows = flow(a=replace(ASK, then="ask", **changes), told=TOLD, ask=FETCH)  # type: ignore[arg-type]
    return flows, pressed(flows, "f", "42")


def test_a_data_source_is_told_its_inputs_and_its_answer_is_said() -> None:
    flows, outcome = asked()
    assert outcome.step is FETCH
    scene = replace(SCENE, told={"contact": "ct_1"})
    assert machine.told(scene, outcome, {}) == {"number": "42", "who": "ct_1", "l": "it"}
    answer = {"order": {"no": 7, "more": "x"}}
    after = machine.fetched(flows, Scene(language="en"), outcome, answer, NothingKnown())
    assert isinstance(after.step, Hangup)
    assert after.troubles == ()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (None, "no_answer"),
        ({}, "useless_answer"),
        ({"order": "7"}, "useless_answer"),
        ({"order": {"no": None}}, "useless_answer"),
        ({"order": {"no": ["7"]}}, "useless_answer"),
        ({"order": {"no": "9 chars.."}}, "useless_answer"),
        ({"order": {"no": "è" * 5}}, "useless_answer"),
    ],
)
def test_nonsense_is_answered_by_the_fallback(
    answer: dict[str, object] | None, reason: str
) -> None:
    flows, outcome = asked()
    after = machine.fetched(flows, SCENE, outcome, answer, NothingKnown())
    assert heard(after) == ["NO ANSWER"]
    assert after.step is SALES
    assert after.troubles == (machine.Trouble("f", "ask", reason),)


def test_a_sensitive_value_is_for_the_data_source_and_then_gone() -> None:
    flows, outcome = asked(sensitive=True)
    assert machine.told(SCENE, outcome, {})["number"] == "42"
    after = machine.fetched(flows, SCENE, outcome, None, NothingKnown())
    assert after.secrets == {}
    assert after.position.variables == {}


def test_a_sensitive_value_that_is_gone_is_not_replaced_by_nothing() -> None:
    _, outcome = asked(sensitive=True)
    forgotten = replace(outcome, secrets={})
    with pytest.raises(RuleViolation):
        machine.told(SCENE, forgotten, {})
    assert machine.told(SCENE, forgotten, {"n": "42"})["number"] == "42"


# ---------------------------------------------------------------- flows in flows


def nested(inner: Step) -> dict[str, Flow]:
    outer = flow(a=Run("inner", "back"), back=Hangup(text("back")))
    return {**outer, "inner": Flow("inner", 1, "i", {"i": inner, "r": Return()})}


def test_a_flow_that_is_run_returns_to_who_runs_it() -> None:
    outcome = begun(nested(Say(text("inside"), "r")), "f")
    assert heard(outcome) == ["INSIDE", "BACK"]


def test_a_call_keeps_its_way_back_while_it_waits_for_an_answer() -> None:
    flows = nested(replace(ASK, then="r", otherwise="r"))
    outcome = begun(flows, "f")
    assert outcome.position == FlowPosition("inner", 1, "i", stack=(("f", "back"),))
    assert heard(pressed(flows, "f", "42")) == ["BACK"]


def test_a_flow_inside_that_fails_uses_the_way_to_a_person_of_the_line_s_own() -> None:
    outcome = begun(nested(Say(text("inside"), "gone")), "f")
    assert outcome.step is SALES
    assert (outcome.position.flow, outcome.position.step) == ("f", "sales")
    assert outcome.troubles == (machine.Trouble("inner", "gone", "unknown_step"),)


# ---------------------------------------------------------------- where agents answer from


NEAR_OR_NOT = flow(
    a=AnnounceAgentCountry(text("we are abroad, press 1 for Italy"), "menu"),
    menu=Menu(text("press 2"), {"2": "near"}, "sales", text("sorry")),
    near=replace(SALES, near_plan="italy"),
)


@pytest.mark.parametrize(
    ("digit", "plan"), [("1", "italy"), ("", "voice"), ("2", "voice"), ("11", "voice")]
)
def test_who_asks_for_an_agent_in_italy_or_the_eu_waits_for_one(digit: str, plan: str) -> None:
    outcome = pressed(NEAR_OR_NOT, "f", digit, "2")
    assert isinstance(outcome.step, Enqueue)
    assert outcome.step.plan == plan
    assert outcome.position.variables == {}


def test_where_agents_answer_from_is_asked_once() -> None:
    assert pressed(NEAR_OR_NOT, "f", "9").position.step == "menu"


def test_a_queue_without_a_plan_for_it_keeps_its_own() -> None:
    outcome = pressed(NEAR_OR_NOT, "f", "1", "", "", "")
    assert outcome.step is SALES
