"""Amazon Connect's contact events as they come over EventBridge.

They are told on a best-effort basis, in no order, sometimes twice; the casing of their keys
varies between published samples (``agentInfo``, ``AgentInfo``), and fields are added over time.
So keys are read in any casing, and what is not known is ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from centralino.domain.errors import InvalidRequest
from centralino.domain.imports.history import Method, Part, Sighting

SOURCE = "aws.connect"
DETAIL_TYPE = "Amazon Connect Contact Event"

_METHODS = {
    "INBOUND": Method.INBOUND,
    "OUTBOUND": Method.OUTBOUND,
    "TRANSFER": Method.TRANSFER,
    "QUEUE_TRANSFER": Method.TRANSFER,
    "CALLBACK": Method.CALLBACK,
    "API": Method.INBOUND,
    # A flow that goes on after the agent has left: a part of the same call.
    "DISCONNECT": Method.TRANSFER,
    "MONITOR": Method.MONITOR,
}
_CHANNELS = {"VOICE": "voice", "CHAT": "chat", "EMAIL": "email", "TASK": "task"}
_ENDED_BY = {
    "CUSTOMER_DISCONNECT": "caller",
    "AGENT_DISCONNECT": "agent",
    "THIRD_PARTY_DISCONNECT": "agent",
}
_LONGEST_ID = 256


def read(event: Mapping[str, Any]) -> Sighting | None:
    """Return what an event tells; ``None`` where it tells nothing about a call's life.

    Raises
    ------
    InvalidRequest
        It is no contact event, or lacks its ids, or has a time that is none (code
        ``malformed_event``).
    """
    if event.get("source") != SOURCE or event.get("detail-type") != DETAIL_TYPE:
        raise InvalidRequest("the message is no contact event", code="malformed_event")
    detail = _folded(event.get("detail"))
    contact, instance = _id(detail, "contactid"), _id(detail, "instancearn")
    queue, agent = _folded(detail.get("queueinfo")), _folded(detail.get("agentinfo"))
    method = _METHODS.get(str(detail.get("initiationmethod", "")).upper(), Method.UNKNOWN)
    left = _time(detail, "disconnecttimestamp")
    served = _both(_time(agent, "connectedtoagenttimestamp"), agent.get("agentarn"))
    part = Part(
        id=contact,
        method=method,
        channel=_CHANNELS.get(str(detail.get("channel", "")).upper(), ""),
        started_at=_time(detail, "initiationtimestamp"),
        queued=_both(_time(queue, "enqueuetimestamp"), queue.get("queuearn")),
        agent=served[0] if served else None,
        left=(left, _ended_by(detail)) if left is not None else None,
        hold_ms=_hold_ms(agent),
        wrapped_at=_completed(detail, agent, left, event),
    )
    if part.last_known is None:
        return None
    initial = detail.get("initialcontactid")
    root = initial if isinstance(initial, str) and initial else contact
    if method is Method.CALLBACK and root != contact:
        # A call of its own, which answers the one that asked for it.
        return Sighting(contact, _last_of(instance), part, asked_by=root)
    return Sighting(root, _last_of(instance), part)


def _completed(
    detail: Mapping[str, Any],
    agent: Mapping[str, Any],
    left: int | None,
    event: Mapping[str, Any],
) -> int | None:
    if str(detail.get("eventtype", "")).upper() != "COMPLETED":
        return None
    return _time(agent, "aftercontactworkendtimestamp") or left or _time(event, "time")


def _ended_by(detail: Mapping[str, Any]) -> str:
    return _ENDED_BY.get(str(detail.get("disconnectreason", "")).upper(), "system")


def _hold_ms(agent: Mapping[str, Any]) -> int:
    seconds = agent.get("agentinitiatedholdduration")
    return seconds * 1000 if isinstance(seconds, int) and seconds > 0 else 0


def _both(at: int | None, arn: Any) -> tuple[tuple[int, str], ...]:
    return ((at, _last_of(arn)),) if at is not None and isinstance(arn, str) and arn else ()


def _last_of(arn: str) -> str:
    """Return the resource's own id: the last part of its address."""
    return arn.rpartition("/")[2]


def _folded(value: Any) -> dict[str, Any]:
    return {str(k).lower(): v for k, v in value.items()} if isinstance(value, Mapping) else {}


def _id(detail: Mapping[str, Any], name: str) -> str:
    value = detail.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_ID:
        raise InvalidRequest(f"the event has no {name}", code="malformed_event")
    return value


def _time(fields: Mapping[str, Any], name: str) -> int | None:
    value = fields.get(name)
    if value is None or value == "":
        return None
    try:
        moment = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError as error:
        raise InvalidRequest(f"{name} is no time", code="malformed_event") from error
    return round(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)
