"""When the next attempt follows, whom one calls, and which state may follow which."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centralino.domain.callbacks.model import (
    DONE,
    TRANSITIONS,
    Attempt,
    Callback,
    CallbackState,
    Outcome,
    attempt_id,
    callback_id,
    contact_of,
    is_attempt,
    moved,
)
from centralino.domain.callbacks.numbers import PhoneNumber, refusal
from centralino.domain.callbacks.rules import (
    MOST_AGENTS_LEAVE,
    RING_MS,
    CallbackRules,
    Next,
    Times,
    after,
)
from centralino.domain.configuration.hours import Hours, Interval
from centralino.domain.errors import RuleViolation
from centralino.domain.ids import is_id

CONTACT = "ct_0123456789ABCDEFGHJKMNPQRS"
HOUR = 3_600_000
RULES = CallbackRules(tries=10)


def at(day: int, hour: int, minute: int = 0) -> int:
    return int(datetime(2026, 1, day, hour, minute, tzinfo=UTC).timestamp() * 1000)


def callback(*outcomes: Outcome, until: int = at(30, 0), asked_at: int = 0) -> Callback:
    """Return a callback whose attempts ended so, and one more that is under way."""
    ended = [Attempt(n, asked_at=0, outcome=o) for n, o in enumerate(outcomes, start=1)]
    attempts = (*ended, Attempt(len(ended) + 1, asked_at=asked_at))
    return Callback(CallbackState.DIALING, "t", 0, until, 0, attempts)


def week(opens: int, closes: int, days: range = range(7)) -> Hours:
    one = (Interval(opens * 60, closes * 60),)
    return Hours("h", "UTC", tuple(one if day in days else () for day in range(7)))


def always(moment: int) -> int | None:
    return moment


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.AGENT_LEFT])
def test_gaps_of_the_same_outcome_grow_up_to_the_longest(outcome: Outcome) -> None:
    gaps = [RULES.gap(outcome, times) for times in range(1, 9)]
    assert gaps == sorted(gaps)
    assert gaps[1] == 2 * gaps[0]
    assert gaps[-1] == RULES.longest_ms


def test_a_first_gap_longer_than_the_longest_is_kept() -> None:
    assert CallbackRules(busy_ms=9 * HOUR).gap(Outcome.BUSY, 3) == 9 * HOUR


def test_another_outcome_begins_with_its_own_first_gap() -> None:
    then = after(callback(Outcome.BUSY, Outcome.BUSY), Outcome.NO_ANSWER, RULES, 1_000, always)
    assert then == Next(1_000 + RULES.no_answer_ms)


def test_no_attempt_follows_the_last() -> None:
    tried = callback(*[Outcome.BUSY] * 9)
    assert after(tried, Outcome.BUSY, RULES, 0, always) == Next(None, exhausted=True)


def test_no_attempt_follows_when_time_is_over_or_nobody_may_be_called() -> None:
    soon = callback(until=RULES.busy_ms)
    assert after(soon, Outcome.BUSY, RULES, 0, always) == Next(None)
    assert after(callback(), Outcome.BUSY, RULES, 0, lambda _: None) == Next(None)


def test_the_phone_of_an_attempt_given_up_may_ring_on() -> None:
    then = after(callback(asked_at=5_000), Outcome.AGENT_LEFT, RULES, 6_000, always)
    assert then == Next(5_000 + RING_MS)


@given(
    outcomes=st.lists(st.sampled_from(Outcome), max_size=9),
    outcome=st.sampled_from(Outcome),
    now=st.integers(at(5, 0), at(12, 0)),
)
def test_the_next_attempt_is_later_in_time_and_in_hours(
    outcomes: list[Outcome], outcome: Outcome, now: int
) -> None:
    times = Times([week(9, 18), week(10, 20, range(5))])
    tried = callback(*outcomes, asked_at=now - 1_000)
    then = after(tried, outcome, RULES, now, times.next)
    agents = [*outcomes, outcome].count(Outcome.AGENT_LEFT)
    broken_off = outcome is Outcome.AGENT_LEFT and agents >= MOST_AGENTS_LEAVE
    assert then.exhausted == (broken_off or len(outcomes) + 1 - agents == 10)
    if then.at is not None:
        assert then.at > now
        assert then.at < tried.until
        moment = datetime.fromtimestamp(then.at / 1000, UTC)
        assert moment.weekday() < 5
        assert 10 <= moment.hour < 18


def test_all_hours_must_be_open_at_once() -> None:
    times = Times([week(9, 12), week(11, 18)])
    assert times.next(at(5, 8)) == at(5, 11)
    assert times.next(at(5, 11, 30)) == at(5, 11, 30)
    assert times.next(at(5, 12)) == at(6, 11)
    assert times.ends(at(5, 11, 30)) == at(5, 12)


def test_hours_that_never_meet_allow_nothing() -> None:
    assert Times([week(9, 10), week(11, 12)]).next(at(5, 8)) is None
    assert Times([Hours("h", "UTC", ((),) * 7)]).next(at(5, 8)) is None


def test_no_hours_allow_everything() -> None:
    assert Times().next(at(5, 3)) == at(5, 3)
    assert Times().ends(at(5, 3)) is None


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (None, "invalid_number"),
        (PhoneNumber("+39331", "IT", "unknown", False), "invalid_number"),
        (PhoneNumber("+39899123456", "IT", "premium", True), "not_callable"),
        (PhoneNumber("+39840123456", "IT", "shared_cost", True), "not_callable"),
        (PhoneNumber("+442079460000", "GB", "fixed", True), "country_not_allowed"),
        (PhoneNumber("+393331234567", "IT", "mobile", True), None),
    ],
)
def test_whom_one_calls(number: PhoneNumber | None, reason: str | None) -> None:
    assert refusal(number, {"IT"}) == reason


def test_ends_are_absorbing_and_every_state_can_end() -> None:
    for state in CallbackState:
        if state in DONE:
            assert TRANSITIONS[state] == frozenset()
        else:
            assert TRANSITIONS[state] & DONE
            assert {CallbackState.CANCELLED, CallbackState.EXPIRED} <= TRANSITIONS[state]


@pytest.mark.parametrize("state", CallbackState)
@pytest.mark.parametrize("target", CallbackState)
def test_only_listed_moves_are_made(state: CallbackState, target: CallbackState) -> None:
    one = Callback(state, "t", 0, 1, 0)
    if target in TRANSITIONS[state]:
        assert moved(one, target).state is target
    else:
        with pytest.raises(RuleViolation):
            moved(one, target)


def test_names_lead_back_to_the_contact() -> None:
    assert is_id("cb_", callback_id(CONTACT))
    assert contact_of(callback_id(CONTACT)) == contact_of(attempt_id(CONTACT, 3)) == CONTACT
    assert is_attempt(attempt_id(CONTACT, 3))
    assert not is_attempt(f"{CONTACT}#3")


@pytest.mark.parametrize(
    ("start", "end", "open_all_along"),
    [
        (at(5, 9), at(5, 11), True),
        (at(5, 9), at(5, 12), True),  # half open: closing time itself is no part of it
        (at(5, 9), at(5, 12, 1), False),
        (at(5, 8), at(5, 10), False),
        (at(5, 13), at(5, 14), False),
    ],
)
def test_a_time_is_open_throughout_only_between_opening_and_closing(
    start: int, end: int, open_all_along: bool
) -> None:
    assert Times([week(9, 12)]).open_throughout(start, end) is open_all_along
    assert Times().open_throughout(start, end)
