"""How a team writes a call flow: its shape, field by field.

``schemas/flow.schema.json`` is generated from these models. They check what can be seen in one
place; :mod:`centralino.domain.flows.checks` checks how the steps fit together.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from centralino.contracts.fields import Duration, Id, Language, Part
from centralino.contracts.flow_conditions import ConditionPart, Variable
from centralino.contracts.flow_ventures import (
    ConsentPart,
    OfferCallbackPart,
    PayPart,
    PickTimePart,
    SurveyPart,
    TransferPart,
    VoicemailPart,
)
from centralino.contracts.flow_words import Address, Digit, Timeout, Tries, WordsPart
from centralino.domain.flows.model import LONGEST_BUDGET_MS

#: The functions that ``call_events`` may call bear such names.
FUNCTION = r"^centralino-source-[a-zA-Z0-9_-]{1,40}$"


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
    url: Address | None = None
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


class WaitOfferPart(Part):
    """Something offered in line: who presses ``digit`` goes to the step ``to``.

    It is offered ``every`` so often; with ``over`` only while the expected wait is longer, with
    ``late`` only once the announced wait is over: then at once.
    """

    digit: Digit
    to: Id
    texts: WordsPart
    every: Annotated[Duration, Field(ge=10_000, le=3_600_000)] = 60_000
    over: Annotated[Duration, Field(ge=1_000)] | None = None
    late: Literal[True] | None = None

    @model_validator(mode="after")
    def _one(self) -> WaitOfferPart:
        if self.over is not None and self.late:
            raise ValueError("over and late do not go together")
        return self


class InLinePart(Part):
    """What is heard and offered in line: music between the words, said every ``interval``."""

    music: Address | None = None
    interval: Annotated[Duration, Field(ge=5_000, le=600_000)] = 20_000
    offers: Annotated[list[WaitOfferPart], Field(max_length=5)] = Field(default=[])


class EnqueuePart(Part):
    """Wait for an agent of a queue; the texts are heard meanwhile."""

    do: Literal["enqueue"]
    texts: WordsPart
    queue: Id
    plan: Id
    near_plan: Id | None = None
    priority: Annotated[int, Field(ge=0, le=1000)] = 0
    waiting: InLinePart | None = None


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
    | HangupPart
    | VoicemailPart
    | TransferPart
    | PayPart
    | ConsentPart
    | OfferCallbackPart
    | PickTimePart
    | SurveyPart,
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
