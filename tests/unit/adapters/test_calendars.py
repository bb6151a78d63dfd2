"""Public holidays from the package that knows them."""

from __future__ import annotations

from datetime import date

import pytest

from centralino.adapters.calendars import known, public_holidays


@pytest.mark.parametrize(
    ("calendar", "day", "holiday"),
    [
        ("IT", date(2026, 4, 25), True),  # Liberazione
        ("IT", date(2026, 4, 6), True),  # Easter Monday
        ("IT", date(2026, 4, 24), False),
        ("GB-ENG", date(2026, 5, 25), True),  # Spring bank holiday
        ("GB-ENG", date(2026, 3, 17), False),
        ("GB-NIR", date(2026, 3, 17), True),  # Saint Patrick's Day, in Northern Ireland alone
    ],
)
def test_days_that_people_have_off(calendar: str, day: date, holiday: bool) -> None:
    assert (day in public_holidays(calendar, day.year)) is holiday


def test_only_calendars_that_exist_are_known() -> None:
    assert known("IT")
    assert known("IT-BZ")
    assert known("GB-ENG")
    assert not known("XX")
    assert not known("IT-ZZZ")


def test_a_calendar_that_is_no_longer_known_stops_no_call() -> None:
    assert public_holidays("XX", 2026) == frozenset()
