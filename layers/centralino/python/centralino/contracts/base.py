"""What every published contract is based on."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Contract(BaseModel):
    """Base of every contract: nothing unknown goes out."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class OfPart(Contract):
    """What is about one agent's part in a contact."""

    queue: str
    agent_id: str
    rid: str = Field(description="The offer: contact id, #, contact version")


class Queued(Contract):
    """What is about a contact that may be in a queue."""

    queue: str | None
