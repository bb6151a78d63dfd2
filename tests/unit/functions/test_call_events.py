"""Call events: only what the carrier signed gets anything done."""

from __future__ import annotations

import json
import logging
import re

import pytest

from centralino.domain import ids
from tests.support.centre import KEY
from tests.support.wired import ACCOUNT, Wired, call_form, sid

CALL = sid(1)


def contact_of(call: str) -> str:
    return ids.contact_id(KEY, "twilio", call)


def test_a_call_hears_the_menu_in_italian(wired: Wired) -> None:
    answer = wired.ring(CALL)
    assert answer["statusCode"] == 200
    assert answer["headers"]["content-type"].startswith("application/xml")
    assert "<Gather" in answer["body"]
    assert "it-IT" in answer["body"]
    assert f"c={contact_of(CALL)}" in answer["body"]


def test_from_menu_to_queue(wired: Wired) -> None:
    wired.ring(CALL)
    query = {"c": contact_of(CALL), "s": "menu.0"}
    first = wired.webhook("menu", call_form(CALL, Digits="1", CallStatus="in-progress"), query)
    assert "<Enqueue" in first["body"]
    again = wired.webhook("menu", call_form(CALL, Digits="1", CallStatus="in-progress"), query)
    assert again == first
    assert wired.centre.contact(contact_of(CALL)).version == 2


def test_digits_outside_the_menu_are_answered_by_a_reprompt(wired: Wired) -> None:
    wired.ring(CALL)
    query = {"c": contact_of(CALL), "s": "menu.0"}
    answer = wired.webhook("menu", call_form(CALL, Digits="8", CallStatus="in-progress"), query)
    assert "sorry" in answer["body"]
    assert "<Gather" in answer["body"]


@pytest.mark.parametrize("signature", ["", "bm90IHNpZ25lZA==", "RSOYDt4T1cUTdK1PDd93/VVr8B8="])
def test_what_is_not_signed_gets_nothing(wired: Wired, signature: str) -> None:
    answer = wired.webhook("voice", call_form(CALL), signature=signature)
    assert answer["statusCode"] == 403
    assert answer["headers"]["content-type"] == "application/problem+json"
    assert json.loads(answer["body"])["code"] == "invalid_signature"
    assert wired.centre.world.store.contact(contact_of(CALL)) is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"a=" + b"x" * 70_000, "body_too_large"),
        (b"\xff\xfe=1", "malformed_body"),
    ],
)
def test_what_cannot_be_read_is_refused(wired: Wired, body: bytes, code: str) -> None:
    answer = wired.webhook("voice", call_form(CALL), body=body)
    assert answer["statusCode"] in (400, 403)
    if answer["statusCode"] == 400:
        assert json.loads(answer["body"])["code"] == code
    assert not list(wired.centre.stream.take())


def test_another_account_is_refused(wired: Wired) -> None:
    form = {**call_form(CALL), "AccountSid": "AC" + "9" * 32}
    answer = wired.webhook("voice", form)
    assert json.loads(answer["body"])["code"] == "wrong_account"


def test_an_unknown_number_hears_so(wired: Wired) -> None:
    answer = wired.ring(CALL, to="+390299999999")
    assert answer["statusCode"] == 200
    assert "<Hangup" in answer["body"]
    assert not list(wired.centre.stream.take())


def test_a_status_of_an_unknown_call_is_a_clear_404(wired: Wired) -> None:
    form = call_form(CALL, CallStatus="completed", CallDuration="3", SequenceNumber="0")
    answer = wired.webhook("status", form)
    assert answer["statusCode"] == 404
    assert json.loads(answer["body"])["code"] == "unknown_call"


def test_the_end_of_a_call_is_noted_once(wired: Wired) -> None:
    wired.ring(CALL)
    form = call_form(CALL, CallStatus="completed", CallDuration="3", SequenceNumber="0")
    assert wired.webhook("status", form)["statusCode"] == 204
    assert wired.webhook("status", form)["statusCode"] == 204
    assert wired.centre.contact(contact_of(CALL)).version == 2
    assert "<Hangup" in wired.ring(CALL)["body"]


def test_a_step_that_does_not_exist(wired: Wired) -> None:
    answer = wired.webhook("nonsense", call_form(CALL))
    assert answer["statusCode"] == 400


def test_no_log_line_tells_a_number(
    wired: Wired, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    wired.ring(CALL)
    wired.ring(CALL, to="+390299999999")
    wired.webhook("voice", call_form(CALL), signature="")
    said = caplog.text + capsys.readouterr().out + repr(list(wired.centre.world.log.lines))
    assert not re.search(r"\+?39\d{6,}", said)
    assert ACCOUNT not in said
