"""What a carrier tells us, one use case per canonical command.

Each returns the media actions the call should carry out next, read from the contact as it stands
after the command: a duplicate therefore gets the present step and changes nothing.
"""

from __future__ import annotations

from dataclasses import replace

from centralino.application import promises, talk
from centralino.application.app import App
from centralino.application.markers import open_marker
from centralino.application.placing import shard_of
from centralino.application.routing import nudge_or_drain
from centralino.domain import ids
from centralino.domain.configuration.model import Configuration
from centralino.domain.contacts import lifecycle
from centralino.domain.contacts.model import TALKING, Contact, ContactState, FlowPosition
from centralino.domain.errors import Conflict, NotFound
from centralino.domain.flows import machine as flows
from centralino.domain.flows.model import Enqueue, Flow, Hangup, Menu, Texts
from centralino.domain.telephony import actions as act
from centralino.domain.telephony import phrases
from centralino.domain.telephony.commands import (
    CallArrived,
    CallProgressed,
    Command,
    DigitsPressed,
    HoldContinued,
    Ignored,
    LegJoined,
    LegLeft,
    PresentAsked,
    WaitContinued,
)

Actions = list[act.Action]
WAIT_LOOP_S = 20


def handle(app: App, command: Command, key: bytes) -> Actions:
    """Carry out one command of a carrier.

    Parameters
    ----------
    key : bytes
        The deployment's key for contact and subject ids.

    Raises
    ------
    NotFound
        The message is about a call we do not know (code ``unknown_call``).
    """
    match command:
        case CallArrived():
            return arrive(app, command, key)
        case DigitsPressed():
            return press(app, command)
        case WaitContinued():
            return keep_waiting(app, command)
        case HoldContinued():
            return keep_holding(app, command)
        case PresentAsked():
            contact = known(app, command.contact, command.call)
            return view(contact, app.configuration.current(), app)
        case CallProgressed():
            progress(app, command, key)
        case LegJoined():
            talk.leg_joined(app, command)
        case LegLeft():
            talk.leg_left(app, command)
        case Ignored():
            pass
    return []


def arrive(app: App, command: CallArrived, key: bytes) -> Actions:
    """Answer a call: make its contact and play the first step of the line's flow."""
    configuration = app.configuration.current()
    line = configuration.line_of(command.called)
    if line is None:
        app.log.warning("call_to_unknown_number", provider=command.provider)
        spoken: Actions = [
            act.Say(phrases.NOT_IN_SERVICE[language], language) for language in phrases.LANGUAGES
        ]
        return [*spoken, act.Hangup()]
    flow = configuration.flow(line.flow)
    outcome = flows.begin(flow)
    now = app.clock.now()
    contact = lifecycle.start(
        ids.contact_id(key, command.provider, command.call),
        business_unit=line.business_unit,
        provider=command.provider,
        call=command.call,
        line=line.id,
        language=line.language,
        subject=ids.subject_id(key, "phone", command.caller) if command.caller else None,
        flow=outcome.position,
        now=now,
        cause=command.message,
    )
    app.operations.put(open_marker(contact, now))
    try:
        app.store.save_contact(contact)
    except Conflict:
        return view(known(app, contact.id, command.call), configuration, app)
    return _follow(app, contact, outcome, configuration, command.message)


def press(app: App, command: DigitsPressed) -> Actions:
    """Take the caller's digits at a menu; at any other step, tell the present one again."""
    contact = known(app, command.contact, command.call)
    configuration = app.configuration.current()
    position = contact.flow
    if (
        contact.state is not ContactState.IVR
        or position is None
        or step_token(position) != command.step
    ):
        return view(contact, configuration, app)
    flow = _flow_of(app, position, configuration)
    outcome = flows.press(flow, position, command.digits)
    return _follow(app, contact, outcome, configuration, command.message)


def keep_waiting(app: App, command: WaitContinued) -> Actions:
    """Say what a queued caller hears now, one turn of the loop."""
    contact = known(app, command.contact, command.call)
    if contact.state not in (ContactState.WAITING, ContactState.OFFERED):
        # The redirect out of the queue is under way, or the call has ended: silence meanwhile.
        return [act.Hangup()] if contact.ended else [act.Pause(WAIT_LOOP_S)]
    configuration = app.configuration.current()
    prompts: tuple[Texts, ...] = ()
    if contact.flow is not None:
        flow = _flow_of(app, contact.flow, configuration)
        prompts = flows.present(flow, contact.flow).prompts[-1:]
    queue = configuration.queues.get(contact.queue or "")
    if queue is not None:
        said = promises.announce(app, contact, queue, command.message)
        if said is not None:
            prompts = (*prompts, *promises.spoken(said, queue))
    return [*_say(prompts, contact.language), act.Pause(WAIT_LOOP_S)]


