"""How a team writes a call flow: its shape, field by field.

``schemas/flow.schema.json`` is generated from these models. They check what can be seen in one
place; :mod:`centralino.domain.flows.checks` checks how the steps fit together.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from centralino.contracts.fields import Duration, Id, Language, Part
from centralino.domain.flows.model import LONGEST_BUDGET_MS

Variable = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Digit = Annotated[str, Field(pattern=r"^[0-9*#]$")]
Said = Annotated[str, Field(min_length=1, max_length=3_000)]
Tries = Annotated[int, Field(ge=1, le=5)]
Timeout = Annotated[Duration, Field(ge=1_000, le=30_000)]
#: On the loopback a team tries a flow on its own machine.
HTTP_ADDRESS = r"^(https://|http://(127\.0\.0\.1|localhost)[:/])\S+$"

#: The functions that ``call_events`` may call bear such names.
FUNCTION = r"^centralino-source-[a-zA-Z0-9_-]{1,40}$"


class UtterancePart(Part):
    """Words for one language that are more than plain: one of ``text``, ``ssml``, ``audio``."""

    text: Said | None = None
    ssml: Said | None = None
    audio: Annotated[str, Field(pattern=HTTP_ADDRESS, max_length=500)] | None = None
    voice: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,39}$")] | None = None

    @model_validator(mode="after")
    def _one(self) -> UtterancePart:
        if sum(part is not None for part in (self.text, self.ssml, self.audio)) != 1:
            raise ValueError("exactly one of text, ssml and audio is needed")
        if self.audio is not None and self.voice is not None:
            raise ValueError("a recorded file has its own voice")
        return self


WordsPart = Annotated[dict[Language, Said | UtterancePart], Field(min_length=1)]


# --------------------------------------------------------------------------- conditions


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


class VariablePart(Part):
    """A variable equals a value or one of several, is a number under or over one, or is set."""

    variable: Variable
    equals: Value | None = None
    in_: list[Value] | None = Field(default=None, alias="in", min_length=1)
    under: int | None = None
    over: int | None = None
    present: Literal[True] | None = None

    @model_validator(mode="after")
    def _one(self) -> VariablePart:
        given = (self.equals, self.in_, self.under, self.over, self.present)
        if sum(part is not None for part in given) != 1:
            raise ValueError("exactly one of equals, in, under, over and present is needed")
        return self


class OpenPart(Part):
    """These hours are open now."""

    open: Id


class HolidayPart(Part):
    """Today is a holiday by the calendar of these hours."""

    holiday: Id


class QueueOpenPart(Part):
    """This queue is open now."""

    queue_open: Id


class WaitingPart(Part):
    """Fewer or more contacts than this wait in a queue."""

    waiting: Id
    under: Annotated[int, Field(ge=1, le=1000)] | None = None
    over: Annotated[int, Field(ge=0, le=1000)] | None = None

    @model_validator(mode="after")
    def _one(self) -> WaitingPart:
        if (self.under is None) is (self.over is None):
            raise ValueError("exactly one of under and over is needed")
        return self


class WaitPart(Part):
    """The wait to expect in a queue, which must announce something, is under or over this."""

    wait: Id
    under: Duration | None = None
    over: Duration | None = None

    @model_validator(mode="after")
    def _one(self) -> WaitPart:
        if (self.under is None) is (self.over is None):
            raise ValueError("exactly one of under and over is needed")
        return self


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
    | Annotated[LanguagePart, Tag("language")],
    Discriminator(
        _kind,
        custom_error_type="condition",
        custom_error_message=f"a condition has exactly one of {', '.join(CONDITIONS)}",
    ),
]


# --------------------------------------------------------------------------- steps


class SayPart(Part):
    """Speak, then go on."""

    do: Literal["say"]
    texts: WordsPart
    then: Id


class ChoicePart(Part):
    """Where a digit leads, and what may be said instead, by language."""

    to: Id
    say: dict[Language, Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]]


def _led(value: Any) -> Any:
    return {"to": value, "say": {}} if isinstance(value, str) else value


class MenuPart(Part):
    """Speak, wait for a digit or a phrase; after ``tries`` go to ``otherwise``."""

    do: Literal["menu"]
    texts: WordsPart
    choices: Annotated[
        dict[
            Digit,
            Annotated[ChoicePart, BeforeValidator(_led, json_schema_input_type=Id | ChoicePart)],
        ],
        Field(min_length=1),
    ]
    otherwise: Id
    invalid: WordsPart
    tries: Tries = 3
    timeout: Timeout = 5_000


class CollectPart(Part):
    """Ask for a value and keep it in a variable; after ``tries`` go to ``otherwise``."""

    do: Literal["collect"]
    texts: WordsPart
    into: Variable
    type: Literal["digits", "date", "amount", "order", "phone"]
    then: Id
    otherwise: Id
    invalid: WordsPart
    tries: Tries = 3
    timeout: Timeout = 5_000
    min: Annotated[int, Field(ge=1, le=20)] = 1
    max: Annotated[int, Field(ge=1, le=20)] = 20
    pattern: Annotated[str, Field(max_length=60)] | None = None
    speech: bool = False
    sensitive: bool = False


class AnnounceAgentCountryPart(Part):
    """Say where agents answer from; who presses ``digit`` gets one in Italy or the EU."""

    do: Literal["announce_agent_country"]
    texts: WordsPart
    then: Id
    digit: Digit = "1"
    timeout: Timeout = 5_000


class SetPart(Part):
    """Give variables values, or change the caller's language."""

    do: Literal["set"]
    values: dict[Variable, Annotated[str, Field(max_length=120)]] = Field(default={})
    language: Language | None = None
    then: Id


