"""A list of calls, replayed through so many like agents: who would have waited how long?

Decides what the list's numbers mean to the engine. Everything happens on whole seconds; within
one, calls end, calls arrive in the order of the list, free agents take the head of the queue, and
only then do callers whose time is up leave: a start at the very deadline counts as served. The
pool is therefore marked hot, so that the matching is left to the drain at the end of the instant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from centralino.adapters.memory.clock import EPOCH_MS
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import InvalidRequest
from centralino.domain.kpi import Parameters
from centralino.simulation.call_list import ListedCall
from centralino.simulation.centre import RANK_ARRIVES, Caller, Centre
from centralino.simulation.figures import Tally, facts_of
from centralino.simulation.one_queue import PLAN, PROFILE, QUEUE, enter_queue, one_queue
from centralino.simulation.promise_report import PromiseReport
from centralino.simulation.promises import PromiseWatch, announcing

#: Order -> credit in milliseconds that callers of high priority are given on arrival.
ORDERS = {"fifo": 0, "credit90": 90_000}
HIGH_PRIORITY = 2
SERVED = "SERVED"
ABANDONED = "ABANDONED"

_KPIS = ("asa", "service_level.offered", "service_level.answered", "abandonment_rate")
_MOST_AGENTS = 5_000


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """What became of a call. ``start_s`` and ``end_s`` are None when it was not served."""

    call: str
    outcome: str
    wait_s: int
    start_s: int | None
    end_s: int | None


@dataclass(frozen=True, slots=True)
class Replay:
    """Every call's outcome, in the order of the list, and the figures of the whole.

    ``promises`` is there if waits were announced.
    """

    outcomes: tuple[CallOutcome, ...]
    offered: int
    served: int
    abandoned: int
    sum_wait_served_s: int
    max_wait_served_s: int
    asa_served_s: float | None
    service_level_offered: float | None
    service_level_answered: float | None
    p_abandon: float | None
    promises: PromiseReport | None = None


def replay(
    calls: Sequence[ListedCall],
    agents: int,
    order: str = "fifo",
    target_s: int = 20,
    progress: Callable[[int], None] | None = None,
    *,
    promises: bool = False,
) -> Replay:
    """Replay calls through ``agents`` agents who take any of them.

    Parameters
    ----------
    order : str
        ``fifo``, or ``credit90``: callers of priority 2 count as having come 90 s earlier.
    progress : callable, optional
        Told how many calls have ended.
    promises : bool
        Whether waiting callers are told what to expect, and whether it came true is measured. It
        changes nobody's wait.

    Raises
    ------
    InvalidRequest
        There is no such order, or no agent.

    Examples
    --------
    >>> calls = [ListedCall("a", "", 0, 0, 10), ListedCall("b", "", 0, 5, 10)]
    >>> [outcome.wait_s for outcome in replay(calls, agents=1).outcomes]
    [0, 5]
    """
    if order not in ORDERS:
        raise InvalidRequest(f"order must be {' or '.join(ORDERS)}, not {order!r}")
    if not 1 <= agents <= _MOST_AGENTS:
        raise InvalidRequest(f"agents must be from 1 to {_MOST_AGENTS}, not {agents}")
    outcomes: dict[int, CallOutcome] = {}
    tally = Tally(_KPIS, Parameters(target_ms=target_s * 1000))

    def ended(contact: Contact, caller: Caller) -> None:
        tally.add(facts_of(contact))
        outcomes[caller.number] = _outcome(calls[caller.number].call, contact)
        centre.forget(contact.id)
        if progress is not None:
            progress(len(outcomes))

    rules = one_queue(ORDERS[order])
    centre = Centre(
        announcing(rules) if promises else rules, enter=enter_queue, ended=ended, hot=True
    )
    last = EPOCH_MS + max((call.arrival_s for call in calls), default=0) * 1000
    watch = PromiseWatch(centre, until=last) if promises else None
    for _ in range(agents):
        centre.sign_in(centre.hire(PROFILE))
    for number, call in enumerate(calls):
        caller = Caller(
            number=number,
            service_ms=call.service_s * 1000,
            patience_ms=None if call.patience_s is None else call.patience_s * 1000,
            queue=QUEUE,
            plan=PLAN,
            priority=int(call.priority == HIGH_PRIORITY),
        )
        at = EPOCH_MS + call.arrival_s * 1000
        centre.at(at, RANK_ARRIVES, partial(centre.arrive, caller))
    centre.run()
    figures = _summary([outcomes[number] for number in range(len(calls))], tally)
    return figures if watch is None else replace(figures, promises=watch.report())


def _outcome(call: str, contact: Contact) -> CallOutcome:
    enqueued = contact.enqueued_at or 0
    if contact.state is ContactState.ABANDONED:
        return CallOutcome(call, ABANDONED, (contact.updated_at - enqueued) // 1000, None, None)
    segment = contact.segments[0]
    start, end = segment.connected_at or 0, segment.ended_at or 0
    return CallOutcome(
        call,
        SERVED,
        (start - enqueued) // 1000,
        (start - EPOCH_MS) // 1000,
        (end - EPOCH_MS) // 1000,
    )


def _summary(outcomes: Sequence[CallOutcome], tally: Tally) -> Replay:
    waits = [outcome.wait_s for outcome in outcomes if outcome.outcome == SERVED]
    asa = tally.value("asa")
    return Replay(
        outcomes=tuple(outcomes),
        offered=len(outcomes),
        served=len(waits),
        abandoned=len(outcomes) - len(waits),
        sum_wait_served_s=sum(waits),
        max_wait_served_s=max(waits, default=0),
        asa_served_s=None if asa is None else asa / 1000,
        service_level_offered=tally.value("service_level.offered"),
        service_level_answered=tally.value("service_level.answered"),
        p_abandon=tally.value("abandonment_rate"),
    )