def keep_holding(app: App, command: HoldContinued) -> Actions:
    """Say what a caller on hold hears now, one turn of the loop; never anything that ends it."""
    contact = known(app, command.contact, command.call)
    held = contact.state is ContactState.HELD
    said = _say((phrases.ON_HOLD,), contact.language) if held else []
    return [*said, act.Pause(WAIT_LOOP_S)]


def progress(app: App, command: CallProgressed, key: bytes) -> None:
    """Take note that a call's status changed; only its end changes the contact."""
    contact_id = command.contact or ids.contact_id(key, command.provider, command.call)
    contact = app.store.contact(contact_id)
    if contact is None or contact.call != command.call:
        raise NotFound("there is no such call", code="unknown_call")
    if command.ended:
        talk.end_call(app, contact_id, by="caller", cause=command.message, seen=contact)


def view(contact: Contact, configuration: Configuration, app: App) -> Actions:
    """Return what this call should do, from where its contact stands."""
    state = contact.state
    if state is ContactState.IVR and contact.flow is not None:
        flow = _flow_of(app, contact.flow, configuration)
        outcome = flows.present(flow, contact.flow)
        return _play(contact, outcome.prompts, contact.flow, outcome.step)
    if state in TALKING or contact.accepted:
        return [act.Bridge(contact.id)]
    if state in (ContactState.WAITING, ContactState.OFFERED):
        lost = bool(contact.segments) and contact.segments[-1].ended_by == "lost"
        sorry: tuple[Texts, ...] = (phrases.AGENT_LOST,) if lost else ()
        return [*_say(sorry, contact.language), act.Queue(contact.id)]
    return [act.Hangup()]


def known(app: App, contact_id: str, call: str) -> Contact:
    """Return the contact of a call, or raise ``NotFound(unknown_call)``."""
    contact = app.store.contact(contact_id)
    if contact is None or contact.call != call:
        raise NotFound("there is no such call", code="unknown_call")
    return contact


def step_token(position: FlowPosition) -> str:
    """Return what names one turn of one step, so that a repeated answer is recognised."""
    return f"{position.step}.{position.tries}"


def _follow(
    app: App,
    contact: Contact,
    outcome: flows.Outcome,
    configuration: Configuration,
    cause: str | None,
) -> Actions:
    """Write what the flow decided, and return what is heard."""
    step, position = outcome.step, outcome.position
    now = app.clock.now()
    if isinstance(step, Menu):
        after = contact
        if contact.flow != position:
            after = lifecycle.move_in_flow(contact, position, now, cause)
    elif isinstance(step, Hangup):
        after = lifecycle.self_serve(contact, now, cause)
    else:
        after = _enqueue(contact, step, position, configuration, now, cause)
    if after is not contact:
        try:
            app.store.save_contact(after)
        except Conflict:
            # A duplicate or a hang-up got here first: tell what stands now.
            return view(known(app, contact.id, contact.call or ""), configuration, app)
    if isinstance(step, Enqueue) and after.pool is not None:
        nudge_or_drain(app, after.pool, cause, fresh=[after])
    return _play(after, outcome.prompts, position, step)


def _enqueue(
    contact: Contact,
    step: Enqueue,
    position: FlowPosition,
    configuration: Configuration,
    now: int,
    cause: str | None,
) -> Contact:
    queue = configuration.queue(step.queue)
    priority = step.priority or queue.priority
    return lifecycle.enqueue(
        replace(contact, flow=position),
        pool=configuration.pool_of(queue.id).id,
        queue=queue.id,
        plan=step.plan,
        shard=shard_of(contact.id, queue),
        priority=priority,
        tier=queue.tier,
        sla_offset_ms=queue.sla_offset_ms,
        boost_ms=queue.boost(priority),
        now=now,
        cause=cause,
    )


def _play(
    contact: Contact,
    prompts: tuple[Texts, ...],
    position: FlowPosition,
    step: Menu | Enqueue | Hangup,
) -> Actions:
    if isinstance(step, Menu):
        said = tuple(_say(prompts, contact.language))
        gather = act.Gather(said, contact.id, step_token(position), timeout_s=step.timeout_s)
        return [gather]
    if isinstance(step, Hangup):
        return [*_say(prompts, contact.language), act.Hangup()]
    # The last prompt of an Enqueue step belongs to the waiting loop.
    return [*_say(prompts[:-1], contact.language), act.Queue(contact.id)]


def _say(prompts: tuple[Texts, ...], language: str) -> list[act.Say]:
    return [act.Say(texts.get(language) or texts["en"], language) for texts in prompts if texts]


def _flow_of(app: App, position: FlowPosition, configuration: Configuration) -> Flow:
    if position.version != configuration.version:
        configuration = app.configuration.version(position.version)
    return configuration.flow(position.flow)
