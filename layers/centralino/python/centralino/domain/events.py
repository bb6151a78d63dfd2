"""The catalogue of what can happen, and how a stored change becomes a published event.

A write carries its events with it (the outbox): a type code and the fields the stored image does
not already hold. :func:`describe` completes the data from the image. Sequences count from 1
without a gap per entity; ids follow from entity and sequence, so a relayed duplicate is
recognisable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from centralino.domain.ids import event_id

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, as carried by the write that made it so.

    Attributes
    ----------
    type : str
        Past tense name, a key of :data:`CODES`.
    data : mapping
        Fields that the entity's image after the write does not hold.
    """

    type: str
    data: Data = field(default_factory=dict)


# Type -> code on the wire. Codes are never reused: stored items outlive a deployment.
CODES: dict[str, str] = {
    "ContactStarted": "st",
    "ContactEnqueued": "en",
    "ContactOffered": "of",
    "OfferAccepted": "oa",
    "OfferDeclined": "od",
    "OfferTimedOut": "ot",
    "OfferFailed": "ox",
    "OfferRescinded": "or",
    "ContactRequeued": "rq",
    "ContactConnected": "cn",
    "ContactHeld": "hd",
    "ContactResumed": "rs",
    "AgentLegLost": "ll",
    "AgentRejoined": "rj",
    "AgentLost": "al",
    "PostCallStarted": "pc",
    "ContactTransferred": "tf",
    "ConsultStarted": "cs",
    "ConsultEnded": "ce",
    "ConferenceJoined": "cj",
    "ContactDialing": "dl",
    "DialAnswered": "da",
    "DialFailed": "df",
    "ContactParked": "pk",
    "ContactUnparked": "up",
    "PromiseMade": "pm",
    "ContactOverflowed": "ov",
    "ContactWrapupStarted": "wu",
    "ContactWrapupEnded": "we",
    "ContactAbandoned": "ab",
    "ContactClosed": "cl",
    "ContactExpired": "ex",
    "CallbackRequested": "kq",
    "CallbackPromised": "kp",
    "CallbackPostponed": "ks",
    "CallbackMoved": "km",
    "CallbackReassigned": "ki",
    "CallbackHeld": "kh",
    "CallbackReleased": "kl",
    "CallbackDialed": "kd",
    "CallbackRang": "kr",
    "CallbackAnswered": "ka",
    "CallbackUnreached": "ku",
    "CallbackConnected": "kc",
    "CallbackCancelled": "kx",
    "CallbackSuperseded": "kz",
    "CallbackExpired": "ke",
    "CallbackExhausted": "kn",
    "AgentRegistered": "ar",
    "AgentStateChanged": "as",
    "ConsentGiven": "cg",
    "ConsentWithdrawn": "cw",
    "RecordingStarted": "r+",
    "RecordingPaused": "rp",
    "RecordingResumed": "rr",
    "RecordingStored": "rd",
    "RecordingFailed": "rf",
    "RecordingAccessed": "ra",
    "SupervisionStarted": "s+",
    "SupervisionChanged": "s=",
    "SupervisionEnded": "s-",
    "PaymentTaken": "pt",
    "PaymentFailed": "pf",
    "SurveyAnswered": "sv",
}
TYPES: dict[str, str] = {code: name for name, code in CODES.items()}

