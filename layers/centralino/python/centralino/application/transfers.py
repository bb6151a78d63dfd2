"""What an agent asks for during a conversation: hold, transfer, consult, conference, return.

Every command may be repeated: what it asks for either stands already, and then only the call is
seen to once more, or is made to stand. The contact is written first, the call follows; a timer
sent before the write looks at the conversation again, in case this process dies between the two.
"""

from __future__ import annotations

from collections.abc import Callable

from centralino.application import (
    frames,
    inviting,
    overflow,
    parties,
    placing,
    provided,
    retired,
)
from centralino.application.agents import own
from centralino.application.app import App
from centralino.application.changes import Change, change_contact
from centralino.domain.contacts import offers, transfers
from centralino.domain.contacts import parties as making
from centralino.domain.contacts.model import (
    CONFERENCE,
    CONSULT,
    TRANSFER,
    Contact,
    ContactState,
)
from centralino.domain.errors import RuleViolation
from centralino.domain.telephony.capabilities import Capability


def hold(app: App, agent_id: str, contact_id: str, cause: str | None) -> Contact:
    """Let the customer wait on the line.

    Raises
    ------
    RuleViolation
        The provider holds no calls (``not_supported``).
    """
    provided.need(app, own(app, agent_id, contact_id), Capability.HOLD)
    contact = _changed(app, agent_id, contact_id, offers.hold, cause)
    app.media.hold(contact)
    return contact


def resume(app: App, agent_id: str, contact_id: str, cause: str | None) -> Contact:
    """Go on talking to the customer.

    Raises
    ------
    RuleViolation
        Somebody is being consulted (``party_present``): take the customer back with
        :func:`cancel_consult`, or bring all three together with :func:`conference`.
    """
    contact = own(app, agent_id, contact_id)
    if contact.party is not None and inviting.party_of(app, contact).kind != CONFERENCE:
        raise RuleViolation("somebody is being consulted", code="party_present")
    contact = _changed(app, agent_id, contact_id, offers.resume, cause)
    app.media.resume(contact)
    return contact


def transfer(
    app: App, agent_id: str, contact_id: str, to: inviting.To, key: bytes, cause: str | None
) -> Contact:
    """Hand the customer on without a talk first.

    To a queue or an agent the customer waits again, in the old place. To an outside number the
    customer is held with this agent until somebody answers there, so that a number that does not
    answer costs nobody their call; then the agent leaves.

    Parameters
    ----------
    key : bytes
        The deployment's key of subjects: an outside number is known by its subject alone.

    Raises
    ------
    NotFound
        There is no such contact, queue or agent.
    RuleViolation
        There is no conversation to hand on, or nobody there to take it; see
        :mod:`centralino.application.placing`.
    """
    if to.number is not None:
        return inviting.invite(app, agent_id, contact_id, TRANSFER, to, key, cause)
    contact = own(app, agent_id, contact_id)
    rid = _part_of(contact, agent_id)
    line = placing.line_to(app, contact, agent_id, queue=to.queue, agent=to.agent)

    def step(c: Contact, now: int, until: int) -> Contact:
        after = transfers.transfer(c, rid, line, until=until, now=now, cause=cause)
        if after is not c:
            overflow.arm(app, after, app.configuration.current())
        return after

    return _hand_on(app, contact, agent_id, rid, step, cause)


def return_to_queue(app: App, agent_id: str, contact_id: str, cause: str | None) -> Contact:
    """Give the customer back to the queue, in the old place, for another agent."""
    contact = own(app, agent_id, contact_id)
    rid = _part_of(contact, agent_id)

    def step(c: Contact, now: int, until: int) -> Contact:
        return transfers.return_to_queue(c, rid, until=until, now=now, cause=cause)

    return _hand_on(app, contact, agent_id, rid, step, cause)


def consult(
    app: App, agent_id: str, contact_id: str, to: inviting.To, key: bytes, cause: str | None
) -> Contact:
    """Ask somebody while the customer is held; it raises what :func:`transfer` raises."""
    return inviting.invite(app, agent_id, contact_id, CONSULT, to, key, cause)


