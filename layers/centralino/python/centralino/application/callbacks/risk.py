"""Which promised callbacks may not be kept, as plans and presence stand now.

Places are kept in the order in which they were taken: when a slot can hold fewer than it promised,
those who came last are the ones at risk.
"""

from __future__ import annotations

from dataclasses import dataclass

from centralino.application.app import App
from centralino.application.callbacks import slots
from centralino.domain.callbacks.model import callback_id
from centralino.domain.staffing.slots import QUARTER_MS, quarter_of


@dataclass(frozen=True, slots=True)
class AtRisk:
    """A callback whose slot can hold fewer than were promised.

    Attributes
    ----------
    start, end : int
        The window that was promised, UTC milliseconds.
    """

    contact_id: str
    callback_id: str
    start: int
    end: int


def at_risk(app: App, queue: str) -> list[AtRisk]:
    """Return the promised callbacks of a queue that nobody may be there for, the next in front.

    Those count whose customer is still to be reached, from the slot that runs now to the horizon.

    Raises
    ------
    NotFound
        There is no such queue (``unknown_queue``).
    """
    first = quarter_of(app.clock.now())
    last = first + slots.rules_of(app, queue).ahead_ms + 2 * QUARTER_MS
    found: list[AtRisk] = []
    for slot in slots.promised_in(app, queue, first, last):
        if not slot.at_risk:
            continue
        waiting = []
        for contact_id in slots.holders(app, queue, slot.start):
            contact = app.store.contact(contact_id)
            callback = contact.callback if contact is not None else None
            if contact is None or callback is None or not callback.pending:
                continue
            if (contact.queue, callback.slot) == (queue, slot.start):
                window = callback.window or (slot.start, slot.end)
                waiting.append(AtRisk(contact_id, callback_id(contact_id), *window))
        kept = slot.capacity
        found += waiting[kept:]
    return found
