"""Where a callback waits, in which place, and from which of our lines the customer is called."""

from __future__ import annotations

from centralino.application import placing
from centralino.application.app import App
from centralino.domain.configuration.model import Configuration
from centralino.domain.configuration.model import Line as OurLine
from centralino.domain.contacts.model import Channel, Contact, ContactState
from centralino.domain.contacts.transfers import Line
from centralino.domain.errors import NotFound, RuleViolation
from centralino.domain.telephony.capabilities import Capability


def kept(
    app: App,
    configuration: Configuration,
    contact: Contact,
    queue: str,
    plan: str,
    contact_id: str,
) -> tuple[Line, int]:
    """Return the line of the callback, and its place there: the one that was had, if any.

    Raises
    ------
    NotFound
        There is no such queue (``unknown_queue``).
    RuleViolation
        The customer does not wait (``not_waiting``), or the queue takes no calls (``no_plan``).
    """
    if contact.state not in (ContactState.IVR, ContactState.WAITING):
        raise RuleViolation("this contact does not wait", code="not_waiting")
    line = line_in(configuration, queue, plan, contact_id)
    if contact.state is not ContactState.WAITING or contact.virtual_time is None:
        return line, line.virtual_time(app.clock.now())
    if contact.queue == queue:
        # The priority and strict tier it had, too: it is the same wish.
        had = Line(line.pool, queue, line.plan, contact.tier, line.shard, contact.priority)
        return had, contact.virtual_time
    return line, line.kept_place(contact, app.clock.now())


def line_in(
    configuration: Configuration, queue_id: str, plan: str, contact_id: str, *, waits: bool = False
) -> Line:
    """Return the line in which a callback waits: under the plan asked for if the queue has it.

    Parameters
    ----------
    waits : bool
        Whether the plan must wait for a named agent.

    Raises
    ------
    RuleViolation
        The queue takes no calls (``no_plan``), or no plan of it waits for an agent
        (``no_preferred_plan``).
    """
    queue = configuration.queue(queue_id)
    names = sorted(queue.plans, key=lambda name: name != plan)
    voice = [
        name
        for name in names
        if name in configuration.plans and configuration.plans[name].channel.work is Channel.VOICE
    ]
    if not voice:
        raise RuleViolation("this queue takes no calls", code="no_plan")
    found = next((n for n in voice if configuration.plans[n].prefer_ms > 0 or not waits), None)
    if found is None:
        raise RuleViolation("no plan of it waits for a named agent", code="no_preferred_plan")
    return Line(
        pool=configuration.pool_of(queue_id).id,
        queue=queue_id,
        plan=found,
        tier=queue.tier,
        shard=placing.shard_of(contact_id, queue),
        priority=queue.priority,
        sla_offset_ms=queue.sla_offset_ms,
        boost_ms=queue.boost(queue.priority),
    )


def line_to_call_from(app: App, configuration: Configuration, contact: Contact) -> OurLine:
    """Return the line somebody called, or where none can call back, another one of theirs."""
    called = configuration.lines.get(contact.line or "")
    if called is not None and _rings(app, called):
        return called
    return our_line(app, configuration, contact.business_unit, None)


def our_line(
    app: App, configuration: Configuration, business_unit: str, line: str | None
) -> OurLine:
    """Return the line whose number a customer of this business unit will see.

    Raises
    ------
    NotFound
        It has no such line (``unknown_line``).
    RuleViolation
        It has none from which customers can be called (``no_line``).
    """
    if line is not None:
        found = configuration.lines.get(line)
        if found is None or found.business_unit != business_unit:
            raise NotFound("there is no such line", code="unknown_line")
        if not _rings(app, found):
            raise RuleViolation("nobody can be called from this line", code="no_line")
        return found
    for _, own in sorted(configuration.lines.items()):
        if own.business_unit == business_unit and _rings(app, own):
            return own
    raise RuleViolation("this business unit has no line to call from", code="no_line")


def _rings(app: App, line: OurLine) -> bool:
    """Tell whether customers can be called from a line: it has a number, its provider dials."""
    able = app.able(line.provider)
    return line.number.startswith("+") and (able is None or Capability.RING in able)
