"""Simulating one queue: what it measures, what it refuses, and that it is the engine that runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from centralino.adapters.memory.store import MemoryStore
from centralino.application import routing
from centralino.domain.errors import InvalidRequest
from centralino.domain.kpi import Outcome, Parameters, compute
from centralino.simulation import Demand, QueueModel, simulate_queue
from centralino.simulation import queue as module
from centralino.simulation.figures import Tally, facts_of
from tests.support import erlang

MODEL = QueueModel(100, 300, 10, patience_s=120, contacts=300)


def test_the_same_seed_gives_the_same_figures() -> None:
    assert simulate_queue(MODEL) == simulate_queue(MODEL)
    assert simulate_queue(MODEL) != simulate_queue(replace(MODEL, seed=2))


def test_heartbeats_change_nothing_where_no_rule_changes_with_time() -> None:
    model = replace(MODEL, contacts=200)
    assert simulate_queue(model, heartbeats=True) == simulate_queue(model)


def test_every_contact_is_accounted_for() -> None:
    figures = simulate_queue(MODEL)
    assert figures.offered == MODEL.contacts == figures.answered + figures.abandoned
    assert figures.p_abandon == pytest.approx(figures.abandoned / figures.offered)
    assert figures.warm_up_contacts == MODEL.warm_up


def test_more_agents_meet_the_same_callers() -> None:
    some, more = simulate_queue(MODEL), simulate_queue(replace(MODEL, agents=14))
    assert some.drawn_aht_s == more.drawn_aht_s
    assert some.simulated_hours == pytest.approx(more.simulated_hours)
    assert more.p_wait < some.p_wait


def test_each_assignment_is_a_claim_of_the_store_made_by_a_drain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    claimed: Counter[str] = Counter()
    drained: Counter[str] = Counter()
    claim, run = MemoryStore.claim, routing._Drain.run

    def counting_claim(store, given):
        result = claim(store, given)
        claimed[given.contact.contact] += result.ok
        return result

    def counting_run(drain):
        report = run(drain)
        drained["assigned"] += report.assigned
        return report

    monkeypatch.setattr(MemoryStore, "claim", counting_claim)
    monkeypatch.setattr(routing._Drain, "run", counting_run)
    figures = simulate_queue(replace(MODEL, contacts=200))
    assert set(claimed.values()) == {1}
    assert drained["assigned"] == len(claimed) >= figures.answered


@pytest.mark.parametrize(
    ("agents", "patience_s"), [(10, 120.0), (10, None), (6, 60.0), (12, 300.0)]
)
def test_the_engine_serves_the_callers_a_recursion_serves(
    agents: int, patience_s: float | None
) -> None:
    row = erlang.Row(100, 300, agents, patience_s, 20, {})
    model = row.model(contacts=400, seed=5)
    found = simulate_queue(model).service_level_offered
    assert found == pytest.approx(erlang.service_level(row, Demand(model), model), abs=1e-9)


def test_figures_are_those_of_the_kpi_definitions(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = []

    def keep(contact):
        kept.append(facts_of(contact))
        return kept[-1]

    monkeypatch.setattr(module, "facts_of", keep)
    figures = simulate_queue(replace(MODEL, contacts=250))
    parameters = Parameters(target_ms=20_000)
    assert len(kept) == 250
    assert {fact.outcome for fact in kept} == {Outcome.HANDLED, Outcome.ABANDONED}
    asa = compute("asa", kept).value
    assert asa is not None
    assert figures.asa_served_s == pytest.approx(asa / 1000)
    for name, found in (
        ("service_level.offered", figures.service_level_offered),
        ("service_level.answered", figures.service_level_answered),
        ("abandonment_rate", figures.p_abandon),
    ):
        assert found == pytest.approx(compute(name, kept, parameters).value)


def test_occupancy_is_work_over_time() -> None:
    figures = simulate_queue(QueueModel(100, 300, 20, patience_s=None, contacts=1_500))
    drawn = figures.drawn_aht_s * figures.drawn_arrivals_per_hour / 3600 / 20
    # What was under way at both ends of the measured time differs.
    assert figures.occupancy == pytest.approx(drawn, rel=0.01)


def test_fixed_handling_times_halve_the_wait_of_one_agent() -> None:
    # Pollaczek and Khinchine: the mean wait is rho / (1 - rho) * (1 + cv^2) / 2 handling times.
    model = QueueModel(6, 300, 1, patience_s=None, contacts=3_000, aht_sd_s=0)
    figures = simulate_queue(model)
    assert figures.drawn_aht_s == pytest.approx(300)
    assert figures.asa_served_s == pytest.approx(150, rel=0.15)


def test_lognormal_handling_times_have_the_mean_and_spread_asked_for() -> None:
    demand = Demand(QueueModel(100, 185, 10, patience_s=60, aht_sd_s=238))
    drawn = [demand.service_ms() / 1000 for _ in range(200_000)]
    mean = sum(drawn) / len(drawn)
    assert mean == pytest.approx(185, rel=0.02)
    spread = (sum((d - mean) ** 2 for d in drawn) / len(drawn)) ** 0.5
    assert spread == pytest.approx(238, rel=0.1)


def test_nobody_answered_gives_no_wait_rather_than_zero() -> None:
    tally = Tally(["asa", "service_level.offered"], Parameters())
    assert tally.value("asa") is None
    assert tally.value("service_level.offered") is None


def test_warm_up_grows_with_the_load_and_never_beyond_twice_the_run() -> None:
    idle, busy = (QueueModel(100, 300, agents, None, contacts=50_000) for agents in (20, 9))
    assert 100 <= idle.warm_up < busy.warm_up < 2 * busy.contacts
    edge = QueueModel(119.9, 300, 10, None, contacts=1_000)
    assert edge.warm_up == 2_000


@pytest.mark.parametrize(
    "change",
    [
        {"arrivals_per_hour": 0},
        {"arrivals_per_hour": float("nan")},
        {"arrivals_per_hour": float("inf")},
        {"aht_s": -1},
        {"agents": 0},
        {"patience_s": 0},
        {"target_s": -1},
        {"contacts": 0},
        {"contacts": 10**9},
        {"aht_sd_s": -1},
    ],
)
def test_numbers_that_make_no_sense_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(InvalidRequest, match=next(iter(change))):
        replace(MODEL, **change)


def test_an_unstable_queue_is_refused_unless_callers_give_up() -> None:
    with pytest.raises(InvalidRequest, match=r"unstable: 8\.33333 erlangs"):
        QueueModel(100, 300, 8, patience_s=None)
    assert QueueModel(100, 300, 8, patience_s=60).erlangs == pytest.approx(8.3333, abs=1e-4)
