"""Which canonical actions this adapter renders; a conformance suite is generated from it."""

from __future__ import annotations

CAPABILITIES: frozenset[str] = frozenset({"Say", "Pause", "Gather", "Queue", "Bridge", "Hangup"})
