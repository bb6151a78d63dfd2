"""A call in its flow: answers taken, data sources asked, and what follows written.

The interpreter decides (:mod:`centralino.domain.flows.machine`); here its decisions are carried
out. Everything is written with the contact in one write, so an answer that comes twice finds its
turn taken. A data source is asked before that write, under a key that the same turn always has: a
source that honours the key does nothing twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from centralino.application import admission, overflow
from centralino.application.app import App
from centralino.application.flow_facts import KnownFacts
from centralino.application.placing import shard_of
from centralino.application.ports import Item, Question
from centralino.application.routing import nudge_or_drain
from centralino.domain.configuration.heirs import heir
from centralino.domain.configuration.model import Configuration, Line
from centralino.domain.configuration.overflow import admit
from centralino.domain.contacts import lifecycle
from centralino.domain.contacts.model import Contact, ContactState, FlowPosition
from centralino.domain.contacts.overflow import overflowed, turn_away
from centralino.domain.errors import Conflict, NotFound, RuleViolation, TransientDependency
from centralino.domain.flows import inputs, machine
from centralino.domain.flows.asking import SENSITIVE, secrets_in
from centralino.domain.flows.inputs import Given
from centralino.domain.flows.machine import NO_STEP, Outcome, Scene
from centralino.domain.flows.model import (
    AnnounceAgentCountry,
    Collect,
    Enqueue,
    Fetch,
    Flows,
    Hangup,
    Menu,
    person_of,
)
from centralino.domain.telephony import actions as act
from centralino.domain.telephony import phrases

Actions = list[act.Action]
#: For all the data sources of one turn: the carrier waits 15 s, the function has 10.
TURN_BUDGET_MS = 6_000
MOST_FETCHES = 5
#: How long a sensitive value is kept for the step that needs it.
SECRET_TTL_S = 300


def started(
    app: App, configuration: Configuration, line: Line, contact_id: str, subject: str | None
) -> Outcome:
    """Return what somebody hears who just called this line."""
    scene = _scene(configuration, line.id, line.business_unit, line.language, contact_id, subject)
    facts = KnownFacts(app, configuration, line.number)
    outcome = machine.begin(configuration.flows, line.flow, configuration.version, scene, facts)
    return _settled(app, configuration.flows, scene, contact_id, outcome, facts)


def answered(
    app: App, contact: Contact, given: Given, configuration: Configuration
) -> Outcome | None:
    """Return what follows a caller's answer; ``None`` where nothing was asked."""
    position = contact.flow
    if position is None:
        return None
    flows = _flows_of(app, position, configuration)
    scene = _scene_of(contact, configuration)
    line = configuration.lines.get(contact.line or "")
    facts = KnownFacts(app, configuration, line.number if line else "")
    try:
        outcome = machine.advance(flows, scene, position, given, facts)
    except RuleViolation:
        return None
    return _settled(app, flows, scene, contact.id, outcome, facts)


def follow(
    app: App,
    contact: Contact,
    outcome: Outcome,
    configuration: Configuration,
    cause: str | None,
) -> tuple[Contact, Actions]:
    """Write what the flow decided; return the contact and what is heard.

    Raises
    ------
    Conflict
        A duplicate or a hang-up got here first: nothing was written.
    """
    for trouble in outcome.troubles:
        app.log.warning(
            "flow_step_failed",
            contact_id=contact.id,
            flow=trouble.flow,
            step=trouble.step,
            reason=trouble.reason,
        )
    now, before = app.clock.now(), contact
    contact, step = replace(contact, language=outcome.language), outcome.step
    if isinstance(step, Enqueue):
        try:
            after = _enqueue(app, contact, step, outcome.position, configuration, now, cause)
            overflow.arm(app, after, configuration)
        except NotFound as error:
            app.log.error("flow_leads_nowhere", contact_id=contact.id, code=error.code)
            outcome = _nowhere(outcome)
    position = outcome.position
    if isinstance(outcome.step, Hangup):
        left = replace(contact, flow=position)
        # Somebody who could not even be put in a queue got nothing of what they called for.
        nobody = position.step == NO_STEP
        ended = lifecycle.hang_up(left, "system", now, cause) if nobody else None
        after = ended or lifecycle.self_serve(left, now, cause)
    elif not isinstance(outcome.step, Enqueue):
        moved = before.flow != position or before.language != outcome.language
        after = lifecycle.move_in_flow(contact, position, now, cause) if moved else before
    for name, value in outcome.secrets.items():
        app.operations.put(_secret(contact.id, name, value, now))
    if after is not before:
        try:
            app.store.save_contact(after)
        except Conflict:
            _drop(app, contact.id, outcome.secrets)
            raise
    _delete(app, contact.id, _held(before.flow) - _held(after.flow))
    if after.state is ContactState.WAITING and after.pool is not None:
        nudge_or_drain(app, after.pool, cause, fresh=[after])
    return after, played(after, outcome)