def conference(
    app: App, agent_id: str, contact_id: str, to: inviting.To | None, key: bytes, cause: str | None
) -> Contact:
    """Have a third party join the talk, or bring the held customer into that with the party."""
    if to is not None:
        return inviting.invite(app, agent_id, contact_id, CONFERENCE, to, key, cause)

    def together() -> Contact:
        contact = own(app, agent_id, contact_id)
        inviting.in_force(contact, agent_id)
        child = inviting.party_of(app, contact)
        after, joined = transfers.gather(contact, child, app.clock.now(), cause)
        if after is not contact:
            parties.arm_room(app, contact)
            app.store.save_together([after, joined])
        return after

    contact = inviting.again(together)
    app.media.resume(contact)
    return contact


def complete_consult(app: App, agent_id: str, contact_id: str, cause: str | None) -> Contact:
    """Leave the customer with the party and go on to the wrap-up."""
    contact = own(app, agent_id, contact_id)
    if inviting.has_left(contact, agent_id):
        return contact
    inviting.in_force(contact, agent_id)
    parties.arm_room(app, contact)
    return parties.complete(app, contact_id, cause)


def cancel_consult(app: App, agent_id: str, contact_id: str, cause: str | None) -> Contact:
    """Send the party away and go on talking to the customer."""
    contact = own(app, agent_id, contact_id)
    inviting.in_force(contact, agent_id)
    if contact.party is None:
        return resume(app, agent_id, contact_id, cause)

    def apart() -> tuple[Contact, Contact, Contact]:
        parent = own(app, agent_id, contact_id)
        child = inviting.party_of(app, parent)
        now = app.clock.now()
        after = transfers.take_back(parent, child.id, now, cause)
        gone = making.end_party(child, "cancelled", "agent", now, cause)
        parties.arm_end(app, child)
        parties.arm_room(app, parent)
        app.store.save_together([after, gone] if gone is not child else [after])
        return after, child, gone

    after, child, gone = inviting.again(apart)
    parties.ended(app, child, gone, cause)
    app.media.resume(after)
    return after


def tidy_room(app: App, contact_id: str, rid: str) -> None:
    """See to it that the call is as the contact says, after the command may have died halfway."""
    contact = app.store.contact(contact_id)
    if contact is None:
        return
    if contact.rid != rid:
        app.media.drop_agent(contact, rid)
    if contact.parent is not None:
        return  # the customer is another contact's
    if contact.state is ContactState.HELD:
        app.media.hold(contact)
    elif contact.state in (ContactState.CONNECTED, ContactState.POST_CALL):
        # A call that cannot be held is not on hold.
        if provided.can(app, contact, Capability.RESUME):
            app.media.resume(contact)
    else:
        parties.recall(app, contact_id)


# --------------------------------------------------------------------------- handing on


def _hand_on(
    app: App,
    contact: Contact,
    agent_id: str,
    rid: str,
    step: Callable[[Contact, int, int], Contact],
    cause: str | None,
) -> Contact:
    if contact.rid == rid:
        parties.arm_wrap_up(app, contact)
        parties.arm_room(app, contact)

    def changed(c: Contact) -> Contact:
        now = app.clock.now()
        aside = retired.rules_of(app, c.queue or "").set_aside_ms
        return step(c, now, now + aside)

    change: Change[Contact] = change_contact(app, contact.id, changed)
    after = change.after
    if after.state in (ContactState.WAITING, ContactState.OFFERED) and not after.accepted:
        app.media.drop_agent(after, rid)
        parties.recall(app, after.id)
    if change.made:
        app.realtime.push(agent_id, frames.contact_changed(after, rid, app.clock.now()))
        parties.settle_and_follow(app, after, cause)
    return after


# --------------------------------------------------------------------------- helpers


def _changed(
    app: App,
    agent_id: str,
    contact_id: str,
    step: Callable[[Contact, str, int, str | None], Contact],
    cause: str | None,
) -> Contact:
    contact = own(app, agent_id, contact_id)
    rid = inviting.in_force(contact, agent_id)
    parties.arm_room(app, contact)
    change = change_contact(app, contact_id, lambda c: step(c, rid, app.clock.now(), cause))
    if change.made:
        app.realtime.push(agent_id, frames.contact_changed(change.after, rid, app.clock.now()))
    return change.after


def _part_of(contact: Contact, agent_id: str) -> str:
    """Return this agent's part in force, or the last one, which a repeated command is about."""
    mine = [s for s in contact.segments if s.agent == agent_id]
    if contact.parent is not None or not mine:
        raise RuleViolation("there is no conversation to act on", code="not_talking")
    return next((s.rid for s in mine if s.rid == contact.rid), mine[-1].rid)
