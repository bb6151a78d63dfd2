"""Opening hours: weeks, holidays, days of their own, and clocks that change."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from centralino.domain.configuration.hours import Hours, Interval, is_open, opening

ROME = "Europe/Rome"
NINE_TO_SIX = (Interval(9 * 60, 18 * 60),)
WEEK = (NINE_TO_SIX,) * 5 + ((), ())
OFFICE = Hours("office", ROME, WEEK)


def at(text: str, zone: str = ROME) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def italy(calendar: str, year: int) -> set[date]:
    assert calendar == "IT"
    return {date(year, 1, 1), date(year, 12, 25)}


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-03-02T08:59:59", False),
        ("2026-03-02T09:00:00", True),
        ("2026-03-02T17:59:59", True),
        ("2026-03-02T18:00:00", False),
        ("2026-03-07T12:00:00", False),  # a Saturday
    ],
)
def test_an_interval_holds_its_beginning_and_not_its_end(when: str, expected: bool) -> None:
    assert is_open(OFFICE, at(when)) is expected


def test_no_hours_are_always_open() -> None:
    assert is_open(None, 0)


def test_hours_are_those_of_the_zone() -> None:
    noon = int(datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp() * 1000)
    assert is_open(OFFICE, noon)
    assert not is_open(Hours("t", "Asia/Tokyo", WEEK), noon)


def test_it_tells_until_when_and_from_when() -> None:
    assert opening(OFFICE, at("2026-03-02T10:00")).changes_at == at("2026-03-02T18:00")
    evening = opening(OFFICE, at("2026-03-06T19:00"))
    assert (evening.open, evening.changes_at) == (False, at("2026-03-09T09:00"))


def test_holidays_are_closed() -> None:
    hours = Hours("office", ROME, WEEK, holidays="IT")
    christmas = at("2026-12-25T10:00")  # a Friday
    assert is_open(OFFICE, christmas)
    assert not is_open(hours, christmas, italy)
    assert opening(hours, christmas, italy).changes_at == at("2026-12-28T09:00")
    assert is_open(hours, at("2026-12-24T10:00"), italy)


def test_a_day_of_its_own_outweighs_week_and_holiday() -> None:
    hours = Hours(
        "office",
        ROME,
        WEEK,
        holidays="IT",
        days={"2026-12-25": (Interval(600, 720),), "2026-12-28": ()},
    )
    assert is_open(hours, at("2026-12-25T10:30"), italy)
    assert not is_open(hours, at("2026-12-25T13:00"), italy)
    assert not is_open(hours, at("2026-12-28T10:00"), italy)


def test_a_night_is_one_opening() -> None:
    night = ((Interval(0, 360), Interval(1320, 1440)),) * 7
    hours = Hours("night", ROME, night)
    found = opening(hours, at("2026-03-02T23:00"))
    assert (found.open, found.changes_at) == (True, at("2026-03-03T06:00"))
    assert opening(hours, at("2026-03-03T01:00")).changes_at == at("2026-03-03T06:00")


def test_always_open_has_no_end() -> None:
    hours = Hours("always", ROME, ((Interval(0, 1440),),) * 7)
    found = opening(hours, at("2026-03-02T23:59:59"))
    assert found.open
    assert found.changes_at is not None
    assert found.changes_at > at("2027-03-02T00:00")


def test_never_open_has_no_beginning() -> None:
    found = opening(Hours("never", ROME, ((),) * 7), at("2026-03-02T12:00"))
    assert (found.open, found.changes_at) == (False, None)


@pytest.mark.parametrize(
    ("day", "length_h"), [("2026-03-29", 5), ("2026-10-25", 7), ("2026-06-01", 6)]
)
def test_on_the_night_the_clocks_change_the_wall_decides(day: str, length_h: int) -> None:
    hours = Hours("early", ROME, ((Interval(60, 7 * 60),),) * 7)
    begins = opening(hours, at(f"{day}T00:30")).changes_at
    assert begins is not None
    ends = opening(hours, begins).changes_at
    assert ends is not None
    assert ends - begins == length_h * 3_600_000


def test_an_interval_in_the_hour_that_does_not_exist_is_short_not_wrong() -> None:
    hours = Hours("gap", ROME, ((Interval(150, 210),),) * 7)  # 02:30 to 03:30
    found = opening(hours, at("2026-03-29T01:59"))
    assert not found.open
    assert found.changes_at is not None
    assert found.changes_at <= at("2026-03-29T03:30")
