"""Waiting for what happens elsewhere: looked for again and again, and never longer than told."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_LOOK_S = 0.05


def until(look: Callable[[], T | None], what: str, within: float = 20.0) -> T:
    """Return what ``look`` finds, as soon as it finds something true.

    Parameters
    ----------
    what
        What was waited for, told when it does not come.
    within
        Seconds until that.

    Raises
    ------
    AssertionError
        It did not come in time.
    """
    deadline = time.monotonic() + within
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {within:g} s: {what}"
        time.sleep(_LOOK_S)
