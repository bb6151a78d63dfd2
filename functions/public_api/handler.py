"""Public API: what anybody's page asks without signing in."""

from __future__ import annotations

from typing import Any

from centralino.runtime.public import public


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request of the HTTP API under ``/v1/public``."""
    return public.resolve(event, context)
