"""Bodies of the agent API. ``schemas/openapi.json`` is generated from these."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


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
    """Why a contact was offered to this agent and not to the others."""

    rule: str
    step: int
    candidates: list[tuple[str, str]]


class DecisionsView(Body):
    """The decision in force for a contact."""

    contact_id: str
    decision: DecisionView | None
