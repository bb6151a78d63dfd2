"""Phone numbers as callers key them in."""

from __future__ import annotations

import pytest

from centralino.adapters.phones import dialled

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
