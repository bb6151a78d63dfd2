"""Public holidays, as the ``holidays`` package knows them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import lru_cache


@lru_cache(maxsize=64)
def public_holidays(calendar: str, year: int) -> Collection[date]:
    """Return the public holidays of a calendar (``IT``, ``GB-ENG``) in a year.

    An unknown calendar has none: it was refused when the configuration was published, and a call
    must not fail for it.
    """
    # Imported when a calendar is asked for: most processes never do, and it takes its time.
    import holidays

    country, _, region = calendar.partition("-")
    try:
        found = holidays.country_holidays(country, subdiv=region or None, years=year)
    except NotImplementedError:
        return frozenset()
    return frozenset(found)


def known(calendar: str) -> bool:
    """Tell whether there is such a calendar."""
    import holidays

    country, _, region = calendar.partition("-")
    regions = holidays.list_supported_countries(include_aliases=True).get(country)
    return regions is not None and (not region or region in regions)
