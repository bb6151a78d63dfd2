"""What stands against putting rules in force at this moment: people whom they would leave behind.

A contact that waits where nobody will look, an agent whom no drain will find: either would wait
until the minute sweep comes by (:mod:`centralino.application.strays`), which is there for races
and not for plans. Nothing is written here.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from centralino.application.agents import roster
from centralino.application.callbacks.items import open_of
from centralino.application.waiting import entries
from centralino.domain.agents.model import Agent, AgentState, available_partition
from centralino.domain.configuration.diff import hidden, stranded
from centralino.domain.configuration.documents import encode
from centralino.domain.configuration.hours import opening
from centralino.domain.configuration.model import Configuration
from centralino.domain.configuration.pools import available_partitions_of, combinations
from centralino.domain.contacts.model import Contact, ContactState

if TYPE_CHECKING:
    from centralino.application.publishing import Office

#: What one item of the table holds is 400 KB; some of it is for other fields.
LARGEST_BYTES = 350_000
_PAGE = 1000


def refusals(
    office: Office, before: Configuration | None, after: Configuration, source: str | None
) -> list[str]:
    """Return every reason against putting ``after`` in force now, in English; none is well."""
    found = [*_too_large(after, source), *_never_open(office, after)]
    if before is not None:
        found += _waiting(office, before, after)
        found += _promised(office, before, after)
        found += _people(office, before, after)
    return found


def _too_large(after: Configuration, source: str | None) -> Iterator[str]:
    document = len(json.dumps(encode(after), ensure_ascii=False).encode())
    for what, size in (("file", len((source or "").encode())), ("rules", document)):
        if size > LARGEST_BYTES:
            yield f"the {what} takes {size:,} bytes, and {LARGEST_BYTES:,} is the most"


def _never_open(office: Office, after: Configuration) -> Iterator[str]:
    now = office.clock.now()
    for name, hours in sorted(after.hours.items()):
        found = opening(hours, now, office.holidays)
        if not found.open and found.changes_at is None:
            yield f"hours {name} never open again: no day of them lies ahead"


# --------------------------------------------------------------------------- contacts


def _waiting(office: Office, before: Configuration, after: Configuration) -> list[str]:
    """Refuse what would leave contacts in a part of a queue that nobody drains any more."""
    left = stranded(before, after)
    counts: Counter[tuple[str, str]] = Counter()

    def count(key: str) -> int:
        return sum(1 for _ in entries(office.store, key, _PAGE))

    keys = sorted(left)
    for key, found in zip(keys, office.fan_out(count, keys), strict=True):
        _, queue, plan = left[key]
        counts[_loss(before, after, queue, plan)] += found
    return [text.format(n=_contacts(n)) for (_, text), n in sorted(counts.items()) if n]


def _promised(office: Office, before: Configuration, after: Configuration) -> Iterator[str]:
    """Refuse to remove a queue that has promised to call customers back, who wait in no line."""
    for queue in sorted(before.queues.keys() - after.queues.keys()):
        names = open_of(office.operations, queue)
        found = office.fan_out(office.store.contact, names)
        count = sum(
            c is not None and c.queue == queue and c.state is ContactState.SCHEDULED for c in found
        )
        if count:
            what = "1 customer is" if count == 1 else f"{count} customers are"
            yield (
                f"queue {queue} is removed while {what} to be called back by it: "
                "reassign or cancel these callbacks first"
            )


def _loss(before: Configuration, after: Configuration, queue: str, plan: str) -> tuple[str, str]:
    """Return the queue and what happens to contacts that wait in it under this plan."""
    if queue not in after.queues:
        return queue, (
            f"queue {queue} is removed while {{n}} in it: publish first that no flow leads to "
            "it, and remove it once it is empty"
        )
    was, now = before.pool_of(queue).id, after.pool_of(queue).id
    if was != now:
        what = f"moves from pool {was} to pool {now} while {{n}} in it"
    elif plan not in after.queues[queue].plans:
        what = f"gives up plan {plan} while {{n}} under it"
    else:
        shards = before.queues[queue].shards, after.queues[queue].shards
        what = f"goes from {shards[0]} shards to {shards[1]} while {{n}} in those that go"
    return queue, f"queue {queue} {what}: publish once they have been served"


def _contacts(count: int) -> str:
    return "1 contact waits" if count == 1 else f"{count} contacts wait"


# --------------------------------------------------------------------------- agents


def _people(office: Office, before: Configuration, after: Configuration) -> list[str]:
    """Refuse what would hide agents who are signed in, or end a queue they are busy for."""
    lost = hidden(before, after)
    gone = before.queues.keys() - after.queues.keys()
    pools = {*lost.values(), *(p.id for p in before.pools.values() if gone & {*p.queues})}
    agents = _signed_in(office, sorted(pools))
    return [*_hidden_agents(after, lost, agents), *_busy(office, gone, agents)]


def _signed_in(office: Office, pools: Sequence[str]) -> list[Agent]:
    """Return the agents of these pools who are there or still hold a contact."""
    names = sorted({item.sk for pool in pools for item in office.operations.list(roster(pool))})
    found = office.fan_out(office.store.agent, names)
    return [a for a in found if a and (a.state is not AgentState.OFFLINE or a.slots)]


def _hidden_agents(
    after: Configuration, lost: dict[str, str], agents: Sequence[Agent]
) -> Iterator[str]:
    counts: Counter[str] = Counter()
    for agent in agents:
        if agent.profile in lost and agent.state is not AgentState.OFFLINE:
            counts[agent.profile] += not _found(after, agent)
    for profile, count in sorted(counts.items()):
        if not count:
            continue
        who = "1 agent is" if count == 1 else f"{count} agents are"
        if profile not in after.profiles:
            what = "is removed"
        elif (now := after.pool_of_profile(profile).id) != (was := lost[profile]):
            what = f"moves from pool {was} to pool {now}"
        else:
            what = "gives up a channel or shards"
        yield (
            f"routing profile {profile} {what} while {who} signed in under it: "
            "publish once they have signed out"
        )


def _found(after: Configuration, agent: Agent) -> bool:
    """Tell whether a drain would look everywhere this agent can stand as it signed in."""
    if agent.profile not in after.profiles:
        return False
    looked_at = available_partitions_of(after, agent.profile)
    return all(
        available_partition(agent.pool, agent.profile, free, agent.shard) in looked_at
        for free in combinations(agent.capacity)
    )


def _busy(office: Office, gone: set[str], agents: Sequence[Agent]) -> Iterator[str]:
    """Refuse to remove a queue whose contacts agents are ringing, talking or wrapping up for."""
    if not gone:
        return
    names = sorted({slot.contact for agent in agents for slot in agent.slots.values()})
    counts: Counter[str] = Counter()
    for contact in office.fan_out(office.store.contact, names):
        counts.update(_queues_of(contact) & gone if contact is not None else ())
    for queue, count in sorted(counts.items()):
        who = "1 contact of it is" if count == 1 else f"{count} contacts of it are"
        yield f"queue {queue} is removed while {who} with agents: publish once they are done"


def _queues_of(contact: Contact) -> set[str]:
    """Return the queues whose rules a contact still needs."""
    named = {segment.queue for segment in contact.segments if segment.live}
    return named if contact.ended or contact.queue is None else named | {contact.queue}
