"""Placing calls without signing in: bodies, limits, secrets."""

from __future__ import annotations

from typing import Any

import pytest

from centralino.application.limits import Limit
from centralino.contracts.webvoice import CallPlacedView, CallTicketView
from centralino.runtime import wiring
from centralino.runtime.settings import settings
from tests.support.web_centre import Web

CALLS = "/v1/public/calls"


def test_a_call_is_placed_with_all_that_a_page_needs(web: Web) -> None:
    status, body, headers = web.public(CALLS, {"line": "web"})
    assert status == 201
    assert headers["Content-Type"] == "application/json"
    placed = CallPlacedView.model_validate(body)
    assert placed.url == "wss://socket.example.com/live"
    assert placed.music == "https://prompts.example.com/music.wav"
    assert placed.ice_servers == []
    assert len({placed.ticket, placed.resume, placed.call}) == 3


def test_nothing_is_kept_of_a_secret_or_of_who_called(web: Web) -> None:
    _, body, _ = web.public(CALLS, {"line": "web"}, source="203.0.113.99")
    kept = repr(web.centre.world.operations._partitions)
    assert body["resume"] not in kept
    assert "203.0.113.99" not in kept
    assert body["call"] in kept


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"line": "it"}, 404, "unknown_line"),  # a telephone's
        ({"line": "nowhere"}, 404, "unknown_line"),
        ({}, 400, "invalid_request"),
        ({"line": "WEB"}, 400, "invalid_request"),
        ({"line": "web", "language": "italiano"}, 400, "invalid_request"),
        ({"line": "web", "language": "xx"}, 400, "unknown_language"),
        ({"line": "web", "caller": "+390200000001"}, 400, "invalid_request"),
        ("not json", 400, "invalid_request"),
    ],
)
def test_what_cannot_be_called_is_refused(web: Web, body: Any, status: int, code: str) -> None:
    found, problem, headers = web.public(CALLS, body)
    assert (found, problem["code"]) == (status, code)
    assert headers["Content-Type"] == "application/problem+json"


def test_a_source_that_calls_too_often_is_told_when_to_come_back(web: Web) -> None:
    web.limit = Limit(burst=3, every_ms=20_000)
    for _ in range(3):
        assert web.public(CALLS, {"line": "web"})[0] == 201
    status, problem, headers = web.public(CALLS, {"line": "web"})
    assert (status, problem["code"]) == (429, "too_many_requests")
    assert headers["retry-after"] == "20"
    assert web.public(CALLS, {"line": "web"}, source="198.51.100.8")[0] == 201
    web.centre.advance(20_000)
    assert web.public(CALLS, {"line": "web"})[0] == 201
    assert web.public(CALLS, {"line": "web"})[0] == 429


def test_addresses_of_one_household_count_as_one(web: Web) -> None:
    web.limit = Limit(burst=1, every_ms=60_000)
    assert web.public(CALLS, {"line": "web"}, source="2001:db8:1:2::1")[0] == 201
    assert web.public(CALLS, {"line": "web"}, source="2001:db8:1:2:ffff::9")[0] == 429
    assert web.public(CALLS, {"line": "web"}, source="2001:db8:1:3::1")[0] == 201


SECRET = "s3cret-of-the-distribution"
EDGE = "130.176.0.1"


@pytest.fixture
def fronted(web: Web, monkeypatch: pytest.MonkeyPatch) -> Web:
    """A distribution stands in front of the API."""
    monkeypatch.setenv("VIEWER_ADDRESS_HEADER", "cloudfront-viewer-address")
    settings.cache_clear()
    monkeypatch.setenv("ORIGIN_SECRET_ARN", "arn:origin")
    monkeypatch.setattr(wiring, "secret", {"arn:origin": SECRET}.__getitem__)
    web.limit = Limit(burst=1, every_ms=60_000)
    return web


@pytest.mark.parametrize("seen", ["203.0.113.5:4711", "203.0.113.5"])
def test_a_distribution_in_front_says_who_calls(fronted: Web, seen: str) -> None:
    def through(viewer: str) -> int:
        headers = {"cloudfront-viewer-address": viewer, "x-centralino-origin": SECRET}
        return fronted.public(CALLS, {"line": "web"}, source=EDGE, **headers)[0]

    assert through(seen) == 201
    assert through(seen) == 429
    assert through("203.0.113.6:1") == 201
    # Words that are no address count for the distribution itself.
    assert through("somebody") == 201
    assert through("nobody") == 429


