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

Cost. Contacts alike share one demand, and a set of agents is one number with a bit for each
(:mod:`.lanes`), so that who is able to take a contact, and who of them comes first, are single
operations. A contact touches an agent only when it takes one; the work grows with contacts plus
agents, all but a bit per pair of the two.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import groupby
from typing import Any, cast

from centralino.domain.configuration.model import Configuration
from centralino.domain.routing import paging
from centralino.domain.routing.demands import Demand
from centralino.domain.routing.exchange import Exchange, Matched
from centralino.domain.routing.lanes import Lanes
from centralino.domain.routing.lines import Line, Lines
from centralino.domain.routing.model import A, Assignment, Matching, Snapshot, W, WaitingContact
from centralino.domain.routing.ordering import in_order
from centralino.domain.routing.records import PREFERRED, fitted, record
from centralino.domain.routing.seats import Seating


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
    matcher = _Matcher(snapshot, now, configuration)
    matcher.run()
    matched, left = matcher.matched, matcher.left
    return Matching(
        assignments=tuple(cast("list[Assignment[W, A]]", matched.assignments)),
        wants=paging.wanted(snapshot, matcher.seating, matcher.lanes, matcher.lines, matched, left),
        unserved=matcher.total - len(matched.assignments),
        again_at=paging.next_look(left, now),
    )