# Event type -> {field of the data: attribute of the image after the write}.
IMAGE_FIELDS: dict[str, dict[str, str]] = {
    "ContactStarted": {"channel": "channel", "direction": "direction", "line": "line"},
    "ContactEnqueued": {
        "queue": "queue",
        "channel": "channel",
        "direction": "direction",
        "priority": "priority",
        "enqueued_at": "enqueued_at",
        "leg": "leg",
    },
    "ContactOffered": {
        "queue": "queue",
        "agent_id": "agent",
        "rid": "rid",
        "expires_at": "expires_at",
    },
    "OfferAccepted": {"queue": "queue", "agent_id": "agent", "rid": "rid"},
    "OfferDeclined": {"queue": "queue"},
    "OfferTimedOut": {"queue": "queue"},
    "OfferFailed": {"queue": "queue"},
    "OfferRescinded": {"queue": "queue"},
    "ContactRequeued": {"queue": "queue", "enqueued_at": "enqueued_at", "leg": "leg"},
    "ContactConnected": {
        "queue": "queue",
        "agent_id": "agent",
        "rid": "rid",
        "enqueued_at": "enqueued_at",
    },
    "ContactHeld": {"agent_id": "agent", "rid": "rid"},
    "ContactResumed": {"agent_id": "agent", "rid": "rid"},
    "AgentLegLost": {"queue": "queue", "agent_id": "agent", "rid": "rid"},
    "AgentRejoined": {"queue": "queue", "agent_id": "agent", "rid": "rid"},
    "AgentLost": {"queue": "queue", "leg": "leg"},
    "PostCallStarted": {"queue": "queue"},
    "ContactTransferred": {"leg": "leg"},
    "ConsultStarted": {"parent": "parent", "kind": "kind"},
    "ConsultEnded": {"parent": "parent", "kind": "kind"},
    "ConferenceJoined": {"parent": "parent", "rid": "rid"},
    "ContactDialing": {"queue": "queue", "agent_id": "agent", "rid": "rid"},
    "DialAnswered": {"queue": "queue", "agent_id": "agent", "rid": "rid"},
    "DialFailed": {"queue": "queue"},
    "ContactParked": {"agent_id": "agent", "rid": "rid", "until": "expires_at"},
    "ContactUnparked": {"agent_id": "agent", "rid": "rid"},
    "PromiseMade": {"queue": "queue", "leg": "leg"},
    "ContactOverflowed": {},
    "ContactWrapupStarted": {"queue": "queue"},
    "ContactWrapupEnded": {"queue": "queue"},
    "ContactAbandoned": {"queue": "queue"},
    "ContactClosed": {"queue": "queue"},
    "ContactExpired": {"queue": "queue"},
    "CallbackRequested": {"queue": "queue"},
    "CallbackPromised": {"queue": "queue"},
    "CallbackPostponed": {"queue": "queue"},
    "CallbackMoved": {"queue": "queue"},
    "CallbackReassigned": {"queue": "queue"},
    "CallbackHeld": {"queue": "queue"},
    "CallbackReleased": {"queue": "queue"},
    "CallbackDialed": {"queue": "queue", "agent_id": "agent", "rid": "rid"},
    "CallbackRang": {"queue": "queue"},
    "CallbackAnswered": {"queue": "queue"},
    "CallbackUnreached": {"queue": "queue"},
    "CallbackConnected": {"queue": "queue", "agent_id": "agent", "rid": "rid"},
    "CallbackCancelled": {"queue": "queue"},
    "CallbackSuperseded": {"queue": "queue"},
    "CallbackExpired": {"queue": "queue"},
    "CallbackExhausted": {"queue": "queue"},
    "AgentRegistered": {"profile": "profile", "pool": "pool"},
    "AgentStateChanged": {"state": "state", "reason": "reason"},
    # What is filed outside contacts and agents brings all of its data with it.
    "ConsentGiven": {},
    "ConsentWithdrawn": {},
    "RecordingStarted": {},
    "RecordingPaused": {},
    "RecordingResumed": {},
    "RecordingStored": {},
    "RecordingFailed": {},
    "RecordingAccessed": {},
    "SupervisionStarted": {},
    "SupervisionChanged": {},
    "SupervisionEnded": {},
    "PaymentTaken": {},
    "PaymentFailed": {},
    "SurveyAnswered": {"queue": "queue"},
}


class Entity(Protocol):
    """What a stored image must offer to have its events described."""

    @property
    def id(self) -> str: ...
    @property
    def sequence(self) -> int: ...
    @property
    def business_unit(self) -> str: ...
    @property
    def updated_at(self) -> int: ...
    @property
    def cause(self) -> str | None: ...
    @property
    def correlation(self) -> str: ...
    @property
    def events(self) -> tuple[Event, ...]: ...


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A published event: metadata and data, before it takes a bus's envelope."""

    type: str
    event_id: str
    entity_id: str
    sequence: int
    correlation_id: str
    causation_id: str | None
    occurred_at: int
    business_unit: str
    data: dict[str, Any]


def describe(entity: Entity) -> list[Occurrence]:
    """Return the events of an entity's last write, complete and in order.

    The last of ``n`` events has the entity's sequence, the first ``sequence - n + 1``.
    """
    first = entity.sequence - len(entity.events) + 1
    return [
        Occurrence(
            type=event.type,
            event_id=event_id(entity.id, first + index),
            entity_id=entity.id,
            sequence=first + index,
            correlation_id=entity.correlation,
            causation_id=entity.cause,
            occurred_at=entity.updated_at,
            business_unit=entity.business_unit,
            data={
                **{name: getattr(entity, attr) for name, attr in IMAGE_FIELDS[event.type].items()},
                **event.data,
            },
        )
        for index, event in enumerate(entity.events)
    ]
