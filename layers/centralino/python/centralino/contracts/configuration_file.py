"""The file in which a team writes its business rules: its shape, field by field.

``schemas/configuration.schema.json`` is generated from these models. They check what can be seen
in one place; :mod:`.configuration_checks` checks how the parts fit together.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from centralino.contracts.fields import Duration, Id, Language, Part, Texts
from centralino.contracts.flow_file import FlowPart
from centralino.domain.contacts.model import DEFAULT_TIER, Channel
from centralino.domain.recordings import DEFAULT_RETENTION, POLICIES, RETENTIONS
from centralino.domain.routing.strategies import STRATEGIES
from centralino.domain.telephony.capabilities import Provider

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
LONGEST_TIMER_MS = 900_000


TimerDuration = Annotated[Duration, Field(le=LONGEST_TIMER_MS)]
Level = Annotated[int, Field(ge=1, le=10)]
Span = Annotated[str, Field(pattern=_SPAN.pattern, examples=["09:00-18:00", "22:00-06:00"])]


class ServiceLevelPart(Part):
    """Answer ``percent`` of contacts within ``target``."""

    target: Duration = 20_000
    percent: Annotated[int, Field(ge=1, le=100)] = 80


class SpendPart(Part):
    """What may be spent in a day before callbacks asked for on pages are refused."""

    calls_per_day: Annotated[int, Field(ge=1, le=1_000_000)] = 500
    messages_per_day: Annotated[int, Field(ge=1, le=1_000_000)] = 500


class BusinessUnitPart(Part):
    """A client or department, with the hours and service level of its contract.

    ``spend`` is counted where it is given, and where customers ask for callbacks on a page.
    """

    names: Texts
    languages: Annotated[list[Language], Field(min_length=1)] = Field(default=["en"])
    hours: Id | None = None
    service_level: ServiceLevelPart = ServiceLevelPart()
    spend: SpendPart | None = None


class SkillPart(Part):
    """Something agents can at a level from 1 to ``levels``."""

    names: Texts
    levels: Level = 5


class HoursPart(Part):
    """Opening hours in a zone; days run from ``mon`` to ``sun``, ranges such as ``mon-fri``."""

    zone: str
    week: dict[str, list[Span]]
    holidays: Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")] | None = None
    days: dict[Annotated[str, Field(pattern=_DAY.pattern)], list[Span]] = Field(default={})


class StepPart(Part):
    """What is asked of an agent once a contact has waited ``after``."""

    after: Duration = 0
    skills: dict[Id, Level] = Field(default={})


class PlanPart(Part):
    """Channel, skills and how the need relaxes; ``prefer`` waits for a preferred agent first."""

    channel: Channel = Channel.VOICE
    prefer: Duration = 0
    steps: Annotated[list[StepPart], Field(min_length=1)] = Field(default=[StepPart()])


class OverflowPart(Part):
    """Where contacts go when the queue is closed, holds ``limit``, or kept one ``after``.

    With ``callback`` they are led into the dialogue ``flow``, which offers to call them back.
    """

    when: Literal["closed", "full", "late"]
    action: Literal["queue", "message", "callback"]
    limit: Annotated[int, Field(ge=1)] | None = None
    after: Duration | None = None
    queue: Id | None = None
    flow: Id | None = None
    texts: Texts | None = None


class RonaPart(Part):
    """After ``limit`` missed offers in a row an agent becomes not ready; 1: at once."""

    limit: Annotated[int, Field(ge=1, le=10)] = 2


class AnnouncePart(Part):
    """What waiting callers are told, at most once in ``every``: their place, the wait to expect."""

    position: bool = False
    wait: bool = False
    every: Annotated[Duration, Field(ge=20_000)] = 60_000


class CallbackGapsPart(Part):
    """How long to wait after a first attempt in vain; each repetition doubles it, or as told."""

    busy: Annotated[Duration, Field(ge=60_000)] = 5 * 60_000
    no_answer: Annotated[Duration, Field(ge=60_000)] = 15 * 60_000
    machine: Annotated[Duration, Field(ge=60_000)] = 60 * 60_000
    failed: Annotated[Duration, Field(ge=60_000)] = 10 * 60_000
    growth: Annotated[int, Field(ge=1, le=10)] = 2
    longest: Annotated[Duration, Field(ge=60_000)] = 4 * 60 * 60_000


class SlotsPart(Part):
    """How the times are given out that customers pick, and that their calls are counted for it.

    ``share`` is the part of what the planned agents can take that is kept for callbacks; ``volume``
    are the calls expected in a quarter of an hour until there is a history; ``handling`` is the
    average with wrap-up; ``most`` is the most places of one quarter.
    """

    share: Annotated[float, Field(ge=0, le=1)] = 0.1
    ahead: Annotated[Duration, Field(ge=3_600_000, le=60 * 24 * 3_600_000)] = 14 * 24 * 3_600_000
    window: Annotated[Duration, Field(ge=15 * 60_000, le=2 * 3_600_000)] = 30 * 60_000
    volume: Annotated[float, Field(ge=0, le=100_000)] = 0
    handling: Annotated[Duration, Field(ge=10_000, le=4 * 3_600_000)] = 5 * 60_000
    most: Annotated[int, Field(ge=0, le=1_000)] | None = None


class CallbackTextsPart(Part):
    """What customers are written; ``{queue}``, ``{when}`` and ``{link}`` are filled in."""

    confirmed: Texts | None = None
    moved: Texts | None = None
    reminder: Texts | None = None
    unreached: Texts | None = None
    expired: Texts | None = None

    def given(self) -> dict[str, dict[str, str]]:
        """Return those that are given."""
        return {name: dict(texts) for name, texts in self if texts is not None}


class CallbackPart(Part):
    """How customers of the queue are called back who asked for it.

    ``hours`` is the legal window, besides the queue's own hours; ``countries`` (ISO codes) are
    those that are called, the line's own where empty; ``per_day`` is what one number may ask for.

    ``web`` lets customers ask on a page; ``sms`` writes to mobile numbers what was booked, that
    nobody was reached and, ``remind`` before an appointment, that it is near. ``texts`` take the
    place of the product's words.
    """

    tries: Annotated[int, Field(ge=1, le=10)] = 3
    delay: Duration = 0
    expire: Annotated[Duration, Field(ge=60_000)] = 24 * 60 * 60_000
    gaps: CallbackGapsPart = CallbackGapsPart()
    hours: Id | None = None
    countries: list[Annotated[str, Field(pattern="^[A-Z]{2}$")]] = Field(default=[])
    per_day: Annotated[int, Field(ge=1, le=50)] = 3
    margin: Duration = 5 * 60_000
    wrap_up: bool = False
    detect: bool = False
    web: bool = False
    sms: bool = False
    remind: Annotated[Duration, Field(ge=60_000)] | None = None
    texts: CallbackTextsPart = CallbackTextsPart()
    mode: Literal["agent_first", "customer_first"] = "agent_first"
    """Who is rung first."""
    lead: Annotated[Duration, Field(le=120_000)] = 20_000
    """Customer first: rung once an agent is expected within so long."""
    greeting: Texts | None = None
    machine_message: Texts | None = None
    slots: SlotsPart | None = None


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
    overflow: list[OverflowPart] = Field(default=[])
    announce: AnnouncePart = AnnouncePart()
    recording: Literal[POLICIES] = "never"  # type: ignore[valid-type]
    recording_retention: Literal[RETENTIONS] = DEFAULT_RETENTION  # type: ignore[valid-type]
    """For how many days recordings and spoken messages are kept."""
    callback: CallbackPart = CallbackPart()
    shards: Annotated[int, Field(ge=1, le=64)] = 1
    dispositions: Annotated[list[Id], Field(min_length=1)] = Field(
        default=["resolved", "follow_up", "other"]
    )


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
        list[
            Annotated[
                ProfileQueuePart,
                BeforeValidator(_named, json_schema_input_type=Id | ProfileQueuePart),
            ]
        ],
        Field(min_length=1),
    ]
    capacity: dict[Channel, Annotated[int, Field(ge=1, le=20)]] = Field(default={Channel.VOICE: 1})
    exclusive: list[Channel] = Field(default=[Channel.VOICE])
    shards: Annotated[int, Field(ge=1, le=64)] = 1


class LinePart(Part):
    """Where customers call, the flow that answers and its language.

    A number in E.164; calls from a page (provider ``webvoice``) need none.
    """

    provider: Provider = Provider.TWILIO
    number: Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")] | None = None
    business_unit: Id
    flow: Id
    language: Language

    @model_validator(mode="after")
    def _numbered(self) -> Self:
        if (self.number is None) is not (self.provider is Provider.WEBVOICE):
            wrong = "has no number" if self.number else "needs a number"
            raise ValueError(f"a line of {self.provider.value} {wrong}")
        return self


class ImportPart(Part):
    """Another contact centre whose calls are told here; see the guide on imports."""

    provider: Literal["connect"] = "connect"
    business_unit: Id
    queues: dict[Annotated[str, Field(min_length=1, max_length=64)], Id] = Field(default={})
    """Our queue for each of its own, by its id; a queue that is not listed keeps its id."""


def _read(value: Any) -> Any:
    if isinstance(value, list):
        raise ValueError("flows in files of their own are found only beside a file on disk")
    return value


class ConfigurationFile(Part):
    """The whole file."""

    business_units: Annotated[dict[Id, BusinessUnitPart], Field(min_length=1)]
    skills: dict[Id, SkillPart] = Field(default={})
    hours: dict[Id, HoursPart] = Field(default={})
    plans: Annotated[dict[Id, PlanPart], Field(min_length=1)]
    queues: Annotated[dict[Id, QueuePart], Field(min_length=1)]
    routing_profiles: Annotated[dict[Id, ProfilePart], Field(min_length=1)]
    lines: dict[Id, LinePart] = Field(default={})
    imports: dict[Annotated[str, Field(min_length=1, max_length=64)], ImportPart] = Field(
        default={}
    )
    flows: Annotated[
        dict[Id, FlowPart],
        BeforeValidator(_read, json_schema_input_type=dict[Id, FlowPart] | list[str]),
    ] = Field(default_factory=dict)
    """Flows by id, or the files they are in, one flow each: paths, or patterns such as
    ``flows/*.yaml``, from the folder of this file."""
