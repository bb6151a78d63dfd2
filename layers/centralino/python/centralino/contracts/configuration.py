"""The file in which a team writes its business rules: its shape, field by field.

``schemas/configuration.schema.json`` is generated from these models. They check what can be seen
in one place; :mod:`.configuration_checks` checks how the parts fit together. :func:`load` is the
way in: a file becomes a :class:`~centralino.domain.configuration.model.Configuration` or is
refused whole, with every problem and its line.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from centralino.contracts.configuration_source import ConfigurationError, read
from centralino.domain.configuration.model import Configuration
from centralino.domain.contacts.model import DEFAULT_TIER, Channel
from centralino.domain.routing.strategies import STRATEGIES

_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
_DURATION = re.compile(r"(\d+)(ms|s|m|h)")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
LONGEST_TIMER_MS = 900_000


def _milliseconds(value: Any) -> Any:
    if value == 0 and not isinstance(value, bool):
        return 0
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('a duration such as "500ms", "20s", "5m" or "1h" is needed')
    return int(found[1]) * _UNITS_MS[found[2]]


Duration = Annotated[
    int,
    BeforeValidator(_milliseconds),
    WithJsonSchema({"type": ["string", "integer"], "examples": ["20s", "5m", 0]}),
]
"""``500ms``, ``20s``, ``5m``, ``1h`` or 0; milliseconds once read."""

TimerDuration = Annotated[Duration, Field(le=LONGEST_TIMER_MS)]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
Texts = Annotated[dict[Literal["en", "it"], Annotated[str, Field(min_length=1)]], Field(min_length=1)]
Level = Annotated[int, Field(ge=1, le=10)]
Span = Annotated[str, Field(pattern=_SPAN.pattern, examples=["09:00-18:00", "22:00-06:00"])]


class Part(BaseModel):
    """Base of every part of the file: an unknown key is a mistake, not an extension."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ServiceLevelPart(Part):
    """Answer ``percent`` of contacts within ``target``."""

    target: Duration = 20_000
    percent: Annotated[int, Field(ge=1, le=100)] = 80


class BusinessUnitPart(Part):
    """A client or department, with the hours and service level of its contract."""

    names: Texts
    languages: Annotated[list[Literal["en", "it"]], Field(min_length=1)] = ["en"]
    hours: Id | None = None
    service_level: ServiceLevelPart = ServiceLevelPart()


class SkillPart(Part):
    """Something agents can at a level from 1 to ``levels``."""

    names: Texts
    levels: Level = 5


class HoursPart(Part):
    """Opening hours in a zone; days run from ``mon`` to ``sun``, ranges such as ``mon-fri``."""

    zone: str
    week: dict[str, list[Span]]
    holidays: Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")] | None = None
    days: dict[Annotated[str, Field(pattern=_DAY.pattern)], list[Span]] = {}


class StepPart(Part):
    """What is asked of an agent once a contact has waited ``after``."""

    after: Duration = 0
    skills: dict[Id, Level] = {}


class PlanPart(Part):
    """Channel, skills and how the need relaxes; ``prefer`` waits for a preferred agent first."""

    channel: Channel = Channel.VOICE
    prefer: Duration = 0
    steps: Annotated[list[StepPart], Field(min_length=1)] = [StepPart()]


class OverflowPart(Part):
    """Where contacts go when the queue is closed, holds ``limit``, or kept one ``after``."""

    when: Literal["closed", "full", "late"]
    action: Literal["queue", "callback", "message"]
    limit: Annotated[int, Field(ge=1)] | None = None
    after: Duration | None = None
    queue: Id | None = None
    texts: Texts | None = None


class RonaPart(Part):
    """After ``limit`` missed offers in a row an agent becomes not ready; 1: at once."""

    limit: Annotated[int, Field(ge=1, le=10)] = 2


class QueuePart(Part):
    """A line of waiting contacts and its rules."""

    business_unit: Id
    names: Texts
    plans: Annotated[list[Id], Field(min_length=1)]
    strategy: Literal[STRATEGIES] = "longest_idle"  # type: ignore[valid-type]
    tier: Annotated[int, Field(ge=1, le=9)] = DEFAULT_TIER
    priority: Annotated[int, Field(ge=0, le=1000)] = 0
    boost: Duration = 60_000
    service_level: ServiceLevelPart | None = None
    sla_offset: Duration = 0
    offer_timeout: Annotated[TimerDuration, Field(ge=5_000)] = 20_000
    wrap_up: TimerDuration = 60_000
    set_aside: Duration = 30_000
    rona: RonaPart = RonaPart()
    hours: Id | None = None
    overflow: list[OverflowPart] = []
    shards: Annotated[int, Field(ge=1, le=64)] = 1
    dispositions: Annotated[list[Id], Field(min_length=1)] = ["resolved", "follow_up", "other"]


