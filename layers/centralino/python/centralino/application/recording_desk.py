"""What people do with recordings and consents: pause, resume, agree on behalf, listen.

Only the agent who talks touches the recording of a talk or its customer's consents. Listening is
for supervisors, and for the agent of a contact that came of a spoken message; each time is put on
record before the sound is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from centralino.application import agents, consents, filing, recordings, scopes
from centralino.application import recording_policy as policy
from centralino.application import recording_records as records
from centralino.application.app import App
from centralino.application.ports import Item, Timer
from centralino.application.scopes import Supervisor
from centralino.domain import recordings as rules
from centralino.domain.consents import By, Consent, Purpose
from centralino.domain.contacts.model import TALKING, Channel, Contact
from centralino.domain.errors import Forbidden, NotFound, RuleViolation
from centralino.domain.events import Event
from centralino.domain.filing import Filed
from centralino.domain.recordings import ACCESS, Recording, RecordingState

#: How long an address of a sound is good for.
ADDRESS_S = 60
Light = Literal["on", "paused", "off"]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows of a contact's recordings.

    Attributes
    ----------
    recording : str
        ``on``, ``paused`` or ``off``.
    deadline : int or None
        When somebody should have listened to the message it came of, UTC milliseconds.
    """

    recording: Light = "off"
    deadline: int | None = None


@dataclass(frozen=True, slots=True)
class Listener:
    """Who wants to listen: an agent, or a supervisor with the business units that are theirs."""

    agent: str
    supervisor: Supervisor | None = None


def pause(app: App, agent_id: str, contact_id: str, cause: str | None) -> Contact:
    """Leave out what follows of the talk.

    Raises
    ------
    RuleViolation
        Nothing is recorded (``not_recording``), or somebody else talks (``not_talking``).
    """
    contact = _talk_of(app, agent_id, contact_id)
    if not recordings.pause(app, contact, cause):
        raise RuleViolation("nothing is recorded", code="not_recording")
    return contact


def resume(app: App, agent_id: str, contact_id: str, cause: str | None) -> Contact:
    """Record the talk again; it raises what :func:`pause` raises."""
    contact = _talk_of(app, agent_id, contact_id)
    if not recordings.resume(app, contact, cause):
        raise RuleViolation("nothing is recorded", code="not_recording")
    return contact


def shown(app: App, contact: Contact) -> Shown:
    """Return what to show of a contact; nothing is read where nothing can be recorded."""
    message = contact.channel is Channel.TASK
    if not message and (
        contact.parent is not None or policy.recording_queue(app, contact.queue) is None
    ):
        return Shown()
    found = records.of(app, contact.id)
    deadline = next((r.deadline for r in found if r.kind == rules.MESSAGE), None)
    states = {recording.state for recording in found} if not contact.ended else set()
    if RecordingState.ON in states:
        return Shown("on", deadline)
    return Shown("paused" if RecordingState.PAUSED in states else "off", deadline)


# --------------------------------------------------------------------------- consents


def agree(
    app: App,
    agent_id: str,
    contact_id: str,
    purpose: str,
    given: bool,
    *,
    text_version: str,
    token: str,
    cause: str | None,
) -> list[Consent]:
    """Put on record what the customer told the agent who talks; return all there is of theirs.

    An answer about the recording takes effect at once, and by a timer should this process die.

    Parameters
    ----------
    token : str
        Names this answer: a repeated request changes nothing.
    """
    contact = _talk_of(app, agent_id, contact_id)
    if purpose == Purpose.RECORDING:
        app.timers.send([Timer(recordings.TIMER, contact.id, delay_ms=recordings.LOOK_MS)])
    holder = consents.holder(contact)
    consents.record(
        app,
        holder,
        purpose,
        given,
        text_version=text_version,
        evidence_contact=contact.id,
        step=f"agent.{token}",
        by=By.AGENT,
        cause=cause,
    )
    if purpose == Purpose.RECORDING:
        recordings.look(app, contact.id, None, cause)
    return consents.history(app, holder)


def consents_of(app: App, agent_id: str, contact_id: str) -> list[Consent]:
    """Return what a contact's customer has agreed to and refused, for the agent who talks."""
    return consents.history(app, consents.holder(_talk_of(app, agent_id, contact_id)))


# --------------------------------------------------------------------------- listening


def recordings_of(app: App, who: Listener, contact_id: str) -> list[Recording]:
    """Return the recordings of a contact, for who may listen to them."""
    _may_listen(app, who, contact_id)
    found = records.of(app, contact_id)
    for recording in found:
        _own_unit(app, who, recording)
    return found


def access(
    app: App, who: Listener, contact_id: str, name: str, reason: str, cause: str | None
) -> str:
    """Return an address that plays a recording for a minute, after putting on record who asked.

    Parameters
    ----------
    reason : str
        Why, in the words of who asks: kept with the record of the access, never published.

    Raises
    ------
    Forbidden
        Only a supervisor may, or the agent of the message (``not_a_supervisor``), and none of
        another business unit (``another_business_unit``).
    NotFound
        There is no such recording (``unknown_recording``).
    RuleViolation
        It is not kept yet, or no more; see :func:`.domain.recordings.in_good_hands`.
    """
    _may_listen(app, who, contact_id)
    recording = records.one(app, contact_id, name)
    if recording is None:
        raise NotFound("there is no such recording", code="unknown_recording")
    _own_unit(app, who, recording)
    now = app.clock.now()
    rules.in_good_hands(recording, now)
    access_id = ACCESS + app.ids.ulid()
    told = filing.told(
        Filed(
            id=access_id,
            sequence=1,
            business_unit=recording.business_unit,
            updated_at=now,
            cause=cause,
            correlation=recording.correlation or contact_id,
            events=(
                Event(
                    "RecordingAccessed",
                    {"contact": contact_id, "name": name, "by": who.agent},
                ),
            ),
        )
    )
    audit = {"by": who.agent, "name": name, "at": now, "reason": reason, **told}
    # Without an end: who listened is asked for long after the sound is gone.
    app.operations.put_new(Item(f"access#{contact_id}", f"{now:013d}#{access_id}", audit))
    return app.archive.url(recording.key, ADDRESS_S)


# --------------------------------------------------------------------------- who may


def _talk_of(app: App, agent_id: str, contact_id: str) -> Contact:
    contact = agents.own(app, agent_id, contact_id)
    if contact.agent != agent_id or contact.state not in TALKING:
        raise RuleViolation("you are not talking to this customer", code="not_talking")
    return contact


def _may_listen(app: App, who: Listener, contact_id: str) -> None:
    if who.supervisor is not None:
        return
    contact = agents.own(app, who.agent, contact_id)
    if contact.channel is not Channel.TASK:
        raise Forbidden("only a supervisor listens to calls", code="not_a_supervisor")


def _own_unit(app: App, who: Listener, recording: Recording) -> None:
    scopes.require(app, who.supervisor or Supervisor(who.agent), recording.business_unit)
