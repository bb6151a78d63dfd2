"""Routing: drains each nudged pool once per batch."""

from __future__ import annotations

from typing import Any

from centralino.runtime import workers


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Consume a batch of nudges."""
    return workers.drain_nudged(event)
