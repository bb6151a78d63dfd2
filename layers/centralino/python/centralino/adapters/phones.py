"""Phone numbers as people dial them, by the numbering plans of ``phonenumberslite``."""

from __future__ import annotations


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
    # Imported when a number is asked for: few calls do, and it takes its time.
    import phonenumbers

    try:
        near = phonenumbers.parse(number) if number.startswith("+") else None
        region = phonenumbers.region_code_for_number(near) if near is not None else None
        if region is None and near is not None:
            # A number outside the plan, such as one for tests, still names its country.
            region = phonenumbers.region_code_for_country_code(near.country_code or 0)
        found = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(found):
        return None
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)
