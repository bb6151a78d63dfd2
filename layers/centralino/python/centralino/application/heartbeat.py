"""The heartbeat: while anybody waits in a pool, somebody looks again every few seconds.

It is what makes waiting certain to end: steps relax, set-aside agents come back and lost triggers
are made good without any write. One chain runs per pool. Each beat is a timer message; whoever
wants the next one must first move the pool's marker in ``ops`` forward, which succeeds once per
period however many ask. So

- storms are impossible: a message is sent only by the one who moved the marker, at most once per
  :data:`PERIOD_MS` less :data:`SLACK_MS`, and a second chain ends at its first beat, because
  the marker has been moved already;
- nothing is lost for long: who dies between marker and message leaves a marker that is due in
  five seconds; any drain that leaves somebody waiting, and the minute sweep, then moves it again.

Beats carry no hop count: their rate is bounded by the marker, and a contact may rightly wait for
longer than any sensible count of beats.
"""

from __future__ import annotations

from centralino.application.app import App
from centralino.application.ports import Item, Timer
from centralino.domain.errors import TransientDependency

PERIOD_MS = 5_000
#: Clocks of two processes may differ: who comes this early may still move the marker.
SLACK_MS = 1_000
_TTL_S = 3_600


def arm_heartbeat(app: App, pool: str, delay_ms: int = PERIOD_MS, *, recover: bool = False) -> bool:
    """See to it that the pool is looked at again within ``delay_ms``.

    Parameters
    ----------
    delay_ms : int
        At most :data:`PERIOD_MS`; less where something is known to change earlier.
    recover : bool
        Move the marker even when it says that a beat is coming, for a caller as rare as the
        minute sweep: should that beat be lost, this one replaces it; else the two merge.

    Returns
    -------
    bool
        Whether a beat was sent. ``False``: one is on its way already.

    Raises
    ------
    TransientDependency
        The timer could not be sent; the marker has been taken back.
    """
    now = app.clock.now()
    if _beat_known(app, pool) and not recover:
        return False
    delay = max(SLACK_MS, min(delay_ms, PERIOD_MS))
    due = now + delay
    marker = Item(marker_partition(pool), "marker", {"due": due}, ttl=due // 1000 + _TTL_S)
    ahead = PERIOD_MS + SLACK_MS if recover else 0
    if not app.operations.put_if(marker, "due", now + SLACK_MS + ahead):
        # When exactly is not known; believe in it for half a period only.
        app.hints[_hint(pool)] = (now + PERIOD_MS // 2, None)
        return False
    try:
        app.timers.send([Timer("heartbeat", pool, delay_ms=delay)])
    except TransientDependency:
        app.operations.delete(marker_partition(pool), "marker")
        raise
    app.hints[_hint(pool)] = (due, None)
    return True


def look_in_a_while(app: App, pool: str) -> None:
    """Have the pool looked at once, a period from now, without a chain of beats.

    One message serves everybody who asks before it comes, so asking often costs little. Should
    somebody wait then, it becomes a chain, unless there is one already.

    Raises
    ------
    TransientDependency
        The timer could not be sent.
    """
    if look_known(app, pool):
        return
    app.timers.send([Timer("heartbeat", pool, delay_ms=PERIOD_MS)])
    app.hints[_look(pool)] = (app.clock.now() + PERIOD_MS, None)


def look_known(app: App, pool: str) -> bool:
    """Tell whether this process knows that the pool will be looked at, by a beat or once."""
    soon = app.clock.now() + SLACK_MS
    return any(app.hints.get(hint, (0,))[0] > soon for hint in (_hint(pool), _look(pool)))


def _beat_known(app: App, pool: str) -> bool:
    known = app.hints.get(_hint(pool))
    return known is not None and known[0] > app.clock.now() + SLACK_MS


def marker_partition(pool: str) -> str:
    """Return the ``ops`` partition of a pool's heartbeat marker."""
    return f"heartbeat#{pool}"


def _look(pool: str) -> str:
    return f"look#{pool}"


def _hint(pool: str) -> str:
    return f"heartbeat#{pool}"
