"""Recordings: keeps here what the carrier has recorded, and has it forgotten there."""

from __future__ import annotations

from typing import Any

from centralino.runtime import recordings


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Consume a batch of orders to copy."""
    return recordings.copy(event)
