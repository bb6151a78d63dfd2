"""Realtime: connections of agents' and callers' pages, and what a page says over them."""

from __future__ import annotations

from typing import Any

from centralino.runtime import socket


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer ``$connect``, ``$disconnect``, ``ack``, ``voice``, ``signal`` or anything else."""
    return socket.answer(event)