class ProfileQueuePart(Part):
    """A queue a profile serves: 1 is the highest priority; ``delay`` leaves it to others first."""

    queue: Id
    priority: Annotated[int, Field(ge=1, le=99)] = 1
    delay: Duration = 0


def _named(value: Any) -> Any:
    return {"queue": value} if isinstance(value, str) else value


class ProfilePart(Part):
    """Which queues agents of a routing profile serve, and how much at once."""

    queues: Annotated[
        list[Annotated[ProfileQueuePart, BeforeValidator(_named)]], Field(min_length=1)
    ]
    capacity: dict[Channel, Annotated[int, Field(ge=1, le=20)]] = {Channel.VOICE: 1}
    exclusive: list[Channel] = [Channel.VOICE]
    shards: Annotated[int, Field(ge=1, le=64)] = 1


class LinePart(Part):
    """A number customers call, the flow that answers and its language."""

    number: Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")]
    business_unit: Id
    flow: Id
    language: Literal["en", "it"]


class SayPart(Part):
    """Speak, then go on."""

    do: Literal["say"]
    texts: Texts
    then: Id


class MenuPart(Part):
    """Speak, wait for a digit; after ``tries`` go to ``otherwise``."""

    do: Literal["menu"]
    texts: Texts
    choices: Annotated[
        dict[Annotated[str, Field(pattern=r"^[0-9*#]$")], Id], Field(min_length=1)
    ]
    otherwise: Id
    invalid: Texts
    tries: Annotated[int, Field(ge=1, le=5)] = 3
    timeout: Annotated[Duration, Field(ge=1_000, le=30_000)] = 5_000


class EnqueuePart(Part):
    """Wait for an agent of a queue; the texts are heard meanwhile."""

    do: Literal["enqueue"]
    texts: Texts
    queue: Id
    plan: Id
    priority: Annotated[int, Field(ge=0, le=1000)] = 0


class HangupPart(Part):
    """Speak and end the call; ``served`` when the caller got what was wanted."""

    do: Literal["hangup"]
    texts: Texts
    served: bool = True


FlowStepPart = Annotated[
    SayPart | MenuPart | EnqueuePart | HangupPart, Field(discriminator="do")
]


class FlowPart(Part):
    """A call flow: named steps, beginning with ``start``."""

    start: Id
    steps: Annotated[dict[Id, FlowStepPart], Field(min_length=1)]


class ConfigurationFile(Part):
    """The whole file."""

    business_units: Annotated[dict[Id, BusinessUnitPart], Field(min_length=1)]
    skills: dict[Id, SkillPart] = {}
    hours: dict[Id, HoursPart] = {}
    plans: Annotated[dict[Id, PlanPart], Field(min_length=1)]
    queues: Annotated[dict[Id, QueuePart], Field(min_length=1)]
    routing_profiles: Annotated[dict[Id, ProfilePart], Field(min_length=1)]
    lines: dict[Id, LinePart] = {}
    flows: dict[Id, FlowPart] = {}


def load(path: Path, version: int) -> Configuration:
    """Return the configuration a file describes, as this version.

    Raises
    ------
    ConfigurationError
        The file cannot be read, or anything in it is wrong: one problem per line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        from centralino.contracts.configuration_source import Problem

        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise ConfigurationError(str(path), [Problem(1, "", str(reason))]) from error
    return parse(text, str(path), version)


def parse(text: str, name: str, version: int) -> Configuration:
    """Return the configuration that YAML text describes; ``name`` is what errors call it.

    Raises
    ------
    ConfigurationError
        Anything is wrong.
    """
    from centralino.contracts.configuration_checks import problems_in
    from centralino.contracts.configuration_compile import compile_file

    source = read(text, name)
    try:
        file = ConfigurationFile.model_validate(source.tree)
    except ValidationError as error:
        problems = [
            source.problem(_path(found["loc"]), _reason(found["type"], found["msg"]))
            for found in error.errors(include_url=False, include_input=False)
        ]
        raise ConfigurationError(name, problems) from error
    found = problems_in(file)
    if found:
        raise ConfigurationError(name, [source.problem(*problem) for problem in found])
    return compile_file(file, version)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the file, for editors."""
    schema = ConfigurationFile.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Centralino configuration",
    }


def _path(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    # Pydantic adds the chosen kind of step, and marks an error in a key itself.
    return tuple(
        part for part in location if part not in ("say", "menu", "enqueue", "hangup", "[key]")
    )


def _reason(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "unknown key"
    if kind == "missing":
        return "is missing"
    return message.removeprefix("Value error, ")
