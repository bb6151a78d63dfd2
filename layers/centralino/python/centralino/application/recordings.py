"""Recording of calls: begun with the talk, paused, stopped, and handed over to be kept.

Whether a call is recorded follows from where its contact stands, its queue's rules and the consent
that stands at the moment; :func:`look` makes the carrier agree with that. The relay has it look
after every move of a contact whose queue records, so that a process which died between the
contact's write and the carrier's call leaves nothing undone. Queues that never record cost
nothing: no read, no write, no timer.

The record says what is wanted and is written first; the carrier is then told, and told again by a
timer sent before, should it not have heard. A command has worked once the carrier has taken it:
an agent whose pause was not confirmed must not rely on it.
"""

from __future__ import annotations

from centralino.application import consents
from centralino.application import recording_policy as policy
from centralino.application import recording_records as records
from centralino.application.app import App
from centralino.application.ports import Timer
from centralino.domain import recordings as rules
from centralino.domain.consents import Purpose
from centralino.domain.contacts.model import TALKING, Contact, ContactState
from centralino.domain.errors import CentralinoError, NotFound, TransientDependency
from centralino.domain.recordings import Recording, RecordingState
from centralino.domain.telephony.commands import RecordingEnded

#: A look in passing is over by then.
LOOK_MS = 5_000
#: How long a payment may take before somebody looks whether it is still going on.
PAYMENT_MS = 300_000
#: By then a contact is at the step of the payment it was paused for, or never comes to it.
BEGINS_MS = 60_000
#: When a recording of which the carrier has told nothing more is given up.
SILENCE_MS = 900_000
TIMER = "recording"
_LIVE = TALKING | {
    ContactState.IVR,
    ContactState.WAITING,
    ContactState.OFFERED,
    ContactState.POST_CALL,
}


# --------------------------------------------------------------------------- begin, go on, end


def start_for(app: App, contact: Contact, cause: str | None, *, asked: bool = False) -> None:
    """Record a contact's call from now on, if it is to be recorded, and unless it is already.

    Parameters
    ----------
    asked : bool
        A flow asks for it before anybody talks, and consent has been given there.

    Raises
    ------
    TransientDependency
        It is unknown whether the carrier records; the relay's look makes it good.
    """
    if asked and contact.parent is None and contact.state is ContactState.IVR:
        if policy.able(app, contact) and consents.stands(
            app, consents.holder(contact), Purpose.RECORDING
        ):
            app.timers.send([Timer(TIMER, contact.id, delay_ms=LOOK_MS)])
            _start(app, contact, rules.DEFAULT_RETENTION, records.of(app, contact.id), cause)
        return
    days = policy.wanted(app, contact)
    if days is not None:
        _start(app, contact, days, records.of(app, contact.id), cause)


def begin(app: App, contact: Contact, cause: str | None) -> None:
    """Start in passing: a carrier that does not answer stops nobody from talking."""
    try:
        start_for(app, contact, cause)
    except CentralinoError as error:
        app.log.warning("recording_not_started", contact_id=contact.id, code=error.code)


def pause(app: App, contact: Contact, cause: str | None) -> bool:
    """Leave out what follows, until the agent resumes; tell whether anything is recorded."""
    active = _active(app, contact.id)
    for recording in active:
        _arm(app, recording, LOOK_MS)
        _pause(app, contact, recording, rules.AGENT, cause)
    return bool(active)


def resume(app: App, contact: Contact, cause: str | None) -> bool:
    """Record again; tell whether anything is. What a payment paused waits for its end."""
    active = _active(app, contact.id)
    for recording in active:
        if recording.in_payment is None or not _still_paying(contact, recording):
            _resume(app, contact, recording, cause)
    return bool(active)


def stop(app: App, contact: Contact, cause: str | None) -> None:
    """End every recording of a contact's call; the call goes on."""
    for recording in _active(app, contact.id):
        _stop(app, contact, recording, cause)


def pause_for_payment(
    app: App, contact: Contact, cause: str | None = None, *, step: str | None = None
) -> None:
    """Leave a payment out, before the carrier is told to take it.

    ``step`` is the token of the step at which the payment is taken, the contact's own unless given.

    Should its end never be told, a timer looks whether the contact is still at the step, and has
    it recorded again once it is not. So it is resumed by whoever finds the payment over, and never
    while card data may be heard.

    Raises
    ------
    TransientDependency
        It is unknown whether the recording is paused: the payment must not begin.
    """
    if step is None:
        step = contact.flow.token if contact.flow is not None else ""
    for recording in _active(app, contact.id):
        _arm(app, recording, PAYMENT_MS)
        _pause(app, contact, recording, rules.payment_at(step), cause)


