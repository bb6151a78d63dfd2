"""Realtime: connections of agents' pages, and what a page says over them."""

from __future__ import annotations

from typing import Any

from centralino.runtime import socket


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer ``$connect``, ``$disconnect``, ``ack`` or any other message."""
    return socket.answer(event)
