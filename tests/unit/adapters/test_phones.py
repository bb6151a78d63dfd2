"""Phone numbers as callers key them in."""

from __future__ import annotations

import pytest

from centralino.adapters.phones import described, dialled

ROME, LEEDS = "+390200000001", "+441130000001"


@pytest.mark.parametrize(
    ("digits", "number", "found"),
    [
        ("3331234567", ROME, "+393331234567"),
        ("0461123456", ROME, "+390461123456"),
        ("00441632960001", ROME, "+441632960001"),
        ("07700900123", LEEDS, "+447700900123"),
        ("00393331234567", LEEDS, "+393331234567"),
        ("12", ROME, None),
        ("", ROME, None),
        ("9" * 18, ROME, None),
        ("3331234567", "client:ada", None),
    ],
)
def test_a_number_is_dialled_as_in_the_line_s_country(
    digits: str, number: str, found: str | None
) -> None:
    assert dialled(digits, number) == found


@pytest.mark.parametrize(
    ("digits", "country", "kind", "valid"),
    [
        ("3331234567", "IT", "mobile", True),
        ("+442079460000", "GB", "fixed", True),
        ("+39899123456", "IT", "premium", True),
        ("+39840123456", "IT", "shared_cost", True),
        ("+39800123456", "IT", "toll_free", True),
        ("+39333", "IT", "unknown", False),
        ("+12025550123", "US", "fixed_or_mobile", True),
    ],
)
def test_numbers_are_told_by_country_and_kind(
    digits: str, country: str, kind: str, valid: bool
) -> None:
    found = described(digits, "+390200000001")
    assert found is not None
    assert (found.country, found.kind, found.valid) == (country, kind, valid)


@pytest.mark.parametrize("digits", ["", "abc", "+", "client:bob"])
def test_what_is_no_number_is_not_described(digits: str) -> None:
    assert described(digits, "+390200000001") is None
