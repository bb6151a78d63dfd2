"""An occurrence in the envelope of the bus. No pydantic here: the relay runs it per event."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from centralino.domain.consents import CONSENT
from centralino.domain.events import Occurrence
from centralino.domain.ids import AGENT
from centralino.domain.recordings import ACCESS, RECORDING

SCHEMA_VERSION = 1
#: Prefix of the entity's id -> source.
_SOURCES = {
    AGENT: "centralino.agents",
    CONSENT: "centralino.consents",
    RECORDING: "centralino.recordings",
    ACCESS: "centralino.recordings",
}


def source(occurrence: Occurrence) -> str:
    """Return the EventBridge source of an event."""
    return _SOURCES.get(occurrence.entity_id[:3], "centralino.contacts")


def detail(occurrence: Occurrence) -> dict[str, Any]:
    """Return ``{"metadata": ..., "data": ...}`` as ``contracts.events`` describes it."""
    return {
        "metadata": {
            "event_id": occurrence.event_id,
            "entity_id": occurrence.entity_id,
            "sequence": occurrence.sequence,
            "schema_version": SCHEMA_VERSION,
            "correlation_id": occurrence.correlation_id,
            "causation_id": occurrence.causation_id,
            "occurred_at": iso(occurrence.occurred_at),
            "business_unit": occurrence.business_unit,
        },
        "data": occurrence.data,
    }


def iso(milliseconds: int) -> str:
    """Return UTC milliseconds as ISO 8601, always with three decimals."""
    moment = datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}Z"
