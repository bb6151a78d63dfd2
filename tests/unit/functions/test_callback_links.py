"""The page behind a signed link: looking changes nothing, its forms do, and once."""

from __future__ import annotations

import json
import re

import pytest

from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import links
from centralino.application.callbacks.links import Use
from centralino.contracts.public_callbacks import PublicCallbackView
from centralino.domain.callbacks.model import contact_of
from centralino.runtime.settings import settings
from tests.unit.application.calling_back import accepted, asked, tell
from tests.unit.application.writing_to import CUSTOMER, sent, told
from tests.unit.functions.public_door import AT, NOBODY, Door, door, forms, problem

__all__ = ["door"]

# --------------------------------------------------------------------------- looking


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_changes_nothing_however_often(door: Door, method: str) -> None:
    link = door.booked(at=AT)["link"]
    before = door.everything()
    for _ in range(3):
        status, body, headers = door.go(method, link)
        assert status == 200
        assert headers["content-type"].startswith("text/html")
        assert bool(body) is (method == "GET")
    assert door.everything() == before
    assert door.act(link, "cancel")[0] == 200


def test_the_page_tells_what_is_booked_in_the_customer_s_language(door: Door) -> None:
    link = door.booked(at=AT, language="it")["link"]
    _, page, headers = door.go("GET", link)
    assert '<html lang="it">' in page
    assert "La richiameremo martedì 6 gennaio 2026, tra le 10:00 e le 10:30." in page
    assert "Vendite" in page
    assert set(forms(page)) == {"move", "cancel"}
    assert CUSTOMER not in page
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "<script" not in page


def test_the_style_is_the_one_that_the_policy_allows(door: Door) -> None:
    import base64
    import hashlib

    _, page, headers = door.go("GET", door.booked()["link"])
    (style,) = re.findall(r"<style>(.*?)</style>", page)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in headers["content-security-policy"]
    assert " style=" not in page


def test_every_field_has_a_label_and_every_section_a_heading(door: Door) -> None:
    _, page, _ = door.go("GET", door.booked(at=AT)["link"])
    for field in re.findall(r'<select id="(\w+)"', page):
        assert f'<label for="{field}">' in page
    for heading in re.findall(r'aria-labelledby="(\w+)"', page):
        assert f'<h2 id="{heading}">' in page
    assert page.count("<h1>") == 1
    assert 'name="viewport"' in page


def test_a_name_with_markup_is_words(door: Door) -> None:
    from dataclasses import replace

    link = door.booked(at=AT, language="en")["link"]
    rules = door.centre.app.configuration.current()
    evil = replace(rules.queues["sales"], names={"en": "<script>alert(1)</script>"})
    door.centre.world.configuration.publish(
        replace(rules, version=2, queues={**rules.queues, "sales": evil})
    )
    _, page, _ = door.go("GET", link)
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_program_gets_json(door: Door) -> None:
    body = door.booked(at=AT)
    status, shown, headers = door.go("GET", body["link"], accept="application/json")
    view = PublicCallbackView.model_validate_json(shown)
    assert (status, headers["content-type"]) == (200, "application/json")
    assert (view.callback_id, view.state, view.changeable) == (
        body["callback_id"],
        "SCHEDULED",
        True,
    )
    form = {"action": "cancel", "form": view.forms["cancel"]}
    _, gone, _ = door.go("POST", body["link"], form=form, accept="application/json")
    assert json.loads(gone)["state"] == "CANCELLED"


# --------------------------------------------------------------------------- changing


def test_a_callback_is_moved_to_a_time_of_the_list(door: Door) -> None:
    body = door.booked(at=AT, language="en")
    _, page, _ = door.go("GET", body["link"])
    (picked,) = [
        value for value, shown in re.findall(r'<option value="([^"]+)">([^<]+)', page)
        if value == "2026-01-06T13:00Z" and shown == "14:00"
    ]  # fmt: skip
    status, after, _ = door.act(body["link"], "move", at=picked)
    assert status == 200
    assert "Your callback was moved." in after
    assert "between 14:00 and 14:30" in after
    _, twice, _ = door.act(body["link"], "move", at=picked)
    assert "had that time already" in twice
    told(door.centre)
    assert "was moved" in sent(door.centre)[-1].text


def test_cancelling_twice_says_so(door: Door) -> None:
    body = door.booked(at=AT, language="en")
    _, page, _ = door.go("GET", body["link"])
    form = forms(page)["cancel"]
    first = door.go("POST", body["link"], form=form)
    second = door.go("POST", body["link"], form=form)
    assert "was cancelled." in first[1]
    assert "had been cancelled already" in second[1]
    assert (first[0], second[0]) == (200, 200)
    assert forms(second[1]) == {}
    contact = callbacks.known(door.centre.app, body["callback_id"])
    assert str(contact.state) == "CANCELLED"


