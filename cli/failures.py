"""How a command ends when it cannot do what was asked: one line, and an exit status.

2 is bad input, 1 anything else, 130 an interruption, as shells have it.
"""

from __future__ import annotations

import sys
from typing import NoReturn

import typer

BAD_INPUT = 2
FAILED = 1
INTERRUPTED = 130


def fail(message: object, status: int = FAILED) -> NoReturn:
    """Say why on standard error and end the command."""
    print(f"centralino: {message}", file=sys.stderr)
    raise typer.Exit(status)
