"""What a waiting caller is told now, and how it is put on record with the contact.

The first announcement of a queue leg is the promise. What is said later never takes anything back:
neither the place nor the end of the wait gets worse than last said. Once the window has passed the
caller is told so, and no new one is given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from centralino.domain.contacts.machine import evolve
from centralino.domain.contacts.model import Contact
from centralino.domain.events import Event
from centralino.domain.promises.estimate import Estimate, spoken_floor
from centralino.domain.promises.model import ESTIMATOR, WaitPromise

PROMISE_MADE = "PromiseMade"
WAIT = "wait"
WAIT_UPDATE = "wait_update"


@dataclass(frozen=True, slots=True)
class Announcement:
    """What is said once.

    Attributes
    ----------
    position : int
        Place in line, 1 for the next caller.
    lower_ms, upper_ms : int or None
        The wait from now on; ``None`` when nothing new can be said of it.
    late : bool
        Whether the promised window has passed.
    promise : WaitPromise
        What is on record once this has been said.
    first : bool
        Whether this is the promise itself.
    """

    position: int
    lower_ms: int | None
    upper_ms: int | None
    late: bool
    promise: WaitPromise
    first: bool


def first_announcement(leg: int, told: Estimate, now: int) -> Announcement:
    """Return the announcement that becomes the promise of a leg."""
    promise = WaitPromise(
        leg=leg,
        made_at=now,
        window_start=now + told.lower_ms,
        window_end=now + told.upper_ms,
        position=told.position,
        expected_ms=told.expected_ms,
        deviation_ms=told.deviation_ms,
        said_at=now,
        said_position=told.position,
        said_end=now + told.upper_ms,
    )
    return Announcement(told.position, told.lower_ms, told.upper_ms, False, promise, True)


def later_announcement(promise: WaitPromise, told: Estimate, now: int) -> Announcement:
    """Return what can be said after the promise without taking any of it back."""
    position = min(promise.said_position, told.position)
    late = now > promise.window_end
    # Rounded down: a wait rounded up could end after what was said before.
    upper = min(told.upper_ms, spoken_floor(max(0, promise.said_end - now)))
    said = upper > 0 and not late
    after = replace(
        promise,
        said_at=now,
        said_position=position,
        said_end=now + upper if said else promise.said_end,
    )
    return Announcement(
        position=position,
        lower_ms=min(told.lower_ms, upper) if said else None,
        upper_ms=upper if said else None,
        late=late,
        promise=after,
        first=False,
    )


def on_record(
    contact: Contact,
    said: Announcement,
    now: int,
    cause: str | None,
    *,
    wait: bool,
    zone: str = "UTC",
) -> Contact:
    """Return the contact with what it was told; the event tells of windows only.

    Parameters
    ----------
    wait : bool
        Whether the wait was said, and not the place in line alone.
    zone : str
        Of the queue's hours: in which days and hours the window lies.
    """
    events: tuple[Event, ...] = ()
    if wait and said.upper_ms is not None and said.lower_ms is not None:
        data = {
            "kind": WAIT if said.first else WAIT_UPDATE,
            "window_start": now + said.lower_ms,
            "window_end": now + said.upper_ms,
            "position": said.position,
            "zone": zone,
            "estimator": ESTIMATOR,
        }
        events = (Event(PROMISE_MADE, data),)
    return evolve(contact, now, cause, *events, promise=said.promise)


def promise_of(contact: Contact) -> WaitPromise | None:
    """Return the promise of the leg the contact is in, if one was made."""
    promise = contact.promise
    return promise if promise is not None and promise.leg == contact.leg else None
