"""The record of a decision: who was chosen, who else was looked at, and what stood against them.

A record names at most five agents, each with a code of :data:`REASONS`, and stays within 250
bytes as stored; what does not fit is left out from the end, never the chosen agent. Five ids of
the length we issue always fit.
"""

from __future__ import annotations

from collections.abc import Mapping

from centralino.domain.contacts.model import Decision
from centralino.domain.routing.demands import Demand
from centralino.domain.routing.model import WaitingContact
from centralino.domain.routing.seats import Seat

REASONS: dict[str, str] = {
    "ok": "chosen: first in the queue's strategy among those able to take the contact",
    "pf": "chosen: the agent this contact prefers",
    "mv": "chosen: moved here so that one contact more could be served",
    "tr": "set aside: this contact was offered to the agent a moment ago",
    "sk": "lacks a skill, or its level, asked for at this step",
    "dl": "the profile keeps this queue for its own agents a while longer",
    "rk": "able and free, but later in the strategy's order",
    "gv": "gave way: given to another contact that nobody else could serve",
}

PREFERRED = "preferred_agent"
MOST = 5
LIMIT = 250

# What a stored record weighs beyond its texts: the attribute's name, the step, the containers.
_FRAME = 12
_PER_CANDIDATE = 2


def record(demand: Demand, contact: WaitingContact, seat: Seat) -> Decision:
    """Return the record of a choice made by the queue's strategy, before the seat is taken."""
    refused = demand.refused
    if not contact.tried:
        others = demand.next_best(seat, MOST - 1 - len(refused))
        if not demand.lane.long_ids:
            chosen = (seat.entry.agent, "ok")
            return Decision(demand.rule, demand.step, (chosen, *refused, *others))
        return fitted(demand.rule, demand.step, [(seat.entry.agent, "ok"), *refused, *others])
    candidates = [(seat.entry.agent, "ok"), *_set_aside(contact.tried, seat)]
    for candidate in [*refused, *demand.next_best(seat, MOST)]:
        if all(candidate[0] != agent for agent, _ in candidates):
            candidates.append(candidate)
    return fitted(demand.rule, demand.step, candidates)


def moved(before: Decision, seat: Seat, other: Seat) -> Decision:
    """Return the record of a contact moved to ``seat`` to make room at ``other``."""
    rest = [c for c in before.candidates[1:] if c[0] != seat.entry.agent]
    candidates = [(seat.entry.agent, "mv"), (other.entry.agent, "gv"), *rest]
    return fitted(before.rule, before.step, candidates)


def fitted(rule: str, step: int, candidates: list[tuple[str, str]]) -> Decision:
    """Return a decision with as many of the candidates as fit."""
    del candidates[MOST:]
    while len(candidates) > 1 and _weight(rule, candidates) > LIMIT:
        candidates.pop()
    return Decision(rule, step, tuple(candidates))


def _weight(rule: str, candidates: list[tuple[str, str]]) -> int:
    texts = sum(len(agent.encode()) + len(why) + _PER_CANDIDATE for agent, why in candidates)
    return _FRAME + len(rule) + texts


def _set_aside(tried: Mapping[str, int], chosen: Seat) -> list[tuple[str, str]]:
    return [(agent, "tr") for agent in sorted(tried) if agent != chosen.entry.agent][:2]
