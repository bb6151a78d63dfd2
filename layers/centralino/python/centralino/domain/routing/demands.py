"""Contacts as the matcher handles them: demands, each a set of contacts that accept the same.

What a contact accepts changes with its waiting time only at the breaks of its line (a step of its
plan, the delay of a profile), so contacts of one queue, plan and age bracket are alike but for
the agents they tried. A demand knows the kinds of agents that may take its contacts and finds
the best agent among them; it never assigns.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection

from centralino.domain.configuration.model import (
    Configuration,
    Plan,
    ProfileQueue,
    Queue,
    Step,
)
from centralino.domain.contacts.model import Channel
from centralino.domain.ids import offer_id
from centralino.domain.routing.model import WaitingContact
from centralino.domain.routing.seats import Kind, Lane, Need, Seat, Seating
from centralino.domain.routing.strategies import (
    RANDOM,
    ROUND_ROBIN,
    Key,
    draw,
    key_of,
    order_of,
)

#: How many agents ahead in order but passed over for cause a decision may name.
_REFUSED = 2
#: How far ahead they are looked for.
_LOOK = 16


class Line:
    """The contacts of one queue, plan and channel: their rules over time."""

    __slots__ = ("breaks", "channel", "delayed", "levels", "needs", "plan", "queue")

    def __init__(
        self,
        queue: Queue,
        plan: Plan,
        channel: Channel,
        serving: Collection[ProfileQueue],
        needs: list[int],
    ) -> None:
        """Find the breaks; ``needs`` are the indexes of the steps' needs."""
        self.queue = queue
        self.plan = plan
        self.channel = channel
        self.needs = needs
        delays = {served.delay_ms for served in serving if served.delay_ms > 0}
        self.delayed = bool(delays)
        ages = delays | {step.after_ms for step in plan.steps if step.after_ms > 0}
        self.breaks = sorted(ages)
        self.levels: dict[int, list[Demand | None]] = {
            served.priority: [None] * (len(self.breaks) + 1) for served in serving
        }

    def bracket(self, waited: int) -> int:
        """Return the age bracket of a contact that has waited this long."""
        return bisect_right(self.breaks, waited)

    def age(self, bracket: int) -> int:
        """Return the waiting time at which a bracket begins."""
        return self.breaks[bracket - 1] if bracket else 0


class Demand:
    """Contacts of a line that have reached the same bracket, towards profiles of one priority.

    Attributes
    ----------
    at : int
        How far it has come along its lane.
    spent : bool
        Nobody is left, not even by moving other contacts. It never becomes false again: agents
        only get busier during a matching.
    spent_without : set of frozenset
        The same for contacts that set aside these agents.
    refused : list
        Up to two agents passed over for cause, with the reason.
    """

    __slots__ = (
        "_all", "_kinds", "at", "channel", "eligible", "lane", "line", "raffle", "refused", "rule",
        "spent", "spent_without", "step",
    )  # fmt: skip

    def __init__(
        self,
        line: Line,
        bracket: int,
        kinds: list[Kind],
        lane: Lane,
        by_need: list[frozenset[Kind]],
    ) -> None:
        """Prepare.

        Parameters
        ----------
        kinds : list of Kind
            Those of the lane, eligible or not.
        by_need : list of frozenset of Kind
            Who satisfies each need, whatever queue they serve.
        """
        age = line.age(bracket)
        steps = [index for index, step in enumerate(line.plan.steps) if step.after_ms <= age]
        self.line = line
        self.channel = line.channel
        self.rule = line.queue.strategy
        self.step = steps[-1] if steps else 0
        self.spent = False
        self.spent_without: set[frozenset[str]] = set()
        # May name kinds of other queues as well: the lane never shows them.
        self.eligible = by_need[line.needs[self.step]]
        if line.delayed:
            queue = line.queue.id
            self.eligible &= frozenset(k for k in kinds if k.serves[queue].delay_ms <= age)
        self._all = kinds
        self._kinds: list[Kind] | None = None
        self.at = 0
        self.lane = lane
        self.refused = self._refusals(age)
        self.raffle: list[Seat] | None = None
        if self.rule == RANDOM:
            self.raffle = [i[3] for i in lane.items if i[3].kind in self.eligible]

    @property
    def kinds(self) -> list[Kind]:
        """Who may take these contacts, by rules alone."""
        if self._kinds is None:
            eligible = self.eligible
            self._kinds = [kind for kind in self._all if kind in eligible]
        return self._kinds

    def _refusals(self, age: int) -> list[tuple[str, str]]:
        queue = self.line.queue.id
        refused: dict[str, str] = {}
        for _, agent, _, seat in self.lane.items[:_LOOK]:
            # An agent given something before this demand came up may stand in the lane twice.
            if seat.kind not in self.eligible:
                refused[agent] = "dl" if seat.kind.serves[queue].delay_ms > age else "sk"
                if len(refused) == _REFUSED:
                    break
        return list(refused.items())

    def best(self, contact: WaitingContact) -> Seat | None:
        """Return the seat the strategy chooses for a contact of this demand, if any is left."""
        if self.raffle is not None:
            return self._drawn(contact, self.raffle)
        items, at, eligible = self.lane.items, self.at, self.eligible
        end = len(items)
        while at < end:
            _, _, stamp, seat = items[at]
            if seat.stamp == stamp and seat.kind in eligible:
                self.at = at
                return seat
            at += 1
        self.at = at
        return None

    def best_of(self, contact: WaitingContact, allowed: Callable[[Seat], bool]) -> Seat | None:
        """Return the seat chosen among those allowed."""
        if self.raffle is not None:
            return self._drawn(contact, [seat for seat in self.raffle if allowed(seat)])
        items = self.lane.items
        for at in range(self.at, len(items)):
            _, _, stamp, seat = items[at]
            if seat.stamp == stamp and seat.kind in self.eligible and allowed(seat):
                return seat
        return None

    def next_best(self, chosen: Seat, most: int) -> list[tuple[str, str]]:
        """Return a few agents that follow the chosen one in order, free as well, as ranked."""
        found: list[tuple[str, str]] = []
        if most > 0:
            items, eligible, at = self.lane.items, self.eligible, self.at
            for _, _, stamp, seat in items[at : at + _LOOK]:
                if seat.stamp == stamp and seat is not chosen and seat.kind in eligible:
                    found.append(seat.ranked)
                    if len(found) == most:
                        break
        return found

    def _drawn(self, contact: WaitingContact, seats: list[Seat]) -> Seat | None:
        rid = offer_id(contact.contact, contact.version + 1)
        attempt = 0
        while seats:
            index = draw(rid, len(seats), attempt)
            seat = seats[index]
            if seat.room(self.channel):
                return seat
            # Never again: drop it in constant time. Which seat comes in its place follows from
            # the draws so far, hence from the contacts in order.
            seats[index] = seats[-1]
            seats.pop()
            attempt += 1
        return None


