"""What a new configuration changes, in lines a team can review. It decides words only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from centralino.domain.configuration.documents import SECTIONS, encode
from centralino.domain.configuration.model import Configuration
from centralino.domain.configuration.pools import waiting_partitions

_NAMES = {
    "business_units": "business unit",
    "skills": "skill",
    "hours": "hours",
    "queues": "queue",
    "plans": "plan",
    "profiles": "routing profile",
    "pools": "pool",
    "lines": "line",
    "flows": "flow",
}


def diff(before: Configuration, after: Configuration) -> list[str]:
    """Return one line per change, in the order of the file; none when nothing changes.

    ``+`` adds, ``-`` removes, ``~`` changes; ``!`` is something to know before it is published.

    Examples
    --------
    ::

        ~ queue sales: offer_timeout_ms 20000 -> 15000
        + routing profile night: queues=[{queue: support}]
        ! pool sales is no longer drained: move contacts that wait in sales
    """
    old, new = encode(before), encode(after)
    lines: list[str] = []
    for section in SECTIONS:
        name = _NAMES[section]
        earlier, later = old[section], new[section]
        for key in sorted({*earlier, *later}):
            if key not in earlier:
                lines.append(f"+ {name} {key}: {_shown(later[key])}")
            elif key not in later:
                lines.append(f"- {name} {key}")
            else:
                for path, was, now in _changes(earlier[key], later[key]):
                    lines.append(f"~ {name} {key}: {path} {_shown(was)} -> {_shown(now)}")
    return lines + warnings(before, after)


def warnings(before: Configuration, after: Configuration) -> list[str]:
    """Return what a change strands: partitions in which contacts may wait, drained no more."""
    kept = _partitions(after)
    stranded = sorted(
        {pool_queue for key, pool_queue in _partitions(before).items() if key not in kept}
    )
    found = []
    for pool, queue in stranded:
        if queue not in after.queues:
            found.append(f"! queue {queue} is removed: contacts that wait in it are not served")
        else:
            found.append(
                f"! queue {queue} leaves pool {pool} or one of its plans or shards: "
                "contacts that wait there have to be moved"
            )
    return found


def _partitions(configuration: Configuration) -> dict[str, tuple[str, str]]:
    return {
        key: (pool, queue)
        for pool in configuration.pools
        for key, (queue, _) in waiting_partitions(configuration, pool).items()
    }


_ABSENT = object()


def _changes(was: Any, now: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        for key in sorted({*was, *now}):
            inner = f"{path}.{key}" if path else key
            yield from _changes(was.get(key, _ABSENT), now.get(key, _ABSENT), inner)
    elif was != now:
        yield path, was, now


def _shown(value: Any) -> str:
    if value is _ABSENT:
        return "default"
    if isinstance(value, Mapping):
        inside = ", ".join(f"{key}: {_shown(value[key])}" for key in value)
        return "{" + inside + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_shown(item) for item in value) + "]"
    return str(value)
