"""A real day replayed: every call's wait, outcome, start and end, to the second.

The expected answers were worked out elsewhere, without Centralino. They skip where absent.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence

import pytest

from centralino.simulation import CallOutcome, ListedCall, read_calls, replay
from cli.commands.simulate import as_list
from tests.support.call_logs import golden_day_calls, shared_data

CASES = [(6, "fifo"), (6, "credit90"), (8, "fifo")]
#: The service the reference gives callers who hung up in reality and are served in the replay.
HANG_SERVICE_S = 107


def _expected(agents: int, order: str) -> tuple[Sequence[ListedCall], list[dict[str, str]]]:
    path = shared_data() / f"golden_replay_990209_c{agents}_{order}.csv"
    with path.open(newline="") as lines:
        return read_calls(path), list(csv.DictReader(lines))


def _text(value: int | None) -> str:
    return "" if value is None else str(value)


def _row(outcome: CallOutcome) -> dict[str, str]:
    return {
        "call": outcome.call,
        "outcome": outcome.outcome,
        "wait_s": _text(outcome.wait_s),
        "start_s": _text(outcome.start_s),
        "end_s": _text(outcome.end_s),
    }


@pytest.mark.parametrize(("agents", "order"), CASES)
def test_every_call_of_the_day(agents: int, order: str) -> None:
    calls, rows = _expected(agents, order)
    found = [_row(outcome) for outcome in replay(calls, agents, order).outcomes]
    assert len(found) == 1386
    assert found == [{name: row[name] for name in found[0]} for row in rows]


def test_the_figures_of_the_day() -> None:
    calls, _ = _expected(6, "credit90")
    figures = replay(calls, 6, "credit90")
    assert (figures.served, figures.abandoned) == (1317, 69)
    assert (figures.sum_wait_served_s, figures.max_wait_served_s) == (18193, 222)
    assert figures.asa_served_s == pytest.approx(13.813971, abs=1e-6)
    assert figures.service_level_offered == pytest.approx(1055 / 1386)


def test_the_log_of_the_day_makes_the_same_list() -> None:
    calls, _ = _expected(6, "fifo")
    logged = as_list(golden_day_calls())
    assert [
        (c.call, c.type, c.arrival_s, c.patience_s, c.priority, c.service_s) for c in logged
    ] == [
        (
            c.call,
            c.type,
            c.arrival_s,
            c.patience_s,
            int(c.priority == 2),
            c.service_s if c.patience_s is None else 173,
        )
        for c in calls
    ]
    assert {c.service_s for c in calls if c.patience_s is not None} == {HANG_SERVICE_S}
