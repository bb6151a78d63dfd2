"""Planning one queue: arrivals by chance, so many agents, what will callers live through?

Decides the workload, when the centre has forgotten that it began empty, and which contacts count.
The answers of exponential times are those of Erlang C (no patience) and Erlang A, so it can be
held against theory; with a spread of handling times of your own, theory has no answer and this
does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite, log, sqrt
from random import Random

from centralino.domain.contacts.model import Contact
from centralino.domain.errors import InvalidRequest
from centralino.domain.kpi import AgentTime, Parameters, compute
from centralino.simulation.centre import RANK_ARRIVES, Caller, Centre
from centralino.simulation.figures import Tally, facts_of
from centralino.simulation.one_queue import PLAN, PROFILE, QUEUE, enter_queue, one_queue
from centralino.simulation.promise_report import PromiseReport
from centralino.simulation.promises import PromiseWatch, announcing

Progress = Callable[[int], None]
"""Told how many contacts have arrived."""

HOUR_MS = 3_600_000
_KPIS = ("asa", "service_level.offered", "service_level.answered", "abandonment_rate")
_LEAST_WARM_UP = 100
#: The centre counts as settled after this many of its relaxation times.
_RELAXATIONS = 6
_LIMITS = {
    "arrivals_per_hour": 1_000_000.0,
    "aht_s": 86_400.0,
    "agents": 5_000,
    "patience_s": 86_400.0 * 30,
    "target_s": 86_400.0,
    "contacts": 20_000_000,
    "aht_sd_s": 864_000.0,
}


@dataclass(frozen=True, slots=True)
class QueueModel:
    """What is asked: demand, agents, patience, and how long to look.

    Attributes
    ----------
    patience_s : float or None
        Mean patience of callers (exponential); None: nobody gives up.
    target_s : float
        X of the service levels.
    contacts : int
        How many are measured; more come before, to warm up.
    aht_sd_s : float or None
        Standard deviation of handling times, which are then lognormal, as real ones are; 0 makes
        them all the same. None: exponential.

    Raises
    ------
    InvalidRequest
        A number makes no sense, or the queue would grow for ever.
    """

    arrivals_per_hour: float
    aht_s: float
    agents: int
    patience_s: float | None
    target_s: float = 20.0
    contacts: int = 200_000
    seed: int = 1
    aht_sd_s: float | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated, in one line."""
        for name, limit in _LIMITS.items():
            value = getattr(self, name)
            if value is None and name in ("patience_s", "aht_sd_s"):
                continue
            zero_fits = name in ("target_s", "aht_sd_s")
            if not isfinite(value) or value < 0 or (value == 0 and not zero_fits) or value > limit:
                bound = "0 or more" if zero_fits else "above 0"
                raise InvalidRequest(f"{name} must be {bound} and at most {limit:g}, not {value}")
        if self.patience_s is None and self.erlangs >= self.agents:
            raise InvalidRequest(
                f"unstable: {self.erlangs:g} erlangs of work for {self.agents} agents and nobody "
                f"gives up, so the queue grows for ever; more than {self.erlangs:g} agents, "
                "or a patience, is needed",
                code="unstable",
            )

    @property
    def erlangs(self) -> float:
        """Work offered: how many agents it would keep busy for ever."""
        return self.arrivals_per_hour * self.aht_s / 3600

    @property
    def warm_up(self) -> int:
        """How many contacts come before the first one that counts.

        A multiserver queue forgets how it began in about ``1 / (sqrt(c mu) - sqrt(lambda))**2``;
        one whose callers give up, in about a handling time and a patience.
        """
        arrivals = self.arrivals_per_hour / 3600
        if self.patience_s is not None:
            relaxation = self.aht_s + min(self.patience_s, 10 * self.aht_s)
        else:
            relaxation = max(self.aht_s, 1 / (sqrt(self.agents / self.aht_s) - sqrt(arrivals)) ** 2)
        settled = int(_RELAXATIONS * relaxation * arrivals) + 1
        return max(_LEAST_WARM_UP, min(settled, 2 * self.contacts))


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """What callers and agents lived through. Shares from 0 to 1, times in seconds.

    Attributes
    ----------
    p_wait : float
        Share of callers who found no agent free.
    asa_served_s : float or None
        Mean wait of those who were answered; None when nobody was.
    occupancy : float
        Share of the agents' time spent with callers.
    offered, answered, abandoned : int
        Contacts measured, and what became of them.
    warm_up_contacts : int
        Contacts that came before and do not count.
    simulated_hours : float
        Virtual time in which the measured contacts arrived.
    drawn_arrivals_per_hour, drawn_aht_s : float
        What chance made of the demand asked for: how far this run is from the mean.
    promises : PromiseReport or None
        What waiting callers were told, those of the warm-up included; None unless asked for.
    """

    p_wait: float
    p_abandon: float | None
    asa_served_s: float | None
    service_level_offered: float | None
    service_level_answered: float | None
    occupancy: float | None
    offered: int
    answered: int
    abandoned: int
    warm_up_contacts: int
    simulated_hours: float
    drawn_arrivals_per_hour: float
    drawn_aht_s: float
    promises: PromiseReport | None = None


def simulate_queue(
    model: QueueModel,
    progress: Progress | None = None,
    *,
    heartbeats: bool = False,
    promises: bool = False,
) -> QueueFigures:
    """Run a queue and measure it.

    Parameters
    ----------
    heartbeats : bool
        Also run the beats, which find nothing here: no rule of this queue changes with time.
    promises : bool
        Whether waiting callers are told what to expect, and whether it came true is measured.

    Examples
    --------
    >>> model = QueueModel(100, 300, 10, patience_s=120, contacts=2_000)
    >>> 0 < simulate_queue(model).service_level_offered < 1
    True
    """
    return _Run(model, progress, heartbeats, promises).figures()