def resume_after_payment(app: App, contact: Contact, step: str, cause: str | None = None) -> None:
    """Record again after the payment of a step; what an agent or another one paused stays so."""
    for recording in _active(app, contact.id):
        if recording.in_payment == step:
            _resume(app, contact, recording, cause)


def look(app: App, contact_id: str, name: str | None, cause: str | None) -> None:
    """Make the carrier agree with what should be recorded of a contact.

    Parameters
    ----------
    name : str or None
        A recording of which the carrier may not have heard the last command: it is told again.
    """
    contact = app.store.contact(contact_id)
    if contact is None:
        return
    found = records.of(app, contact_id)
    if contact.state not in _LIVE:
        _give_up(app, contact, found, cause)
        return
    days = policy.wanted(app, contact)
    for recording in found:
        if not recording.active:
            if recording.name == name:
                _tell_again(app, contact, recording)
            continue
        if not _goes_on(app, contact, recording, days):
            _stop(app, contact, recording, cause)
        elif recording.in_payment is not None:
            _look_at_payment(app, contact, recording, cause)
        elif recording.state is RecordingState.ASKED and days is None:
            _start(app, contact, recording.days, found, cause)
        elif recording.name == name:
            _tell_again(app, contact, recording)
    if days is not None:
        _start(app, contact, days, records.of(app, contact_id), cause)


# --------------------------------------------------------------------------- what comes of it


def ended(app: App, command: RecordingEnded) -> None:
    """Have a complete recording copied, or take note that there is none.

    The order to copy is all that is made durable: whoever copies it writes what it found.
    """
    recording = records.one(app, command.contact, command.name)
    if recording is None:
        recording = _unknown(app, command.contact, command.name)
    kept = recording.state is RecordingState.STORED
    if kept and recording.reference == command.reference:
        return
    if command.reference is None:
        records.change(
            app, recording, lambda r: rules.failed(r, "carrier", _now(app), command.message)
        )
        return
    app.copies.send(records.order(recording, command.reference, command.seconds))


def message_left(
    app: App,
    caller: Contact,
    contact_id: str,
    step: str,
    reference: str,
    seconds: int,
    deadline: int | None,
    *,
    queue: str | None = None,
) -> Recording:
    """Keep a spoken message with the contact that came of it; the same again changes nothing.

    Parameters
    ----------
    caller : Contact
        Who left it.
    contact_id : str
        The contact that somebody will take.
    step : str
        Where in the flow it was left.
    deadline : int or None
        When somebody should have listened to it, UTC milliseconds.
    queue : str, optional
        Whose retention it has; the caller's queue unless given.
    """
    name = rules.message_name(contact_id)
    held = policy.queue_of(app, queue or caller.queue)
    recording = Recording(
        name=name,
        contact=contact_id,
        business_unit=caller.business_unit,
        state=RecordingState.STOPPED,
        kind=rules.MESSAGE,
        provider=caller.provider,
        queue=queue or caller.queue,
        correlation=caller.correlation,
        days=held.recording_days if held is not None else rules.DEFAULT_RETENTION,
        started_at=_now(app),
        updated_at=_now(app),
        cause=f"{caller.id}/{step}",
        deadline=deadline,
    )
    recording = records.one(app, contact_id, name) or recording
    if recording.state is not RecordingState.STORED:
        app.copies.send(records.order(recording, reference, seconds))
        records.save(app, recording)
    return recording


# --------------------------------------------------------------------------- inside


def _goes_on(app: App, contact: Contact, recording: Recording, days: int | None) -> bool:
    """Tell whether a recording under way is still one of what the contact is in."""
    if rules.part_of(recording.name) != rules.name_of(contact):
        return False
    if contact.state in TALKING:
        return days is not None
    if contact.state is ContactState.POST_CALL:
        return False
    # What a flow began goes on into the wait for a queue that records, and for no other.
    waits = contact.state is not ContactState.IVR
    if waits and policy.recording_queue(app, contact.queue) is None:
        return False
    return bool(consents.stands(app, consents.holder(contact), Purpose.RECORDING))


