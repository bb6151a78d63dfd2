"""Flows that are wrong, and words that are: the caller is never lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from centralino.domain.contacts.model import FlowPosition
from centralino.domain.errors import RuleViolation
from centralino.domain.flows import documents, machine
from centralino.domain.flows.conditions import NothingKnown
from centralino.domain.flows.inputs import Given
from centralino.domain.flows.machine import Outcome
from centralino.domain.flows.model import (
    MOST_TURNS,
    Enqueue,
    Flow,
    Hangup,
    Menu,
    Return,
    Run,
    Say,
    Set,
    Step,
    Utterance,
    Waiting,
    WaitOffer,
)
from centralino.domain.telephony import actions as act
from centralino.domain.telephony import phrases
from tests.support.flows import SCENE, begun
from tests.unit.domain.flows.small_flows import FLOWS, SALES, flow, heard, text


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ({"a": Say(text("x"), "a")}, "endless"),
        ({"a": Say(text("x"), "gone")}, "unknown_step"),
        ({"a": Return()}, "nowhere_to_return_to"),
        ({"a": Run("gone", "a")}, "cannot_run"),
        ({"a": Run("f", "a")}, "cannot_run"),
        ({"b": Say(text("x"), "sales")}, "unknown_step"),
    ],
)
def test_a_wrong_flow_leads_to_a_person_with_an_apology(
    steps: dict[str, Step], reason: str
) -> None:
    outcome = begun(flow(**steps), "f")
    assert outcome.step is SALES
    assert heard(outcome)[-1] == phrases.TROUBLE["it"]
    assert [trouble.reason for trouble in outcome.troubles] == [reason]
    assert len(outcome.prompts) <= 3


def test_a_flow_without_a_way_to_a_person_uses_what_the_centre_has() -> None:
    person = Enqueue("support", "voice", {})
    flows = flow(a=Return(), person=None)
    outcome = begun(flows, "f", replace(SCENE, person=person))
    assert outcome.step is person
    assert begun(flows, "f").step == Hangup(phrases.TROUBLE_NOBODY)


def test_a_step_that_is_gone_leads_to_a_person_at_the_next_answer_and_before() -> None:
    position = FlowPosition("main", 7, "gone")
    answered = machine.advance(FLOWS, SCENE, position, Given("1"), NothingKnown())
    shown = machine.present(FLOWS, SCENE, position)
    for outcome in (answered, shown):
        assert outcome.step is SALES
        assert outcome.position != position


def test_a_caller_who_goes_round_and_round_is_put_through_in_the_end() -> None:
    outcome = begun(FLOWS, "main")
    for turn in range(1, MOST_TURNS + 1):
        outcome = machine.advance(FLOWS, SCENE, outcome.position, Given("5"), NothingKnown())
        assert isinstance(outcome.step, Menu) is (turn < MOST_TURNS)
    assert outcome.step is SALES


def test_a_step_of_a_later_release_is_left_out_and_its_callers_reach_a_person() -> None:
    person = {"do": "enqueue", "queue": "sales", "plan": "voice", "texts": {"en": "hold"}}
    body = {
        "version": 1,
        "start": "a",
        "person": "p",
        "steps": {"a": {"do": "dance", "texts": {"en": "x"}}, "p": person},
    }
    found = documents.flow("f", body)
    assert set(found.steps) == {"p"}
    outcome = begun({"f": found}, "f")
    assert isinstance(outcome.step, Enqueue)
    assert [trouble.reason for trouble in outcome.troubles] == ["unknown_step"]


def test_an_offer_in_line_that_leads_nowhere_is_an_apology_and_the_place_kept() -> None:
    offer = WaitOffer("1", "gone", text("press"))
    waits = replace(SALES, waiting=Waiting(offers=(offer,)))
    flows = {"f": Flow("f", 1, "sales", {"sales": waits}, "sales")}
    outcome = begun(flows, "f")
    taken = machine.taken(flows, SCENE, outcome.position, "1", NothingKnown())
    assert taken is not None
    assert taken.step is waits
    assert heard(taken) == [phrases.TROUBLE["it"]]
    assert machine.taken(flows, SCENE, outcome.position, "2", NothingKnown()) is None


@pytest.mark.parametrize(
    ("go_on", "code"),
    [
        (lambda at: machine.left(FLOWS, SCENE, at, NothingKnown(), kept=True), "not_on_errand"),
        (lambda at: machine.dialled(FLOWS, SCENE, at, NothingKnown(), answered=True),
         "not_on_errand"),
        (lambda at: machine.paid(FLOWS, SCENE, at, "paid", "x", NothingKnown()), "not_on_errand"),
        (lambda at: machine.booked(FLOWS, SCENE, begun(FLOWS, "main"), "", NothingKnown()),
         "not_at_booking"),
        (lambda at: machine.hindered(FLOWS, SCENE, begun(FLOWS, "main"), "x", NothingKnown()),
         "not_on_errand"),
    ],
    ids=["left", "dialled", "paid", "booked", "hindered"],
)  # fmt: skip
def test_what_nobody_was_asked_to_do_moves_no_call(
    go_on: Callable[[FlowPosition], Outcome], code: str
) -> None:
    with pytest.raises(RuleViolation) as refused:
        go_on(begun(FLOWS, "main").position)
    assert refused.value.code == code


# ---------------------------------------------------------------- words


def test_markup_that_is_not_well_formed_is_said_and_told() -> None:
    broken = {"it": Utterance(ssml="ciao <break"), "en": "x"}
    outcome = begun(flow(a=Say(broken, "sales")), "f")
    assert outcome.prompts == (act.Say("ciao <break", "it"),)
    assert [trouble.reason for trouble in outcome.troubles] == ["unspeakable_markup"]


def test_a_name_with_an_ampersand_is_said_in_markup_as_in_plain_words() -> None:
    words = {"it": Utterance(ssml="<emphasis>{n}</emphasis>")}
    flows = flow(a=Set("b", {"n": "Smith & <Sons>"}), b=Say(words, "sales"))
    outcome = begun(flows, "f")
    assert outcome.prompts == (
        act.Say("<emphasis>Smith &amp; &lt;Sons&gt;</emphasis>", "it", ssml=True),
    )
    assert outcome.troubles == ()
