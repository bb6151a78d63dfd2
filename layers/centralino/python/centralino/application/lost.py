"""An agent's leg that ended in mid-talk without a hang-up, and what becomes of the talk.

The caller stays in the conversation and hears a word; the agent may rejoin until a timer, sent
before that is written, gives the caller on. Carriers tell of legs twice, late and out of order, so
who is there is never taken from a message alone: the carrier is asked, and again a moment later
where its answer and its message differ.
"""

from __future__ import annotations

from centralino.application import frames, parties, talk
from centralino.application.app import App
from centralino.application.changes import change_contact
from centralino.application.ports import Timer
from centralino.domain.contacts import lost
from centralino.domain.contacts.model import TALKING, Contact, ContactState
from centralino.domain.errors import RuleViolation
from centralino.domain.telephony import phrases

LEG_CHECK_MS = 5_000
#: A carrier that cannot tell of a leg is asked so often in a row: for a minute.
MOST_LOOKS = 12
#: Clocks of two processes differ by less: a timer earlier than this belongs to an earlier loss.
EARLY_MS = 1_000


def look(
    app: App,
    contact: Contact,
    rid: str,
    cause: str | None,
    *,
    told: bool | None = None,
    hop: int = 0,
) -> None:
    """Bring a talk in line with whether its agent's leg is there.

    Parameters
    ----------
    told : bool, optional
        What a message has just said of the leg.
    hop : int
        How often it was looked in a row already; after :data:`MOST_LOOKS` the sweep goes on.
    """
    alive = app.media.alive(contact)
    if alive is False:
        # The caller has gone: that hang-up is only late.
        talk.end_call(app, contact.id, by="caller", cause=cause)
        return
    joins = app.media.joins(contact)
    there = app.media.has_leg(contact, rid) if joins and alive else None
    if not joins:
        there = told
    elif there is None or told not in (None, there):
        if hop < MOST_LOOKS:
            app.timers.send([Timer("leg", contact.id, rid, LEG_CHECK_MS, hop + 1)])
        else:
            app.log.warning("leg_not_told", contact_id=contact.id, rid=rid)
        return
    if there:
        rejoined(app, contact.id, rid, cause)
    elif there is False:
        leg_lost(app, contact, rid, cause)


def look_again(app: App, contact_id: str, rid: str, cause: str | None, hop: int = 0) -> None:
    """Look at a talk whose agent's leg could not be told of before."""
    contact = app.store.contact(contact_id)
    if contact is not None and contact.state in TALKING and contact.rid == rid:
        look(app, contact, rid, cause, hop=hop)


def page_gone(app: App, contact_id: str, rid: str, cause: str | None) -> None:
    """Take note that the agent of a talk has no page any more; the leg may still be there."""
    contact = app.store.contact(contact_id)
    if contact is None or contact.state not in TALKING or contact.rid != rid:
        return
    # Who writes waits for the next message anyway, and a third party's leg tells of itself.
    if contact.channel in lost.SPOKEN and contact.parent is None:
        look(app, contact, rid, cause, told=None if app.media.joins(contact) else False)


def leg_lost(app: App, contact: Contact, rid: str, cause: str | None) -> None:
    """Leave the caller where they are, with a word, until the agent is back or time is over."""
    if lost.is_lost(contact, rid) or _left_to_party(app, contact, cause):
        return
    app.timers.send([Timer("rejoin", contact.id, rid, lost.REJOIN_MS)])
    change = change_contact(
        app, contact.id, lambda c: lost.lose_leg(c, rid, app.clock.now(), cause)
    )
    if not change.made:
        return
    _tell(app, change.after, rid)
    if change.after.state is ContactState.CONNECTED:
        # Who is on hold goes on hearing what they hear.
        parties.quietly(app, "announce", lambda: app.media.announce(change.after))


def rejoined(app: App, contact_id: str, rid: str, cause: str | None) -> Contact:
    """Take note that the agent is back in the talk, if it was gone."""
    change = change_contact(app, contact_id, lambda c: lost.rejoin(c, rid, app.clock.now(), cause))
    if change.made:
        _tell(app, change.after, rid)
    return change.after


def time_over(app: App, contact_id: str, rid: str, cause: str | None) -> bool:
    """Give the caller on if the agent has not come back in time; tell whether that was due."""
    contact = app.store.contact(contact_id)
    if contact is None or not lost.is_lost(contact, rid):
        return False
    if app.clock.now() < (lost.rejoin_until(contact) or 0) - EARLY_MS:
        return False
    if app.media.joins(contact) and app.media.has_leg(contact, rid):
        # The word of it was lost.
        rejoined(app, contact_id, rid, cause)
    else:
        give_on(app, contact, rid, cause)
    return True


def give_on(app: App, contact: Contact, rid: str, cause: str | None) -> Contact:
    """Leave the caller with the others there, or put them at the head of the queue.

    Nothing happens while the agent is in the talk.
    """
    if app.media.alive(contact) is False:
        return talk.end_call(app, contact.id, by="caller", cause=cause)
    if _left_to_party(app, contact, cause):
        return app.store.contact(contact.id) or contact
    if lost.is_lost(contact, rid):
        # Should we die before the caller is back in the queue, or a leg still ring then.
        parties.arm_room(app, contact)
    now = app.clock.now()
    aside = now + talk.set_aside_ms(app, contact)
    change = change_contact(
        app, contact.id, lambda c: lost.lose_agent(c, rid, aside, app.clock.now(), cause)
    )
    after = change.after
    if change.made:
        parties.quietly(app, "drop_agent", lambda: app.media.drop_agent(after, rid))
        # The caller sits in the conversation, alone: back to the queue.
        parties.quietly(app, "recall_caller", lambda: parties.recall(app, after.id))
        segment = after.find_segment(rid)
        if segment is not None:
            app.realtime.push(segment.agent, frames.contact_changed(after, rid, app.clock.now()))
        parties.settle_and_follow(app, after, cause)
    return after


def announcement(contact: Contact | None) -> phrases.Texts | None:
    """Return what the caller in a conversation hears in between; ``None``: nothing any more."""
    if contact is None or lost.rejoin_until(contact) is None:
        return None
    return phrases.AGENT_AWAY


def _left_to_party(app: App, contact: Contact, cause: str | None) -> bool:
    """Leave the caller with the others of a conference whose first agent has gone."""
    if contact.party is None or contact.state is not ContactState.CONNECTED:
        return False
    try:
        parties.complete(app, contact.id, cause)
    except RuleViolation:
        return False  # the party has not come yet, or has just gone
    return True


def _tell(app: App, contact: Contact, rid: str) -> None:
    if contact.agent is not None:
        frame = frames.contact_changed(contact, rid, app.clock.now())
        app.realtime.push(contact.agent, frame)
