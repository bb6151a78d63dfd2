"""Callbacks asked for on a page: nothing before the code, and clear limits."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application import spending
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import items as callback_items
from centralino.application.callbacks import reach as callback_reach
from centralino.application.callbacks import requests
from centralino.application.ports.delivery import Kind
from centralino.domain.callbacks.local_times import local
from centralino.domain.configuration.model import BusinessUnit, Spend
from centralino.domain.errors import (
    CentralinoError,
    Forbidden,
    InvalidRequest,
    NotFound,
    RuleViolation,
    TooManyRequests,
)
from tests.support.centre import Centre
from tests.unit.application.calling_back import sound
from tests.unit.application.picking_times import MINUTE, open_daily
from tests.unit.application.writing_to import (
    CUSTOMER,
    HOUR,
    asked,
    booked,
    code_of,
    sent,
    told,
    web_centre,
)


def code(error: pytest.ExceptionInfo[CentralinoError]) -> str:
    return error.value.code


def confirm(centre: Centre, request: str, presented: str) -> requests.Confirmed:
    return requests.confirm(centre.app, request, presented, "web")


def other(digits: str) -> str:
    return f"{(int(digits) + 1) % 1_000_000:06d}"


def callbacks_there(centre: Centre) -> int:
    return sum(contact.callback is not None for contact in centre.world.store.contacts())


# --------------------------------------------------------------------------- the code


def test_nothing_is_booked_before_the_code_is_told() -> None:
    centre = web_centre()
    request = asked(centre)
    assert callbacks_there(centre) == 0
    (message,) = sent(centre, "code")
    assert (message.to, message.kind) == (CUSTOMER, Kind.SMS)
    done = confirm(centre, request, code_of(centre, request))
    assert done.answer.outcome == "booked"
    contact = callbacks.known(centre.app, done.callback)
    assert [e.data["asked_by"] for e in contact.events if e.type == "CallbackRequested"] == [
        "customer"
    ]
    assert callback_items.number_of(centre.app, contact.id, contact.queue) == CUSTOMER
    sound(centre)


def test_the_code_is_kept_nowhere() -> None:
    centre = web_centre()
    request = asked(centre)
    digits = code_of(centre, request)
    kept = repr(centre.world.operations._partitions) + repr(list(centre.world.log.lines))
    assert digits not in kept


def test_codes_differ_from_request_to_request() -> None:
    centre = web_centre()
    codes = {requests.code(centre.app, f"rq_{number:026d}") for number in range(2_000)}
    assert len(codes) > 1_950
    assert all(len(one) == 6 and one.isdigit() for one in codes)


def test_telling_the_code_again_answers_the_same() -> None:
    centre = web_centre()
    request = asked(centre)
    digits = code_of(centre, request)
    first = confirm(centre, request, digits)
    again = confirm(centre, request, digits)
    assert again.callback == first.callback
    assert callbacks_there(centre) == 1


def test_a_wrong_code_books_nothing_and_five_are_the_most() -> None:
    centre = web_centre()
    request = asked(centre)
    digits = code_of(centre, request)
    for _ in range(requests.TRIES):
        with pytest.raises(Forbidden) as wrong:
            confirm(centre, request, other(digits))
        assert code(wrong) == "wrong_code"
    with pytest.raises(Forbidden) as error:
        confirm(centre, request, digits)
    assert code(error) == "too_many_tries"
    assert callbacks_there(centre) == 0


def test_many_who_guess_at_once_have_five_tries_together() -> None:
    centre = web_centre()
    request = asked(centre)
    wrong = other(code_of(centre, request))

    def guess(_: int) -> str:
        try:
            confirm(centre, request, wrong)
        except Forbidden as error:
            return error.code
        return "booked"

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(guess, range(40)))
    assert found.count("wrong_code") == requests.TRIES
    assert found.count("too_many_tries") == 40 - requests.TRIES


def test_a_code_is_good_for_ten_minutes() -> None:
    centre = web_centre()
    early, late = asked(centre), asked(centre, "+393337654321")
    digits = code_of(centre, early), code_of(centre, late)
    centre.advance(10 * MINUTE - 1)
    assert confirm(centre, early, digits[0]).answer.outcome == "booked"
    centre.advance(1)
    with pytest.raises(NotFound) as error:
        confirm(centre, late, digits[1])
    assert code(error) == "unknown_request"


@pytest.mark.parametrize("request_id", ["rq_00000000000000000000000000", "", "rq_x", "try#1"])
def test_a_request_that_was_never_made_is_not_known(request_id: str) -> None:
    centre = web_centre()
    with pytest.raises(NotFound) as error:
        confirm(centre, request_id, "000000")
    assert code(error) == "unknown_request"


@pytest.mark.parametrize("boundary", range(1, 60))
def test_whoever_dies_while_booking_leaves_one_callback_once_told_again(boundary: int) -> None:
    centre = web_centre()
    request = asked(centre, at="2026-01-06T10:00", email="a@example.com")
    digits = code_of(centre, request)
    centre.world.faults.crash_at(boundary)
    with contextlib.suppress(Crash):
        confirm(centre, request, digits)
    centre.world.faults.clear()
    centre.advance(callback_items.IN_FLIGHT_MS)
    done = confirm(centre, request, digits)
    told(centre)
    assert callbacks_there(centre) == 1
    assert callback_reach.of(centre.app, done.callback).email == "a@example.com"
    kinds = [message.kind for message in sent(centre)]
    assert sorted(kinds) == ["email", "sms"]
    sound(centre)


def test_a_second_request_of_the_number_gets_the_first_with_its_time() -> None:
    centre = web_centre()
    first = booked(centre, at="2026-01-06T10:00")
    second = booked(centre, at="2026-01-06T12:00")
    assert (second.callback, second.answer.outcome) == (first.callback, "already")
    assert second.answer.window == first.answer.window


# --------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("12", "invalid_number"),
        ("+39", "invalid_number"),
        ("()", "invalid_number"),
        ("+3933312", "invalid_number"),
        ("+39899123456", "not_callable"),
        ("+39800123456", "not_callable"),
        ("+447911123456", "country_not_allowed"),
        ("+8823412345678", "invalid_number"),
        ("+390212345678", "not_mobile"),
    ],
)
def test_numbers_we_do_not_call_are_refused_and_nothing_is_kept(number: str, reason: str) -> None:
    centre = web_centre()
    before = repr(centre.world.operations._partitions)
    with pytest.raises(RuleViolation) as error:
        asked(centre, number)
    assert code(error) == reason
    assert sent(centre, "code") == []
    assert repr(centre.world.operations._partitions) == before


@pytest.mark.parametrize(
    ("at", "zone", "reason"),
    [
        ("2026-01-05T09:00", None, "time_past"),
        ("2020-01-06T10:00", None, "time_past"),
        ("2026-01-06T07:00", None, "time_closed"),
        ("2026-01-06T19:45", None, "time_closed"),
        ("2026-03-29T09:30", None, "too_far_ahead"),
        ("2027-03-28T02:30", "Europe/Rome", "time_does_not_exist"),
        ("2027-11-07T01:30", "America/New_York", "time_ambiguous"),
        ("2026-01-06T10:00", "Europe/Atlantis", "invalid_time"),
        ("tomorrow", None, "invalid_time"),
        ("2026-13-41T99:99", None, "invalid_time"),
    ],
)
def test_times_nobody_can_call_at_are_refused(at: str, zone: str | None, reason: str) -> None:
    centre = web_centre()
    with pytest.raises(RuleViolation) as error:
        asked(centre, at=at, zone=zone)
    assert code(error) == reason
    assert sent(centre, "code") == []


def test_either_half_past_one_of_new_york_can_be_had_by_its_offset() -> None:
    """Until they come near they are too far ahead, and not refused for what they are."""
    centre = web_centre(hours=open_daily(0, 24, "America/New_York"))
    for offset in ("-04:00", "-05:00"):
        with pytest.raises(RuleViolation) as error:
            asked(centre, at=f"2027-11-07T01:30{offset}", zone="America/New_York")
        assert code(error) == "too_far_ahead"


def test_a_slot_that_is_full_is_refused_before_the_code_and_after_it() -> None:
    centre = web_centre()
    waiting = asked(centre, "+393337654321", at="2026-01-06T10:00")
    digits = code_of(centre, waiting)
    booked(centre, "+393331000001", at="2026-01-06T10:00")
    booked(centre, "+393331000002", at="2026-01-06T10:00")
    with pytest.raises(RuleViolation) as before:
        asked(centre, "+393331000003", at="2026-01-06T10:00")
    with pytest.raises(RuleViolation) as after:
        confirm(centre, waiting, digits)
    assert (code(before), code(after)) == ("slot_full", "slot_full")
    assert callbacks_there(centre) == 2


def test_only_queues_that_say_so_take_requests() -> None:
    centre = web_centre()
    for queue in ("support", "nowhere"):
        with pytest.raises(NotFound) as error:
            requests.ask(centre.app, queue=queue, line=None, number=CUSTOMER)
        assert code(error) == "unknown_queue"
    with pytest.raises(NotFound) as slots:
        requests.free(centre.app, "support")
    assert code(slots) == "unknown_queue"


def test_a_line_stands_for_its_one_queue() -> None:
    centre = web_centre()
    assert requests.ask(centre.app, queue=None, line="it", number=CUSTOMER).id.startswith("rq_")
    with pytest.raises(NotFound) as unknown:
        requests.ask(centre.app, queue=None, line="nowhere", number=CUSTOMER)
    with pytest.raises(InvalidRequest) as nothing:
        requests.ask(centre.app, queue=None, line=None, number=CUSTOMER)
    with pytest.raises(InvalidRequest) as language:
        asked(centre, language="xx")
    assert (code(unknown), code(nothing), code(language)) == (
        "unknown_line",
        "no_queue",
        "unknown_language",
    )


def test_where_no_texts_are_sent_no_requests_are_taken() -> None:
    centre = web_centre()
    centre.world.delivery.kinds = {Kind.EMAIL}
    with pytest.raises(RuleViolation) as error:
        asked(centre)
    assert code(error) == "no_codes"


def test_one_number_is_sent_so_many_codes_and_then_has_to_wait() -> None:
    centre = web_centre()
    for _ in range(requests.PER_NUMBER.burst):
        asked(centre)
    with pytest.raises(TooManyRequests) as error:
        asked(centre, "333 123 4567")
    assert error.value.retry_after_s == requests.PER_NUMBER.every_ms // 1000
    asked(centre, "+393337654321")
    centre.advance(requests.PER_NUMBER.every_ms)
    asked(centre)


def test_one_number_is_called_back_so_often_a_day() -> None:
    centre = web_centre(per_day=1)
    done = booked(centre)
    callbacks.cancel(centre.app, done.callback, "customer", "web")
    with pytest.raises(RuleViolation) as error:
        booked(centre)
    assert code(error) == "too_many"


def test_what_is_known_of_a_number_makes_no_difference_to_the_answer() -> None:
    centre = web_centre()
    booked(centre)
    known = requests.ask(centre.app, queue="sales", line=None, number=CUSTOMER)
    strange = requests.ask(centre.app, queue="sales", line=None, number="+393337654321")
    assert known.expires_at == strange.expires_at
    assert type(known) is type(strange)


# --------------------------------------------------------------------------- money


def test_over_the_cap_pages_are_refused_until_the_next_day() -> None:
    centre = web_centre(Spend(messages_per_day=2))
    asked(centre)
    waiting = asked(centre, "+393337654321")
    with pytest.raises(RuleViolation) as error:
        asked(centre, "+393331000001")
    assert code(error) == "spend_cap"
    assert confirm(centre, waiting, code_of(centre, waiting)).answer.outcome == "booked"
    centre.advance(16 * HOUR)
    asked(centre, "+393331000001", at="2026-01-06T10:00")


def test_calls_count_as_well() -> None:
    centre = web_centre(Spend(calls_per_day=1))
    asked(centre)
    spending.count(centre.app, "demo", spending.CALLS)
    with pytest.raises(RuleViolation) as error:
        asked(centre, "+393337654321")
    assert code(error) == "spend_cap"


def test_what_is_spent_at_once_is_counted_all() -> None:
    centre = web_centre(Spend(calls_per_day=64))
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: spending.count(centre.app, "demo", spending.CALLS), range(64)))
    with pytest.raises(RuleViolation):
        spending.require_left(centre.app, "demo")
    assert [line.message for line in centre.world.log.of("warning")][-1] == "spend_cap"


def test_where_nobody_asked_for_a_cap_nothing_is_counted() -> None:
    centre = web_centre()
    rules = centre.app.configuration.current()
    bare = replace(rules, version=2, business_units={"demo": BusinessUnit("demo")})
    centre.world.configuration.publish(bare)
    spending.count(centre.app, "demo", spending.CALLS)
    spending.require_left(centre.app, "demo")
    assert centre.app.operations.list(spending._today(centre.app, "demo")) == []


# --------------------------------------------------------------------------- times


def test_free_times_are_those_that_can_be_booked() -> None:
    centre = web_centre()
    free = requests.free(centre.app, "sales")
    assert free
    assert all(slot.start > centre.app.clock.now() for slot in free)
    assert len(free) <= requests.MOST_SLOTS
    first = free[0].start
    for number in ("+393331000001", "+393331000002"):
        booked(centre, number, at=local(first, "UTC") + "Z")
    assert requests.free(centre.app, "sales")[0].start > first


def test_codes_that_were_asked_for_at_once_end_with_the_day_s_messages() -> None:
    centre = web_centre(Spend(messages_per_day=2))
    for number in ("+393331000001", "+393331000002", "+393331000003", "+393331000004"):
        requests.ask(centre.app, queue="sales", line=None, number=number)
    centre.advance(0)
    assert len(sent(centre, "code")) == 2
