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
    no_selling: bool = Field(
        default=False,
        description="The customer is on the do-not-call list: called for what they asked, no more",
    )


class CallbackPromised(Queued):
    """The customer was told when the phone will ring: in this half-open window."""

    kind: Literal["callback"]
    callback_id: str
    window_start: int
    window_end: int
    zone: str = Field(description="IANA name of the zone in which it was told")
    estimator: str = Field(description="The method behind the window")


class CallbackPostponed(Queued):
    """Nobody calls before `not_before`: `closed`, or the outcome of the attempt before."""

    not_before: int
    reason: str


class CallbackMoved(Queued):
    """Another time holds from here on; `CallbackPromised` follows where one is promised.

    What the customer moves before its window begins is taken back; moved by us it is broken.
    """

    callback_id: str
    by: Literal["customer", "agent", "supervisor"]
    not_before: int
    until: int
    old_window_start: int | None = Field(description="What was promised, if anything")
    old_window_end: int | None
    window_start: int | None = Field(description="What is promised now, if anything")
    window_end: int | None


class CallbackReassigned(Queued):
    """Another queue calls the customer, or an agent is asked first; what was promised stays."""

    callback_id: str
    by: Literal["agent", "supervisor"]
    from_queue: str | None
    to_agent: str | None = Field(description="Who is asked first, if anybody")


class CallbackHeld(Queued):
    """The customer is on the line by another contact: the callback waits for how that ends."""

    by: str = Field(description="The other contact")


class CallbackReleased(Queued):
    """The other contact ended without an agent: the callback goes on in its place."""


class CallbackDialed(Queued):
    """The customer is being called, by whose agent is on the line; without one: called first."""

    agent_id: str | None
    rid: str | None = Field(description="The offer: contact id, #, contact version")
    callback_id: str
    attempt: int = Field(ge=1)


class CallbackRang(Queued):
    """The customer's phone rings."""

    callback_id: str
    attempt: int = Field(ge=1)


class CallbackAnswered(Queued):
    """The customer, called first, is on the line and waits for an agent."""

    callback_id: str
    attempt: int = Field(ge=1)


class CallbackUnreached(Queued):
    """An attempt ended without the customer; `left`: they hung up before an agent was found."""

    callback_id: str
    attempt: int = Field(ge=1)
    outcome: Literal["busy", "no_answer", "machine", "failed", "agent_left", "left"]


class CallbackConnected(OfPart):
    """Customer and agent talk: `ContactConnected` follows. An end of the callback."""

    callback_id: str
    attempt: int = Field(ge=1)


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
    CallbackMoved,
    CallbackReassigned,
    CallbackHeld,
    CallbackReleased,
    CallbackDialed,
    CallbackRang,
    CallbackAnswered,
    CallbackUnreached,
    CallbackConnected,
    CallbackCancelled,
    CallbackSuperseded,
    CallbackExpired,
    CallbackExhausted,
)
