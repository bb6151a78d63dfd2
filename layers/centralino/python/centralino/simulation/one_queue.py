"""One queue, one kind of agent: the rules that queueing theory and replays speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from centralino.application.routing import nudge_or_drain
from centralino.domain import ids
from centralino.domain.configuration.model import (
    Configuration,
    Plan,
    ProfileQueue,
    Queue,
    RoutingProfile,
)
from centralino.domain.configuration.pools import compile_pools
from centralino.domain.contacts import lifecycle

if TYPE_CHECKING:
    from centralino.simulation.centre import Caller, Centre

QUEUE = "queue"
PROFILE = "agents"
PLAN = "voice"
_UNIT = "simulated"


def one_queue(boost_ms: int = 0) -> Configuration:
    """Return rules of one voice queue served by one routing profile.

    Parameters
    ----------
    boost_ms : int
        How much earlier a caller of priority 1 counts as having come.
    """
    queues = {QUEUE: Queue(QUEUE, _UNIT, plans=(PLAN,), boost_ms=boost_ms)}
    profiles = {PROFILE: RoutingProfile(PROFILE, (ProfileQueue(QUEUE),))}
    return Configuration(
        version=1,
        queues=queues,
        profiles=profiles,
        plans={PLAN: Plan(PLAN)},
        pools=compile_pools(queues, profiles),
        lines={},
        flows={},
    )


def enter_queue(centre: Centre, caller: Caller) -> str:
    """Put a caller into the queue without a call flow before it.

    Contact ids follow the callers' order: those of equal rank are served as they came.
    """
    app, configuration = centre.app, centre.app.configuration.current()
    queue = configuration.queue(caller.queue)
    pool = configuration.pool_of(queue.id).id
    now = app.clock.now()
    started = lifecycle.start(
        ids.CONTACT + ids.crockford(caller.number),
        business_unit=queue.business_unit,
        now=now,
        cause="simulation",
    )
    app.store.save_contact(started)
    waiting = lifecycle.enqueue(
        started,
        pool=pool,
        queue=queue.id,
        plan=caller.plan,
        now=now,
        cause="simulation",
        priority=caller.priority,
        tier=queue.tier,
        sla_offset_ms=queue.sla_offset_ms,
        boost_ms=queue.boost(caller.priority),
    )
    app.store.save_contact(waiting)
    nudge_or_drain(app, pool, "simulation", fresh=[waiting])
    return waiting.id
