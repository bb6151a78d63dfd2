"""Muting and keys over HTTP: what is shown, what is refused, and what is told to nobody."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from centralino.domain import ids
from tests.support.wired import ACCOUNT, IDENTITY, Wired
from tests.unit.functions.test_transfer_api import COLLEAGUE, NOBODY, talk

__all__ = ["talk"]
PIN = "4929w135#"


def test_mute_is_shown_by_every_answer_and_after_a_reload(talk: tuple[Wired, str]) -> None:
    wired, base = talk
    for command, muted in [("mute", True), ("mute", True), ("unmute", False), ("mute", True)]:
        status, body, headers = wired.api("POST", f"{base}/{command}")
        assert (status, body["muted"]) == (200, muted)
        assert headers["ETag"] == f'"{body["version"]}"'
    (slot,) = wired.api("GET", "/v1/agents/me")[1]["slots"]
    assert slot["contact"]["muted"] is True
    assert wired.api("POST", f"{base}/hold")[1]["muted"] is True
    assert wired.api("POST", f"{base}/hangup")[1]["muted"] is False
    status, problem, _ = wired.api("POST", f"{base}/mute")
    assert (status, problem["code"]) == (422, "not_talking")


def test_strangers_and_unknown_contacts(talk: tuple[Wired, str]) -> None:
    wired, base = talk
    body = {"digits": "1", "request": "press-01"}
    for path in ("mute", "unmute", "digits"):
        sent = body if path == "digits" else None
        assert wired.api("POST", f"{base}/{path}", sent, identity=COLLEAGUE)[0] == 404
        assert wired.api("POST", f"/v1/contacts/{NOBODY}/{path}", sent)[0] == 404


def test_keys_reach_the_carrier_by_their_name_and_are_handed_out_once(
    talk: tuple[Wired, str], capsys: pytest.CaptureFixture[str]
) -> None:
    wired, base = talk
    contact_id = base.rpartition("/")[2]
    for _ in range(2):
        status, answer, _ = wired.api(
            "POST", f"{base}/digits", {"digits": PIN, "request": "press-01"}
        )
        assert (status, answer["state"]) == (200, "CONNECTED")
        assert PIN not in repr(answer)
    sent = [c for c in wired.centre.world.media.calls if c.method == "send_digits"]
    assert [(c.rid, c.name) for c in sent] == [(None, "press-01")]
    address = urlsplit(wired.twilio.urls.digits(contact_id, "press-01"))
    query = {name: values[0] for name, values in parse_qs(address.query).items()}
    form = {"AccountSid": ACCOUNT, "CallSid": "CA" + "0" * 32, "CallStatus": "in-progress"}
    unsigned = wired.webhook("digits", form, query, signature="forged")
    assert unsigned["statusCode"] == 403
    assert PIN not in repr(unsigned)
    first = wired.webhook("digits", form, query)
    assert f'<Play digits="{PIN}"' in first["body"]
    second = wired.webhook("digits", form, query)
    assert (second["statusCode"], PIN in second["body"]) == (200, False)
    wired.centre.relay()
    assert PIN not in repr([*wired.centre.world.bus.published, *wired.centre.world.log.lines])
    written = capsys.readouterr()
    assert PIN not in written.out + written.err


BAD: list[dict[str, Any]] = [
    {"digits": "", "request": "press-01"},
    {"digits": "1" * 33, "request": "press-01"},
    {"digits": "12A4", "request": "press-01"},
    {"digits": "1234\n", "request": "press-01"},
    {"digits": "12 34", "request": "press-01"},
    {"digits": "\u0661\u0662", "request": "press-01"},
    {"digits": 1234567, "request": "press-01"},
    {"digits": "1234567"},
    {"digits": "1234567", "request": "short"},
    {"digits": "1234567", "request": "a b c d e f"},
    {"digits": "1234567", "request": "press-01", "to": "agent"},
    {"digits": "1234567", "request": "press-01", "more": 1},
    {"request": "press-01"},
]


@pytest.mark.parametrize("body", BAD)
def test_bad_keys_are_a_problem_that_does_not_repeat_them(
    talk: tuple[Wired, str], body: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    wired, base = talk
    status, problem, headers = wired.api("POST", f"{base}/digits", body)
    assert (status, problem["code"]) == (400, "invalid_request")
    assert headers["Content-Type" if "Content-Type" in headers else "content-type"] == (
        "application/problem+json"
    )
    told = repr(problem) + "".join(capsys.readouterr())
    if body.get("digits"):
        assert str(body["digits"]) not in told
    assert not [c for c in wired.centre.world.media.calls if c.method == "send_digits"]


def test_the_longest_keys_are_taken(talk: tuple[Wired, str]) -> None:
    wired, base = talk
    body = {"digits": "0123456789*#w" + "5" * 19, "request": "a" * 64, "to": "customer"}
    assert wired.api("POST", f"{base}/digits", body)[0] == 200
    assert ids.agent_id(IDENTITY) == wired.api("GET", "/v1/agents/me")[1]["agent_id"]
