"""The third party of a contact while it lives: its leg, its end, and what that does to the other.

Parent and child are two items, each written by whatever happens to it. What one's change means
for the other is decided here from what both say now, so it may be asked again by anybody: by the
command that wrote, by the relay's timer when that command died, by the sweep.
"""

from __future__ import annotations

from collections.abc import Callable

from centralino.application import frames, reaping, wrap_ups
from centralino.application.app import App
from centralino.application.changes import ATTEMPTS, change_contact
from centralino.application.markers import open_marker
from centralino.application.ports import Timer
from centralino.application.settling import settle_and_drain
from centralino.domain.agents import machine
from centralino.domain.contacts import lifecycle, offers, parties, transfers
from centralino.domain.contacts.model import TALKING, TRANSFER, Contact, ContactState
from centralino.domain.errors import CentralinoError, Conflict, NotFound, OfferEnded
from centralino.domain.ids import contact_of_offer

#: How long an outside number may take to answer before it counts as not reached.
DIAL_MS = 45_000
#: When the conversation is looked at once more after it was changed.
ROOM_MS = 5_000
_REACHED = TALKING | {ContactState.DIALING}


def of_another(contact: Contact, rid: str) -> bool:
    """Tell whether a leg in this conversation belongs to a third party's own contact."""
    return contact_of_offer(rid) != contact.id and contact.find_segment(rid) is None


def settle_and_follow(app: App, contact: Contact, cause: str | None) -> None:
    """Settle what the contact's last write ended, and tell its other side if it has one."""
    settle_and_drain(app, contact, cause)
    follow(app, contact, cause)


# --------------------------------------------------------------------------- legs


def joined(app: App, child: Contact, rid: str, cause: str | None) -> None:
    """Go on with a party whose leg has joined the conversation."""
    parent = _parent(app, child)
    known = child.rid == rid and (child.accepted or child.state in _REACHED)
    if parent is None or not known or not transfers.still_with(parent, child.id):
        # Nobody may sit there alone, at our cost.
        _drop_leg(app, child, rid)
        follow(app, child, cause)
        return

    def connected(contact: Contact) -> Contact:
        if contact.state is ContactState.OFFERED:
            return offers.connect(contact, rid, app.clock.now(), cause)
        return parties.answer(contact, app.clock.now(), cause)

    try:
        change = change_contact(app, child.id, connected)
    except OfferEnded:
        _drop_leg(app, child, rid)
        return
    if change.made:
        on_the_line(app, change.after, cause)
    elif child.kind == TRANSFER:
        complete(app, parent.id, cause)


def on_the_line(app: App, child: Contact, cause: str | None) -> None:
    """Do what follows once a party can talk: both agents hear of it, a transfer is completed."""
    parent = _parent(app, child)
    if parent is None:
        return
    if child.segment is not None:
        frame = frames.contact_changed(child, child.segment.rid, app.clock.now())
        app.realtime.push(child.segment.agent, frame)
    _tell_asker(app, parent, child)
    if child.kind == TRANSFER:
        complete(app, parent.id, cause)


def left(app: App, child: Contact, rid: str, reason: str, cause: str | None) -> None:
    """Take note that the leg of a party that had been reached, or was being called, has left."""
    if child.rid == rid and child.state in _REACHED:
        why = reason if child.state is ContactState.DIALING else "party_left"
        end(app, child.id, why, by="agent", cause=cause)


def dial_missing(app: App, child_id: str, rid: str, cause: str | None) -> None:
    """End an outside party that neither answered nor failed in time."""
    child = app.store.contact(child_id)
    if child is not None and child.state is ContactState.DIALING and child.rid == rid:
        end(app, child_id, "no_answer", by="system", cause=cause)


# --------------------------------------------------------------------------- ends