def played(contact: Contact, outcome: Outcome) -> Actions:
    """Return what a caller hears at a step, and is asked there."""
    step, position, said = outcome.step, outcome.position, outcome.prompts
    if isinstance(step, Menu):
        gather = act.Gather(said, contact.id, position.token, timeout_s=step.timeout_s)
        if step.phrases:
            hints = [p for d in step.choices for p in inputs.phrases(step, d, outcome.language)]
            gather = replace(gather, speech=outcome.language, hints=tuple(hints))
        return [gather]
    if isinstance(step, AnnounceAgentCountry):
        return [act.Gather(said, contact.id, position.token, timeout_s=step.timeout_s)]
    if isinstance(step, Collect):
        gather = act.Gather(
            said, contact.id, position.token, inputs.most_keys(step), step.timeout_s
        )
        return [replace(gather, speech=outcome.language) if step.speech else gather]
    return [*said, act.Hangup() if isinstance(step, Hangup) else act.Queue(contact.id)]


def present(app: App, contact: Contact, configuration: Configuration) -> Outcome | None:
    """Return what the caller hears at the present step, without moving.

    It has to be followed, not only played, where the step is not there any more (the position is
    another one), and where it is an end that was reached and not written.
    """
    if contact.flow is None:
        return None
    flows = _flows_of(app, contact.flow, configuration)
    return machine.present(flows, _scene_of(contact, configuration), contact.flow)


def waiting_words(app: App, contact: Contact, configuration: Configuration) -> act.Prompt | None:
    """Return what the caller's flow says to somebody who waits in the queue, if anything."""
    if contact.flow is None:
        return None
    flows = _flows_of(app, contact.flow, configuration)
    return machine.waiting_words(flows, contact.flow, contact.language)


def forget(app: App, contact: Contact) -> None:
    """Forget the sensitive values of a call that has ended."""
    _delete(app, contact.id, _held(contact.flow))


# --------------------------------------------------------------------------- data sources


def _settled(
    app: App, flows: Flows, scene: Scene, contact_id: str, outcome: Outcome, facts: KnownFacts
) -> Outcome:
    """Return where the call stands once every data source on the way was asked."""
    deadline = app.clock.now() + TURN_BUDGET_MS
    for _ in range(MOST_FETCHES):
        if not isinstance(outcome.step, Fetch):
            return outcome
        answer = _ask(app, scene, contact_id, outcome, outcome.step, deadline)
        outcome = machine.fetched(flows, scene, outcome, answer, facts)
    if not isinstance(outcome.step, Fetch):
        return outcome
    return machine.lost(flows, scene, outcome.position, "too_many_fetches")


