"""Read a day of real calls from a file, to replay it.

Decides what a row of such a file says and which rows cannot be used. Never decides how a call is
replayed, and never repairs a value: what the source's clocks got wrong stays as it was recorded.

The columns are those of the call-by-call log of a bank's call centre published by the Technion
("AnonymousBank"), separated by commas or tabs. Its known oddities are accepted: negative menu
times and services that start before the menu ended (clocks that disagree), answered calls of no
length or with nobody named, hung-up calls with a service time, blanks after a name. A row that
lost the tab between two columns is dropped and reported; rows marked PHANTOM are left out.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NoReturn, TypeVar

COLUMNS = (
    "vru+line",
    "call_id",
    "customer_id",
    "priority",
    "type",
    "date",
    "vru_entry",
    "vru_exit",
    "vru_time",
    "q_start",
    "q_exit",
    "q_time",
    "outcome",
    "ser_start",
    "ser_exit",
    "ser_time",
    "server",
)
_NOBODY = "NO_SERVER"
_UNKNOWN_CUSTOMER = "0"
_OUTCOMES = ("AGENT", "HANG", "PHANTOM")
_PRIORITIES = ("0", "1", "2")

T = TypeVar("T")


class DayFileError(ValueError):
    """A file that is not a day of calls; the message is one line naming line and column."""


@dataclass(frozen=True, slots=True)
class DayCall:
    """One call. Moments are seconds of the day, durations seconds.

    Parameters
    ----------
    line_number
        Where the call stands in the file, from 2.
    trunk, call_id, customer, priority, kind, day
        As recorded; ``customer`` is None when unknown. ``priority`` 2 is high, 0 and 1 regular.
    entered_s, left_menu_s
        Entry into and exit from the voice menu; the exit is the arrival at the queue.
    menu_s
        Recorded length of the menu; negative where the clocks disagreed.
    waited_s
        Time in the queue; 0 for a call never queued.
    answered
        An agent took the call; otherwise the caller hung up.
    service_start_s, service_end_s, service_s
        When and how long an agent served; the moments are None where none was recorded.
    agent
        Who served; None when nobody is named.
    """

    line_number: int
    trunk: str
    call_id: str
    customer: str | None
    priority: int
    kind: str
    day: date
    entered_s: int
    left_menu_s: int
    menu_s: int
    waited_s: int
    answered: bool
    service_start_s: int | None
    service_end_s: int | None
    service_s: int
    agent: str | None


@dataclass(frozen=True, slots=True)
class DroppedRow:
    """A row that could not be used, and why."""

    line_number: int
    reason: str


@dataclass(frozen=True, slots=True)
class DayFile:
    """The calls of a file in its order, and what was left out."""

    calls: tuple[DayCall, ...]
    dropped: tuple[DroppedRow, ...]
    phantoms: int


def read_day(path: Path) -> DayFile:
    """Read a file of calls.

    Raises
    ------
    DayFileError
        When the file cannot be read or is not a day of calls.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return parse_day(lines, path.name)
    except OSError as error:
        raise DayFileError(f"{path.name}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise DayFileError(f"{path.name}: not a text file in UTF-8") from error


def parse_day(lines: Iterable[str], name: str) -> DayFile:
    """Parse the lines of a file of calls, header first.

    Parameters
    ----------
    lines
        Lines with or without their ends, separated by commas or tabs.
    name
        What to call the file in an error.

    Raises
    ------
    DayFileError
        For a wrong header, a row with too many or too few columns, or a value that is not one.
    """
    source = iter(lines)
    header = next(source, "")
    delimiter = "\t" if "\t" in header else ","
    _check_header([column.strip() for column in header.split(delimiter)], name)
    calls: list[DayCall] = []
    dropped: list[DroppedRow] = []
    phantoms = 0
    try:
        for number, fields in enumerate(csv.reader(source, delimiter=delimiter), start=2):
            if not any(field.strip() for field in fields):
                continue
            if len(fields) == len(COLUMNS) - 1:
                dropped.append(DroppedRow(number, "the separator between two columns is missing"))
                continue
            row = _Row(fields, name, number)
            if row.one_of("outcome", _OUTCOMES) == "PHANTOM":
                phantoms += 1
            else:
                calls.append(_call(row))
    except csv.Error as error:
        raise DayFileError(f"{name}: {error}") from error
    if not calls:
        raise DayFileError(f"{name}: no calls in the file")
    return DayFile(tuple(calls), tuple(dropped), phantoms)


def _check_header(found: Sequence[str], name: str) -> None:
    for number, expected in enumerate(COLUMNS):
        actual = found[number] if number < len(found) else "nothing"
        if actual != expected:
            raise DayFileError(
                f"{name} line 1: column {number + 1} must be {expected}, not {actual[:40]}"
            )
    if len(found) > len(COLUMNS):
        raise DayFileError(f"{name} line 1: {len(found)} columns, {len(COLUMNS)} expected")


class _Row:
    """One row's fields by column, with errors that say where they are."""

    def __init__(self, fields: Sequence[str], name: str, number: int) -> None:
        if len(fields) != len(COLUMNS):
            raise DayFileError(
                f"{name} line {number}: {len(fields)} columns, {len(COLUMNS)} expected"
            )
        self.number = number
        self._name = name
        self._fields = {c: f.strip() for c, f in zip(COLUMNS, fields, strict=True)}

    def text(self, column: str) -> str:
        """Return a field that must not be empty."""
        return self._read(column, "a text", lambda text: text or _refuse())

    def one_of(self, column: str, choices: Sequence[str]) -> str:
        """Return a field that must be one of some words."""
        return self._read(
            column,
            " or ".join(choices),
            lambda text: text if text in choices else _refuse(),
        )

    def seconds(self, column: str, *, negative: bool = False) -> int:
        """Return a duration."""

        def read(text: str) -> int:
            value = int(text)
            return value if value >= 0 or negative else _refuse()

        return self._read(column, "a whole number of seconds", read)

    def clock(self, column: str) -> int:
        """Return a time of day in seconds."""

        def read(text: str) -> int:
            hours, minutes, seconds = (int(part) for part in text.split(":"))
            good = 0 <= hours < 24 and 0 <= minutes < 60 and 0 <= seconds < 60
            return hours * 3600 + minutes * 60 + seconds if good else _refuse()

        return self._read(column, "a time of day such as 9:05:00", read)

    def day(self, column: str) -> date:
        """Return a date written YYMMDD; the log is of the twentieth century."""

        def read(text: str) -> date:
            if len(text) != 6 or not text.isdigit():
                _refuse()
            return date(1900 + int(text[:2]), int(text[2:4]), int(text[4:]))

        return self._read(column, "a date as YYMMDD", read)

    def _read(self, column: str, what: str, read: Callable[[str], T]) -> T:
        text = self._fields[column]
        try:
            return read(text)
        except ValueError as error:
            raise DayFileError(
                f"{self._name} line {self.number}, column {column}: {text[:40]!r} is not {what}"
            ) from error


def _refuse() -> NoReturn:
    raise ValueError


def _call(row: _Row) -> DayCall:
    customer = row.text("customer_id")
    agent = row.text("server")
    start = row.clock("ser_start") or None
    return DayCall(
        line_number=row.number,
        trunk=row.text("vru+line"),
        call_id=row.text("call_id"),
        customer=None if customer == _UNKNOWN_CUSTOMER else customer,
        priority=int(row.one_of("priority", _PRIORITIES)),
        kind=row.text("type"),
        day=row.day("date"),
        entered_s=row.clock("vru_entry"),
        left_menu_s=row.clock("vru_exit"),
        menu_s=row.seconds("vru_time", negative=True),
        waited_s=row.seconds("q_time"),
        answered=row.one_of("outcome", _OUTCOMES) == "AGENT",
        service_start_s=start,
        # Midnight stands for "no service" in the source.
        service_end_s=None if start is None else row.clock("ser_exit"),
        service_s=row.seconds("ser_time"),
        agent=None if agent == _NOBODY else agent,
    )
