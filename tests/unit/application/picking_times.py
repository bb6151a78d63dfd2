"""A centre in which customers pick a time: planned agents, slots, and requests for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from centralino.application import staffing_plans
from centralino.application.app import App
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks.commands import CallbackAsked
from centralino.domain.callbacks.model import contact_of
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.configuration.hours import Hours, Interval
from centralino.domain.staffing.slots import QUARTER_MS, SlotRules
from tests.support.centre import KEY, Centre
from tests.unit.application.calling_back import CUSTOMER, centre_with

HOUR = 3_600_000
DAY = 24 * HOUR
MINUTE = 60_000
#: Ten agents keep 80/20 with five minutes of handling up to 7.1 erlangs: 21 callbacks a quarter.
RULES = SlotRules(most=2)


def picking_centre(rules: SlotRules = RULES, **changes: object) -> Centre:
    """Return a centre with ten agents planned in every quarter of its first three weeks."""
    how: dict[str, object] = {"per_day": 50}
    how.update({k: changes.pop(k) for k in ("hours", "expire_ms") if k in changes})
    centre = centre_with(CallbackRules(slots=rules, **how), **changes)  # type: ignore[arg-type]
    plan_days(centre, "sales", 10)
    return centre


def plan_days(centre: Centre, queue: str, agents: int, days: int = 21) -> None:
    """Plan so many agents in every quarter of these days, UTC."""
    first = centre.app.clock.now() // DAY * DAY
    for start in range(first, first + days * DAY, DAY):
        plan(centre.app, queue, dict.fromkeys(range(start, start + DAY, QUARTER_MS), agents))


def plan(app: App, queue: str, agents: Mapping[int, int]) -> None:
    """Put down the plan of one UTC day, as an import would, and let this process read it."""
    day: date = staffing_plans.day_of(min(agents), "UTC")
    staffing_plans.put_day(app.operations, queue, day, agents)
    app.hints.clear()


def pick(
    centre: Centre, at: int | None, *, number: str = CUSTOMER, topic: str | None = None
) -> CallbackAsked:
    """Book a callback at a time for a customer who is not on the line."""
    return callbacks.book(
        centre.app,
        queue="sales",
        number=number,
        line=None,
        topic=topic,
        key=KEY,
        cause="api",
        at=at,
    )


def picked(centre: Centre, at: int, **how: str) -> str:
    """Book a callback at a time; return the contact that calls."""
    answer = pick(centre, at, **how)  # type: ignore[arg-type]
    assert answer.outcome == "booked", answer
    assert answer.callback_id is not None
    return contact_of(answer.callback_id)


def open_daily(opens: int, closes: int, zone: str = "UTC", **more: object) -> Hours:
    """Return hours that open every day."""
    week = ((Interval(opens * 60, closes * 60),),) * 7
    return replace(Hours("legal", zone, week), **more)  # type: ignore[arg-type]


def number(place: int) -> str:
    """Return one of many Italian mobile numbers."""
    return f"+39333{1_000_000 + place}"


def tomorrow(centre: Centre, hour: int = 10) -> int:
    """Return an hour of the next day, UTC."""
    return (centre.app.clock.now() // DAY + 1) * DAY + hour * HOUR
