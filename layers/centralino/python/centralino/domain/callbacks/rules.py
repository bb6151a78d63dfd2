"""The rules under which a queue calls back, and what follows an attempt in vain.

Gaps grow with every repetition of the same outcome: somebody who was on the phone is likely to be
free in a few minutes, somebody who did not answer twice is busy with something longer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from centralino.domain.callbacks.model import Callback, Mode, Outcome
from centralino.domain.configuration.hours import Holidays, Hours, no_holidays, opening
from centralino.domain.staffing.slots import SlotRules

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
#: The carrier lets the customer's phone ring for so long at most; then the attempt is over.
RING_MS = 45_000
#: So many attempts may be broken off by agents who leave while it rings, in a whole callback.
MOST_AGENTS_LEAVE = 5
#: How often one opening after the other is looked for before none is taken to come.
_MOST_OPENINGS = 64


@dataclass(frozen=True, slots=True)
class CallbackRules:
    """How a queue calls back. Durations in milliseconds.

    Attributes
    ----------
    tries : int
        Attempts in all.
    delay_ms : int
        From the request to the place in the queue.
    expire_ms : int
        From the first moment the customer may be called to the end of the request.
    busy_ms, no_answer_ms, machine_ms, failed_ms : int
        The gap after the first such outcome.
    growth : int
        Each further gap of the same outcome is so many times as long.
    longest_ms : int
        No gap is longer.
    hours : str or None
        When customers may be called, besides the queue's own hours: the legal window.
    countries : tuple of str
        ISO codes of the countries that are called; the line's own where empty.
    per_day : int
        Requests that one number may make in a day.
    margin_ms : int
        What a promised window allows for beyond the expected wait: the agent's answer, the dial.
    wrap_up : bool
        Whether an agent who reached nobody gets a wrap-up all the same.
    detect : bool
        Whether the carrier is asked to recognise answering machines.
    mode : Mode
        Who is rung first.
    lead_ms : int
        Customer first: rung once an agent is expected to be free within so long.
    web : bool
        Whether customers may ask on a page, without a call.
    sms : bool
        Whether customers with a mobile number are written to: booked, reminded, not reached.
    remind_ms : int or None
        How long before an appointment they are reminded; ``None``: never.
    texts : mapping
        What they are written, by message and language; the product's own words where empty.
    greeting, machine_message : mapping
        Customer first: what is said to who answers, and left on a machine, by language; the
        product's own greeting, and no message, where empty.
    slots : SlotRules
        How the times are given out that customers pick.
    """

    tries: int = 3
    delay_ms: int = 0
    expire_ms: int = 24 * HOUR_MS
    busy_ms: int = 5 * MINUTE_MS
    no_answer_ms: int = 15 * MINUTE_MS
    machine_ms: int = 60 * MINUTE_MS
    failed_ms: int = 10 * MINUTE_MS
    growth: int = 2
    longest_ms: int = 4 * HOUR_MS
    hours: str | None = None
    countries: tuple[str, ...] = ()
    per_day: int = 3
    margin_ms: int = 5 * MINUTE_MS
    wrap_up: bool = False
    detect: bool = False
    mode: Mode = Mode.AGENT_FIRST
    lead_ms: int = 20_000
    web: bool = False
    sms: bool = False
    remind_ms: int | None = None
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    greeting: Mapping[str, str] = field(default_factory=dict)
    machine_message: Mapping[str, str] = field(default_factory=dict)
    slots: SlotRules = field(default_factory=SlotRules)

    def gap(self, outcome: Outcome, times: int) -> int:
        """Return how long to wait after an outcome that has now occurred so many times.

        Examples
        --------
        >>> [CallbackRules().gap(Outcome.BUSY, n) // 60_000 for n in (1, 2, 3)]
        [5, 10, 20]
        """
        first = self._first[outcome]
        grown = first
        for _ in range(1, times):
            grown = min(grown * self.growth, max(self.longest_ms, first))
        return grown

    @property
    def _first(self) -> Mapping[Outcome, int]:
        return {
            Outcome.BUSY: self.busy_ms,
            Outcome.NO_ANSWER: self.no_answer_ms,
            Outcome.MACHINE: self.machine_ms,
            Outcome.FAILED: self.failed_ms,
            # Not the customer's doing: as soon as the phone cannot be ringing any more.
            Outcome.AGENT_LEFT: 0,
            # They answered, and were kept waiting: they are near their phone.
            Outcome.LEFT: self.busy_ms,
        }


Allowed = Callable[[int], int | None]
"""Returns the first moment from one on at which the customer may be called; ``None``: never."""


@dataclass(frozen=True, slots=True)
class Times:
    """When customers of a queue may be called: while all of these hours are open at once."""

    hours: Sequence[Hours] = ()
    holidays: Holidays = field(default=no_holidays)

    @property
    def zone(self) -> str:
        """The zone in which times are told: that of the queue's own hours, if it has any."""
        return next((hours.zone for hours in self.hours), "UTC")

    def next(self, moment: int) -> int | None:
        """Return the first moment from this one on that is allowed; ``None``: none in sight."""
        for _ in range(_MOST_OPENINGS):
            states = [opening(hours, moment, self.holidays) for hours in self.hours]
            closed = [state for state in states if not state.open]
            if not closed:
                return moment
            later = [state.changes_at for state in closed if state.changes_at is not None]
            if len(later) < len(closed):
                return None
            moment = max(later)
        return None

    def ends(self, moment: int) -> int | None:
        """Return when an allowed time ends; ``None``: not in sight."""
        states = [opening(hours, moment, self.holidays) for hours in self.hours]
        return min((s.changes_at for s in states if s.open and s.changes_at), default=None)

    def open_throughout(self, start: int, end: int) -> bool:
        """Tell whether customers may be called at every moment from ``start`` up to ``end``."""
        moment: int | None = start
        for _ in range(_MOST_OPENINGS):
            if moment is None or self.next(moment) != moment:
                return False
            moment = self.ends(moment)
            if moment is None or moment >= end:
                return True
        return False


@dataclass(frozen=True, slots=True)
class Next:
    """What follows an attempt in vain: another one from ``at`` on, or an end (``None``).

    ``exhausted`` tells the ends apart: no attempt left, or no time.
    """

    at: int | None
    exhausted: bool = False


def after(
    callback: Callback, outcome: Outcome, rules: CallbackRules, now: int, allowed: Allowed
) -> Next:
    """Return what follows the callback's latest attempt, which ended so.

    However the attempt ended, the next one never begins while its phone may still be ringing.
    """
    last = callback.last
    if last is None:
        return Next(None, exhausted=True)
    # An agent who leaves is no try of the customer's, but no reason to ring for ever either.
    left_by_agent = outcome is Outcome.AGENT_LEFT
    tried = callback.tried - (1 if left_by_agent else 0)
    if tried >= rules.tries:
        return Next(None, exhausted=True)
    if left_by_agent and callback.of_outcome(outcome) + 1 >= MOST_AGENTS_LEAVE:
        return Next(None, exhausted=True)
    at = now + rules.gap(outcome, callback.of_outcome(outcome) + 1)
    if left_by_agent:
        at = max(at, last.asked_at + RING_MS)
    moment = allowed(at)
    if moment is None or moment >= callback.until:
        return Next(None)
    return Next(moment)
