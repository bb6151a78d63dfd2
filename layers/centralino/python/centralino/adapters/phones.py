"""Phone numbers as people dial them, by the numbering plans of ``phonenumberslite``."""

from __future__ import annotations

from typing import Any

from centralino.domain.callbacks.numbers import PhoneNumber


def dialled(digits: str, number: str) -> str | None:
    """Return digits as E.164, dialled in the country of ``number``; ``None`` if they are none.

    Parameters
    ----------
    digits : str
        As keyed in: national, or international after ``00`` or the country's own prefix.
    number : str
        A number in use there, E.164; without one only international numbers are recognised.

    Examples
    --------
    >>> dialled("3331234567", "+390200000001")
    '+393331234567'
    >>> dialled("00441632960001", "+390200000001")
    '+441632960001'
    >>> dialled("12", "+390200000001") is None
    True
    """
    import phonenumbers

    found = _parsed(digits, number)
    if found is None or not phonenumbers.is_possible_number(found):
        return None
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)


def described(digits: str, number: str) -> PhoneNumber | None:
    """Return what number digits are, dialled in the country of ``number``; ``None``: none.

    Examples
    --------
    >>> described("3331234567", "+390200000001")
    PhoneNumber(e164='+393331234567', country='IT', kind='mobile', valid=True)
    >>> described("+39899123456", "+390200000001").kind
    'premium'
    """
    import phonenumbers

    found = _parsed(digits, number)
    if found is None:
        return None
    kind = phonenumbers.PhoneNumberType.to_string(phonenumbers.number_type(found)).lower()
    return PhoneNumber(
        e164=phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164),
        country=_region(found) or "",
        kind=_KINDS.get(kind, kind),
        valid=phonenumbers.is_valid_number(found),
    )


_KINDS = {
    "fixed_line": "fixed",
    "fixed_line_or_mobile": "fixed_or_mobile",
    "premium_rate": "premium",
    "personal_number": "personal",
}


def _parsed(digits: str, number: str) -> Any:
    # Imported when a number is asked for: few calls do, and it takes its time.
    import phonenumbers

    try:
        near = phonenumbers.parse(number) if number.startswith("+") else None
        return phonenumbers.parse(digits, _region(near) if near is not None else None)
    except phonenumbers.NumberParseException:
        return None


def _region(number: Any) -> str | None:
    import phonenumbers

    # A number outside the plan, such as one for tests, still names its country.
    return phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(
        number.country_code or 0
    )
