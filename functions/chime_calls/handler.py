"""Chime calls: answers a SIP media application that asks what a call does next."""

from __future__ import annotations

from typing import Any

from centralino.runtime import chime


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one invocation."""
    return chime.answer(event)