class CasePart(Part):
    """Where a branch leads when its condition holds."""

    when: ConditionPart
    to: Id


class BranchPart(Part):
    """Go where the first case leads that holds; what cannot be decided goes to ``otherwise``."""

    do: Literal["branch"]
    cases: Annotated[list[CasePart], Field(min_length=1, max_length=20)]
    otherwise: Id


class OutputPart(Part):
    """Where the answer holds a value (``order.status``), and how many bytes it may have."""

    from_: str = Field(alias="from", pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){0,4}$")
    max: Annotated[int, Field(ge=1, le=200)] = 40


class FetchPart(Part):
    """Ask a data source; if it fails or is late, say ``fallback`` and go to ``otherwise``."""

    do: Literal["fetch"]
    url: Annotated[str, Field(pattern=HTTP_ADDRESS, max_length=500)] | None = None
    lambda_: str | None = Field(default=None, alias="lambda", pattern=FUNCTION)
    inputs: dict[Variable, Annotated[str, Field(max_length=200)]] = Field(default={})
    outputs: dict[Variable, OutputPart] = Field(default={})
    budget: Annotated[Duration, Field(ge=100, le=LONGEST_BUDGET_MS)] = 2_000
    fallback: WordsPart
    then: Id
    otherwise: Id

    @model_validator(mode="after")
    def _one(self) -> FetchPart:
        if (self.url is None) is (self.lambda_ is None):
            raise ValueError("exactly one of url and lambda is needed")
        return self


class EnqueuePart(Part):
    """Wait for an agent of a queue; the texts are heard meanwhile."""

    do: Literal["enqueue"]
    texts: WordsPart
    queue: Id
    plan: Id
    near_plan: Id | None = None
    priority: Annotated[int, Field(ge=0, le=1000)] = 0


class RunPart(Part):
    """Walk through another flow, and go on here when it returns."""

    do: Literal["run"]
    flow: Id
    then: Id


class ReturnPart(Part):
    """Go back to the flow that runs this one."""

    do: Literal["return"]


class HangupPart(Part):
    """Speak and end the call: the caller got what was wanted."""

    do: Literal["hangup"]
    texts: WordsPart


FlowStepPart = Annotated[
    SayPart
    | MenuPart
    | CollectPart
    | AnnounceAgentCountryPart
    | SetPart
    | BranchPart
    | FetchPart
    | EnqueuePart
    | RunPart
    | ReturnPart
    | HangupPart,
    Field(discriminator="do"),
]


class FlowPart(Part):
    """A call flow: named steps, beginning with ``start``.

    ``person`` is the enqueue step to which a caller goes when another step fails; the first one
    of the file unless given.
    """

    start: Id
    person: Id | None = None
    steps: Annotated[dict[Id, FlowStepPart], Field(min_length=1, max_length=100)]


class FlowFile(FlowPart):
    """A file that holds one flow; ``flow`` is its id."""

    flow: Id


AllPart.model_rebuild()
AnyPart.model_rebuild()
NotPart.model_rebuild()
