"""What if: a day of calls on queues with rules of their own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.domain.configuration.model import (
    BusinessUnit,
    Configuration,
    Plan,
    ProfileQueue,
    Queue,
    RoutingProfile,
    Skill,
    Step,
)
from centralino.domain.configuration.pools import compile_pools
from centralino.domain.errors import InvalidRequest
from centralino.simulation import DayPlan, ListedCall, QueueOfDay, Staff, simulate_day

MIDNIGHT = 1_767_571_200_000
NINE = 9 * 3600


def _rules() -> Configuration:
    queues = {
        "sales": Queue("sales", "unit", plans=("voice",), sla_target_ms=10_000),
        "support": Queue("support", "unit", plans=("voice", "english")),
    }
    profiles = {
        "sales": RoutingProfile("sales", (ProfileQueue("sales"),)),
        "all": RoutingProfile("all", (ProfileQueue("sales"), ProfileQueue("support"))),
    }
    steps = (Step(0, {"english": 3}), Step(30_000, {}))
    return Configuration(
        version=1,
        queues=queues,
        profiles=profiles,
        plans={"voice": Plan("voice"), "english": Plan("english", steps=steps)},
        pools=compile_pools(queues, profiles),
        lines={},
        flows={},
        business_units={"unit": BusinessUnit("unit")},
        skills={"english": Skill("english")},
    )


def _call(
    name: str, kind: str, second: int, service: int, patience: int | None = None
) -> ListedCall:
    return ListedCall(name, kind, 0, NINE + second, service, patience)


def _plan(calls: list[ListedCall], *staff: Staff, **queues: str) -> DayPlan:
    return DayPlan(_rules(), calls, staff, queues, MIDNIGHT)


def _by_name(plan: DayPlan) -> dict[str, QueueOfDay]:
    figures = simulate_day(plan)
    return {row.queue: row for row in figures.queues}


def test_each_queue_is_served_by_its_profiles_and_measured_by_its_target() -> None:
    calls = [
        _call("a", "sales", 0, 100),
        _call("b", "support", 1, 100),
        _call("c", "support", 2, 50, patience=30),
        _call("d", "sales", 85, 10),
    ]
    figures = simulate_day(_plan(calls, Staff("sales", 1), Staff("all", 1)))
    sales, support = figures.queues
    assert (sales.queue, sales.offered, sales.answered, sales.target_s) == ("sales", 2, 2, 10)
    assert sales.asa_s == pytest.approx(15 / 2)  # the last one waits from 85 to 100
    assert sales.service_level_offered == pytest.approx(0.5)
    assert (support.offered, support.answered, support.abandoned) == (2, 1, 1)
    assert support.abandonment_rate == pytest.approx(0.5)
    assert (figures.total.offered, figures.total.answered) == (4, 3)
    assert figures.agents == 2


def test_one_more_agent_is_what_if() -> None:
    calls = [_call(str(n), "support", n, 60, patience=20) for n in range(4)]
    few = _by_name(_plan(calls, Staff("all", 1)))["support"]
    more = _by_name(_plan(calls, Staff("all", 4)))["support"]
    assert (few.answered, few.abandoned) == (1, 3)
    assert (more.answered, more.abandoned, more.longest_wait_s) == (4, 0, 0)


def test_a_plan_relaxes_while_its_caller_waits() -> None:
    calls = [_call("a", "english", 0, 60)]
    to = {"english": "support/english"}
    speaker = Staff("all", 1, skills={"english": 3})
    assert _by_name(_plan(calls, speaker, **to))["support"].longest_wait_s == 0
    # Nobody speaks English: the step that asks for nothing is in force after 30 s, and the
    # pool's heartbeat finds that out.
    waited = _by_name(_plan(calls, Staff("all", 1), **to))["support"].longest_wait_s
    assert waited is not None
    assert 30 <= waited <= 35


def test_shifts_begin_and_end() -> None:
    shift = Staff("all", 1, from_s=NINE + 60, until_s=NINE + 120)
    calls = [
        _call("early", "support", 0, 90),
        _call("meanwhile", "support", 100, 10, patience=500),
    ]
    support = _by_name(_plan(calls, shift))["support"]
    # The first waits for the shift; its call outlasts it, so the second finds nobody.
    assert (support.answered, support.longest_wait_s, support.abandoned) == (1, 60, 1)


def test_who_is_never_served_is_told_as_waiting() -> None:
    support = _by_name(_plan([_call("a", "support", 0, 10)], Staff("sales", 1)))["support"]
    assert (support.offered, support.waiting) == (0, 1)


def test_priority_counts_as_having_waited() -> None:
    rules = _rules()
    boosted = {**rules.queues, "support": replace(rules.queues["support"], boost_ms=60_000)}
    calls = [
        _call("busy", "support", 0, 100),
        _call("first", "support", 10, 10),
        replace(_call("dear", "support", 20, 10), priority=1),
    ]
    plan = DayPlan(replace(rules, queues=boosted), calls, [Staff("all", 1)], {}, MIDNIGHT)
    support = _by_name(plan)["support"]
    # Passed by the dear one: 90 + 10 s; in the order of arrival nobody waits longer than 90.
    assert support.longest_wait_s == 100


def test_types_without_a_queue_are_refused_naming_the_queues() -> None:
    with pytest.raises(InvalidRequest, match=r"'PS' have no queue \(there is sales, support\)"):
        simulate_day(_plan([_call("a", "PS", 0, 1)], Staff("all", 1)))
    with pytest.raises(InvalidRequest, match="has no plan 'french'"):
        simulate_day(_plan([_call("a", "PS", 0, 1)], Staff("all", 1), PS="support/french"))
    rest = _plan([_call("a", "PS", 0, 1)], Staff("all", 1), **{"*": "support"})
    assert list(_by_name(rest)) == ["support"]


@pytest.mark.parametrize(
    ("staff", "words"),
    [
        (Staff("nobody", 1), "unknown routing profile 'nobody'"),
        (Staff("all", 0), "agents of all"),
        (Staff("all", 1, from_s=100, until_s=100), "ends before it begins"),
        (Staff("all", 1, skills={"french": 1}), "unknown skill 'french'"),
    ],
)
def test_staff_the_rules_do_not_know_is_refused(staff: Staff, words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        simulate_day(_plan([_call("a", "support", 0, 1)], staff))