@pytest.mark.parametrize(
    ("at", "code", "says"),
    [
        ("2026-01-06T03:00Z", "time_closed", "Nobody calls at this time"),
        ("2020-01-06T10:00Z", "time_past", "has already passed"),
        ("2027-03-28T02:30", "time_does_not_exist", "skip this time"),
        ("2026-10-25T02:30", "time_ambiguous", "twice"),
        ("soon", "invalid_time", "This is no time"),
        ("", "invalid_time", "This is no time"),
        ("2029-01-06T10:00Z", "too_far_ahead", "too far ahead"),
    ],
)
def test_times_that_cannot_be_had_leave_the_callback_as_it_is(
    door: Door, at: str, code: str, says: str
) -> None:
    body = door.booked(at=AT, language="en")
    before = callbacks.known(door.centre.app, body["callback_id"])
    status, page, _ = door.act(body["link"], "move", at=at)
    assert (status, says in page) == (422, True), page
    _, shown, _ = door.go("GET", body["link"], accept="application/json")
    form = {"action": "move", "form": json.loads(shown)["forms"]["move"], "at": at}
    answer = door.go("POST", body["link"], form=form, accept="application/json")
    assert problem(answer) == (422, code)
    assert callbacks.known(door.centre.app, body["callback_id"]) == before


def test_a_slot_that_filled_up_is_told(door: Door) -> None:
    body = door.booked(at=AT, language="en")
    for number in ("+393331000001", "+393331000002"):
        door.booked(number=number, at="2026-01-06T12:00")
    status, page, _ = door.act(body["link"], "move", at="2026-01-06T11:00Z")
    assert (status, "just been taken" in page) == (422, True)


def test_after_it_was_connected_nothing_can_be_cancelled(door: Door) -> None:
    from tests.unit.application.calling_back import detect  # noqa: F401 - the module's own check

    agent = door.centre.agent()
    contact = asked(door.centre)
    told(door.centre)
    link = links.PATH + "/" + links.token(door.centre.app, "cb_" + contact[3:], Use.MANAGE, 2**42)
    _, page, _ = door.go("GET", link)
    attempt = accepted(door.centre, contact, agent)
    tell(door.centre, attempt, "answered")
    assert door.centre.state(contact) == "CONNECTED"
    status, after, _ = door.go("POST", link, form=forms(page)["cancel"])
    assert (status, "conclusa" in after or "is over" in after) == (422, True)
    assert door.centre.state(contact) == "CONNECTED"
    assert forms(door.go("GET", link)[1]) == {}


def test_who_was_not_reached_books_again_once(door: Door) -> None:
    agent = door.centre.agent()
    contact = asked(door.centre)
    told(door.centre)
    tell(door.centre, accepted(door.centre, contact, agent), "no_answer")
    told(door.centre)
    (link,) = re.findall(r"https://api.example.com(\S+/links/a\S+)", sent(door.centre)[-1].text)
    before = door.everything()
    _, page, _ = door.go("GET", link)
    assert door.everything() == before
    form = {**forms(page)["again"], "at": ""}
    first = door.go("POST", link, form=form)
    again = door.go("POST", link, form=form)
    assert (first[0], again[0]) == (200, 200)
    assert "già" in again[1]
    open_ones = [c for c in door.centre.world.store.contacts() if c.callback and c.callback.pending]
    assert len(open_ones) == 1
    assert open_ones[0].subject == door.centre.contact(contact).subject
    told(door.centre)
    assert "la richiameremo" in sent(door.centre)[-1].text


def test_who_was_never_called_books_again_and_by_no_other_link(door: Door) -> None:
    contact = asked(door.centre)
    told(door.centre)
    name = "cb_" + contact[3:]
    door.centre.advance(24 * 3_600_000)
    callbacks.look(door.centre.app, contact, "sweep")
    told(door.centre)
    assert door.centre.state(contact) == "EXPIRED"
    manage = f"{links.PATH}/{links.token(door.centre.app, name, Use.MANAGE, 2**42)}"
    status, page, _ = door.go("GET", manage)
    assert (status, forms(page)) == (200, {})
    assert "scaduto" in page
    (link,) = re.findall(r"https://api.example.com(\S+/links/a\S+)", sent(door.centre)[-1].text)
    status, page, _ = door.act(link, "again", at="")
    assert (status, "prenotata" in page) == (200, True)
    open_ones = [c for c in door.centre.world.store.contacts() if c.callback and c.callback.pending]
    assert len(open_ones) == 1


def test_moving_to_and_fro_ends(door: Door) -> None:
    body = door.booked(at=AT, language="en")
    for turn in range(10):
        status, _, _ = door.act(body["link"], "move", at=f"2026-01-06T{9 + turn % 2:02d}:00Z")
        assert status == 200
    before = callbacks.known(door.centre.app, body["callback_id"])
    status, page, headers = door.act(body["link"], "move", at="2026-01-06T12:00Z")
    assert (status, "wait a while" in page) == (429, True)
    assert int(headers["retry-after"]) > 0
    assert callbacks.known(door.centre.app, body["callback_id"]) == before


def test_a_source_follows_so_many_links_and_it_is_written_nowhere(door: Door) -> None:
    link = door.booked(at=AT)["link"]
    before = door.everything()
    found = [door.go("GET", link) for _ in range(61)]
    assert [status for status, _, _ in found] == [200] * 60 + [429]
    assert int(found[-1][2]["retry-after"]) > 0
    assert door.everything() == before
    answer = door.go("GET", link, accept="application/json")
    assert problem(answer) == (429, "too_many_requests")
    door.centre.advance(2_000)
    assert door.go("GET", link)[0] == 200


