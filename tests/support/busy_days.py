"""Made-up days of one queue whose load rises and falls, as lists of calls."""

from __future__ import annotations

from math import exp, log, pi, sin, sqrt
from random import Random

from centralino.simulation import ListedCall

#: Handling time and patience of the real centre over the year (Brown et al., JASA 100, 2005).
AHT_S, AHT_SD_S, PATIENCE_S = 185.0, 238.0, 446.0
HOURS = 11
_OPENS_S = 7 * 3600


def busy_day(seed: int, agents: int, peak: float = 1.05) -> list[ListedCall]:
    """Return a day whose offered load climbs from 0.55 of the staff to ``peak`` and back.

    A rush in the late morning comes on top. Arrivals are Poisson, handling times lognormal,
    patience exponential.
    """
    random = Random(seed)
    spread = log(1 + (AHT_SD_S / AHT_S) ** 2)
    centre = log(AHT_S) - spread / 2
    most = agents / AHT_S * 1.5
    calls: list[ListedCall] = []
    now = float(_OPENS_S)
    while (now := now + random.expovariate(most)) < _OPENS_S + HOURS * 3600:
        part = (now - _OPENS_S) / (HOURS * 3600)
        load = 0.55 + (peak - 0.55) * sin(pi * part) + 0.25 * exp(-(((part - 0.3) / 0.06) ** 2))
        service = random.lognormvariate(centre, sqrt(spread))
        patience = random.expovariate(1 / PATIENCE_S)
        if random.random() < load / 1.5:
            calls.append(
                ListedCall(
                    f"call-{len(calls)}", "", 0, int(now), round(service), max(1, round(patience))
                )
            )
    return calls
