"""What new rules change: which thing, which field, from what to what.

It finds the differences and what follows from them; :mod:`.words` says them in English.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from centralino.domain.configuration.documents import SECTIONS, encode, encode_whole
from centralino.domain.configuration.heirs import heir
from centralino.domain.configuration.model import Configuration
from centralino.domain.configuration.pools import available_partitions_of, waiting_partitions
from centralino.domain.configuration.releases import renumbered

ADDED = "+"
REMOVED = "-"
CHANGED = "~"
#: Stands for a field that is not there, and has no default either.
ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class Detail:
    """One field of a change: its path, and what it was and is; :data:`ABSENT` for nothing."""

    path: tuple[str, ...]
    was: Any
    now: Any


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is added, removed or changed.

    Attributes
    ----------
    kind : str
        :data:`ADDED`, :data:`REMOVED` or :data:`CHANGED`.
    section, key : str
        ``queues`` and the queue's id, and so on.
    details : tuple of Detail
        What differs; of something added, all that is not as by default; of something removed,
        nothing.
    """

    kind: str
    section: str
    key: str
    details: tuple[Detail, ...] = ()


def diff(before: Configuration | None, after: Configuration) -> list[Change]:
    """Return what changes, section by section; nothing when the rules say the same.

    Versions do not count: they are numbers, not rules. ``None`` is a deployment without rules.
    """
    before = renumbered(before, 0) if before is not None else None
    after = renumbered(after, 0)
    old = encode(before) if before is not None else {}
    old_whole = encode_whole(before) if before is not None else {}
    new, new_whole = encode(after), encode_whole(after)
    changes: list[Change] = []
    for section in SECTIONS:
        earlier, later = old.get(section, {}), new[section]
        for key in sorted({*earlier, *later}):
            if key not in later:
                changes.append(Change(REMOVED, section, key))
            elif key not in earlier:
                given = tuple(Detail((name,), ABSENT, value) for name, value in later[key].items())
                changes.append(Change(ADDED, section, key, given))
            elif earlier[key] != later[key]:
                whole = old_whole[section][key], new_whole[section][key]
                details = tuple(_details((), earlier[key], later[key], *whole))
                changes.append(Change(CHANGED, section, key, details))
    return changes


def warnings(before: Configuration | None, after: Configuration) -> list[str]:
    """Return what is worth knowing before these rules are published, in English."""
    if before is None:
        return []
    return [*_removed_queues(before, after), *_moved_queues(before, after), *_lines(before, after)]


def stranded(before: Configuration, after: Configuration) -> dict[str, tuple[str, str, str]]:
    """Return the partitions of ``waiting`` that ``after`` drains no more: pool, queue, plan."""
    kept = {key for pool in after.pools for key in waiting_partitions(after, pool)}
    return {
        key: (pool, queue, plan)
        for pool in before.pools
        for key, (queue, plan) in waiting_partitions(before, pool).items()
        if key not in kept
    }


def hidden(before: Configuration, after: Configuration) -> dict[str, str]:
    """Return the routing profiles whose agents ``after`` would not all find, with their pool."""
    kept = {key for profile in after.profiles for key in available_partitions_of(after, profile)}
    return {
        profile: pool.id
        for pool in before.pools.values()
        for profile in pool.profiles
        if not available_partitions_of(before, profile) <= kept
    }


def _removed_queues(before: Configuration, after: Configuration) -> Iterator[str]:
    for name, queue in sorted(before.queues.items()):
        if name in after.queues:
            continue
        channels = sorted({before.plans[p].channel for p in queue.plans if p in before.plans})
        heirs = sorted({heir(before, after, name, channel) or "" for channel in channels})
        if heirs and all(heirs):
            to = ", ".join(heirs)
            yield f"queue {name} is removed: whoever still comes to it goes to queue {to}"
        else:
            yield f"queue {name} is removed, and no other queue takes whoever still comes to it"


def _moved_queues(before: Configuration, after: Configuration) -> Iterator[str]:
    moved = sorted({queue for _, queue, _ in stranded(before, after).values()} & {*after.queues})
    for name in moved:
        was, now = before.pool_of(name).id, after.pool_of(name).id
        what = f"moves from pool {was} to pool {now}" if was != now else "gives up plans or shards"
        yield f"queue {name} {what}: whoever still comes to the old place is moved within a minute"


def _lines(before: Configuration, after: Configuration) -> Iterator[str]:
    answered = {line.number for line in after.lines.values()}
    for line in sorted(before.lines.values(), key=lambda line: line.id):
        if line.number not in answered:
            yield (
                f"{line.number} is answered no more: new callers hear that it is not in service; "
                "calls in progress go on"
            )


def _details(
    path: tuple[str, ...], was: Any, now: Any, was_whole: Any, now_whole: Any
) -> Iterator[Detail]:
    """Yield the fields that differ; a field left out on one side counts as its default there."""
    if not (isinstance(was, Mapping) and isinstance(now, Mapping)):
        if was != now:
            yield Detail(path, was, now)
        return
    for key in sorted({*was, *now}):
        earlier = was.get(key, _part(was_whole, key))
        later = now.get(key, _part(now_whole, key))
        yield from _details(
            (*path, key), earlier, later, _part(was_whole, key), _part(now_whole, key)
        )


def _part(whole: Any, key: str) -> Any:
    return whole.get(key, ABSENT) if isinstance(whole, Mapping) else ABSENT
