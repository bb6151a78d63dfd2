"""Moments as customers say them: a date and a time on the wall of some zone. Pure.

Twice a year a wall clock is no clock: one night it skips an hour, another night it shows one
twice. A time that was skipped is refused, and so is one that came twice, unless it says which is
meant: by its offset (``2027-11-07T01:30-05:00``). Nobody is called an hour early by a guess.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from centralino.domain.errors import RuleViolation

#: Longer than any way to write a moment, and short enough to refuse at once.
_LONGEST = 40


def moment(text: str, zone: str) -> int:
    """Return a local time as UTC milliseconds.

    Parameters
    ----------
    text : str
        ISO 8601 to the minute or the second: ``2027-03-28T09:30``. With an offset (or ``Z``) it
        is that instant, whatever the zone.
    zone : str
        IANA name.

    Raises
    ------
    RuleViolation
        ``time_does_not_exist``: the clocks skip it; ``time_ambiguous``: they show it twice, and
        no offset says which; ``invalid_time``: it is no time, or there is no such zone.

    Examples
    --------
    >>> moment("2027-03-28T09:30", "Europe/Rome")
    1806219000000
    >>> moment("2027-11-07T01:30-04:00", "America/New_York")
    1825565400000
    >>> moment("2027-03-28T02:30", "Europe/Rome")
    Traceback (most recent call last):
    centralino.domain.errors.RuleViolation: 2027-03-28T02:30 does not exist in Europe/Rome
    """
    local = _read(text)
    known = _zone(zone)
    if local.tzinfo is not None:
        return _milliseconds(local)
    early, late = (local.replace(tzinfo=known, fold=fold) for fold in (0, 1))
    if early.utcoffset() == late.utcoffset():
        return _milliseconds(early)
    shown = local.isoformat(timespec="minutes")
    # A skipped time comes back from UTC as another one; one shown twice comes back as itself.
    if early.astimezone(UTC).astimezone(known).replace(tzinfo=None) != local:
        raise RuleViolation(f"{shown} does not exist in {zone}", code="time_does_not_exist")
    raise RuleViolation(
        f"{shown} comes twice in {zone}: give the offset, {_offset(early)} or {_offset(late)}",
        code="time_ambiguous",
    )


def local(at: int, zone: str) -> str:
    """Return a moment as the wall clock of a zone shows it, to the minute.

    Raises
    ------
    RuleViolation
        There is no such zone (``invalid_time``).

    Examples
    --------
    >>> local(1806219000000, "Europe/Rome")
    '2027-03-28T09:30'
    """
    shown = datetime.fromtimestamp(at / 1000, _zone(zone))
    return shown.replace(tzinfo=None).isoformat(timespec="minutes")


def _read(text: str) -> datetime:
    if len(text) > _LONGEST or not ("T" in text or " " in text.strip()):
        raise RuleViolation("a time is given as 2027-03-28T09:30", code="invalid_time")
    try:
        found = datetime.fromisoformat(text.strip())
        # The year's ends cannot be brought to UTC.
        found.replace(tzinfo=None) - timedelta(days=2)
        found.replace(tzinfo=None) + timedelta(days=2)
    except (ValueError, OverflowError) as error:
        raise RuleViolation("a time is given as 2027-03-28T09:30", code="invalid_time") from error
    return found


def _zone(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise RuleViolation("there is no such time zone", code="invalid_time") from error


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _offset(moment: datetime) -> str:
    return moment.strftime("%z")[:3] + ":" + moment.strftime("%z")[3:]
