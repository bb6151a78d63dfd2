"""The ports bundled: what every use case takes first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from centralino.application.ports import (
    Clock,
    ConfigurationSource,
    FanOut,
    Ids,
    Log,
    Media,
    Nudges,
    Operations,
    Realtime,
    Store,
    Timers,
    in_turn,
)


@dataclass(frozen=True, slots=True)
class App:
    """The outside world as the use cases see it; wired once per process.

    Attributes
    ----------
    fan_out : FanOut
        How requests that do not depend on each other are sent.
    hints : dict
        What this process saw a moment ago, by name, with the time it stops being believed.
        Only ever saves a request: nothing may be wrong when a hint is.
    """

    store: Store
    operations: Operations
    configuration: ConfigurationSource
    timers: Timers
    nudges: Nudges
    realtime: Realtime
    media: Media
    clock: Clock
    ids: Ids
    log: Log
    fan_out: FanOut = in_turn
    hints: dict[str, tuple[int, Any]] = field(default_factory=dict)
