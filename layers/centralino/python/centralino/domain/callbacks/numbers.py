"""Which numbers are called back. Pure: what a number is, an adapter tells.

Calling what somebody keys in at our cost is a known fraud: numbers that earn their owner money,
and countries nobody of the business calls, are refused, and one number may ask only so often.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

#: Kinds that a person can be reached at, without extra cost to the caller.
CALLABLE = frozenset({"fixed", "mobile", "fixed_or_mobile", "voip", "personal", "uan"})


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number by its numbering plan.

    Attributes
    ----------
    e164 : str
    country : str
        ISO 3166 code, empty where the number belongs to none.
    kind : str
        ``fixed``, ``mobile``, ``fixed_or_mobile``, ``voip``, ``personal``, ``uan``, ``premium``,
        ``shared_cost``, ``toll_free``, ``pager``, ``voicemail`` or ``unknown``.
    valid : bool
        Whether the numbering plan has such a number.
    """

    e164: str
    country: str
    kind: str
    valid: bool


def refusal(number: PhoneNumber | None, countries: Collection[str]) -> str | None:
    """Return why a number is not called back: ``invalid_number``, ``not_callable`` or
    ``country_not_allowed``; ``None``: it is.

    Examples
    --------
    >>> refusal(PhoneNumber("+39899000000", "IT", "premium", True), {"IT"})
    'not_callable'
    """
    if number is None or not number.valid:
        return "invalid_number"
    if number.country not in countries:
        return "country_not_allowed"
    return None if number.kind in CALLABLE else "not_callable"
