"""The published events of consents and recordings: what is filed beside contacts and agents."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from centralino.contracts.base import Contract


class _Consent(Contract):
    subject: str = Field(
        description="Opaque; the contact itself where the caller is anonymous: then it stands "
        "for that contact alone"
    )
    purpose: Literal["recording", "survey", "sms", "email", "marketing"]
    text_version: str = Field(description="The wording that was heard or read")
    evidence_contact: str = Field(description="Where the answer was given")
    by: Literal["flow", "agent", "web", "api"]


class ConsentGiven(_Consent):
    """A customer agreed to something."""


class ConsentWithdrawn(_Consent):
    """A customer refused, or took back what had been agreed to."""


class _Recording(Contract):
    contact: str
    name: str = Field(description="The contact, the part it is of, and the take where not first")
    kind: Literal["call", "message"]
    queue: str | None


class RecordingStarted(_Recording):
    """The carrier records."""


class RecordingPaused(_Recording):
    """What follows is left out."""

    reason: Literal["agent", "payment"]


class RecordingResumed(_Recording):
    """It is recorded again."""


class RecordingStored(_Recording):
    """The sound is kept here, and is the carrier's no more."""

    seconds: int = Field(ge=0)
    bytes: int = Field(ge=0)
    days: int = Field(ge=1, description="For how long it is kept")


class RecordingFailed(_Recording):
    """There is no sound: the carrier could not record, lost it, or never told its end."""

    reason: str


class _Supervision(Contract):
    contact: str
    by: str = Field(description="The agent id of the supervisor")


class SupervisionStarted(_Supervision):
    """A supervisor entered a conversation; the agents in it are not told."""

    agent_id: str | None = Field(description="Who was talking")
    mode: Literal["monitor", "coach", "barge"]


class SupervisionChanged(_Supervision):
    """A supervisor is heard by others than before."""

    mode: Literal["monitor", "coach", "barge"]


class SupervisionEnded(_Supervision):
    """A supervisor is out of the conversation, or never got in."""

    reason: str = Field(description="left, conversation_ended, not_reached or refused")
    seconds: int = Field(ge=0)


class RecordingAccessed(Contract):
    """Somebody was given a recording to listen to."""

    contact: str
    name: str
    by: str = Field(description="The agent id of who asked")