class Demands:
    """Makes lines, lanes and demands on first use."""

    def __init__(self, configuration: Configuration, seating: Seating, needs: list[Need]) -> None:
        self._configuration = configuration
        self._seating = seating
        self._needs = {frozenset(need.items()): index for index, need in enumerate(needs)}
        self._served: dict[str, set[ProfileQueue]] = {}
        self._lines: dict[tuple[str, str, Channel], Line | None] = {}
        self._lanes: dict[tuple[str, int, str, Channel], tuple[list[Kind], Lane]] = {}

    def line(self, queue_id: str, plan_id: str, channel: Channel) -> Line | None:
        """Return the line of a queue and plan; ``None`` when the queue no longer exists.

        A plan that no longer exists asks for nothing: its contacts are served, not forgotten.
        """
        key = (queue_id, plan_id, channel)
        if key not in self._lines:
            queue = self._configuration.queues.get(queue_id)
            self._lines[key] = None
            if queue is not None:
                plan = plan_in_force(self._configuration, plan_id, channel)
                needs = [self._needs[frozenset(step.skills.items())] for step in plan.steps]
                self._lines[key] = Line(queue, plan, channel, self._serving(queue_id), needs)
        return self._lines[key]

    def demand(self, line: Line, level: int, bracket: int) -> Demand:
        """Return the demand of a line's bracket towards profiles of this priority."""
        known = line.levels[level][bracket]
        if known is None:
            kinds, lane = self._lane(line, level)
            known = Demand(line, bracket, kinds, lane, self._seating.by_need)
            line.levels[level][bracket] = known
        return known

    def could_take(self, line: Line, kind: Kind) -> bool:
        """Tell whether a kind may take contacts of a line at any age."""
        return line.queue.id in kind.serves and not kind.met.isdisjoint(line.needs)

    def _serving(self, queue: str) -> set[ProfileQueue]:
        """Return how the profiles of the agents at hand serve a queue."""
        known = self._served.get(queue)
        if known is None:
            kinds = self._seating.by_queue.get(queue, ())
            known = self._served[queue] = {kind.serves[queue] for kind in kinds}
        return known

    def _lane(self, line: Line, level: int) -> tuple[list[Kind], Lane]:
        queue = line.queue.id
        order = order_of(line.queue.strategy, queue, line.plan.id)
        key = (queue, level, order, line.channel)
        known = self._lanes.get(key)
        if known is None:
            serving = self._seating.by_queue.get(queue, [])
            kinds = [kind for kind in serving if kind.serves[queue].priority == level]
            lane = Lane(kinds, order, line.channel, self._key(order, line))
            known = self._lanes[key] = (kinds, lane)
        return known

    def _key(self, order: str, line: Line) -> Key:
        pivot = self._pivot(line.queue.id) if order.startswith(ROUND_ROBIN) else None
        return key_of(order, pivot, line.plan.steps[0].skills)

    def _pivot(self, queue: str) -> str | None:
        """Return the agent of a queue that was offered something last."""
        members = (
            (seat.entry.last_offer_at, seat.entry.agent)
            for kind in self._seating.by_queue.get(queue, [])
            for seat in kind.seats
            if seat.entry.last_offer_at > 0
        )
        return max(members, default=(0, None))[1]


def plan_in_force(configuration: Configuration, plan_id: str, channel: Channel) -> Plan:
    """Return a plan, or one that asks for nothing where it no longer exists."""
    return configuration.plans.get(plan_id) or Plan(plan_id, channel, (Step(),))
