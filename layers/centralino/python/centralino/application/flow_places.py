"""Where a call stands: the flows it began with, what surrounds it, and the queue it gets to."""

from __future__ import annotations

from dataclasses import dataclass, replace

from centralino.application import admission
from centralino.application.app import App
from centralino.application.placing import shard_of
from centralino.domain.configuration.heirs import heir
from centralino.domain.configuration.model import Configuration
from centralino.domain.configuration.overflow import Admission, admit
from centralino.domain.contacts import lifecycle
from centralino.domain.contacts.model import Contact, FlowPosition
from centralino.domain.contacts.overflow import overflowed, turn_away, was_led
from centralino.domain.errors import NotFound
from centralino.domain.flows.machine import NO_STEP, Outcome, Scene
from centralino.domain.flows.model import Enqueue, Flows, Hangup, person_of
from centralino.domain.telephony import actions as act
from centralino.domain.telephony import phrases


def flows_of(app: App, position: FlowPosition, configuration: Configuration) -> Flows:
    """Return the flows of the version a call began with; none if it is not there any more."""
    if position.version == configuration.version:
        return configuration.flows
    try:
        return app.configuration.version(position.version).flows
    except NotFound:
        app.log.error("flow_version_gone", flow=position.flow, version=position.version)
        return {}


def scene_of(app: App, contact: Contact, configuration: Configuration) -> Scene:
    """Return what the interpreter is told of a call."""
    return Scene(
        line=contact.line or "",
        language=contact.language,
        person=person_for(configuration, contact.line or "", contact.business_unit),
        told={"contact": contact.id, "subject": contact.subject or ""},
        able=app.able(contact.provider),
    )


def person_for(configuration: Configuration, line: str, business_unit: str) -> Enqueue | None:
    """Return where somebody waits whose own flow cannot say: as the line's flow says today.

    If that does not know either, the first queue of the business unit that takes calls.
    """
    called = configuration.lines.get(line)
    flow = configuration.flows.get(called.flow) if called is not None else None
    step = person_of(flow) if flow is not None else None
    if step is not None and step.queue in configuration.queues:
        return step
    own = (q for q in configuration.queues.values() if q.business_unit == business_unit)
    for queue in sorted(own, key=lambda queue: queue.id):
        for plan in queue.plans:
            found = configuration.plans.get(plan)
            if found is not None and found.channel == "voice":
                return Enqueue(queue.id, plan, {})
    return None


@dataclass(frozen=True, slots=True)
class Entry:
    """A caller at the door of a queue: by which step, and what comes of it."""

    step: Enqueue
    position: FlowPosition
    admitted: Admission

    @property
    def dialogue(self) -> bool:
        """Whether a dialogue comes instead of the line."""
        last = self.admitted.diversions[-1:]
        return self.admitted.queue is None and bool(last and last[0].flow)


def entry(
    app: App, contact: Contact, step: Enqueue, position: FlowPosition, configuration: Configuration
) -> Entry:
    """Return what comes of a caller who wants to enter the step's queue."""
    step, position = _still_there(app, contact, step, position, configuration)
    state = admission.state(app, configuration)
    asked = was_led(contact)
    return Entry(step, position, admit(configuration, step.queue, state, asked=asked))


def enqueue(
    contact: Contact, door: Entry, configuration: Configuration, now: int, cause: str | None
) -> Contact:
    """Return the contact waiting in the queue that takes it, or turned away."""
    step, admitted = door.step, door.admitted
    contact = replace(contact, flow=door.position)
    if admitted.queue is None:
        return turn_away(contact, admitted.diversions, now, cause)
    queue = configuration.queue(admitted.queue)
    priority = step.priority or queue.priority
    return lifecycle.enqueue(
        contact,
        before=overflowed(admitted.diversions),
        pool=configuration.pool_of(queue.id).id,
        queue=queue.id,
        plan=step.plan if step.plan in queue.plans else queue.plans[0],
        shard=shard_of(contact.id, queue),
        priority=priority,
        tier=queue.tier,
        sla_offset_ms=queue.sla_offset_ms,
        boost_ms=queue.boost(priority),
        now=now,
        cause=cause,
    )


def nowhere(outcome: Outcome) -> Outcome:
    """Return how the call of somebody ends whom no queue can take."""
    words = phrases.TROUBLE_NOBODY
    language = outcome.language if outcome.language in words else phrases.LANGUAGES[0]
    return replace(
        outcome,
        step=Hangup(words),
        position=replace(outcome.position, step=NO_STEP),
        prompts=(*outcome.prompts, act.Say(words[language], language)),
    )


def _still_there(
    app: App,
    contact: Contact,
    step: Enqueue,
    position: FlowPosition,
    configuration: Configuration,
) -> tuple[Enqueue, FlowPosition]:
    """Return the step, or one with the queue that took over from its own since the call began."""
    if step.queue in configuration.queues:
        return step, position
    app.log.warning("flow_queue_gone", contact_id=contact.id, queue=step.queue, step=position.step)
    try:
        older = app.configuration.version(position.version)
    except NotFound:
        older = configuration
    name = heir(older, configuration, step.queue, contact.channel)
    if name is not None:
        return replace(step, queue=name), position
    person = person_for(configuration, contact.line or "", contact.business_unit)
    if person is None:
        raise NotFound("no queue takes this call any more", code="unknown_queue")
    return person, replace(position, step=NO_STEP)
