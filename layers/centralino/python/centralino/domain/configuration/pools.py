"""Pools: which queues and routing profiles have to be matched together.

A pool is a connected component of the graph of queues and the profiles that serve them. It
decides ids and the partitions a drain reads; it never reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import combinations as choose

from centralino.domain.agents.model import available_partition
from centralino.domain.configuration.model import Configuration, Pool, Queue, RoutingProfile
from centralino.domain.contacts.model import Channel, waiting_partition


def compile_pools(
    queues: Mapping[str, Queue], profiles: Mapping[str, RoutingProfile]
) -> dict[str, Pool]:
    """Return the pools, by id.

    The id is that of the pool's first queue in alphabetical order, so that it stays when a
    queue, profile or link is added elsewhere. A queue that nobody serves is in no pool: nothing
    could ever be matched there.
    """
    parent: dict[str, str] = {queue: queue for queue in queues}

    def root(queue: str) -> str:
        while parent[queue] != queue:
            parent[queue] = parent[parent[queue]]
            queue = parent[queue]
        return queue

    for profile in profiles.values():
        served = [served.queue for served in profile.queues]
        for other in served[1:]:
            first, second = sorted((root(served[0]), root(other)))
            parent[second] = first
    members: dict[str, tuple[set[str], set[str]]] = {}
    for profile in profiles.values():
        if profile.queues:
            found = members.setdefault(root(profile.queues[0].queue), (set(), set()))
            found[0].update(served.queue for served in profile.queues)
            found[1].add(profile.id)
    return {
        min(served): Pool(min(served), tuple(sorted(served)), tuple(sorted(serving)))
        for served, serving in sorted(members.values(), key=lambda m: min(m[0]))
    }


def waiting_partitions(configuration: Configuration, pool: str) -> dict[str, tuple[str, str]]:
    """Return the partitions of ``waiting`` that make up a pool, each with its queue and plan."""
    return {
        waiting_partition(pool, queue.id, plan, shard): (queue.id, plan)
        for queue in _queues(configuration, pool)
        for plan in queue.plans
        for shard in range(queue.shards)
    }


def available_partitions(
    configuration: Configuration, pool: str, channels: frozenset[Channel]
) -> dict[str, tuple[str, frozenset[Channel]]]:
    """Return the partitions of ``available`` with room on any of these channels.

    Each comes with its profile and the channels free in it.
    """
    found: dict[str, tuple[str, frozenset[Channel]]] = {}
    for profile_id in configuration.pool(pool).profiles:
        profile = configuration.profiles[profile_id]
        for free in combinations(profile.capacity):
            if free & channels:
                for shard in range(profile.shards):
                    key = available_partition(pool, profile_id, free, shard)
                    found[key] = (profile_id, free)
    return found


def available_partitions_of(configuration: Configuration, profile_id: str) -> frozenset[str]:
    """Return every partition of ``available`` in which agents of a profile are looked for."""
    profile = configuration.profiles[profile_id]
    pool = configuration.pool_of_profile(profile_id).id
    return frozenset(
        available_partition(pool, profile_id, free, shard)
        for free in combinations(profile.capacity)
        for shard in range(profile.shards)
    )


def channels_of(configuration: Configuration, pool: str) -> frozenset[Channel]:
    """Return the channels on which contacts of a pool can wait."""
    plans = configuration.plans
    return frozenset(
        plans[plan].channel.work
        for queue in _queues(configuration, pool)
        for plan in queue.plans
        if plan in plans
    )


def combinations(channels: Iterable[Channel]) -> tuple[frozenset[Channel], ...]:
    """Return every set of channels an agent with some of these can have free, but the empty one.

    Not only what the profile's own capacity can lead to: an agent may have been given less, and
    keeps what it signed in with when its profile changes.
    """
    return _combinations(tuple(sorted(channels)))


@lru_cache(maxsize=256)
def _combinations(channels: tuple[Channel, ...]) -> tuple[frozenset[Channel], ...]:
    return tuple(
        frozenset(chosen)
        for size in range(1, len(channels) + 1)
        for chosen in choose(channels, size)
    )


def _queues(configuration: Configuration, pool: str) -> list[Queue]:
    return [configuration.queues[queue] for queue in configuration.pool(pool).queues]
