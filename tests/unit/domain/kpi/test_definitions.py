"""What every definition shares."""

from __future__ import annotations

import doctest
import re

import pytest

from centralino.domain import kpi as package
from centralino.domain.kpi import (
    KPIS,
    ContactFacts,
    Outcome,
    Parameters,
    Stage,
    compute,
    kpi,
    mean_of_intervals,
    roll_up,
)
from centralino.domain.kpi.definitions import index
from centralino.domain.kpi.surveys import Question, SurveyAnswer

DESIGNED = [
    "entered",
    "offered",
    "answered",
    "abandoned",
    "self_served",
    "callback_requested",
    "overflowed",
    "asa",
    "aht",
    "abandonment_rate",
    "abandonment_rate_queue",
    "service_level.answered",
    "service_level.offered",
    "service_level.excl_short",
    "service_level.connect",
    "service_level.genesys",
    "service_level.asterisk",
    "service_level.asterisk2",
    "queue_duration",
    "time_to_service",
    "dropped_rate",
    "transfer_rate",
    "transfer_rate.agent",
    "transfer_rate.queue",
    "transfer_rate.external",
    "transfer_speed",
    "occupancy",
    "occupancy.weighted",
    "fcr",
    "fcr.agent_marked",
    "fcr.survey",
    "csat",
    "csat.mean",
    "nps",
    "ces",
    "ces.easy",
    "answer_rate",
    "conversion_rate",
    "conversion_rate.per_call",
    "first_call_close",
    "calls_per_agent",
    "calls_per_account",
    "avg_duration",
    "avg_wait",
    "dialer_abandon_rate",
    "retention",
    "cross_sell_rate",
    "up_sell_rate",
    "clv",
    "quality_score",
    "quality_agreement",
    "promise_kept",
    "promise_voids",
    "containment",
    "repeat_after_selfservice",
]


def answered(contact: str, wait_ms: int, **more: object) -> ContactFacts:
    return ContactFacts(
        contact, 0, enqueued_ms=0, answered_ms=wait_ms, dequeued_ms=wait_ms, wait_ms=wait_ms, **more
    )


def abandoned(contact: str, wait_ms: int, stage: Stage = Stage.QUEUE) -> ContactFacts:
    return ContactFacts(
        contact,
        0,
        enqueued_ms=0,
        dequeued_ms=wait_ms,
        outcome=Outcome.ABANDONED,
        stage=stage,
        wait_ms=wait_ms,
    )


@pytest.mark.parametrize("name", DESIGNED)
def test_every_designed_kpi_is_defined(name: str) -> None:
    definition = kpi(name)
    assert definition.version >= 1
    assert definition.formula
    assert definition.description_en.endswith(("?", "."))
    assert definition.description_it.endswith(("?", "."))
    assert definition.description_en != definition.description_it


@pytest.mark.parametrize("name", sorted(KPIS))
def test_nothing_gives_nothing_and_never_a_zero_rate(name: str) -> None:
    value = compute(name, [])
    assert (value.name, value.numerator) == (name, 0)
    assert value.contact_ids == ()
    if value.denominator is None:
        assert value.value == 0
    else:
        assert value.value is None


def test_names_are_lower_case_words_with_at_most_one_variant() -> None:
    assert all(re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)?", name) for name in KPIS)


def test_a_name_is_defined_once() -> None:
    with pytest.raises(ValueError, match="two KPIs are named asa"):
        index([kpi("asa")], [kpi("asa")])


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no KPI named 'average'"):
        compute("average", [])


def test_facts_of_another_kind_are_refused() -> None:
    answer = SurveyAnswer("ct_1", Question.CSAT, 5)
    with pytest.raises(TypeError, match="asa is defined on ContactFacts, not on SurveyAnswer"):
        compute("asa", [answer])


def test_the_target_itself_is_within_it() -> None:
    facts = [answered("ct_1", 20_000), answered("ct_2", 20_001)]
    value = compute("service_level.answered", facts)
    assert (value.numerator, value.denominator, value.value) == (1, 2, 0.5)
    assert value.contact_ids == ("ct_1", "ct_2")
    assert value.counted_ids == ("ct_1",)
    assert compute("answered.within_target", facts).counted_ids == ("ct_1",)


