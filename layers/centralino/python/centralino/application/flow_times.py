"""The times a caller is offered by phone menu, and what is done with the one picked.

Everything here may be done twice: a booking is found made, a move to where it is changes nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from centralino.application import callers, staffing_plans
from centralino.application.callbacks import booking as callback_booking
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import items as callback_items
from centralino.application.callbacks import moving as callback_moving
from centralino.application.callbacks import slots as callback_slots
from centralino.domain.callbacks.local_times import local
from centralino.domain.callbacks.model import callback_id
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import CentralinoError, Conflict, NotFound, RuleViolation
from centralino.domain.flows import machine, picking
from centralino.domain.flows.machine import Booking, Outcome
from centralino.domain.flows.model import PickTime
from centralino.domain.flows.picking import Offer, Wants
from centralino.domain.flows.times import KEYS

if TYPE_CHECKING:
    from centralino.application.flow_turns import Turn

_DAY_MS = 24 * 3600_000
#: Somebody else was faster, or the caller thought for too long: other times may be free.
_GONE = frozenset({"slot_full", "time_past"})


def settled(turn: Turn, step: PickTime, outcome: Outcome) -> Outcome:
    """Return where the call stands once the times are known, or the one picked is booked.

    Raises
    ------
    Conflict
        The contact changed meanwhile: nothing was written.
    """
    booking, flows, scene, facts = outcome.booking, turn.flows, turn.scene, turn.facts
    if booking is None:
        return picking.offered(flows, scene, outcome, _offer(turn, step, outcome), facts)
    if booking.cancels:
        return _cancelled(turn, step, outcome)
    try:
        at = _booked(turn, step, booking)
    except Conflict:
        raise
    except CentralinoError as error:
        turn.app.log.warning("callback_not_booked", contact_id=turn.contact.id, code=error.code)
        if error.code in _GONE:
            return picking.taken(flows, scene, outcome, facts)
        at = None
    return machine.booked(flows, scene, outcome, at, facts)


def _offer(turn: Turn, step: PickTime, outcome: Outcome) -> Offer | None:
    """Return the next times of the queue; ``None`` where this caller cannot be called back."""
    app = turn.app
    if turn.contact.subject is None or callers.number_of(app, turn.contact.id) is None:
        return None
    try:
        zone = staffing_plans.zone_of(app, step.queue)
        wants = picking.wants(outcome) or Wants()
        times = _next_times(turn, step.queue, zone, wants.after)
        standing = _standing(turn, step.queue)
    except CentralinoError as error:
        app.log.warning("no_times", contact_id=turn.contact.id, code=error.code)
        return None
    stands = None
    if standing is not None and standing.callback is not None:
        window = standing.callback.window
        stands = local(window[0], zone) if window is not None else ""
    today = datetime.fromtimestamp(app.clock.now() / 1000, ZoneInfo(zone)).date()
    return Offer(today, times, stands)


def _next_times(turn: Turn, queue: str, zone: str, after: str | None) -> tuple[str, ...]:
    """Return the next free times, a window apart: nearer ones would promise nearly the same."""
    app, rules = turn.app, callback_slots.rules_of(turn.app, queue)
    now = app.clock.now()
    start = now if after is None else _instant(after) + rules.window_ms
    found: list[int] = []
    while start <= now + rules.ahead_ms and len(found) < len(KEYS):
        for slot in callback_slots.free(app, queue, start, start + _DAY_MS):
            if not found or slot.start >= found[-1] + rules.window_ms:
                found.append(slot.start)
        start += _DAY_MS
    shown = (datetime.fromtimestamp(at / 1000, ZoneInfo(zone)) for at in found)
    return tuple(at.isoformat(timespec="minutes") for at in shown)[: len(KEYS)]


def _standing(turn: Turn, queue: str) -> Contact | None:
    """Return the open callback this customer has about the queue, if there is one."""
    subject = turn.contact.subject
    if subject is None:
        return None
    unit = turn.configuration.queue(queue).business_unit
    for other in callback_items.requests_of(turn.app, subject, unit):
        contact = turn.app.store.contact(other)
        callback = contact.callback if contact is not None else None
        if callback is not None and callback.pending and callback.topic == queue:
            return contact
    return None


def _booked(turn: Turn, step: PickTime, booking: Booking) -> str:
    """Book the time picked, or move to it what stands; return it as it is told there.

    Raises
    ------
    RuleViolation
        It could not be had; the code says why.
    """
    app, at = turn.app, _instant(booking.at or "")
    standing = _standing(turn, step.queue)
    if standing is not None and standing.previous != turn.contact.id:
        callback_moving.move(app, callback_id(standing.id), at, "customer", turn.cause)
    asked = callback_booking.ask(
        app,
        turn.contact,
        queue=step.queue,
        plan=step.plan,
        number=callers.number_of(app, turn.contact.id),
        cause=turn.cause,
        at=at,
    )
    if asked.outcome == callback_booking.REFUSED:
        raise RuleViolation("this time cannot be booked", code=asked.reason or "refused")
    moment = asked.window[0] if asked.window is not None else asked.expected_at
    return local(moment, staffing_plans.zone_of(app, step.queue)) if moment is not None else ""


def _cancelled(turn: Turn, step: PickTime, outcome: Outcome) -> Outcome:
    standing = _standing(turn, step.queue)
    if standing is not None:
        try:
            callbacks.cancel(turn.app, callback_id(standing.id), "customer", turn.cause)
        except (NotFound, RuleViolation) as error:
            # It has ended otherwise meanwhile: there is none any more, which is what was asked.
            turn.app.log.info("callback_over", contact_id=standing.id, code=error.code)
    return picking.cancelled(turn.flows, turn.scene, outcome, turn.facts)


def _instant(at: str) -> int:
    return int(datetime.fromisoformat(at).timestamp() * 1000)
