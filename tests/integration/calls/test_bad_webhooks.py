"""Webhooks the carrier would not send, at the deployed address: a clear answer and no change."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from local.demo import seed
from local.demo.calls import ITALIAN_LINE
from local.twilio import silent
from tests.support.exchange import CALLER, Exchange, Snapshot, refused
from tests.support.polling import until

_UNKNOWN_CONTACT = "ct_" + "0" * 26


def _form(exchange: Exchange, **fields: str) -> dict[str, str]:
    """What the carrier sends about a call that rings; fields as told otherwise."""
    return {
        "AccountSid": seed.ACCOUNT_SID,
        "CallSid": f"CA{secrets.token_hex(16)}",
        "CallStatus": "ringing",
        "From": CALLER,
        "To": ITALIAN_LINE,
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
        **fields,
    }


@pytest.fixture
def untouched(exchange: Exchange) -> Iterator[None]:
    """Nothing a test does changes a table, and nothing it sends is in the log."""
    exchange.quiet()
    before, logged = exchange.snapshot(), len(exchange.log("call_events"))
    yield
    exchange.quiet()
    assert changes(before, exchange.snapshot()) == []
    lines = exchange.log("call_events")[logged:]
    assert lines, "the function left no line"
    assert [line for line in lines if CALLER.removeprefix("+") in line] == []


def changes(before: Snapshot, after: Snapshot) -> list[str]:
    """Return the keys of items that were added or changed, and of entities that went.

    Small records of ``ops`` may go meanwhile: tickets expire and the sweep tidies up.
    """
    found = []
    for table, items in after.items():
        found += [f"{table}/{key}" for key in items if before[table].get(key) != items[key]]
        if table != "ops":
            found += [f"{table}/{key} is gone" for key in before[table].keys() - items.keys()]
    return found


def _refusals(exchange: Exchange, code: str) -> int:
    return sum(
        "webhook_refused" in line and f'"{code}"' in line for line in exchange.log("call_events")
    )


@pytest.mark.parametrize("token", [None, "somebody-else's-token"], ids=["unsigned", "wrongly"])
def test_a_webhook_that_the_carrier_did_not_sign_is_refused(
    exchange: Exchange, untouched: None, token: str | None
) -> None:
    before = _refusals(exchange, "invalid_signature")
    answer = exchange.webhook("voice", _form(exchange), token=token)
    assert refused(answer) == (403, "invalid_signature")
    assert _refusals(exchange, "invalid_signature") == before + 1


def test_a_changed_webhook_is_refused(exchange: Exchange, untouched: None) -> None:
    form = _form(exchange)
    altered = urlencode({**form, "From": "+393331111111"}).encode()
    answer = exchange.webhook("voice", form, body=altered)
    assert refused(answer) == (403, "invalid_signature")


def test_a_signature_for_another_address_is_refused(exchange: Exchange, untouched: None) -> None:
    answer = exchange.webhook("voice", _form(exchange), signed_for="status")
    assert refused(answer) == (403, "invalid_signature")


def test_a_body_over_64_kb_is_refused(exchange: Exchange, untouched: None) -> None:
    form = _form(exchange, Padding="x" * (64 * 1024))
    assert refused(exchange.webhook("voice", form)) == (400, "body_too_large")


def test_a_body_that_is_not_utf_8_is_refused(exchange: Exchange, untouched: None) -> None:
    form = _form(exchange)
    body = urlencode(form).encode() + b"&CallerName=\xff\xfe"
    assert refused(exchange.webhook("voice", form, body=body)) == (400, "malformed_body")


def test_a_call_status_of_an_unknown_call_is_refused(exchange: Exchange, untouched: None) -> None:
    form = _form(exchange, CallStatus="completed")
    assert refused(exchange.webhook("status", form)) == (404, "unknown_call")


def test_a_step_of_an_unknown_contact_is_refused(exchange: Exchange, untouched: None) -> None:
    form = _form(exchange, CallStatus="in-progress", Digits="1")
    query = {"c": _UNKNOWN_CONTACT, "s": "menu.0"}
    assert refused(exchange.webhook("menu", form, query)) == (404, "unknown_call")


def test_a_message_about_another_account_is_refused(exchange: Exchange, untouched: None) -> None:
    form = _form(exchange, AccountSid="AC" + "f" * 32)
    assert refused(exchange.webhook("voice", form)) == (400, "wrong_account")


def test_an_unknown_number_is_told_so_and_hung_up(exchange: Exchange, untouched: None) -> None:
    answer = exchange.webhook("voice", _form(exchange, To="+390299999999"))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/xml")
    assert "<Say" in answer.text
    assert "<Hangup" in answer.text


def test_a_key_outside_the_menu_is_asked_again(exchange: Exchange) -> None:
    person = exchange.call(silent)
    contact_id = exchange.contact_id(person)
    before = exchange.reaches(contact_id, "IVR")
    form = _form(exchange, CallSid=person.sid, CallStatus="in-progress", Digits="9")
    answer = exchange.webhook("menu", form, {"c": contact_id, "s": "menu.0"})
    assert answer.status_code == 200
    # The apology, then the menu once more.
    assert answer.text.count("<Say") == 2
    assert "<Gather" in answer.text
    after = exchange.contact(contact_id)
    assert (after.state, after.sequence) == (before.state, before.sequence)


def test_what_is_no_key_is_refused(exchange: Exchange) -> None:
    person = exchange.call(silent)
    contact_id = exchange.contact_id(person)
    exchange.reaches(contact_id, "IVR")
    exchange.quiet()
    before = exchange.snapshot()
    form = _form(exchange, CallSid=person.sid, CallStatus="in-progress", Digits="1; drop")
    query = {"c": contact_id, "s": "menu.0"}
    assert refused(exchange.webhook("menu", form, query)) == (400, "malformed_field")
    assert changes(before, exchange.snapshot()) == []


def test_a_key_for_a_step_that_is_past_changes_nothing(exchange: Exchange) -> None:
    person = exchange.call()
    contact_id = exchange.contact_id(person)
    exchange.reaches(contact_id, "WAITING")
    exchange.quiet()
    before = exchange.contact(contact_id)
    form = _form(exchange, CallSid=person.sid, CallStatus="in-progress", Digits="3")
    answer = exchange.webhook("menu", form, {"c": contact_id, "s": "menu.0"})
    assert answer.status_code == 200
    assert "<Enqueue" in answer.text
    assert exchange.contact(contact_id) == before


def test_webhooks_replayed_after_the_end_change_nothing(exchange: Exchange) -> None:
    person = exchange.call()
    contact_id = exchange.contact_id(person)
    exchange.reaches(contact_id, "WAITING")
    until(lambda: person.call.place, "the queue")
    exchange.hang_up(person)
    exchange.reaches(contact_id, "ABANDONED")
    exchange.quiet()
    before = exchange.snapshot()

    sent = [
        entry
        for entry in list(exchange.carrier.carrier.journal.sent())
        if entry.param("CallSid") == person.sid
    ]
    steps = {entry.url.partition("?")[0].rpartition("/")[2] for entry in sent}
    assert steps >= {"voice", "menu", "wait", "left", "status"}
    for entry in sent:
        again = exchange.carrier.run(exchange.carrier.carrier.replay(entry))
        assert again.status in (200, 204), f"{entry.url}: {again.status} {again.answer}"
        assert "<Gather" not in again.answer
        assert "<Enqueue" not in again.answer
    exchange.quiet()
    assert changes(before, exchange.snapshot()) == []
