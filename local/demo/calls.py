"""A call that is going to be made: when, where to, and what its caller means to do.

Decides the words for it; never makes one up (`arrivals` and `replay` do) and never plays one
(`callers` does). Every duration is in seconds of the simulated day, not of the wall clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

ITALIAN_LINE = "+390200000001"
ENGLISH_LINE = "+441130000001"

SALES = "1"
SUPPORT = "2"
OPENING_HOURS = "3"
#: A key the menu does not have.
WRONG_KEY = "9"
#: Nothing pressed until the menu asks again.
SILENCE = ""


class Intent(StrEnum):
    """How the caller means to leave."""

    TALK = "talk"
    SELF_SERVICE = "self_service"
    LEAVE_IN_MENU = "leave_in_menu"
    LEAVE_WHILE_RINGING = "leave_while_ringing"


@dataclass(frozen=True, slots=True)
class CallPlan:
    """One call of the day.

    Attributes
    ----------
    number
        From 1, in the order of arrival.
    at_s
        Seconds after the day's first moment.
    caller, line
        Who calls and which number of ours.
    intent
        How the caller means to leave; an impatient one leaves the queue earlier.
    keys
        What is pressed at the menu in turn; an empty text is silence until it asks again.
    think_s
        How long into the menu the first key is pressed, or the caller hangs up.
    patience_s
        How long the caller waits in the queue; None waits for ever.
    talk_s
        How long the conversation takes.
    agent_ends
        Whether the agent hangs up, and not the caller.
    """

    number: int
    at_s: float
    caller: str
    line: str
    intent: Intent
    keys: tuple[str, ...]
    think_s: float
    patience_s: float | None
    talk_s: float
    agent_ends: bool = False
