"""A recording of a call, or a spoken message: from before the carrier is asked to the kept file.

Each function returns the next version, or the same object where there is nothing to do: everything
a carrier or an agent says may come twice. Nothing personal is in a recording's events.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from centralino.domain.contacts.model import Contact
from centralino.domain.errors import RuleViolation
from centralino.domain.events import Event
from centralino.domain.ids import crockford

RECORDING = "rc_"
ACCESS = "ra_"

#: When calls of a queue are recorded.
NEVER = "never"
WITH_CONSENT = "with_consent"
ALWAYS = "always"
POLICIES = (NEVER, WITH_CONSENT, ALWAYS)
#: For how many days recordings can be kept. The store forgets by these classes, so that what a
#: deployment deletes does not hang on a program that runs.
RETENTIONS = (7, 30, 90, 180, 365, 730, 1095, 1825, 3650)
DEFAULT_RETENTION = 90

#: The number of what a flow records before anybody talks, and of a spoken message.
BEFORE_TALK = 0
NAME = re.compile(r"ct_[0-9A-HJKMNP-TV-Z]{26}\.[0-9]{1,4}(\.[0-9]{1,3})?")
DAY_MS = 24 * 3600 * 1000

CALL = "call"
MESSAGE = "message"
AGENT = "agent"
_PAYMENT = "payment:"


class RecordingState(StrEnum):
    """Where a recording stands.

    ``ASKED`` is written before the carrier is; ``STOPPED`` is ours, its sound is not here yet.
    """

    ASKED = "ASKED"
    ON = "ON"
    PAUSED = "PAUSED"
    STOPPED = "STOPPED"
    STORED = "STORED"
    FAILED = "FAILED"


S = RecordingState
ACTIVE = frozenset({S.ASKED, S.ON, S.PAUSED})


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording.

    Attributes
    ----------
    name : str
        Fixed before the carrier is asked, so that asking twice makes one.
    kind : str
        ``call`` or ``message``.
    days : int
        For how long it is kept, by the rules in force when it began.
    paused_for : str or None
        ``agent``, or ``payment:`` and the step of the flow at which it is taken.
    reference : str or None
        What the carrier calls the sound: known from before it is copied, so that no other one is
        ever kept in its place.
    deadline : int or None
        When somebody should have listened to a message, UTC milliseconds.
    """

    name: str
    contact: str
    business_unit: str
    state: RecordingState = S.ASKED
    kind: str = CALL
    provider: str = ""
    queue: str | None = None
    correlation: str = ""
    days: int = DEFAULT_RETENTION
    version: int = 1
    sequence: int = 0
    started_at: int = 0
    updated_at: int = 0
    cause: str | None = None
    paused_for: str | None = None
    reference: str | None = None
    seconds: int = 0
    size: int = 0
    stored_at: int | None = None
    reason: str | None = None
    deadline: int | None = None
    events: tuple[Event, ...] = ()

    @property
    def id(self) -> str:
        """The id its events are numbered by."""
        digest = hashlib.sha256(self.name.encode()).digest()
        return RECORDING + crockford(int.from_bytes(digest[:16], "big"))

    @property
    def active(self) -> bool:
        """Whether the carrier records, or may, as far as is known here."""
        return self.state in ACTIVE

    @property
    def in_payment(self) -> str | None:
        """The step of the payment it is paused for."""
        paused = self.state is S.PAUSED and self.paused_for is not None
        if not paused or not str(self.paused_for).startswith(_PAYMENT):
            return None
        return str(self.paused_for).removeprefix(_PAYMENT)

    @property
    def key(self) -> str:
        """Where its sound is kept: by class of retention, then by day."""
        day = datetime.fromtimestamp(self.started_at / 1000, tz=UTC)
        return f"recordings/{self.days}/{day:%Y/%m/%d}/{self.contact}/{self.name}.wav"

    @property
    def expires_at(self) -> int | None:
        """When it is forgotten, UTC milliseconds; ``None``: it is not kept here."""
        return None if self.stored_at is None else self.stored_at + self.days * DAY_MS


def name_of(contact: Contact, take: int = 1) -> str:
    """Return the name of what is recorded of a contact now: by its part, then by its take.

    A recording that was stopped does not go on: what follows is another take.
    """
    rids = [segment.rid for segment in contact.segments]
    number = rids.index(contact.rid) + 1 if contact.rid in rids else BEFORE_TALK
    name = f"{contact.id}.{number}"
    return name if take == 1 else f"{name}.{take}"


