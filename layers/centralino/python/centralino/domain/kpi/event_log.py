"""Read the event log: envelopes to records, without duplicates and in order.

Decides what an envelope must carry and which of two copies counts. Never interprets an event.

An event is the EventBridge envelope: ``{"detail-type": ..., "detail": {"metadata": {...},
"data": {...}}}``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One event as the folds read it: typed metadata, and the data as it came."""

    type: str
    entity_id: str
    sequence: int
    event_id: str
    occurred_ms: int
    correlation_id: str
    business_unit: str
    data: Mapping[str, Any]


def in_order(events: Iterable[Event]) -> list[Recorded]:
    """Drop duplicates and order events by entity and sequence.

    Should two different events ever claim one place, the lower event id wins, so that the result
    does not depend on the order of arrival.
    """
    kept: dict[tuple[str, int], Recorded] = {}
    for event in events:
        record = read(event)
        place = (record.entity_id, record.sequence)
        other = kept.get(place)
        if other is None or record.event_id < other.event_id:
            kept[place] = record
    return [kept[place] for place in sorted(kept)]


def read(event: Event) -> Recorded:
    """Read one envelope.

    Raises
    ------
    ValueError
        Naming what is missing or wrong.
    """
    try:
        detail = event["detail"]
        metadata = detail["metadata"]
        return Recorded(
            type=str(event["detail-type"]),
            entity_id=str(metadata["entity_id"]),
            sequence=int(metadata["sequence"]),
            event_id=str(metadata.get("event_id", "")),
            occurred_ms=milliseconds(metadata["occurred_at"]),
            correlation_id=str(metadata.get("correlation_id") or metadata["entity_id"]),
            business_unit=str(metadata.get("business_unit", "")),
            data=detail.get("data") or {},
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not an event of the contract: {reason(error)}") from error


def milliseconds(moment: int | str) -> int:
    """Read a time given as UTC milliseconds or as ISO 8601 with its offset.

    Raises
    ------
    ValueError
        When the text has no offset: a local time cannot be placed in an interval.
    """
    if isinstance(moment, int) and not isinstance(moment, bool):
        return moment
    if not isinstance(moment, str):
        raise ValueError(f"{moment!r} is not a time")
    parsed = datetime.fromisoformat(moment)
    if parsed.tzinfo is None:
        raise ValueError(f"{moment!r} has no UTC offset")
    # Whole numbers throughout: a float of seconds loses the last millisecond of some dates.
    whole = int(parsed.replace(microsecond=0).timestamp())
    return whole * 1000 + parsed.microsecond // 1000


def reason(error: Exception) -> str:
    """Say what was wrong with an event, in a few words."""
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