def test_a_link_that_leads_past_the_distribution_is_followed_and_counted(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Messages name the address that the carrier knows: it may be the API's own."""
    link = door.booked(at=AT)["link"]
    monkeypatch.setenv("VIEWER_ADDRESS_HEADER", "cloudfront-viewer-address")
    settings.cache_clear()
    forged = [{"cloudfront_viewer_address": f"203.0.113.{n}:1"} for n in range(61)]
    found = [door.go("GET", link, **headers)[0] for headers in forged]
    assert found == [200] * 60 + [429]


@pytest.mark.parametrize(
    ("body", "encoded"), [("&".join(f"a{n}=b" for n in range(12)), False), ("/w==", True)]
)
def test_what_is_no_form_is_refused(door: Door, body: str, encoded: bool) -> None:
    link = door.booked(at=AT)["link"]
    for accept in ("application/json", "text/html"):
        status, _, _ = door.go("POST", link, raw=body, encoded=encoded, accept=accept)
        assert status == 400


# --------------------------------------------------------------------------- links that are none


def test_forged_expired_and_unknown_links_each_have_a_page_and_a_problem(door: Door) -> None:
    app = door.centre.app
    good = door.booked(at=AT)["link"]
    token = good.rpartition("/")[2]
    now = app.clock.now()
    forged = {
        token[:-1] + ("0" if token[-1] != "0" else "1"): (403, "invalid_link"),
        "a" + token[1:]: (403, "invalid_link"),
        token[:27] + "zz" + token[27:]: (403, "invalid_link"),
        "m" * 60: (403, "invalid_link"),
        "%C3%A8" * 10: (403, "invalid_link"),
        links.token(app, NOBODY, Use.MANAGE, now + 60_000): (404, "unknown_callback"),
        links.token(app, NOBODY, Use.MANAGE, now - 1_000): (403, "link_expired"),
    }
    for wrong, expected in forged.items():
        for method in ("GET", "POST") if expected[0] == 403 else ("GET",):
            answer = door.go(method, f"{links.PATH}/{wrong}", accept="application/json", form={})
            assert problem(answer) == expected
            status, page, headers = door.go(method, f"{links.PATH}/{wrong}", form={})
            assert status == expected[0]
            assert headers["content-type"].startswith("text/html")
            assert 'role="alert"' in page
    assert door.go("GET", good)[0] == 200


def test_a_link_grows_old(door: Door) -> None:
    link = door.booked()["link"]
    door.centre.advance(links.AFTER_MS + 60_000)
    answer = door.go("GET", link, accept="application/json")
    assert problem(answer) == (403, "link_expired")
    status, page, _ = door.go("GET", link, accept_language="it-IT")
    assert (status, "troppo vecchio" in page) == (403, True)


def test_a_form_that_the_page_did_not_show_changes_nothing(door: Door) -> None:
    body = door.booked(at=AT)
    _, page, _ = door.go("GET", body["link"])
    cancel, move = forms(page)["cancel"], forms(page)["move"]
    other = door.booked(number="+393337654321", at=AT)
    wrong: list[dict[str, str]] = [
        {"action": "cancel"},
        {"action": "cancel", "form": ""},
        {"action": "cancel", "form": move["form"]},
        {"action": "cancel", "form": "é" * 26},
        {"action": "again", "form": cancel["form"]},
    ]
    for form in wrong:
        answer = door.go("POST", body["link"], form=form, accept="application/json")
        assert problem(answer) == (403, "invalid_form")
    crossed = door.go("POST", other["link"], form=cancel, accept="application/json")
    assert problem(crossed) == (403, "invalid_form")
    unknown = door.go("POST", body["link"], form={"action": "x"}, accept="application/json")
    assert problem(unknown) == (400, "unknown_action")
    many = door.go("POST", body["link"], form={"action": "x" * 5_000}, accept="application/json")
    assert problem(many) == (400, "invalid_form")
    contact = door.centre.contact(contact_of(body["callback_id"]))
    assert str(contact.state) == "SCHEDULED"


def test_only_a_deployment_that_sends_nothing_shows_an_outbox(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = door.go("GET", "/v1/public/outbox")
    assert problem(answer) == (404, "no_route")
    from centralino.adapters.delivery import Outbox
    from centralino.application.ports.delivery import Kind, Message
    from centralino.runtime import delivery

    kept = Outbox(door.centre.app.operations, door.centre.app.clock)
    monkeypatch.setattr(delivery, "outbox", lambda: kept)
    text = "<b>Hi</b> https://api.example.com/x"
    kept.send(Message("m1", Kind.SMS, CUSTOMER, "en", text, "callback", "demo"))
    status, page, _ = door.go("GET", "/v1/public/outbox")
    assert status == 200
    assert "&lt;b&gt;Hi&lt;/b&gt;" in page
    assert '<a href="https://api.example.com/x">' in page
