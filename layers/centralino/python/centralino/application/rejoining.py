"""What an agent asks for after their leg was lost in mid-talk: back in, or the caller given on."""

from __future__ import annotations

from centralino.application import lost
from centralino.application.agents import own
from centralino.application.app import App
from centralino.domain.contacts.lost import is_lost
from centralino.domain.contacts.model import TALKING, Contact
from centralino.domain.errors import RuleViolation, TransientDependency


def rejoin(app: App, agent_id: str, contact_id: str, cause: str | None) -> Contact:
    """Ring the agent's leg into the talk again, the same part of it; nobody is assigned anything.

    It may be repeated, and may come before the word that the leg was lost: where the leg is
    there, nothing happens.

    Raises
    ------
    RuleViolation
        This agent is in no talk with this caller any more (``not_talking``).
    """
    contact = own(app, agent_id, contact_id)
    rid = contact.rid
    mine = contact.agent == agent_id and contact.parent is None
    if contact.state not in TALKING or not mine or rid is None:
        raise RuleViolation("there is no conversation to rejoin", code="not_talking")
    if not app.media.joins(contact):
        return lost.rejoined(app, contact_id, rid, cause)
    try:
        app.media.add_agent(contact, rid, agent_id)
    except TransientDependency as error:
        # It is unknown whether the leg rings. If it joins, all is well; if not, the timer that
        # was sent when the leg was lost gives the caller on.
        app.log.warning("agent_leg_unknown", contact_id=contact_id, rid=rid, code=error.code)
    return contact


def decline(app: App, agent_id: str, contact_id: str, cause: str | None) -> Contact:
    """Give the caller on at once; repeating it changes nothing.

    Raises
    ------
    RuleViolation
        The agent is in the conversation (``not_lost``).
    """
    contact = own(app, agent_id, contact_id)
    if contact.agent == agent_id and contact.rid is not None and contact.state in TALKING:
        if not is_lost(contact, contact.rid):
            raise RuleViolation("you are in this conversation", code="not_lost")
        return lost.give_on(app, contact, contact.rid, cause)
    return contact
