"""The figures of a run, worked out by the product's own definitions from the published events.

Decides which definitions are shown and how wall time becomes the simulated day's time. Holds no
formula: every figure is one of `centralino.domain.kpi`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from centralino.domain import kpi
from centralino.domain.kpi import ContactFacts, Parameters

#: X of the service level, in seconds of the simulated day.
TARGET_S = 20.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of the calls. Times are seconds; ``raw`` ones are wall seconds.

    The others are wall seconds times the speed: what a caller of the simulated day lived
    through, with the product's own reaction times stretched along.
    """

    entered: int
    offered: int
    answered: int
    abandoned: int
    abandoned_ivr: int
    abandoned_queue: int
    abandoned_ringing: int
    self_served: int
    asa_s: float | None
    asa_raw_s: float | None
    aht_s: float | None
    aht_raw_s: float | None
    service_level_20s: float | None
    service_level_20s_raw: float | None


def figures(facts: Sequence[ContactFacts], speed: float) -> Figures:
    """Work out the figures over the facts of a run."""
    stretched = Parameters(target_ms=round(TARGET_S * 1000 / speed))
    asa, aht = seconds("asa", facts), seconds("aht", facts)
    return Figures(
        entered=whole("entered", facts),
        offered=whole("offered", facts),
        answered=whole("answered", facts),
        abandoned=whole("abandoned", facts),
        abandoned_ivr=whole("abandoned.menu", facts),
        abandoned_queue=whole("abandoned.queue", facts),
        abandoned_ringing=whole("abandoned.ringing", facts),
        self_served=whole("self_served", facts),
        asa_s=None if asa is None else asa * speed,
        asa_raw_s=asa,
        aht_s=None if aht is None else aht * speed,
        aht_raw_s=aht,
        service_level_20s=kpi.compute("service_level.offered", facts, stretched).value,
        service_level_20s_raw=kpi.compute(
            "service_level.offered", facts, Parameters(target_ms=round(TARGET_S * 1000))
        ).value,
    )


def whole(name: str, facts: Sequence[ContactFacts]) -> int:
    """Return a count."""
    return int(kpi.compute(name, facts).numerator)


def seconds(name: str, facts: Sequence[ContactFacts]) -> float | None:
    """Return a mean duration in seconds, or None where there is nothing to average."""
    value = kpi.compute(name, facts).value
    return None if value is None else value / 1000
