"""Turn a recorded day into calls to be made, row by row.

Decides how each recorded call is played: entry into the menu is the moment of the call, the
recorded menu time is how long the caller takes there, the service time is the conversation. A row
that ended with the agent waits for ever; one that hung up leaves after its recorded wait; one
that never queued hangs up in the menu. Nothing is left out and nothing is added.
"""

from __future__ import annotations

from collections.abc import Sequence

from local.demo.arrivals import caller_number
from local.demo.calls import ENGLISH_LINE, ITALIAN_LINE, SALES, SUPPORT, CallPlan, Intent
from local.demo.day_file import DayCall

#: New customers and the stock exchange desk sell; everybody else is being served.
_SALES_KINDS = frozenset({"NW", "NE"})
_ENGLISH_KIND = "PE"
#: A caller who left in the log may be answered in time here; the log cannot say how long such a
#: conversation would have taken. 107 s is the value of the reference replays of this log.
UNRECORDED_TALK_S = 107.0
#: A night without a call for hours is no replay of anything: it shrinks to this.
LONGEST_SILENCE_S = 600.0
#: Recorded menu times reach 13 minutes; a menu asks again and leads on by itself before that.
LONGEST_MENU_S = 60.0


def replay_day(calls: Sequence[DayCall]) -> list[CallPlan]:
    """Turn the calls of a day file into calls to be made, in the order of arrival."""
    plans: list[CallPlan] = []
    at, previous = 0.0, None
    for number, call in enumerate(sorted(calls, key=_arrival), start=1):
        if previous is not None:
            at += min(call.entered_s - previous, LONGEST_SILENCE_S)
        previous = call.entered_s
        plans.append(_call(call, number, at))
    return plans


def _arrival(call: DayCall) -> tuple[int, int]:
    return call.entered_s, call.line_number


def _call(call: DayCall, number: int, at: float) -> CallPlan:
    italian = call.kind != _ENGLISH_KIND
    in_menu = not call.answered and call.waited_s == 0
    return CallPlan(
        number=number,
        at_s=at,
        caller=caller_number(number, italian=italian),
        line=ITALIAN_LINE if italian else ENGLISH_LINE,
        intent=Intent.LEAVE_IN_MENU if in_menu else Intent.TALK,
        keys=() if in_menu else (SALES if call.kind in _SALES_KINDS else SUPPORT,),
        think_s=min(max(float(call.menu_s), 0.0), LONGEST_MENU_S),
        patience_s=None if call.answered else float(call.waited_s),
        talk_s=float(call.service_s) if call.answered else UNRECORDED_TALK_S,
    )
