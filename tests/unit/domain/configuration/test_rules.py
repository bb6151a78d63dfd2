"""Small rules of the configuration itself."""

from __future__ import annotations

import pytest

from centralino.domain.configuration.hours import Hours
from centralino.domain.configuration.model import BusinessUnit, Configuration, Queue, RonaPolicy
from centralino.domain.configuration.rona import one_too_many


@pytest.mark.parametrize(
    ("limit", "missed_before", "not_ready"),
    [(1, 0, True), (2, 0, False), (2, 1, True), (3, 1, False), (3, 2, True), (3, 7, True)],
)
def test_only_the_last_of_several_misses_takes_an_agent_out(
    limit: int, missed_before: int, not_ready: bool
) -> None:
    queue = Queue("q", "demo", rona=RonaPolicy(limit))
    assert one_too_many(queue, missed_before) is not_ready


def test_hours_are_the_queues_own_or_its_business_units() -> None:
    day = Hours("day", "Europe/Rome", ((),) * 7)
    night = Hours("night", "Europe/Rome", ((),) * 7)
    of = Configuration(
        1,
        {
            "own": Queue("own", "acme", hours="night"),
            "unit": Queue("unit", "acme"),
            "none": Queue("none", "other"),
        },
        {},
        {},
        {},
        {},
        {},
        {"acme": BusinessUnit("acme", hours="day"), "other": BusinessUnit("other")},
        hours={"day": day, "night": night},
    )
    assert of.hours_of("own") == night
    assert of.hours_of("unit") == day
    assert of.hours_of("none") is None


def test_a_boost_is_counted_in_waiting_time() -> None:
    assert Queue("q", "demo", boost_ms=30_000).boost(3) == 90_000
