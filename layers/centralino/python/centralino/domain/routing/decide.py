"""The matcher: which waiting contact goes to which available agent, and why.

It decides assignments from what it is shown; it never reads, writes, or asks the time.

Order. Contacts are served by strict tier, then by the priority the agent's routing profile gives
their queue (1 comes first), then by virtual time, then by id. With several tiers or priorities
that makes blocks, one after the other.

Who is served. Within a block, contacts are taken in order; one that finds no agent may still be
served by moving earlier ones to other agents they accept (:mod:`.exchange`). So a block serves as
many contacts as can be, and of all ways to do that the one that favours older contacts: a younger
contact is served while an older one waits only when its agent could not have served the older
one. What it costs is the strategy's wish: under shortage a contact may get another agent than
the first of its strategy, never a later turn.

By whom. The queue's strategy chooses among the agents a contact accepts (:mod:`.strategies`).
A contact with a preferred agent accepts nobody else while its plan says so, unless that agent is
away or was tried.

Cost. Agents alike are one kind, contacts alike one demand; a contact touches an agent only when
it takes one, so the work grows with contacts plus agents, not with their product.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeAlias, cast

from centralino.domain.configuration.model import Configuration
from centralino.domain.routing import paging
from centralino.domain.routing.demands import Demand, Demands, Line, plan_in_force
from centralino.domain.routing.exchange import Exchange, Pair
from centralino.domain.routing.model import A, Assignment, Matching, Snapshot, W, WaitingContact
from centralino.domain.routing.records import PREFERRED, fitted, record
from centralino.domain.routing.seats import Kind, Need, Seat, Seating
from centralino.domain.routing.strategies import SKILL_WEIGHTED

Row: TypeAlias = "tuple[int, int, str, WaitingContact, Line]"


def decide(snapshot: Snapshot[W, A], now: int, configuration: Configuration) -> Matching[W, A]:
    """Return who gets whom.

    Parameters
    ----------
    snapshot : Snapshot
        What was read of one pool.
    now : int
        UTC milliseconds.
    configuration : Configuration
        The business rules in force. Entries whose queue or profile it does not know are ignored.

    Returns
    -------
    Matching
        The same for the same snapshot, in whatever order its entries come.

    Examples
    --------
    >>> decide(Snapshot({}, {}), 0, Configuration(1, {}, {}, {}, {}, {}, {})).assignments
    ()
    """
    matcher = _Matcher(cast("Snapshot[Any, Any]", snapshot), now, configuration)
    matcher.run()
    wants = paging.wanted(
        snapshot, matcher.seating, matcher.demands, matcher.pairs, matcher.unserved
    )
    return Matching(
        assignments=tuple(
            Assignment(cast("W", p.contact), cast("A", p.seat.entry), p.decision)
            for p in matcher.pairs
        ),
        wants=wants,
        unserved=matcher.total - len(matcher.pairs),
        again_at=paging.next_look(matcher.unserved, now),
    )


class _Matcher:
    def __init__(
        self, snapshot: Snapshot[Any, Any], now: int, configuration: Configuration
    ) -> None:
        self.now = now
        self.reachable = snapshot.reachable
        needs, weighed = _needs(snapshot, configuration)
        entries = (e for pages in snapshot.available.values() for e in pages.entries)
        self.seating = Seating(entries, configuration, needs, weighed=weighed)
        self.demands = Demands(configuration, self.seating, needs)
        self.pairs: list[Pair] = []
        self.rows, self.total = self._rows(snapshot)
        self.unserved: list[Row] = []

    def _rows(self, snapshot: Snapshot[Any, Any]) -> tuple[list[Row], int]:
        """Return the contacts in order of service, each once, in its newest version."""
        rows: list[Row] = []
        strangers: set[str] = set()
        for pages in snapshot.waiting.values():
            entries = pages.entries
            while entries:
                # All of one channel, unless a plan was given another one under old contacts.
                channel = entries[0].channel
                line = self.demands.line(pages.queue, pages.plan, channel)
                same = [entry for entry in entries if entry.channel is channel]
                if line is None:
                    strangers.update(entry.contact for entry in same)
                else:
                    rows += [(e.tier, e.virtual_time, e.contact, e, line) for e in same]
                if len(same) == len(entries):
                    break
                entries = [entry for entry in entries if entry.channel is not channel]
        newest = {row[2]: row for row in rows}
        if len(newest) < len(rows):
            for row in rows:
                if row[3].version > newest[row[2]][3].version:
                    newest[row[2]] = row
            rows = list(newest.values())
        # The id makes every row distinct before the entry would be compared.
        rows.sort()
        return rows, len(strangers | newest.keys()) if strangers else len(rows)

    def run(self) -> None:
        """Match block after block while anybody has room."""
        levels = sorted({s.priority for kind in self.seating.kinds for s in kind.serves.values()})
        for _, tier in groupby(self.rows, key=itemgetter(0)):
            left = list(tier)
            for level in levels:
                if not left or not self.seating.open:
                    break
                left = self._block(left, level)
            self.unserved += left

    def _block(self, rows: list[Row], level: int) -> list[Row]:
        """Serve contacts of one tier from agents that give their queue this priority."""
        exchange = Exchange(self.pairs)
        for kind in self.seating.kinds:
            kind.failed.clear()
        left: list[Row] = []
        now, pairs, seating = self.now, self.pairs, self.seating
        add = pairs.append
        for index, row in enumerate(rows):
            if not seating.open:
                left += rows[index:]
                break
            contact, line = row[3], row[4]
            if contact.preferred is not None and self._kept(contact, line):
                if not self._place_with_preferred(contact, line, level, exchange):
                    left.append(row)
                continue
            demands = line.levels.get(level)
            if demands is None:
                left.append(row)
                continue
            breaks = line.breaks
            bracket = bisect_right(breaks, now - contact.enqueued_at) if breaks else 0
            demand = demands[bracket] or self.demands.demand(line, level, bracket)
            if demand.spent:
                left.append(row)
            elif contact.tried and any(until > now for until in contact.tried.values()):
                if not self._place_elsewhere(contact, demand, exchange):
                    left.append(row)
            elif (seat := demand.best(contact)) is not None:
                add(Pair(contact, seat, demand, record(demand, contact, seat), True))
                if not seat.take(demand.channel):
                    seating.open -= 1
            elif (freed := self._make_room(demand, exchange)) is not None:
                add(Pair(contact, freed, demand, record(demand, contact, freed), True))
            else:
                demand.spent = True
                _mark_failed(demand.kinds, demand)
                left.append(row)
        return left

    def _place_elsewhere(self, contact: WaitingContact, demand: Demand, exchange: Exchange) -> bool:
        """Serve a contact that sets some agents aside."""
        now, by_agent = self.now, self.seating.by_agent
        aside = frozenset(a for a, until in contact.tried.items() if until > now and a in by_agent)
        if aside in demand.spent_without:
            return False

        def allowed(seat: Seat) -> bool:
            return seat.entry.agent not in aside

        seat = demand.best_of(contact, allowed)
        if seat is not None:
            decision = record(demand, contact, seat)
            if not seat.take(demand.channel):
                self.seating.open -= 1
        else:
            seat = self._make_room(demand, exchange, allowed)
            if seat is None:
                demand.spent_without.add(aside)
                _mark_failed(demand.kinds, demand)
                return False
            decision = record(demand, contact, seat)
        self.pairs.append(Pair(contact, seat, demand, decision, False))
        return True

    def _kept(self, contact: WaitingContact, line: Line) -> bool:
        """Tell whether the contact still accepts its preferred agent alone."""
        agent = contact.preferred or ""
        if self.now - contact.enqueued_at >= line.plan.prefer_ms:
            return False
        if contact.tried.get(agent, 0) > self.now:
            return False
        seat = self.seating.by_agent.get(agent)
        if seat is None:
            return agent in self.reachable
        return line.queue.id in seat.kind.serves

    def _place_with_preferred(
        self, contact: WaitingContact, line: Line, level: int, exchange: Exchange
    ) -> bool:
        seat = self.seating.by_agent.get(contact.preferred or "")
        if seat is None or seat.kind.serves[line.queue.id].priority != level:
            return False
        bracket = line.bracket(self.now - contact.enqueued_at)
        demand = self.demands.demand(line, level, bracket)
        if seat.room(line.channel):
            if not seat.take(line.channel):
                self.seating.open -= 1
        elif self._make_room(demand, exchange, lambda other: other is seat, [seat.kind]) is None:
            _mark_failed([seat.kind], demand)
            return False
        decision = fitted(PREFERRED, demand.step, [(seat.entry.agent, "pf")])
        self.pairs.append(Pair(contact, seat, demand, decision, False))
        return True

    def _make_room(
        self,
        demand: Demand,
        exchange: Exchange,
        allowed: Callable[[Seat], bool] | None = None,
        kinds: list[Kind] | None = None,
    ) -> Seat | None:
        made = exchange.make_room(demand, allowed, kinds)
        if made is None:
            return None
        if not made[1]:
            self.seating.open -= 1
        return made[0]


def _mark_failed(kinds: list[Kind], demand: Demand) -> None:
    for kind in kinds:
        kind.failed.add(demand.channel)


def _needs(
    snapshot: Snapshot[Any, Any], configuration: Configuration
) -> tuple[list[Need], frozenset[str]]:
    """Return every need in play, each once, and the skills whose level a strategy weighs."""
    needs: dict[frozenset[tuple[str, int]], Need] = {frozenset(): {}}
    weighed: set[str] = set()
    for pages in snapshot.waiting.values():
        for entry in pages.entries[:1]:
            plan = plan_in_force(configuration, pages.plan, entry.channel)
            for step in plan.steps:
                needs.setdefault(frozenset(step.skills.items()), step.skills)
            queue = configuration.queues.get(pages.queue)
            if queue is not None and queue.strategy == SKILL_WEIGHTED:
                weighed.update(plan.steps[0].skills)
    return list(needs.values()), frozenset(weighed)
