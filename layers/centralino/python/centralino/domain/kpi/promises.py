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
        The contact; the leg is explained below.
    made_ms
        When it was announced.
    window_start_ms, window_end_ms
        The half-open window promised. A wait may start with ``made_ms``: coming early keeps it.
    fulfilled_ms
        Wait: the connection. Callback: the first ring to the customer.
    withdrawn_ms
        Wait: the caller left or took a callback. Callback: the customer cancelled or moved it, or
        was served by another contact.
    recalled_ms
        Callback: we cancelled or moved it.
    reached_ms
        Callback: the customer and an agent were in the conversation.
    leg
        Wait: the queue leg. Callback: which promise of it, each move making another one.
    """

    contact_id: str
    kind: PromiseKind
    made_ms: int
    window_start_ms: int
    window_end_ms: int
    fulfilled_ms: int | None = None
    withdrawn_ms: int | None = None
    leg: int = 1
    recalled_ms: int | None = None
    reached_ms: int | None = None

    def __post_init__(self) -> None:
        """Reject a window nothing can fall into."""
        if self.window_end_ms <= self.window_start_ms:
            raise ValueError(f"contact {self.contact_id}: the promised window is empty")


@dataclass(frozen=True, slots=True)
class JudgedPromise:
    """A promise with how it ended, and whether a callback's customer was reached in its window."""

    contact_id: str
    kind: PromiseKind
    verdict: Verdict
    reached: bool = False

    @property
    def contact_ids(self) -> tuple[str, ...]:
        """The contact the promise was made to."""
        return (self.contact_id,)


def judge(promise: Promise, now_ms: int) -> Verdict:
    """Judge one promise as known at ``now_ms``.

    A wait is kept by a connection up to the window's very end, and void if the caller took it back
    before that. A callback is kept by a first ring inside the half-open window, too early being as
    broken as too late, and void if the customer took it back before the window began: from then on
    the phone was to ring. What we took back is broken.
    """
    if promise.kind is PromiseKind.CALLBACK:
        return _judge_callback(promise, now_ms)
    done, withdrawn, end = promise.fulfilled_ms, promise.withdrawn_ms, promise.window_end_ms
    if withdrawn is not None and withdrawn < end and (done is None or withdrawn <= done):
        return Verdict.VOID
    if done is not None:
        return Verdict.KEPT if done <= end else Verdict.BROKEN
    return Verdict.PENDING if now_ms <= end else Verdict.BROKEN


def _judge_callback(promise: Promise, now_ms: int) -> Verdict:
    rang, start, end = promise.fulfilled_ms, promise.window_start_ms, promise.window_end_ms
    over = [at for at in (promise.withdrawn_ms, promise.recalled_ms) if at is not None]
    if rang is not None and all(rang <= at for at in over):
        return Verdict.KEPT if start <= rang < end else Verdict.BROKEN
    if promise.recalled_ms is not None:
        return Verdict.BROKEN
    if promise.withdrawn_ms is not None:
        return Verdict.VOID if promise.withdrawn_ms < start else Verdict.BROKEN
    return Verdict.PENDING if now_ms < end else Verdict.BROKEN


def reached_in_window(promise: Promise) -> bool:
    """Tell whether a callback's customer met an agent inside the half-open window."""
    at = promise.reached_ms
    return at is not None and promise.window_start_ms <= at < promise.window_end_ms


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
        JudgedPromise(p.contact_id, p.kind, judge(p, now_ms), reached_in_window(p))
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
        name="reached_in_window",
        version=1,
        facts=JudgedPromise,
        unit=Unit.RATIO,
        formula="callbacks: customers who met an agent inside the window / (kept + broken)",
        description_en="How often did we reach the customer inside the window we promised?",
        description_it="Quante volte il cliente è stato raggiunto nella fascia promessa?",
        numerator=count(
            lambda f: (
                f.kind is PromiseKind.CALLBACK
                and f.reached
                and f.verdict in (Verdict.KEPT, Verdict.BROKEN)
            )
        ),
        denominator=count(
            lambda f: f.kind is PromiseKind.CALLBACK and f.verdict in (Verdict.KEPT, Verdict.BROKEN)
        ),
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
