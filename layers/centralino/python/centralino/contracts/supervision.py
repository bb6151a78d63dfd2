"""Bodies of the routes with which supervisors enter conversations, and of browser telephones."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from centralino.contracts.api import Body

ModeName = Literal["monitor", "coach", "barge"]


class SupervisionRequest(Body):
    """By whom a supervisor is heard: nobody, the agent alone, or all."""

    mode: ModeName


class SupervisionView(Body):
    """A supervisor in a conversation. ``contact_id`` is the customer's contact."""

    contact_id: str
    agent_id: str = Field(description="The supervisor")
    leg: str = Field(description="What the supervisor is in the conversation: a page enters as it")
    mode: ModeName
    since: int
    listening: bool = Field(description="False once the supervisor has left")


class TelephoneView(Body):
    """What the provider's library in the browser signs in with."""

    token: str
    identity: str
    expires_in: int = Field(description="In seconds")
