"""Commands about an offer: acknowledge, accept, decline, and the timers that end it."""

from __future__ import annotations

from centralino.application import frames, parties
from centralino.application.app import App
from centralino.application.changes import Change, change_contact
from centralino.application.parties import settle_and_follow
from centralino.application.ports import Timer
from centralino.application.talk import fail_offer, set_aside_ms
from centralino.domain.contacts import offers
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import CentralinoError, NotFound, TransientDependency
from centralino.domain.ids import contact_of_offer

JOIN_MS = 5_000
ACKNOWLEDGE_MS = 3_000
#: Clocks of two processes differ by less: a timer earlier than this belongs to another claim.
EARLY_MS = 1_000


def acknowledge(app: App, agent_id: str, rid: str, cause: str | None) -> None:
    """Note that the offer reached a page of this agent. Late or foreign ones change nothing."""

    def step(contact: Contact) -> Contact:
        if contact.agent != agent_id:
            return contact
        return offers.acknowledge(contact, rid, app.clock.now(), cause)

    change_contact(app, contact_of_offer(rid), step)


def accept(app: App, agent_id: str, contact_id: str, rid: str, cause: str | None) -> Contact:
    """Accept an offer; the first accept wins and rings the agent's leg exactly once.

    Raises
    ------
    NotFound
        There is no such contact, or it is not this agent's.
    OfferEnded
        Somebody or something was faster.
    """
    contact = app.store.contact(contact_id)
    if contact is None:
        raise NotFound("there is no such contact", code="unknown_contact")
    # Who is called back is rung only once the agent is on the line.
    joins = contact.calls_back or app.media.joins(contact)
    if contact.parent is not None:
        # The agent who asked may have hung up: nobody may be rung into an empty conversation.
        parties.follow(app, contact, cause)
    if joins and offers.holds(contact, rid) and not contact.accepted:
        app.timers.send([Timer("join", contact_id, rid, JOIN_MS)])
    change = change_contact(
        app,
        contact_id,
        lambda c: offers.accept(c, rid, agent_id, app.clock.now(), cause, joined=not joins),
    )
    if not change.made:
        return change.after
    after, now = change.after, app.clock.now()
    app.realtime.push(agent_id, frames.offer_ended(contact_id, rid, "accepted", now))
    if not joins:
        app.realtime.push(agent_id, frames.contact_changed(after, rid, now))
        if after.parent is not None:
            parties.on_the_line(app, after, cause)
        return after
    try:
        app.media.add_agent(after, rid, agent_id)
    except TransientDependency as error:
        # It is unknown whether the agent's leg rings. If it joins, all is well; if not, the
        # timer sent above ends the offer and the caller, still in the queue, is served next.
        app.log.warning("agent_leg_unknown", contact_id=contact_id, rid=rid, code=error.code)
    except CentralinoError:
        fail_offer(app, contact_id, rid, "leg_refused", cause)
        raise
    return after


def decline(
    app: App, agent_id: str, contact_id: str, rid: str, reason: str, cause: str | None
) -> Contact:
    """Decline an offer: the caller keeps the place, this agent is set aside for a while."""
    change = change_contact(
        app,
        contact_id,
        lambda c: offers.decline(
            c,
            rid,
            agent_id,
            reason,
            app.clock.now() + set_aside_ms(app, c),
            app.clock.now(),
            cause,
        ),
    )
    return _requeued(app, change, cause)


def time_out(app: App, contact_id: str, rid: str, cause: str | None) -> None:
    """End an offer nobody answered in time. Also finishes one whose agent was never told.

    Who dies between timer and claim leaves a timer for the offer that the next claim makes; it
    is early for that one, which has its own.
    """

    def step(contact: Contact) -> Contact:
        now = app.clock.now()
        if contact.expires_at is not None and now < contact.expires_at - EARLY_MS:
            return contact
        return offers.time_out(contact, rid, now + set_aside_ms(app, contact), now, cause)

    _requeued(app, change_contact(app, contact_id, step), cause)


def acknowledgment_missing(app: App, contact_id: str, rid: str, cause: str | None) -> None:
    """End an offer that never reached a page of its agent, unless it was made only just now."""

    def missing(contact: Contact) -> bool:
        # The last write of an offer that nobody has answered is the claim.
        early = app.clock.now() < contact.updated_at + ACKNOWLEDGE_MS - EARLY_MS
        return contact.acknowledged_at is None and not contact.accepted and not early

    fail_offer(app, contact_id, rid, "not_acknowledged", cause, only_if=missing)


def join_missing(app: App, contact_id: str, rid: str, cause: str | None) -> None:
    """End an accepted offer whose legs have not joined in time."""
    contact = app.store.contact(contact_id)
    if contact is not None and contact.accepted and contact.rid == rid:
        if contact.callback is not None and contact.callback.paced_at is not None:
            return  # the agent is on the line; the carrier takes the customer's call in a moment
        fail_offer(app, contact_id, rid, "leg_not_joined", cause)


def withdraw_unaccepted(app: App, contact_id: str, rid: str, cause: str | None) -> None:
    """End an offer whose agent's last page has gone."""
    contact = app.store.contact(contact_id)
    if contact is not None and offers.holds(contact, rid) and not contact.accepted:
        # The agent may accept from another page this very moment: ask once more when writing.
        fail_offer(app, contact_id, rid, "agent_gone", cause, only_if=lambda c: not c.accepted)


def _requeued(app: App, change: Change[Contact], cause: str | None) -> Contact:
    if change.made:
        settle_and_follow(app, change.after, cause)
    return change.after
