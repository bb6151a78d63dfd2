"""Legs joining and leaving, and the end of a call.

The caller waits with the carrier until the agent's leg is in the conversation, and only then is
brought there; CONNECTED means both are. Everything a carrier says may come twice, late or out of
order, so each of these looks at the contact first and acts on what stands there.
"""

from __future__ import annotations

from collections.abc import Callable

from centralino.application import frames, parties, retired
from centralino.application.app import App
from centralino.application.changes import Change, change_contact
from centralino.application.ports import Timer
from centralino.domain.contacts import lifecycle, offers
from centralino.domain.contacts.model import TALKING, Contact, ContactState
from centralino.domain.errors import NotFound, OfferEnded, RuleViolation
from centralino.domain.ids import contact_of_offer
from centralino.domain.telephony.commands import LegJoined, LegLeft

#: The conversation ended under the agent's leg: the caller's hang-up is on its way to us.
CONVERSATION_ENDED = "conversation_ended"
LEG_CHECK_MS = 5_000


def leg_joined(app: App, command: LegJoined) -> None:
    """Go on with an accepted offer when the agent's, then the caller's leg has joined."""
    contact = _known(app, command.contact)
    if command.rid is not None:
        party = _party(app, contact, command.rid)
        if party is not None:
            parties.joined(app, party, command.rid, command.message)
        else:
            _agent_joined(app, contact, command.rid)
    elif command.call == contact.call:
        _caller_joined(app, contact, command.message)


def leg_left(app: App, command: LegLeft) -> None:
    """Take note that a leg left; an agent's leg that left by itself is a lost agent."""
    if command.rid is None:
        return  # the caller's leg: the end of the call itself is what counts
    contact = _known(app, command.contact)
    party = _party(app, contact, command.rid)
    if party is not None and not party.accepted:
        if command.reason != CONVERSATION_ENDED:
            parties.left(app, party, command.rid, command.reason, command.message)
        return
    contact = party or contact
    if contact.accepted and contact.rid == command.rid:
        fail_offer(app, contact.id, command.rid, command.reason, command.message)
    elif (
        contact.state in TALKING
        and contact.rid == command.rid
        and command.reason != CONVERSATION_ENDED
    ):
        check_agent_lost(app, contact, command.rid, command.message)


def check_agent_lost(app: App, contact: Contact, rid: str, cause: str | None) -> None:
    """Decide whether the agent left the caller, or the caller's hang-up is only late.

    The carrier is asked; where it cannot tell, a timer asks again.
    """
    alive = app.media.alive(contact)
    if alive is None:
        app.timers.send([Timer("leg", contact.id, rid, LEG_CHECK_MS)])
    elif alive:
        if not _left_to_party(app, contact, cause):
            lose_agent(app, contact.id, rid, cause)
    else:
        end_call(app, contact.id, by="caller", cause=cause)


def lose_agent(app: App, contact_id: str, rid: str, cause: str | None) -> None:
    """Put the caller at the head of the queue after the agent vanished, with an apology."""
    change = change_contact(
        app,
        contact_id,
        lambda c: offers.lose_agent(
            c, rid, app.clock.now() + set_aside_ms(app, c), app.clock.now(), cause
        ),
    )
    after = change.after
    if after.state is ContactState.WAITING:
        # The caller sits in the conversation, alone: back to the queue, if not there already.
        app.media.recall_caller(after)
    if change.made:
        parties.settle_and_follow(app, after, cause)


