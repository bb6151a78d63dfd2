"""The answer to missed offers (ring on no answer): graduated, so that one miss blocks nobody.

A miss that is overlooked leaves the agent ROUTABLE behind all others, and the contact is not
offered to them again for a while (``set_aside_ms``). One too many in a row makes the agent
NOT_READY (``rona``) until they say otherwise. It decides which of the two; the agent state machine
carries it out.
"""

from __future__ import annotations

from centralino.domain.configuration.model import Queue


def one_too_many(queue: Queue, missed_before: int) -> bool:
    """Tell whether a miss after ``missed_before`` in a row takes the agent out."""
    return missed_before + 1 >= queue.rona.limit
