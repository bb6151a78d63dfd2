"""The routing protocol's invariants under arbitrary histories. See :mod:`tests.model.machine`."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import RoutingMachine

#: The same examples in every run: a failure in CI is a failure at home.
CI = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=150,
    stateful_step_count=50,
    suppress_health_check=list(HealthCheck),
)
FULL = settings(CI, derandomize=False, max_examples=3_000, stateful_step_count=80)


def test_any_history_keeps_every_invariant_and_comes_to_rest() -> None:
    run_state_machine_as_test(RoutingMachine, settings=CI)


@pytest.mark.full
def test_long_histories_keep_every_invariant_and_come_to_rest() -> None:
    run_state_machine_as_test(RoutingMachine, settings=FULL)
