"""The published events: ``detail`` of each EventBridge event, by detail-type.

``source`` is ``centralino.contacts`` or ``centralino.agents``. Within a schema version changes
are additive; a new major version is published beside the old one. No event carries a phone
number, a name or free text. Times are UTC milliseconds unless they say otherwise.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from centralino.contracts import filed_events as filed
from centralino.contracts.base import Contract, OfPart, Queued
from centralino.contracts.callback_events import CALLBACK_EVENTS

Channel = Literal["voice", "chat", "email", "task", "callback"]
Direction = Literal["inbound", "outbound"]


class Metadata(Contract):
    """What every event tells about itself."""

    event_id: str = Field(pattern=r"^ev_[0-9A-HJKMNP-TV-Z]{26}$", description="Same on replays")
    entity_id: str = Field(description="The contact, agent or record it is about")
    sequence: int = Field(ge=1, description="From 1 without a gap per entity")
    schema_version: int = Field(ge=1)
    correlation_id: str = Field(description="The first contact of the story")
    causation_id: str | None = Field(description="The command or message behind it")
    occurred_at: str = Field(description="UTC, ISO 8601 with milliseconds")
    business_unit: str


class Decision(Contract):
    """Why this agent: rule, relaxation step, candidates with a reason code each."""

    rule: str
    step: int
    candidates: list[tuple[str, str]] = Field(max_length=5)


class _OfferEnd(OfPart):
    reason: str


class ContactStarted(Contract):
    """A contact began."""

    channel: Channel
    direction: Direction
    line: str | None = Field(description="The line of ours that was called")


class ContactEnqueued(Contract):
    """A contact took its place in a queue."""

    queue: str
    channel: Channel
    direction: Direction
    priority: int
    enqueued_at: int
    leg: int


class ContactOffered(OfPart):
    """A contact was assigned to one agent and is being shown to them."""

    expires_at: int
    decision: Decision


class OfferAccepted(OfPart):
    """The agent accepted; the legs are being joined."""


class OfferDeclined(_OfferEnd):
    """The agent said no."""


class OfferTimedOut(_OfferEnd):
    """Nobody answered in time."""


class OfferFailed(_OfferEnd):
    """The offer could not be carried out."""


class OfferRescinded(_OfferEnd):
    """The offer was withdrawn, for instance because the caller left."""


class ContactRequeued(Contract):
    """A contact is waiting again, in its place."""

    queue: str
    enqueued_at: int
    leg: int
    reason: str


class ContactConnected(OfPart):
    """Customer and agent are in the same conversation."""

    enqueued_at: int
    waited_ms: int = Field(ge=0)


class ContactHeld(Contract):
    """The customer is on hold."""

    agent_id: str
    rid: str


class ContactResumed(ContactHeld):
    """The customer is back from hold."""

    held_ms: int = Field(ge=0)


class AgentLegLost(OfPart):
    """The agent's leg ended without a hang-up; the customer stays and the agent may come back."""

    rejoin_until: int = Field(description="UTC milliseconds; then `AgentLost` follows")


class AgentRejoined(OfPart):
    """The agent is back in the conversation."""

    away_ms: int = Field(ge=0, description="Counted as talk, or as hold where it was on hold")


class AgentLost(OfPart):
    """The agent did not come back; the customer goes to the head of the queue."""

    talk_ms: int = Field(ge=0)
    hold_ms: int = Field(ge=0)
    leg: int


class ContactWrapupStarted(OfPart):
    """The conversation with this agent is over; the wrap-up runs."""

    ended_by: str
    talk_ms: int = Field(ge=0)
    hold_ms: int = Field(ge=0)


class ContactWrapupEnded(OfPart):
    """One agent's wrap-up is over while the contact goes on."""

    disposition: str | None
    wrapup_ms: int = Field(ge=0)


class ContactAbandoned(Queued):
    """The customer left before reaching an agent. An end."""

    stage: Literal["menu", "queue", "ringing"]
    waited_ms: int = Field(ge=0)


class ContactOverflowed(Contract):
    """A queue could not take a contact, or kept it no longer. An end where it hears a message.

    Sent to another queue, the contact goes on: `ContactEnqueued` follows. With `callback` it goes
    on, too: it is asked whether it wants to be called back, in line if it waited there.
    """

    queue: str = Field(description="The queue that it could not enter, or had to leave")
    when: Literal["closed", "full", "late"]
    action: Literal["queue", "message", "callback"]
    to_queue: str | None
    waited_ms: int = Field(ge=0, description="In that queue")


class ContactClosed(Queued):
    """The contact is finished. An end."""

    outcome: Literal["handled", "self_served", "converted", "message", "system"] = Field(
        description="`converted` to a callback; `message`: a spoken one was left instead"
    )
    agent_id: str | None
    rid: str | None
    disposition: str | None
    wrapup_ms: int | None = Field(ge=0, description="Of the last segment")


class ContactExpired(Queued):
    """Its time was over before anybody was reached. An end."""


class PostCallStarted(Queued):
    """The agent has left; the customer is in a post-call step."""


