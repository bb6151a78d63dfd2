"""Made-up days whose load rises and falls: lists of calls, and days with shifts."""

from __future__ import annotations

from math import exp, log, pi, sin, sqrt
from random import Random

from centralino.domain.configuration.model import (
    BusinessUnit,
    Configuration,
    Plan,
    ProfileQueue,
    Queue,
    RoutingProfile,
)
from centralino.domain.configuration.pools import compile_pools
from centralino.domain.contacts.model import DEFAULT_TIER
from centralino.simulation import DayPlan, ListedCall, Staff

#: Handling time and patience of the real centre over the year (Brown et al., JASA 100, 2005).
AHT_S, AHT_SD_S, PATIENCE_S = 185.0, 238.0, 446.0
HOURS = 11
_OPENS_S = 7 * 3600
_MIDNIGHT_MS = 1_767_571_200_000


def busy_day(seed: int, agents: int, peak: float = 1.05) -> list[ListedCall]:
    """Return a day whose offered load climbs from 0.55 of the staff to ``peak`` and back.

    A rush in the late morning comes on top. Arrivals are Poisson, handling times lognormal,
    patience exponential.
    """
    random = Random(seed)
    most = agents / AHT_S * 1.5
    calls: list[ListedCall] = []
    now = float(_OPENS_S)
    while (now := now + random.expovariate(most)) < _OPENS_S + HOURS * 3600:
        part = (now - _OPENS_S) / (HOURS * 3600)
        load = 0.55 + (peak - 0.55) * sin(pi * part) + 0.25 * exp(-(((part - 0.3) / 0.06) ** 2))
        service = _service_s(random)
        patience = random.expovariate(1 / PATIENCE_S)
        if random.random() < load / 1.5:
            calls.append(
                ListedCall(
                    f"call-{len(calls)}", "", 0, int(now), round(service), max(1, round(patience))
                )
            )
    return calls


def changing_day(seed: int, agents: int, *, gold: bool = True) -> DayPlan:
    """Return a day of shifts, with arrivals that now outrun and now lag behind the staff.

    A fifth of the callers counts as having come a minute earlier. With ``gold`` every seventh
    joins a queue that is served first, by the same agents.
    """
    random = Random(seed)
    staff = _shifts(agents)
    calls: list[ListedCall] = []
    now, most = 7 * 3600.0, 3.2 * agents / AHT_S
    while (now := now + random.expovariate(most)) < 19.5 * 3600:
        there = sum(s.agents for s in staff if s.from_s <= now < s.until_s)
        hours = now / 3600 - 7
        load = 0.9 + 0.18 * sin(1.1 * hours + seed) + 0.1 * sin(2.7 * hours + 2 * seed)
        service, patience = _service_s(random), random.expovariate(1 / PATIENCE_S)
        kind = "gold" if gold and random.random() < 0.15 else "queue"
        priority = int(random.random() < 0.2)
        if random.random() < load * there / AHT_S / most:
            name = f"call-{len(calls)}"
            calls.append(
                ListedCall(name, kind, priority, int(now), round(service), max(1, round(patience)))
            )
    return DayPlan(gold_and_queue(), calls, staff, {}, _MIDNIGHT_MS)


def _shifts(agents: int) -> tuple[Staff, ...]:
    shifts = (
        (agents, 7.0, 20.0),
        (agents // 2, 8.5, 13.0),
        (agents // 3, 11.0, 16.0),
        (agents // 2, 14.0, 19.0),
    )
    return tuple(Staff("agents", n, round(a * 3600), round(b * 3600)) for n, a, b in shifts)


def gold_and_queue() -> Configuration:
    """Return two queues of one kind of agent, the first of them served first."""
    queues = {
        "gold": Queue("gold", "unit", tier=DEFAULT_TIER - 1),
        "queue": Queue("queue", "unit", boost_ms=60_000),
    }
    profiles = {"agents": RoutingProfile("agents", tuple(map(ProfileQueue, queues)))}
    return Configuration(
        version=1,
        queues=queues,
        profiles=profiles,
        plans={"voice": Plan("voice")},
        pools=compile_pools(queues, profiles),
        lines={},
        flows={},
        business_units={"unit": BusinessUnit("unit")},
    )


def _service_s(random: Random) -> float:
    spread = log(1 + (AHT_SD_S / AHT_S) ** 2)
    return random.lognormvariate(log(AHT_S) - spread / 2, sqrt(spread))
