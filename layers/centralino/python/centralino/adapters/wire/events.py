"""The outbox of an item: type codes and changed fields, in the order they happened.

The list is flat: a code, followed by its data where it has any. Codes are text and data are
maps, so nothing is ambiguous and an event without data costs three bytes. Data that the item holds
anyway is stored as a mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from centralino.domain.events import CODES, TYPES, Event

Known = Mapping[str, Any]
"""Field of an event's data -> the value that the item holds for it."""

# Field -> the mark that stands for "as the item says". No field begins like a mark.
_MARKS = {"agent_id": "@a", "rid": "@r"}


def events_list(
    events: Iterable[Event], known: Known | None = None, told: Event | None = None
) -> list[Any]:
    """Return events as stored.

    Parameters
    ----------
    known : mapping, optional
        What the item holds of the marked fields; an equal value is stored as its mark.
    told : Event, optional
        An event that follows from the item as a whole: it is stored as its bare code.
    """
    stored: list[Any] = []
    for event in events:
        stored.append(CODES[event.type])
        if told is not None and event == told:
            continue
        if event.data or (told is not None and event.type == told.type):
            stored.append(_marked(event.data, known or {}))
    return stored


def events_of(
    stored: Sequence[Any], known: Known | None = None, told: Event | None = None
) -> tuple[Event, ...]:
    """Return the events of a stored list: the inverse of :func:`events_list`."""
    events: list[Event] = []
    for position, part in enumerate(stored):
        if not isinstance(part, str):
            continue
        name = TYPES[part]
        data = stored[position + 1] if position + 1 < len(stored) else None
        if isinstance(data, Mapping):
            events.append(Event(name, _unmarked(data, known or {})))
        elif told is not None and told.type == name:
            events.append(told)
        else:
            events.append(Event(name))
    return tuple(events)


def _marked(data: Mapping[str, Any], known: Known) -> dict[str, Any]:
    stored = dict(data)
    for field, mark in _MARKS.items():
        value = known.get(field)
        if value is not None and stored.get(field) == value:
            del stored[field]
            stored[mark] = True
    return stored


def _unmarked(stored: Mapping[str, Any], known: Known) -> dict[str, Any]:
    data = dict(stored)
    for field, mark in _MARKS.items():
        if data.pop(mark, False):
            data[field] = known[field]
    return data