class ContactTransferred(Contract):
    """An agent handed the customer on; ``agent_id`` and ``rid`` are the part that ended.

    No event names the outside number of a transfer.
    """

    kind: Literal["blind", "consult", "conference"] = Field(
        description="Straight on, after a talk between the two, or by leaving a conference"
    )
    agent_id: str
    rid: str
    to: Literal["queue", "agent", "number"]
    to_queue: str | None
    to_agent: str | None
    leg: int


class _Party(Contract):
    parent: str = Field(description="The customer's contact")
    kind: Literal["consult", "conference", "transfer"]


class ConsultStarted(_Party):
    """An agent asked for a third party; this is the first the party's own contact tells."""

    agent_id: str = Field(description="The agent who asks")
    rid: str = Field(description="Their part in the customer's contact")
    to: Literal["queue", "agent", "number"]
    to_queue: str | None
    to_agent: str | None


class ConsultEnded(_Party):
    """The party is over: it took the customer (`completed`), left, or was never reached."""

    reason: str


class ConferenceJoined(Contract):
    """The third party, the agent and the customer are in one conversation."""

    parent: str
    agent_id: str | None = Field(description="None for an outside number")
    rid: str


class ContactDialing(Contract):
    """We are calling somebody: the customer of an outbound contact, or an outside party."""

    queue: str | None
    agent_id: str | None
    rid: str | None


class DialAnswered(ContactDialing):
    """Whom we called has picked up."""


class DialFailed(Queued):
    """Whom we called was not reached."""

    rid: str | None
    reason: str


class ContactParked(Contract):
    """An asynchronous contact is set aside until the customer writes again."""

    agent_id: str
    rid: str
    until: int


class ContactUnparked(Contract):
    """A parked contact goes on with the same agent."""

    agent_id: str
    rid: str


class PromiseMade(Contract):
    """A waiting customer was told when to expect an answer.

    The first `wait` of a leg is the promise; a `wait_update` repeats it and never makes it worse.
    """

    kind: Literal["wait", "wait_update"]
    queue: str
    leg: int
    window_start: int
    window_end: int
    position: int = Field(ge=1, description="Place in line; 1 is the next to be answered")
    zone: str = Field(description="IANA name of the zone of the queue's hours")
    estimator: str = Field(description="The method behind the window")


class PaymentTaken(Contract):
    """The customer paid in a call. It proves the payment; no card data ever comes here."""

    amount: str = Field(description="With two decimals")
    currency: str = Field(description="ISO 4217, lower case")
    reference: str | None = Field(description="What the payment gateway calls it")


class PaymentFailed(PaymentTaken):
    """A payment in a call came to nothing."""

    reason: str = Field(description="declined, cancelled, invalid_input or failed")
    detail: str | None = Field(description="The provider's own word for it")


class SurveyAnswered(Queued):
    """The customer answered a question of a survey."""

    question: Literal["csat", "nps", "ces", "resolved"]
    score: int = Field(ge=0, le=10)


class AgentRegistered(Contract):
    """An administrator created an agent."""

    profile: str
    pool: str


class AgentStateChanged(Contract):
    """An agent went routable, not ready or offline, or was set so."""

    state: Literal["OFFLINE", "NOT_READY", "ROUTABLE"]
    reason: str | None
    previous: str


CONTACTS = "centralino.contacts"
AGENTS = "centralino.agents"
CONSENTS = "centralino.consents"
RECORDINGS = "centralino.recordings"
SUPERVISION = "centralino.supervision"

#: detail-type -> (source, model of ``detail.data``).
EVENTS: dict[str, tuple[str, type[Contract]]] = {
    **{
        model.__name__: (CONTACTS, model)
        for model in (
            ContactStarted,
            ContactEnqueued,
            ContactOffered,
            OfferAccepted,
            OfferDeclined,
            OfferTimedOut,
            OfferFailed,
            OfferRescinded,
            ContactRequeued,
            ContactConnected,
            ContactHeld,
            ContactResumed,
            AgentLegLost,
            AgentRejoined,
            AgentLost,
            ContactWrapupStarted,
            ContactWrapupEnded,
            ContactAbandoned,
            ContactOverflowed,
            ContactClosed,
            ContactExpired,
            PostCallStarted,
            ContactTransferred,
            ConsultStarted,
            ConsultEnded,
            ConferenceJoined,
            ContactDialing,
            DialAnswered,
            DialFailed,
            ContactParked,
            ContactUnparked,
            PromiseMade,
            PaymentTaken,
            PaymentFailed,
            SurveyAnswered,
        )
    },
    **{model.__name__: (CONTACTS, model) for model in CALLBACK_EVENTS},
    **{model.__name__: (AGENTS, model) for model in (AgentRegistered, AgentStateChanged)},
    **{model.__name__: (CONSENTS, model) for model in (filed.ConsentGiven, filed.ConsentWithdrawn)},
    **{
        model.__name__: (RECORDINGS, model)
        for model in (
            filed.RecordingStarted,
            filed.RecordingPaused,
            filed.RecordingResumed,
            filed.RecordingStored,
            filed.RecordingFailed,
            filed.RecordingAccessed,
        )
    },
    **{
        model.__name__: (SUPERVISION, model)
        for model in (filed.SupervisionStarted, filed.SupervisionChanged, filed.SupervisionEnded)
    },
}