def test_service_levels_differ_on_the_same_contacts() -> None:
    facts = [
        answered("ct_1", 10_000),
        answered("ct_2", 30_000),
        abandoned("ct_3", 5_000),
        abandoned("ct_4", 60_000),
        abandoned("ct_5", 3_000, Stage.RINGING),
        ContactFacts("ct_6", 0, outcome=Outcome.ABANDONED, stage=Stage.MENU, wait_ms=0),
        ContactFacts("ct_7", 0, enqueued_ms=0, dequeued_ms=9_000, outcome=Outcome.OVERFLOWED),
        ContactFacts(
            "ct_8", 0, enqueued_ms=0, dequeued_ms=40_000, outcome=Outcome.CALLBACK_REQUESTED
        ),
        ContactFacts("ct_9", 0, enqueued_ms=0),
    ]
    parameters = Parameters(short_abandon_ms=4_000, include_flow_outs=True)
    found = {
        name.partition(".")[2]: compute(name, facts, parameters).value
        for name in KPIS
        if name.startswith("service_level.")
    }
    assert found == {
        "answered": 1 / 2,
        "offered": 1 / 8,
        "excl_short": 1 / 5,
        "connect": 4 / 8,
        "genesys": 1 / 5,
        "asterisk": 1 / 2,
        "asterisk2": 4 / 6,
    }
    assert compute("service_level.genesys", facts).value == 1 / 6
    assert compute("abandonment_rate", facts).value == 4 / 8
    assert compute("abandonment_rate", facts, parameters).value == 2 / 8
    assert compute("abandonment_rate_queue", facts).value == 2 / 4
    assert compute("abandonment_rate_waiting", facts).value == 3 / 5


def test_consult_legs_and_outbound_calls_are_not_offered() -> None:
    facts = [
        answered("ct_1", 1_000),
        answered("ct_2", 1_000, parent_id="ct_1"),
        answered("ct_3", 1_000, direction="outbound"),
    ]
    assert compute("offered", facts).contact_ids == ("ct_1",)


def test_short_calls_may_be_left_out_of_the_handling_time() -> None:
    segment = package.Segment("r", "ag_1", "q", 0, ended_ms=8_000, talk_ms=5_000, wrapup_ms=3_000)
    long = package.Segment("r", "ag_1", "q", 0, ended_ms=60_000, talk_ms=60_000)
    facts = [
        answered("ct_1", 0, ended_ms=8_000, outcome=Outcome.HANDLED, segments=(segment,)),
        answered("ct_2", 0, ended_ms=60_000, outcome=Outcome.HANDLED, segments=(long,)),
        answered("ct_3", 0),
    ]
    assert compute("aht", facts).value == 34_000
    assert compute("aht", facts, Parameters(shortest_handled_ms=8_001)).value == 60_000
    assert compute("avg_duration", facts).value == 32_500


def test_values_of_different_definitions_do_not_add_up() -> None:
    facts = [answered("ct_1", 10_000)]
    strict = compute("service_level.answered", facts, Parameters(target_ms=1))
    usual = compute("service_level.answered", facts)
    with pytest.raises(ValueError, match="parameters must be the same"):
        roll_up([strict, usual])
    with pytest.raises(ValueError, match="cannot combine asa v1 with aht v1"):
        roll_up([compute("asa", facts), compute("aht", facts)])
    with pytest.raises(ValueError, match="no values"):
        mean_of_intervals([])


def test_a_weighted_total_and_a_mean_of_rates_have_different_names() -> None:
    busy = compute("asa", [answered(f"ct_{n}", 10_000) for n in range(9)])
    quiet = compute("asa", [answered("ct_9", 110_000)])
    closed = compute("asa", [])
    whole, mean = roll_up([busy, quiet, closed]), mean_of_intervals([busy, quiet, closed])
    assert (whole.name, whole.value) == ("asa", 20_000)
    assert (mean.name, mean.value, mean.denominator) == ("asa.mean_of_intervals", 60_000, 2)


@pytest.mark.parametrize(
    "wrong",
    [
        {"target_ms": -1},
        {"short_abandon_ms": -1},
        {"shortest_handled_ms": -1},
        {"connect_within_ms": -1},
    ],
)
def test_negative_thresholds_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be 0 or more"):
        Parameters(**wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"answered_ms": 5}, "needs wait_ms"),
        ({"wait_ms": -1}, "negative"),
        ({"outcome": Outcome.ABANDONED, "wait_ms": 1}, "needs its stage"),
    ],
)
def test_impossible_facts_are_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ContactFacts("ct_1", 0, **wrong)


def test_exported_names_exist() -> None:
    assert sorted(package.__all__) == sorted(set(package.__all__))
    assert all(hasattr(package, name) for name in package.__all__)


def test_the_example_of_the_package_runs() -> None:
    outcome = doctest.testmod(package)
    assert outcome.attempted == 3
    assert outcome.failed == 0
