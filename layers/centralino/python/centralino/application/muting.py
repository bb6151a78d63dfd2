"""What an agent asks for about the own microphone: nobody hears the agent, or everybody does.

It is done with the provider, not in the page alone: it holds for an agent on a telephone, and for
whoever else listens or records. The contact is written first, the leg follows; a timer sent before
the write looks at the leg again, in case this process dies between the two, or two commands
overtake each other.
"""

from __future__ import annotations

from collections.abc import Callable

from centralino.application import frames, provided
from centralino.application.agents import own
from centralino.application.app import App
from centralino.application.changes import change_contact
from centralino.application.ports import Timer
from centralino.domain.contacts import muting
from centralino.domain.contacts.model import TALKING, Contact
from centralino.domain.errors import RuleViolation
from centralino.domain.telephony.capabilities import Capability

#: Looks whether a leg is heard or not, as its contact says.
TIMER = "mute"
LOOK_MS = 5_000


def mute(app: App, agent_id: str, contact_id: str, cause: str | None) -> Contact:
    """Let nobody hear the agent, a third party in a talk of others included.

    Raises
    ------
    NotFound
        There is no such contact, or the agent has no part in it.
    RuleViolation
        The agent is not talking (``not_talking``) or away (``leg_lost``), or the provider mutes
        nobody (``not_supported``).
    """
    return _change(app, agent_id, contact_id, muting.mute, cause)


def unmute(app: App, agent_id: str, contact_id: str, cause: str | None) -> Contact:
    """Let the others hear the agent again; it raises what :func:`mute` raises."""
    return _change(app, agent_id, contact_id, muting.unmute, cause)


def look(app: App, contact_id: str, rid: str) -> None:
    """See to it that the leg is heard or not as the contact says; gone legs need nothing."""
    contact = app.store.contact(contact_id)
    if contact is not None and contact.parent is not None and contact.state not in TALKING:
        # A third party may have been left with the customer meanwhile, whose talk it is then.
        contact = app.store.contact(contact.parent)
    if contact is not None and contact.state in TALKING and contact.rid == rid:
        _follow(app, contact, rid)


def joined(app: App, contact: Contact, rid: str) -> None:
    """Mute a leg that took the place of a muted one before anybody told that that one had gone."""
    if muting.is_muted(contact, rid):
        app.media.mute_agent(contact, rid)


def _change(
    app: App,
    agent_id: str,
    contact_id: str,
    step: Callable[[Contact, str, int, str | None], Contact],
    cause: str | None,
) -> Contact:
    contact = own(app, agent_id, contact_id)
    provided.need(app, contact, Capability.MUTE)
    segment = contact.segment
    if segment is None or segment.agent != agent_id or contact.state not in TALKING:
        raise RuleViolation("there is no conversation to act on", code="not_talking")
    rid = segment.rid
    app.timers.send([Timer(TIMER, contact_id, rid, LOOK_MS)])
    change = change_contact(app, contact_id, lambda c: step(c, rid, app.clock.now(), cause))
    if change.made:
        app.realtime.push(agent_id, frames.contact_changed(change.after, rid, app.clock.now()))
    _follow(app, change.after, rid)
    return change.after


def _follow(app: App, contact: Contact, rid: str) -> None:
    if muting.is_muted(contact, rid):
        app.media.mute_agent(contact, rid)
    else:
        app.media.unmute_agent(contact, rid)
