"""A list of calls to be replayed: CSV with one call a row, in order of arrival.

It decides what a row must say and refuses a list with a row that cannot be; it repairs nothing.

================ ==============================================================================
``call``         what the call is named in the answer
``type``         what the caller wants; free text
``priority``     a whole number from 0; what it means is the replay's to say
``arrival_s``    when the caller joins the queue, seconds of the day
``service_s``    for how long an agent would be busy
``patience_s``   how long the caller waits; empty: until served
================ ==============================================================================
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from centralino.domain.errors import InvalidRequest

CALL_COLUMNS = ("call", "type", "priority", "arrival_s", "service_s", "patience_s")
_MOST_SECONDS = 10 * 86_400
_MOST_PRIORITY = 1000


class CallListError(InvalidRequest):
    """The list cannot be used; the message is one line naming line and column."""

    code = "invalid_call_list"


@dataclass(frozen=True, slots=True)
class ListedCall:
    """One call of a list. Whole seconds, as such logs have them."""

    call: str
    type: str
    priority: int
    arrival_s: int
    service_s: int
    patience_s: int | None = None


def read_calls(path: Path) -> tuple[ListedCall, ...]:
    """Read a list of calls from a file.

    Raises
    ------
    CallListError
        The file cannot be read, has no calls, or a row is wrong.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return parse_calls(lines, path.name)
    except OSError as error:
        raise CallListError(f"{path.name}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise CallListError(f"{path.name}: not a text file in UTF-8") from error


def parse_calls(lines: Iterable[str], name: str) -> tuple[ListedCall, ...]:
    """Parse a list of calls; ``name`` is what errors call it. Further columns are ignored."""
    rows = csv.reader(lines)
    try:
        header = [column.strip() for column in next(rows, [])]
        places = _places(header, name)
        calls = [
            _call([row[place] for place in places], f"{name} line {number}")
            for number, row in enumerate(rows, start=2)
            if any(field.strip() for field in row) and _wide_enough(row, header, name, number)
        ]
    except csv.Error as error:
        raise CallListError(f"{name}: {error}") from error
    if not calls:
        raise CallListError(f"{name}: no calls in the file")
    _check_names(calls, name)
    return tuple(calls)


def _places(header: Sequence[str], name: str) -> list[int]:
    missing = [column for column in CALL_COLUMNS if column not in header]
    if missing:
        raise CallListError(f"{name} line 1: no column {missing[0]}")
    return [header.index(column) for column in CALL_COLUMNS]


def _wide_enough(row: Sequence[str], header: Sequence[str], name: str, number: int) -> bool:
    if len(row) != len(header):
        raise CallListError(f"{name} line {number}: {len(row)} columns, {len(header)} expected")
    return True


def _check_names(calls: Sequence[ListedCall], name: str) -> None:
    seen: set[str] = set()
    for number, call in enumerate(calls, start=1):
        if call.call in seen:
            raise CallListError(f"{name}: call {call.call[:40]!r} is listed twice (call {number})")
        seen.add(call.call)


def _call(fields: Sequence[str], where: str) -> ListedCall:
    call, kind, priority, arrival, service, patience = (field.strip() for field in fields)
    if not call:
        raise CallListError(f"{where}, column call: a name is needed")
    return ListedCall(
        call=call,
        type=kind,
        priority=_whole(priority, f"{where}, column priority", _MOST_PRIORITY),
        arrival_s=_whole(arrival, f"{where}, column arrival_s", _MOST_SECONDS),
        service_s=_whole(service, f"{where}, column service_s", _MOST_SECONDS),
        patience_s=(
            _whole(patience, f"{where}, column patience_s", _MOST_SECONDS) if patience else None
        ),
    )


def _whole(text: str, where: str, most: int) -> int:
    # int() also reads "1_000" and digits of other scripts, which no log means as numbers.
    if not text.isascii() or not text.isdigit() or int(text) > most:
        raise CallListError(f"{where}: {text[:40]!r} is not a whole number from 0 to {most}")
    return int(text)
