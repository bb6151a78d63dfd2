"""The window in which a customer is promised that the phone first rings.

Pure: what is known of the wait comes in, the half-open window comes out. Whether the whole of it
lies in allowed hours is for whoever promises it to see.
"""

from __future__ import annotations

from centralino.domain.promises.estimate import Estimate


def promised(told: Estimate, now: int, first: int, margin_ms: int) -> tuple[int, int]:
    """Return the window of a callback that keeps its place in line. UTC milliseconds.

    Parameters
    ----------
    told : Estimate
        What is known of the wait for that place.
    now, first : int
        The moment of asking, and the first at which the customer may be called.
    margin_ms : int
        What is allowed for beyond the wait: the agent's answer, the dial.

    Examples
    --------
    >>> told = Estimate(3, lower_ms=60_000, upper_ms=240_000, expected_ms=0, deviation_ms=0)
    >>> promised(told, now=1_000_000, first=1_000_000, margin_ms=300_000)
    (1060000, 1540000)
    """
    start = max(first, now + told.lower_ms)
    return start, start + told.upper_ms - told.lower_ms + margin_ms