@pytest.mark.parametrize("given", [None, "", "guess", SECRET[:-1], SECRET + "x", "é"])
def test_who_goes_past_the_distribution_is_refused_whatever_they_say(
    fronted: Web, given: str | None
) -> None:
    forged = {"cloudfront-viewer-address": "203.0.113.5:1"}
    if given is not None:
        forged["x-centralino-origin"] = given
    status, problem, _ = fronted.public(CALLS, {"line": "web"}, **forged)
    assert (status, problem["code"]) == (403, "past_the_front")
    path = f"{CALLS}/wv_0123456789ABCDEFGHJKMNPQRS/tickets"
    assert fronted.public(path, {"resume": "x" * 32}, **forged)[0] == 403
    # Nothing was counted against the address that was made up.
    genuine = {**forged, "x-centralino-origin": SECRET}
    assert fronted.public(CALLS, {"line": "web"}, source=EDGE, **genuine)[0] == 201


def test_while_the_secret_is_changed_both_are_good(
    fronted: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "secret", lambda _: f"{SECRET} the-next-one")
    codes = [
        fronted.public(
            CALLS,
            {"line": "web"},
            **{"cloudfront-viewer-address": f"203.0.113.{n}:1", "x-centralino-origin": one},
        )[0]
        for n, one in enumerate((SECRET, "the-next-one", f"{SECRET} the-next-one"), 1)
    ]
    assert codes == [201, 201, 403]


def test_a_secret_that_is_empty_opens_nothing(
    fronted: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "secret", lambda _: "")
    assert fronted.public(CALLS, {"line": "web"}, **{"x-centralino-origin": ""})[0] == 403


def test_a_header_nobody_vouches_for_says_nothing(web: Web) -> None:
    web.limit = Limit(burst=1, every_ms=60_000)
    assert web.public(CALLS, {"line": "web"})[0] == 201
    forged = {"cloudfront-viewer-address": "203.0.113.5:1", "x-forwarded-for": "203.0.113.5"}
    assert web.public(CALLS, {"line": "web"}, **forged)[0] == 429


def test_the_secret_of_a_call_gets_another_ticket_for_it_alone(web: Web) -> None:
    _, placed, _ = web.public(CALLS, {"line": "web"})
    _, other, _ = web.public(CALLS, {"line": "web"})
    path = f"{CALLS}/{placed['call']}/tickets"
    status, body, _ = web.public(path, {"resume": placed["resume"]})
    assert status == 201
    ticket = CallTicketView.model_validate(body)
    assert ticket.call == placed["call"]
    assert ticket.ticket != placed["ticket"]
    for wrong in (other["resume"], placed["ticket"], "x" * 32):
        status, problem, _ = web.public(path, {"resume": wrong})
        assert (status, problem["code"]) == (403, "invalid_resume")


def test_there_is_no_ticket_for_a_call_that_is_not_there(web: Web) -> None:
    unknown = f"{CALLS}/wv_0123456789ABCDEFGHJKMNPQRS/tickets"
    status, problem, _ = web.public(unknown, {"resume": "x" * 32})
    assert (status, problem["code"]) == (404, "unknown_call")
    assert web.public(f"{CALLS}/ct_1/tickets", {"resume": "x" * 32})[0] == 400
    caller = web.caller()
    caller.say("hangup")
    path = f"{CALLS}/{caller.call}/tickets"
    status, problem, _ = web.public(path, {"resume": caller.placed["resume"]})
    assert (status, problem["code"]) == (404, "unknown_call")


def test_tickets_are_limited_too(web: Web) -> None:
    _, placed, _ = web.public(CALLS, {"line": "web"})
    web.limit = Limit(burst=2, every_ms=60_000)
    path = f"{CALLS}/{placed['call']}/tickets"
    codes = [web.public(path, {"resume": "x" * 32})[0] for _ in range(4)]
    assert codes[-1] == 429


def test_there_is_nothing_else_behind_this_door(web: Web) -> None:
    assert web.public("/v1/public/secrets", {})[0] == 404
