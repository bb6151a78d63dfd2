"""Compare KPIs of contact facts with one block of the reference answers, key by key."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

import pytest

from centralino.domain.kpi import ContactFacts, KpiValue, Parameters, compute

Expected = Mapping[str, float | None]
_SECOND = 1000


def block(facts: Sequence[ContactFacts]) -> dict[str, float | None]:
    """Compute every key of a reference block from the registry."""

    def figure(name: str, parameters: Parameters | None = None) -> KpiValue:
        return compute(name, facts, parameters or Parameters())

    def seconds(value: float | None) -> float | None:
        return None if value is None else value / _SECOND

    aht = figure("aht")
    aht_all_but_zero = figure("aht", Parameters(shortest_handled_ms=1))
    aht_from_10s = figure("aht", Parameters(shortest_handled_ms=10 * _SECOND))
    waits = [f.wait_ms for f in facts if f.answered and f.wait_ms is not None]
    lengths = [f.handle_ms / _SECOND for f in facts if f.handled]
    answered, abandoned = figure("answered"), figure("abandoned")
    assert aht.denominator is not None
    assert aht_all_but_zero.denominator is not None
    assert aht_from_10s.denominator is not None
    found = {
        "offered": figure("offered").value,
        "answered": answered.value,
        "abandoned_all_HANG": abandoned.value,
        "abandoned_in_queue_qtime_gt0": figure("abandoned.queue").value,
        "abandoned_qtime_eq0": figure("abandoned.menu").value,
        "abandonment_rate_all": figure("abandonment_rate").value,
        "abandonment_rate_queue_only": figure("abandonment_rate_queue").value,
        "answered_immediately_qtime0": figure("answered.within_target", Parameters(0)).value,
        "answered_after_wait": figure("asa.waited").denominator,
        "sum_q_time_answered_s": seconds(figure("asa").numerator),
        "ASA_s": seconds(figure("asa").value),
        "ASA_waited_only_s": seconds(figure("asa.waited").value),
        "max_wait_answered_s": seconds(max(waits, default=None)),
        "mean_wait_abandoned_in_queue_s": seconds(figure("time_to_abandon").value),
        "sum_q_time_all_s": seconds(figure("avg_wait").numerator),
        "sum_ser_time_answered_s": seconds(aht.numerator),
        "AHT_all_answered_s": seconds(aht.value),
        "AHT_excl_zero_s": seconds(aht_all_but_zero.value),
        "ser_time_zero_rows": aht.denominator - aht_all_but_zero.denominator,
        "ser_time_lt10_rows": aht.denominator - aht_from_10s.denominator,
        "AHT_ge10s_s": seconds(aht_from_10s.value),
        "median_ser_time_s": statistics.median(lengths) if lengths else None,
        "sd_ser_time_s": statistics.stdev(lengths) if len(lengths) > 1 else None,
        "patience_mle_exp_s": seconds(figure("patience").value),
        "empirical_patience_index_served_over_abandoned": (
            answered.numerator / abandoned.numerator if abandoned.numerator else None
        ),
    }
    for x in (20, 30, 60):
        at_most = Parameters(target_ms=x * _SECOND)
        under = Parameters(target_ms=x * _SECOND - 1)
        found |= {
            f"answered_within_{x}s_le": figure("answered.within_target", at_most).value,
            f"answered_within_{x}s_lt": figure("answered.within_target", under).value,
            f"HANG_qtime_le_{x}s": figure("abandoned.within_target", at_most).value,
            f"SL{x}_of_answered": figure("service_level.answered", at_most).value,
            f"SL{x}_of_offered": figure("service_level.offered", at_most).value,
            f"SL{x}_excl_short_abandons": figure("service_level.excl_short", at_most).value,
        }
    return found


def assert_block(facts: Sequence[ContactFacts], expected: Expected, where: str) -> None:
    """Assert that every key agrees: integers exactly, ratios to 1e-6."""
    found = block(facts)
    assert set(found) == set(expected), where
    for key, answer in expected.items():
        if isinstance(answer, float):
            assert found[key] == pytest.approx(answer, abs=1e-6), f"{where}: {key}"
        else:
            assert found[key] == answer, f"{where}: {key}"
