"""Cut contact facts by agent, by queue leg, or by any attribute.

Decides what part of a contact belongs to an agent or to a queue when several took part. Never
computes a figure: the results are facts again, for the same formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from typing import TypeVar

from centralino.domain.kpi.facts import ContactFacts, LeftQueue, Outcome, QueueLeg, Stage

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

_OUTCOMES = {
    LeftQueue.ABANDONED: Outcome.ABANDONED,
    LeftQueue.CALLBACK_REQUESTED: Outcome.CALLBACK_REQUESTED,
    LeftQueue.OVERFLOWED: Outcome.OVERFLOWED,
    LeftQueue.EXPIRED: Outcome.EXPIRED,
    LeftQueue.SYSTEM: Outcome.SYSTEM,
}


def group_by(facts: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """Group facts by an attribute, such as priority or queue."""
    groups: dict[K, list[T]] = {}
    for fact in facts:
        groups.setdefault(key(fact), []).append(fact)
    return groups


def by_agent(facts: Iterable[ContactFacts]) -> dict[str, list[ContactFacts]]:
    """Group contacts by the agents who had a part in them, each with that agent's part only.

    Waiting figures of such a group concern the contacts that reached the agent, not the agent.
    """
    groups: dict[str, list[ContactFacts]] = {}
    for fact in facts:
        for agent in dict.fromkeys(s.agent_id for s in fact.segments if s.agent_id is not None):
            own = tuple(s for s in fact.segments if s.agent_id == agent)
            groups.setdefault(agent, []).append(replace(fact, segments=own))
    return groups


def by_queue(facts: Iterable[ContactFacts]) -> dict[str, list[ContactFacts]]:
    """Group contacts by queue, a contact of several legs counting once in each leg's queue.

    A leg that overflowed is an overflow of its queue even when another queue answered later, so
    the groups add up to more contacts than came in. Menu abandonments belong to no queue.
    """
    groups: dict[str, list[ContactFacts]] = {}
    for fact in facts:
        for leg in fact.legs:
            groups.setdefault(leg.queue, []).append(_as_contact(fact, leg))
    return groups


def _as_contact(fact: ContactFacts, leg: QueueLeg) -> ContactFacts:
    served = tuple(s for s in fact.segments if s.leg == leg.number)
    first, last = leg is fact.legs[0], leg is fact.legs[-1]
    outcome, ended = fact.outcome, fact.ended_ms
    if leg.left_by is not None and leg.left_by is not LeftQueue.ANSWERED:
        outcome = _OUTCOMES[leg.left_by]
    elif not last:
        outcome = Outcome.HANDLED
    if not last:
        ended = served[-1].ended_ms if served else leg.left_ms
    end = leg.left_ms if leg.answered_ms is None else leg.answered_ms
    return replace(
        fact,
        queue=leg.queue,
        requested_ms=fact.requested_ms if first else leg.enqueued_ms,
        enqueued_ms=leg.enqueued_ms,
        dequeued_ms=leg.left_ms,
        answered_ms=leg.answered_ms,
        ended_ms=ended,
        outcome=outcome,
        stage=(fact.stage or Stage.QUEUE) if outcome is Outcome.ABANDONED else None,
        wait_ms=None if end is None else max(0, end - leg.enqueued_ms),
        legs=(leg,),
        segments=served,
        transfers=tuple(t for t in fact.transfers if t.leg == leg.number),
    )
