"""What a carrier tells us, one use case per canonical command.

Each returns the media actions the call should carry out next, read from the contact as it stands
after the command: a duplicate therefore gets the present step and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from centralino.application import (
    callers,
    errands,
    flows,
    in_line,
    keypad,
    legs,
    lost,
    overflow,
    overflow_dialogues,
    promises,
    recordings,
    talk,
)
from centralino.application.app import App
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import hearing as callback_hearing
from centralino.domain import ids
from centralino.domain.configuration.model import Configuration
from centralino.domain.contacts import lifecycle
from centralino.domain.contacts.model import TALKING, Contact, ContactState
from centralino.domain.errors import Conflict, NotFound
from centralino.domain.flows.inputs import Given
from centralino.domain.flows.machine import Outcome
from centralino.domain.flows.model import Enqueue, Hangup, Texts
from centralino.domain.telephony import actions as act
from centralino.domain.telephony import phrases
from centralino.domain.telephony.commands import (
    AnnouncementAsked,
    AnswerDetected,
    AttemptProgressed,
    CallArrived,
    CallProgressed,
    Command,
    DialEnded,
    DigitsAsked,
    HoldContinued,
    Ignored,
    InputGiven,
    LegJoined,
    LegLeft,
    MessageRecorded,
    PaymentEnded,
    PresentAsked,
    RecordingEnded,
    WaitContinued,
)

Actions = list[act.Action]
WAIT_LOOP_S = 20
#: Who can be asked something by a flow.
_IN_FLOW = (ContactState.IVR, ContactState.WAITING)


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
        case InputGiven():
            return answer(app, command)
        case MessageRecorded():
            return message_recorded(app, command, key)
        case PaymentEnded():
            return payment_ended(app, command)
        case DialEnded():
            return dial_ended(app, command)
        case WaitContinued():
            return keep_waiting(app, command)
        case HoldContinued():
            return keep_holding(app, command)
        case AnnouncementAsked():
            return announcement(app, command)
        case DigitsAsked():
            return keypad.asked(app, command)
        case PresentAsked():
            return present(app, command)
        case CallProgressed():
            progress(app, command, key)
        case LegJoined():
            legs.joined(app, command)
        case LegLeft():
            legs.left(app, command)
        case AttemptProgressed():
            callbacks.attempt_progressed(app, command)
        case AnswerDetected():
            callbacks.answer_detected(app, command)
        case RecordingEnded():
            recordings.ended(app, command)
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
    contact_id = command.contact or ids.contact_id(key, command.provider, command.call)
    if command.language is not None:
        line = replace(line, language=command.language)
    subject = ids.subject_id(key, "phone", command.caller) if command.caller else None
    outcome = flows.started(app, configuration, line, contact_id, subject, command.provider)
    contact = lifecycle.start(
        contact_id,
        business_unit=line.business_unit,
        provider=command.provider,
        call=command.call,
        line=line.id,
        language=outcome.language,
        subject=subject,
        flow=outcome.position,
        now=app.clock.now(),
        cause=command.message,
    )
    # The sweep's note of a call in its menu follows through the stream (see ``markers.mark_new``).
    try:
        _save_new(app, contact, configuration, line.flow, command.caller)
    except Conflict:
        found = known(app, contact.id, command.call)
        # The number may just have been written again, after the call has ended and it was deleted.
        callers.forget_ended(app, [found])
        return view(found, configuration, app)
    return _follow(app, contact, outcome, configuration, command.message)


def _save_new(
    app: App, contact: Contact, configuration: Configuration, flow: str, number: str
) -> None:
    """Write a new contact, and beside it the number it called from, where that is needed.

    Neither waits for the other: a number without its contact is never looked for, and where the
    number failed the carrier is told of a failure: it asks again, or plays its fallback.
    """
    writes: list[Callable[[], None]] = [lambda: app.store.save_contact(contact)]
    kept = callers.kept(app, configuration, flow, contact.id, number)
    if kept is not None:
        writes.append(lambda: app.operations.put(kept))
    app.fan_out(lambda write: write(), writes)


def answer(app: App, command: InputGiven) -> Actions:
    """Take the caller's answer where one was asked for; else tell the present step again."""
    contact = known(app, command.contact, command.call)
    configuration = app.configuration.current()
    if in_line.is_token(command.step):
        return _answer_in_line(app, command, contact, configuration)
    if contact.flow is None or contact.flow.token != command.step:
        return view(contact, configuration, app)
    if contact.state not in (*_IN_FLOW, ContactState.CLOSED):
        return view(contact, configuration, app)
    given = Given(command.digits, command.speech)

    def answered() -> Outcome | None:
        outcome = flows.answered(app, contact, given, configuration, command.message)
        # Who asks twice to be called back hears twice that it was booked.
        over = contact.ended and outcome is not None and not outcome.converted
        return None if over else outcome

    return _go_on(app, contact, answered, configuration, command.message)


