"""How the agents of a queue are ordered: smaller comes first.

A strategy is an order over agents, sometimes after a grade over groups of like agents (skills,
scarcity). It decides only *which* of the agents able to take a contact gets it; *whether* a
contact is served is decided by order and matching alone.

==================== =====================================================================
``longest_idle``     fewest contacts in hand, then idle for longest
``least_recent``     offered something longest ago
``fewest_contacts``  fewest contacts taken since signing in, then longest idle
``random``           any, drawn from the offer's id, so that a decision can be reproduced
``round_robin``      in a ring by agent id, after the one offered something last
``linear``           by agent id, always from the first
``skill_weighted``   highest sum of levels in the skills the contact asks for, then longest idle
``scarce_first``     whoever can do least else (written ``scarce_profile_first``)
==================== =====================================================================
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from centralino.domain.routing.model import AvailableAgent
    from centralino.domain.routing.seats import Ability, Post

LONGEST_IDLE = "longest_idle"
LEAST_RECENT = "least_recent"
FEWEST_CONTACTS = "fewest_contacts"
RANDOM = "random"
ROUND_ROBIN = "round_robin"
LINEAR = "linear"
SKILL_WEIGHTED = "skill_weighted"
SCARCE_FIRST = "scarce_profile_first"

STRATEGIES = (
    LONGEST_IDLE,
    LEAST_RECENT,
    FEWEST_CONTACTS,
    RANDOM,
    ROUND_ROBIN,
    LINEAR,
    SKILL_WEIGHTED,
    SCARCE_FIRST,
)

#: Strategies for which the first page of agents, longest idle first, already holds the answer.
ORDERED_BY_INDEX = frozenset({LONGEST_IDLE})

# Above every millisecond time: one contact in hand outweighs any idle time.
_HAND = 1 << 50
# Above every idle order: a grade outweighs it.
_GRADE = 1 << 64

Key = Callable[["AvailableAgent", int, "Post", "Ability"], int]
"""Takes an agent, how many contacts it will have taken in this matching by then, its profile and
its skills."""


def _idle(agent: AvailableAgent, turn: int, _post: Post, _ability: Ability) -> int:
    if turn or agent.used:
        return agent.idle_since + _HAND * (sum(agent.used.values()) + turn)
    return agent.idle_since


def _recent(agent: AvailableAgent, turn: int, _post: Post, _ability: Ability) -> int:
    # One who got something in this very matching was offered something most recently of all.
    return agent.last_offer_at + _HAND * turn


def _taken(agent: AvailableAgent, turn: int, post: Post, ability: Ability) -> int:
    return (agent.taken + turn) * _GRADE + _idle(agent, turn, post, ability)


def _scarce(agent: AvailableAgent, turn: int, post: Post, ability: Ability) -> int:
    return post.breadth * _GRADE + _idle(agent, turn, post, ability)


def _fixed(_agent: AvailableAgent, _turn: int, _post: Post, _ability: Ability) -> int:
    return 0


_KEYS: dict[str, Key] = {
    LONGEST_IDLE: _idle,
    LEAST_RECENT: _recent,
    FEWEST_CONTACTS: _taken,
    # Drawn later; a fixed order is what a draw is reproducible from.
    RANDOM: _fixed,
    LINEAR: _fixed,
    SCARCE_FIRST: _scarce,
}


def order_of(strategy: str, queue: str, wanted: Iterable[str]) -> str:
    """Return the name of the agent order in use; equal names may share one rank."""
    if strategy == ROUND_ROBIN:
        return f"{ROUND_ROBIN}#{queue}"
    if strategy == SKILL_WEIGHTED:
        return f"{SKILL_WEIGHTED}#{'#'.join(sorted(wanted))}"
    return strategy if strategy in _KEYS else LONGEST_IDLE


def key_of(order: str, *, pivot: str | None = None, wanted: Iterable[str] = ()) -> Key:
    """Return the sort key of an order; ties are always broken by agent id.

    Parameters
    ----------
    pivot : str, optional
        The agent a ring starts after.
    wanted : iterable of str
        The skills to weigh.
    """
    if order in _KEYS:
        return _KEYS[order]

    def lap(agent: AvailableAgent, turn: int, _post: Post, _ability: Ability) -> int:
        behind = pivot is not None and agent.agent <= pivot
        return 2 * turn + behind

    @cache
    def grade(ability: Ability) -> int:
        return _GRADE * sum(ability.levels.get(skill, 0) for skill in wanted)

    def skilled(agent: AvailableAgent, turn: int, post: Post, ability: Ability) -> int:
        return _idle(agent, turn, post, ability) - grade(ability)

    return lap if order.startswith(ROUND_ROBIN) else skilled


def draw(rid: str, size: int) -> int:
    """Return a number under ``size`` that depends on the offer's id alone."""
    digest = hashlib.blake2b(rid.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % size
