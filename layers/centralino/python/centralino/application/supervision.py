"""Supervisors in conversations: entering, being heard otherwise, leaving.

Each has a record in ``ops``, below the contact and by supervisor, written before the carrier is
asked for anything and carrying the event of that write: nobody ever listens without it being on
record. The leg is named by the record, so that what is asked twice rings once. The record closes
when the leg leaves, and at the latest when a timer finds that the conversation is over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace

from centralino.application import filing, scopes
from centralino.application.app import App
from centralino.application.ports import Item, Timer
from centralino.application.scopes import Supervisor
from centralino.domain.contacts import supervision as names
from centralino.domain.contacts.model import TALKING, Contact
from centralino.domain.contacts.supervision import Mode
from centralino.domain.errors import (
    CentralinoError,
    Conflict,
    NotFound,
    RuleViolation,
    TransientDependency,
)
from centralino.domain.events import Event
from centralino.domain.filing import Filed

#: Looks whether conversations that are listened to still go on.
TIMER = "listen"
LOOK_MS = 60_000
RECORD = "sv_"
#: What is to be known later is in the events.
KEPT_S = 24 * 3600
_TRIES = 4
#: Why a leg left that never was in the conversation.
_NOT_REACHED = frozenset({"busy", "no_answer", "failed", "canceled"})


@dataclass(frozen=True, slots=True)
class Listening:
    """A supervisor in a conversation, or one who was there last.

    Attributes
    ----------
    token : str
        Names this time and its leg.
    agent : str or None
        Who was talking when it began.
    version, sequence : int
        Writes of this place, events of this time.
    """

    contact: str
    supervisor: str
    token: str
    mode: str
    agent: str | None
    business_unit: str
    at: int
    open: bool = True
    version: int = 1
    sequence: int = 1

    @property
    def leg(self) -> str:
        """The name of the supervisor's leg."""
        return names.leg(self.contact, self.token)


def listen(
    app: App, supervisor: Supervisor, contact_id: str, mode: Mode, cause: str | None
) -> Listening:
    """Enter a conversation; a supervisor who is in it changes the mode.

    The conversation of a third party is that of the customer's contact.

    Raises
    ------
    NotFound
        There is no such contact (``unknown_contact``).
    Forbidden
        It is not a business unit of the supervisor's (``another_business_unit``).
    RuleViolation
        Nobody talks (``not_talking``), the supervisor is one of those who do
        (``own_conversation``), or the provider lets nobody listen in (``not_supported``).
    """
    contact = _conversation(app, contact_id)
    _may(app, supervisor, contact)
    present = _find(app, contact.id, supervisor.id)
    if present is not None and present.open:
        return _change(app, contact, present, mode, cause, ring=True)
    now = app.clock.now()
    new = Listening(
        contact=contact.id,
        supervisor=supervisor.id,
        token=app.ids.ulid(),
        mode=str(mode),
        agent=contact.agent,
        business_unit=contact.business_unit,
        at=now,
        version=present.version + 1 if present is not None else 1,
    )
    app.timers.send([Timer(TIMER, contact.id, None, LOOK_MS)])
    data = {"agent_id": contact.agent, "mode": new.mode}
    if not _write(app, new, Event("SupervisionStarted", _about(new, data)), now, cause):
        raise Conflict("you are entering this conversation already")
    try:
        app.supervision.listen(contact, new.leg, supervisor.id, new.mode, contact.rid or "")
    except TransientDependency:
        raise  # it may ring: asking again finds this record, and with it the leg
    except CentralinoError:
        _close(app, new, "refused", cause)
        raise
    return new


def change(
    app: App, supervisor: Supervisor, contact_id: str, mode: Mode, cause: str | None
) -> Listening:
    """Be heard by others than before; the mode in force again is sent once more.

    Raises
    ------
    NotFound
        The supervisor is not in this conversation (``not_listening``).
    Forbidden, RuleViolation
        As :func:`listen`; the mode is what it was.
    """
    contact = _conversation(app, contact_id)
    present = _find(app, contact.id, supervisor.id)
    if present is None or not present.open:
        raise NotFound("you are not in this conversation", code="not_listening")
    # The sign-in may have lost the business unit, or they may have come to talk here, meanwhile.
    _may(app, supervisor, contact)
    return _change(app, contact, present, mode, cause, ring=False)


def leave(app: App, supervisor: Supervisor, contact_id: str, cause: str | None) -> Listening:
    """Leave a conversation; who has left it already needs nothing.

    Raises
    ------
    NotFound
        The supervisor was not in this conversation (``not_listening``).
    """
    contact = _root(app, contact_id)
    present = _find(app, contact.id, supervisor.id)
    if present is None:
        raise NotFound("you are not in this conversation", code="not_listening")
    if not present.open:
        return present
    # First the leg: a record that closes before it would hide somebody who still listens.
    app.supervision.leave(contact, present.leg)
    return _close(app, present, "left", cause)


def joined(app: App, contact: Contact, leg: str) -> None:
    """Send a supervisor's leg away that nothing on record stands for."""
    if contact.state not in TALKING or _by_leg(app, contact, leg) is None:
        app.supervision.leave(contact, leg)


def left(app: App, contact: Contact, leg: str, reason: str, cause: str | None) -> None:
    """Note that a supervisor's leg has left, or was not reached."""
    present = _by_leg(app, contact, leg)
    if present is None:
        return
    why = "not_reached"
    if reason not in _NOT_REACHED:
        why = "conversation_ended" if _over(app, contact, reason) else "left"
    _close(app, present, why, cause)


