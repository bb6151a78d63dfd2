"""What customers are written about a callback: the product's own words, and how moments read.

Words of a queue's own may take the place of these. In braces: ``{queue}`` its name, ``{when}``
the moment, ``{link}`` the address where it can be moved or taken back, or booked again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

LANGUAGES = ("en", "it")


class Occasion(StrEnum):
    """What is written about."""

    CONFIRMED = "confirmed"
    MOVED = "moved"
    REMINDER = "reminder"
    UNREACHED = "unreached"
    #: Its time was over before anybody could call.
    EXPIRED = "expired"


#: What each occasion's words may name in braces.
PLACES: Mapping[Occasion, frozenset[str]] = {
    Occasion.CONFIRMED: frozenset({"queue", "when", "link"}),
    Occasion.MOVED: frozenset({"queue", "when", "link"}),
    Occasion.REMINDER: frozenset({"queue", "when", "link"}),
    Occasion.UNREACHED: frozenset({"queue", "link"}),
    Occasion.EXPIRED: frozenset({"queue", "link"}),
}
_WORDS: Mapping[Occasion, Mapping[str, str]] = {
    Occasion.CONFIRMED: {
        "en": "{queue}: we will call you back {when}. Move or cancel: {link}",
        "it": "{queue}: la richiameremo {when}. Per spostare o annullare: {link}",
    },
    Occasion.MOVED: {
        "en": "{queue}: your callback was moved. We will call you {when}. {link}",
        "it": "{queue}: la sua richiamata è stata spostata. La chiameremo {when}. {link}",
    },
    Occasion.REMINDER: {
        "en": "{queue}: we will call you {when}. Move or cancel: {link}",
        "it": "{queue}: la chiameremo {when}. Per spostare o annullare: {link}",
    },
    Occasion.UNREACHED: {
        "en": "{queue}: we called you back and could not reach you. To book again: {link}",
        "it": "{queue}: l'abbiamo richiamata senza trovarla. Per prenotare di nuovo: {link}",
    },
    Occasion.EXPIRED: {
        "en": "{queue}: we are sorry, we could not call you back in time. To book again: {link}",
        "it": "{queue}: ci scusi se non l'abbiamo richiamata. Per prenotare di nuovo: {link}",
    },
}
CODE: Mapping[str, str] = {
    "en": "{queue}: your code for the callback is {code}. It is good for ten minutes.",
    "it": "{queue}: il suo codice per la richiamata è {code}. Vale dieci minuti.",
}
_SOON = {"en": "as soon as it is your turn", "it": "appena arriva il suo turno"}
_AFTER = {"en": "{day}after {at}", "it": "{day}dopo le {at}"}
_BETWEEN = {"en": "{day}between {at} and {end}", "it": "{day}tra le {at} e le {end}"}
_ON = {"en": "on {day}, ", "it": "{day}, "}
_DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "it": ("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"),
}
_MONTHS = {
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    "it": (
        *("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno"),
        *("luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"),
    ),
}
_BRACED = re.compile(r"\{(\w+)\}")


def spoken(language: str) -> str:
    """Return the language something is written in for who speaks this one."""
    return language if language in LANGUAGES else LANGUAGES[0]


def words(
    occasion: Occasion,
    language: str,
    own: Mapping[str, Mapping[str, str]],
    places: Mapping[str, str],
) -> str:
    """Return what is written, in the queue's own words where it has some in that language.

    Examples
    --------
    >>> words(Occasion.UNREACHED, "it", {}, {"queue": "Vendite", "link": "https://x.example"})
    "Vendite: l'abbiamo richiamata senza trovarla. Per prenotare di nuovo: https://x.example"
    """
    known = spoken(language)
    text = own.get(str(occasion), {}).get(known) or _WORDS[occasion][known]
    return filled(text, places)


def filled(text: str, places: Mapping[str, str]) -> str:
    """Return a text with its places filled; nothing else in braces means anything."""
    return _BRACED.sub(lambda found: places.get(found[1], found[0]), text)


def unknown_places(occasion: str, text: str) -> list[str]:
    """Return what a text names in braces that the occasion does not have.

    Examples
    --------
    >>> unknown_places("unreached", "We rang {when}, see {link}")
    ['when']
    """
    return sorted(set(_BRACED.findall(text)) - PLACES[Occasion(occasion)])


def day(at: int, zone: str, language: str) -> str:
    """Return the day of a moment (UTC ms) as people in a zone say it.

    Examples
    --------
    >>> day(1806219000000, "Europe/Rome", "it")
    'domenica 28 marzo 2027'
    """
    local, known = datetime.fromtimestamp(at / 1000, ZoneInfo(zone)), spoken(language)
    weekday, month = _DAYS[known][local.weekday()], _MONTHS[known][local.month - 1]
    return f"{weekday} {local.day} {month} {local.year}"


def clock(at: int, zone: str) -> str:
    """Return the time of a moment on the wall of a zone; with the offset where it comes twice.

    Examples
    --------
    >>> clock(1806219000000, "Europe/Rome"), clock(1825565400000, "America/New_York")
    ('09:30', '01:30 (-04:00)')
    """
    local = datetime.fromtimestamp(at / 1000, ZoneInfo(zone))
    twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
    return local.strftime("%H:%M") + (f" ({local.isoformat()[-6:]})" if twice else "")


def when(
    window: tuple[int, int] | None, not_before: int, now: int, zone: str, language: str
) -> str:
    """Return when the phone will ring as it is put in a sentence.

    Parameters
    ----------
    window : (int, int) or None
        What is promised, UTC milliseconds; ``None``: nothing is.
    not_before : int
        When it rings at the earliest.

    Examples
    --------
    >>> when(None, 0, 0, "Europe/Rome", "en")
    'as soon as it is your turn'
    >>> when((1806219000000, 1806220800000), 0, 0, "Europe/Rome", "en")
    'on Sunday 28 March 2027, between 09:30 and 10:00'
    >>> when((1806219000000, 1806220800000), 0, 1806217000000, "Europe/Rome", "it")
    'tra le 09:30 e le 10:00'
    """
    known = spoken(language)
    if window is None and not_before <= now:
        return _SOON[known]
    start = not_before if window is None else window[0]
    shown = day(start, zone, known)
    date = "" if shown == day(now, zone, known) else _ON[known].format(day=shown)
    if window is None:
        return _AFTER[known].format(day=date, at=clock(start, zone))
    return _BETWEEN[known].format(day=date, at=clock(start, zone), end=clock(window[1], zone))
