"""Routing: one idempotent drain per pool, wherever it is triggered.

Anything may ask for a drain, any number of times, at any moment. Safety comes from the claim's
transaction; liveness from the stream relay, the timer sent before each claim and the heartbeat.
Triggers are hints: a cool pool is drained where something changed, a hot one by the consumer of
its nudges, one at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from centralino.application.app import App
from centralino.application.claims import Chosen, Claims
from centralino.application.heartbeat import PERIOD_MS, arm_heartbeat
from centralino.application.pages import PoolPages
from centralino.application.ports import AvailableEntry, Item, WaitingEntry
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
CHUNK = 64

#: More assignments than this at once are a crowd. Whoever else came with it sees the same
#: contacts and agents at this moment; claiming them all at once, most would claim in vain.
INLINE_MOST = 4
#: How long a crowd or a conflict keeps drains to the consumer.
HOT_MS = 2_000


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
    if _known_hot(app, pool):
        return _left_to_consumer(app, pool)
    try:
        return _Drain(app, pool, cause, INLINE_DEADLINE_MS, hop=0, inline=True, fresh=fresh).run()
    except TransientDependency as error:
        app.log.warning("drain_failed", pool=pool, code=error.code)
        return _left_to_consumer(app, pool)


def drain_nudged(app: App, pool: str, *, hop: int, cause: str | None) -> DrainReport:
    """Drain a pool for a nudge: to the end, or until the deadline and then nudge again.

    Raises
    ------
    TransientDependency
        A service failed; the nudge must come again.
    """
    return drain(app, pool, hop=hop, cause=cause)


def heartbeat(app: App, pool: str, *, hop: int, cause: str | None) -> DrainReport:
    """Look again at a pool in which somebody waited; the drain arms the next beat.

    Raises
    ------
    TransientDependency
        A service failed; the beat must come again, or the chain would end here.
    """
    if _known_hot(app, pool):
        app.nudges.send(pool, hop + 1)
        return DrainReport(pool, nudged=True)
    return _Drain(app, pool, cause, INLINE_DEADLINE_MS, hop=hop, inline=True).run()


def drain(
    app: App,
    pool: str,
    *,
    deadline_ms: int = DEADLINE_MS,
    hop: int = 0,
    cause: str | None,
    fresh: Iterable[Contact | Agent] = (),
) -> DrainReport:
    """Match and claim until nothing matches, whoever else may be doing the same.

    Parameters
    ----------
    deadline_ms : int
        When to stop and nudge for the rest.
    hop : int
        How many messages led here.

    Raises
    ------
    TransientDependency
        A service failed before anything could be claimed; claims already written stay.
    """
    return _Drain(app, pool, cause, deadline_ms, hop=hop, inline=False, fresh=fresh).run()


def mark_hot(app: App, pool: str, until: int) -> None:
    """Say to every process that only the consumer should drain this pool until then (UTC ms).

    Who asks learns of it within :data:`HOT_MS`; who does not yet know costs conflicts only.
    """
    app.operations.put(
        Item(_hot_partition(pool), "snapshot", {"hot_until": until}, ttl=until // 1000 + 60)
    )
    app.hints[_hot_partition(pool)] = (until, True)


class _Drain:
    """One run over one pool: ``inline`` where it was triggered, else for its nudges."""

    def __init__(
        self,
        app: App,
        pool: str,
        cause: str | None,
        deadline_ms: int,
        *,
        hop: int,
        inline: bool,
        fresh: Iterable[Contact | Agent] = (),
    ) -> None:
        self._app = app
        self._pool = pool
        self._cause = cause
        self._hop = hop
        self._inline = inline
        self._fresh = fresh
        self._ends_at = app.clock.now() + deadline_ms
        # One version throughout, whatever is published meanwhile.
        self._configuration = app.configuration.current()

    def run(self) -> DrainReport:
        """Read, decide, claim, until nothing matches."""
        app, pool, rules = self._app, self._pool, self._configuration
        try:
            pages = PoolPages(app, pool, rules, self._fresh)
        except NotFound:
            # The configuration changed under an old message; the pool's heirs have their own.
            app.log.warning("unknown_pool", pool=pool, cause=self._cause)
            return DrainReport(pool)
        look = self._look_if_hot() if self._inline else None
        pages.read_first(look)
        if look is not None and _known_hot(app, pool):
            return _left_to_consumer(app, pool, pages.waits)
        if not pages.anybody_waits:
            return DrainReport(pool, round_trips=pages.waits)
        claims = Claims(app, rules, pages)
        matching, late = self._rounds(pages, claims)
        unserved = matching.unserved + len(matching.assignments) + claims.tally.given_up
        conflict = self._inline and claims.tally.failed > 0
        if conflict:
            app.hints[_hot_partition(pool)] = (app.clock.now() + HOT_MS, True)
        nudged = unserved > 0 and (late or conflict) and self._nudge()
        if unserved:
            arm_heartbeat(app, pool, delay_ms=self._next_look(matching))
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
        while True:
            matching = self._match(pages)
            if not matching.assignments:
                return matching, False
            if self._inline and len(matching.assignments) > INLINE_MOST:
                mark_hot(self._app, self._pool, self._app.clock.now() + HOT_MS)
                return matching, True
            all_won = True
            for chunk in _chunks(matching.assignments):
                if self._late():
                    return self._match(pages), True
                all_won = claims.carry_out(chunk) and all_won
                if not all_won:
                    # What failed may change who should get whom.
                    break
            if all_won:
                return Matching((), unserved=matching.unserved, again_at=matching.again_at), False
            if self._inline:
                # Somebody else is at it: two would only keep getting in each other's way.
                return self._match(pages), False

    def _match(self, pages: PoolPages) -> Matching[WaitingEntry, AvailableEntry]:
        """Decide, reading on while the next page of anything could matter."""
        while True:
            now = self._app.clock.now()
            pages.read_presence(now)
            matching = decide(pages.snapshot(), now, self._configuration)
            if not matching.wants or self._late():
                return matching
            pages.read_more(matching.wants)

    def _next_look(self, matching: Matching[WaitingEntry, AvailableEntry]) -> int:
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
        self._app.nudges.send(self._pool, hop)
        return True

    def _look_if_hot(self) -> Callable[[], None] | None:
        """Return the request that finds out whether the pool is hot, unless that is known."""
        app, key = self._app, _hot_partition(self._pool)
        known = app.hints.get(key)
        if known is not None and known[0] > app.clock.now():
            return None

        def look() -> None:
            item = app.operations.get(key, "snapshot")
            now = app.clock.now()
            hot = item is not None and int(item.attributes.get("hot_until", 0)) > now
            app.hints[key] = (now + HOT_MS, hot)

        return look


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


def _left_to_consumer(app: App, pool: str, round_trips: int = 0) -> DrainReport:
    try:
        app.nudges.send(pool)
    except TransientDependency as error:
        app.log.error("nudge_failed", pool=pool, code=error.code)
        return DrainReport(pool, round_trips=round_trips)
    return DrainReport(pool, round_trips=round_trips, nudged=True)


def _known_hot(app: App, pool: str) -> bool:
    known = app.hints.get(_hot_partition(pool))
    return known is not None and known[0] > app.clock.now() and bool(known[1])


def _hot_partition(pool: str) -> str:
    return f"pool#{pool}"
