"""Whether what was announced to a customer came true.

Decides when a promise of a wait or of a callback is kept, broken or void. A void promise is one
the customer took back; it is shown beside the rate and never inside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from centralino.domain.kpi.definitions import Kpi, Unit, count


class PromiseKind(StrEnum):
    """What was promised."""

    WAIT = "wait"
    CALLBACK = "callback"


class Verdict(StrEnum):
    """How a promise ended."""

    KEPT = "kept"
    BROKEN = "broken"
    VOID = "void"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Promise:
    """One announcement to one customer. Times are UTC milliseconds.

    Parameters
    ----------
    contact_id, leg
        The contact and its queue leg; a callback has one leg.
    made_ms
        When it was announced.
    window_start_ms, window_end_ms
        The half-open window promised. A wait may start with ``made_ms``: coming early keeps it.
    fulfilled_ms
        Wait: the connection. Callback: the first ring to the customer.
    withdrawn_ms
        Wait: the caller left or took a callback. Callback: the customer cancelled or moved it.
    """

    contact_id: str
    kind: PromiseKind
    made_ms: int
    window_start_ms: int
    window_end_ms: int
    fulfilled_ms: int | None = None
    withdrawn_ms: int | None = None
    leg: int = 1

    def __post_init__(self) -> None:
        """Reject a window nothing can fall into."""
        if self.window_end_ms <= self.window_start_ms:
            raise ValueError(f"contact {self.contact_id}: the promised window is empty")


@dataclass(frozen=True, slots=True)
class JudgedPromise:
    """A promise with how it ended."""

    contact_id: str
    kind: PromiseKind
    verdict: Verdict

    @property
    def contact_ids(self) -> tuple[str, ...]:
        """The contact the promise was made to."""
        return (self.contact_id,)


def judge(promise: Promise, now_ms: int) -> Verdict:
    """Judge one promise as known at ``now_ms``.

    A wait is kept by a connection up to the window's very end; a callback by a first ring inside
    the half-open window, too early being as broken as too late. What the customer took back
    before it was fulfilled and before the window ended is void.
    """
    done, withdrawn, end = promise.fulfilled_ms, promise.withdrawn_ms, promise.window_end_ms
    if withdrawn is not None and withdrawn < end and (done is None or withdrawn <= done):
        return Verdict.VOID
    if done is not None:
        if promise.kind is PromiseKind.WAIT:
            return Verdict.KEPT if done <= end else Verdict.BROKEN
        return Verdict.KEPT if promise.window_start_ms <= done < end else Verdict.BROKEN
    still_time = now_ms < end or (promise.kind is PromiseKind.WAIT and now_ms == end)
    return Verdict.PENDING if still_time else Verdict.BROKEN


def judge_all(promises: Iterable[Promise], now_ms: int) -> list[JudgedPromise]:
    """Judge promises, only the first wait announced in each queue leg being one.

    A caller hears the expected wait again and again; what they were first told is the promise.
    """
    first_waits: dict[tuple[str, int], Promise] = {}
    kept: list[Promise] = []
    for promise in promises:
        if promise.kind is PromiseKind.CALLBACK:
            kept.append(promise)
            continue
        place = (promise.contact_id, promise.leg)
        other = first_waits.get(place)
        if other is None or promise.made_ms < other.made_ms:
            first_waits[place] = promise
    return [
        JudgedPromise(p.contact_id, p.kind, judge(p, now_ms))
        for p in [*kept, *first_waits.values()]
    ]


def _rate(
    name: str, what: str, english: str, italian: str, kind: PromiseKind | None
) -> Kpi[JudgedPromise]:
    def concerns(fact: JudgedPromise) -> bool:
        return kind is None or fact.kind is kind

    return Kpi(
        name=name,
        version=1,
        facts=JudgedPromise,
        unit=Unit.RATIO,
        formula=f"{what}: kept / (kept + broken); voids beside it",
        description_en=english,
        description_it=italian,
        numerator=count(lambda f: concerns(f) and f.verdict is Verdict.KEPT),
        denominator=count(lambda f: concerns(f) and f.verdict in (Verdict.KEPT, Verdict.BROKEN)),
    )


PROMISE_KPIS: tuple[Kpi[JudgedPromise], ...] = (
    _rate(
        "promise_kept",
        "all promises",
        "How often did what we announced come true?",
        "Quante volte è stato mantenuto ciò che avevamo annunciato?",
        None,
    ),
    _rate(
        "promise_kept.wait",
        "first wait announced in a queue leg",
        "How often was the caller answered within the wait we announced?",
        "Quante volte chi attendeva ha avuto risposta entro l'attesa annunciata?",
        PromiseKind.WAIT,
    ),
    _rate(
        "promise_kept.callback",
        "callbacks",
        "How often did we call back inside the window we promised?",
        "Quante volte abbiamo richiamato nella fascia promessa?",
        PromiseKind.CALLBACK,
    ),
    Kpi(
        name="promise_voids",
        version=1,
        facts=JudgedPromise,
        unit=Unit.COUNT,
        formula="promises the customer took back in time",
        description_en="How many promises did customers themselves take back?",
        description_it="Quante promesse sono state annullate dal cliente stesso?",
        numerator=count(lambda f: f.verdict is Verdict.VOID),
    ),
)