def message_name(contact_id: str) -> str:
    """Return the name of the spoken message that a contact came of."""
    return f"{contact_id}.{BEFORE_TALK}"


def part_of(name: str) -> str:
    """Return the name of the first take of a recording's part."""
    return ".".join(name.split(".")[:2])


def contact_of(name: str) -> str:
    """Return the contact within a recording's name."""
    return name.partition(".")[0]


def payment_at(step: str) -> str:
    """Return why a recording is paused while a payment is taken at a step."""
    return _PAYMENT + step


def evolve(
    recording: Recording, now: int, cause: str | None, *events: Event, **changes: Any
) -> Recording:
    """Return the next version, with what its write tells."""
    return replace(
        recording,
        version=recording.version + 1,
        sequence=recording.sequence + len(events),
        updated_at=max(now, recording.updated_at),
        cause=cause,
        events=events,
        **changes,
    )


def started(recording: Recording, now: int, cause: str | None) -> Recording:
    """The carrier records."""
    if recording.state is not S.ASKED:
        return recording
    return evolve(recording, now, cause, _event(recording, "RecordingStarted"), state=S.ON)


def paused(recording: Recording, reason: str, now: int, cause: str | None) -> Recording:
    """What follows is left out. An agent's pause lasts until the agent ends it.

    A later payment takes over from one whose end was never told.
    """
    if not recording.active or recording.paused_for == reason:
        return recording
    if recording.state is S.PAUSED:
        if reason == AGENT or recording.in_payment is None:
            return recording
        return evolve(recording, now, cause, paused_for=reason)
    told = [_event(recording, "RecordingStarted")] if recording.state is S.ASKED else []
    why = "payment" if reason.startswith(_PAYMENT) else reason
    told.append(_event(recording, "RecordingPaused", reason=why))
    return evolve(recording, now, cause, *told, state=S.PAUSED, paused_for=reason)


def resumed(recording: Recording, now: int, cause: str | None) -> Recording:
    """It is recorded again."""
    if recording.state is not S.PAUSED:
        return recording
    event = _event(recording, "RecordingResumed")
    return evolve(recording, now, cause, event, state=S.ON, paused_for=None)


def stopped(recording: Recording, now: int, cause: str | None) -> Recording:
    """We had the carrier end it; its sound is still to come."""
    if not recording.active:
        return recording
    return evolve(recording, now, cause, state=S.STOPPED, paused_for=None)


def claimed(recording: Recording, reference: str, now: int, cause: str | None) -> Recording:
    """A sound is about to be copied; the first to say so is the one this recording is of."""
    if recording.reference is not None:
        return recording
    return evolve(recording, now, cause, reference=reference)


def missing(recording: Recording, reference: str, now: int, cause: str | None) -> Recording:
    """The carrier has this sound no more: another one may be taken for the recording."""
    if recording.reference != reference or recording.state is S.STORED:
        return recording
    after = failed(recording, "missing", now, cause)
    if after is recording:
        return evolve(recording, now, cause, reference=None)
    return replace(after, reference=None)


def stored(
    recording: Recording, reference: str, seconds: int, size: int, now: int, cause: str | None
) -> Recording:
    """Its sound is kept here, also where it had been given up."""
    if recording.state is S.STORED:
        return recording
    event = _event(recording, "RecordingStored", seconds=seconds, bytes=size, days=recording.days)
    return evolve(
        recording,
        now,
        cause,
        event,
        state=S.STORED,
        paused_for=None,
        reference=reference,
        seconds=seconds,
        size=size,
        stored_at=now,
        reason=None,
    )


def failed(recording: Recording, reason: str, now: int, cause: str | None) -> Recording:
    """There is no sound, or it never came."""
    if recording.state in (S.STORED, S.FAILED):
        return recording
    event = _event(recording, "RecordingFailed", reason=reason)
    return evolve(recording, now, cause, event, state=S.FAILED, paused_for=None, reason=reason)


def in_good_hands(recording: Recording, now: int) -> None:
    """Check that a recording can be listened to.

    Raises
    ------
    RuleViolation
        It is not stored yet, or no more (``recording_not_stored``, ``recording_expired``).
    """
    if recording.state is not S.STORED:
        raise RuleViolation("this recording is not stored", code="recording_not_stored")
    if now >= (recording.expires_at or 0):
        raise RuleViolation("this recording is kept no longer", code="recording_expired")


def _event(recording: Recording, kind: str, **more: Any) -> Event:
    return Event(
        kind,
        {
            "contact": recording.contact,
            "name": recording.name,
            "kind": recording.kind,
            "queue": recording.queue,
            **more,
        },
    )
