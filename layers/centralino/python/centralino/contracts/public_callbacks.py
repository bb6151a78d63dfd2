"""Bodies of the callback routes that nobody signs in for; ``schemas/openapi.json`` has them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from centralino.contracts.api import Body
from centralino.contracts.callbacks import QUEUE

TIME = Field(
    default=None,
    min_length=10,
    max_length=40,
    description="ISO 8601, such as 2027-03-29T09:30: in `zone`, unless it has an offset",
)
ZONE = Field(default=None, max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$", description="IANA name")


class PublicCallbackRequest(Body):
    """Ask to be called back. A code is sent to the number; nothing is booked before it is told."""

    queue: str | None = Field(default=None, pattern=QUEUE)
    line: str | None = Field(default=None, pattern=QUEUE, description="Where no queue is named")
    number: str = Field(min_length=3, max_length=24, pattern=r"^[0-9+() ./-]+$", repr=False)
    at: str | None = TIME
    zone: str | None = ZONE
    language: str | None = Field(default=None, pattern="^[a-z]{2}$")
    topic: str | None = Field(default=None, pattern=r"^[a-z0-9_-]{1,40}$")
    email: str | None = Field(
        default=None, max_length=254, pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+$", repr=False
    )


class PublicCallbackAsked(Body):
    """The code is on its way to the number. The same for every number that is called back."""

    request: str
    expires_at: int = Field(description="Until when the code is good, UTC ms")


class PublicCallbackConfirm(Body):
    """The code that was sent to the number."""

    request: str = Field(pattern=r"^rq_[0-9A-HJKMNP-TV-Z]{26}$")
    code: str = Field(pattern=r"^[0-9]{6}$", repr=False)


class PublicCallbackBooked(Body):
    """A callback that was booked, or the one that stood already."""

    callback_id: str
    already: bool
    expected_at: int | None = Field(description="When the phone is likely to ring, UTC ms")
    window_start: int | None
    window_end: int | None = Field(description="What is promised, half open")
    link: str = Field(
        description="Where it is moved or cancelled, from the API's address", repr=False
    )


class PublicSlot(Body):
    """A time that can be picked."""

    start: int
    end: int
    local: str = Field(description="As the wall clock of the zone shows the start")


class PublicSlotsView(Body):
    """The free times of a queue."""

    queue: str
    zone: str
    slots: list[PublicSlot]


class PublicCallbackView(Body):
    """A callback as the customer sees it whose link this is."""

    callback_id: str
    state: str
    queue: str
    zone: str
    window_start: int | None
    window_end: int | None
    not_before: int
    changeable: bool
    already: bool = Field(description="What was asked for had been done before")
    forms: dict[Literal["move", "cancel", "again"], str] = Field(
        description="What each change takes, to be sent back with it", repr=False
    )
