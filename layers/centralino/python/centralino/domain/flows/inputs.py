"""What callers key in or say, recognised: a choice of a menu, a value of a named kind.

====== ==================================================== ====================
kind   what is keyed in                                     what is kept
====== ==================================================== ====================
digits digits, ``shortest`` to ``longest``                  the digits
date   day, month and year, ``01052026``                    ``2026-05-01``
amount units, and hundredths after ``*``: ``12*50``         ``12.50``
order  what the pattern matches; capitals where it is said  the number
phone  a number as it is dialled                            E.164
====== ==================================================== ====================
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from centralino.domain.flows.model import Collect, Menu, Survey
from centralino.domain.flows.ventures import SCALES

KINDS = ("digits", "date", "amount", "order", "phone")
#: Kinds that can be said as well as keyed in.
SPOKEN_KINDS = ("digits", "order")
#: The most keys a value can have, by kind; ``digits`` and ``order`` tell their own.
MOST_KEYS = {"date": 8, "amount": 12, "phone": 18}
#: The most characters that are kept of a value, by kind.
MOST_KEPT = {"date": 10, "amount": 12, "phone": 16}
#: Longer answers are no answer to anything.
LONGEST_ANSWER = 64

_WORDS = {
    "en": "zero one two three four five six seven eight nine",
    "it": "zero uno due tre quattro cinque sei sette otto nove",
}
NUMBER_WORDS: dict[str, dict[str, str]] = {
    language: {word: str(digit) for digit, word in enumerate(words.split())}
    for language, words in _WORDS.items()
}
_AMOUNT = re.compile(r"(\d{1,9})(?:\*(\d{1,2}))?")
_DATE = re.compile(r"(\d{2})(\d{2})(\d{4})")


@dataclass(frozen=True, slots=True)
class Given:
    """A caller's answer: digits, words, or neither. It may be sensitive, so it is never shown."""

    digits: str = field(default="", repr=False)
    speech: str = field(default="", repr=False)

    @property
    def overlong(self) -> bool:
        """Whether this is longer than any answer."""
        return len(self.digits) > LONGEST_ANSWER or len(self.speech) > 8 * LONGEST_ANSWER


def choice(menu: Menu, given: Given, language: str) -> str | None:
    """Return where an answer leads at a menu, ``None`` where it leads nowhere.

    Of the phrases heard in what was said the longest decides; two choices that are equally well
    named are none.
    """
    if given.overlong:
        return None
    if given.digits:
        return menu.choices.get(given.digits)
    if not given.speech or not menu.phrases:
        return None
    heard = f" {_normal(given.speech)} "
    best: dict[int, set[str]] = {}
    for digit in menu.choices:
        for phrase in phrases(menu, digit, language):
            words = _normal(phrase)
            if words and f" {words} " in heard:
                best.setdefault(len(words), set()).add(digit)
    digits = best[max(best)] if best else set()
    return menu.choices[digits.pop()] if len(digits) == 1 else None


def phrases(menu: Menu, digit: str, language: str) -> tuple[str, ...]:
    """Return what may be said for a digit: its phrases, the digit, and the word for it."""
    own: Mapping[str, tuple[str, ...]] = menu.phrases.get(digit, {})
    words = NUMBER_WORDS.get(language, {})
    named = tuple(word for word, number in words.items() if number == digit)
    return (*own.get(language, ()), digit, *named)


def value(
    step: Collect, given: Given, language: str, phone: Callable[[str], str | None]
) -> str | None:
    """Return an answer as a value of the step's kind, ``None`` if it is none.

    Parameters
    ----------
    phone : callable
        Returns digits as an E.164 number, ``None`` if they are none.
    """
    if given.overlong:
        return None
    answer = given.digits
    if not answer and step.speech and step.kind in SPOKEN_KINDS:
        answer = _together(given.speech, language)
    if not answer:
        return None
    match step.kind:
        case "digits":
            fits = answer.isascii() and answer.isdigit()
            return answer if fits and step.shortest <= len(answer) <= step.longest else None
        case "date":
            return _date(answer)
        case "amount":
            found = _AMOUNT.fullmatch(answer)
            return f"{int(found[1])}.{(found[2] or '0').ljust(2, '0')}" if found else None
        case "order":
            fits = step.shortest <= len(answer) <= step.longest
            return answer if fits and re.fullmatch(step.pattern or r"\w+", answer) else None
        case "phone":
            return phone(answer) if answer.isdigit() else None
    return None


def score(step: Survey, given: Given) -> int | None:
    """Return an answer as a score of the survey's scale, ``None`` if it is none."""
    keys = given.digits
    # Whoever ends "10" with the hash key has answered, too.
    keys = keys[:-1] if keys.endswith("#") else keys
    if not (keys.isascii() and keys.isdigit() and len(keys) <= 2):
        return None
    lowest, highest = SCALES[step.scale]
    return int(keys) if lowest <= int(keys) <= highest else None


def most_keys(step: Collect) -> int:
    """Return how many keys are waited for at most."""
    return MOST_KEYS.get(step.kind, step.longest)


def most_kept(step: Collect) -> int:
    """Return how many bytes a value can have."""
    return MOST_KEPT.get(step.kind, step.longest)


def _date(answer: str) -> str | None:
    found = _DATE.fullmatch(answer)
    if found is None:
        return None
    try:
        return date(int(found[3]), int(found[2]), int(found[1])).isoformat()
    except ValueError:
        return None


def _together(speech: str, language: str) -> str:
    """Return spoken letters and figures as they would be written: ``A B 1 two`` is ``AB12``."""
    words = NUMBER_WORDS.get(language, {})
    return "".join(words.get(word, word) for word in _normal(speech).split()).upper()


def _normal(text: str) -> str:
    """Return words without case, accents and punctuation."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c if c.isalnum() else " " for c in bare if not unicodedata.combining(c))
    return " ".join(kept.split())
