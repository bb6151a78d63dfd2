"""Words of a flow made into what one caller hears: language, variables, markup.

Decides how a value is spoken. A value is never read as markup: a customer may be called
``Smith & Sons``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from centralino.domain.flows.model import Utterance, Words
from centralino.domain.telephony import markup
from centralino.domain.telephony.actions import Play, Prompt, Say

FORMATS = ("digits", "date", "amount", "time")
PLACE = re.compile(r"\{([a-z][a-z0-9_]*)(?::([a-z]+))?\}")
"""``{name}`` or ``{name:format}``; other braces are text."""

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre "
    "dicembre",
}
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})")
_AMOUNT = re.compile(r"\d{1,9}(?:\.\d{1,2})?")
_E164 = re.compile(r"\+[1-9]\d{5,14}")
_ENTITIES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&apos;"))
_UNSPOKEN = re.compile(r"[\x00-\x1f\x7f]")


def filled(template: str, variables: Mapping[str, str], language: str = "en") -> str:
    """Return text with its variables put in; an unknown one is nothing.

    Examples
    --------
    >>> filled("Order {number:digits} comes on {day:date}.", {"number": "42", "day": "2026-05-01"})
    'Order 4 2 comes on 1 May 2026.'
    """
    return _filled(template, variables, language, lambda value: value)


def names_in(template: str) -> list[tuple[str, str]]:
    """Return the variables of a text, each with its format (empty: none)."""
    return [(name, form or "") for name, form in PLACE.findall(template)]


def templates(words: Words) -> list[str]:
    """Return everything in these words that is spoken, in all languages."""
    found = []
    for said in words.values():
        found.append(said if isinstance(said, str) else said.text or said.ssml)
    return [template for template in found if template]


def spoken(
    words: Words, variables: Mapping[str, str], language: str
) -> tuple[Prompt | None, str | None]:
    """Return what is heard of these words, and what was wrong with them, if anything.

    Another language stands in for one that is missing, so that nobody hears silence; markup that
    cannot be spoken is said as plain words.
    """
    said = words.get(language)
    if said is None:
        language, said = next(iter(sorted(words.items())), (language, ""))
    if isinstance(said, str):
        said = Utterance(text=said)
    if said.audio:
        return Play(said.audio), None
    if said.ssml:
        text = _filled(said.ssml, variables, language, _escaped)
        try:
            markup.parse(text)
        except markup.Unspeakable:
            return Say(markup.plain(text), language, said.voice), "unspeakable_markup"
        return Say(text, language, said.voice, ssml=True), None
    text = filled(said.text, variables, language)
    return (Say(text, language, said.voice) if text.strip() else None), None


def spoken_value(value: str, form: str, language: str) -> str:
    """Return a value as it is said in a language; one that has not this form as it is."""
    if form == "digits":
        return " ".join(value)
    if form == "date":
        found = _DATE.fullmatch(value)
        months = _MONTHS.get(language, _MONTHS["en"]).split()
        if found is not None and 1 <= int(found[2]) <= len(months):
            # In Italian the first of a month is an ordinal; a voice would read "1" as "uno".
            day = "primo" if language == "it" and int(found[3]) == 1 else str(int(found[3]))
            return f"{day} {months[int(found[2]) - 1]} {found[1]}"
    if form == "time":
        at = _TIME.fullmatch(value)
        if at is not None:
            on = spoken_value(at[1], "date", language)
            return f"{on} alle {at[2]}" if language == "it" else f"{on} at {at[2]}"
    if form == "amount" and language == "it":
        return value.replace(".", ",")
    return value


def amount_of(template: str, variables: Mapping[str, str]) -> str | None:
    """Return the amount a text comes to, with two decimals; ``None`` if it is none or nothing.

    Examples
    --------
    >>> amount_of("{due}", {"due": "12.5"})
    '12.50'
    >>> amount_of("{due}", {"due": "0"}) is None
    True
    """
    text = filled(template, variables)
    if not text.isascii() or _AMOUNT.fullmatch(text) is None:
        return None
    units, _, rest = text.partition(".")
    amount = f"{int(units)}.{rest.ljust(2, '0')}"
    return amount if amount != "0.00" else None


def number_of(template: str, variables: Mapping[str, str]) -> str | None:
    """Return the E.164 number a text comes to, ``None`` if it is none."""
    text = filled(template, variables)
    return text if text.isascii() and _E164.fullmatch(text) else None


def _filled(
    template: str, variables: Mapping[str, str], language: str, put: Callable[[str], str]
) -> str:
    def one(found: re.Match[str]) -> str:
        value = _UNSPOKEN.sub(" ", variables.get(found[1], ""))
        return put(spoken_value(value, found[2] or "", language))

    return PLACE.sub(one, template)


def _escaped(value: str) -> str:
    # Not the library's: importing it costs more than the rest of this module.
    for character, entity in _ENTITIES:
        value = value.replace(character, entity)
    return value
