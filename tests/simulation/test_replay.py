"""What a replay does within one second, and in any: against a simulation of a few lines."""

from __future__ import annotations

from heapq import heappop, heappush

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from centralino.domain.errors import InvalidRequest
from centralino.simulation import ListedCall, replay

Outcome = tuple[str, int, int | None]


def _call(name: str, arrival: int, service: int, patience: int | None = None, priority: int = 0):
    return ListedCall(name, "", priority, arrival, service, patience)


def _outcomes(calls: list[ListedCall], agents: int = 1, order: str = "fifo") -> list[Outcome]:
    return [(o.outcome, o.wait_s, o.start_s) for o in replay(calls, agents, order).outcomes]


def test_a_start_at_the_very_deadline_counts_as_served() -> None:
    calls = [_call("a", 0, 10), _call("b", 0, 5, patience=10), _call("c", 0, 5, patience=9)]
    assert _outcomes(calls) == [("SERVED", 0, 0), ("SERVED", 10, 10), ("ABANDONED", 9, None)]


def test_a_call_of_no_length_frees_its_agent_before_anybody_leaves() -> None:
    calls = [_call("a", 0, 10), _call("b", 0, 0, patience=10), _call("c", 0, 3, patience=10)]
    assert _outcomes(calls) == [("SERVED", 0, 0), ("SERVED", 10, 10), ("SERVED", 10, 10)]


def test_calls_of_one_second_are_served_in_the_order_of_the_list() -> None:
    calls = [_call("z", 0, 5), _call("y", 0, 5), _call("a", 0, 5)]
    assert [o.start_s for o in replay(calls, 1).outcomes] == [0, 5, 10]


def test_credit_passes_those_who_came_up_to_90_s_earlier() -> None:
    calls = [
        _call("busy", 0, 100),
        _call("first", 5, 10),
        _call("same key", 6, 10),
        _call("high", 96, 10, priority=2),
        _call("regular", 97, 10, priority=1),
    ]
    # Equal keys (6 and 96 - 90) go by the list.
    assert [o.start_s for o in replay(calls, 1, "credit90").outcomes] == [0, 100, 110, 120, 130]
    late = [*calls[:3], _call("high", 95, 10, priority=2)]
    assert [o.start_s for o in replay(late, 1, "credit90").outcomes] == [0, 100, 120, 110]
    assert [o.start_s for o in replay(late, 1, "fifo").outcomes] == [0, 100, 110, 120]


def test_a_high_priority_arrival_goes_before_the_agent_freed_in_the_same_second() -> None:
    calls = [_call("busy", 0, 50), _call("waits", 10, 5), _call("high", 50, 5, priority=2)]
    assert [o.start_s for o in replay(calls, 1, "credit90").outcomes] == [0, 55, 50]


def test_patience_of_nothing_is_served_only_at_once() -> None:
    calls = [_call("a", 0, 5, patience=0), _call("b", 1, 5, patience=0)]
    assert _outcomes(calls) == [("SERVED", 0, 0), ("ABANDONED", 0, None)]


@pytest.mark.parametrize(("agents", "order"), [(0, "fifo"), (-1, "fifo"), (5001, "fifo"), (1, "x")])
def test_what_cannot_be_replayed_is_refused(agents: int, order: str) -> None:
    with pytest.raises(InvalidRequest):
        replay([_call("a", 0, 1)], agents, order)


def _by_hand(calls: list[ListedCall], agents: int, credit: int) -> list[Outcome]:
    """Replay second by second, by the rules as they are written down; independent of the engine."""
    found: dict[int, Outcome] = {}
    waiting: list[tuple[int, int]] = []
    ends: list[int] = []
    last = max(call.arrival_s for call in calls) + sum(call.service_s for call in calls) + 1
    for now in range(last + 1):
        while ends and ends[0] <= now:
            heappop(ends)
        for number, call in enumerate(calls):
            if call.arrival_s == now:
                heappush(waiting, (now - (credit if call.priority == 2 else 0), number))
        while waiting and len(ends) < agents:
            _, number = heappop(waiting)
            found[number] = ("SERVED", now - calls[number].arrival_s, now)
            heappush(ends, now + calls[number].service_s)
            while ends and ends[0] <= now:
                heappop(ends)
        for key in [*waiting]:
            call = calls[key[1]]
            if call.patience_s is not None and call.arrival_s + call.patience_s <= now:
                found[key[1]] = ("ABANDONED", call.patience_s, None)
                waiting.remove(key)
        waiting.sort()
    return [found[number] for number in range(len(calls))]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.integers(0, 120),
            st.integers(0, 25),
            st.none() | st.integers(0, 30),
            st.integers(0, 2),
        ),
        min_size=1,
        max_size=25,
    ),
    st.integers(1, 3),
    st.sampled_from(["fifo", "credit90"]),
)
def test_any_list_is_replayed_as_the_rules_say(
    rows: list[tuple[int, int, int | None, int]], agents: int, order: str
) -> None:
    calls = [_call(f"c{n}", a, s, p, priority) for n, (a, s, p, priority) in enumerate(rows)]
    credit = 90 if order == "credit90" else 0
    assert _outcomes(calls, agents, order) == _by_hand(calls, agents, credit)
