"""Who is planned to work in a queue, quarter of an hour by quarter, and who is there.

A plan that was imported holds for its whole local day: quarters it does not name have nobody.
Where no plan was, those count who signed in lately and whose profile serves the queue, while it is
open; somebody who serves several queues counts in parts, never twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from math import floor
from zoneinfo import ZoneInfo

from centralino.application.app import App
from centralino.application.ports import Item, Operations
from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.configuration.hours import is_open
from centralino.domain.configuration.model import Configuration
from centralino.domain.errors import NotFound
from centralino.domain.staffing.slots import QUARTER_MS, quarter_of

#: More agents than any queue has at once.
MOST_AGENTS = 10_000
#: Who has not signed in for so long is not counted on.
KNOWN_S = 14 * 24 * 3600
#: How long a day's plan is kept after it, and what a process has read of plans is believed.
KEPT_S = 7 * 24 * 3600
READ_MS = 30_000
#: How long what a process has seen of who is there is believed.
SEEN_MS = 5_000
_PROFILE = "profile"


def zone_of(app: App, queue: str) -> str:
    """Return the zone whose days and clocks a queue lives by."""
    try:
        hours = app.configuration.current().hours_of(queue)
    except NotFound:
        hours = None
    return hours.zone if hours is not None else "UTC"


def day_of(start: int, zone: str) -> date:
    """Return the local day in which a moment lies."""
    return datetime.fromtimestamp(start / 1000, ZoneInfo(zone)).date()


def put_day(operations: Operations, queue: str, day: date, agents: Mapping[int, int]) -> None:
    """Put down the plan of one local day in place of what was there; repeating it changes nothing.

    Parameters
    ----------
    agents : mapping of int to int
        Agents by the beginning of the quarter, UTC ms; at least one.
    """
    first, last = min(agents), max(agents)
    dense = [agents.get(start, 0) for start in range(first, last + 1, QUARTER_MS)]
    ttl = last // 1000 + KEPT_S
    operations.put(Item(_plan(queue), day.isoformat(), {"first": first, "agents": dense}, ttl))


def planned(app: App, queue: str, starts: Sequence[int]) -> dict[int, int]:
    """Return how many agents are planned in each quarter."""
    zone = zone_of(app, queue)
    days = sorted({day_of(start, zone) for start in starts})
    plans = dict(zip(days, app.fan_out(lambda day: _imported(app, queue, day), days), strict=True))
    found: dict[int, int] = {}
    for start in starts:
        plan = plans[day_of(start, zone)]
        found[start] = _by_default(app, queue, start) if plan is None else plan.get(start, 0)
    return found


def absent(app: App, queue: str) -> int:
    """Return how many fewer agents are signed in than are planned for the current quarter."""
    now = app.clock.now()
    start = quarter_of(now)
    expected = planned(app, queue, [start])[start]
    if not expected:
        return 0
    plan = _imported(app, queue, day_of(start, zone_of(app, queue)))
    # A plan counts people; the default counts their parts.
    return max(0, expected - _present(app, queue, whole=plan is not None))


def note_known(app: App, agent_id: str, pool: str, profile: str) -> None:
    """Note an agent who signs in: one who can be counted on from now on."""
    ttl = app.clock.now() // 1000 + KNOWN_S
    app.operations.put(Item(_known(pool), agent_id, {_PROFILE: profile}, ttl))


def _imported(app: App, queue: str, day: date) -> dict[int, int] | None:
    name, now = f"plan#{queue}#{day}", app.clock.now()
    hint = app.hints.get(name)
    if hint is not None and hint[0] > now:
        kept: dict[int, int] | None = hint[1]
        return kept
    item = app.operations.get(_plan(queue), day.isoformat())
    found = None
    if item is not None:
        first = int(item.attributes["first"])
        counts = enumerate(item.attributes["agents"])
        found = {first + place * QUARTER_MS: int(agents) for place, agents in counts}
    app.hints[name] = (now + READ_MS, found)
    return found


def _by_default(app: App, queue: str, start: int) -> int:
    configuration = app.configuration.current()
    try:
        hours = configuration.hours_of(queue)
    except NotFound:
        return 0
    if not is_open(hours, start, app.holidays):
        return 0
    name, now = f"known#{queue}", app.clock.now()
    hint = app.hints.get(name)
    if hint is None or hint[0] <= now:
        profiles = [
            str(item.attributes[_PROFILE])
            for pool in _pools(configuration, queue)
            for item in app.operations.list(_known(pool))
        ]
        hint = (now + READ_MS, floor(_parts(configuration, queue, profiles)))
        app.hints[name] = hint
    return int(hint[1])


def _present(app: App, queue: str, *, whole: bool) -> int:
    """Return how many agents are signed in who serve a queue, as a whole or in parts."""
    configuration = app.configuration.current()
    name, now = f"present#{queue}", app.clock.now()
    hint = app.hints.get(name)
    if hint is None or hint[0] <= now:
        # Of the roster, not of the index of who is free: who talks is there as well.
        names = [
            item.sk
            for pool in _pools(configuration, queue)
            for item in app.operations.list(f"roster#{pool}")
        ]
        agents: list[Agent | None] = list(app.fan_out(app.store.agent, names))
        there = [a.profile for a in agents if a is not None and a.state is not AgentState.OFFLINE]
        hint = (now + SEEN_MS, there)
        app.hints[name] = hint
    profiles = [p for p in hint[1] if _serves(configuration, p, queue)]
    return len(profiles) if whole else floor(_parts(configuration, queue, profiles))


def _parts(configuration: Configuration, queue: str, profiles: Iterable[str]) -> Fraction:
    # Exact: six sixths of an agent are one, and as floats a little less.
    parts = (
        Fraction(1, len(configuration.profiles[profile].queues))
        for profile in profiles
        if _serves(configuration, profile, queue)
    )
    return sum(parts, Fraction())


def _serves(configuration: Configuration, profile: str, queue: str) -> bool:
    found = configuration.profiles.get(profile)
    return found is not None and any(served.queue == queue for served in found.queues)


def _pools(configuration: Configuration, queue: str) -> list[str]:
    try:
        return [configuration.pool_of(queue).id]
    except NotFound:
        return []


def _plan(queue: str) -> str:
    return f"staffing#{queue}"


def _known(pool: str) -> str:
    return f"known-agents#{pool}"
