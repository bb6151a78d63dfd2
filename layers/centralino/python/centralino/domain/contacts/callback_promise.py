"""The record of what a customer was promised: it stands in the write that makes it so.

It holds all that is needed to judge it later: window, the zone in which it was told, and the
method behind it, so that two methods are never mixed in one figure.
"""

from __future__ import annotations

from centralino.domain.callbacks.model import callback_id
from centralino.domain.events import Event
from centralino.domain.promises.model import ESTIMATOR

KIND = "callback"
#: The method behind a window in a slot: planned agents and expected calls, not the line.
SLOT_ESTIMATOR = "slots-1"


def promised(contact_id: str, window: tuple[int, int], zone: str, *, picked: bool) -> Event:
    """Return the event of a promise.

    Parameters
    ----------
    window : (int, int)
        Half open, UTC milliseconds.
    zone : str
        IANA name of the zone in which it was told.
    picked : bool
        Whether the customer picked the time; else it follows from the line.
    """
    start, end = window
    return Event(
        "CallbackPromised",
        {
            "kind": KIND,
            "callback_id": callback_id(contact_id),
            "window_start": start,
            "window_end": end,
            "zone": zone,
            "estimator": SLOT_ESTIMATOR if picked else ESTIMATOR,
        },
    )