def end(app: App, child_id: str, reason: str, *, by: str, cause: str | None) -> Contact:
    """End a party; the customer stays as they are, with the agent who asked for it."""
    before = app.store.contact(child_id)
    if before is None:
        raise NotFound("there is no such contact", code="unknown_contact")
    arm_end(app, before)
    change = change_contact(
        app, child_id, lambda c: parties.end_party(c, reason, by, app.clock.now(), cause)
    )
    if change.made:
        ended(app, change.before, change.after, cause)
    else:
        follow(app, change.after, cause)
    return change.after


def ended(app: App, before: Contact, after: Contact, cause: str | None) -> None:
    """Do what follows a party's end: its leg goes, its agent is told, the parent goes on."""
    if before.rid is not None and (before.accepted or before.state in _REACHED):
        _drop_leg(app, before, before.rid)
    segment = after.segment
    if segment is not None:
        frame = frames.contact_changed(after, segment.rid, app.clock.now())
        app.realtime.push(segment.agent, frame)
    settle_and_follow(app, after, cause)


def complete(app: App, contact_id: str, cause: str | None) -> Contact:
    """Leave the customer with the party: both contacts and the agent's slot in one write.

    Raises
    ------
    RuleViolation
        There is nobody to leave the customer with; see ``transfers.complete``.
    """
    for tries_left in reversed(range(ATTEMPTS)):
        parent = _known(app, contact_id)
        if parent.state is ContactState.POST_CALL:
            return parent
        child = _known(app, parent.party or contact_id)
        now = app.clock.now()
        after, party = transfers.complete(parent, child, now, cause)
        arm_wrap_up(app, parent)
        arm_room(app, parent)
        if after.state is ContactState.POST_CALL:
            # Once the agent has wrapped up, no slot leads the sweep here.
            app.operations.put(open_marker(after, now))
        try:
            _save_completed(app, after, party if party is not child else None, cause)
        except Conflict:
            if not tries_left:
                raise
        else:
            _part_ways(app, parent, after)
            return after
    raise Conflict("the contact kept changing")


def gathered(app: App, contact: Contact) -> bool:
    """Tell whether agent, customer and third party are in one talk."""
    if contact.party is None or contact.state is not ContactState.CONNECTED:
        return False
    child = app.store.contact(contact.party)
    return child is not None and child.state in TALKING


# --------------------------------------------------------------------------- the other side


def needs_following(contact: Contact) -> bool:
    """Tell from one side alone whether the other may not have been told yet."""
    if contact.parent is not None:
        return _over(contact)
    return contact.party is not None and not transfers.still_with(contact, contact.party)


def follow(app: App, contact: Contact, cause: str | None) -> None:
    """Make the other side of a contact agree with it. Nothing happens where it does already."""
    if contact.parent is not None:
        parent = _parent(app, contact)
        if _over(contact):
            _party_gone(app, parent, contact, cause)
        elif parent is None or not transfers.still_with(parent, contact.id):
            end(app, contact.id, "customer_left", by="caller", cause=cause)
    elif contact.party is not None and not transfers.still_with(contact, contact.party):
        child = app.store.contact(contact.party)
        if child is not None and not _over(child):
            end(app, child.id, "customer_left", by="caller", cause=cause)


def check(app: App, contact_id: str, cause: str | None) -> bool:
    """Look at a contact and its other side again; tell whether this contact was changed."""
    before = app.store.contact(contact_id)
    if before is None:
        return False
    follow(app, before, cause)
    after = app.store.contact(contact_id)
    return after is not None and after.version != before.version


def _party_gone(app: App, parent: Contact | None, child: Contact, cause: str | None) -> None:
    if parent is None or parent.party != child.id:
        return
    if parent.state is ContactState.POST_CALL:
        # The customer was with the party alone: there is nobody left to talk to.
        change = change_contact(
            app, parent.id, lambda c: lifecycle.hang_up(c, "system", app.clock.now(), cause)
        )
        quietly(app, "hang_up", lambda: app.media.hang_up(parent))
        if change.made:
            settle_and_drain(app, change.after, cause)
        return
    detached = change_contact(
        app, parent.id, lambda c: transfers.detach(c, child.id, app.clock.now(), cause)
    )
    if detached.made:
        _tell_asker(app, detached.after, child)


