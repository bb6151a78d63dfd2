"""Timers: fired for the lease they belong to, void otherwise."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.wired import Wired, handler


def batch(*bodies: Any) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": f"m{i}",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {},
            }
            for i, body in enumerate(bodies)
        ]
    }


def test_an_offer_timer_ends_the_offer_it_was_sent_for(wired: Wired) -> None:
    wired.centre.agent()
    contact_id = wired.centre.queue()
    rid = wired.centre.contact(contact_id).rid
    stale = {"kind": "offer", "key": contact_id, "rid": f"{contact_id}#99", "hop": 0}
    due = {"kind": "offer", "key": contact_id, "rid": rid, "hop": 0}
    handler("timers")(batch(stale), None)
    handler("timers")(batch(due), None)  # early: left by a claim that was never written
    assert wired.centre.state(contact_id) == "OFFERED"
    wired.centre.world.clock.advance(20_000)
    for _ in range(2):
        assert handler("timers")(batch(due), None) == {"batchItemFailures": []}
        assert wired.centre.state(contact_id) == "WAITING"
    assert wired.centre.contact(contact_id).version == 4


def test_a_timer_for_a_contact_that_is_gone_is_void(wired: Wired) -> None:
    gone = "ct_0123456789ABCDEFGHJKMNPQRS"
    bodies = [
        {"kind": kind, "key": gone, "rid": f"{gone}#3", "hop": 0}
        for kind in ("offer", "ack", "join", "wrapup", "leg", "rejoin", "legs")
    ]
    assert handler("timers")(batch(*bodies), None) == {"batchItemFailures": []}
    assert wired.letters.buried == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", "invalid_message"),
        ({"kind": "offer"}, "invalid_message"),
        ({"kind": "offer", "key": "ct_1", "rid": 7}, "invalid_message"),
        ({"kind": "offer", "key": "ct_1"}, "invalid_timer"),
        ({"kind": "tea", "key": "ct_1", "rid": "x"}, "invalid_timer"),
    ],
)
def test_nonsense_goes_to_the_dead_letters_with_its_reason(
    wired: Wired, body: Any, code: str
) -> None:
    assert handler("timers")(batch(body), None) == {"batchItemFailures": []}
    assert wired.letters.buried == [("m0", code)]


def test_a_service_that_does_not_answer_brings_the_timer_back(wired: Wired) -> None:
    wired.centre.agent()
    contact_id = wired.centre.queue()
    rid = wired.centre.contact(contact_id).rid
    wired.centre.world.clock.advance(20_000)
    wired.centre.world.faults.refuse("store.save_contact")
    due = {"kind": "offer", "key": contact_id, "rid": rid, "hop": 0}
    answer = handler("timers")(batch(due), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert wired.centre.state(contact_id) == "OFFERED"
