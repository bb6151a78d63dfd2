"""Who works on a simulated day: so many agents of a routing profile, from when to when.

A list of staff is CSV with a header. ``profile`` and ``agents`` are needed; ``from`` and ``until``
(``HH:MM``) where they do not work all day; ``skills`` as ``name=level``, separated by blanks.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from centralino.domain.configuration.model import Configuration
from centralino.domain.errors import InvalidRequest

STAFF_COLUMNS = ("profile", "agents", "from", "until", "skills")
DAY_S = 86_400
_MOST_AGENTS = 5_000
_CLOCK = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")


class StaffError(InvalidRequest):
    """The staff cannot be used; the message is one line."""

    code = "invalid_staff"


@dataclass(frozen=True, slots=True)
class Staff:
    """Agents alike. Times are seconds of the local day."""

    profile: str
    agents: int
    from_s: int = 0
    until_s: int = DAY_S
    skills: Mapping[str, int] = field(default_factory=dict)

    def check(self, configuration: Configuration) -> None:
        """Refuse staff the configuration knows nothing of.

        Raises
        ------
        StaffError
            Unknown profile or skill, no agents, or a shift that ends before it begins.
        """
        if self.profile not in configuration.profiles:
            known = ", ".join(sorted(configuration.profiles))
            raise StaffError(f"unknown routing profile {self.profile!r} (there is {known})")
        if not 1 <= self.agents <= _MOST_AGENTS:
            raise StaffError(
                f"agents of {self.profile} must be from 1 to {_MOST_AGENTS}, not {self.agents}"
            )
        if not 0 <= self.from_s < self.until_s <= DAY_S:
            raise StaffError(f"a shift of {self.profile} ends before it begins")
        for skill in self.skills:
            if skill not in configuration.skills:
                known = ", ".join(sorted(configuration.skills)) or "none"
                raise StaffError(f"unknown skill {skill!r} (there is {known})")


def read_staff(path: Path) -> tuple[Staff, ...]:
    """Read a list of staff from a file, or raise :class:`StaffError`."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return parse_staff(lines, path.name)
    except OSError as error:
        raise StaffError(f"{path.name}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise StaffError(f"{path.name}: not a text file in UTF-8") from error


def parse_staff(lines: Iterable[str], name: str) -> tuple[Staff, ...]:
    """Parse a list of staff; ``name`` is what errors call it."""
    rows = csv.DictReader(lines, strict=True)
    found: list[Staff] = []
    try:
        header = rows.fieldnames or ()
        for column in STAFF_COLUMNS[:2]:
            if column not in header:
                raise StaffError(f"{name} line 1: no column {column}")
        for column in header:
            if column not in STAFF_COLUMNS:
                raise StaffError(f"{name} line 1: unknown column {column[:40]!r}")
        for number, row in enumerate(rows, start=2):
            where = f"{name} line {number}"
            if None in row or None in row.values():
                raise StaffError(f"{where}: {len(header)} columns expected")
            found.append(
                Staff(
                    profile=row["profile"].strip(),
                    agents=_count(row["agents"].strip(), where),
                    from_s=_clock(row.get("from", "").strip(), 0, where),
                    until_s=_clock(row.get("until", "").strip(), DAY_S, where),
                    skills=_skills(row.get("skills", ""), where),
                )
            )
    except csv.Error as error:
        raise StaffError(f"{name}: {error}") from error
    if not found:
        raise StaffError(f"{name}: nobody works")
    return tuple(found)


def _count(text: str, where: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise StaffError(f"{where}, column agents: {text[:40]!r} is not a whole number")
    return int(text)


def _clock(text: str, otherwise: int, where: str) -> int:
    if not text:
        return otherwise
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise StaffError(f"{where}: {text[:40]!r} is not a time of day such as 09:00")
    return int(found[1]) * 3600 + int(found[2]) * 60


def _skills(text: str, where: str) -> dict[str, int]:
    skills: dict[str, int] = {}
    for part in text.split():
        name, _, level = part.partition("=")
        if not name or not (level.isascii() and level.isdigit()) or not 1 <= int(level) <= 10:
            raise StaffError(f"{where}, column skills: {part[:40]!r} is not such as english=3")
        skills[name] = int(level)
    return skills