def fail_offer(
    app: App,
    contact_id: str,
    rid: str,
    reason: str,
    cause: str | None,
    *,
    only_if: Callable[[Contact], bool] | None = None,
) -> Change[Contact]:
    """End an offer that could not be carried out; the caller keeps the place in line.

    Parameters
    ----------
    only_if : callable, optional
        Asked of the very version that is changed, however often it has to be read again.
    """

    def step(contact: Contact) -> Contact:
        if only_if is not None and not only_if(contact):
            return contact
        now = app.clock.now()
        return offers.fail(contact, rid, reason, now + set_aside_ms(app, contact), now, cause)

    change = change_contact(app, contact_id, step)
    if not change.made:
        return change
    if change.before.accepted:
        parties.quietly(app, "drop_agent", lambda: app.media.drop_agent(change.before, rid))
        if change.after.parent is None:
            parties.quietly(app, "recall_caller", lambda: app.media.recall_caller(change.after))
    parties.settle_and_follow(app, change.after, cause)
    return change


def end_call(
    app: App, contact_id: str, *, by: str, cause: str | None, seen: Contact | None = None
) -> Contact:
    """Note that the customer's call has ended and do what follows.

    Parameters
    ----------
    seen : Contact, optional
        The contact if it was just read; it decides only whether a wrap-up timer is sent first.

    Returns
    -------
    Contact
        The contact as it stands now; unchanged when it had already ended.
    """
    before = seen or _known(app, contact_id)
    if before.state in TALKING and before.rid is not None:
        limit = retired.rules_of(app, before.queue or "").wrap_up_ms
        app.timers.send([Timer("wrapup", contact_id, before.rid, limit)])
    change = change_contact(
        app, contact_id, lambda c: lifecycle.hang_up(c, by, app.clock.now(), cause)
    )
    if not change.made:
        return change.after
    before, after = change.before, change.after
    if before.accepted and before.rid is not None:
        rid = before.rid
        parties.quietly(app, "drop_agent", lambda: app.media.drop_agent(before, rid))
    segment = after.segment
    if segment is not None:
        app.realtime.push(
            segment.agent, frames.contact_changed(after, segment.rid, app.clock.now())
        )
    parties.settle_and_follow(app, after, cause)
    return after


def set_aside_ms(app: App, contact: Contact) -> int:
    """Return for how long an agent who did not take this contact is not offered it again."""
    return retired.rules_of(app, contact.queue or "").set_aside_ms


def _agent_joined(app: App, contact: Contact, rid: str) -> None:
    if contact.accepted and contact.rid == rid:
        app.media.bring_caller(contact)
    elif not (contact.state in TALKING and contact.rid == rid):
        # The offer ended while the leg was joining: nobody may sit there alone, at our cost.
        app.media.drop_agent(contact, rid)


def _caller_joined(app: App, contact: Contact, cause: str | None) -> None:
    if contact.accepted and contact.rid is not None:
        rid = contact.rid
        try:
            change = change_contact(
                app, contact.id, lambda c: offers.connect(c, rid, app.clock.now(), cause)
            )
        except OfferEnded:
            app.media.recall_caller(_known(app, contact.id))
            return
        if change.made and change.after.agent is not None:
            frame = frames.contact_changed(change.after, rid, app.clock.now())
            app.realtime.push(change.after.agent, frame)
    elif contact.state in (ContactState.WAITING, ContactState.OFFERED):
        app.media.recall_caller(contact)
    elif contact.ended:
        app.media.hang_up(contact)


def _party(app: App, room: Contact, rid: str) -> Contact | None:
    """Return the third party a leg in this conversation belongs to, if it is not the contact's."""
    if not parties.of_another(room, rid):
        return None
    child = app.store.contact(contact_of_offer(rid))
    return child if child is not None and child.parent == room.id else None


def _left_to_party(app: App, contact: Contact, cause: str | None) -> bool:
    """Leave the caller with the others of a conference whose first agent has gone."""
    if contact.party is None or contact.state is not ContactState.CONNECTED:
        return False
    try:
        parties.complete(app, contact.id, cause)
    except RuleViolation:
        return False  # the party has not come yet, or has just gone
    return True


def _known(app: App, contact_id: str) -> Contact:
    contact = app.store.contact(contact_id)
    if contact is None:
        raise NotFound("there is no such call", code="unknown_call")
    return contact
