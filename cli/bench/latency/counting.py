"""Figures of a run, counted from its rows alone.

Round trips: waits on DynamoDB that only matching has: the pages of both sides, the hot flag, the
claims, and the heartbeat's marker, whichever function or trigger sent them. The wait for a
connection's address before a push is part of the push, and not counted.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cli.bench.latency.prices import billed
from cli.bench.latency.requests import Request

MATCHING = frozenset({"store.waiting", "store.available", "store.claim"})
#: Items of ``ops`` that only matching reads and writes.
MARKERS = ("pool#", "heartbeat#")
#: Kept for who asks later, off the path of the call: a read model, told apart.
READ_MODEL = "decisions#"
UNFAIR_MS = 50.0


def is_matching(row: Request) -> bool:
    """Tell whether a request was sent for matching."""
    return row.op in MATCHING or (
        row.op.startswith("operations.") and (row.key or "").startswith(MARKERS)
    )


def claims(rows: Iterable[Request]) -> list[Request]:
    """Return the claims, won or not."""
    return [row for row in rows if row.op == "store.claim"]


def assignments(rows: Iterable[Request]) -> list[Request]:
    """Return the claims that were won."""
    return [row for row in claims(rows) if row.ok]


def round_trips_per_assignment(rows: Sequence[Request]) -> float:
    """Return the waits of matching, divided by the assignments."""
    trips = {row.trip for row in rows if row.trip is not None and is_matching(row)}
    return len(trips) / len(assignments(rows))


def failed_claims_per_assignment(rows: Sequence[Request]) -> float:
    """Return the claims in vain, divided by the assignments."""
    made = claims(rows)
    won = sum(row.ok for row in made)
    return (len(made) - won) / won


def latencies(rows: Iterable[Request]) -> list[float]:
    """Return how long each assignment took, in ms.

    From the later of the commit that made the contact wait and the one that made the agent free,
    to the claim's commit.
    """
    since: dict[str, float] = {}
    found: list[float] = []
    for row in rows:
        if not row.ok:
            continue
        if row.op == "store.save_contact" and row.to == "WAITING" and row.contact:
            since[row.contact] = row.t
        elif row.op == "store.save_agent" and row.to == "free" and row.agent:
            since[row.agent] = row.t
        elif row.op == "store.claim":
            begun = max(since.get(row.contact or "", 0.0), since.get(row.agent or "", 0.0))
            found.append(row.t - begun)
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 1000) // 1000) - 1)]


def seconds_until_assigned(rows: Sequence[Request]) -> float:
    """Return the time of the last assignment, in seconds of virtual time."""
    return max(row.t for row in assignments(rows)) / 1000


def unfair(rows: Sequence[Request]) -> int:
    """Return how many were served although somebody before them was passed over.

    Passed over: a contact with a better place in line, that the agent could have served, had
    waited 50 ms and went on waiting for 50 ms more.
    """
    begun: dict[str, tuple[float, str, str]] = {}
    ended: dict[str, float] = {}
    for row in rows:
        contact = row.contact or ""
        if not row.ok or contact == "":
            continue
        if row.op == "store.save_contact" and row.to == "WAITING" and row.order and row.skills:
            begun[contact] = (row.t, row.order, row.skills[0])
        elif row.op in ("store.save_contact", "store.claim") and contact in begun:
            ended.setdefault(contact, row.t)
    lines: dict[str, list[tuple[str, float, float]]] = defaultdict(list)
    for contact, (since, order, need) in begun.items():
        insort(lines[need], (order, since, ended.get(contact, float("inf"))))
    return sum(_passed_over(row, lines) for row in assignments(rows))


def _passed_over(row: Request, lines: dict[str, list[tuple[str, float, float]]]) -> bool:
    for need in row.skills or ():
        line = lines[need]
        before = line[: bisect_left(line, (row.order or "",))]
        if any(s <= row.t - UNFAIR_MS and e > row.t + UNFAIR_MS for _, s, e in before):
            return True
    return False


def answered(rows: Iterable[Request]) -> set[str]:
    """Return the contacts that an agent took."""
    return {
        row.contact
        for row in rows
        if row.op == "store.save_contact" and row.ok and row.to == "CONNECTED" and row.contact
    }


def units_by_line(rows: Iterable[Request]) -> dict[str, float]:
    """Return the write units of a run by what they were spent on.

    ``presence`` (agents signing in) and ``decisions`` (a read model) are no part of a call's
    budget; ``abandoned`` is what callers cost whom nobody took.
    """
    rows = list(rows)
    taken = answered(rows)
    lines: defaultdict[str, float] = defaultdict(float)
    for row in rows:
        if not row.write:
            continue
        lines[_line(row, taken)] += row.write
    return dict(lines)


def _line(row: Request, taken: set[str]) -> str:
    key = row.key or ""
    if key.startswith(READ_MODEL):
        return "decisions"
    if row.op != "store.claim" and row.purpose == "sign_in" and not key.startswith(MARKERS):
        return "presence"
    if key.startswith(MARKERS):
        return "markers"
    if row.contact is not None and row.contact not in taken:
        return "abandoned"
    if not row.ok:
        return "failed"
    if row.op == "store.claim":
        return "claim"
    if row.op == "store.save_agent":
        return "release"
    return row.purpose


#: What :func:`units_by_line` tells that a call's budget does not hold.
SEPARATE = frozenset({"decisions", "presence", "abandoned"})


def write_units_per_call(rows: Sequence[Request]) -> float:
    """Return the write units of a call that an agent took, its share of all overhead included."""
    lines = units_by_line(rows)
    return sum(units for line, units in lines.items() if line not in SEPARATE) / len(answered(rows))


@dataclass(frozen=True, slots=True)
class Figures:
    """What is told of one run; ``per_call`` holds what calls are billed for, by item."""

    assignments: int
    round_trips: float
    failed_claims: float
    p50_ms: float
    p99_ms: float
    seconds: float
    unfair: int
    write_units: float
    units: dict[str, float]
    per_call: dict[str, float]


def figures(rows: Sequence[Request]) -> Figures:
    """Return every figure of a run."""
    taken, waited = answered(rows), latencies(rows)
    return Figures(
        assignments=len(assignments(rows)),
        round_trips=round_trips_per_assignment(rows),
        failed_claims=failed_claims_per_assignment(rows),
        p50_ms=percentile(waited, 0.5),
        p99_ms=percentile(waited, 0.99),
        seconds=seconds_until_assigned(rows),
        unfair=unfair(rows),
        write_units=write_units_per_call(rows),
        units={line: units / len(taken) for line, units in units_by_line(rows).items()},
        per_call={item: count / len(taken) for item, count in billed(rows).items()},
    )
