"""Outbox relay: turns stored changes into published events, nudges and repairs."""

from __future__ import annotations

from typing import Any

from centralino.runtime import workers


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Consume a batch of the contacts' or the agents' stream."""
    return workers.relay(event)
