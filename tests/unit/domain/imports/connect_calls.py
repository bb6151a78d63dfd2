"""Contact events of an Amazon Connect instance, as EventBridge delivers them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

INSTANCE = "12345678-1234-1234-1234-123456789012"
QUEUE = "aaaaaaaa-0000-0000-0000-000000000001"
AGENT = "bbbbbbbb-0000-0000-0000-000000000001"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
T0 = int(START.timestamp() * 1000)


def at(seconds: float) -> str:
    """Return a time of the day in Connect's format."""
    moment = datetime.fromtimestamp(T0 / 1000 + seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def event(kind: str, contact: str = "c1", **detail: Any) -> dict[str, Any]:
    """Return one event about a contact."""
    return {
        "version": "0",
        "id": f"{contact}-{kind}",
        "detail-type": "Amazon Connect Contact Event",
        "source": "aws.connect",
        "account": "111122223333",
        "time": at(600),
        "region": "eu-west-1",
        "resources": [],
        "detail": {
            "eventType": kind,
            "contactId": contact,
            "channel": "VOICE",
            "instanceArn": f"arn:aws:connect:eu-west-1:111122223333:instance/{INSTANCE}",
            "initiationMethod": "INBOUND",
            "initiationTimestamp": at(0),
            **detail,
        },
    }


def queue_info(seconds: float, queue: str = QUEUE) -> dict[str, Any]:
    """Return the part of an event about the queue."""
    arn = f"arn:aws:connect:eu-west-1:111122223333:instance/{INSTANCE}/queue/{queue}"
    return {"queueArn": arn, "queueType": "STANDARD", "enqueueTimestamp": at(seconds)}


def agent_info(seconds: float, agent: str = AGENT, **more: Any) -> dict[str, Any]:
    """Return the part of an event about the agent."""
    arn = f"arn:aws:connect:eu-west-1:111122223333:instance/{INSTANCE}/agent/{agent}"
    return {"agentArn": arn, "connectedToAgentTimestamp": at(seconds), **more}


def answered_call(contact: str = "c1") -> list[dict[str, Any]]:
    """Return a call: 10 s of flow, 30 s in the queue, 120 s of talk, 20 s of wrap-up."""
    queued = {"queueInfo": queue_info(10)}
    talking = {**queued, "agentInfo": agent_info(40)}
    left = {
        **talking,
        "disconnectTimestamp": at(160),
        "disconnectReason": "CUSTOMER_DISCONNECT",
    }
    wrapped = agent_info(
        40, afterContactWorkStartTimestamp=at(160), afterContactWorkEndTimestamp=at(180)
    )
    return [
        event("INITIATED", contact),
        event("CONNECTED_TO_SYSTEM", contact, connectedToSystemTimestamp=at(1)),
        event("QUEUED", contact, **queued),
        event("CONNECTED_TO_AGENT", contact, **talking),
        event("DISCONNECTED", contact, **left),
        event("COMPLETED", contact, **{**left, "agentInfo": wrapped}),
    ]
