"""The times a caller can pick: what is said, which key means what, and where each answer leads."""

from __future__ import annotations

import doctest
from datetime import date, datetime

import pytest

from centralino.domain.contacts.model import FlowPosition
from centralino.domain.errors import RuleViolation
from centralino.domain.flows import machine, picking
from centralino.domain.flows.conditions import NothingKnown
from centralino.domain.flows.inputs import Given
from centralino.domain.flows.machine import Outcome, Scene
from centralino.domain.flows.model import TIMES, Enqueue, Flow, Hangup, Menu, PickTime
from centralino.domain.flows.picking import Offer
from centralino.domain.flows.times import LONGEST
from centralino.domain.telephony import time_phrases
from centralino.domain.telephony.actions import Say


def both(words: str) -> dict[str, str]:
    return {"en": words, "it": f"{words} (it)"}


FLOWS = {
    "main": Flow(
        "main",
        1,
        "menu",
        {
            "menu": Menu(both("menu"), {"1": "times"}, otherwise="line", invalid=both("what")),
            "times": PickTime(both("when"), both("sorry"), "sales", "voice", "bye", "line"),
            "line": Enqueue("sales", "voice", both("hold")),
            "bye": Hangup(both("on {callback_at:time}")),
        },
        person="line",
    )
}
SCENE = Scene("it", "en", told={"subject": "su_1"})
FACTS = NothingKnown()
T1, T2, T3 = "2026-05-04T14:30+02:00", "2026-05-05T09:00+02:00", "2026-05-07T09:00+02:00"
MONDAY = date(2026, 5, 4)


def heard(outcome: Outcome) -> list[str]:
    return [prompt.text for prompt in outcome.prompts if isinstance(prompt, Say)]


def at_times(offer: Offer | None, scene: Scene = SCENE) -> Outcome:
    position = FlowPosition("main", 1, "menu")
    outcome = machine.advance(FLOWS, scene, position, Given("1"), FACTS)
    assert picking.wants(outcome) == picking.Wants()
    return picking.offered(FLOWS, scene, outcome, offer, FACTS)


def press(outcome: Outcome, digits: str) -> Outcome:
    return machine.advance(FLOWS, SCENE, outcome.position, Given(digits), FACTS)


def test_the_examples_hold() -> None:
    failed, tried = doctest.testmod(time_phrases)
    assert failed == 0
    assert tried


def test_three_times_are_said_with_their_keys() -> None:
    outcome = at_times(Offer(MONDAY, (T1, T2, T3)))
    assert heard(outcome) == [
        "when",
        "For today at 14:30 press 1.",
        "For tomorrow at 09:00 press 2.",
        "For Thursday at 09:00 press 3.",
        "For later times press 9. To stay in line press 0.",
    ]
    assert heard(machine.present(FLOWS, SCENE, outcome.position)) == heard(outcome)


def test_in_italian_as_well() -> None:
    outcome = at_times(Offer(MONDAY, (T1, T2, T3)), Scene("it", "it", told={"subject": "su_1"}))
    assert heard(outcome)[1:] == [
        "Per oggi alle 14:30 prema 1.",
        "Per domani alle 09:00 prema 2.",
        "Per giovedì alle 09:00 prema 3.",
        "Per orari successivi prema 9. Per restare in attesa prema 0.",
    ]


def test_a_key_picks_what_was_heard_for_it() -> None:
    outcome = press(at_times(Offer(MONDAY, (T1, T2))), "2")
    assert outcome.booking is not None
    assert outcome.booking.at == T2
    assert picking.wants(outcome) is None
    done = machine.booked(FLOWS, SCENE, outcome, "2026-05-05T09:00", FACTS)
    assert (done.position.step, done.converted) == ("bye", True)
    assert heard(done) == ["on 5 May 2026 at 09:00"]


@pytest.mark.parametrize("key", ["3", "8", "5", "", "12", "*"])
def test_a_key_that_was_not_said_asks_again_and_at_last_leads_back_in_line(key: str) -> None:
    outcome = at_times(Offer(MONDAY, (T1, T2)))
    for _ in range(2):
        outcome = press(outcome, key)
        assert outcome.position.step == "times"
        assert heard(outcome)[:3] == ["sorry", "when", "For today at 14:30 press 1."]
    outcome = press(outcome, key)
    assert outcome.position.step == "line"


