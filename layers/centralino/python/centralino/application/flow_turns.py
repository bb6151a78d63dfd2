"""One turn of a call in its flow: what the interpreter decided, done as far as it must be done
before the turn is written.

Everything here may be done twice, because a process can die before the turn is written: a data
source gets the same key, a consent is one record, a booking is found made, a pause is a pause.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from centralino.application import callers, consents, flow_sources, flow_times, recordings
from centralino.application.app import App
from centralino.application.callbacks import booking as callback_booking
from centralino.application.flow_facts import KnownFacts
from centralino.application.flow_places import flows_of, scene_of
from centralino.domain.callbacks.numbers import refusal
from centralino.domain.configuration.model import Configuration
from centralino.domain.consents import Purpose
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import CentralinoError, Conflict
from centralino.domain.flows import machine, picking
from centralino.domain.flows.machine import Answered, Outcome, Scene
from centralino.domain.flows.model import Fetch, Flows, OfferCallback, Pay, PickTime, Transfer
from centralino.domain.flows.words import names_in, number_of

#: Bookings, payments and transfers that could not be begun, one after the other.
_MOST_HINDERED = 5


@dataclass(frozen=True, slots=True)
class Turn:
    """What is needed to go on with a call in its flow."""

    app: App
    contact: Contact
    configuration: Configuration
    flows: Flows
    scene: Scene
    facts: KnownFacts
    cause: str | None

    @property
    def number(self) -> str:
        """The number that was called."""
        line = self.configuration.lines.get(self.contact.line or "")
        return line.number if line is not None else ""


def turn_of(app: App, contact: Contact, configuration: Configuration, cause: str | None) -> Turn:
    """Return the present turn of a call that is, or was, in a flow."""
    line = configuration.lines.get(contact.line or "")
    return Turn(
        app=app,
        contact=contact,
        configuration=configuration,
        flows=flows_of(app, contact.flow, configuration) if contact.flow is not None else {},
        scene=scene_of(app, contact, configuration),
        facts=KnownFacts(app, configuration, line.number if line else "", contact.subject),
        cause=cause,
    )


def settled(turn: Turn, outcome: Outcome) -> Outcome:
    """Return where the call stands once everything on the way was asked for and done.

    Raises
    ------
    Conflict
        The contact changed while a call back was booked: nothing was written.
    """
    if outcome.answered is not None:
        _put_on_record(turn, outcome.answered)
    for _ in range(_MOST_HINDERED):
        step = outcome.step
        if isinstance(step, Fetch):
            outcome = flow_sources.settled(
                turn.app, turn.flows, turn.scene, turn.contact.id, outcome, turn.facts
            )
        elif isinstance(step, OfferCallback) and outcome.booking is not None:
            at = _booked(turn, step, outcome.booking.number)
            outcome = machine.booked(turn.flows, turn.scene, outcome, at, turn.facts)
        elif isinstance(step, PickTime) and (outcome.booking or picking.wants(outcome)):
            outcome = flow_times.settled(turn, step, outcome)
        elif isinstance(step, Pay | Transfer) and (why := _hindrance(turn, step, outcome)):
            outcome = machine.hindered(turn.flows, turn.scene, outcome, why, turn.facts)
        else:
            return outcome
    return machine.lost(turn.flows, turn.scene, outcome.position, "endless")


def _put_on_record(turn: Turn, answered: Answered) -> None:
    """Write a consent, and only then begin the recording it allows or end what it forbids."""
    step, contact = answered.step, turn.contact
    consents.record(
        turn.app,
        consents.holder(contact),
        step.purpose,
        answered.given,
        text_version=step.text_version,
        evidence_contact=contact.id,
        step=answered.token,
        by="flow",
        cause=turn.cause,
    )
    try:
        if answered.given and step.record:
            recordings.start_for(turn.app, contact, turn.cause, asked=True)
        elif not answered.given and step.purpose == Purpose.RECORDING:
            recordings.stop(turn.app, contact, turn.cause)
    except CentralinoError as error:
        # The call is worth more than its recording; a timer looks after both.
        turn.app.log.error("recording_not_as_answered", contact_id=contact.id, code=error.code)


def _booked(turn: Turn, step: OfferCallback, number: str | None) -> str | None:
    """Book a call back; return when it was promised for, ``None`` where it cannot be booked."""
    number = number or callers.number_of(turn.app, turn.contact.id)
    if number is None:
        turn.app.log.warning("callback_without_number", contact_id=turn.contact.id)
        return None
    try:
        asked = callback_booking.ask(
            turn.app,
            turn.contact,
            queue=step.queue,
            plan=step.plan,
            number=number,
            cause=turn.cause,
        )
    except Conflict:
        raise
    except CentralinoError as error:
        turn.app.log.warning("callback_not_booked", contact_id=turn.contact.id, code=error.code)
        return None
    if asked.outcome == callback_booking.REFUSED:
        return None
    return _local(turn, step.queue, asked.expected_at) if asked.expected_at is not None else ""


def _local(turn: Turn, queue: str, moment: int) -> str:
    """Return a moment as it is told there: ``2026-05-01T14:30``."""
    hours = turn.configuration.hours_of(queue) if queue in turn.configuration.queues else None
    zone = ZoneInfo(hours.zone if hours is not None else "UTC")
    return datetime.fromtimestamp(moment / 1000, zone).strftime("%Y-%m-%dT%H:%M")


def _hindrance(turn: Turn, step: Pay | Transfer, outcome: Outcome) -> str | None:
    """Return why a payment or a transfer cannot begin; ``None`` where it can."""
    if isinstance(step, Transfer):
        return _not_reachable(turn, step, outcome)
    try:
        token = outcome.position.token
        recordings.pause_for_payment(turn.app, turn.contact, turn.cause, step=token)
    except CentralinoError as error:
        # Card digits would be heard in the recording: no payment then.
        turn.app.log.error("recording_not_paused", contact_id=turn.contact.id, code=error.code)
        return "recording_not_paused"
    return None


def _not_reachable(turn: Turn, step: Transfer, outcome: Outcome) -> str | None:
    """Tell why a number that a caller keyed in is not dialled at our cost, if it is not."""
    if not names_in(step.number):
        return None
    number = number_of(step.number, outcome.position.variables) or ""
    own = turn.app.phone(turn.number, turn.number)
    countries = {own.country} if own is not None else set()
    found = turn.app.phone(number, turn.number)
    return "number_not_allowed" if refusal(found, countries) is not None else None
