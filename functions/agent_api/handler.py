"""Agent API: what a signed-in agent's page asks and commands."""

from __future__ import annotations

from typing import Any

from centralino.runtime.api import api


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request of the HTTP API."""
    return api.resolve(event, context)
