"""The workloads of the routing benchmarks, as the routing design defines them.

Four skills; a contact needs one, an agent has two, all of both drawn evenly.

herd
    1000 contacts within 50 ms, 500 idle agents. No process has dealt with the pool before.
light
    2 contacts/s for 300 s, 60 agents, who are idle when it begins and busy exp(20 s) with a
    contact: two thirds of them are busy at any time.
busy
    17 contacts/s for 200 s, 400 agents, who are busy exp(22 s) with a contact: nineteen out of
    twenty are busy at any time. A caller waits no longer than exp(60 s).
once_light, once_busy
    The same rates and agents, but an agent takes one contact only: busy for 300 s or 200 s with
    it, and idle from a moment drawn from exp(20 s) or exp(22 s). There are as many contacts as
    agents, 60 within 30 s and 400 within 23.5 s: with more, a figure would be about a line that
    grows for ever. In once_light the contacts begin 40 s after the agents, when most are idle; in
    once_busy they begin together, and wait for agents from the first second on.

A run goes on until the last of its calls is closed, but for the herd's, of which half can never
be served.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from random import Random

from cli.bench.latency.cloud import Cloud
from cli.bench.latency.people import SKILLS, People, configuration
from cli.bench.latency.requests import Run

SECOND = 1000.0
_PAIRS = tuple(combinations(SKILLS, 2))
#: After a herd nothing more can be assigned; this long is looked at.
HERD_MS = 3_000.0
WARM_UP_MS = 40_000.0


def herd(seed: int, *, lagging: bool = True) -> Run:
    """Return the run of a herd."""
    cloud, people, random = _empty(seed, lagging)
    for _ in range(500):
        people.hire(random.choice(_PAIRS), idle_for=random.expovariate(1 / 60) * SECOND)
    callers = [people.ring(random.choice(SKILLS), 200 * SECOND) for _ in range(1000)]
    cloud.begin()
    for caller in callers:
        people.presses(caller, random.uniform(0.0, 50.0))
    cloud.scheduler.run(cloud.scheduler.now + HERD_MS)
    return Run("herd" if lagging else "herd_without_lag", seed, cloud.rows)


def light(seed: int) -> Run:
    """Return the run of a light load."""
    return _steady("light", seed, agents=60, rate=2, handling_s=20, lasts_s=300)


def busy(seed: int) -> Run:
    """Return the run of a busy load."""
    return _steady("busy", seed, agents=400, rate=17, handling_s=22, lasts_s=200, patience_s=60)


def once_light(seed: int) -> Run:
    """Return the run of a light load in which each agent takes one contact."""
    return _once(
        "once_light", seed, agents=60, idle_s=20, rate=2, handling_s=300, warm_up_ms=WARM_UP_MS
    )


def once_busy(seed: int) -> Run:
    """Return the run of a busy load in which each agent takes one contact."""
    return _once("once_busy", seed, agents=400, idle_s=22, rate=17, handling_s=200, patience_s=60)


WORKLOADS: dict[str, Callable[[int], Run]] = {
    "herd": herd,
    "herd_without_lag": lambda seed: herd(seed, lagging=False),
    "light": light,
    "busy": busy,
    "once_light": once_light,
    "once_busy": once_busy,
}


def _once(
    name: str,
    seed: int,
    *,
    agents: int,
    idle_s: float,
    rate: float,
    handling_s: float,
    patience_s: float | None = None,
    warm_up_ms: float = 0.0,
) -> Run:
    cloud, people, random = _empty(seed, lagging=True)
    hired = [people.hire(random.choice(_PAIRS)) for _ in range(agents)]
    callers = [
        people.ring(
            random.choice(SKILLS),
            handling_s * SECOND,
            random.expovariate(1 / patience_s) * SECOND if patience_s else None,
        )
        for _ in range(agents)
    ]
    cloud.begin()
    for agent in hired:
        people.becomes_free(agent, random.expovariate(1 / idle_s) * SECOND)
    at = warm_up_ms
    for caller in callers:
        at += random.expovariate(rate) * SECOND
        people.presses(caller, at)
    cloud.scheduler.run()
    return Run(name, seed, cloud.rows)


def _steady(
    name: str,
    seed: int,
    *,
    agents: int,
    rate: float,
    handling_s: float,
    lasts_s: float,
    patience_s: float | None = None,
) -> Run:
    cloud, people, random = _empty(seed, lagging=True)
    for _ in range(agents):
        people.hire(random.choice(_PAIRS), idle_for=random.expovariate(1 / handling_s) * SECOND)
    arrivals: list[float] = []
    at = random.expovariate(rate)
    while at < lasts_s:
        arrivals.append(at * SECOND)
        at += random.expovariate(rate)
    callers = [
        people.ring(
            random.choice(SKILLS),
            random.expovariate(1 / handling_s) * SECOND,
            random.expovariate(1 / patience_s) * SECOND if patience_s else None,
        )
        for _ in arrivals
    ]
    cloud.begin()
    for caller, time in zip(callers, arrivals, strict=True):
        people.presses(caller, time)
    cloud.scheduler.run()
    return Run(name, seed, cloud.rows)


def _empty(seed: int, lagging: bool) -> tuple[Cloud, People, Random]:
    cloud = Cloud(configuration(), seed, lagging=lagging)
    return cloud, People(cloud, seed), Random(f"workload-{seed}")
