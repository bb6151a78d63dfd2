"""A recorded day as calls to be made: every row, at its time, with its lengths."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from local.demo.calls import ENGLISH_LINE, ITALIAN_LINE, SALES, SUPPORT, Intent
from local.demo.day_file import DayCall
from local.demo.replay import LONGEST_SILENCE_S, UNRECORDED_TALK_S, replay_day
from tests.support.call_logs import golden_day_calls

CALL = DayCall(
    line_number=2,
    trunk="AA0101",
    call_id="1",
    customer=None,
    priority=0,
    kind="PS",
    day=date(1999, 2, 9),
    entered_s=36_000,
    left_menu_s=36_010,
    menu_s=10,
    waited_s=30,
    answered=True,
    service_start_s=36_040,
    service_end_s=36_140,
    service_s=100,
    agent="DORIT",
)


def test_an_answered_row_waits_for_ever_and_talks_as_long_as_it_did() -> None:
    (plan,) = replay_day([CALL])
    assert plan.intent is Intent.TALK
    assert (plan.at_s, plan.think_s, plan.patience_s, plan.talk_s) == (0, 10, None, 100)
    assert (plan.keys, plan.line) == ((SUPPORT,), ITALIAN_LINE)


def test_a_row_that_hung_up_leaves_after_its_wait() -> None:
    (plan,) = replay_day([replace(CALL, answered=False, service_s=0)])
    assert plan.intent is Intent.TALK
    assert (plan.patience_s, plan.talk_s) == (30, UNRECORDED_TALK_S)


def test_a_row_that_never_queued_hangs_up_in_the_menu() -> None:
    (plan,) = replay_day([replace(CALL, answered=False, waited_s=0, menu_s=25)])
    assert (plan.intent, plan.keys, plan.think_s) == (Intent.LEAVE_IN_MENU, (), 25)


def test_kinds_choose_queue_and_line() -> None:
    chosen = {
        kind: replay_day([replace(CALL, kind=kind)])[0] for kind in ("NW", "NE", "PE", "IN", "TT")
    }
    assert {kind: plan.keys for kind, plan in chosen.items()} == {
        "NW": (SALES,),
        "NE": (SALES,),
        "PE": (SUPPORT,),
        "IN": (SUPPORT,),
        "TT": (SUPPORT,),
    }
    assert chosen["PE"].line == ENGLISH_LINE


def test_clocks_that_disagree_and_endless_menus_are_survived() -> None:
    plans = replay_day([replace(CALL, menu_s=-55), replace(CALL, menu_s=796, line_number=3)])
    assert [plan.think_s for plan in plans] == [0, 60]


def test_rows_keep_their_distance_except_over_a_silent_night() -> None:
    rows = [
        replace(CALL, entered_s=37_000, line_number=4),
        replace(CALL, entered_s=10_000),
        replace(CALL, entered_s=36_900, line_number=3),
    ]
    assert [plan.at_s for plan in replay_day(rows)] == [
        0,
        LONGEST_SILENCE_S,
        LONGEST_SILENCE_S + 100,
    ]


def test_the_golden_day_is_replayed_whole() -> None:
    calls = golden_day_calls()
    plans = replay_day(calls)
    assert len(plans) == len(calls) == 1_424
    assert sum(plan.intent is Intent.LEAVE_IN_MENU for plan in plans) == 38
    answered = [plan for plan in plans if plan.intent is Intent.TALK and plan.patience_s is None]
    assert len(answered) == 1_157
    assert sum(plan.talk_s for plan in answered) == sum(c.service_s for c in calls if c.answered)
    assert len({plan.caller for plan in plans}) == 1_424
