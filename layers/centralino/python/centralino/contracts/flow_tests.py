"""Conversations that try a flow, kept beside it: ``welcome.yaml`` and ``welcome.tests.yaml``.

A conversation says what is so (``given``), what the caller does and hears in turn (``talk``), and
how it ends.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from centralino.contracts.fields import Duration, Id, Language, Part
from centralino.contracts.flow_conditions import Value, Variable
from centralino.domain.telephony.capabilities import Capability

CALLBACK = r"^(refused|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2})$"

Keys = Annotated[
    str, BeforeValidator(lambda v: str(v) if isinstance(v, int) else v), Field(min_length=1)
]


class GivenPart(Part):
    """What is so during a conversation; what is not given cannot be told.

    ``answers`` are those of data sources, by the step that asks: an object, or ``late``.
    ``customer`` is what is known of the caller, ``callback`` the time that a call back is promised
    for (``refused``: none is booked), ``lacks`` what the provider of the line cannot do.
    """

    open: dict[Id, bool] = Field(default={})
    holiday: dict[Id, bool] = Field(default={})
    queue_open: dict[Id, bool] = Field(default={})
    waiting: dict[Id, int] = Field(default={})
    wait: dict[Id, Duration] = Field(default={})
    answers: dict[Id, dict[str, Any] | Literal["late"]] = Field(default={})
    customer: dict[Variable, Value] = Field(default={})
    callback: Annotated[str, Field(pattern=CALLBACK)] = "2026-05-01T14:30"
    lacks: list[Capability] = Field(default=[])


class TurnPart(Part):
    """One thing the caller does or hears, or the carrier does for them.

    ``hears`` is part of what is heard, in order. ``message`` is a spoken message of so many
    seconds, ``payment`` and ``dialled`` are how a payment and a call put through end.
    """

    hears: str | None = None
    presses: Keys | None = None
    says: str | None = None
    silent: Literal[True] | None = None
    at: Id | None = None
    message: Duration | None = None
    payment: Literal["paid", "declined", "cancelled", "invalid_input", "failed"] | None = None
    dialled: Literal["answered", "busy", "no_answer", "failed", "canceled"] | None = None

    @model_validator(mode="after")
    def _one(self) -> TurnPart:
        if len(self.model_fields_set) != 1 or None in self.model_dump(exclude_unset=True).values():
            raise ValueError(f"exactly one of {', '.join(TurnPart.model_fields)} is needed")
        return self


class EndPart(Part):
    """How a conversation ends: waiting in a queue, with the call, or with what it became.

    ``message`` and ``callback`` name the queue in which a spoken message or a call back waits.
    """

    queue: Id | None = None
    message: Id | None = None
    callback: Id | None = None
    plan: Id | None = None
    priority: int | None = None
    hangup: Literal[True] | None = None

    @model_validator(mode="after")
    def _one(self) -> EndPart:
        given = (self.queue, self.message, self.callback, self.hangup)
        if sum(part is not None for part in given) != 1:
            raise ValueError("exactly one of queue, message, callback and hangup is needed")
        return self


class ConversationPart(Part):
    """One conversation.

    ``told`` is what data sources must have been told, by step; ``fails`` are the reasons for which
    steps fail in it, in order: none unless given. ``records`` is what has been put on record, in
    order: events, ``ConsentGiven`` and ``ConsentRefused``.
    """

    name: str
    language: Language = "en"
    line: str = ""
    given: GivenPart = GivenPart()
    talk: Annotated[list[TurnPart], Field(min_length=1)]
    ends: EndPart
    told: dict[Id, dict[str, Value]] = Field(default={})
    fails: list[str] = Field(default=[])
    records: list[str] | None = None


class FlowTests(Part):
    """The file."""

    conversations: Annotated[list[ConversationPart], Field(min_length=1)]
