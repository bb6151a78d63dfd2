"""A log that is kept for assertions."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """One line: level, message and fields."""

    level: str
    message: str
    fields: dict[str, Any] = field(default_factory=dict)


class MemoryLog:
    """The port ``Log``: the last ``keep`` lines."""

    def __init__(self, keep: int | None = None) -> None:
        self.lines: deque[Line] = deque(maxlen=keep)

    def info(self, message: str, **fields: Any) -> None:
        """Keep a line of what happened."""
        self.lines.append(Line("info", message, fields))

    def warning(self, message: str, **fields: Any) -> None:
        """Keep a line of what went wrong and was handled."""
        self.lines.append(Line("warning", message, fields))

    def error(self, message: str, **fields: Any) -> None:
        """Keep a line of what went wrong."""
        self.lines.append(Line("error", message, fields))

    def of(self, level: str) -> list[Line]:
        """Return the kept lines of a level."""
        return [line for line in self.lines if line.level == level]
