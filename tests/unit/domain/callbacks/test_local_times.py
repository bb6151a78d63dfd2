"""A time on the wall is a moment, or it is refused with the reason."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centralino.domain.callbacks.local_times import local, moment
from centralino.domain.errors import RuleViolation

ROME, NEW_YORK = "Europe/Rome", "America/New_York"


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_a_time_of_an_ordinary_day() -> None:
    assert moment("2027-03-27T02:30", ROME) == utc("2027-03-27T01:30")
    assert moment("2027-07-01 09:00", NEW_YORK) == utc("2027-07-01T13:00")


def test_a_time_the_clocks_skip_does_not_exist() -> None:
    with pytest.raises(RuleViolation) as refused:
        moment("2027-03-28T02:30", ROME)
    assert refused.value.code == "time_does_not_exist"
    assert moment("2027-03-28T01:59", ROME) == utc("2027-03-28T00:59")
    assert moment("2027-03-28T03:00", ROME) == utc("2027-03-28T01:00")


def test_a_time_the_clocks_show_twice_is_refused_without_an_offset() -> None:
    with pytest.raises(RuleViolation) as refused:
        moment("2027-11-07T01:30", NEW_YORK)
    assert refused.value.code == "time_ambiguous"
    assert "-04:00 or -05:00" in str(refused.value)
    assert moment("2027-11-07T01:30-04:00", NEW_YORK) == utc("2027-11-07T05:30")
    assert moment("2027-11-07T01:30-05:00", NEW_YORK) == utc("2027-11-07T06:30")
    assert moment("2027-11-07T00:59", NEW_YORK) == utc("2027-11-07T04:59")
    assert moment("2027-11-07T02:00", NEW_YORK) == utc("2027-11-07T07:00")


def test_an_instant_is_one_in_any_zone() -> None:
    assert moment("2027-03-28T02:30Z", ROME) == utc("2027-03-28T02:30")


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "2027-03-28", "2027-13-01T09:00", "2027-02-30T09:00", "2027-03-28T25:00",
     "9999-12-31T23:59", "0001-01-01T00:00", "T" * 500, "2027-03-28T09:30+99:00"],
)  # fmt: skip
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(RuleViolation) as refused:
        moment(text, ROME)
    assert refused.value.code == "invalid_time"


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "/etc/localtime"])
def test_unknown_zones_are_refused(zone: str) -> None:
    with pytest.raises(RuleViolation) as refused:
        moment("2027-03-28T09:30", zone)
    assert refused.value.code == "invalid_time"
    with pytest.raises(RuleViolation):
        local(0, zone)


@given(
    st.integers(utc("2026-01-01T00:00") // 60_000, utc("2029-01-01T00:00") // 60_000),
    st.sampled_from([ROME, NEW_YORK, "UTC", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_what_a_clock_shows_leads_back_unless_it_shows_it_twice(minute: int, zone: str) -> None:
    at = minute * 60_000
    shown = local(at, zone)
    # An hour (or half of one) earlier or later the clock shows the same: then it is refused.
    steps = (-3_600_000, 3_600_000, -1_800_000, 1_800_000)
    if shown in {local(at + step, zone) for step in steps}:
        with pytest.raises(RuleViolation, match="comes twice"):
            moment(shown, zone)
    else:
        assert moment(shown, zone) == at
