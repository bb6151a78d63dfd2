"""Amazon Connect's events: read in any casing, refused with a reason, unknown fields ignored."""

from __future__ import annotations

from typing import Any

import pytest

from centralino.adapters.telephony.connect.events import read
from centralino.domain.errors import InvalidRequest
from centralino.domain.imports.history import Method
from tests.unit.domain.imports.connect_calls import INSTANCE, T0, answered_call, event

#: As in a published sample: other casing, an empty address, times that contradict each other.
SAMPLE: dict[str, Any] = {
    "detail-type": "Amazon Connect Contact Event",
    "source": "aws.connect",
    "time": "2026-03-02T09:10:00Z",
    "detail": {
        "eventType": "DISCONNECTED",
        "contactId": "c1",
        "initialContactId": "",
        "previousContactId": None,
        "channel": "Voice",
        "instanceArn": f"arn:aws::connect:eu-west-1:1:instance/{INSTANCE}",
        "initiationMethod": "OUTBOUND",
        "initiationTimestamp": "2026-03-02T09:00:00.000Z",
        "disconnectTimestamp": "2026-03-02T09:00:50.000Z",
        "queueInfo": {"queueArn": "arn", "enqueueTimestamp": "2026-03-02T09:01:00.000Z"},
        "AgentInfo": {
            "AgentArn": "arn",
            "connectedToAgentTimestamp": "2026-03-02T09:01:05.000Z",
        },
        "CustomerVoiceActivity": {"greetingStartTimestamp": "x"},
    },
}


def test_the_casing_of_keys_does_not_matter() -> None:
    news = read(SAMPLE)
    assert news is not None
    assert (news.root, news.instance) == ("c1", INSTANCE)
    assert news.part.channel == "voice"
    assert news.part.method is Method.OUTBOUND
    assert news.part.agent == (T0 + 65_000, "arn")
    assert news.part.left == (T0 + 50_000, "system")


def test_an_event_without_any_time_tells_nothing() -> None:
    assert read(event("AMD_DISABLED", initiationTimestamp=None)) is None


def test_the_end_of_wrap_up_is_the_end() -> None:
    completed = read(answered_call()[-1])
    assert completed is not None
    assert completed.part.wrapped_at == T0 + 180_000


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"source": "aws.ec2", "detail-type": "Amazon Connect Contact Event", "detail": {}},
        {**event("QUEUED"), "detail": None},
        {**event("QUEUED"), "detail": []},
        event("QUEUED", contact=""),
        event("QUEUED", contact="x" * 300),
        event("QUEUED", instanceArn=7),
        event("QUEUED", initiationTimestamp="yesterday"),
        event("QUEUED", queueInfo={"queueArn": "a", "enqueueTimestamp": {"x": 1}}),
    ],
)
def test_what_is_no_contact_event_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read(broken)
    assert refused.value.code == "malformed_event"
