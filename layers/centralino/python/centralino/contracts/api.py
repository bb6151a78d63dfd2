"""Bodies of the agent API. ``schemas/openapi.json`` is generated from these."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Body(BaseModel):
    """Base of every body: unknown fields are an error, not silence."""

    model_config = ConfigDict(extra="forbid")


class Problem(Body):
    """An error, as RFC 9457 describes it. ``code`` is stable and meant for programs."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str


class AgentStateRequest(Body):
    """The state an agent asks for."""

    state: Literal["OFFLINE", "NOT_READY", "ROUTABLE"]
    reason: str | None = Field(default=None, max_length=40, pattern=r"^[a-z0-9_-]+$")


class DeclineRequest(Body):
    """Why an offer is declined."""

    reason: str = Field(default="declined", max_length=40, pattern=r"^[a-z0-9_-]+$")


class DispositionRequest(Body):
    """How the contact ended, one of the queue's dispositions."""

    code: str = Field(min_length=1, max_length=60, pattern=r"^[a-z0-9_-]+$")


class Destination(Body):
    """Where to: exactly one of a queue, an agent, or an outside number in E.164."""

    queue: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_-]{0,31}$")
    agent: str | None = Field(default=None, pattern=r"^ag_[0-9A-HJKMNP-TV-Z]{26}$")
    number: str | None = Field(default=None, pattern=r"^\+[1-9][0-9]{6,14}$")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(value is not None for value in (self.queue, self.agent, self.number)) != 1:
            raise ValueError("give exactly one of queue, agent and number")
        return self


class PhoneRequest(Body):
    """The phone on which the agent takes calls where no page is one, in E.164; null for none."""

    number: str | None = Field(pattern=r"^\+[1-9][0-9]{6,14}$")


class TransferRequest(Body):
    """To whom the customer is handed on, or who is to be asked."""

    to: Destination


class DigitsRequest(Body):
    """Keys for the other side to hear. A repeated ``request`` is never heard twice."""

    digits: str = Field(
        pattern=r"^[0-9*#w]{1,32}$", repr=False, description="w is half a second of silence"
    )
    request: str = Field(
        pattern=r"^[A-Za-z0-9_-]{8,64}$", description="The page's own name of this pressing"
    )
    to: Literal["customer", "party"] | None = Field(
        default=None, description="By default the third party where there is one"
    )


class ConferenceRequest(Body):
    """Who is to join; nobody new where a party is being consulted already."""

    to: Destination | None = None


class SegmentView(Body):
    """One agent's time on a contact, in UTC milliseconds."""

    rid: str
    agent_id: str
    queue: str
    accepted_at: int
    connected_at: int | None
    ended_at: int | None
    wrapped_at: int | None
    disposition: str | None


class ContactView(Body):
    """A contact as an agent with a part in it sees it."""

    contact_id: str
    state: str
    version: int
    channel: str
    direction: str
    language: str
    queue: str | None
    rid: str | None
    enqueued_at: int | None
    expires_at: int | None
    segments: list[SegmentView]
    parent: str | None = Field(description="The customer's contact, of a third party's")
    kind: str | None = Field(description="What the third party is for: consult, conference, ...")
    party: str | None = Field(description="The third party's own contact")
    recording: Literal["on", "paused", "off"] = "off"
    deadline: int | None = Field(
        default=None,
        description="When somebody should have listened to the message it came of",
    )
    rejoin_until: int | None = Field(
        default=None,
        description="The leg of the agent in the talk is gone; until then it may rejoin",
    )
    muted: bool = Field(default=False, description="Nobody hears the agent in the talk")


class SlotView(Body):
    """One contact the agent holds, by the offer or segment that holds it."""

    rid: str
    contact: ContactView


class AgentView(Body):
    """The agent who is signed in. ``server_time`` is what the page should count from."""

    agent_id: str
    state: str
    reason: str | None
    version: int
    profile: str
    business_unit: str
    slots: list[SlotView]
    server_time: int


class TicketView(Body):
    """How to open the realtime connection: connect to ``url`` within 60 seconds."""

    ticket: str
    url: str
    expires_in: int = 60


class DecisionView(Body):
    """Why a contact was offered to this agent and not to the others, as recorded and in words.

    Each of ``candidates`` is an agent and a reason code, the chosen one first; ``others`` says
    the same of those who were not chosen, a sentence each.
    """

    rid: str
    agent_id: str
    queue: str
    at: int
    waited_ms: int
    rule: str
    step: int
    candidates: list[tuple[str, str]]
    chosen: str
    others: list[str]
    waited: str


class DecisionsView(Body):
    """Every decision about a contact, oldest first."""

    contact_id: str
    language: str
    decisions: list[DecisionView]
