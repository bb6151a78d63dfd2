"""What a business unit spends in a day: calls to customers, and messages.

Each is counted by a conditional write, so that none is missed however many come at once. Over
the cap, requests from pages are refused, for those cost whoever we do not know; what was promised
still goes. The warning ``spend_cap`` is what the alarm listens for.
"""

from __future__ import annotations

from centralino.application.app import App
from centralino.application.ports import Item
from centralino.domain.errors import RuleViolation, TransientDependency

CALLS, MESSAGES = "calls", "messages"
DAY_MS = 24 * 60 * 60_000
_KEEP_S = 2 * 24 * 3600
_ATTEMPTS = 20


def count(app: App, business_unit: str, what: str) -> None:
    """Count one call or message; nothing where the business unit has no cap.

    Raises
    ------
    TransientDependency
        So many came at once that it could not be counted.
    """
    cap = _cap(app, business_unit, what)
    if cap is None:
        return
    pk = _today(app, business_unit)
    for _ in range(_ATTEMPTS):
        had = _spent(app, pk, what)
        item = Item(pk, what, {"n": had + 1}, ttl=app.clock.now() // 1000 + _KEEP_S)
        if app.operations.put_if(item, "n", had + 1):
            if had + 1 >= cap:
                app.log.warning("spend_cap", business_unit=business_unit, what=what)
            return
    raise TransientDependency("too much is counted at once")


def note_call(app: App, business_unit: str) -> None:
    """Count one call to a customer; that it cannot be counted keeps nobody from being called."""
    try:
        count(app, business_unit, CALLS)
    except TransientDependency as error:
        app.log.warning("call_not_counted", business_unit=business_unit, code=error.code)


def require_left(app: App, business_unit: str) -> None:
    """Refuse what a page asks for once the day's calls or messages are spent.

    Raises
    ------
    RuleViolation
        They are (``spend_cap``).
    """
    pk = _today(app, business_unit)
    for what in (CALLS, MESSAGES):
        cap = _cap(app, business_unit, what)
        if cap is not None and _spent(app, pk, what) >= cap:
            app.log.warning("spend_cap", business_unit=business_unit, what=what)
            raise RuleViolation("no more requests are taken today", code="spend_cap")


def _cap(app: App, business_unit: str, what: str) -> int | None:
    unit = app.configuration.current().business_units.get(business_unit)
    if unit is None or unit.spend is None:
        return None
    return unit.spend.calls_per_day if what == CALLS else unit.spend.messages_per_day


def _spent(app: App, pk: str, what: str) -> int:
    found = app.operations.get(pk, what)
    return int(found.attributes["n"]) if found is not None else 0


def _today(app: App, business_unit: str) -> str:
    return f"spend#{business_unit}#{app.clock.now() // DAY_MS}"
