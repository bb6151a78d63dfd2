"""Make up a day of calls: who calls when, how long they talk and how long they wait.

Decides the shape of the day, the lengths and the habits of callers. The same seed gives the same
day. Never plays a call.

Sources: Brown et al., "Statistical Analysis of a Telephone Call Center", JASA 100 (2005) 36-50:
arrivals are a non-homogeneous Poisson process, handling times lognormal (mean 185 s, standard
deviation 238 s), patience about exponential with a mean of 446 s.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from local.demo.calls import (
    ENGLISH_LINE,
    ITALIAN_LINE,
    OPENING_HOURS,
    SALES,
    SILENCE,
    SUPPORT,
    WRONG_KEY,
    CallPlan,
    Intent,
)

#: Relative call rate along the opening hours: a morning peak, a lunch dip, a lower second peak.
DAY_CURVE: tuple[float, ...] = (0.45, 0.85, 1.3, 1.45, 1.3, 0.95, 0.7, 0.9, 1.2, 1.15, 0.85, 0.6)
LONGEST_DAY_S = 12 * 3600.0
#: Conversation and wrap-up together, as used to size the day.
HANDLING_S = 205.0
#: How busy the agents are meant to be on average: busy enough for queues at the peak.
OCCUPANCY = 0.8

TALK_MEAN_S = 185.0
TALK_DEVIATION_S = 238.0
LONGEST_TALK_S = 1_200.0
PATIENCE_MEAN_S = 446.0

_INTENTS = {
    Intent.TALK: 0.78,
    Intent.SELF_SERVICE: 0.12,
    Intent.LEAVE_IN_MENU: 0.06,
    Intent.LEAVE_WHILE_RINGING: 0.04,
}
_FIRST_KEY_WRONG = 0.08
_FIRST_KEY_MISSING = 0.03
_TO_SALES = 0.45
_ITALIAN = 0.7
_AGENT_ENDS = 0.25


def make_day(calls: int, agents: int, seed: int) -> list[CallPlan]:
    """Make up a day of exactly ``calls`` calls, in the order of arrival."""
    rng = random.Random(seed)
    moments = arrivals(rng, calls, day_length(calls, agents))
    return [_call(rng, number, at) for number, at in enumerate(moments, start=1)]


def day_length(calls: int, agents: int) -> float:
    """Return how many seconds the day lasts for so many calls to keep so many agents busy.

    A handful of calls spread over twelve hours would be no contact centre, so the hours shrink
    with the calls; the curve keeps its shape.
    """
    return min(LONGEST_DAY_S, calls * HANDLING_S / (agents * OCCUPANCY))


def arrivals(
    rng: random.Random, calls: int, length_s: float, curve: Sequence[float] = DAY_CURVE
) -> list[float]:
    """Return the arrival times of a non-homogeneous Poisson process with ``calls`` arrivals.

    Given their number, the arrivals of such a process are independent draws from the density
    that its rate makes. The rate runs straight between the points of ``curve``, and each draw is
    kept with the probability of its rate over the highest (thinning).
    """
    highest = max(curve)
    moments: list[float] = []
    while len(moments) < calls:
        at = rng.uniform(0.0, length_s)
        if rng.uniform(0.0, highest) <= rate(at / length_s, curve):
            moments.append(at)
    return sorted(moments)


def rate(share: float, curve: Sequence[float] = DAY_CURVE) -> float:
    """Return the relative call rate at a share (0 to 1) of the day."""
    place = share * (len(curve) - 1)
    before = min(int(place), len(curve) - 2)
    return curve[before] + (curve[before + 1] - curve[before]) * (place - before)


def lognormal(rng: random.Random, mean: float, deviation: float) -> float:
    """Draw from the lognormal distribution of this mean and standard deviation."""
    variance = math.log(1.0 + (deviation / mean) ** 2)
    return rng.lognormvariate(math.log(mean) - variance / 2.0, math.sqrt(variance))


def _call(rng: random.Random, number: int, at: float) -> CallPlan:
    intent = rng.choices(list(_INTENTS), list(_INTENTS.values()))[0]
    italian = rng.random() < _ITALIAN
    return CallPlan(
        number=number,
        at_s=at,
        caller=caller_number(number, italian=italian),
        line=ITALIAN_LINE if italian else ENGLISH_LINE,
        intent=intent,
        keys=() if intent is Intent.LEAVE_IN_MENU else _keys(rng, intent),
        think_s=rng.uniform(2.0, 12.0),
        patience_s=rng.expovariate(1.0 / PATIENCE_MEAN_S),
        talk_s=min(lognormal(rng, TALK_MEAN_S, TALK_DEVIATION_S), LONGEST_TALK_S),
        agent_ends=rng.random() < _AGENT_ENDS,
    )


def _keys(rng: random.Random, intent: Intent) -> tuple[str, ...]:
    if intent is Intent.SELF_SERVICE:
        wanted = OPENING_HOURS
    else:
        wanted = SALES if rng.random() < _TO_SALES else SUPPORT
    slip = rng.random()
    if slip < _FIRST_KEY_WRONG:
        return (WRONG_KEY, wanted)
    if slip < _FIRST_KEY_WRONG + _FIRST_KEY_MISSING:
        return (SILENCE, wanted)
    return (wanted,)


def caller_number(number: int, *, italian: bool) -> str:
    """Return a telephone number for the caller of a call: nobody's, but of the right form."""
    return f"+39333{number:07d}" if italian else f"+44770090{number % 10_000:04d}"
