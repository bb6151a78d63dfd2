"""One-shot schedules in memory, under a virtual clock.

They may come late as the real ones do, be lost or doubled. What they send waits among the timers.
"""

from __future__ import annotations

from random import Random

from centralino.adapters.memory.clock import VirtualClock
from centralino.adapters.memory.faults import Faults
from centralino.adapters.memory.messages import MemoryTimers, Mishaps
from centralino.application.ports import Timer


class MemorySchedules:
    """The port ``Schedules``.

    Attributes
    ----------
    mishaps : Mishaps
        What happens to schedules made from now on.
    made : int
        Schedules made so far.
    """

    def __init__(
        self, clock: VirtualClock, timers: MemoryTimers, faults: Faults | None = None, seed: int = 0
    ) -> None:
        self.mishaps = Mishaps()
        self.made = 0
        self._fires: dict[tuple[Timer, int], float] = {}
        self._clock = clock
        self._timers = timers
        self._faults = faults or Faults()
        self._random = Random(f"schedules-{seed}")

    def at(self, timer: Timer, moment: int) -> None:
        """Have a timer fire at a moment; the same one again changes nothing."""
        self._faults.before("schedules.at")
        known = self._fires.get((timer, moment))
        if known is None or known <= self._clock.time:
            self._make(timer, moment)
        self._faults.after("schedules.at")

    def _make(self, timer: Timer, moment: int) -> None:
        self.made += 1
        late = self._random.random() * self.mishaps.late_ms if self.mishaps.late_ms else 0.0
        # Whole milliseconds, as whoever it wakes reads the clock.
        fires = round(max(moment, self._clock.time) + late)
        self._fires[timer, moment] = fires
        if self._chance(self.mishaps.lose):
            return
        self._timers.put_at(timer, fires)
        if self._chance(self.mishaps.duplicate):
            self._timers.put_at(timer, fires)

    def _chance(self, share: float) -> bool:
        return share > 0 and self._random.random() < share
