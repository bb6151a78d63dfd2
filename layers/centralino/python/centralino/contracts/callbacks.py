"""Bodies of the callback routes. ``schemas/openapi.json`` is generated from these."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from centralino.contracts.api import Body

QUEUE = r"^[a-z][a-z0-9_-]{0,31}$"
AGENT = r"^ag_[A-Za-z0-9_-]{1,64}$"
_ZONE = r"^[A-Za-z0-9_+/-]{1,64}$"


class At(Body):
    """A time, one way or the other: an instant, or what a clock on the wall shows."""

    at: int | None = Field(default=None, ge=0, description="UTC ms")
    local_time: str | None = Field(
        default=None, max_length=40, description="ISO 8601, as 2027-03-28T09:30"
    )
    zone: str | None = Field(
        default=None, pattern=_ZONE, description="IANA; that of the queue's hours if not given"
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if self.at is not None and self.local_time is not None:
            raise ValueError("at and local_time say the same thing: give one")
        return self


class CallbackRequest(At):
    """Book a callback for a customer. The number is kept until the customer is reached."""

    queue: str = Field(pattern=QUEUE)
    number: str = Field(pattern=r"^\+[1-9][0-9]{6,14}$", description="E.164")
    line: str | None = Field(
        default=None, pattern=QUEUE, description="Whose number the customer sees"
    )
    topic: str | None = Field(
        default=None, pattern=r"^[a-z0-9_-]{1,40}$", description="What it is about"
    )
    mine: bool = Field(
        default=False,
        description="Whoever books it is asked first, for as long as the queue's plan waits",
    )


class CallbackBooked(Body):
    """What became of a request: a new callback, or the one that stands already."""

    callback_id: str
    already: bool
    expected_at: int | None = Field(description="When the phone is likely to ring, UTC ms")
    window_start: int | None
    window_end: int | None = Field(description="What the customer may be promised, half open")


class CallbackMove(At):
    """Another time for a callback; without one, as soon as it is its turn."""

    for_customer: bool = Field(
        default=False, description="The customer asked for it: else we break our promise"
    )


class CallbackReassign(Body):
    """To whom a callback is given: a queue, an agent who is asked first, or both."""

    queue: str | None = Field(default=None, pattern=QUEUE)
    agent: str | None = Field(default=None, pattern=AGENT)


class AttemptView(Body):
    """One call to the customer."""

    number: int
    asked_at: int
    rang_at: int | None
    answered_at: int | None
    outcome: str | None


class HistoryEntry(Body):
    """One thing that happened to a callback: the event, and who had it done if a person did."""

    at: int
    sequence: int
    type: str
    data: dict[str, Any]
    who: str | None
    role: Literal["agent", "supervisor"] | None


class PromiseView(Body):
    """What the customer was promised, and what became of it."""

    made_at: int
    window_start: int
    window_end: int
    verdict: Literal["kept", "broken", "void", "pending"]
    reached_in_window: bool


class CallbackRow(Body):
    """A callback in a list. Nobody is shown the number."""

    callback_id: str
    contact_id: str
    business_unit: str
    state: str
    queue: str
    topic: str
    requested_at: int
    not_before: int
    until: int
    window_start: int | None
    window_end: int | None
    agent: str | None = Field(description="Who has it, or had it last")
    preferred: str | None = Field(description="Who is asked first")
    previous: str | None = Field(description="The asking contact")
    ended_at: int | None
    reason: str | None = Field(description="Why it ended, where that is told")
    attempt_count: int


class CallbackView(CallbackRow):
    """A callback with its attempts, its promises and all that happened to it."""

    version: int
    attempts: list[AttemptView]
    promises: list[PromiseView]
    history: list[HistoryEntry]


class CallbacksView(Body):
    """A page of callbacks. It may be short, or empty, and still have a next."""

    callbacks: list[CallbackRow]
    cursor: str | None = Field(description="Where the next page begins; none: this was the last")


class SlotView(Body):
    """A time that can be promised, half open."""

    start: int
    end: int
    free: int


class SlotsView(Body):
    """The times of a queue that can be had."""

    queue: str
    slots: list[SlotView]
