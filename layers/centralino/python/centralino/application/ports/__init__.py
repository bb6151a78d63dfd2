"""What the use cases need of the outside world.

Adapters implement these; tests use the in-memory ones, which pass the same contract tests.
"""

from centralino.application.ports.media import (
    Dialler,
    Media,
    NoDialler,
    NoRecorder,
    NoSupervision,
    Recorder,
    Supervision,
)
from centralino.application.ports.messages import (
    LONGEST_TIMER_MS,
    Bus,
    Nudges,
    Realtime,
    Timer,
    Timers,
)
from centralino.application.ports.operations import Item, Operations
from centralino.application.ports.schedules import NoSchedules, Schedules
from centralino.application.ports.sources import NoSources, Question, Sources
from centralino.application.ports.store import (
    AvailableEntry,
    Claim,
    ClaimResult,
    Page,
    Store,
    WaitingEntry,
)
from centralino.application.ports.surroundings import (
    Clock,
    ConfigurationSource,
    FanOut,
    Ids,
    Log,
    NoPause,
    Pause,
    chunks,
    in_turn,
    no_phone,
    not_declared,
    not_dialled,
)

__all__ = [
    "LONGEST_TIMER_MS",
    "AvailableEntry",
    "Bus",
    "Claim",
    "ClaimResult",
    "Clock",
    "ConfigurationSource",
    "Dialler",
    "FanOut",
    "Ids",
    "Item",
    "Log",
    "Media",
    "NoDialler",
    "NoPause",
    "NoRecorder",
    "NoSchedules",
    "NoSources",
    "NoSupervision",
    "Nudges",
    "Operations",
    "Page",
    "Pause",
    "Question",
    "Realtime",
    "Recorder",
    "Schedules",
    "Sources",
    "Store",
    "Supervision",
    "Timer",
    "Timers",
    "WaitingEntry",
    "chunks",
    "in_turn",
    "no_phone",
    "not_declared",
    "not_dialled",
]
