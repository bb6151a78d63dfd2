"""Recordings: each order is carried out, comes again, or is set aside with its reason."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from centralino.application.ports.archive import Copy
from centralino.runtime import wiring
from tests.support.recorded import RecordedCentre
from tests.support.wired import Wired, handler

REFERENCE = f"RE{7:032x}"


@pytest.fixture
def centre(wired: Wired, monkeypatch: pytest.MonkeyPatch) -> RecordedCentre:
    """The recording centre behind the handler."""
    recorded = RecordedCentre()
    wired.centre = recorded
    monkeypatch.setattr(wiring, "keeper", lambda: recorded.keeper)
    return recorded


def order(centre: RecordedCentre) -> Copy:
    """Let a recorded call end; return the order to copy it."""
    contact_id = centre.talking()
    centre.hang_up(contact_id)
    centre.carrier_tells(contact_id)
    return centre.world.copies.waiting.popleft()


def batch(*bodies: Any) -> dict[str, Any]:
    """Return a batch of messages."""
    return {
        "Records": [
            {
                "messageId": f"m{number}",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {},
            }
            for number, body in enumerate(bodies)
        ]
    }


def test_an_order_is_carried_out_and_may_come_again(centre: RecordedCentre) -> None:
    found = order(centre)
    for _ in range(2):
        answer = handler("recordings")(batch(asdict(found)), None)
        assert answer == {"batchItemFailures": []}
    assert centre.states(found.contact) == {"1": "STORED"}
    assert centre.recordings(found.contact)["1"].cause == "copy:m0"


def test_a_carrier_that_does_not_answer_brings_the_order_back(
    centre: RecordedCentre, wired: Wired
) -> None:
    found = order(centre)
    centre.world.faults.refuse("recorder.fetch")
    answer = handler("recordings")(batch(asdict(found)), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert wired.letters.buried == []


def test_a_sound_that_is_gone_is_no_dead_letter(centre: RecordedCentre, wired: Wired) -> None:
    found = order(centre)
    centre.world.recorder.erase(found.reference)
    assert handler("recordings")(batch(asdict(found)), None) == {"batchItemFailures": []}
    assert wired.letters.buried == []
    assert centre.states(found.contact) == {"1": "FAILED"}


def test_a_second_sound_of_a_name_is_for_an_operator(centre: RecordedCentre, wired: Wired) -> None:
    found = asdict(order(centre))
    centre.world.recorder.left(REFERENCE, b"other")
    messages = batch(found, {**found, "reference": REFERENCE})
    assert handler("recordings")(messages, None) == {"batchItemFailures": []}
    assert wired.letters.buried == [("m1", "second_recording")]


@pytest.mark.parametrize(
    "change",
    [
        {"name": "../../secrets"},
        {"name": "ct_0123456789ABCDEFGHJKMNPQRS.1"},
        {"contact": 7},
        {"days": 8},
        {"days": True},
        {"seconds": "9"},
        {"reference": None},
        {"queue": 3},
        {"deadline": "soon"},
    ],
)
def test_nonsense_is_set_aside_and_touches_nothing(
    centre: RecordedCentre, wired: Wired, change: dict[str, Any]
) -> None:
    found = {**asdict(order(centre)), **change}
    assert handler("recordings")(batch(found), None) == {"batchItemFailures": []}
    assert wired.letters.buried == [("m0", "invalid_message")]
    assert centre.world.archive.kept == {}


@pytest.mark.parametrize("body", ["{", "[]", "7", "{}"])
def test_what_is_no_order_is_set_aside(centre: RecordedCentre, wired: Wired, body: str) -> None:
    assert handler("recordings")(batch(body), None) == {"batchItemFailures": []}
    assert wired.letters.buried == [("m0", "invalid_message")]


def test_the_carrier_s_word_over_http_orders_the_copy(centre: RecordedCentre, wired: Wired) -> None:
    contact_id = centre.talking(f"CA{1:032x}")
    centre.hang_up(contact_id)
    (sound,) = centre.world.recorder.sounds.values()
    form = {
        "AccountSid": wired.twilio.account,
        "CallSid": f"CA{1:032x}",
        "RecordingSid": sound.reference,
        "RecordingStatus": "completed",
        "RecordingDuration": "42",
        "RecordingSource": "StartCallRecordingAPI",
    }
    answer = wired.webhook("recording", form, {"c": contact_id, "name": sound.name})
    assert answer["statusCode"] == 204
    (found,) = centre.world.copies.waiting
    assert (found.name, found.seconds) == (sound.name, 42)
    assert handler("recordings")(batch(asdict(found)), None) == {"batchItemFailures": []}
    assert centre.states(contact_id) == {"1": "STORED"}