def _start(
    app: App, contact: Contact, days: int, found: list[Recording], cause: str | None
) -> None:
    first = rules.name_of(contact)
    for other in found:
        # A call has one recording at a time: a new one would be taken for the old going on.
        if other.active and rules.part_of(other.name) != first:
            _stop(app, contact, other, cause)
    takes = [recording for recording in found if rules.part_of(recording.name) == first]
    last = max(takes, key=lambda r: (len(r.name), r.name), default=None)
    if last is not None and (last.active or last.state is RecordingState.FAILED):
        if last.state is not RecordingState.ASKED:
            return
        recording = last
    else:
        now = _now(app)
        recording = Recording(
            name=rules.name_of(contact, len(takes) + 1),
            contact=contact.id,
            business_unit=contact.business_unit,
            provider=contact.provider,
            queue=contact.queue,
            correlation=contact.correlation,
            days=days,
            started_at=now,
            updated_at=now,
            cause=cause,
        )
        if not records.save(app, recording):
            recording = records.one(app, contact.id, recording.name) or recording
            if recording.state is not RecordingState.ASKED:
                return
    try:
        app.recorder.start(contact, recording.name)
    except TransientDependency:
        raise
    except CentralinoError as error:
        code = error.code
        records.change(app, recording, lambda r: rules.failed(r, code, _now(app), cause))
        return
    after = records.change(app, recording, lambda r: rules.started(r, _now(app), cause))
    # What was asked for in this very moment may have reached the carrier first.
    if after.state is RecordingState.PAUSED:
        app.recorder.pause(contact, after.name)
    elif after.state is RecordingState.STOPPED and not _active(app, contact.id):
        app.recorder.stop(contact, after.name)


def _pause(
    app: App, contact: Contact, recording: Recording, reason: str, cause: str | None
) -> None:
    after = records.change(app, recording, lambda r: rules.paused(r, reason, _now(app), cause))
    if after.state is RecordingState.PAUSED:
        app.recorder.pause(contact, recording.name)


def _resume(app: App, contact: Contact, recording: Recording, cause: str | None) -> None:
    _arm(app, recording, LOOK_MS)
    after = records.change(app, recording, lambda r: rules.resumed(r, _now(app), cause))
    if after.state is RecordingState.ON:
        _record_again(app, contact, after)


def _record_again(app: App, contact: Contact, recording: Recording) -> None:
    app.recorder.resume(contact, recording.name)
    # A pause that was asked for in this very moment may have reached the carrier first.
    present = records.one(app, recording.contact, recording.name)
    if present is not None and present.state is RecordingState.PAUSED:
        app.recorder.pause(contact, recording.name)


def _stop(app: App, contact: Contact, recording: Recording, cause: str | None) -> None:
    # A start on its way may reach the carrier after this, and its process die before it looks.
    _arm(app, recording, LOOK_MS)
    app.recorder.stop(contact, recording.name)
    records.change(app, recording, lambda r: rules.stopped(r, _now(app), cause))


def _look_at_payment(app: App, contact: Contact, recording: Recording, cause: str | None) -> None:
    begins = _now(app) - recording.updated_at < BEGINS_MS
    if begins or _still_paying(contact, recording):
        _arm(app, recording, PAYMENT_MS)
        # A start or a resumption that died on its way may have come after the pause.
        app.recorder.pause(contact, recording.name)
    else:
        _resume(app, contact, recording, cause)


def _tell_again(app: App, contact: Contact, recording: Recording) -> None:
    if recording.state is RecordingState.PAUSED:
        app.recorder.pause(contact, recording.name)
    elif recording.state is RecordingState.ON:
        _record_again(app, contact, recording)
    elif recording.state is RecordingState.STOPPED and not _active(app, contact.id):
        app.recorder.stop(contact, recording.name)


def _give_up(app: App, contact: Contact, found: list[Recording], cause: str | None) -> None:
    """Take note of recordings whose end the carrier never told; should it yet, they are kept."""
    ends = [segment.ended_at or 0 for segment in contact.segments]
    now = _now(app)
    silent = now - max(ends, default=contact.updated_at) >= SILENCE_MS
    for recording in found:
        if silent and (recording.active or recording.state is RecordingState.STOPPED):
            app.log.error("recording_never_told", contact_id=contact.id, name=recording.name)
            records.change(app, recording, lambda r: rules.failed(r, "never_told", now, cause))


def _still_paying(contact: Contact, recording: Recording) -> bool:
    step = contact.flow.token if contact.flow is not None else None
    return contact.state is ContactState.IVR and step is not None and step == recording.in_payment


def _arm(app: App, recording: Recording, delay_ms: int) -> None:
    app.timers.send([Timer(TIMER, recording.contact, recording.name, delay_ms)])


def _active(app: App, contact_id: str) -> list[Recording]:
    return [recording for recording in records.of(app, contact_id) if recording.active]


def _unknown(app: App, contact_id: str, name: str) -> Recording:
    """Return what must have been the record of a recording that the carrier has."""
    contact = app.store.contact(contact_id)
    if contact is None or rules.contact_of(name) != contact_id:
        raise NotFound("there is no such recording", code="unknown_recording")
    queue = policy.queue_of(app, contact.queue)
    return Recording(
        name=name,
        contact=contact_id,
        business_unit=contact.business_unit,
        provider=contact.provider,
        queue=contact.queue,
        correlation=contact.correlation,
        days=queue.recording_days if queue is not None else rules.DEFAULT_RETENTION,
        started_at=contact.created_at,
        updated_at=contact.created_at,
    )


def _now(app: App) -> int:
    return app.clock.now()
