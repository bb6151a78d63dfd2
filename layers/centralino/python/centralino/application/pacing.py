"""How many calls the carrier is asked for in a second.

A carrier takes so many new calls of an account per second; what comes faster it queues out of our
sight, or refuses. So calls are made one after the other at a fixed distance, by every process
together.

Two moments stand in one small item. *Gate* is when the next call may be made; it is passed by a
conditional write immediately before the carrier is asked, so how late timers are cannot bring
calls together. *Line* is when whoever comes last in line shall come back to the gate. Those who
find nobody in line and the gate open go through at once; of many who come together a few wait
there for a moment, and the others get places in line, so that few come to the gate in vain.

With ``n`` calls per second the distance is ``(1000 + MARGIN_MS) / n`` ms, rounded up. A request
may reach the carrier up to ``MARGIN_MS`` later than another one that passed the gate after it; the
calls that the carrier meets in any one second then passed the gate within ``1000 + MARGIN_MS`` ms,
which are at most ``n``.
"""

from __future__ import annotations

from math import ceil

from centralino.application.app import App
from centralino.application.ports import Item

#: By how much the ways of two requests to the carrier may differ in length.
MARGIN_MS = 300
#: Places in line are this much wider than the gate, so that it never fills up.
_SLACK = 1.1
#: How often a place is asked for while others take it.
_TRIES = 20
#: Who got no place comes again after this time.
_CROWDED_MS = 2_000
_KEPT_S = 3600
_PLACE = "next"


def reserve(app: App, provider: str, *, waited: bool = False) -> int:
    """Return when the next call may be asked of a carrier, UTC milliseconds.

    Parameters
    ----------
    waited : bool
        Whether this one comes back from the line: it need not stand in it again.

    Returns
    -------
    int
        Not later than now: the call is to be made at once, it was counted. Later: nothing was
        counted but a place in line; ask again then, with ``waited``.
    """
    rate = app.calls_per_second
    if rate <= 0:
        return app.clock.now()
    # Rounded up: half a millisecond less, and one call more fits in.
    apart = ceil((1000 + MARGIN_MS) / rate)
    for _ in range(_TRIES):
        now = app.clock.now()
        found = app.operations.get(_pk(provider), _PLACE)
        held = found.attributes if found is not None else {}
        gate, line = max(now, int(held.get("gate", 0))), int(held.get("line", 0))
        count = int(held.get("count", 0))
        through = (waited or line <= now) and gate - now <= app.pause.longest_ms
        if through:
            moments = {"gate": gate + apart, "line": line}
        elif waited:
            # It was early, or others were late: nobody else is made to wait for it.
            return gate
        else:
            line = max(line, gate)
            moments = {"gate": int(held.get("gate", 0)), "line": line + round(apart * _SLACK)}
        ttl = max(moments.values()) // 1000 + _KEPT_S
        item = Item(_pk(provider), _PLACE, {**moments, "count": count + 1}, ttl)
        if not app.operations.put_if(item, "count", below=count + 1):
            continue
        if not through:
            return line
        app.pause(gate - now)
        return now
    app.log.warning("pacing_crowded", provider=provider)
    return app.clock.now() + _CROWDED_MS


def _pk(provider: str) -> str:
    return f"pacing#{provider}"
