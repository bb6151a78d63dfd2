"""Sub-pools: a pool too busy for one matcher at a time is matched in parts, side by side.

A pool has as many parts as every queue and every routing profile in it has shards. A contact or an
agent is in the part its shard falls into; a part is named ``pool/part`` and has message groups and
nudges of its own. Whoever matches a part takes the agents or contacts of the others, too, once
those have been left lying there (*stealing*, see :mod:`centralino.application.routing`). That
several matchers are at it is safe because the claim's transaction is the guard, as ever; what it
costs is strict order between the parts, for as long as a crowd lasts.
"""

from __future__ import annotations

from collections.abc import Iterable

from centralino.application.app import App
from centralino.domain.agents.model import Agent
from centralino.domain.configuration.model import Configuration
from centralino.domain.contacts.model import Contact

_MARK = "/"


def parts_of(configuration: Configuration, pool_id: str) -> int:
    """Return how many parts a pool is matched in; 1 for one that is not configured."""
    pool = configuration.pools.get(pool_id)
    if pool is None:
        return 1
    queues = (configuration.queues[name].shards for name in pool.queues)
    profiles = (configuration.profiles[name].shards for name in pool.profiles)
    return max(1, min([*queues, *profiles], default=1))


def pool_of(name: str) -> str:
    """Return the pool of a part's name, or of its own."""
    return name.partition(_MARK)[0]


def part_of(name: str, parts: int) -> int | None:
    """Return the part a name is about; ``None``: the whole pool.

    So is a part that is no more, because the rules changed under an old message.
    """
    _, marked, part = name.partition(_MARK)
    return int(part) if marked and part.isdecimal() and int(part) < parts else None


def is_in(partition: str, part: int, parts: int) -> bool:
    """Tell whether a partition of either index belongs to a part: its shard ends its key."""
    return int(partition.rpartition("#")[2]) % parts == part


def nudge(app: App, pool: str, entities: Iterable[Contact | Agent] = (), hop: int = 0) -> None:
    """Ask for a drain of the parts these contacts and agents are in, of all where there are none.

    Raises
    ------
    TransientDependency
        A nudge could not be sent.
    """
    parts = parts_of(app.configuration.current(), pool)
    if parts == 1:
        app.nudges.send(pool, hop)
        return
    due = {entity.shard % parts for entity in entities if entity.pool == pool}
    for part in sorted(due or range(parts)):
        app.nudges.send(f"{pool}{_MARK}{part}", hop)