def test_later_times_are_asked_for_after_the_last_that_was_heard() -> None:
    outcome = press(at_times(Offer(MONDAY, (T1, T2))), "9")
    assert picking.wants(outcome) == picking.Wants(after=T2)
    outcome = picking.offered(FLOWS, SCENE, outcome, Offer(MONDAY, (T3,)), FACTS)
    assert "For Thursday at 09:00 press 1." in heard(outcome)
    assert press(outcome, "1").booking == machine.Booking(None, T3)


def test_who_stays_is_in_line_and_nothing_of_the_times_is_kept() -> None:
    outcome = press(at_times(Offer(MONDAY, (T1,))), "0")
    assert (outcome.position.step, outcome.converted) == ("line", False)
    assert TIMES not in outcome.position.variables


def test_without_a_time_or_a_number_the_caller_stays_in_line() -> None:
    none_left = at_times(Offer(MONDAY))
    assert none_left.position.step == "line"
    assert "no time left" in heard(none_left)[1]
    withheld = at_times(None)
    assert withheld.position.step == "line"
    assert [trouble.reason for trouble in withheld.troubles] == ["not_booked"]


def test_a_time_that_is_gone_is_told_and_others_are_asked_for() -> None:
    outcome = press(at_times(Offer(MONDAY, (T1,))), "1")
    outcome = picking.taken(FLOWS, SCENE, outcome, FACTS)
    assert picking.wants(outcome) == picking.Wants()
    outcome = picking.offered(FLOWS, SCENE, outcome, Offer(MONDAY, (T2,)), FACTS)
    assert heard(outcome)[:2] == [
        "We are sorry, somebody else has just taken this time.",
        "For tomorrow at 09:00 press 1.",
    ]


def test_what_could_not_be_booked_leads_back_in_line() -> None:
    outcome = press(at_times(Offer(MONDAY, (T1,))), "1")
    outcome = machine.booked(FLOWS, SCENE, outcome, None, FACTS)
    assert (outcome.position.step, outcome.converted) == ("line", False)


def test_who_has_a_call_back_hears_of_it_and_can_cancel_it() -> None:
    outcome = at_times(Offer(MONDAY, (T2,), stands="2026-05-04T16:00"))
    assert heard(outcome)[1:4] == [
        "We will call you back today at 16:00. You can choose another time.",
        "For tomorrow at 09:00 press 1.",
        "To cancel the call back press 8.",
    ]
    outcome = press(outcome, "8")
    assert outcome.booking is not None
    assert outcome.booking.cancels
    outcome = picking.cancelled(FLOWS, SCENE, outcome, FACTS)
    assert outcome.position.step == "line"
    assert heard(outcome)[0] == "Your call back is cancelled."


def test_a_call_back_in_turn_is_told_and_can_be_cancelled_without_a_free_time() -> None:
    outcome = at_times(Offer(MONDAY, (), stands=""))
    assert outcome.position.step == "times"
    assert "when it is your turn" in " ".join(heard(outcome))
    assert press(outcome, "8").booking is not None
    assert press(outcome, "9").position.step == "times"


def test_what_is_kept_of_the_times_is_as_long_as_lint_counts() -> None:
    outcome = at_times(Offer(MONDAY, (T1, T2, T3), stands="2026-05-04T16:00"))
    assert len(outcome.position.variables[TIMES]) <= LONGEST


def test_nothing_is_booked_where_nothing_was_asked() -> None:
    outcome = press(at_times(Offer(MONDAY, (T1,))), "0")
    with pytest.raises(RuleViolation):
        machine.booked(FLOWS, SCENE, outcome, "2026-05-05T09:00", FACTS)


@pytest.mark.parametrize(
    ("at", "english", "italian"),
    [
        (datetime(2026, 5, 4, 1, 15), "today at 01:15", "oggi all'1:15"),
        (datetime(2026, 5, 10, 9, 0), "Sunday at 09:00", "domenica alle 09:00"),
        (datetime(2026, 5, 11, 9, 0), "Monday 11 May at 09:00", "lunedì 11 maggio alle 09:00"),
        (datetime(2026, 6, 1, 9, 0), "Monday 1 June at 09:00", "lunedì primo giugno alle 09:00"),
    ],
)
def test_a_day_is_said_as_people_say_it(at: datetime, english: str, italian: str) -> None:
    assert time_phrases.said(at, MONDAY, "en") == english
    assert time_phrases.said(at, MONDAY, "it") == italian
