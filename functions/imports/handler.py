"""Imports: takes in what another contact centre tells of its calls."""

from __future__ import annotations

from typing import Any

from centralino.runtime import imports


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Consume a batch of messages."""
    return imports.take(event)
