"""Invariants of an agent's leg that is lost in mid-talk."""

from __future__ import annotations

from centralino.domain.contacts.model import TALKING, Contact, Segment
from tests.model.broken import require
from tests.model.evidence import Entity, Evidence


def lost_implies_timer(evidence: Evidence) -> None:
    """Whenever an agent's leg becomes lost, the timer that gives the caller on was durable before.

    And only the part of who talks, in a talk, is ever marked as lost.
    """
    name = "lost_implies_timer"
    for write in evidence.writes:
        if not isinstance(write.after, Contact):
            continue
        for segment in write.after.segments:
            if segment.lost_at is None:
                continue
            known = _segment(write.before, segment.rid)
            if known is None or known.lost_at is None:
                told = f"no timer of {segment.rid} was sent"
                require(segment.rid in write.rejoin_timers, name, told)
            talks = write.after.state in TALKING and write.after.rid == segment.rid
            require(talks, name, f"{segment.rid} is lost in {write.after.state}")


def only_the_lost_are_given_up(evidence: Evidence) -> None:
    """Nobody loses a caller whose leg is in the talk."""
    for write in evidence.writes:
        for event in write.after.events:
            if event.type == "AgentLost":
                segment = _segment(write.before, str(event.data["rid"]))
                require(
                    segment is not None and segment.lost_at is not None,
                    "only_the_lost_are_given_up",
                    f"{event.data['rid']} was there",
                )


def _segment(entity: Entity | None, rid: str) -> Segment | None:
    return entity.find_segment(rid) if isinstance(entity, Contact) else None
