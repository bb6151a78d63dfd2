"""Contacts as the matcher handles them: demands, each a set of contacts that accept the same.

What a contact accepts changes with its waiting time only at the breaks of its line (a step of its
plan, the delay of a profile), so contacts of one queue, plan and age bracket are alike but for
the agents they tried. A demand knows who may take its contacts, as a set, and chooses the best of
those it is shown; it never assigns.
"""

from __future__ import annotations

from centralino.domain.ids import offer_id
from centralino.domain.routing.lanes import LOOK, Lanes
from centralino.domain.routing.lines import Line
from centralino.domain.routing.model import WaitingContact
from centralino.domain.routing.strategies import RANDOM, draw

#: How many agents ahead in order but passed over for cause a decision may name.
_REFUSED = 2


class Demand:
    """Contacts of a line that have reached the same bracket, towards profiles of one priority.

    Attributes
    ----------
    eligible : int
        Who may take these contacts by rules alone, as a set of its lane.
    spent : bool
        Nobody is left, not even by moving other contacts. It never becomes false again: agents
        only get busier during a matching.
    spent_without : set of int
        The same for contacts that set aside these agents (a set of its lane).
    refused : tuple
        Up to two agents passed over for cause, with the reason.
    """

    __slots__ = (
        "_lanes", "_need", "_reach", "_ways", "channel", "drawn", "eligible", "lane", "refused",
        "rule", "spent", "spent_without", "step", "usual_ids",
    )  # fmt: skip

    def __init__(self, line: Line, level: int, bracket: int, lanes: Lanes) -> None:
        age = line.age(bracket)
        self.channel = line.channel
        self.rule = line.queue.strategy
        self.drawn = self.rule == RANDOM
        self.step = max(0, sum([step.after_ms <= age for step in line.plan.steps]) - 1)
        self.spent = False
        self.spent_without: set[int] = set()
        self.usual_ids = lanes.usual_ids
        self.lane = lanes.lane(line.queue, line.plan, line.channel)
        self._lanes = lanes
        self._ways = queue, _, seen_at = line.queue.id, level, age if line.delayed else None
        self._need = line.needs[self.step]
        self._reach: int | None = None
        rank = self.lane.rank
        in_time = rank.serving(*self._ways)
        queued = rank.serving(queue, level) if seen_at is not None else in_time
        self.eligible = in_time & rank.meeting(self._need)
        self.refused = self._refusals(queued & self.lane.free, in_time)

    @property
    def reach(self) -> int:
        """Who may take these contacts by rules alone, as a set of the base rank."""
        if self._reach is None:
            base = self._lanes.base
            self._reach = base.serving(*self._ways) & base.meeting(self._need)
        return self._reach

    def choose(self, contact: WaitingContact, able: int) -> int:
        """Return the place (bit) that the strategy chooses among some, which are not none."""
        if self.drawn:
            rid = offer_id(contact.contact, contact.version + 1)
            return _nth(able, draw(rid, able.bit_count()))
        return able.bit_length() - 1

    def _refusals(self, queued: int, in_time: int) -> tuple[tuple[str, str], ...]:
        """Return the first of those who serve the queue, and have room, but may not take it."""
        refused = queued & ~self.eligible
        if not refused:
            return ()
        rank = self.lane.rank
        near = -1 << max(0, queued.bit_length() - LOOK)
        early = rank.names(refused & near & ~in_time, _REFUSED)
        first = rank.names(refused & near, _REFUSED)
        return tuple([(agent, "dl" if (agent, rk) in early else "sk") for agent, rk in first])


def _nth(places: int, index: int) -> int:
    """Return the ``index``-th place (bit) of a set, from 0, the highest first."""
    low = 0
    while index > 2:
        half = places.bit_length() // 2
        upper = places >> half
        count = upper.bit_count()
        if index < count:
            places, low = upper, low + half
        else:
            places ^= upper << half
            index -= count
    for _ in range(index):
        places ^= 1 << places.bit_length() - 1
    return low + places.bit_length() - 1
