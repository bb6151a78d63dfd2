"""How a snapshot learns: from each assignment, each answer, and each caller who left.

A caller who gave up would have been served too, had they stayed: leaving them out would teach the
forecast that long waits are rare. Their virtual wait ends when the first contact behind their place
is assigned. Where that one found an agent free, the moment lies somewhere between the leaving and
the assignment: it is used only if every moment in between gives the same verdict.

Learning is safe to miss and safe to repeat, in any order of contacts. What is not told costs
precision; what is told again is recognised by its mark, as long as it is among the last few seen,
and otherwise weighs as one observation too many. The order of the line is never learned: it is
read afresh for every snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from centralino.domain.promises.model import (
    EARLY_SHARE,
    LATE_SHARE,
    MOST_MARKS,
    MOST_PENDING,
    MOST_SEEN,
    Pending,
    Snapshot,
    WaitPromise,
    half_hour,
)
from centralino.domain.promises.pace import AT_ONCE_MS
from centralino.domain.promises.spread import Spread

#: How far one outcome moves a level, and how far levels may ever go.
LEARNING_GAIN = 0.005
_EARLY_RANGE = (0.002, 0.45)
_LATE_RANGE = (0.55, 0.999)
#: An announcement that nothing was heard of for this long after its window is given up.
FORGOTTEN_MS = 1_800_000


@dataclass(frozen=True, slots=True)
class Announced:
    """A caller was told a window for the first time in this leg."""

    mark: int
    tag: int
    key: int
    promise: WaitPromise


@dataclass(frozen=True, slots=True)
class Assigned:
    """A waiting contact was offered to an agent."""

    mark: int
    tag: int
    key: int
    enqueued_at: int
    at: int


@dataclass(frozen=True, slots=True)
class Returned:
    """An assignment came to nothing; the contact waits again."""

    mark: int
    tag: int
    at: int


@dataclass(frozen=True, slots=True)
class Answered:
    """Caller and agent are in the same conversation, so long after the assignment."""

    mark: int
    tag: int
    at: int
    ring_ms: int
    promise: WaitPromise | None


@dataclass(frozen=True, slots=True)
class Left:
    """A caller gave up, or took a callback, before being answered."""

    mark: int
    tag: int
    key: int
    at: int
    promise: WaitPromise | None


Observation = Announced | Assigned | Returned | Answered | Left


def learn(
    snapshot: Snapshot,
    observations: Iterable[Observation],
    line: Sequence[tuple[int, int]],
    now: int,
) -> Snapshot:
    """Return the next snapshot.

    Parameters
    ----------
    observations
        What happened since, in order; of different contacts only roughly.
    line : sequence of (int, int)
        Order key and time of coming of those who wait now, first in line first.
    """
    now = max(now, snapshot.at)
    after = _turn_half_hour(snapshot, now)
    for observation in observations:
        if observation.mark not in after.seen:
            seen = (*after.seen, observation.mark)[-MOST_SEEN:]
            after = replace(_observe(after, observation), seen=seen)
    waited = len(line) + snapshot.size
    pace = after.pace
    if snapshot.version and waited:
        pace = pace.after_waiting(waited / 2 * (now - snapshot.at))
    step = 1
    while len(line) > MOST_MARKS * step:
        step *= 2
    return replace(
        after,
        version=snapshot.version + 1,
        at=now,
        marks=tuple(key for key, _ in line[::step]),
        step=step,
        size=len(line),
        head_at=line[0][1] if line else None,
        pace=pace,
        pending=tuple(p for p in after.pending if p.window_end + FORGOTTEN_MS > now),
    )


def _turn_half_hour(snapshot: Snapshot, now: int) -> Snapshot:
    if half_hour(now) <= snapshot.half_hour:
        return snapshot
    turned = half_hour(now)
    before = snapshot.announced if turned == snapshot.half_hour + 1 else 0
    return replace(snapshot, half_hour=turned, announced=0, missed=0, before=before)


def _observe(snapshot: Snapshot, observation: Observation) -> Snapshot:
    match observation:
        case Announced():
            return _announced(snapshot, observation)
        case Assigned():
            return _assigned(snapshot, observation)
        case Returned():
            return replace(snapshot, pace=snapshot.pace.after_return())
        case Answered():
            return _answered(snapshot, observation)
        case Left():
            return _left(snapshot, observation)


def _announced(snapshot: Snapshot, told: Announced) -> Snapshot:
    if _find(snapshot, told.tag) is not None or not _can_follow(snapshot, told.promise):
        return snapshot
    pending = _pending(told.tag, told.key, told.promise)
    after = replace(snapshot, pending=(*snapshot.pending, pending))
    return _count(after, pending.made_at)


def _assigned(snapshot: Snapshot, given: Assigned) -> Snapshot:
    after = replace(snapshot, pace=snapshot.pace.after_assignment(given.enqueued_at, given.at))
    found_free = given.at - given.enqueued_at < AT_ONCE_MS
    for pending in snapshot.pending:
        if pending.left_at is None or pending.key >= given.key or pending.tag == given.tag:
            continue
        if given.at < pending.left_at:
            # Told late: it was over before this caller left.
            continue
        served = given.at + round(after.pace.ring_ms)
        after = _judge(after, pending, pending.left_at if found_free else served, served)
        after = _without(after, pending.tag)
    return after


def _answered(snapshot: Snapshot, answer: Answered) -> Snapshot:
    after = replace(snapshot, pace=snapshot.pace.after_ring(answer.ring_ms))
    if answer.promise is None:
        return _without(after, answer.tag)
    if _find(after, answer.tag) is None:
        after = _count(after, answer.promise.made_at)
    judged = _judge(after, _pending(answer.tag, 0, answer.promise), answer.at, answer.at)
    return _without(judged, answer.tag)


def _left(snapshot: Snapshot, gone: Left) -> Snapshot:
    after = replace(snapshot, pace=snapshot.pace.after_leaving())
    found = _find(after, gone.tag)
    if found is None:
        if gone.promise is None or not _can_follow(after, gone.promise):
            return after
        found = _pending(gone.tag, gone.key, gone.promise)
        after = _count(after, found.made_at)
    waiting_on = replace(found, left_at=gone.at)
    return replace(after, pending=(*_without(after, gone.tag).pending, waiting_on))


def _judge(snapshot: Snapshot, told: Pending, earliest: int, latest: int) -> Snapshot:
    """Take in that an announced caller was served, or would have been, between two moments."""
    after = snapshot
    early = latest < told.window_start
    late = earliest > told.window_end
    if (early or late) and half_hour(told.made_at) == snapshot.half_hour:
        after = replace(after, missed=after.missed + 1)
    forecast = Spread(max(1, told.expected_ms), max(1, told.deviation_ms))
    first = forecast.probability(earliest - told.made_at)
    last = forecast.probability(latest - told.made_at)
    return replace(
        after,
        early=_moved(after.early, first, last, EARLY_SHARE, _EARLY_RANGE),
        late=_moved(after.late, first, last, 1 - LATE_SHARE, _LATE_RANGE),
    )


def _moved(
    level: float, first: float, last: float, share: float, allowed: tuple[float, float]
) -> float:
    """Return a level moved so that in the long run ``share`` of outcomes lie under it."""
    if last < level:
        under = 1.0
    elif first >= level:
        under = 0.0
    else:
        return level
    return min(max(level + LEARNING_GAIN * (share - under), allowed[0]), allowed[1])


def _can_follow(snapshot: Snapshot, promise: WaitPromise) -> bool:
    """Tell whether a promise can be followed from now on: there is room, and its window is open.

    One heard of only after its window has most likely been judged before.
    """
    return len(snapshot.pending) < MOST_PENDING and promise.window_end >= snapshot.at


def _count(snapshot: Snapshot, made_at: int) -> Snapshot:
    if half_hour(made_at) != snapshot.half_hour:
        return snapshot
    return replace(snapshot, announced=snapshot.announced + 1)


def _find(snapshot: Snapshot, tag: int) -> Pending | None:
    return next((p for p in snapshot.pending if p.tag == tag), None)


def _without(snapshot: Snapshot, tag: int) -> Snapshot:
    return replace(snapshot, pending=tuple(p for p in snapshot.pending if p.tag != tag))


def _pending(tag: int, key: int, promise: WaitPromise) -> Pending:
    return Pending(
        tag=tag,
        key=key,
        made_at=promise.made_at,
        window_start=promise.window_start,
        window_end=promise.window_end,
        expected_ms=promise.expected_ms,
        deviation_ms=promise.deviation_ms,
    )
