"""Callbacks as agents and supervisors deal with them: only those of business units they may see.

What a person does is put on record before it is done, with who it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from centralino.application.app import App
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import export as exporting
from centralino.application.callbacks import ledger, listing
from centralino.application.callbacks import moving as callback_moving
from centralino.application.callbacks import reassigning as callback_reassigning
from centralino.application.callbacks import slots as callback_slots
from centralino.application.callbacks.booking import REFUSED, CallbackAsked
from centralino.application.callbacks.ledger import Entry, Promised, Row
from centralino.application.scopes import Supervisor, Units, units_of
from centralino.domain.contacts.machine import RETENTION_S
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import Forbidden, NotFound, RuleViolation
from centralino.domain.staffing.slots import Slot

CUSTOMER, AGENT, SUPERVISOR = "customer", "agent", "supervisor"
#: How far back ended ones are listed where no time is given.
_BACK_MS = 7 * ledger.DAY_MS
_CLOCKS_APART_MS = 60_000
_KEPT_MS = RETENTION_S * 1000


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks.

    Attributes
    ----------
    supervisor : Supervisor or None
        What they supervise, if they do.
    numbers : bool
        Whether they may see customers' numbers.
    """

    id: str
    supervisor: Supervisor | None = None
    numbers: bool = False

    @property
    def role(self) -> str:
        """As what they act."""
        return SUPERVISOR if self.supervisor is not None else AGENT


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which callbacks somebody wants to see; nothing given leaves nothing out.

    Attributes
    ----------
    start, end : int or None
        Half-open span, UTC milliseconds; see :class:`.callback_listing.Query`. Ended ones of the
        last seven days where not given.
    mine : bool
        Only those of whoever asks.
    """

    queue: str | None = None
    ended: bool = False
    states: frozenset[str] = frozenset()
    start: int | None = None
    end: int | None = None
    agent: str | None = None
    mine: bool = False


@dataclass(frozen=True, slots=True)
class Detail:
    """A callback with all that happened to it."""

    contact: Contact
    history: list[Entry]
    promises: list[Promised]


def book(
    app: App,
    viewer: Viewer,
    *,
    queue: str,
    number: str,
    line: str | None,
    topic: str | None,
    key: bytes,
    cause: str | None,
    at: int | None = None,
    mine: bool = False,
) -> CallbackAsked:
    """Book a callback for a customer; asking again gives the one that stands.

    Parameters
    ----------
    mine : bool
        Whether the viewer, an agent, is asked first.

    Raises
    ------
    NotFound
        There is no such queue or line in the viewer's business units, or the viewer is no agent
        of the queue's (``unknown_agent``).
    RuleViolation
        It is refused; the code says why (``no_preferred_plan``: the queue waits for nobody).
    """
    _require_queue(app, viewer, queue)
    if mine:
        agent = app.store.agent(viewer.id)
        if agent is None or agent.business_unit != _unit_of(app, queue):
            raise NotFound("you are no agent of this business unit", code="unknown_agent")
    answer = callbacks.book(
        app,
        queue=queue,
        number=number,
        line=line,
        topic=topic,
        key=key,
        cause=cause,
        at=at,
        prefer=viewer.id if mine else None,
    )
    if answer.outcome == REFUSED:
        raise RuleViolation("this callback cannot be booked", code=answer.reason or "refused")
    return answer


def listed(
    app: App, viewer: Viewer, wanted: Wanted, cursor: str | None = None, limit: int = listing.MOST
) -> listing.Listing:
    """Return one page of callbacks.

    Raises
    ------
    NotFound
        There is no such queue in the viewer's business units (``unknown_queue``).
    InvalidRequest
        The cursor is none that was given out (``invalid_cursor``).
    """
    return listing.page(app, _query(app, viewer, wanted), cursor, limit)


def shown(app: App, viewer: Viewer, callback: str) -> Detail:
    """Return a callback with its history and what became of its promises."""
    contact = _theirs(app, viewer, callback)
    entries = ledger.history(app, contact)
    return Detail(contact, entries, ledger.promises(entries, app.clock.now()))


def cancel(
    app: App, viewer: Viewer, callback: str, cause: str, *, for_customer: bool = False
) -> Contact:
    """Take a callback back; see :func:`callbacks.cancel`.

    Parameters
    ----------
    for_customer : bool
        Whether the customer asked for it: then the promise is taken back. Else we break it.
    """
    contact = _theirs(app, viewer, callback)
    ledger.note(app, contact, viewer.id, viewer.role, cause)
    return callbacks.cancel(app, callback, CUSTOMER if for_customer else viewer.role, cause)


def move(
    app: App,
    viewer: Viewer,
    callback: str,
    at: int | None,
    cause: str,
    *,
    for_customer: bool = False,
) -> Contact:
    """Move a callback to another time; see :func:`callback_moving.move`."""
    contact = _theirs(app, viewer, callback)
    ledger.note(app, contact, viewer.id, viewer.role, cause)
    by = CUSTOMER if for_customer else viewer.role
    return callback_moving.move(app, callback, at, by, cause)


def reassign(
    app: App,
    viewer: Viewer,
    callback: str,
    *,
    queue: str | None,
    agent: str | None,
    cause: str,
) -> Contact:
    """Give a callback to others; see :func:`callback_reassigning.reassign`.

    Raises
    ------
    Forbidden
        Only a supervisor may, or the agent who has it (``not_yours``).
    """
    contact = _theirs(app, viewer, callback)
    if viewer.supervisor is None and viewer.id not in (contact.agent, contact.preferred):
        raise Forbidden("this callback is not yours to give away", code="not_yours")
    ledger.note(app, contact, viewer.id, viewer.role, cause)
    return callback_reassigning.reassign(
        app, callback, queue=queue, agent=agent, by=viewer.role, cause=cause
    )


def free_slots(app: App, viewer: Viewer, queue: str, start: int, end: int) -> list[Slot]:
    """Return the times of a queue that can be promised in a span."""
    _require_queue(app, viewer, queue)
    return callback_slots.free(app, queue, start, end)


def export(
    app: App, viewer: Viewer, rows: list[Row], form: str, *, numbers: bool, heading: bool = True
) -> Iterator[str]:
    """Return rows as an export's lines; see :func:`callback_export.lines`.

    Raises
    ------
    Forbidden
        Numbers are asked for by somebody who may not see them (``no_numbers``).
    """
    if numbers and not viewer.numbers:
        raise Forbidden("this sign-in may not see numbers", code="no_numbers")
    if numbers:
        app.log.info("callback_numbers_exported", agent_id=viewer.id, rows=len(rows))
    return exporting.lines(app, rows, form, numbers=numbers, heading=heading)


# --------------------------------------------------------------------------- who may


def _units(app: App, viewer: Viewer) -> Units:
    """Return the business units a viewer sees: those supervised, and their own as an agent."""
    agent = app.store.agent(viewer.id)
    own = frozenset({agent.business_unit}) if agent is not None else frozenset[str]()
    if viewer.supervisor is not None:
        return Units(units_of(app, viewer.supervisor).named | own)
    if agent is None:
        raise NotFound("you are not registered as an agent", code="unknown_agent")
    return Units(own)


def _query(app: App, viewer: Viewer, wanted: Wanted) -> listing.Query:
    units, now = _units(app, viewer), app.clock.now()
    queues = app.configuration.current().queues
    if wanted.queue is None:
        names = [name for name, queue in queues.items() if units.covers(queue.business_unit)]
    else:
        _require_queue(app, viewer, wanted.queue)
        names = [wanted.queue]
    # What ended a moment ago may be stamped by a clock that is ahead of this one.
    seen = now + _CLOCKS_APART_MS if wanted.ended else now + 1
    end = wanted.end if wanted.end is not None else seen
    back = _BACK_MS if wanted.ended else now
    start = wanted.start if wanted.start is not None else end - back
    return listing.Query(
        queues=names,
        sees=units.covers,
        # Nothing is kept for longer: there are no days to look into before that.
        start=max(start, now - _KEPT_MS) if wanted.ended else start,
        end=min(end, seen),
        ended=wanted.ended,
        states=wanted.states,
        agent=viewer.id if wanted.mine else wanted.agent,
    )


def _theirs(app: App, viewer: Viewer, callback: str) -> Contact:
    units = _units(app, viewer)
    contact = callbacks.known(app, callback)
    if not units.covers(contact.business_unit):
        raise NotFound("there is no such callback", code="unknown_callback")
    return contact


def _require_queue(app: App, viewer: Viewer, queue: str) -> None:
    units = _units(app, viewer)
    unit = _unit_of(app, queue)
    if unit is None or not units.covers(unit):
        raise NotFound("there is no such thing in your business unit", code="unknown_queue")


def _unit_of(app: App, queue: str) -> str | None:
    """Return whose a queue is, or was while something is kept of it."""
    found = app.configuration.current().queues.get(queue)
    if found is not None:
        return found.business_unit
    for older in app.configuration.superseded(app.clock.now() - _KEPT_MS):
        if queue in older.queues:
            return older.queues[queue].business_unit
    return None
