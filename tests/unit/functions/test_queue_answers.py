"""What a caller who stands in the carrier's queue is answered: never what takes a second place."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from tests.support.wired import Wired, call_form, sid


def waiting(wired: Wired) -> tuple[str, str]:
    call = sid(7)
    wired.ring(call)
    (contact,) = wired.centre.world.store.contacts()
    token = contact.flow.token if contact.flow is not None else ""
    wired.webhook(
        "menu",
        call_form(call, CallStatus="in-progress", Digits="1"),
        {"c": contact.id, "s": token},
    )
    assert wired.centre.state(contact.id) == "WAITING"
    return call, contact.id


@pytest.mark.parametrize(
    ("more", "verbs"), [({"q": "1"}, ["Redirect"]), ({}, ["Enqueue"])], ids=["queued", "not"]
)
def test_a_key_that_means_nothing_leaves_the_caller_in_the_place_in_line(
    wired: Wired, more: dict[str, str], verbs: list[str]
) -> None:
    call, contact_id = waiting(wired)
    answer = wired.webhook(
        "menu",
        call_form(call, CallStatus="in-progress", Digits="9"),
        {"c": contact_id, "s": "elsewhere.3", **more},
    )
    assert answer["statusCode"] == 200
    assert [verb.tag for verb in ET.fromstring(answer["body"])] == verbs
    assert wired.centre.state(contact_id) == "WAITING"


def test_what_is_heard_while_waiting_is_played_in_the_queue(wired: Wired) -> None:
    call, contact_id = waiting(wired)
    answer = wired.webhook("wait", call_form(call, CallStatus="in-progress"), {"c": contact_id})
    assert {verb.tag for verb in ET.fromstring(answer["body"])} <= {
        "Say",
        "Play",
        "Pause",
        "Gather",
    }
