"""A real call centre's February against answers worked out without this product."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from centralino.domain.kpi import (
    ContactFacts,
    Interval,
    Parameters,
    by_agent,
    compute,
    entered,
    group_by,
    half_hours,
    local_days,
    mean_of_intervals,
    peak_contacts,
    roll_up,
    split,
    timelines,
)
from centralino.domain.kpi.resolution import Resolved, Touch, look_back
from tests.support import call_logs
from tests.unit.domain.kpi.reference_blocks import assert_block

MARCH_MS = int(datetime(1999, 3, 1, tzinfo=UTC).timestamp()) * 1000
FEBRUARY_MS = int(datetime(1999, 2, 1, tzinfo=UTC).timestamp()) * 1000


@pytest.fixture(scope="module")
def answers() -> dict:
    return call_logs.expected()["anonymous_bank"]["1999_02"]


@pytest.fixture(scope="module")
def february() -> list[ContactFacts]:
    return call_logs.facts_of(call_logs.february_calls()[0])


@pytest.fixture(scope="module")
def golden_day() -> list[ContactFacts]:
    return call_logs.facts_of(call_logs.golden_day_calls())


def days_of_february() -> dict[str, Interval]:
    days = local_days(FEBRUARY_MS, MARCH_MS, UTC)
    first = date(1999, 2, 1)
    return {f"{first + timedelta(days=n):%y%m%d}": day for n, day in enumerate(days)}


def test_february_is_read_whole(answers: dict) -> None:
    calls, dropped, phantoms = call_logs.february_calls()
    assert dropped == answers["malformed_rows_dropped"]
    assert phantoms == answers["phantom_rows_dropped"]
    assert len(calls) == answers["rows_used"]
    assert len(calls) + dropped + phantoms == answers["raw_rows"]
    assert len({call.day for call in calls}) == answers["days_with_calls"]


def test_february_overall(february: list[ContactFacts], answers: dict) -> None:
    assert_block(february, answers["overall"], "February")


def test_february_by_type(february: list[ContactFacts], answers: dict) -> None:
    groups = group_by(february, lambda f: f.topic)
    assert set(groups) == set(answers["by_type"])
    for kind, expected in answers["by_type"].items():
        assert_block(groups[kind], expected, kind)


def test_february_by_priority(february: list[ContactFacts], answers: dict) -> None:
    groups = group_by(february, lambda f: str(f.priority))
    assert set(groups) == set(answers["by_priority"])
    for priority, expected in answers["by_priority"].items():
        assert_block(groups[priority], expected, f"priority {priority}")
        waited = [f for f in groups[priority] if f.wait_ms]
        mean = compute("avg_wait", waited).value
        expected_mean = answers["priority_mean_wait_of_queued_s"][priority]
        assert mean / 1000 == pytest.approx(expected_mean, abs=1e-6)


def test_february_by_agent(february: list[ContactFacts], answers: dict) -> None:
    groups = by_agent(february)
    assert set(groups) == set(answers["agents"])
    assert len(groups) == answers["n_named_agents"]
    for agent, expected in answers["agents"].items():
        aht = compute("aht", groups[agent])
        assert aht.denominator == expected["calls"]
        assert aht.numerator == expected["talk_s"] * 1000
        assert aht.value / 1000 == pytest.approx(expected["aht_s"], abs=1e-6)
    unnamed = [f for f in february if f.answered and f.segments[0].agent_id is None]
    assert len(unnamed) == answers["answered_with_NO_SERVER"]
    mean = sum(len(group) for group in groups.values()) / len(groups)
    assert mean == pytest.approx(answers["calls_per_named_agent_mean"], abs=1e-6)


def test_february_by_hour_and_date(february: list[ContactFacts], answers: dict) -> None:
    hours = group_by(february, lambda f: str(f.entered_ms // 3_600_000 % 24))
    assert {h: compute("offered", group).value for h, group in hours.items()} == {
        h: n for h, n in answers["arrivals_by_hour_of_day"].items() if n
    }
    days = days_of_february()
    shares = split(february, list(days.values()), entered)
    assert {name: compute("offered", shares[day]).value for name, day in days.items()} == answers[
        "arrivals_by_date"
    ]


def test_february_simultaneous_services(february: list[ContactFacts], answers: dict) -> None:
    # A service whose start was never recorded has no place on the clock.
    calls = [c for c in call_logs.february_calls()[0] if c.service_start_s and c.service_s]
    recorded = {call_logs.contact_id(call) for call in calls}
    served = [f for f in february if f.contact_id in recorded]
    lines = timelines([], served, MARCH_MS)
    found = {name: peak_contacts(lines.values(), day) for name, day in days_of_february().items()}
    # The reference reads a service that ran past midnight as over before it began, on the same
    # day, which takes one off that day's count for each of them.
    past_midnight = Counter(
        f"{c.day:%y%m%d}" for c in calls if c.agent and c.service_end_s < c.service_start_s
    )
    reference = answers["max_concurrent_named_services_by_date"]
    assert past_midnight.total() == 16
    assert found == {day: n + past_midnight[day] for day, n in reference.items()}


@pytest.mark.parametrize(("days", "key"), [(1, "24h"), (7, "7d")])
def test_february_first_contact_resolution(
    february: list[ContactFacts], answers: dict, days: int, key: str
) -> None:
    # The reference takes every answered contact as resolved on arrival, whatever its topic.
    identified = [f for f in february if f.customer is not None]
    touches = [Touch(f.contact_id, f.customer, f.entered_ms) for f in identified]
    resolved = [Resolved(f.contact_id, f.customer, f.entered_ms) for f in identified if f.answered]
    value = compute("fcr", look_back(resolved, touches, MARCH_MS, days))
    expected = answers["fcr_proxy"][key]
    assert value.denominator == expected["eligible_answered_identified"]
    assert value.denominator - value.numerator == expected["repeated_within"]
    assert value.value == pytest.approx(expected["fcr_proxy"], abs=1e-6)
    assert len({f.customer for f in identified}) == answers["identified_customers_distinct"]


def test_golden_day(golden_day: list[ContactFacts]) -> None:
    answers = call_logs.expected()["golden_days"]["990209"]
    assert len(golden_day) == answers["rows"]
    assert len(by_agent(golden_day)) == answers["distinct_named_agents"]
    assert_block(golden_day, answers["overall"], "9 February")
    groups = group_by(golden_day, lambda f: f.topic)
    assert set(groups) == set(answers["by_type"])
    for kind, expected in answers["by_type"].items():
        assert_block(groups[kind], expected, f"9 February {kind}")


def test_golden_day_by_half_hour(golden_day: list[ContactFacts]) -> None:
    expected = {}
    for row in call_logs.rows("golden_day_990209_halfhour_kpis.csv"):
        start = row.pop("interval_start")
        expected[start] = {
            key: None if text == "" else float(text) if "." in text else int(text)
            for key, text in row.items()
        }
    day = Interval(call_logs.day_start_ms(golden_day[0]), golden_day[0].entered_ms + 86_400_000)
    shares = split(golden_day, half_hours(day.start_ms, day.start_ms + 86_400_000, UTC), entered)
    for interval, facts in shares.items():
        start = f"{datetime.fromtimestamp(interval.start_ms / 1000, UTC):%H:%M}"
        if not facts:
            assert start not in expected
            continue
        answers = expected.pop(start)
        assert len(by_agent(facts)) == answers.pop("distinct_named_agents_answering")
        assert_block(facts, answers, start)
    assert not expected


def test_half_hours_roll_up_to_the_day_and_their_mean_is_another_figure(
    golden_day: list[ContactFacts],
) -> None:
    start = call_logs.day_start_ms(golden_day[0])
    shares = split(golden_day, half_hours(start, start + 86_400_000, UTC), entered)
    whole = compute("service_level.offered", golden_day)
    parts = [compute("service_level.offered", facts) for facts in shares.values()]
    assert roll_up(parts) == whole
    mean = mean_of_intervals(parts)
    assert mean.name == "service_level.offered.mean_of_intervals"
    assert mean.denominator == 38
    assert abs(mean.value - whole.value) > 0.01


def test_other_definitions_on_the_golden_day(golden_day: list[ContactFacts]) -> None:
    """Worked out by hand from the day's counts: 1157 answered, 700 in 20 s, 267 gave up."""
    assert compute("service_level.asterisk", golden_day).value == 700 / 1157
    assert compute("service_level.asterisk2", golden_day).value == (700 + 100) / (1157 + 267)
    assert compute("service_level.genesys", golden_day).value == 700 / (1157 + 267)
    without_short = Parameters(short_abandon_ms=20_000)
    assert compute("service_level.genesys", golden_day, without_short).value == 700 / 1324
    assert compute("abandonment_rate", golden_day, without_short).value == 167 / 1424
    # 38 of the 100 quick hang-ups never reached the queue; 62 left it within 20 s.
    assert compute("service_level.connect", golden_day).value == (700 + 62) / (1157 + 229)


def test_every_value_drills_down_to_its_contacts(golden_day: list[ContactFacts]) -> None:
    value = compute("service_level.offered", golden_day)
    assert set(value.contact_ids) == {f.contact_id for f in golden_day}
    assert len(value.counted_ids) == value.numerator == 700
    again = [f for f in golden_day if f.contact_id in set(value.counted_ids)]
    assert all(f.answered and f.wait_ms <= 20_000 for f in again)