def _answer_in_line(
    app: App, command: InputGiven, contact: Contact, configuration: Configuration
) -> Actions:
    """Take an offer that was made in line; what is no such answer is heard as silence."""
    if command.step == in_line.token_of(contact):
        given = Given(command.digits, command.speech)
        try:
            outcome = in_line.taken(app, contact, given, configuration, command.message)
            if outcome is not None:
                after, heard = flows.follow(app, contact, outcome, configuration, command.message)
                if after.ended or in_line.elsewhere(app, after, configuration):
                    return heard
        except Conflict:
            pass  # an agent was found, or it came twice: the loop goes on with what stands now
    return keep_waiting(app, WaitContinued(command.contact, command.call, command.message))


def message_recorded(app: App, command: MessageRecorded, key: bytes) -> Actions:
    """Take a spoken message."""
    contact, rules = known(app, command.contact, command.call), app.configuration.current()

    def recorded() -> Outcome | None:
        return errands.message_recorded(app, command, contact, rules, key)

    return _go_on(app, contact, recorded, rules, command.message)


def payment_ended(app: App, command: PaymentEnded) -> Actions:
    """Take note of a payment, and go on; what is recorded goes on once it is over."""
    contact, rules = known(app, command.contact, command.call), app.configuration.current()

    def ended() -> Outcome | None:
        return errands.payment_ended(app, command, contact, rules)

    heard = _go_on(app, contact, ended, rules, command.message)
    now = known(app, contact.id, command.call)
    if now.ended and not contact.ended:
        # A hang-up may have come in between: money that has moved is proved all the same.
        errands.payment_ended(app, command, now, rules)
    errands.after_payment(app, contact, heard, command.step, command.message)
    return heard


def dial_ended(app: App, command: DialEnded) -> Actions:
    """Go on after a caller was put through to an outside number, or could not be."""
    contact, rules = known(app, command.contact, command.call), app.configuration.current()

    def ended() -> Outcome | None:
        return errands.dial_ended(app, command, contact, rules)

    return _go_on(app, contact, ended, rules, command.message)


def present(app: App, command: PresentAsked) -> Actions:
    """Tell what a call should do now."""
    if command.attempt is not None:
        heard = callback_hearing.answered(
            app, command.contact, command.attempt, command.call, command.message
        )
        if heard is not None:
            return heard
    contact = app.store.contact(command.contact)
    heard = callback_hearing.waiting(app, contact, command.call)
    return heard or view(_own(contact, command.call), app.configuration.current(), app)


def keep_waiting(app: App, command: WaitContinued) -> Actions:
    """Say what a queued caller hears now, one turn of the loop."""
    found = app.store.contact(command.contact)
    heard = callback_hearing.waiting(app, found, command.call)
    if heard is not None:
        return heard
    contact = _own(found, command.call)
    if contact.state not in (ContactState.WAITING, ContactState.OFFERED):
        # The redirect out of the queue is under way, or the call has ended: silence meanwhile.
        if not contact.ended:
            return [act.Pause(WAIT_LOOP_S)]
        return _farewell(contact, app.configuration.current())
    configuration = app.configuration.current()
    if in_line.elsewhere(app, contact, configuration):
        if contact.state is ContactState.WAITING:
            # They took an offer, and something kept them from hearing what they are asked there.
            return view(contact, configuration, app)
        return [act.Pause(WAIT_LOOP_S)]
    led = overflow_dialogues.in_line(app, contact, configuration, command.message)
    if led is not None:
        return _follow(app, *led, configuration, command.message)
    announced: list[act.Say] = []
    queue = configuration.queues.get(contact.queue or "")
    if queue is not None:
        said = promises.announce(app, contact, queue, command.message)
        if said is not None:
            announced = _say(promises.spoken(said, queue), contact.language)
            # What was said has been written, with the promise on which an offer may depend.
            contact = replace(contact, promise=said.promise)
    return in_line.heard(app, contact, configuration, announced)


