"""What follows when an agent's part in a contact ends: the slot goes, the page is told.

The contact is always written first. If we die before the agent is, the relay sees the contact's
event and calls :func:`settle` again; if the relay dies too, the sweep does.
"""

from __future__ import annotations

from centralino.application import frames
from centralino.application.app import App
from centralino.application.changes import Change, change_agent
from centralino.application.routing import nudge_or_drain
from centralino.domain.agents import machine as agents
from centralino.domain.agents.model import Agent
from centralino.domain.configuration import rona
from centralino.domain.configuration.model import Queue
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import NotFound
from centralino.domain.events import Event

#: Event that ended an agent's part -> reason the agent becomes NOT_READY, or None to stay as is.
#: How many missed offers in a row it takes is the queue's policy (RONA).
ENDINGS: dict[str, str | None] = {
    "OfferDeclined": None,
    "OfferRescinded": None,
    "OfferTimedOut": agents.RONA,
    "OfferFailed": agents.LOST,
    "AgentLost": agents.LOST,
    "ContactWrapupEnded": None,
    "ContactClosed": None,
}
_ANSWERED = frozenset({"AgentLost", "ContactWrapupEnded", "ContactClosed"})


def settle(app: App, contact: Contact, event: Event, cause: str | None) -> Change[Agent] | None:
    """Take the slot of the offer or segment that this event of a contact ended from its agent.

    Returns
    -------
    Change or None
        ``None`` when the event names no agent. Repeating it changes nothing.
    """
    agent_id, rid = event.data.get("agent_id"), event.data.get("rid")
    if event.type not in ENDINGS or not agent_id or not rid:
        return None
    not_ready = ENDINGS[event.type]
    now = app.clock.now()

    def without_slot(agent: Agent) -> Agent:
        if not_ready == agents.RONA and not _too_often(app, contact, agent):
            return agents.pass_over(agent, rid, now, cause)
        if not_ready is not None:
            return agents.miss(agent, rid, not_ready, now, cause)
        return agents.release(agent, rid, now, cause, answered=event.type in _ANSWERED)

    try:
        return change_agent(app, agent_id, without_slot)
    except NotFound:
        # The agent was removed meanwhile: there is no slot left to take.
        app.log.warning("settle_unknown_agent", agent_id=agent_id, rid=rid)
        return None


def settle_all(app: App, contact: Contact, cause: str | None) -> list[Agent]:
    """Settle every ending that a contact's last write told and tell the agents' pages.

    Returns
    -------
    list of Agent
        Those who became free for another contact.
    """
    freed: list[Agent] = []
    for event in contact.events:
        change = settle(app, contact, event, cause)
        if change is None or not change.made:
            continue
        now = app.clock.now()
        agent = change.after
        if event.type.startswith("Offer"):
            rid, reason = str(event.data["rid"]), str(event.data["reason"])
            app.realtime.push(agent.id, frames.offer_ended(contact.id, rid, reason, now))
        if agent.state is not change.before.state:
            app.realtime.push(agent.id, frames.agent_changed(agent, now))
        if agent.available_partition is not None:
            freed.append(agent)
    return freed


def settle_and_drain(app: App, contact: Contact, cause: str | None) -> None:
    """Settle what the contact's last write ended, then match whatever that made possible."""
    fresh: list[Contact | Agent] = [*settle_all(app, contact, cause)]
    if contact.state is ContactState.WAITING:
        fresh.append(contact)
    for pool in sorted({entity.pool for entity in fresh if entity.pool is not None}):
        nudge_or_drain(app, pool, cause, fresh=[e for e in fresh if e.pool == pool])


def _too_often(app: App, contact: Contact, agent: Agent) -> bool:
    """Tell whether this miss is one too many in a row, by the queue's policy."""
    queue: Queue | None = app.configuration.current().queues.get(contact.queue or "")
    # A queue that is configured no more has no policy: the strict one then.
    return queue is None or rona.one_too_many(queue, agent.missed)
