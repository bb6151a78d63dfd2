"""Contacts that are alike, and what they ask of agents: nothing else about an agent matters."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

from centralino.domain.configuration.model import Configuration, Plan, ProfileQueue, Queue, Step
from centralino.domain.contacts.model import Channel
from centralino.domain.routing.strategies import SKILL_WEIGHTED

if TYPE_CHECKING:
    from centralino.domain.routing.demands import Demand
    from centralino.domain.routing.seats import Post

#: Skills, each with the level that is needed.
Need: TypeAlias = "frozenset[tuple[str, int]]"


class Line:
    """The contacts of one queue, plan and channel: their rules over time.

    Attributes
    ----------
    needs : list of int
        The index of what each step of the plan needs.
    breaks : list of int
        Ages in milliseconds at which what its contacts accept changes.
    delayed : bool
        Whether some profile sees them only after a while.
    levels : dict of int to list
        By the priority that profiles give the queue: the demand of each age bracket, once made.
    demands : list or None
        Those towards the profiles whose turn it is, if there are such profiles.
    """

    __slots__ = ("breaks", "channel", "delayed", "demands", "levels", "needs", "plan", "queue")

    def __init__(self, queue: Queue, plan: Plan, channel: Channel, needs: list[int]) -> None:
        self.queue = queue
        self.plan = plan
        self.channel = channel
        self.needs = needs
        self.breaks: list[int] = []
        self.delayed = False
        self.levels: dict[int, list[Demand | None]] = {}
        self.demands: list[Demand | None] | None = None

    def face(self, ways: Iterable[ProfileQueue]) -> None:
        """Find the breaks, given how the profiles at hand serve the queue."""
        ages = {step.after_ms for step in self.plan.steps}
        levels = set()
        for way in ways:
            levels.add(way.priority)
            if way.delay_ms > 0:
                self.delayed = True
                ages.add(way.delay_ms)
        self.breaks = sorted([age for age in ages if age > 0])
        self.levels = {level: [None] * (len(self.breaks) + 1) for level in levels}

    def bracket(self, waited: int) -> int:
        """Return the age bracket of a contact that has waited this long."""
        return bisect_right(self.breaks, waited)

    def age(self, bracket: int) -> int:
        """Return the waiting time at which a bracket begins."""
        return self.breaks[bracket - 1] if bracket else 0


class Lines:
    """The lines of a snapshot.

    Attributes
    ----------
    all : list of Line
    needs : dict of Need to int
        What steps of their plans need, each with its index.
    skills : dict of str
        The skills that matter.
    weighed : dict of str
        Those whose very level matters, because a strategy weighs it.
    queues : set of str
        Where contacts wait.
    level : int
        The priority of the profiles whose turn it is.
    """

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._lines: dict[tuple[str, str, Channel], Line | None] = {}
        self.all: list[Line] = []
        self.needs: dict[Need, int] = {}
        self.skills: dict[str, int] = {}
        self.weighed: dict[str, int] = {}
        self.queues: set[str] = set()
        self.level = 0

    def line(self, queue_id: str, plan_id: str, channel: Channel) -> Line | None:
        """Return the line of a queue and plan; ``None`` when the queue no longer exists.

        A plan that no longer exists asks for nothing: its contacts are served, not forgotten.
        """
        key = (queue_id, plan_id, channel)
        if key in self._lines:
            return self._lines[key]
        line = None
        queue = self._configuration.queues.get(queue_id)
        if queue is not None:
            plan = self._configuration.plans.get(plan_id) or Plan(plan_id, channel, (Step(),))
            needs = []
            for step in plan.steps:
                self.skills.update(step.skills)
                need = frozenset(step.skills.items())
                needs.append(self.needs.setdefault(need, len(self.needs)))
            if queue.strategy == SKILL_WEIGHTED:
                self.weighed.update(plan.steps[0].skills)
            self.queues.add(queue_id)
            line = Line(queue, plan, channel, needs)
            self.all.append(line)
        self._lines[key] = line
        return line

    def face(self, posts: Iterable[Post]) -> None:
        """Tell the lines who is there to serve them."""
        for line in self.all:
            queue = line.queue.id
            line.face([post.serves[queue] for post in posts if queue in post.serves])

    @property
    def levels(self) -> list[int]:
        """Return every priority that a profile at hand gives to some queue, the first first."""
        return sorted({level for line in self.all for level in line.levels})

    def turn_to(self, level: int) -> None:
        """Turn to the profiles that give a queue this priority."""
        self.level = level
        for line in self.all:
            line.demands = line.levels.get(level)
