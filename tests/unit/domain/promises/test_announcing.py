"""The first announcement is the promise; what is said later takes nothing back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centralino.domain.contacts import lifecycle
from centralino.domain.contacts.model import Contact
from centralino.domain.events import describe
from centralino.domain.promises.announcing import (
    first_announcement,
    later_announcement,
    on_record,
    promise_of,
)
from centralino.domain.promises.estimate import Estimate
from centralino.domain.promises.model import ESTIMATOR

NOW = 1_767_603_612_345
FIRST = Estimate(3, 60_000, 180_000, 100_000, 40_000)


def waiting() -> Contact:
    started = lifecycle.start("ct_1", business_unit="demo", now=NOW, cause=None)
    return lifecycle.enqueue(started, pool="p", queue="sales", plan="voice", now=NOW, cause=None)


def test_the_first_announcement_is_the_promise() -> None:
    said = first_announcement(2, FIRST, NOW)
    assert (said.first, said.late, said.position) == (True, False, 3)
    promise = said.promise
    assert (promise.leg, promise.made_at, promise.position) == (2, NOW, 3)
    assert (promise.window_start, promise.window_end) == (NOW + 60_000, NOW + 180_000)
    assert (promise.expected_ms, promise.deviation_ms) == (100_000, 40_000)


def test_a_better_forecast_is_told() -> None:
    promise = first_announcement(1, FIRST, NOW).promise
    said = later_announcement(promise, Estimate(1, 0, 30_000, 15_000, 15_000), NOW + 60_000)
    assert (said.position, said.lower_ms, said.upper_ms) == (1, 0, 30_000)
    assert (said.promise.window_start, said.promise.window_end) == (
        promise.window_start,
        promise.window_end,
    )


def test_a_worse_forecast_is_not() -> None:
    promise = first_announcement(1, FIRST, NOW).promise
    said = later_announcement(promise, Estimate(5, 200_000, 600_000, 400_000, 1), NOW + 60_000)
    assert said.position == 3
    # Three minutes were promised; a minute of them has passed.
    assert (said.lower_ms, said.upper_ms) == (120_000, 120_000)
    assert said.promise.said_end == promise.said_end


def test_past_the_window_the_caller_is_told_so_and_promised_nothing() -> None:
    promise = first_announcement(1, FIRST, NOW).promise
    said = later_announcement(promise, Estimate(2, 0, 60_000, 30_000, 1), NOW + 180_001)
    assert said.late
    assert (said.position, said.lower_ms, said.upper_ms) == (2, None, None)
    assert said.promise.window_end == promise.window_end
    assert not later_announcement(promise, FIRST, NOW + 180_000).late


def test_in_the_last_seconds_nothing_new_is_said_of_the_wait() -> None:
    promise = first_announcement(1, FIRST, NOW).promise
    said = later_announcement(promise, Estimate(1, 0, 60_000, 30_000, 1), NOW + 177_000)
    assert (said.late, said.upper_ms) == (False, None)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 240_000),
            st.integers(1, 40),
            st.integers(0, 120).map(lambda n: n * 5_000),
            st.integers(1, 120).map(lambda n: n * 5_000),
        ),
        max_size=12,
    )
)
def test_nothing_said_is_ever_taken_back(turns: list[tuple[int, int, int, int]]) -> None:
    said, now = first_announcement(1, FIRST, NOW), NOW
    position, end = said.position, NOW + FIRST.upper_ms
    for later, place, lower, width in turns:
        now += later
        told = Estimate(place, lower, lower + width, lower, width)
        said = later_announcement(said.promise, told, now)
        assert said.position <= position
        position = said.position
        if said.upper_ms is not None and said.lower_ms is not None:
            assert not said.late
            assert 0 <= said.lower_ms <= said.upper_ms
            assert now + said.upper_ms <= end
            end = now + said.upper_ms
        assert not said.first


def test_the_announcement_is_recorded_with_the_contact_and_told_once() -> None:
    contact = waiting()
    said = first_announcement(contact.leg, FIRST, NOW)
    after = on_record(contact, said, NOW, "w", wait=True, zone="Europe/Rome")
    assert promise_of(after) == said.promise
    (event,) = describe(after)
    assert event.type == "PromiseMade"
    assert event.data == {
        "queue": "sales",
        "leg": 1,
        "kind": "wait",
        "window_start": NOW + 60_000,
        "window_end": NOW + 180_000,
        "position": 3,
        "zone": "Europe/Rome",
        "estimator": ESTIMATOR,
    }
    later = later_announcement(said.promise, FIRST, NOW + 60_000)
    (update,) = describe(on_record(after, later, NOW + 60_000, "w", wait=True))
    assert update.data["kind"] == "wait_update"


@pytest.mark.parametrize("wait", [True, False])
def test_without_a_window_no_event_promises_one(wait: bool) -> None:
    contact = waiting()
    said = first_announcement(1, FIRST, NOW)
    if wait:
        said = later_announcement(said.promise, FIRST, NOW + 180_001)
    after = on_record(contact, said, NOW + 180_001, None, wait=wait)
    assert after.events == ()
    assert after.promise == said.promise
    assert after.version == contact.version + 1


def test_a_promise_belongs_to_its_leg() -> None:
    contact = waiting()
    after = on_record(contact, first_announcement(1, FIRST, NOW), NOW, None, wait=True)
    assert promise_of(replace(after, leg=2)) is None
