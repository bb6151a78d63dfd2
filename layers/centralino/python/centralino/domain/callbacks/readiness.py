"""When a customer is rung before an agent is found. Pure.

Too early, and people are called to wait for nobody; too late, and agents wait for people. The
promise stands above both: a window that would otherwise pass is kept without an agent.
"""

from __future__ import annotations

#: A window is used to wait for an agent up to its middle, but for this much of its end.
LEAST_REST_MS = 120_000


def ring_by(window: tuple[int, int] | None, until: int) -> int:
    """Return when the customer is rung even if no agent is expected.

    The second half of a window is left for the ringing itself, and for the carrier, which takes
    only so many calls in a second; a request without one is rung before it expires.

    Examples
    --------
    >>> ring_by((0, 1_800_000), 86_400_000), ring_by((0, 60_000), 86_400_000)
    (900000, 0)
    """
    if window is None:
        return until - LEAST_REST_MS
    start, end = window
    return max(start, end - max(LEAST_REST_MS, (end - start) // 2))


def ready_to_ring(
    *, now: int, by: int, ahead: int, ringing: int, free: int, expected_ms: int | None, lead_ms: int
) -> bool:
    """Tell whether a customer is rung now.

    Parameters
    ----------
    by : int
        See :func:`ring_by`.
    ahead : int
        Who waits in front of them.
    ringing : int
        Customers of the queue who are being rung for an agent as well.
    free : int
        Agents who could take the next call.
    expected_ms : int or None
        The wait to expect for their place in line; ``None`` while nobody can tell.
    lead_ms : int
        How long before an agent is expected they are rung.

    Examples
    --------
    >>> queue = {"now": 0, "by": 60_000, "expected_ms": None, "lead_ms": 20_000}
    >>> ready_to_ring(ahead=1, ringing=0, free=2, **queue)
    True
    >>> ready_to_ring(ahead=1, ringing=1, free=2, **queue)
    False
    """
    if now >= by or free > ahead + ringing:
        return True
    if expected_ms is None:
        return False
    # Those who are being rung are in no line yet, but each takes an agent of its own.
    return expected_ms * (ahead + ringing + 1) <= lead_ms * (ahead + 1)
