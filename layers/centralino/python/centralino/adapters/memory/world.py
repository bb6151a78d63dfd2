"""The whole outside world in memory, wired: what a simulation or a test of a use case runs in."""

from __future__ import annotations

from dataclasses import dataclass

from centralino.adapters.calendars import public_holidays
from centralino.adapters.memory.archive import MemoryArchive, MemoryCopies
from centralino.adapters.memory.clock import EPOCH_MS, VirtualClock
from centralino.adapters.memory.configuration import FixedConfiguration
from centralino.adapters.memory.delivery import FixedLinks, MemoryDelivery
from centralino.adapters.memory.dialler import MemoryDialler
from centralino.adapters.memory.faults import Faults
from centralino.adapters.memory.ids import SeededIds
from centralino.adapters.memory.index import Lag
from centralino.adapters.memory.log import MemoryLog
from centralino.adapters.memory.media import MemoryMedia
from centralino.adapters.memory.messages import (
    MemoryBus,
    MemoryNudges,
    MemoryRealtime,
    MemoryTimers,
)
from centralino.adapters.memory.meter import Meter
from centralino.adapters.memory.operations import MemoryOperations
from centralino.adapters.memory.recorder import MemoryRecorder
from centralino.adapters.memory.schedules import MemorySchedules
from centralino.adapters.memory.sources import MemorySources
from centralino.adapters.memory.store import MemoryStore
from centralino.adapters.memory.stream import Stream
from centralino.adapters.phones import described, dialled
from centralino.application.app import App
from centralino.domain.configuration.model import Configuration


@dataclass(frozen=True, slots=True)
class World:
    """An :class:`App` and the parts behind it, for whoever drives or inspects it.

    ``stream`` keeps changes only for those who subscribed before they were written.
    """

    app: App
    clock: VirtualClock
    ids: SeededIds
    faults: Faults
    meter: Meter
    stream: Stream
    store: MemoryStore
    operations: MemoryOperations
    configuration: FixedConfiguration
    timers: MemoryTimers
    schedules: MemorySchedules
    nudges: MemoryNudges
    realtime: MemoryRealtime
    bus: MemoryBus
    media: MemoryMedia
    dialler: MemoryDialler
    recorder: MemoryRecorder
    archive: MemoryArchive
    copies: MemoryCopies
    delivery: MemoryDelivery
    log: MemoryLog
    sources: MemorySources


def world(
    configuration: Configuration,
    *,
    seed: int = 0,
    start: float = EPOCH_MS,
    lag: Lag | None = None,
    joins: bool = False,
    metered: bool = True,
    keep: int | None = None,
) -> World:
    """Return a world with nothing in it yet.

    Parameters
    ----------
    seed : int
        Decides ids and every mishap; the same seed gives the same run.
    start : float
        The time it begins, UTC milliseconds.
    lag : callable, optional
        Draws the index lag of each write in milliseconds; none: immediate.
    joins : bool
        Whether the carrier joins legs, so that an accepted offer is not yet connected.
    metered : bool
        Whether writes are weighed; a long simulation that needs no cost is faster without.
    keep : int, optional
        How many frames, events, media requests and log lines are kept; all unless given.

    Examples
    --------
    >>> w = world(configuration, seed=7)                      # doctest: +SKIP
    >>> w.faults.crash_after("store.claim")                   # doctest: +SKIP
    >>> drain(w.app, "pool")                                  # doctest: +SKIP
    """
    clock = VirtualClock(start)
    ids = SeededIds(clock, seed)
    faults = Faults(seed)
    meter = Meter()
    stream = Stream()
    charged = meter if metered else None
    store = MemoryStore(clock, faults=faults, meter=charged, stream=stream, lag=lag)
    operations = MemoryOperations(clock, faults=faults, meter=charged, stream=stream)
    source = FixedConfiguration(configuration)
    timers = MemoryTimers(clock, faults, seed)
    schedules = MemorySchedules(clock, timers, faults, seed)
    nudges = MemoryNudges(faults, seed)
    realtime = MemoryRealtime(faults, keep)
    media = MemoryMedia(joins=joins, faults=faults, keep=keep)
    dialler = MemoryDialler(faults)
    recorder = MemoryRecorder(faults)
    archive = MemoryArchive(faults)
    copies = MemoryCopies(faults)
    delivery = MemoryDelivery(faults)
    log = MemoryLog(keep)
    sources = MemorySources()
    app = App(
        store=store,
        operations=operations,
        configuration=source,
        timers=timers,
        schedules=schedules,
        nudges=nudges,
        realtime=realtime,
        media=media,
        clock=clock,
        ids=ids,
        log=log,
        holidays=public_holidays,
        sources=sources,
        dialled=dialled,
        phone=described,
        dialler=dialler,
        recorder=recorder,
        archive=archive,
        copies=copies,
        delivery=delivery,
        links=FixedLinks(),
    )
    return World(
        app=app,
        clock=clock,
        ids=ids,
        faults=faults,
        meter=meter,
        stream=stream,
        store=store,
        operations=operations,
        configuration=source,
        timers=timers,
        schedules=schedules,
        nudges=nudges,
        realtime=realtime,
        bus=MemoryBus(faults, keep),
        media=media,
        dialler=dialler,
        recorder=recorder,
        archive=archive,
        copies=copies,
        delivery=delivery,
        log=log,
        sources=sources,
    )
