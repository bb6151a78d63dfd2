"""Conversations that try a flow, kept beside it: ``welcome.yaml`` and ``welcome.tests.yaml``.

A conversation says what is so (``given``), what the caller does and hears in turn (``talk``), and
how it ends.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from centralino.contracts.fields import Duration, Id, Language, Part
from centralino.contracts.flow_file import Value

Keys = Annotated[
    str, BeforeValidator(lambda v: str(v) if isinstance(v, int) else v), Field(min_length=1)
]


class GivenPart(Part):
    """What is so during a conversation; what is not given cannot be told.

    ``answers`` are those of data sources, by the step that asks: an object, or ``late``.
    """

    open: dict[Id, bool] = Field(default={})
    holiday: dict[Id, bool] = Field(default={})
    queue_open: dict[Id, bool] = Field(default={})
    waiting: dict[Id, int] = Field(default={})
    wait: dict[Id, Duration] = Field(default={})
    answers: dict[Id, dict[str, Any] | Literal["late"]] = Field(default={})


class TurnPart(Part):
    """One thing the caller does or hears. ``hears`` is part of what is heard, in order."""

    hears: str | None = None
    presses: Keys | None = None
    says: str | None = None
    silent: Literal[True] | None = None
    at: Id | None = None

    @model_validator(mode="after")
    def _one(self) -> TurnPart:
        given = (self.hears, self.presses, self.says, self.silent, self.at)
        if sum(part is not None for part in given) != 1:
            raise ValueError("exactly one of hears, presses, says, silent and at is needed")
        return self


class EndPart(Part):
    """How a conversation ends: waiting in a queue, or with the call."""

    queue: Id | None = None
    plan: Id | None = None
    priority: int | None = None
    hangup: Literal[True] | None = None

    @model_validator(mode="after")
    def _one(self) -> EndPart:
        if (self.queue is None) is (self.hangup is None):
            raise ValueError("exactly one of queue and hangup is needed")
        return self


class ConversationPart(Part):
    """One conversation.

    ``told`` is what data sources must have been told, by step; ``fails`` are the reasons for which
    steps fail in it, in order: none unless given.
    """

    name: str
    language: Language = "en"
    line: str = ""
    given: GivenPart = GivenPart()
    talk: Annotated[list[TurnPart], Field(min_length=1)]
    ends: EndPart
    told: dict[Id, dict[str, Value]] = Field(default={})
    fails: list[str] = Field(default=[])


class FlowTests(Part):
    """The file."""

    conversations: Annotated[list[ConversationPart], Field(min_length=1)]
