"""The record of a decision: who was chosen, who else was looked at, and what stood against them.

A record names at most five agents, each with a code of :data:`REASONS`, and stays within 250
bytes as stored; what does not fit is left out from the end, never the chosen agent. Five ids of
the length we issue always fit.
"""

from __future__ import annotations

from centralino.domain.contacts.model import Decision
from centralino.domain.routing.demands import Demand
from centralino.domain.routing.model import WaitingContact

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

# Makes a named tuple without the call of Python that its own way takes: there are many.
_new = tuple.__new__


def record(
    demand: Demand, contact: WaitingContact, agent: str, able: int = 0, bit: int = -1
) -> Decision:
    """Return the record of a choice made by the queue's strategy.

    Parameters
    ----------
    agent : str
        The one chosen.
    able, bit : int
        The set of the demand's lane from which it was chosen, and its own place there.
    """
    refused, rank = demand.refused, demand.lane.rank
    if not contact.tried and demand.usual_ids:
        others = rank.names(able, MOST - 1 - len(refused), bit)
        return _new(Decision, (demand.rule, demand.step, ((agent, "ok"), *refused, *others)))
    aside = [(name, "tr") for name in sorted(contact.tried) if name != agent]
    candidates = [(agent, "ok"), *aside[:2]]
    named = {name for name, _ in candidates}
    others = [*refused, *rank.names(able, MOST, bit)]
    candidates += [candidate for candidate in others if candidate[0] not in named]
    return fitted(demand.rule, demand.step, candidates)


def moved(before: Decision, agent: str, other: str) -> Decision:
    """Return the record of a contact moved to an agent to make room at another."""
    rest = [c for c in before.candidates[1:] if c[0] != agent]
    return fitted(before.rule, before.step, [(agent, "mv"), (other, "gv"), *rest])


def fitted(rule: str, step: int, candidates: list[tuple[str, str]]) -> Decision:
    """Return a decision with as many of the candidates as fit."""
    del candidates[MOST:]
    while len(candidates) > 1 and _weight(rule, candidates) > LIMIT:
        candidates.pop()
    return Decision(rule, step, tuple(candidates))


def _weight(rule: str, candidates: list[tuple[str, str]]) -> int:
    texts = "".join([agent + why for agent, why in candidates])
    return _FRAME + len(rule) + len(texts.encode()) + _PER_CANDIDATE * len(candidates)
