"""Legs joining and leaving.

The caller waits with the carrier until the agent's leg is in the conversation, and only then is
brought there; CONNECTED means both are. Everything a carrier says may come twice, late or out of
order, so each of these looks at the contact first and acts on what stands there.
"""

from __future__ import annotations

from centralino.application import frames, lost, muting, parties, recordings, supervision, talk
from centralino.application.app import App
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import dialling as callback_dialling
from centralino.application.changes import change_contact
from centralino.domain.callbacks.model import is_attempt
from centralino.domain.contacts import offers
from centralino.domain.contacts.lost import is_lost
from centralino.domain.contacts.model import TALKING, Contact, ContactState
from centralino.domain.contacts.supervision import is_leg
from centralino.domain.errors import NotFound, OfferEnded
from centralino.domain.ids import contact_of_offer
from centralino.domain.telephony.commands import AttemptProgressed, LegJoined, LegLeft

#: The conversation ended under the agent's leg: the caller's hang-up is on its way to us.
CONVERSATION_ENDED = "conversation_ended"
#: We took the leg out of the conversation: the call goes on elsewhere.
MOVED = "moved"


def joined(app: App, command: LegJoined) -> None:
    """Go on with an accepted offer when the agent's, then the caller's leg has joined."""
    contact = _known(app, command.contact)
    if command.rid is not None and is_leg(command.rid):
        supervision.joined(app, contact, command.rid)
        return
    if command.rid is not None and is_attempt(command.rid):
        _attempt(app, command, "answered")
    elif command.rid is not None:
        party = _party(app, contact, command.rid)
        if party is not None:
            parties.joined(app, party, command.rid, command.message)
            muting.joined(app, party, command.rid)
        else:
            _agent_joined(app, contact, command.rid, command.message)
    elif command.call == contact.call:
        _caller_joined(app, contact, command.message)


def left(app: App, command: LegLeft) -> None:
    """Take note that a leg left; an agent's leg that left by itself is a lost agent."""
    if command.rid is None:
        return  # the caller's leg: the end of the call itself is what counts
    if is_attempt(command.rid):
        if command.reason != MOVED:
            _attempt(app, command, command.reason)
        return
    contact = _known(app, command.contact)
    if is_leg(command.rid):
        supervision.left(app, contact, command.rid, command.reason, command.message)
        return
    party = _party(app, contact, command.rid)
    if party is not None and not party.accepted:
        if command.reason != CONVERSATION_ENDED:
            parties.left(app, party, command.rid, command.reason, command.message)
        return
    contact = party or contact
    if contact.accepted and contact.rid == command.rid:
        talk.fail_offer(app, contact.id, command.rid, command.reason, command.message)
    elif contact.calls_back and contact.rid == command.rid:
        callback_dialling.agent_left(app, contact, command.message)
    elif (
        contact.state in TALKING
        and contact.rid == command.rid
        and command.reason != CONVERSATION_ENDED
    ):
        lost.look(app, contact, command.rid, command.message, told=False)


def _agent_joined(app: App, contact: Contact, rid: str, cause: str | None) -> None:
    if contact.accepted and contact.rid == rid:
        if contact.calls_back:
            callback_dialling.dial(app, contact, rid, cause)
        else:
            app.media.bring_caller(contact)
    elif is_lost(contact, rid):
        lost.look(app, contact, rid, cause, told=True)
    elif contact.rid == rid and contact.state in (*TALKING, ContactState.DIALING):
        muting.joined(app, contact, rid)
    else:
        # The offer ended while the leg was joining: nobody may sit there alone, at our cost.
        app.media.drop_agent(contact, rid)


def _attempt(app: App, command: LegJoined | LegLeft, outcome: str) -> None:
    """Take the leg of a customer who is called back for what the call itself would tell."""
    outcome = outcome if outcome in callbacks.TELLING else "ended"
    told = AttemptProgressed(
        command.contact, command.rid or "", command.call, outcome, command.message
    )
    callbacks.attempt_progressed(app, told)


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
            recordings.begin(app, change.after, cause)
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


def _known(app: App, contact_id: str) -> Contact:
    contact = app.store.contact(contact_id)
    if contact is None:
        raise NotFound("there is no such call", code="unknown_call")
    return contact
