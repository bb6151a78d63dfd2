"""Timers: wakes what waited on the outside for too long."""

from __future__ import annotations

from typing import Any

from centralino.runtime import workers


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Consume a batch of timers."""
    return workers.fire_timers(event)