def keep_holding(app: App, command: HoldContinued) -> Actions:
    """Say what a caller on hold hears now, one turn of the loop; never anything that ends it."""
    contact = known(app, command.contact, command.call)
    held = contact.state is ContactState.HELD
    said = _say((phrases.ON_HOLD,), contact.language) if held else []
    return [*said, act.Pause(WAIT_LOOP_S)]


def announcement(app: App, command: AnnouncementAsked) -> Actions:
    """Say what a caller in a conversation hears in between; a moment of silence if nothing."""
    contact = app.store.contact(command.contact)
    words = lost.announcement(contact)
    if contact is None or words is None:
        return [act.Pause(1)]
    return [*_say((words,), contact.language)]


def progress(app: App, command: CallProgressed, key: bytes) -> None:
    """Take note that a call's status changed; only its end changes the contact."""
    contact_id = command.contact or ids.contact_id(key, command.provider, command.call)
    contact = app.store.contact(contact_id)
    if contact is not None and callback_hearing.is_attempt_of(contact, command.call):
        if contact.call != command.call:
            return  # what becomes of our calls to customers is told under the attempt
    elif contact is None or contact.call != command.call:
        raise NotFound("there is no such call", code="unknown_call")
    if command.ended:
        if not errands.caller_left(app, contact, command.message):
            talk.end_call(app, contact_id, by="caller", cause=command.message, seen=contact)
        if contact.state in _IN_FLOW:
            flows.forget(app, contact)


def view(contact: Contact, configuration: Configuration, app: App) -> Actions:
    """Return what this call should do, from where its contact stands."""
    state = contact.state
    offered = state is ContactState.WAITING and in_line.elsewhere(app, contact, configuration)
    if state is ContactState.IVR or offered:
        outcome = flows.present(app, contact, configuration)
        if outcome is None:
            return [act.Hangup()]
        if outcome.position != contact.flow or isinstance(outcome.step, Enqueue | Hangup):
            return _follow(app, contact, outcome, configuration, None)
        return flows.shown(contact, outcome, configuration)
    if state in TALKING or contact.accepted:
        return [act.Bridge(contact.id)]
    if state in (ContactState.WAITING, ContactState.OFFERED):
        lost = bool(contact.segments) and contact.segments[-1].ended_by == "lost"
        sorry: tuple[Texts, ...] = (phrases.AGENT_LOST,) if lost else ()
        return [*_say(sorry, contact.language), act.Queue(contact.id)]
    return _farewell(contact, configuration)


def known(app: App, contact_id: str, call: str) -> Contact:
    """Return the contact of a call, or raise ``NotFound(unknown_call)``."""
    return _own(app.store.contact(contact_id), call)


def _own(contact: Contact | None, call: str) -> Contact:
    if contact is None or contact.call != call:
        raise NotFound("there is no such call", code="unknown_call")
    return contact


def _go_on(
    app: App,
    contact: Contact,
    decided: Callable[[], Outcome | None],
    configuration: Configuration,
    cause: str | None,
) -> Actions:
    """Carry out what a flow decides; where that is nothing, tell the present step again."""
    try:
        outcome = decided()
    except Conflict:
        outcome = None
    if outcome is None:
        return view(known(app, contact.id, contact.call or ""), configuration, app)
    return _follow(app, contact, outcome, configuration, cause)


def _follow(
    app: App,
    contact: Contact,
    outcome: Outcome,
    configuration: Configuration,
    cause: str | None,
) -> Actions:
    """Write what the flow decided, and return what is heard."""
    try:
        after, heard = flows.follow(app, contact, outcome, configuration, cause)
    except Conflict:
        # A duplicate or a hang-up got here first: tell what stands now.
        return view(known(app, contact.id, contact.call or ""), configuration, app)
    if after.state is ContactState.OVERFLOWED:
        # Nobody waits in line after all: instead of the queue, the words for who is turned away.
        return [*heard[:-1], *_farewell(after, configuration)]
    return heard


def _farewell(contact: Contact, configuration: Configuration) -> Actions:
    """Return how the call of an ended contact ends: with a word to one that was turned away."""
    said: Actions = []
    if contact.state is ContactState.OVERFLOWED:
        said += _say((overflow.farewell(contact, configuration),), contact.language)
    return [*said, act.Hangup()]


def _say(prompts: tuple[Texts, ...], language: str) -> list[act.Say]:
    return [act.Say(texts.get(language) or texts["en"], language) for texts in prompts if texts]
