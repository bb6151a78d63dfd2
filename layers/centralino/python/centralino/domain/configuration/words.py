"""A difference of rules in English, in the words of the file people write.

It decides wording alone: ``20 s`` for 20,000 milliseconds, ``09:00-18:00`` for minutes of a day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from centralino.domain.configuration.diff import ABSENT, CHANGED, Change

SECTION_NAMES = {
    "business_units": "business units",
    "skills": "skills",
    "hours": "hours",
    "queues": "queues",
    "plans": "plans",
    "profiles": "routing profiles",
    "pools": "pools (which follow from the profiles)",
    "lines": "lines",
    "flows": "flows",
    "imports": "imports",
}
_FILE_NAMES = {
    "sla_target_ms": "service_level.target",
    "recording_days": "recording_retention",
    "sla_percent": "service_level.percent",
    "timeout_s": "timeout",
}
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UNITS = ((3_600_000, "h"), (60_000, "min"), (1_000, "s"))


def lines(changes: Iterable[Change]) -> list[str]:
    """Return the changes a person reads, one line per field, grouped by section.

    Examples
    --------
    ::

        queues
          ~ sales
              offer_timeout: 20 s -> 15 s
        routing profiles
          - night
    """
    told: list[str] = []
    section = ""
    for change in changes:
        if change.section != section:
            section = change.section
            told.append(SECTION_NAMES[section])
        told.append(f"  {change.kind} {change.key}")
        for detail in change.details:
            name, field = _name(detail.path), detail.path[-1]
            now = shown(field, detail.now)
            if change.kind == CHANGED:
                told.append(f"      {name}: {shown(field, detail.was)} -> {now}")
            else:
                told.append(f"      {name}: {now}")
    return told


def duration(milliseconds: int) -> str:
    """Return a duration in the largest unit that divides it: ``20 s``, ``5 min``, ``500 ms``."""
    for size, unit in _UNITS:
        if milliseconds and milliseconds % size == 0:
            return f"{milliseconds // size} {unit}"
    return f"{milliseconds} ms" if milliseconds else "0"


def shown(field: str, value: Any) -> str:
    """Return a field's value as people write it."""
    if value is ABSENT or value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return _number(field, value)
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, list):
        if field == "week":
            return "; ".join(f"{day} {_list(own)}" for day, own in zip(_WEEK, value, strict=True))
        return _list(value)
    return f'"{value}"' if " " in str(value) else str(value)


def _name(path: tuple[str, ...]) -> str:
    return ".".join(_FILE_NAMES.get(part, part.removesuffix("_ms")) for part in path)


def _number(field: str, value: int) -> str:
    if field.endswith("_ms"):
        return duration(value)
    return f"{value} s" if field.endswith("_s") else str(value)


def _list(values: list[Any]) -> str:
    return ", ".join(shown("", value) for value in values) or "none"


def _mapping(value: Mapping[str, Any]) -> str:
    if value.keys() == {"opens", "closes"}:
        return f"{_time(value['opens'])}-{_time(value['closes'])}"
    if "when" in value and "action" in value:
        return _overflow(value)
    if value.keys() == {"queue"}:
        return str(value["queue"])
    inside = ", ".join(f"{_name((key,))}: {shown(key, part)}" for key, part in value.items())
    return "{" + inside + "}"


def _overflow(way: Mapping[str, Any]) -> str:
    when = {"full": f"{way.get('limit')} wait", "late": duration(int(way.get("limit", 0)))}
    condition = way["when"] + (f" ({when[way['when']]})" if way["when"] in when else "")
    to = f" {way['queue']}" if way.get("queue") else ""
    texts = f" {shown('', way['texts'])}" if way.get("texts") else ""
    return f"when {condition}: {way['action']}{to}{texts}"


def _time(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
