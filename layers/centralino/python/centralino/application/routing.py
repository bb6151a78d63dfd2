"""Routing: one idempotent drain per pool, wherever it is triggered.

Anything may ask for a drain, any number of times, at any moment. Safety comes from the claim's
transaction; liveness from the stream relay, the timer sent before each claim and the heartbeat,
which the relay begins. Triggers are hints: a cool pool is drained where something changed, a hot
one by the consumer of its nudges, one at a time.

A pool too busy for one consumer is matched in parts (:mod:`centralino.application.parts`), each
by a consumer of its own. One that has done its part, and has contacts or agents left over, looks at
the others' and takes what has been left lying there.

Who drains in passing claims for what it has just written and leaves the pairs of others to them:
they were written a moment ago too, and their own drains are under way. Only a pair that has
lain there for longer is taken by whoever finds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from centralino.application import heat
from centralino.application.app import App
from centralino.application.claims import Chosen, Claims
from centralino.application.heartbeat import PERIOD_MS, arm_heartbeat
from centralino.application.heat import mark_hot
from centralino.application.pages import PoolPages
from centralino.application.parts import nudge, part_of, parts_of, pool_of
from centralino.application.ports import AvailableEntry, WaitingEntry
from centralino.domain.agents.model import Agent
from centralino.domain.configuration.pools import waiting_partitions
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import NotFound, TransientDependency
from centralino.domain.routing.decide import decide
from centralino.domain.routing.model import Matching

__all__ = [
    "DrainReport",
    "arm_heartbeat",
    "drain",
    "drain_nudged",
    "heartbeat",
    "mark_hot",
    "nudge_or_drain",
    "waiting_partitions",
]

#: The nudge consumer's function has 10 s; a drain stops by itself well before.
DEADLINE_MS = 7_000
#: Where a caller waits for the reply, the drain is left to the consumer sooner.
INLINE_DEADLINE_MS = 1_500
#: Messages that may lead from one to the next before the chain is cut as a runaway loop.
MAX_HOPS = 200
#: How many claims are sent between two looks at the clock.
CHUNK = 256
#: How many agents' pages are told at the latest before the next claims are sent.
UNTOLD_MOST = 512

#: More assignments than this at once are a crowd. Whoever else came with it sees the same
#: contacts and agents at this moment; claiming them all at once, most would claim in vain.
INLINE_MOST = 4
#: How often who drains in passing tries again after a claim in vain.
INLINE_TRIES = 3
#: Both sides of a pair have been there for so long: whoever wrote them is not at it any more.
OVERDUE_MS = 300


@dataclass(frozen=True, slots=True)
class DrainReport:
    """What one drain did.

    Attributes
    ----------
    assigned, failed : int
        Claims written, and claims that found a side stale, met another transaction, or whose
        outcome is unknown.
    unserved : int
        Contacts seen waiting that are still without an agent.
    round_trips : int
        Waits on the store; requests sent together count once.
    nudged : bool
        Whether the rest was left to another drain.
    """

    pool: str
    assigned: int = 0
    failed: int = 0
    unserved: int = 0
    round_trips: int = 0
    nudged: bool = False


def nudge_or_drain(
    app: App, pool: str, cause: str | None, *, fresh: Iterable[Contact | Agent] = ()
) -> DrainReport:
    """Drain a cool pool here and now; leave a hot or contended one to its consumer.

    Never raises for a service that fails: what was written before stands, and the pool is
    looked at again by the relay's nudge or the heartbeat.

    Parameters
    ----------
    fresh : iterable of Contact or Agent
        What the caller has just written, which the indexes may not show yet.
    """
    fresh = [*fresh]
    if heat.known_hot(app, pool) or heat.stranger(app, pool):
        return _left_to_consumer(app, pool, fresh)
    try:
        return _Drain(app, pool, cause, INLINE_DEADLINE_MS, hop=0, inline=True, fresh=fresh).run()
    except TransientDependency as error:
        app.log.warning("drain_failed", pool=pool, code=error.code)
        return _left_to_consumer(app, pool, fresh)


def drain_nudged(app: App, name: str, *, hop: int, cause: str | None) -> DrainReport:
    """Drain a pool for a nudge: to the end, or until the deadline and then nudge again.

    Parameters
    ----------
    name : str
        The pool, or the part of it, that the nudge names.

    Raises
    ------
    TransientDependency
        A service failed; the nudge must come again.
    """
    return drain(app, name, hop=hop, cause=cause)


def heartbeat(app: App, pool: str, *, hop: int, cause: str | None) -> DrainReport:
    """Look again at a pool in which somebody waited; while anybody does, arm the next beat.

    Raises
    ------
    TransientDependency
        A service failed; the beat must come again, or the chain would end here.
    """
    if heat.known_hot(app, pool):
        nudge(app, pool, hop=hop + 1)
        return DrainReport(pool, nudged=True)
    return _Drain(app, pool, cause, INLINE_DEADLINE_MS, hop=hop, inline=True, beat=True).run()


def drain(
    app: App,
    name: str,
    *,
    deadline_ms: int = DEADLINE_MS,
    hop: int = 0,
    cause: str | None,
    fresh: Iterable[Contact | Agent] = (),
) -> DrainReport:
    """Match and claim until nothing matches, whoever else may be doing the same.

    Parameters
    ----------
    name : str
        A pool, or a part of one.
    deadline_ms : int
        When to stop and nudge for the rest.
    hop : int
        How many messages led here.

    Raises
    ------
    TransientDependency
        A service failed before anything could be claimed; claims already written stay.
    """
    return _Drain(app, name, cause, deadline_ms, hop=hop, inline=False, fresh=fresh).run()


class _Drain:
    """One run over one pool: ``inline`` where it was triggered, else for its nudges."""

    def __init__(
        self,
        app: App,
        name: str,
        cause: str | None,
        deadline_ms: int,
        *,
        hop: int,
        inline: bool,
        beat: bool = False,
        fresh: Iterable[Contact | Agent] = (),
    ) -> None:
        self._app = app
        self._name, self._pool = name, pool_of(name)
        self._cause = cause
        self._hop = hop
        self._inline = inline
        self._fresh = [*fresh]
        self._own = {entity.id for entity in self._fresh}
        self._everything = not beat and not (inline and self._own)
        self._looks_again = beat or not inline
        self._ends_at = app.clock.now() + deadline_ms
        # One version throughout, whatever is published meanwhile.
        self._configuration = app.configuration.current()
        self._parts = parts_of(self._configuration, self._pool)
        self._part = part_of(name, self._parts)

    def run(self) -> DrainReport:
        """Read, decide, claim, until nothing matches."""
        app, pool, rules = self._app, self._pool, self._configuration
        try:
            pages = PoolPages(app, pool, rules, self._fresh, self._part, self._parts)
        except NotFound:
            # The configuration changed under an old message; the pool's heirs have their own.
            app.log.warning("unknown_pool", pool=pool, cause=self._cause)
            return DrainReport(pool)
        look = heat.look(app, pool) if self._inline else None
        pages.read_first(look)
        if look is not None and heat.known_hot(app, pool):
            return _left_to_consumer(app, pool, self._fresh, pages.waits)
        if not pages.anybody_waits and self._part is None:
            return DrainReport(pool, round_trips=pages.waits)
        claims = Claims(app, rules, pages)
        matching, left = self._rounds(pages, claims)
        if self._part is not None and not left and self._may_steal(matching, pages):
            matching, left = self._steal(pages, claims)
        unserved = matching.unserved + len(matching.assignments) + claims.tally.given_up
        nudged = unserved > 0 and left and self._nudge()
        # That somebody was left waiting the relay sees as well; what time alone will change, not.
        if unserved and (self._looks_again or matching.again_at is not None):
            arm_heartbeat(app, pool, self._next_look_ms(matching))
        report = DrainReport(
            pool=pool,
            assigned=claims.tally.assigned,
            failed=claims.tally.failed,
            unserved=unserved,
            round_trips=pages.waits + claims.waits,
            nudged=nudged,
        )
        app.log.info(
            "drained",
            pool=pool,
            assigned=report.assigned,
            failed=report.failed,
            unserved=report.unserved,
            round_trips=report.round_trips,
            hop=self._hop,
            cause=self._cause,
        )
        return report

    def _rounds(
        self, pages: PoolPages, claims: Claims
    ) -> tuple[Matching[WaitingEntry, AvailableEntry], bool]:
        """Claim round after round; return what is left, and whether it is left to the consumer.

        A matching is complete for what was read, so a round without a failed claim is the last.
        """
        tries = 0
        while True:
            matching = self._match(pages)
            mine = self._mine(matching.assignments)
            if self._inline and len(matching.assignments) > INLINE_MOST:
                heat.believe_hot(self._app, self._pool)
                return matching, True
            if not mine:
                return matching, False
            won = self._claim(claims, mine)
            if won is None:
                return self._match(pages), True
            if won:
                rest = len(matching.assignments) - len(mine)
                return Matching(
                    (), unserved=matching.unserved + rest, again_at=matching.again_at
                ), False
            tries += 1
            if self._inline and tries == INLINE_TRIES:
                # Somebody else is at it: two would only keep getting in each other's way.
                heat.believe_hot(self._app, self._pool)
                return self._match(pages), True

    def _may_steal(
        self, matching: Matching[WaitingEntry, AvailableEntry], pages: PoolPages
    ) -> bool:
        """Tell whether contacts or agents of this part are left for those of the others.

        Not more often than what lies there grows overdue: a part whose agents are all taken
        would otherwise read the whole pool for every contact that comes.
        """
        if not matching.unserved and not pages.anybody_free:
            return False
        now, name = self._app.clock.now(), f"stole#{self._name}"
        if self._app.hints.get(name, (0,))[0] > now:
            return False
        self._app.hints[name] = (now + OVERDUE_MS, None)
        return True

    def _steal(
        self, pages: PoolPages, claims: Claims
    ) -> tuple[Matching[WaitingEntry, AvailableEntry], bool]:
        """Match what all parts have, and claim what has been left lying there."""
        pages.read_rest()
        self._own, self._everything = set(), False
        return self._rounds(pages, claims)

    def _claim(self, claims: Claims, chosen: Sequence[Chosen]) -> bool | None:
        """Carry out assignments; tell whether all were won, ``None`` when time is over.

        After one in vain the rest is not tried: what failed may change who should get whom.
        """
        won: bool | None = True
        try:
            for chunk in _chunks(chosen):
                won = None if self._late() else claims.carry_out(chunk)
                if not won:
                    break
                if claims.untold >= UNTOLD_MOST:
                    claims.tell()
        except TransientDependency:
            claims.tell()
            raise
        claims.tell()
        return won

    def _mine(self, assignments: Sequence[Chosen]) -> Sequence[Chosen]:
        """Return the assignments this drain should claim."""
        if self._everything:
            return assignments
        before = self._app.clock.now() - OVERDUE_MS
        return [
            chosen
            for chosen in assignments
            if chosen.contact.contact in self._own
            or chosen.agent.agent in self._own
            or (chosen.contact.enqueued_at < before and chosen.agent.idle_since < before)
        ]

    def _match(self, pages: PoolPages) -> Matching[WaitingEntry, AvailableEntry]:
        """Decide, reading on while the next page of anything could matter."""
        while True:
            now = self._app.clock.now()
            pages.read_presence(now)
            matching = decide(pages.snapshot(), now, self._configuration)
            if not matching.wants or self._late():
                return matching
            pages.read_more(matching.wants)

    def _next_look_ms(self, matching: Matching[WaitingEntry, AvailableEntry]) -> int:
        if matching.again_at is None:
            return PERIOD_MS
        return min(PERIOD_MS, max(0, matching.again_at - self._app.clock.now()))

    def _late(self) -> bool:
        return self._app.clock.now() >= self._ends_at

    def _nudge(self) -> bool:
        hop = self._hop + 1
        if hop > MAX_HOPS:
            self._app.log.error("routing_loop_stopped", pool=self._pool, hop=hop)
            return False
        self._app.nudges.send(self._name, hop)
        return True


def _chunks(assignments: Sequence[Chosen]) -> list[list[Chosen]]:
    """Return the assignments in order, in chunks that name no agent twice.

    The second contact of an agent can only be claimed once the first one is written.
    """
    chunks: list[list[Chosen]] = []
    rounds: dict[str, int] = {}
    by_round: dict[int, list[Chosen]] = {}
    for assignment in assignments:
        turn = rounds.get(assignment.agent.agent, 0)
        rounds[assignment.agent.agent] = turn + 1
        by_round.setdefault(turn, []).append(assignment)
    for turn in sorted(by_round):
        same = by_round[turn]
        chunks += [same[at : at + CHUNK] for at in range(0, len(same), CHUNK)]
    return chunks


def _left_to_consumer(
    app: App, pool: str, fresh: Iterable[Contact | Agent] = (), round_trips: int = 0
) -> DrainReport:
    try:
        nudge(app, pool, fresh)
    except TransientDependency as error:
        app.log.error("nudge_failed", pool=pool, code=error.code)
        return DrainReport(pool, round_trips=round_trips)
    return DrainReport(pool, round_trips=round_trips, nudged=True)
