"""A queue's snapshot as a stored item: one write unit, or two while many announcements are open.

It decides how numbers are packed. The line and the open announcements are texts of fixed-width
numbers, because a DynamoDB list spends two bytes on every entry and a map its names as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from centralino.application.ports import Item
from centralino.domain.promises.model import Pending, Snapshot
from centralino.domain.promises.pace import Pace

SORT_KEY = "snapshot"
#: A queue that nobody waited in for so long is forgotten.
KEPT_S = 30 * 24 * 3600

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}
# Moments are stored relative to this long before the snapshot, in hundredths of a second and, for
# announcements, in tenths: 46 and 7 hours of range.
_KEYS_BEFORE_MS = 40 * 3_600_000
_TIMES_BEFORE_MS = 6 * 3_600_000
_KEY_UNIT, _KEY_WIDTH = 10, 4
_TIME_UNIT, _TIME_WIDTH = 100, 3
# A window's ends are told in whole steps after the announcement (see ``spoken_floor``).
_STEP_MS, _STEP_WIDTH = 5_000, 2
_MARK_WIDTH = 3
# Tag, key, made, start, end, expected, deviation, left: their widths.
_PENDING = (
    _MARK_WIDTH,
    _KEY_WIDTH,
    _TIME_WIDTH,
    _STEP_WIDTH,
    _STEP_WIDTH,
    _TIME_WIDTH,
    _TIME_WIDTH,
    _TIME_WIDTH,
)


def partition(queue: str) -> str:
    """Return the partition key of a queue's snapshot."""
    return f"queue#{queue}"


def snapshot_item(queue: str, snapshot: Snapshot) -> Item:
    """Return a snapshot as stored."""
    at, pace = snapshot.at, snapshot.pace
    return Item(
        partition(queue),
        SORT_KEY,
        {
            "version": snapshot.version,
            "at": at,
            "line": "".join(_key(key, at) for key in snapshot.marks),
            "step": snapshot.step,
            "size": snapshot.size,
            "head": snapshot.head_at,
            "pace": [
                round(pace.assigned, 3),
                round(pace.busy_ms),
                pace.last_at,
                round(pace.left, 3),
                round(pace.waited_ms),
                round(pace.ring_ms),
            ],
            "levels": [round(snapshot.early, 5), round(snapshot.late, 5)],
            "budget": [
                snapshot.half_hour,
                snapshot.announced,
                snapshot.missed,
                snapshot.before,
            ],
            "open": "".join(_pending(pending, at) for pending in snapshot.pending),
            "seen": "".join(_text(mark, _MARK_WIDTH) for mark in snapshot.seen),
        },
        ttl=at // 1000 + KEPT_S,
    )


def snapshot_of(attributes: Mapping[str, Any]) -> Snapshot:
    """Return the snapshot of a stored item: the inverse of :func:`snapshot_item`."""
    at = attributes["at"]
    assigned, busy_ms, last_at, left, waited_ms, ring_ms = attributes["pace"]
    early, late = attributes["levels"]
    half_hour, announced, missed, before = attributes["budget"]
    return Snapshot(
        version=attributes["version"],
        at=at,
        marks=tuple(_key_back(key, at) for key in _numbers(attributes["line"], _KEY_WIDTH)),
        step=attributes["step"],
        size=attributes["size"],
        head_at=attributes["head"],
        pace=Pace(assigned, busy_ms, last_at, left, waited_ms, ring_ms),
        early=early,
        late=late,
        half_hour=half_hour,
        announced=announced,
        missed=missed,
        before=before,
        pending=tuple(_pendings(attributes["open"], at)),
        seen=tuple(_numbers(attributes["seen"], _MARK_WIDTH)),
    )


def _pending(pending: Pending, at: int) -> str:
    left = 0 if pending.left_at is None else max(1, _time(pending.left_at, at))
    numbers = (
        pending.tag,
        _key_number(pending.key, at),
        _time(pending.made_at, at),
        (pending.window_start - pending.made_at) // _STEP_MS,
        (pending.window_end - pending.made_at) // _STEP_MS,
        pending.expected_ms // _TIME_UNIT,
        pending.deviation_ms // _TIME_UNIT,
        left,
    )
    return "".join(_text(n, width) for n, width in zip(numbers, _PENDING, strict=True))


def _pendings(text: str, at: int) -> Iterator[Pending]:
    width = sum(_PENDING)
    for begin in range(0, len(text), width):
        tag, key, made, start, end, expected, deviation, left = _split(text[begin : begin + width])
        yield Pending(
            tag=tag,
            key=_key_back(key, at),
            made_at=_time_back(made, at),
            window_start=_time_back(made, at) + start * _STEP_MS,
            window_end=_time_back(made, at) + end * _STEP_MS,
            expected_ms=expected * _TIME_UNIT,
            deviation_ms=deviation * _TIME_UNIT,
            left_at=_time_back(left, at) if left else None,
        )


def _numbers(text: str, width: int) -> Iterator[int]:
    for begin in range(0, len(text), width):
        yield _number(text[begin : begin + width])


def _split(text: str) -> Sequence[int]:
    numbers, begin = [], 0
    for width in _PENDING:
        numbers.append(_number(text[begin : begin + width]))
        begin += width
    return numbers


def _key(key: int, at: int) -> str:
    return _text(_key_number(key, at), _KEY_WIDTH)


def _key_number(key: int, at: int) -> int:
    # Keys far outside (another tier) become the first or the last there is: the order stays.
    return (key - at + _KEYS_BEFORE_MS) // _KEY_UNIT


def _key_back(number: int, at: int) -> int:
    return number * _KEY_UNIT + at - _KEYS_BEFORE_MS


def _time(moment: int, at: int) -> int:
    return (moment - at + _TIMES_BEFORE_MS) // _TIME_UNIT


def _time_back(number: int, at: int) -> int:
    return number * _TIME_UNIT + at - _TIMES_BEFORE_MS


def _text(number: int, width: int) -> str:
    number = min(max(0, number), 64**width - 1)
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 64)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


def _number(text: str) -> int:
    number = 0
    for digit in text:
        number = number * 64 + _VALUES[digit]
    return number
