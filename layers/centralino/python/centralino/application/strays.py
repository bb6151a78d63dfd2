"""Contacts and agents where only older rules look for them, brought to where they belong.

New rules reach every process within 30 s. Until then one of them may put a contact, or sign in an
agent, where nobody else looks any more; and a conversation that began under older rules may come
back to its queue much later. The minute sweep finds both through the versions that were in force
lately. Each move is one write over the version read, so a claim or a hang-up that comes first wins.
"""

from __future__ import annotations

from collections.abc import Sequence

from centralino.application import agents, placing
from centralino.application.app import App
from centralino.application.changes import change_agent, change_contact
from centralino.application.heartbeat import arm_heartbeat
from centralino.application.parts import nudge
from centralino.application.ports import Item
from centralino.application.retired import HORIZON_MS
from centralino.application.waiting import entries
from centralino.domain.agents import machine
from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.configuration.diff import stranded
from centralino.domain.configuration.heirs import heir
from centralino.domain.configuration.model import Configuration
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.contacts.moving import move as moved
from centralino.domain.errors import CentralinoError

CAUSE = "sweep"


def move(app: App) -> int:
    """Move everybody whom the rules in force would not find; return how many were moved."""
    rules = app.configuration.current()
    older = app.configuration.superseded(app.clock.now() - HORIZON_MS)
    return _contacts(app, rules, older) + _agents(app, rules, older)


def _contacts(app: App, rules: Configuration, older: Sequence[Configuration]) -> int:
    count = 0
    pools: set[str] = set()
    seen: set[str] = set()
    for version in older:
        for partition, (_, queue, _) in stranded(version, rules).items():
            if partition in seen:
                continue
            seen.add(partition)
            # Read to the end before any of them leaves it.
            for entry in [*entries(app.store, partition)]:
                pool = _one(app, entry.contact, queue, version, rules)
                if pool is not None:
                    count += 1
                    pools.add(pool)
    for pool in sorted(pools):
        nudge(app, pool)
        arm_heartbeat(app, pool)
    return count


def _one(
    app: App, contact_id: str, queue: str, version: Configuration, rules: Configuration
) -> str | None:
    """Move a contact; return the pool it came to, if it was moved."""

    def step(contact: Contact) -> Contact:
        if contact.state is not ContactState.WAITING or contact.queue != queue:
            return contact
        to = heir(version, rules, queue, contact.channel)
        if to is None:
            app.log.error("stray_contact", contact_id=contact.id, queue=queue)
            return contact
        line = placing.line_in(rules, contact, rules.queue(to))
        return moved(contact, line, app.clock.now(), CAUSE)

    try:
        change = change_contact(app, contact_id, step)
    except CentralinoError as error:
        # One contact that cannot be moved must not keep the sweep from the others.
        app.log.error("stray_contact", contact_id=contact_id, queue=queue, code=error.code)
        return None
    return change.after.pool if change.made else None


def _agents(app: App, rules: Configuration, older: Sequence[Configuration]) -> int:
    left = {pool for version in older for pool in version.pools}
    # An agent whose profile went to another pool may stand on a roster that is still in use.
    went = {
        pool.id
        for version in older
        for pool in version.pools.values()
        if any(name not in rules.pools.get(pool.id, pool).profiles for name in pool.profiles)
    }
    gone = left - rules.pools.keys()
    return sum(_settled(app, item) for pool in sorted(gone | went) for item in _roster(app, pool))


def _roster(app: App, pool: str) -> list[Item]:
    return app.operations.list(agents.roster(pool))


def _settled(app: App, entry: Item) -> bool:
    """Bring an agent found on an old roster to its pool's; tell whether that took a write."""
    agent = app.store.agent(entry.sk)
    if agent is None or (agent.state is AgentState.OFFLINE and not agent.slots):
        agents.leave_roster(app, entry)
        return False
    terms = agents.terms_of(app, agent)
    if terms is not None and agents.roster(terms.pool) != entry.pk:
        app.operations.put(Item(agents.roster(terms.pool), agent.id, {"at": app.clock.now()}))

    def step(found: Agent) -> Agent:
        if terms is not None:
            return machine.settle(found, terms, app.clock.now(), CAUSE)
        if found.state is not AgentState.ROUTABLE:
            return found
        now = app.clock.now()
        return machine.set_state(found, AgentState.NOT_READY, machine.NO_PROFILE, now, CAUSE)

    try:
        made = change_agent(app, agent.id, step).made
    except CentralinoError as error:
        app.log.error("stray_agent", agent_id=agent.id, code=error.code)
        return False
    if made and terms is not None:
        nudge(app, terms.pool)
    return made
