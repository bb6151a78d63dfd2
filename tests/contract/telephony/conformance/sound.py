"""Where in a WAV file something can be heard."""

from __future__ import annotations

import io
import wave


def loud(sound: bytes, parts: int = 8) -> list[bool]:
    """Tell of each of so many parts of equal length whether it is anything but silence."""
    with wave.open(io.BytesIO(sound)) as read:
        raw = read.readframes(read.getnframes())
    size = len(raw) // parts
    return [any(raw[at * size : (at + 1) * size]) for at in range(parts)]
