"""Bodies of the callback routes. ``schemas/openapi.json`` is generated from these."""

from __future__ import annotations

from pydantic import Field

from centralino.contracts.api import Body

QUEUE = r"^[a-z][a-z0-9_-]{0,31}$"


class CallbackRequest(Body):
    """Book a callback for a customer. The number is kept until the customer is reached."""

    queue: str = Field(pattern=QUEUE)
    number: str = Field(pattern=r"^\+[1-9][0-9]{6,14}$", description="E.164")
    line: str | None = Field(
        default=None, pattern=QUEUE, description="Whose number the customer sees"
    )
    topic: str | None = Field(
        default=None, pattern=r"^[a-z0-9_-]{1,40}$", description="What it is about"
    )


class CallbackBooked(Body):
    """What became of a request: a new callback, or the one that stands already."""

    callback_id: str
    already: bool
    expected_at: int | None = Field(description="When the phone is likely to ring, UTC ms")
    window_start: int | None
    window_end: int | None = Field(description="What the customer may be promised, half open")


class AttemptView(Body):
    """One call to the customer."""

    number: int
    asked_at: int
    rang_at: int | None
    answered_at: int | None
    outcome: str | None


class CallbackView(Body):
    """A callback as agents see it. Nobody is shown the number."""

    callback_id: str
    contact_id: str
    state: str
    queue: str
    topic: str
    requested_at: int
    not_before: int
    until: int
    window_start: int | None
    window_end: int | None
    attempts: list[AttemptView]
    previous: str | None = Field(description="The asking contact")


class CallbacksView(Body):
    """The open callbacks of a queue, at most a hundred."""

    queue: str
    callbacks: list[CallbackView]
