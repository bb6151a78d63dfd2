"""The published events of callbacks: asked for, promised, tried, and how each ended."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from centralino.contracts.base import Contract, OfPart, Queued


class CallbackRequested(Queued):
    """A customer will be called back; the contact that does takes over the place in line."""

    callback_id: str
    topic: str
    asked_by: Literal["customer", "agent"]
    not_before: int
    until: int


class CallbackPromised(Queued):
    """The customer was told when the phone will ring: in this half-open window."""

    callback_id: str
    window_start: int
    window_end: int


class CallbackPostponed(Queued):
    """Nobody calls before `not_before`: `closed`, or the outcome of the attempt before."""

    not_before: int
    reason: str


class CallbackHeld(Queued):
    """The customer is on the line by another contact: the callback waits for how that ends."""

    by: str = Field(description="The other contact")


class CallbackReleased(Queued):
    """The other contact ended without an agent: the callback goes on in its place."""


class CallbackDialed(OfPart):
    """An agent is on the line and the customer is being called."""

    callback_id: str
    attempt: int = Field(ge=1)


class CallbackRang(Queued):
    """The customer's phone rings."""

    callback_id: str
    attempt: int = Field(ge=1)


class CallbackUnreached(Queued):
    """An attempt ended without the customer."""

    callback_id: str
    attempt: int = Field(ge=1)
    outcome: Literal["busy", "no_answer", "machine", "failed", "agent_left"]


class CallbackConnected(CallbackDialed):
    """The customer was reached: `ContactConnected` follows. An end of the callback."""


class _CallbackEnd(Queued):
    callback_id: str
    attempts: int = Field(ge=0)
    reason: str


class CallbackCancelled(_CallbackEnd):
    """The customer, or an agent for them, took the request back. An end."""


class CallbackSuperseded(_CallbackEnd):
    """The customer was served by another contact meanwhile. An end."""


class CallbackExpired(_CallbackEnd):
    """Its time was over before the customer was reached. An end."""


class CallbackExhausted(_CallbackEnd):
    """Every attempt was in vain. An end."""


#: In the order in which a callback may tell them.
CALLBACK_EVENTS: tuple[type[Contract], ...] = (
    CallbackRequested,
    CallbackPromised,
    CallbackPostponed,
    CallbackHeld,
    CallbackReleased,
    CallbackDialed,
    CallbackRang,
    CallbackUnreached,
    CallbackConnected,
    CallbackCancelled,
    CallbackSuperseded,
    CallbackExpired,
    CallbackExhausted,
)
