"""A centre on the night on which the clocks change: its hours, its shifts, and the wall's clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from centralino.application import staffing_plans
from centralino.domain.callbacks.model import Mode
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.configuration.hours import Hours, Interval
from centralino.domain.staffing.slots import QUARTER_MS, SlotRules
from tests.support.centre import Centre
from tests.unit.application.calling_back import configuration_with

MINUTE, HOUR = 60_000, 3_600_000
#: In minutes of the local day. The clocks change between one and three o'clock.
LEGAL = ((15, 90), (165, 300), (480, 1200))
DESK = ((0, 135), (150, 1320))


def night_centre(zone: str, evening: str, mode: Mode) -> Centre:
    """Return a centre on the evening before the clocks change, its shifts planned."""
    rules = CallbackRules(
        expire_ms=6 * HOUR,
        tries=3,
        per_day=50,
        busy_ms=MINUTE,
        hours="legal",
        mode=mode,
        detect=mode is Mode.CUSTOMER_FIRST,
        slots=SlotRules(share=0.5, handling_ms=5 * MINUTE, window_ms=30 * MINUTE),
    )
    base = configuration_with(rules)
    queues = {name: replace(queue, hours="desk") for name, queue in base.queues.items()}
    hours = {name: _daily(name, zone, spans) for name, spans in (("legal", LEGAL), ("desk", DESK))}
    centre = Centre(rules=replace(base, queues=queues, hours=hours))
    start = int(datetime.fromisoformat(evening).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)
    centre.world.clock.move_to(start)
    for queue in queues:
        _plan(centre, queue, zone, start)
    return centre


def allowed(moment: int, zone: str) -> bool:
    """Tell whether a phone may ring at what the clocks on the wall show then."""
    local = datetime.fromtimestamp(moment / 1000, ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    return all(any(a <= minute < b for a, b in spans) for spans in (LEGAL, DESK))


def _daily(name: str, zone: str, spans: tuple[tuple[int, int], ...]) -> Hours:
    return Hours(name, zone, (tuple(Interval(a, b) for a, b in spans),) * 7)


def _plan(centre: Centre, queue: str, zone: str, start: int) -> None:
    days: dict[date, dict[int, int]] = {}
    first = start // QUARTER_MS * QUARTER_MS
    for quarter in range(first, first + 48 * HOUR, QUARTER_MS):
        day = staffing_plans.day_of(quarter, zone)
        days.setdefault(day, {})[quarter] = 6
    for day, agents_ in days.items():
        staffing_plans.put_day(centre.app.operations, queue, day, agents_)