class Demand:
    """What chance draws for a model: gaps, handling times, patience. Milliseconds.

    Each has a stream of its own, so that another number of agents meets the same callers.
    """

    def __init__(self, model: QueueModel) -> None:
        self._model = model
        self._gaps = Random(f"arrivals-{model.seed}")
        self._services = Random(f"services-{model.seed}")
        self._patiences = Random(f"patiences-{model.seed}")
        self._spread = _lognormal(model.aht_s, model.aht_sd_s) if model.aht_sd_s else None

    def gap_ms(self) -> float:
        """Return the time until the next caller."""
        return self._gaps.expovariate(self._model.arrivals_per_hour / HOUR_MS)

    def service_ms(self) -> float:
        """Return how long the next caller will need."""
        model = self._model
        if self._spread is not None:
            return 1000 * self._services.lognormvariate(*self._spread)
        if model.aht_sd_s is not None:
            return 1000 * model.aht_s
        return self._services.expovariate(1 / (1000 * model.aht_s))

    def patience_ms(self) -> float | None:
        """Return how long the next caller will wait; None: until served."""
        if self._model.patience_s is None:
            return None
        return self._patiences.expovariate(1 / (1000 * self._model.patience_s))


class _Run:
    def __init__(
        self, model: QueueModel, progress: Progress | None, heartbeats: bool, promises: bool
    ) -> None:
        self.model = model
        self.progress = progress
        self.warm_up = model.warm_up
        self.total = self.warm_up + model.contacts
        self.demand = Demand(model)
        self.arrived = 0
        self.begins: float | None = None
        self.ends: float | None = None
        self.work_ms = 0.0
        self.tally = Tally(_KPIS, Parameters(target_ms=round(model.target_s * 1000)))
        self.offered = self.answered = self.abandoned = self.waited = 0
        self.busy: dict[str, int] = {}
        rules = announcing(one_queue()) if promises else one_queue()
        self.centre = Centre(
            rules, enter=enter_queue, ended=self.ended, seed=model.seed, heartbeats=heartbeats
        )
        self.watch = PromiseWatch(self.centre) if promises else None
        for _ in range(model.agents):
            agent = self.centre.hire(PROFILE)
            self.busy[agent] = 0
            self.centre.sign_in(agent)

    def figures(self) -> QueueFigures:
        model, clock = self.model, self.centre.world.clock
        # The interval before the first measured arrival belongs to the measured time.
        self.centre.at(clock.time + self.demand.gap_ms(), RANK_ARRIVES, self.arrive)
        if not self.warm_up:
            self.begins = clock.time
        self.centre.run()
        assert self.begins is not None  # somebody has arrived: contacts is at least 1
        assert self.ends is not None
        window = self.ends - self.begins
        times = [
            AgentTime(agent, busy, max(0, round(window) - busy), busy, round(window))
            for agent, busy in self.busy.items()
        ]
        asa = self.tally.value("asa")
        return QueueFigures(
            p_wait=self.waited / self.offered,
            p_abandon=self.tally.value("abandonment_rate"),
            asa_served_s=None if asa is None else asa / 1000,
            service_level_offered=self.tally.value("service_level.offered"),
            service_level_answered=self.tally.value("service_level.answered"),
            occupancy=compute("occupancy", times).value,
            offered=self.offered,
            answered=self.answered,
            abandoned=self.abandoned,
            warm_up_contacts=self.warm_up,
            simulated_hours=window / HOUR_MS,
            drawn_arrivals_per_hour=model.contacts / (window / HOUR_MS),
            drawn_aht_s=self.work_ms / model.contacts / 1000,
            promises=None if self.watch is None else self.watch.report(),
        )

    def arrive(self) -> None:
        now = self.centre.world.clock.time
        number = self.arrived
        self.arrived += 1
        demand = self.demand
        caller = Caller(number, demand.service_ms(), demand.patience_ms(), QUEUE, PLAN)
        if number >= self.warm_up:
            self.work_ms += caller.service_ms
        if self.arrived == self.warm_up:
            self.begins = now
        if self.arrived < self.total:
            self.centre.at(now + self.demand.gap_ms(), RANK_ARRIVES, self.arrive)
        else:
            self.ends = now
            if self.watch is not None:
                self.watch.until = now
        self.centre.arrive(caller)
        if self.progress is not None and self.arrived % 500 == 0:
            self.progress(self.arrived)

    def ended(self, contact: Contact, caller: Caller) -> None:
        if self.begins is not None:
            self.count_busy(contact)
        self.centre.forget(contact.id)
        if caller.number < self.warm_up:
            return
        facts = facts_of(contact)
        self.tally.add(facts)
        self.offered += 1
        self.answered += facts.answered
        self.abandoned += facts.abandoned
        self.waited += bool(facts.wait_ms)

    def count_busy(self, contact: Contact) -> None:
        """Add the part of an agent's time that lies within the measured time."""
        assert self.begins is not None
        for segment in contact.segments:
            since = max(segment.connected_at or 0, round(self.begins))
            until = segment.wrapped_at or 0
            if self.ends is not None:
                until = min(until, round(self.ends))
            self.busy[segment.agent] += max(0, until - since)


def _lognormal(mean: float, deviation: float) -> tuple[float, float]:
    """Return mu and sigma of the lognormal with this mean and standard deviation."""
    variance = log(1 + (deviation / mean) ** 2)
    return log(mean) - variance / 2, sqrt(variance)