def _ask(
    app: App, scene: Scene, contact_id: str, outcome: Outcome, step: Fetch, deadline: int
) -> Mapping[str, Any] | None:
    """Ask a data source; ``None`` where it does not answer in time, or not with an object."""
    position = outcome.position
    try:
        secrets = _secrets(app, contact_id, outcome, step)
        question = Question(
            url=step.url,
            function=step.function,
            inputs=machine.told(scene, outcome, secrets),
            key=f"{contact_id}/{position.flow}/{position.token}",
            budget_ms=min(step.budget_ms, deadline - app.clock.now()),
        )
        answer = app.sources.ask(question)
    except (TransientDependency, RuleViolation) as error:
        app.log.warning(
            "flow_source_failed",
            contact_id=contact_id,
            flow=position.flow,
            step=position.step,
            code=error.code,
        )
        return None
    return answer if isinstance(answer, Mapping) else {}


def _secrets(app: App, contact_id: str, outcome: Outcome, step: Fetch) -> dict[str, str]:
    """Return the sensitive values a data source is told that were given in an earlier turn."""
    kept = _held(outcome.position) - {*outcome.secrets}
    found: dict[str, str] = {}
    for name in kept & {*secrets_in(step)}:
        item = app.operations.get(_place(contact_id), name)
        if item is not None:
            found[name] = str(item.attributes["value"])
    return found


def _drop(app: App, contact_id: str, names: Collection[str]) -> None:
    """Forget sensitive values that were put down for a step the call has left meanwhile."""
    now = app.store.contact(contact_id)
    needed = _held(now.flow) if now is not None and not now.ended else set()
    _delete(app, contact_id, set(names) - needed)


def _delete(app: App, contact_id: str, names: Collection[str]) -> None:
    """Delete sensitive values; what cannot be deleted now expires by itself."""
    for name in names:
        try:
            app.operations.delete(_place(contact_id), name)
        except TransientDependency as error:
            app.log.warning("secret_not_deleted", contact_id=contact_id, code=error.code)


def _held(position: FlowPosition | None) -> set[str]:
    """Return the sensitive variables whose values are kept apart."""
    variables = position.variables if position is not None else {}
    return {name.removeprefix(SENSITIVE) for name in variables if name.startswith(SENSITIVE)}


def _place(contact_id: str) -> str:
    return f"secret#{contact_id}"


def _secret(contact_id: str, name: str, value: str, now: int) -> Item:
    ttl = now // 1000 + SECRET_TTL_S
    return Item(_place(contact_id), name, {"value": value}, ttl=ttl)


# --------------------------------------------------------------------------- where a call stands


def _flows_of(app: App, position: FlowPosition, configuration: Configuration) -> Flows:
    """Return the flows of the version a call began with; none if it is not there any more."""
    if position.version == configuration.version:
        return configuration.flows
    try:
        return app.configuration.version(position.version).flows
    except NotFound:
        app.log.error("flow_version_gone", flow=position.flow, version=position.version)
        return {}


def _scene_of(contact: Contact, configuration: Configuration) -> Scene:
    return _scene(
        configuration,
        contact.line or "",
        contact.business_unit,
        contact.language,
        contact.id,
        contact.subject,
    )


def _scene(
    configuration: Configuration,
    line: str,
    business_unit: str,
    language: str,
    contact_id: str,
    subject: str | None,
) -> Scene:
    told = {"contact": contact_id, "subject": subject or ""}
    return Scene(line, language, _person(configuration, line, business_unit), told)


def _person(configuration: Configuration, line: str, business_unit: str) -> Enqueue | None:
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


def _enqueue(
    app: App,
    contact: Contact,
    step: Enqueue,
    position: FlowPosition,
    configuration: Configuration,
    now: int,
    cause: str | None,
) -> Contact:
    """Return the contact waiting in the step's queue, or wherever that queue sends it on to."""
    step, position = _still_there(app, contact, step, position, configuration)
    contact = replace(contact, flow=position)
    admitted = admit(configuration, step.queue, admission.state(app, configuration))
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


def _nowhere(outcome: Outcome) -> Outcome:
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
    person = _person(configuration, contact.line or "", contact.business_unit)
    if person is None:
        raise NotFound("no queue takes this call any more", code="unknown_queue")
    return person, replace(position, step=NO_STEP)
