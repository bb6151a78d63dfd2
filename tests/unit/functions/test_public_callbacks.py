"""Callbacks of customers over HTTP: asked for with a code, refused with a reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from centralino.adapters.memory.faults import Crash
from centralino.application.limits import Limit
from centralino.contracts.public_callbacks import PublicCallbackBooked
from centralino.runtime import workers
from tests.support.wired import handler
from tests.unit.application.writing_to import CUSTOMER, sent
from tests.unit.functions.public_door import AT, BASE, Door, door, problem

__all__ = ["door"]

# --------------------------------------------------------------------------- asking


def test_a_callback_is_asked_for_confirmed_and_told(door: Door) -> None:
    body = door.booked(at=AT, language="en", email="a@example.com")
    view = PublicCallbackBooked.model_validate(body)
    assert not view.already
    assert view.window_end is not None
    assert [str(m.kind) for m in sent(door.centre)] == ["sms", "email"]
    assert view.link in sent(door.centre)[0].text or "/links/m" in sent(door.centre)[0].text
    assert door.go("GET", view.link)[0] == 200


def test_confirming_twice_books_one(door: Door) -> None:
    request = door.asked()
    body = {"request": request, "code": door.code(request)}
    found = [door.public(f"{BASE}/confirm", body)[1]["callback_id"] for _ in range(3)]
    assert len(set(found)) == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid_request"),
        ({"number": CUSTOMER}, 400, "no_queue"),
        ({"queue": "sales", "number": "anonymous"}, 400, "invalid_request"),
        ({"queue": "sales", "number": ""}, 400, "invalid_request"),
        ({"queue": "sales", "number": CUSTOMER, "name": "x"}, 400, "invalid_request"),
        ({"queue": "sales", "number": CUSTOMER, "email": "a@b"}, 400, "invalid_request"),
        (
            {"queue": "sales", "number": CUSTOMER, "email": "a@b.com\nBcc: c@d.com"},
            400,
            "invalid_request",
        ),
        ({"queue": "sales", "number": CUSTOMER, "language": "xx"}, 400, "unknown_language"),
        ("not json", 400, "invalid_request"),
        ({"queue": "support", "number": CUSTOMER}, 404, "unknown_queue"),
        ({"queue": "nowhere", "number": CUSTOMER}, 404, "unknown_queue"),
        ({"queue": "sales", "number": CUSTOMER, "line": "nowhere"}, 404, "unknown_line"),
        ({"queue": "sales", "number": "+3912345"}, 422, "invalid_number"),
        ({"queue": "sales", "number": "+39899123456"}, 422, "not_callable"),
        ({"queue": "sales", "number": "+447911123456"}, 422, "country_not_allowed"),
        ({"queue": "sales", "number": "+390212345678"}, 422, "not_mobile"),
        ({"queue": "sales", "number": CUSTOMER, "at": "2026-01-05T08:30"}, 422, "time_past"),
        ({"queue": "sales", "number": CUSTOMER, "at": "2026-01-06T23:00"}, 422, "time_closed"),
        (
            {"queue": "sales", "number": CUSTOMER, "at": "2027-03-28T02:30"},
            422,
            "time_does_not_exist",
        ),
        (
            {
                "queue": "sales",
                "number": CUSTOMER,
                "at": "2027-11-07T01:30",
                "zone": "America/New_York",
            },
            422,
            "time_ambiguous",
        ),
    ],
)
def test_requests_that_cannot_be_met_are_told_why(
    door: Door, body: Any, status: int, code: str
) -> None:
    answer = door.public(BASE, body)
    assert problem(answer) == (status, code)
    assert list(door.centre.world.store.contacts()) == []
    assert sent(door.centre, "code") == []
    assert CUSTOMER not in json.dumps(answer[1])


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"request": "rq_00000000000000000000000000", "code": "000000"}, 404, "unknown_request"),
        ({"request": "rq_1", "code": "000000"}, 400, "invalid_request"),
        ({"request": "rq_00000000000000000000000000", "code": "12345"}, 400, "invalid_request"),
        ({"code": "123456"}, 400, "invalid_request"),
    ],
)
def test_codes_that_say_nothing_are_refused(
    door: Door, body: dict[str, str], status: int, code: str
) -> None:
    assert problem(door.public(f"{BASE}/confirm", body)) == (status, code)


def test_a_wrong_code_books_nothing(door: Door) -> None:
    request = door.asked()
    wrong = f"{(int(door.code(request)) + 1) % 1_000_000:06d}"
    body = {"request": request, "code": wrong}
    found = [problem(door.public(f"{BASE}/confirm", body)) for _ in range(6)]
    assert found == [(403, "wrong_code")] * 5 + [(403, "too_many_tries")]
    assert list(door.centre.world.store.contacts()) == []


def test_a_source_and_a_number_may_ask_only_so_often(door: Door) -> None:
    for _ in range(3):
        door.asked()
    status, body, headers = door.public(BASE, {"queue": "sales", "number": CUSTOMER})
    assert (status, body["code"]) == (429, "too_many_requests")
    assert int(headers["retry-after"]) > 0
    door.centre.advance(1_000)
    door.limit = Limit(burst=1, every_ms=60_000)
    door.asked(number="+393337654321")
    answer = door.public(BASE, {"queue": "sales", "number": "+393337654322"})
    assert problem(answer) == (429, "too_many_requests")


def test_free_times_are_shown_in_the_customer_s_zone(door: Door) -> None:
    status, body, _ = door.go("GET", f"{BASE}/slots", query="queue=sales&zone=America/New_York")
    view = json.loads(body)
    assert (status, view["zone"]) == (200, "America/New_York")
    # Nobody has signed in: the agents planned for the next two hours are taken to be absent.
    assert view["slots"][0]["local"] == "2026-01-05T06:15"
    _, later, _ = door.go("GET", f"{BASE}/slots", query=f"queue=sales&from={AT}")
    assert json.loads(later)["slots"][0]["local"] == AT
    unknown = door.go("GET", f"{BASE}/slots", query="queue=support")
    assert problem(unknown) == (404, "unknown_queue")
    zone = door.go("GET", f"{BASE}/slots", query="queue=sales&zone=Europe/Atlantis")
    assert problem(zone) == (422, "invalid_time")


def test_a_code_that_could_not_be_sent_comes_back_and_is_sent_then(door: Door) -> None:
    _, body, _ = door.public(BASE, {"queue": "sales", "number": CUSTOMER})
    timer = {"kind": "tell", "key": body["request"], "rid": "code", "hop": 0}
    record = {"messageId": "m1", "body": json.dumps(timer), "attributes": {}}
    door.centre.world.faults.refuse("delivery.send")
    failed = handler("timers")({"Records": [record]}, None)
    assert failed == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert sent(door.centre, "code") == []
    for _ in range(2):
        assert handler("timers")({"Records": [record]}, None) == {"batchItemFailures": []}
    assert len(sent(door.centre, "code")) == 1
    nonsense = {**timer, "key": "ct_" + "0" * 26, "rid": None}
    unread = {"messageId": "m2", "body": json.dumps(nonsense), "attributes": {}}
    handler("timers")({"Records": [unread]}, None)
    assert door.letters.buried == [("m2", "invalid_timer")]


def record(name: str, kind: str, key: str, rid: str | None = None) -> dict[str, Any]:
    """Return a message of the timers' queue."""
    body = json.dumps({"kind": kind, "key": key, "rid": rid, "hop": 0})
    return {"messageId": name, "body": body, "attributes": {}}


def test_who_is_slow_to_carry_messages_holds_up_no_other_timer(door: Door) -> None:
    _, body, _ = door.public(BASE, {"queue": "sales", "number": CUSTOMER})
    batch = [record("m1", "tell", body["request"], "code"), record("m2", "nonsense", "x", "y")]
    door.centre.world.faults.crash_before("delivery.send")
    with pytest.raises(Crash):
        handler("timers")({"Records": batch}, None)
    assert door.letters.buried == [("m2", "invalid_timer")]


def test_messages_that_there_is_no_time_for_come_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = [
        door.public(BASE, {"queue": "sales", "number": f"+39333100000{n}"})[1]["request"]
        for n in range(3)
    ]
    batch = [record(f"m{n}", "tell", key, "code") for n, key in enumerate(wanted)]
    passed = iter([0.0, 1.0, 3.9, 4.1])
    monkeypatch.setattr(workers, "monotonic", lambda: next(passed))
    again = handler("timers")({"Records": batch}, None)
    assert again == {"batchItemFailures": [{"itemIdentifier": "m2"}]}
    assert len(sent(door.centre, "code")) == 2
