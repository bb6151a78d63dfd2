"""Call events: a carrier's webhook becomes one command; the answer says what the call does."""

from __future__ import annotations

from typing import Any

from centralino.runtime import carrier


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one webhook of ``POST /v1/telephony/twilio/{step}``."""
    return carrier.answer(event)
