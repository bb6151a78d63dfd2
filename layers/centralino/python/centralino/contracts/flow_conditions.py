"""How a team writes the conditions of a branch; see :mod:`.flow_file`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from centralino.contracts.fields import Duration, Id, Language, Part

Variable = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]


class AllPart(Part):
    """Every one of these holds."""

    all: Annotated[list[ConditionPart], Field(min_length=1)]


class AnyPart(Part):
    """At least one of these holds."""

    any: Annotated[list[ConditionPart], Field(min_length=1)]


class NotPart(Part):
    """This does not hold."""

    not_: ConditionPart = Field(alias="not")


def _written(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value


Value = Annotated[str, BeforeValidator(_written, json_schema_input_type=str | int | bool)]


class _Comparison(Part):
    equals: Value | None = None
    in_: list[Value] | None = Field(default=None, alias="in", min_length=1)
    under: int | None = None
    over: int | None = None
    present: Literal[True] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = (self.equals, self.in_, self.under, self.over, self.present)
        if sum(part is not None for part in given) != 1:
            raise ValueError("exactly one of equals, in, under, over and present is needed")
        return self


class _Bound(Part):
    under: int | None = None
    over: int | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.under is None) is (self.over is None):
            raise ValueError("exactly one of under and over is needed")
        return self


class VariablePart(_Comparison):
    """A variable equals a value or one of several, is a number under or over one, or is set."""

    variable: Variable


class OpenPart(Part):
    """These hours are open now."""

    open: Id


class HolidayPart(Part):
    """Today is a holiday by the calendar of these hours."""

    holiday: Id


class QueueOpenPart(Part):
    """This queue is open now."""

    queue_open: Id


class WaitingPart(_Bound):
    """Fewer or more contacts than this wait in a queue."""

    waiting: Id
    under: Annotated[int, Field(ge=1, le=1000)] | None = None
    over: Annotated[int, Field(ge=0, le=1000)] | None = None


class WaitPart(_Bound):
    """The wait to expect in a queue, which must announce something, is under or over this."""

    wait: Id
    under: Duration | None = None
    over: Duration | None = None


class CustomerPart(_Comparison):
    """What is known of the caller equals a value or one of several, or is known at all."""

    customer: Variable


def _several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class LineConditionPart(Part):
    """The caller called this line, or one of these."""

    line: Annotated[
        list[Id],
        BeforeValidator(_several, json_schema_input_type=Id | list[Id]),
        Field(min_length=1),
    ]


class LanguagePart(Part):
    """The caller is spoken to in this language."""

    language: Language


#: The keys by which a condition is recognised.
CONDITIONS = (
    "all",
    "any",
    "not",
    "variable",
    "open",
    "holiday",
    "queue_open",
    "waiting",
    "wait",
    "line",
    "language",
    "customer",
)


def _kind(value: Any) -> str | None:
    keys = [key for key in CONDITIONS if isinstance(value, dict) and key in value]
    return keys[0] if len(keys) == 1 else None


ConditionPart = Annotated[
    Annotated[AllPart, Tag("all")]
    | Annotated[AnyPart, Tag("any")]
    | Annotated[NotPart, Tag("not")]
    | Annotated[VariablePart, Tag("variable")]
    | Annotated[OpenPart, Tag("open")]
    | Annotated[HolidayPart, Tag("holiday")]
    | Annotated[QueueOpenPart, Tag("queue_open")]
    | Annotated[WaitingPart, Tag("waiting")]
    | Annotated[WaitPart, Tag("wait")]
    | Annotated[LineConditionPart, Tag("line")]
    | Annotated[LanguagePart, Tag("language")]
    | Annotated[CustomerPart, Tag("customer")],
    Discriminator(
        _kind,
        custom_error_type="condition",
        custom_error_message=f"a condition has exactly one of {', '.join(CONDITIONS)}",
    ),
]

AllPart.model_rebuild()
AnyPart.model_rebuild()
NotPart.model_rebuild()
