"""Sweep: once a minute, finds what a lost message left behind."""

from __future__ import annotations

from typing import Any

from centralino.runtime import workers


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Run every check once."""
    return workers.sweep()