class _Matcher:
    """One matching. Contacts go by number; ``contacts`` and ``line_of`` say what a number means."""

    def __init__(
        self, snapshot: Snapshot[Any, Any], now: int, configuration: Configuration
    ) -> None:
        self.now = now
        self.reachable = snapshot.reachable
        self.lines = Lines(configuration)
        self.contacts: list[WaitingContact] = []
        self.line_of: list[Line] = []
        self.rows, self.total = self._rows(snapshot)
        agents = [e for pages in snapshot.available.values() for e in pages.entries]
        self.seating = Seating(agents, configuration, self.lines, len(self.rows))
        self.lines.face(self.seating.all_posts)
        self.lanes = Lanes(self.seating)
        self.matched = Matched()
        self.left: dict[Line, list[WaitingContact]] = {}

    def _rows(self, snapshot: Snapshot[Any, Any]) -> tuple[list[int], int]:
        """Take in the contacts, each once in its newest version, and put them in order of service.

        Returns
        -------
        (list of int, int)
            Their numbers in order, and how many contacts there are, those of queues that no
            longer exist included.
        """
        contacts, line_of = self.contacts, self.line_of
        strangers: set[str] = set()
        for pages in snapshot.waiting.values():
            entries = pages.entries
            while entries:
                # All of one channel, unless a plan was given another one under old contacts.
                channel = entries[0].channel
                line = self.lines.line(pages.queue, pages.plan, channel)
                same = [entry for entry in entries if entry.channel is channel]
                if line is None:
                    strangers.update(entry.contact for entry in same)
                else:
                    contacts += same
                    line_of += [line] * len(same)
                if len(same) == len(entries):
                    break
                entries = [entry for entry in entries if entry.channel is not channel]
        rows = in_order([c.virtual_time for c in contacts], lambda row: contacts[row].contact)
        known = {contact.contact for contact in contacts}
        if len(known) < len(contacts):
            newest: dict[str, int] = {}
            for row in rows:
                other = newest.setdefault(contacts[row].contact, row)
                if contacts[row].version > contacts[other].version:
                    newest[contacts[row].contact] = row
            rows = [row for row in rows if newest[contacts[row].contact] == row]
        if len({contact.tier for contact in contacts}) > 1:
            rows.sort(key=lambda row: contacts[row].tier)
        return rows, len(known | strangers)

    def run(self) -> None:
        """Match block after block while anybody has room."""
        contacts, line_of = self.contacts, self.line_of
        levels = self.lines.levels
        for rows in self._tiers():
            left = rows
            for level in levels:
                if not left or not self.lanes.open:
                    break
                left = self._block(left, level)
            for row in left:
                self.left.setdefault(line_of[row], []).append(contacts[row])

    def _tiers(self) -> list[list[int]]:
        rows, contacts = self.rows, self.contacts
        if not rows or contacts[rows[0]].tier == contacts[rows[-1]].tier:
            return [rows]
        return [list(tier) for _, tier in groupby(rows, key=lambda row: contacts[row].tier)]

    def _block(self, rows: list[int], level: int) -> list[int]:
        """Serve contacts of one tier from agents that give their queue this priority."""
        now, lanes, matched, entries = self.now, self.lanes, self.matched, self.seating.entries
        exchange = Exchange(matched, self.seating, lanes)
        self.lines.turn_to(level)
        contacts, line_of, ids = self.contacts, self.line_of, self.seating.ids
        left: list[int] = []
        for index, row in enumerate(rows):
            contact, line = contacts[row], line_of[row]
            if contact.preferred is not None and self._kept(contact, line):
                if not self._place_with_preferred(contact, line, exchange):
                    left.append(row)
                continue
            if line.demands is None:
                left.append(row)
                continue
            bracket = bisect_right(line.breaks, now - contact.enqueued_at)
            demand = line.demands[bracket] or self._demand(line, bracket)
            if demand.spent:
                left.append(row)
                continue
            if contact.tried and any(until > now for until in contact.tried.values()):
                if not self._place_elsewhere(contact, demand, exchange):
                    left.append(row)
                continue
            able = demand.eligible & demand.lane.free
            if able:
                bit = demand.choose(contact, able) if demand.drawn else able.bit_length() - 1
                place = lanes.take(demand.lane, bit)
                why = record(demand, contact, ids[place], able, bit)
                matched.add(contact, entries[place], why, place, demand)
            elif not lanes.open:
                left += rows[index:]
                break
            elif (freed := exchange.make_room(demand)) is not None:
                why = record(demand, contact, ids[freed])
                matched.add(contact, entries[freed], why, freed, demand)
            else:
                left.append(row)
        return left

    def _demand(self, line: Line, bracket: int) -> Demand:
        """Return the demand of a line's bracket towards the profiles whose turn it is."""
        demands = line.levels[self.lines.level]
        known = demands[bracket]
        if known is None:
            known = demands[bracket] = Demand(line, self.lines.level, bracket, self.lanes)
        return known

    def _place_elsewhere(self, contact: WaitingContact, demand: Demand, exchange: Exchange) -> bool:
        """Serve a contact that sets some agents aside."""
        now, seating, lane = self.now, self.seating, demand.lane
        aside = [a for a, until in contact.tried.items() if until > now and a in seating.first]
        without = lane.rank.of(aside)
        if without in demand.spent_without:
            return False
        able, bit = demand.eligible & lane.free & ~without, -1
        if able:
            bit = demand.choose(contact, able)
            place = self.lanes.take(lane, bit)
        else:
            freed = exchange.make_room(demand, aside=aside)
            if freed is None:
                demand.spent_without.add(without)
                return False
            place = freed
        chosen = seating.entries[place]
        why = record(demand, contact, chosen.agent, able, bit)
        self.matched.add(contact, chosen, why, place)
        return True

    def _kept(self, contact: WaitingContact, line: Line) -> bool:
        """Tell whether the contact still accepts its preferred agent alone."""
        agent = contact.preferred or ""
        if self.now - contact.enqueued_at >= line.plan.prefer_ms:
            return False
        if contact.tried.get(agent, 0) > self.now:
            return False
        place = self.seating.first.get(agent)
        if place is None:
            return agent in self.reachable and agent not in self.seating.elsewhere
        return line.queue.id in self.seating.posts[place].serves

    def _place_with_preferred(
        self, contact: WaitingContact, line: Line, exchange: Exchange
    ) -> bool:
        agent, seating = contact.preferred or "", self.seating
        place = seating.stands(agent)
        if place is None or seating.posts[place].serves[line.queue.id].priority != self.lines.level:
            return False
        demand = self._demand(line, line.bracket(self.now - contact.enqueued_at))
        if line.channel in seating.free[place]:
            self.lanes.take(demand.lane, demand.lane.rank.bits[place])
        else:
            freed = exchange.make_room(demand, only=agent)
            if freed is None:
                return False
            place = freed
        why = fitted(PREFERRED, demand.step, [(agent, "pf")])
        self.matched.add(contact, seating.entries[place], why, place)
        return True
