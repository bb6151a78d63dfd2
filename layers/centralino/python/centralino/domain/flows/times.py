"""The times that are on offer to a caller, as a variable of the call, and how they are said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from centralino.domain.flows.model import TIMES, Words
from centralino.domain.telephony import time_phrases

#: The keys by which times are picked.
KEYS = ("1", "2", "3")
PARTS = "|"
#: In place of times: later ones than the one that follows are wanted.
LATER_ONES = "later"
#: In place of a time that stands: in turn.
IN_TURN = "turn"
#: Today, the time that stands, and three times, each with its offset; and what parts them.
LONGEST = 10 + 1 + 16 + len(KEYS) * 26


def choices(variables: Mapping[str, str]) -> list[Words]:
    """Return what is said of the times on offer, and of the keys."""
    parts = variables.get(TIMES, LATER_ONES).split(PARTS)
    if parts[0] == LATER_ONES:
        return []
    today, stands, times = date.fromisoformat(parts[0]), parts[1], parts[2:]
    found: list[Words] = []
    if stands == IN_TURN:
        found.append(time_phrases.STANDS_IN_TURN)
    elif stands:
        found.append(time_phrases.standing(datetime.fromisoformat(stands), today))
    for key, time in zip(KEYS, times, strict=False):
        at = datetime.fromisoformat(time).replace(tzinfo=None)
        found.append(time_phrases.time_to_pick(at, today, key))
    if stands:
        found.append(time_phrases.TO_CANCEL)
    found.append(time_phrases.LATER_OR_STAY if times else time_phrases.STAY)
    return found
