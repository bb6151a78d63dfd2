"""Frames of the realtime connection. ``schemas/asyncapi.yaml`` is generated from these."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_FRAME = 32 * 1024


class Frame(BaseModel):
    """Base of every frame."""

    model_config = ConfigDict(extra="forbid")


class OfferFrame(Frame):
    """A contact is offered. Acknowledge within 3 s, answer before ``expires_at``."""

    type: Literal["offer"] = "offer"
    rid: str
    contact_id: str
    number: int = Field(description="Of the offer, for the accept and decline addresses")
    queue: str
    channel: str
    waited_ms: int
    expires_at: int
    at: int


class OfferEndedFrame(Frame):
    """An offer is no longer to be answered."""

    type: Literal["offer_ended"] = "offer_ended"
    contact_id: str
    rid: str
    reason: str
    at: int


class ContactFrame(Frame):
    """A contact of this agent changed."""

    type: Literal["contact"] = "contact"
    contact_id: str
    rid: str
    state: str
    queue: str | None
    version: int
    rejoin_until: int | None = Field(
        default=None, description="The agent's leg is gone; until then it may rejoin"
    )
    muted: bool = Field(default=False, description="Nobody in the talk hears the agent")
    no_selling: bool = Field(
        default=False, description="Called back as asked, though on the do-not-call list: no sales"
    )
    called_meanwhile: bool = Field(
        default=False, description="This customer, called back now, has called in vain meanwhile"
    )
    callback: str | None = Field(
        default=None,
        description="The customer was to be called back about this, and need not be any more",
    )
    at: int


class AgentFrame(Frame):
    """The agent's own state changed."""

    type: Literal["agent"] = "agent"
    state: str
    reason: str | None
    version: int
    at: int


class ErrorFrame(Frame):
    """The last message could not be used."""

    type: Literal["error"] = "error"
    code: str
    detail: str


class AckMessage(Frame):
    """The page says that an offer reached it."""

    action: Literal["ack"]
    rid: str = Field(max_length=64)


class PingMessage(Frame):
    """Keep the connection from idling. Nothing answers it and nothing is stored."""

    action: Literal["ping"]


SENT_BY_SERVER: tuple[type[Frame], ...] = (
    OfferFrame,
    OfferEndedFrame,
    ContactFrame,
    AgentFrame,
    ErrorFrame,
)
SENT_BY_PAGE: tuple[type[Frame], ...] = (AckMessage, PingMessage)
