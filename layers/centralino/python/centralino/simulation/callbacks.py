"""What callbacks would do for a day: the same calls, with callbacks offered and without.

Decides what customers do: who of those still waiting after so long asks to be called back, and
who picks up. Everything between is the product: the booking, its window, the place in line, the
agent who is found first, the attempts and the gaps between them. Whoever took a callback has left
the line and does not abandon it.

What is assumed besides: agents answer at once, as everywhere in the simulator; a phone begins to
ring and is answered, or not, after the times of :class:`Phones`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import isfinite
from random import Random
from statistics import median
from typing import Any

from centralino.adapters.memory.clock import EPOCH_MS
from centralino.application import legs
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import sweep as callback_sweep
from centralino.contracts.envelope import detail
from centralino.domain.callbacks.model import attempt_id, contact_of
from centralino.domain.callbacks.rules import RING_MS, CallbackRules
from centralino.domain.configuration.model import BusinessUnit, Configuration, Line
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import InvalidRequest
from centralino.domain.events import describe
from centralino.domain.kpi import Interval, agent_time, compute, contact_facts, timelines
from centralino.domain.kpi.callback_promises import callback_promises
from centralino.domain.kpi.promises import judge_all
from centralino.domain.telephony.commands import AttemptProgressed, LegJoined
from centralino.simulation.call_list import ListedCall
from centralino.simulation.centre import (
    CAUSE,
    RANK_ARRIVES,
    RANK_ENDS,
    Caller,
    Centre,
)
from centralino.simulation.one_queue import PLAN, PROFILE, QUEUE, enter_queue, one_queue
from centralino.simulation.promise_report import PromiseReport
from centralino.simulation.promises import PromiseWatch, announcing

_MINUTE_MS = 60_000
_MOST_AGENTS = 5_000
_LINE, _PROVIDER = "line", "simulation"
_OUR_NUMBER = "+390200000001"
#: Numbers of made-up customers: mobile ones of the country of the line, each a customer's own.
_FIRST_NUMBER = 393_331_000_000
_HIGH_PRIORITY = 2


@dataclass(frozen=True, slots=True)
class Phones:
    """How a customer's phone behaves. Milliseconds.

    Attributes
    ----------
    rings_after_ms : int
        From asking the carrier to the first ring.
    answered_after_ms, given_up_after_ms : int
        From the first ring to the answer, or to the carrier telling that nobody answers.
    """

    rings_after_ms: int = 4_000
    answered_after_ms: int = 10_000
    given_up_after_ms: int = 30_000

    def __post_init__(self) -> None:
        """Refuse a phone that rings for longer than an attempt lasts."""
        if self.rings_after_ms + max(self.answered_after_ms, self.given_up_after_ms) >= RING_MS:
            raise InvalidRequest(f"an attempt is over after {RING_MS} ms")


@dataclass(frozen=True, slots=True)
class CallbackOffer:
    """To whom callbacks are offered, and what they make of it.

    Attributes
    ----------
    after_s : float
        Who still waits after so long is offered one, once.
    accept, pickup : float
        Share of those offered who take it; chance that a call to the customer is answered.
    rules : CallbackRules
        The queue's: tries, gaps, margin.
    """

    after_s: float
    accept: float
    pickup: float
    rules: CallbackRules = field(default_factory=CallbackRules)
    phones: Phones = field(default_factory=Phones)

    def __post_init__(self) -> None:
        """Refuse what cannot be, in one line."""
        for name in ("accept", "pickup"):
            if not 0 <= getattr(self, name) <= 1:
                raise InvalidRequest(f"{name} must be from 0 to 1, not {getattr(self, name)}")
        if not (isfinite(self.after_s) and 0 <= self.after_s <= 86_400):
            raise InvalidRequest(f"after must be from 0 to 86400 seconds, not {self.after_s}")


@dataclass(frozen=True, slots=True)
class CallbacksOfDay:
    """What became of the requests of a day. Times in seconds.

    Attributes
    ----------
    requested, reached, unreached : int
        Customers who asked, those who talked to an agent in the end, and those nobody reached.
    attempts : int
        Calls made to them.
    promised, kept, broken, void : int
        Windows given, and what ``promise_kept.callback`` makes of them.
    window_median_s, window_p90_s : float or None
        How long the windows are.
    first_ring_s : float or None
        From the request to the first ring, the median.
    dialling_s : float
        Time of agents in which a customer's phone was rung: theirs, and in no conversation.
    """

    requested: int
    reached: int
    unreached: int
    attempts: int
    promised: int
    kept: int
    broken: int
    void: int
    promise_kept: float | None
    window_median_s: float | None
    window_p90_s: float | None
    first_ring_s: float | None
    dialling_s: float


@dataclass(frozen=True, slots=True)
class CallbackDay:
    """A day lived through. Shares from 0 to 1, times in seconds.

    Attributes
    ----------
    asa_s : float or None
        Mean wait of callers answered on the line; whoever is called back waits elsewhere.
    occupancy : float or None
        From the first arrival to the last.
    served : int
        Customers who talked to an agent, on the line or called back.
    callbacks : CallbacksOfDay or None
        None where none were offered.
    promises : PromiseReport
        The waits announced to callers in line.
    """

    offered: int
    answered: int
    abandoned: int
    served: int
    abandonment_rate: float | None
    asa_s: float | None
    occupancy: float | None
    callbacks: CallbacksOfDay | None
    promises: PromiseReport


def simulate_callbacks(
    calls: Sequence[ListedCall],
    agents: int,
    offer: CallbackOffer | None,
    seed: int = 1,
    progress: Callable[[int], None] | None = None,
) -> CallbackDay:
    """Run the day through ``agents`` agents who take any call.

    Parameters
    ----------
    offer : CallbackOffer or None
        None: nobody is offered a callback. The day is then what the calls make of it, whatever
        the seed.
    seed : int
        Decides who accepts and who picks up. A customer does the same with any number of agents.
    progress : callable, optional
        Told how many calls have arrived.

    Raises
    ------
    InvalidRequest
        No agents, or no calls.
    """
    if not 1 <= agents <= _MOST_AGENTS:
        raise InvalidRequest(f"agents must be from 1 to {_MOST_AGENTS}, not {agents}")
    if not calls:
        raise InvalidRequest("there are no calls")
    return _Day(calls, agents, offer, seed, progress).figures()


def numbered(number: int) -> str:
    """Return the phone number of a made-up customer, E.164."""
    return f"+{_FIRST_NUMBER + number}"


def calling_back(provider: str, rules: CallbackRules | None = None) -> Configuration:
    """Return one announced queue with a line of a provider from which customers are called."""
    base = announcing(one_queue())
    unit = base.queue(QUEUE).business_unit
    queue = replace(base.queue(QUEUE), callback=rules or CallbackRules())
    line = Line(_LINE, _OUR_NUMBER, unit, "", "it", provider=provider)
    return replace(
        base,
        queues={QUEUE: queue},
        lines={_LINE: line},
        business_units={unit: BusinessUnit(unit)},
    )


class _Day:
    def __init__(
        self,
        calls: Sequence[ListedCall],
        agents: int,
        offer: CallbackOffer | None,
        seed: int,
        progress: Callable[[int], None] | None,
    ) -> None:
        self.offer = offer
        self.seed = seed
        self.progress = progress
        self.arrived = 0
        self.dialling_ms = 0.0
        rules = calling_back(_PROVIDER, offer.rules if offer is not None else None)
        # As in a replay: the matching is left to the drain at the end of the instant.
        self.centre = Centre(rules, enter=enter_queue, ended=_kept, seed=seed, hot=True)
        self.first = EPOCH_MS + min(call.arrival_s for call in calls) * 1000
        self.last = EPOCH_MS + max(call.arrival_s for call in calls) * 1000
        self.changes = self.centre.world.stream.subscribe()
        self.watch = PromiseWatch(self.centre, until=self.last)
        self.open: dict[str, Random] = {}
        for _ in range(agents):
            agent = self.centre.hire(PROFILE)
            self.centre.at(self.first, RANK_ENDS, partial(self.centre.sign_in, agent))
        for number, call in enumerate(calls):
            caller = Caller(
                number,
                call.service_s * 1000,
                None if call.patience_s is None else call.patience_s * 1000,
                QUEUE,
                PLAN,
                int(call.priority == _HIGH_PRIORITY),
            )
            at = EPOCH_MS + call.arrival_s * 1000
            self.centre.at(at, RANK_ARRIVES, partial(self.arrive, caller))
        if offer is not None:
            self.centre.at(self.first + _MINUTE_MS, RANK_ENDS, self.sweep)

    # ---------------------------------------------------------------- callers

    def arrive(self, caller: Caller) -> None:
        self.centre.arrive(caller)
        self.arrived += 1
        if self.progress is not None:
            self.progress(self.arrived)
        if self.offer is not None and self.centre.waits(caller.contact):
            at = self.centre.world.clock.time + self.offer.after_s * 1000
            # Before anybody gives up at that very moment: the offer was heard.
            self.centre.at(at, RANK_ARRIVES, partial(self.offer_to, caller))

    def offer_to(self, caller: Caller) -> None:
        """Offer a callback to somebody who still waits."""
        assert self.offer is not None
        # By caller, not in the order of things: a customer is who they are in every run.
        chance = Random(f"callback-{self.seed}-{caller.number}")
        if not self.centre.waits(caller.contact) or chance.random() >= self.offer.accept:
            return
        asked = callbacks.ask(
            self.centre.app,
            self.centre.contact(caller.contact),
            queue=QUEUE,
            plan=PLAN,
            number=numbered(caller.number),
            cause=CAUSE,
        )
        if asked.outcome == "refused" or asked.callback_id is None:
            if asked.reason == "not_waiting":
                return
            raise RuntimeError(f"a callback was refused: {asked.reason}")
        back = contact_of(asked.callback_id)
        self.open[back] = chance
        self.centre.trade(caller.contact, back, partial(self.accepted, back))

    # ---------------------------------------------------------------- calling back

    def sweep(self) -> None:
        """Do what the minute sweep does, for as long as anything can be due."""
        callback_sweep.sweep(self.centre.app)
        self.close()
        now = self.centre.world.clock.time
        if now < self.last or self.open or self.centre.still_waiting():
            self.centre.at(now + _MINUTE_MS, RANK_ENDS, self.sweep)

    def accepted(self, back: str, rid: str) -> None:
        """An agent took it and is on the line at once: the customer is dialled."""
        assert self.offer is not None
        legs.joined(self.centre.app, LegJoined(back, f"agent-{rid}", rid, CAUSE))
        contact = self.centre.contact(back)
        callback = contact.callback
        if callback is None or not callback.attempts or contact.rid != rid:
            return  # put off: it is looked at again when it is due
        attempt = attempt_id(back, len(callback.attempts))
        phones, now = self.offer.phones, self.centre.world.clock.time
        rings = now + phones.rings_after_ms
        self.centre.at(rings, RANK_ENDS, partial(self.tell, back, attempt, "ringing"))
        if self.open[back].random() < self.offer.pickup:
            over = rings + phones.answered_after_ms
            self.centre.at(over, RANK_ENDS, partial(self.picked_up, back, attempt, rid))
        else:
            over = rings + phones.given_up_after_ms
            self.centre.at(over, RANK_ENDS, partial(self.tell, back, attempt, "no_answer"))
        self.dialling_ms += over - now

    def picked_up(self, back: str, attempt: str, rid: str) -> None:
        self.tell(back, attempt, "answered")
        del self.open[back]
        self.centre.talk(back, rid)

    def tell(self, back: str, attempt: str, outcome: str) -> None:
        """Have the carrier tell how the call to the customer goes on."""
        told = AttemptProgressed(back, attempt, f"call-{attempt}", outcome, CAUSE)
        callbacks.attempt_progressed(self.centre.app, told)
        self.close()

    def close(self) -> None:
        """Let go of the customers whom nobody will call any more."""
        for back in [b for b in self.open if self.centre.contact(b).ended]:
            del self.open[back]
            self.centre.drop(back)

    # ---------------------------------------------------------------- figures

    def figures(self) -> CallbackDay:
        self.centre.run()
        events: list[dict[str, Any]] = []
        while changes := self.changes.take():
            for change in changes:
                events += [
                    {"detail-type": told.type, "detail": detail(told)}
                    for told in describe(change.image)
                ]
        ended = self.centre.world.clock.now()
        facts = contact_facts(events)
        busy = Interval(self.first, max(self.last, self.first + 1))
        times = [agent_time(line, busy) for line in timelines(events, facts, ended).values()]
        asa = compute("asa", facts).value
        calls_back = None if self.offer is None else self.called_back(events, ended)
        answered = int(compute("answered", facts).numerator)
        return CallbackDay(
            offered=int(compute("offered", facts).numerator),
            answered=answered,
            abandoned=int(compute("abandoned", facts).numerator),
            served=answered + (calls_back.reached if calls_back is not None else 0),
            abandonment_rate=compute("abandonment_rate", facts).value,
            asa_s=None if asa is None else asa / 1000,
            occupancy=compute("occupancy", times).value,
            callbacks=calls_back,
            promises=self.watch.report(),
        )

    def called_back(self, events: Sequence[dict[str, Any]], now: int) -> CallbacksOfDay:
        types = [event["detail-type"] for event in events]
        promises = callback_promises(events)
        judged = judge_all(promises, now)
        kept = compute("promise_kept.callback", judged)
        widths = sorted((p.window_end_ms - p.window_start_ms) / 1000 for p in promises)
        rung = [(p.fulfilled_ms - p.made_ms) / 1000 for p in promises if p.fulfilled_ms is not None]
        void = int(compute("promise_voids", judged).numerator)
        return CallbacksOfDay(
            requested=types.count("CallbackRequested"),
            reached=types.count("CallbackConnected"),
            unreached=sum(types.count(f"Callback{end}") for end in ("Exhausted", "Expired")),
            attempts=types.count("CallbackDialed"),
            promised=len(promises),
            kept=int(kept.numerator),
            broken=len(promises) - int(kept.numerator) - void,
            void=void,
            promise_kept=kept.value,
            window_median_s=median(widths) if widths else None,
            window_p90_s=widths[-(-9 * len(widths) // 10) - 1] if widths else None,
            first_ring_s=median(rung) if rung else None,
            dialling_s=self.dialling_ms / 1000,
        )


def _kept(_contact: Contact, _caller: Caller) -> None:
    """Keep everything: the figures are worked out from the events of the whole day."""
