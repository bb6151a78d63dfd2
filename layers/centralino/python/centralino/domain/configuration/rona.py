"""The answer to missed offers (ring on no answer): graduated, so that one miss blocks nobody.

It decides what a miss leads to; the agent state machine carries it out.
"""

from __future__ import annotations

from dataclasses import dataclass

from centralino.domain.configuration.model import Queue


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows a missed offer.

    Attributes
    ----------
    not_ready : bool
        The agent becomes NOT_READY (``rona``) until it says otherwise.
    behind : bool
        The agent stays ROUTABLE, its idle clock starting anew: others are offered contacts first.
    set_aside_ms : int
        How long the missed contact is not offered to this agent again.
    """

    not_ready: bool
    behind: bool
    set_aside_ms: int


def verdict(queue: Queue, missed_before: int) -> Verdict:
    """Return what follows a miss of an agent that missed ``missed_before`` in a row already."""
    over = missed_before + 1 >= queue.rona.limit
    return Verdict(not_ready=over, behind=not over, set_aside_ms=queue.set_aside_ms)
