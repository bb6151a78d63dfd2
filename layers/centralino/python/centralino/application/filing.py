"""Events of records in ``ops``, as text beside the record's own attributes.

An item whose attributes hold :data:`TOLD` is relayed; each write holds the events of that write
alone, so nothing is told twice but by a repeated delivery, which keeps the event ids.
"""

from __future__ import annotations

import json
from typing import Any

from centralino.domain.events import Event
from centralino.domain.filing import Filed

#: The attribute that holds the events of an item's last write.
TOLD = "told"


def told(filed: Filed) -> dict[str, str]:
    """Return the attribute that carries these events; none where there is nothing to tell."""
    if not filed.events:
        return {}
    document = {
        "id": filed.id,
        "sequence": filed.sequence,
        "business_unit": filed.business_unit,
        "at": filed.updated_at,
        "cause": filed.cause,
        "correlation": filed.correlation,
        "events": [[event.type, dict(event.data)] for event in filed.events],
    }
    return {TOLD: json.dumps(document, separators=(",", ":"))}


def read(text: str) -> Filed:
    """Return what :func:`told` wrote."""
    document: dict[str, Any] = json.loads(text)
    return Filed(
        id=document["id"],
        sequence=document["sequence"],
        business_unit=document["business_unit"],
        updated_at=document["at"],
        cause=document["cause"],
        correlation=document["correlation"],
        events=tuple(Event(kind, data) for kind, data in document["events"]),
    )