# --------------------------------------------------------------------------- helpers


def arm_wrap_up(app: App, contact: Contact) -> int | None:
    """Send the timer of the wrap-up that begins when the talk of this contact's agent ends.

    Returns its limit in milliseconds; ``None`` where there is no talk.
    """
    wrap_up = wrap_ups.timer(app, contact) if contact.state in TALKING else None
    if wrap_up is None:
        return None
    app.timers.send([wrap_up])
    return wrap_up.delay_ms


def arm_end(app: App, child: Contact) -> None:
    """Send the timers of what follows a party's end: the wrap-up, and a leg left over."""
    limit = arm_wrap_up(app, child)
    if child.accepted or child.state in _REACHED:
        app.timers.send(reaping.timers(app, child, limit))


def arm_room(app: App, contact: Contact) -> None:
    """Have the conversation looked at again soon, whatever becomes of this process."""
    if contact.rid is not None and app.media.joins(contact):
        app.timers.send([Timer("room", contact.id, contact.rid, ROOM_MS)])


def recall(app: App, contact_id: str) -> None:
    """Bring a caller who waits again back to the queue, from the conversation of before.

    Read anew: by now the next agent may have accepted, and the conversation may be theirs.
    """
    contact = app.store.contact(contact_id)
    if contact is None or contact.parent is not None or contact.accepted:
        return
    if contact.state in (ContactState.WAITING, ContactState.OFFERED):
        app.media.recall_caller(contact)


def quietly(app: App, what: str, action: Callable[[], None]) -> None:
    """Do something to a call that must not keep the rest from happening.

    What it leaves behind is found again: a leg that joins later is dropped on joining, and the
    timer sent before looks at the conversation once more.
    """
    try:
        action()
    except CentralinoError as error:
        app.log.warning("media_cleanup_failed", what=what, code=error.code)


def _save_completed(app: App, after: Contact, party: Contact | None, cause: str | None) -> None:
    if party is None or after.agent is None or after.rid is None:
        app.store.save_contact(after)
        return
    agent = app.store.agent(after.agent)
    moved = agent
    if agent is not None:
        moved = machine.move_slot(agent, after.rid, after.id, app.clock.now(), cause)
    changed = [moved] if moved is not None and moved is not agent else []
    app.store.save_together([after, party], changed)


def _part_ways(app: App, before: Contact, after: Contact) -> None:
    """Take the first agent out of the conversation and let the others hear each other."""
    now = app.clock.now()
    if before.rid is not None and before.agent is not None:
        _drop_leg(app, after, before.rid)
        app.realtime.push(before.agent, frames.contact_changed(after, before.rid, now))
    quietly(app, "resume", lambda: app.media.resume(after))
    if after.agent is not None and after.rid is not None:
        app.realtime.push(after.agent, frames.contact_changed(after, after.rid, now))


def _tell_asker(app: App, parent: Contact, child: Contact) -> None:
    if parent.agent is not None and parent.rid is not None:
        frame = frames.contact_changed(child, parent.rid, app.clock.now())
        app.realtime.push(parent.agent, frame)


def _drop_leg(app: App, contact: Contact, rid: str) -> None:
    quietly(app, "drop_agent", lambda: app.media.drop_agent(contact, rid))


def _over(child: Contact) -> bool:
    return child.ended or child.state is ContactState.WRAPUP


def _parent(app: App, child: Contact) -> Contact | None:
    return app.store.contact(child.parent) if child.parent is not None else None


def _known(app: App, contact_id: str) -> Contact:
    contact = app.store.contact(contact_id)
    if contact is None:
        raise NotFound("there is no such contact", code="unknown_contact")
    return contact
