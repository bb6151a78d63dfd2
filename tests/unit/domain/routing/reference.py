"""The rules of matching once more, written the slow and obvious way, to hold the matcher against.

Nothing here shares code with the matcher: eligibility is looked up per pair, order is a sort key,
room is counted contact by contact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from centralino.application.ports import AvailableEntry, WaitingEntry
from centralino.domain.agents.model import free_channels
from centralino.domain.configuration.model import Configuration
from centralino.domain.contacts.model import Channel

Key = tuple[int, int, int, str]


def eligible(
    contact: WaitingEntry,
    agent: AvailableEntry,
    now: int,
    of: Configuration,
    listed: Mapping[str, AvailableEntry],
    reachable: Iterable[str] = (),
) -> bool:
    """Tell whether the rules let this agent take this contact, room aside."""
    waited = now - contact.enqueued_at
    served = {q.queue: q for q in of.profiles[agent.profile].queues}
    if contact.queue not in served:
        return False
    if contact.tried.get(agent.agent, 0) > now:
        return False
    plan = of.plans[contact.plan]
    wish = contact.preferred
    if wish is not None and waited < plan.prefer_ms and contact.tried.get(wish, 0) <= now:
        there = listed.get(wish)
        serves = there is not None and any(
            q.queue == contact.queue for q in of.profiles[there.profile].queues
        )
        if serves or (there is None and wish in set(reachable)):
            return agent.agent == wish
    if waited < served[contact.queue].delay_ms:
        return False
    step = [s for s in plan.steps if s.after_ms <= waited][-1]
    return all(agent.skills.get(skill, 0) >= level for skill, level in step.skills.items())


def key(contact: WaitingEntry, agent: AvailableEntry, of: Configuration) -> Key:
    """Return the contact's place in the order of this agent."""
    (priority,) = [
        q.priority for q in of.profiles[agent.profile].queues if q.queue == contact.queue
    ]
    return contact.tier, priority, contact.virtual_time, contact.contact


def fits(agent: AvailableEntry, holding: Sequence[WaitingEntry], channel: Channel) -> bool:
    """Tell whether one more contact fits beside what the agent had and now holds."""
    used = dict(agent.used)
    for contact in holding:
        used[contact.channel] = used.get(contact.channel, 0) + 1
    return channel in free_channels(agent.capacity, used, agent.exclusive)


def served_in_order(
    contacts: Sequence[WaitingEntry],
    agents: Sequence[AvailableEntry],
    now: int,
    of: Configuration,
) -> set[str]:
    """Return who is served when contacts, oldest first, each are if at all possible.

    One contact per agent; augmenting paths over single agents (Kuhn).
    """
    listed = {agent.agent: agent for agent in agents}
    holder: dict[str, WaitingEntry] = {}

    def place(contact: WaitingEntry, seen: set[str]) -> bool:
        for name, agent in listed.items():
            if name in seen or not eligible(contact, agent, now, of, listed):
                continue
            seen.add(name)
            if name not in holder or place(holder[name], seen):
                holder[name] = contact
                return True
        return False

    ordered = sorted(contacts, key=lambda c: (c.tier, c.virtual_time, c.contact))
    return {contact.contact for contact in ordered if place(contact, set())}
