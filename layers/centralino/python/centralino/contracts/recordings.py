"""Bodies of the agent API about consents and recordings."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from centralino.contracts.api import Body


class ConsentRequest(Body):
    """What the customer told the agent.

    ``token`` names this answer: sent again, for instance after a lost reply, it changes nothing.
    """

    purpose: Literal["recording", "survey", "sms", "email", "marketing"]
    given: bool
    text_version: str = Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._-]+$")
    token: str = Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")


class ConsentView(Body):
    """One answer; of those for a purpose the latest counts."""

    purpose: str
    given: bool
    at: int
    text_version: str
    evidence_contact: str
    step: str
    by: str


class ConsentsView(Body):
    """What a customer has agreed to and refused, by purpose and time."""

    contact_id: str
    consents: list[ConsentView]


class RecordingView(Body):
    """A recording, or the message a contact came of. Only a stored one can be listened to."""

    name: str
    kind: str = Field(description="`call` or `message`")
    state: str
    queue: str | None
    started_at: int
    seconds: int
    expires_at: int | None = Field(description="When it is forgotten; none: not stored")
    deadline: int | None = Field(description="When somebody should have listened to a message")
    reason: str | None = Field(description="Why there is no sound")


class RecordingsView(Body):
    """The recordings of a contact, by name."""

    contact_id: str
    recordings: list[RecordingView]


class AccessRequest(Body):
    """Why somebody wants to listen: kept with the record of the access."""

    reason: str = Field(min_length=3, max_length=200)


class AccessView(Body):
    """Where to listen, from now on and for ``expires_in`` seconds."""

    url: str
    expires_in: int
