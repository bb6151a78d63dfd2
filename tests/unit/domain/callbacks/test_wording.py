"""What customers are written, and how moments read in their zone and language."""

from __future__ import annotations

import pytest

from centralino.domain.callbacks import wording
from centralino.domain.callbacks.local_times import moment
from centralino.domain.callbacks.wording import Occasion

ROME, NEW_YORK = "Europe/Rome", "America/New_York"
HALF = 30 * 60_000


@pytest.mark.parametrize("language", wording.LANGUAGES)
@pytest.mark.parametrize("occasion", list(Occasion))
def test_every_occasion_has_words_that_name_only_what_there_is(
    occasion: Occasion, language: str
) -> None:
    text = wording.words(occasion, language, {}, {})
    assert wording.unknown_places(occasion, text) == []
    assert "{link}" in text


def test_a_language_nobody_wrote_in_is_answered_in_english() -> None:
    assert wording.words(Occasion.MOVED, "de", {}, {}) == wording.words(
        Occasion.MOVED, "en", {}, {}
    )


def test_braces_that_name_nothing_stay_as_they_are() -> None:
    assert wording.filled("{a} {0} {b.c} {{x}}", {"a": "{b}"}) == "{b} {0} {b.c} {{x}}"


def test_the_hour_that_comes_twice_says_which() -> None:
    early, late = (moment(f"2027-11-07T01:30{offset}", NEW_YORK) for offset in ("-04:00", "-05:00"))
    assert wording.clock(early, NEW_YORK) == "01:30 (-04:00)"
    assert wording.clock(late, NEW_YORK) == "01:30 (-05:00)"
    assert wording.clock(moment("2027-11-07T03:00", NEW_YORK), NEW_YORK) == "03:00"


def test_the_day_is_named_unless_it_is_today() -> None:
    at = moment("2026-01-06T10:00", ROME)
    window = (at, at + HALF)
    today, before = at - 3 * 3_600_000, at - 24 * 3_600_000
    assert wording.when(window, at, today, ROME, "en") == "between 10:00 and 10:30"
    assert wording.when(window, at, before, ROME, "it") == (
        "martedì 6 gennaio 2026, tra le 10:00 e le 10:30"
    )


def test_without_a_promise_only_the_earliest_is_told() -> None:
    at = moment("2026-01-06T09:00", ROME)
    assert wording.when(None, at, at - 1, ROME, "en") == "after 09:00"
    assert wording.when(None, at, at, ROME, "it") == "appena arriva il suo turno"
