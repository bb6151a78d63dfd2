"""What the carrier did at a step of a flow, told: a spoken message, a payment, a call put through.

Each is for one turn of one step. Told twice, or when the call is somewhere else already, it moves
nothing; but a message that was left becomes a contact, and a payment is proved, whatever the call
did meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence

from centralino.application import flow_turns, placing, recordings
from centralino.application.app import App
from centralino.application.changes import change_contact
from centralino.application.flow_places import flows_of
from centralino.application.routing import nudge_or_drain
from centralino.domain import ids
from centralino.domain.configuration.heirs import heir
from centralino.domain.configuration.model import Configuration
from centralino.domain.contacts import in_flow, lifecycle
from centralino.domain.contacts.callbacks import convert
from centralino.domain.contacts.model import Channel, Contact, ContactState
from centralino.domain.contacts.transfers import Line
from centralino.domain.errors import CentralinoError, Conflict, NotFound, RuleViolation
from centralino.domain.flows import machine
from centralino.domain.flows.machine import Outcome
from centralino.domain.flows.model import Pay, Step, Transfer, Voicemail
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.commands import DialEnded, MessageRecorded, PaymentEnded

_ANSWERED, _CANCELED = "answered", "canceled"
#: Answers that are read again when another write of the contact came in between.
_ATTEMPTS = 4


def message_recorded(
    app: App, command: MessageRecorded, contact: Contact, configuration: Configuration, key: bytes
) -> Outcome | None:
    """Make a contact of a spoken message; return what follows, ``None`` where nothing does.

    The caller's contact ends in the same write, unless it has ended or reached an agent by then.
    """
    step = _step(app, contact, command.step, configuration)
    if not isinstance(step, Voicemail):
        return None
    kept = False
    if command.reference is not None:
        kept = _kept(app, command, command.reference, contact, step, configuration, key)
    # Told twice, the caller hears twice that the message was taken.
    over = kept and contact.state is ContactState.CLOSED
    if contact.flow is None or not (over or in_flow.unserved(contact)):
        return None
    turn = flow_turns.turn_of(app, contact, configuration, command.message)
    outcome = machine.left(turn.flows, turn.scene, contact.flow, turn.facts, kept=kept)
    return flow_turns.settled(turn, outcome)


def dial_ended(
    app: App, command: DialEnded, contact: Contact, configuration: Configuration
) -> Outcome | None:
    """Return what follows a call that was put through, ``None`` where nothing does."""
    step = _step(app, contact, command.step, configuration)
    if contact.flow is None or contact.ended or not isinstance(step, Transfer):
        return None
    turn = flow_turns.turn_of(app, contact, configuration, command.message)
    if command.outcome == _CANCELED:
        # The caller hung up while it rang: nobody is left to go on with.
        change_contact(
            app,
            contact.id,
            lambda c: lifecycle.hang_up(c, "caller", app.clock.now(), command.message),
        )
        return None
    answered = command.outcome == _ANSWERED
    outcome = machine.dialled(turn.flows, turn.scene, contact.flow, turn.facts, answered=answered)
    return flow_turns.settled(turn, outcome)


def payment_ended(
    app: App, command: PaymentEnded, contact: Contact, configuration: Configuration
) -> Outcome | None:
    """Return what follows a payment, with its proof; ``None`` where nothing follows.

    A payment that was taken while the caller hung up is proved by the contact that has ended.
    """
    step = _step(app, contact, command.step, configuration)
    if contact.flow is None or not isinstance(step, Pay):
        return None
    turn = flow_turns.turn_of(app, contact, configuration, command.message)
    outcome = machine.paid(
        turn.flows,
        turn.scene,
        contact.flow,
        command.result,
        command.reference,
        turn.facts,
        command.reason,
    )
    if contact.ended:
        _prove(app, contact, outcome, command)
        return None
    return flow_turns.settled(turn, outcome)


def caller_left(app: App, contact: Contact, cause: str | None) -> bool:
    """End the contact of a caller who hung up while put through; tell whether that was so.

    The outside number, not a menu, was what they had got to. Who hangs up before it can have
    stopped ringing may have reached nobody: that is for an ordinary hang-up.
    """
    if contact.state is not ContactState.IVR or contact.flow is None:
        return False
    flows = flows_of(app, contact.flow, app.configuration.current())
    found = machine.step_at(flows, contact.flow)
    if not isinstance(found, Transfer):
        return False
    if app.clock.now() - contact.updated_at < found.timeout_s * 1000:
        return False
    token = contact.flow.token

    def step(found: Contact) -> Contact:
        there = found.state is ContactState.IVR and found.flow is not None
        if not there or found.flow is None or found.flow.token != token:
            return found
        return lifecycle.self_serve(found, app.clock.now(), cause)

    return change_contact(app, contact.id, step).after.ended


def after_payment(
    app: App, contact: Contact, heard: Sequence[act.Action], step: str, cause: str | None
) -> None:
    """Go on recording once the payment of a step is over and written, and no other one begins."""
    if any(isinstance(action, act.Pay) for action in heard):
        return
    try:
        recordings.resume_after_payment(app, contact, step, cause)
    except CentralinoError as error:
        # A timer of the pause looks after it.
        app.log.error("recording_not_resumed", contact_id=contact.id, code=error.code)


def _step(app: App, contact: Contact, token: str, configuration: Configuration) -> Step | None:
    """Return the step a contact stands at, if the message is for this turn of it."""
    position = contact.flow
    if position is None or position.token != token:
        return None
    return machine.step_at(flows_of(app, position, configuration), position)


def _prove(app: App, contact: Contact, outcome: Outcome, command: PaymentEnded) -> None:
    def step(found: Contact) -> Contact:
        taken = found.flow is None or found.flow.token != command.step
        if taken or not found.ended:
            return found
        return in_flow.proved(found, outcome.events, app.clock.now(), command.message)

    change_contact(app, contact.id, step)


# --------------------------------------------------------------------------- messages


def _kept(
    app: App,
    command: MessageRecorded,
    reference: str,
    contact: Contact,
    step: Voicemail,
    configuration: Configuration,
    key: bytes,
) -> bool:
    """Make the contact of a message, and end the caller's; tell whether there is a queue for it."""
    message_id = ids.contact_id(key, contact.id, command.step)
    if app.store.contact(message_id) is not None:
        return True
    deadline = app.clock.now() + step.deadline_ms
    line = _line(app, contact, step, message_id, configuration)
    recordings.message_left(
        app,
        contact,
        message_id,
        command.step,
        reference,
        command.seconds,
        deadline,
        queue=line.queue if line is not None else None,
    )
    if line is None:
        app.log.error("message_leads_nowhere", contact_id=contact.id, queue=step.queue)
        return False
    made = in_flow.message(contact, message_id, line, app.clock.now(), command.message)
    for left in reversed(range(_ATTEMPTS)):
        # An agent found meanwhile comes first: then the message is a contact beside the call.
        ends = in_flow.unserved(contact)
        closed = [convert(contact, app.clock.now(), command.message, "message")] if ends else []
        try:
            app.store.save_together([made, *closed])
            break
        except Conflict:
            if app.store.contact(message_id) is not None:
                return True
            found = app.store.contact(contact.id)
            if found is None or not left:
                raise
            contact = found
    nudge_or_drain(app, line.pool, command.message, fresh=[made])
    return True


def _line(
    app: App,
    contact: Contact,
    step: Voicemail,
    message_id: str,
    configuration: Configuration,
) -> Line | None:
    """Return the line in which a message waits: the step's queue, or one that takes it instead."""
    probe = Contact(
        message_id,
        ContactState.IVR,
        contact.business_unit,
        channel=Channel.TASK,
        plan=step.plan,
    )
    names = [step.queue, _heir(app, contact, step, configuration)]
    own = (q for q in configuration.queues.values() if q.business_unit == contact.business_unit)
    names += sorted(queue.id for queue in own)
    for name in names:
        queue = configuration.queues.get(name or "")
        if queue is None:
            continue
        try:
            return placing.line_in(configuration, probe, queue)
        except (NotFound, RuleViolation):
            continue
    return None


def _heir(app: App, contact: Contact, step: Voicemail, configuration: Configuration) -> str | None:
    """Return the queue that took over from the step's own since the call began."""
    if step.queue in configuration.queues or contact.flow is None:
        return None
    try:
        older = app.configuration.version(contact.flow.version)
    except NotFound:
        return None
    return heir(older, configuration, step.queue, Channel.TASK)
