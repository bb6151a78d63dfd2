"""Structured logs: Powertools JSON, never a phone number, never a raw event."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

_NUMBER = re.compile(r"\+\d{5,15}")


def mask(text: str) -> str:
    """Return the text with every E.164 number reduced to its last two digits."""
    return _NUMBER.sub(lambda match: f"+***{match.group()[-2:]}", text)


class PowertoolsLog:
    """The ``Log`` port over a Powertools logger."""

    def __init__(self) -> None:
        self._logger = Logger()

    def info(self, message: str, **fields: Any) -> None:
        """Log what happened."""
        self._logger.info(message, extra=_masked(fields))

    def warning(self, message: str, **fields: Any) -> None:
        """Log what an operator may want to know."""
        self._logger.warning(message, extra=_masked(fields))

    def error(self, message: str, **fields: Any) -> None:
        """Log what an operator must know."""
        self._logger.error(message, extra=_masked(fields))


@cache
def log() -> PowertoolsLog:
    """Return the process's logger."""
    return PowertoolsLog()


def _masked(fields: dict[str, Any]) -> dict[str, Any]:
    return {k: mask(v) if isinstance(v, str) else v for k, v in fields.items()}
