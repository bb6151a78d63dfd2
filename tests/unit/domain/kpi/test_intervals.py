"""Half-open intervals cut along a local clock."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from centralino.domain.kpi import ContactFacts, Interval, half_hours, local_days, placed, split

HOUR = 3_600_000
ROME = ZoneInfo("Europe/Rome")


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 1000


def test_the_end_belongs_to_the_next_interval() -> None:
    first, second = Interval(0, 10), Interval(10, 20)
    facts = [ContactFacts("ct_1", 9), ContactFacts("ct_2", 10), ContactFacts("ct_3", 20)]
    shares = split(facts, [second, first], placed)
    assert {i: [f.contact_id for f in share] for i, share in shares.items()} == {
        first: ["ct_1"],
        second: ["ct_2"],
    }


def test_a_contact_belongs_to_the_interval_of_its_enqueue() -> None:
    facts = [ContactFacts("ct_1", 9, enqueued_ms=11), ContactFacts("ct_2", 9)]
    shares = split(facts, [Interval(0, 10), Interval(10, 20)], placed)
    assert [[f.contact_id for f in share] for share in shares.values()] == [["ct_2"], ["ct_1"]]


def test_overlapping_intervals_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap at 9"):
        split([], [Interval(0, 10), Interval(9, 20)], placed)


def test_an_empty_interval_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        Interval(5, 5)


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25), ("2026-07-01", 24)],
)
def test_a_local_day_is_as_long_as_its_clock_says(day: str, hours: int) -> None:
    noon = int(datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ROME).timestamp()) * 1000
    (found,) = local_days(noon, noon + 1, ROME)
    assert found.end_ms - found.start_ms == hours * HOUR
    assert len(half_hours(found.start_ms, found.end_ms, ROME)) == 2 * hours
    for moment in (found.start_ms, found.end_ms):
        local = datetime.fromtimestamp(moment / 1000, ROME)
        assert (local.hour, local.minute) == (0, 0)


def test_days_and_half_hours_leave_no_gap() -> None:
    start, end = ms("2026-03-20T10:10:00+00:00"), ms("2026-04-02T09:50:00+00:00")
    for found in (local_days(start, end, ROME), half_hours(start, end, ROME)):
        assert found[0].start_ms <= start
        assert found[-1].end_ms >= end
        assert all(a.end_ms == b.start_ms for a, b in pairwise(found))
    first = half_hours(start, end, ROME)[0]
    assert (first.start_ms, first.end_ms) == (
        ms("2026-03-20T10:00:00+00:00"),
        ms("2026-03-20T10:30:00+00:00"),
    )


def test_half_hours_follow_a_clock_of_odd_offset() -> None:
    kathmandu = ZoneInfo("Asia/Kathmandu")
    start = ms("2026-01-01T00:00:00+00:00")
    (first, *_) = half_hours(start, start + HOUR, kathmandu)
    assert first.start_ms == ms("2025-12-31T23:45:00+00:00")


def test_a_day_whose_midnight_does_not_exist_starts_at_one() -> None:
    beirut = ZoneInfo("Asia/Beirut")
    noon = ms("2026-03-29T09:00:00+00:00")
    (day,) = local_days(noon, noon + 1, beirut)
    assert datetime.fromtimestamp(day.start_ms / 1000, beirut).hour == 1
    assert day.end_ms - day.start_ms == 23 * HOUR


def test_the_moment_an_interval_holds() -> None:
    interval = Interval(10, 20)
    assert 10 in interval
    assert 20 not in interval
    assert interval.overlap_ms(0, 15) == 5
    assert interval.overlap_ms(20, 30) == 0


def test_without_a_zone_there_is_utc() -> None:
    assert local_days(0, 1, UTC) == [Interval(0, 24 * HOUR)]
