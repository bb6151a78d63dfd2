"""The ports bundled: what every use case takes first."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from centralino.application.ports import (
    Clock,
    ConfigurationSource,
    Dialler,
    FanOut,
    Ids,
    Log,
    Media,
    NoDialler,
    NoPause,
    NoRecorder,
    NoSchedules,
    NoSources,
    NoSupervision,
    Nudges,
    Operations,
    Pause,
    Realtime,
    Recorder,
    Schedules,
    Sources,
    Store,
    Supervision,
    Timers,
    in_turn,
    no_phone,
    not_declared,
    not_dialled,
)
from centralino.application.ports.archive import Archive, Copies, NoArchive
from centralino.application.ports.delivery import Delivery, Links, NoDelivery, NoLinks
from centralino.application.ports.ice import IceServers, NoIceServers
from centralino.domain.callbacks.numbers import PhoneNumber
from centralino.domain.configuration.hours import Holidays, no_holidays


@dataclass(frozen=True, slots=True)
class App:
    """The outside world as the use cases see it; wired once per process.

    Attributes
    ----------
    fan_out : FanOut
        How requests that do not depend on each other are sent.
    schedules : Schedules
        Wakes up beyond the reach of ``timers``.
    calls_per_second : float
        How many calls a carrier's account may be asked for; 0: nobody limits it.
    pause : Pause
        How a process waits for the moment of a call that is near.
    holidays : Holidays
        The dates of a calendar in a year.
    sources : Sources
        The data sources of call flows.
    ice : IceServers
        The servers that help the pages of web calls find a way to each other.
    archive : Archive
        Where recordings are kept.
    copies : Copies
        Has them copied there.
    delivery : Delivery
        Sends text messages and e-mail.
    links : Links
        What links in them are signed with, and lead to.
    dialled : callable
        Returns digits as the E.164 number they are where a number (E.164) is in use; ``None`` if
        they are none.
    phone : callable
        Returns what number (E.164, country, kind) digits are where a number is in use.
    able : callable
        Returns what a provider can do; ``None`` where nobody tells: then everything.
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
    schedules: Schedules = field(default_factory=NoSchedules)
    calls_per_second: float = 0
    pause: Pause = field(default_factory=NoPause)
    holidays: Holidays = no_holidays
    sources: Sources = field(default_factory=NoSources)
    recorder: Recorder = field(default_factory=NoRecorder)
    supervision: Supervision = field(default_factory=NoSupervision)
    dialler: Dialler = field(default_factory=NoDialler)
    ice: IceServers = field(default_factory=NoIceServers)
    archive: Archive = field(default_factory=NoArchive)
    copies: Copies = field(default_factory=NoArchive)
    delivery: Delivery = field(default_factory=NoDelivery)
    links: Links = field(default_factory=NoLinks)
    dialled: Callable[[str, str], str | None] = not_dialled
    phone: Callable[[str, str], PhoneNumber | None] = no_phone
    able: Callable[[str], Collection[str] | None] = not_declared
    hints: dict[str, tuple[int, Any]] = field(default_factory=dict)
