"""Where a customer or a third party can be sent: which line, and is the agent there.

Decides by the rules in force whether a queue or an agent can be asked, and under which plan.
Never writes anything.
"""

from __future__ import annotations

from centralino.application import admission
from centralino.application.app import App
from centralino.application.claims import ACK_MS
from centralino.application.ports import Timer
from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.configuration.model import Configuration, Plan, Queue
from centralino.domain.contacts.model import Contact
from centralino.domain.contacts.transfers import Line
from centralino.domain.errors import NotFound, RuleViolation


def line_to(
    app: App, contact: Contact, asker: str, *, queue: str | None, agent: str | None
) -> Line:
    """Return the line in which a contact waits for a queue, or for one agent.

    For an agent it is the contact's own queue if that agent serves it, else the first one of the
    agent's profile that has a plan that waits for a named agent.

    Raises
    ------
    NotFound
        There is no such queue or agent.
    RuleViolation
        The queue is closed or full (``queue_closed``, ``queue_full``) or takes no contacts of
        this channel (``no_plan``), none of the agent's queues
        waits for a named agent (``no_preferred_plan``), or the agent cannot be asked
        (``agent_unavailable``, ``same_agent``).
    """
    configuration = app.configuration.current()
    if agent is None:
        wanted = configuration.queue(queue or "")
        if contact.agent == asker:
            # Not when asked again after it was done: the contact has its place there by then.
            admission.require_room(app, configuration, wanted)
        return line_in(configuration, contact, wanted)
    found = _reachable(app, asker, agent)
    refused: RuleViolation | None = None
    for candidate in _queues_of(configuration, contact, found):
        try:
            return line_in(configuration, contact, candidate, agent)
        except RuleViolation as error:
            refused = error
    raise refused or RuleViolation("this agent serves no queue", code="agent_unavailable")


def agent_now(app: App, contact: Contact, asker: str, agent: str) -> tuple[Agent, Line]:
    """Return an agent who can be rung this moment, and the line it counts under.

    Raises
    ------
    NotFound
        There is no such agent.
    RuleViolation
        The agent is away or has no room (``agent_unavailable``), or asks themselves
        (``same_agent``).
    """
    configuration = app.configuration.current()
    found = _reachable(app, asker, agent)
    if contact.channel.work not in found.free:
        raise RuleViolation("this agent has no room for another contact", code="agent_unavailable")
    for queue in _queues_of(configuration, contact, found):
        plan = _plan(configuration, contact, queue, waits=False)
        if plan is not None:
            return found, _placed(configuration, contact, queue, plan, agent)
    raise RuleViolation("this agent takes no such contacts", code="agent_unavailable")


def offer_timers(contact_id: str, rid: str, timeout_ms: int) -> list[Timer]:
    """Return what must be durable before an offer is written."""
    timers = [Timer("offer", contact_id, rid, timeout_ms)]
    if timeout_ms > ACK_MS:
        timers.append(Timer("ack", contact_id, rid, ACK_MS))
    return timers


def _reachable(app: App, asker: str, agent: str) -> Agent:
    if agent == asker:
        raise RuleViolation("that is the agent who asks", code="same_agent")
    found = app.store.agent(agent)
    if found is None:
        raise NotFound("there is no such agent", code="unknown_agent")
    if found.state is not AgentState.ROUTABLE:
        raise RuleViolation("this agent is away", code="agent_unavailable")
    return found


def _queues_of(configuration: Configuration, contact: Contact, agent: Agent) -> list[Queue]:
    """Return the queues an agent serves, the contact's own first."""
    served = sorted(configuration.profile(agent.profile).queues, key=lambda q: q.priority)
    names = sorted((entry.queue for entry in served), key=lambda name: name != contact.queue)
    return [configuration.queue(name) for name in names]


def line_in(
    configuration: Configuration, contact: Contact, queue: Queue, agent: str | None = None
) -> Line:
    """Return the line of a contact in a queue, under its own plan where the queue has it.

    Raises
    ------
    RuleViolation
        The queue has no plan for this channel (``no_plan``), or for waiting for an agent
        (``no_preferred_plan``).
    """
    plan = _plan(configuration, contact, queue, waits=agent is not None)
    if plan is None and agent is not None:
        raise RuleViolation(
            "no plan of this agent's queues waits for a named agent", code="no_preferred_plan"
        )
    if plan is None:
        raise RuleViolation("this queue takes no such contacts", code="no_plan")
    return _placed(configuration, contact, queue, plan, agent)


def _plan(
    configuration: Configuration, contact: Contact, queue: Queue, *, waits: bool
) -> Plan | None:
    """Return the plan a contact has in a queue: its own where the queue has it, else the first."""
    names = sorted(queue.plans, key=lambda name: name != contact.plan)
    plans = [configuration.plans[name] for name in names if name in configuration.plans]
    work = contact.channel.work
    fitting = (p for p in plans if p.channel.work is work and (p.prefer_ms > 0 or not waits))
    return next(fitting, None)


def _placed(
    configuration: Configuration, contact: Contact, queue: Queue, plan: Plan, agent: str | None
) -> Line:
    return Line(
        pool=configuration.pool_of(queue.id).id,
        queue=queue.id,
        plan=plan.id,
        tier=queue.tier,
        shard=shard_of(contact.id, queue),
        priority=queue.priority,
        sla_offset_ms=queue.sla_offset_ms,
        boost_ms=queue.boost(queue.priority),
        preferred=agent,
    )


def shard_of(contact_id: str, queue: Queue) -> int:
    """Return the shard of a queue a contact waits in."""
    # The id is a hash already: its last characters are as good as random.
    return int(contact_id[-4:], 36) % max(1, queue.shards)
