"""How the parts of a configuration file fit together: every reference, loop and dead end.

Each check yields the place and the reason; none of them changes or fixes anything. All problems
are found at once, so that a file is corrected in one go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from centralino.contracts import configuration_file as parts
from centralino.contracts.configuration_compile import compile_hours, interval, weekdays
from centralino.contracts.configuration_flow_checks import flow_problems
from centralino.domain.callbacks.wording import unknown_places
from centralino.domain.circles import circle
from centralino.domain.configuration.hours import MINUTES, Interval
from centralino.domain.contacts.model import Channel

Found: TypeAlias = tuple[tuple[str | int, ...], str]


def problems_in(
    file: parts.ConfigurationFile,
    calendar_known: Callable[[str], bool] | None = None,
    able: Mapping[str, Collection[str]] | None = None,
) -> list[Found]:
    """Return every problem of a file, as place and reason."""
    return [
        *_units(file),
        *_hours(file),
        *_calendars(file, calendar_known),
        *_plans(file),
        *_queues(file),
        *_overflow_loops(file),
        *_profiles(file),
        *_lines(file),
        *_imports(file),
        *flow_problems(file, able),
    ]


def _unknown(what: str, name: str, known: Collection[str]) -> str:
    return f"unknown {what} {name!r} (there is {', '.join(sorted(known)) or 'none'})"


def _units(file: parts.ConfigurationFile) -> Iterator[Found]:
    for key, unit in file.business_units.items():
        place = ("business_units", key)
        if unit.hours is not None and unit.hours not in file.hours:
            yield (*place, "hours"), _unknown("hours", unit.hours, file.hours)
        yield from _texts((*place, "names"), unit.names, unit.languages)


def _texts(
    place: tuple[str | int, ...], texts: Mapping[str, str], languages: Collection[str]
) -> Iterator[Found]:
    missing = [language for language in languages if language not in texts]
    if missing:
        yield place, f"no text in {', '.join(missing)}"


# --------------------------------------------------------------------------- hours


def _hours(file: parts.ConfigurationFile) -> Iterator[Found]:
    for key, hours in file.hours.items():
        place = ("hours", key)
        try:
            ZoneInfo(hours.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            yield (*place, "zone"), f"unknown time zone {hours.zone!r}"
        sound = True
        named: dict[int, str] = {}
        for name, spans in hours.week.items():
            days = weekdays(name)
            if not days:
                yield (*place, "week", name), "a day (mon) or a range of days (mon-fri) is needed"
            for day in days:
                if day in named:
                    yield (*place, "week", name), f"a day of {named[day]!r} is named again"
                    break
                named[day] = name
            for found in _spans((*place, "week", name), spans):
                sound = False
                yield found
        for name, spans in hours.days.items():
            try:
                date.fromisoformat(name)
            except ValueError:
                yield (*place, "days", name), "there is no such day"
            for found in _spans((*place, "days", name), spans):
                sound = False
                yield found
            if any(interval(span).closes > MINUTES for span in spans):
                yield (*place, "days", name), "a single day cannot reach past midnight"
        if sound:
            week = compile_hours(key, hours).week
            if not any(week) and not any(hours.days.values()):
                yield place, "these hours never open"
            if any(_overlap(day) for day in week):
                yield (*place, "week"), "a night reaches into the next day's span"


def _calendars(
    file: parts.ConfigurationFile, known: Callable[[str], bool] | None
) -> Iterator[Found]:
    for key, hours in file.hours.items():
        if hours.holidays is not None and known is not None and not known(hours.holidays):
            yield ("hours", key, "holidays"), f"unknown holiday calendar {hours.holidays!r}"


def _spans(place: tuple[str | int, ...], spans: list[str]) -> Iterator[Found]:
    for index, span in enumerate(spans):
        opens, closes = span.split("-")
        if opens == closes or opens >= "24:00" or closes > "24:00":
            yield (*place, index), f"{span} is no span of time"
    if _overlap(sorted(map(interval, spans), key=lambda i: i.opens)):
        yield place, "two spans overlap"


def _overlap(intervals: Sequence[Interval]) -> bool:
    return any(first.closes > second.opens for first, second in pairwise(intervals))


# --------------------------------------------------------------------------- plans and queues


def _plans(file: parts.ConfigurationFile) -> Iterator[Found]:
    for key, plan in file.plans.items():
        place = ("plans", key, "steps")
        if plan.steps[0].after != 0:
            yield (*place, 0, "after"), "the first step must be in force from the beginning (0)"
        for index, step in enumerate(plan.steps):
            for skill, level in step.skills.items():
                if skill not in file.skills:
                    yield (*place, index, "skills", skill), _unknown("skill", skill, file.skills)
                elif level > file.skills[skill].levels:
                    highest = file.skills[skill].levels
                    yield (*place, index, "skills", skill), f"level {level} is above {highest}"
        for index, (before, after) in enumerate(pairwise(plan.steps), start=1):
            if after.after <= before.after:
                yield (*place, index, "after"), "a step must come later than the one before"
            harder = [s for s, level in after.skills.items() if level > before.skills.get(s, 0)]
            if harder:
                reason = f"asks more than the step before ({', '.join(sorted(harder))})"
                yield (*place, index, "skills"), reason


def _queues(file: parts.ConfigurationFile) -> Iterator[Found]:
    served = {q.queue for profile in file.routing_profiles.values() for q in profile.queues}
    for key, queue in file.queues.items():
        place = ("queues", key)
        unit = file.business_units.get(queue.business_unit)
        if unit is None:
            reason = _unknown("business unit", queue.business_unit, file.business_units)
            yield (*place, "business_unit"), reason
        else:
            yield from _texts((*place, "names"), queue.names, unit.languages)
        for index, plan in enumerate(queue.plans):
            if plan not in file.plans:
                yield (*place, "plans", index), _unknown("plan", plan, file.plans)
        for name, values in (("plans", queue.plans), ("dispositions", queue.dispositions)):
            twice = [value for value, count in Counter(values).items() if count > 1]
            if twice:
                yield (*place, name), f"{', '.join(twice)} given twice"
        if queue.hours is not None and queue.hours not in file.hours:
            yield (*place, "hours"), _unknown("hours", queue.hours, file.hours)
        legal = queue.callback.hours
        if legal is not None and legal not in file.hours:
            yield (*place, "callback", "hours"), _unknown("hours", legal, file.hours)
        yield from _callback_texts((*place, "callback", "texts"), queue, unit)
        if key not in served:
            yield place, "no routing profile serves this queue: its contacts would wait for ever"
        for index, way in enumerate(queue.overflow):
            languages = unit.languages if unit is not None else ()
            yield from _overflow((*place, "overflow", index), key, way, file, languages)


def _callback_texts(
    place: tuple[str | int, ...], queue: parts.QueuePart, unit: parts.BusinessUnitPart | None
) -> Iterator[Found]:
    for name, texts in queue.callback.texts.given().items():
        yield from _texts((*place, name), texts, unit.languages if unit is not None else ())
        for language, text in texts.items():
            wrong = unknown_places(name, text)
            if wrong:
                yield (*place, name, language), f"nothing is known as {', '.join(wrong)} here"


def _overflow(
    place: tuple[str | int, ...],
    queue: str,
    way: parts.OverflowPart,
    file: parts.ConfigurationFile,
    languages: Collection[str],
) -> Iterator[Found]:
    needs = {"full": "limit", "late": "after", "closed": None}[way.when]
    for name in ("limit", "after"):
        given = getattr(way, name) is not None
        if name == needs and not given:
            yield place, f"overflow when {way.when} needs {name}"
        elif name != needs and given:
            yield (*place, name), f"overflow when {way.when} has no {name}"
    if way.when == "late" and way.after == 0:
        yield (*place, "after"), "overflow at once would leave the queue empty for ever"
    if way.action == "queue":
        if way.queue is None:
            yield place, "the queue to go to is missing"
        elif way.queue not in file.queues:
            yield (*place, "queue"), _unknown("queue", way.queue, file.queues)
        elif way.queue == queue:
            yield (*place, "queue"), "a queue cannot overflow into itself"
    elif way.queue is not None:
        yield (*place, "queue"), f"the action {way.action} has no queue"
    if way.action == "callback":
        if way.flow is None:
            yield place, "the flow to lead callers into is missing"
        elif way.flow not in file.flows:
            yield (*place, "flow"), _unknown("flow", way.flow, file.flows)
    elif way.flow is not None:
        yield (*place, "flow"), f"the action {way.action} has no flow"
    if way.action == "message":
        yield from _texts((*place, "texts") if way.texts else place, way.texts or {}, languages)
    elif way.texts is not None:
        yield from _texts((*place, "texts"), way.texts, languages)


def _overflow_loops(file: parts.ConfigurationFile) -> Iterator[Found]:
    """Find queues that send contacts on in a circle, whatever the conditions along it."""
    leads = {
        key: [
            (index, way.queue)
            for index, way in enumerate(queue.overflow)
            # A queue that overflows into itself, or nowhere, has been reported already.
            if way.action == "queue" and way.queue in file.queues and way.queue != key
        ]
        for key, queue in file.queues.items()
    }
    graph = {queue: [to for _, to in ways] for queue, ways in leads.items()}
    reported: set[str] = set()
    for start in leads:
        found = circle(graph, start)
        if found and not reported & set(found):
            reported |= set(found)
            first = next(index for index, to in leads[start] if to == [*found, start][1])
            way = " -> ".join([*found, start])
            yield ("queues", start, "overflow", first), f"goes in circles: {way}"


# --------------------------------------------------------------------------- profiles and lines


def _profiles(file: parts.ConfigurationFile) -> Iterator[Found]:
    for key, profile in file.routing_profiles.items():
        place = ("routing_profiles", key)
        twice = [q for q, n in Counter(q.queue for q in profile.queues).items() if n > 1]
        if twice:
            yield (*place, "queues"), f"{', '.join(twice)} given twice"
        if Channel.CALLBACK in profile.capacity:
            yield (*place, "capacity"), "callbacks are calls: they count on voice"
        if not profile.capacity:
            yield (*place, "capacity"), "an agent without capacity could take nothing"
        for index, served in enumerate(profile.queues):
            queue = file.queues.get(served.queue)
            if queue is None:
                yield (*place, "queues", index), _unknown("queue", served.queue, file.queues)
                continue
            channels = {file.plans[p].channel.work for p in queue.plans if p in file.plans}
            if profile.capacity and channels and not channels & profile.capacity.keys():
                names = ", ".join(sorted(channels))
                yield (*place, "queues", index), f"no capacity for {names}, all this queue has"
        for index, channel in enumerate(profile.exclusive):
            if channel not in profile.capacity and "exclusive" in profile.model_fields_set:
                yield (*place, "exclusive", index), f"no capacity for {channel}"


def _lines(file: parts.ConfigurationFile) -> Iterator[Found]:
    first: dict[str, str] = {}
    for key, line in file.lines.items():
        place = ("lines", key)
        other = first.setdefault(line.number, key) if line.number is not None else key
        if other != key:
            yield (*place, "number"), f"{line.number} is the number of {other!r} already"
        if line.flow not in file.flows:
            yield (*place, "flow"), _unknown("flow", line.flow, file.flows)
        unit = file.business_units.get(line.business_unit)
        if unit is None:
            reason = _unknown("business unit", line.business_unit, file.business_units)
            yield (*place, "business_unit"), reason
        elif line.language not in unit.languages:
            reason = f"{line.business_unit!r} does not speak {line.language}"
            yield (*place, "language"), reason


def _imports(file: parts.ConfigurationFile) -> Iterator[Found]:
    for key, part in file.imports.items():
        place = ("imports", key)
        if part.business_unit not in file.business_units:
            reason = _unknown("business unit", part.business_unit, file.business_units)
            yield (*place, "business_unit"), reason
        for theirs, ours in part.queues.items():
            if ours not in file.queues:
                yield (*place, "queues", theirs), _unknown("queue", ours, file.queues)