def _over(app: App, contact: Contact, reason: str) -> bool:
    """Tell whether a leg left because the conversation was over.

    Word of the leg may come before word of the caller's hang-up that ended it, and need not say
    why it ended: then the carrier is asked whether the caller is there.
    """
    if contact.state not in TALKING or reason == "conversation_ended":
        return True
    if reason == "hung_up":
        return False
    try:
        return app.media.alive(contact) is False
    except CentralinoError:
        return False


def look(app: App, contact_id: str, cause: str | None) -> None:
    """End what goes on listening to a conversation that is over; else look again later."""
    listening = [one for one in of(app, contact_id) if one.open]
    contact = app.store.contact(contact_id)
    if not listening or contact is None:
        return
    if contact.state in TALKING:
        app.timers.send([Timer(TIMER, contact_id, None, LOOK_MS)])
        return
    for one in listening:
        app.supervision.leave(contact, one.leg)
        _close(app, one, "conversation_ended", cause)


def of(app: App, contact_id: str) -> list[Listening]:
    """Return who is in a conversation as a supervisor, and who was of late."""
    return [_read(item) for item in app.operations.list(_key(contact_id))]


def _change(
    app: App, contact: Contact, present: Listening, mode: Mode, cause: str | None, *, ring: bool
) -> Listening:
    after = _note_mode(app, present, str(mode), cause)
    if not after.open:
        raise NotFound("you have left this conversation", code="not_listening")
    beside = contact.rid or ""
    try:
        if ring:
            # Asked for again: the leg may never have been rung.
            app.supervision.listen(contact, after.leg, after.supervisor, after.mode, beside)
        app.supervision.change(contact, after.leg, after.mode, beside)
    except TransientDependency:
        raise
    except CentralinoError:
        _note_mode(app, after, present.mode, cause)
        raise
    return after


def _note_mode(app: App, present: Listening, mode: str, cause: str | None) -> Listening:
    if present.mode == mode:
        return present
    return _evolve(
        app,
        present,
        lambda one: replace(one, mode=mode),
        Event("SupervisionChanged", _about(present, {"mode": mode})),
        cause,
    )


def _close(app: App, present: Listening, reason: str, cause: str | None) -> Listening:
    seconds = max(0, app.clock.now() - present.at) // 1000
    return _evolve(
        app,
        present,
        lambda one: replace(one, open=False),
        Event("SupervisionEnded", _about(present, {"reason": reason, "seconds": seconds})),
        cause,
    )


def _evolve(
    app: App,
    present: Listening,
    step: Callable[[Listening], Listening],
    event: Event,
    cause: str | None,
) -> Listening:
    """Write the next version; one that was closed, or replaced, meanwhile stays as it is."""
    for _ in range(_TRIES):
        changed = step(present)
        after = replace(changed, version=present.version + 1, sequence=present.sequence + 1)
        if _write(app, after, event, app.clock.now(), cause):
            return after
        found = _find(app, present.contact, present.supervisor)
        if found is None or found.token != present.token or not found.open:
            return replace(present, open=False)
        present = found
    raise Conflict("others kept changing it")


def _write(app: App, listening: Listening, event: Event, now: int, cause: str | None) -> bool:
    told = filing.told(
        Filed(
            id=RECORD + listening.token,
            sequence=listening.sequence,
            business_unit=listening.business_unit,
            updated_at=now,
            cause=cause,
            correlation=listening.contact,
            events=(event,),
        )
    )
    attributes = {**asdict(listening), **told}
    expires = now // 1000 + KEPT_S
    item = Item(_key(listening.contact), listening.supervisor, attributes, ttl=expires)
    return app.operations.put_if(item, "version", listening.version)


def _conversation(app: App, contact_id: str) -> Contact:
    contact = _root(app, contact_id)
    if contact.state not in TALKING:
        raise RuleViolation("nobody is talking", code="not_talking")
    return contact


def _root(app: App, contact_id: str) -> Contact:
    contact = app.store.contact(contact_id)
    if contact is not None and contact.parent is not None:
        contact = app.store.contact(contact.parent)
    if contact is None:
        raise NotFound("there is no such contact", code="unknown_contact")
    return contact


def _may(app: App, supervisor: Supervisor, contact: Contact) -> None:
    scopes.require(app, supervisor, contact.business_unit)
    party = app.store.contact(contact.party) if contact.party is not None else None
    if supervisor.id in (contact.agent, party.agent if party is not None else None):
        raise RuleViolation("you take part in this conversation", code="own_conversation")


def _about(listening: Listening, data: Mapping[str, object]) -> dict[str, object]:
    return {"contact": listening.contact, "by": listening.supervisor, **data}


def _by_leg(app: App, contact: Contact, leg: str) -> Listening | None:
    return next((one for one in of(app, contact.id) if one.open and one.leg == leg), None)


def _find(app: App, contact_id: str, supervisor: str) -> Listening | None:
    item = app.operations.get(_key(contact_id), supervisor)
    return _read(item) if item is not None else None


def _read(item: Item) -> Listening:
    values = item.attributes
    return Listening(
        contact=str(values["contact"]),
        supervisor=str(values["supervisor"]),
        token=str(values["token"]),
        mode=str(values["mode"]),
        agent=values["agent"],
        business_unit=str(values["business_unit"]),
        at=int(values["at"]),
        open=bool(values["open"]),
        version=int(values["version"]),
        sequence=int(values["sequence"]),
    )


def _key(contact_id: str) -> str:
    return f"supervision#{contact_id}"
