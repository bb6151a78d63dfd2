"""A night on which the clocks change, and customers who wait for a call: the machine of the ledger.

Customers ask, for now or for a time they pick; they move, take back, call in themselves and hang
up. Agents come, go, take, decline and give away. The carrier tells what it likes of its calls, as
often as it likes. Processes die at any port, replies, timers and schedules are lost or doubled,
nobody runs for hours, a clock is set back a little.

What customers' phones do, and what time it is on their wall, is kept here, apart from the product:
a call rings from the moment the carrier made it until the carrier has told its end, or a ring
time-out has passed.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from centralino.adapters.memory.dialler import Dialled
from centralino.adapters.memory.faults import Crash
from centralino.application import agents, legs, offers, talk
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import moving as callback_moving
from centralino.application.callbacks import reassigning as callback_reassigning
from centralino.application.callbacks import slots as callback_slots
from centralino.application.callbacks.commands import CallbackAsked
from centralino.domain.agents.model import AgentState
from centralino.domain.callbacks.model import Mode, callback_id
from centralino.domain.callbacks.rules import RING_MS
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import CentralinoError
from centralino.domain.telephony.commands import (
    AnswerDetected,
    AttemptProgressed,
    LegJoined,
    LegLeft,
)
from tests.model import callback_rest
from tests.model.callback_evening import allowed, night_centre
from tests.unit.application.calling_back import caller

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
OVER = ("busy", "no_answer", "failed", "ended")


class Night(RuleBasedStateMachine):
    """A small centre, three customers, two agents, and a carrier that tells what it likes."""

    zone: ClassVar[str] = "Europe/Rome"
    evening: ClassVar[str] = "2027-03-28T00:20"
    mode: ClassVar[Mode] = Mode.AGENT_FIRST

    def __init__(self) -> None:
        super().__init__()
        self.centre = night_centre(self.zone, self.evening, self.mode)
        self.asked = 0
        self.asking: list[str] = []
        self.booked: set[str] = set()
        self.ringing: dict[str, int] = {}
        self.over: set[str] = set()
        self.wrong: list[str] = []
        self.centre.world.dialler.calls = Calls(self.note_call)

    @initialize()
    def people(self) -> None:
        for name in ("ann", "bob"):
            self.centre.agent(name, profile="all")
        self.asks(0, waits=True, place=None)

    # ------------------------------------------------------------------ helpers

    def callbacks(self) -> list[Contact]:
        return [c for c in self.centre.world.store.contacts() if c.callback is not None]

    def inbound(self) -> list[Contact]:
        found = self.centre.world.store.contacts()
        return [c for c in found if c.callback is None and not c.ended]

    def pick(self, number: int) -> Contact | None:
        found = self.callbacks()
        return found[number % len(found)] if found else None

    def note_call(self, made: Dialled) -> None:
        """Hold a call against the hour, and against those that may still ring for the request."""
        now = self.centre.app.clock.now()
        for other in self.centre.world.dialler.calls[:-1]:
            until = self.ringing[other.call] + RING_MS
            if other.contact == made.contact and other.call not in self.over and now < until:
                self.wrong.append(f"{made.attempt} rings while {other.attempt} may ring")
        if not allowed(now, self.zone):
            self.wrong.append(f"{made.attempt} rings out of hours")
        self.ringing[made.call] = now

    def take_note(self, answer: CallbackAsked) -> None:
        if answer.callback_id is not None:
            self.booked.add(answer.callback_id)

    def time_to_pick(self, place: int | None) -> int | None:
        if place is None:
            return None
        now = self.centre.app.clock.now()
        free = callback_slots.free(self.centre.app, "sales", now, now + 12 * HOUR)
        return free[place % len(free)].start if free else None

    # ------------------------------------------------------------------ customers

    @rule(
        customer=st.integers(0, 2),
        waits=st.booleans(),
        place=st.sampled_from((None, None, 0, 3, 11)),
    )
    def asks(self, customer: int, waits: bool, place: int | None) -> None:
        self.asked += 1
        number = f"+39333123456{customer}"
        with suppress(CentralinoError, Crash):
            first = caller(self.centre, f"CA{self.asked}", waits=waits, number=number)
            self.asking.append(first.id)
            self.ask(first, number, self.time_to_pick(place))

    @precondition(lambda self: self.asking)
    @rule(number=st.integers(0, 9), customer=st.integers(0, 2))
    def asks_again(self, number: int, customer: int) -> None:
        with suppress(CentralinoError, Crash):
            first = self.centre.contact(self.asking[number % len(self.asking)])
            self.ask(first, f"+39333123456{customer}", None)

    def ask(self, contact: Contact, number: str, at: int | None) -> None:
        self.take_note(
            callbacks.ask(
                self.centre.app,
                contact,
                queue="sales",
                plan="voice",
                number=number,
                cause="w",
                at=at,
            )
        )

    @rule(customer=st.integers(0, 2))
    def calls_in(self, customer: int) -> None:
        self.asked += 1
        with suppress(CentralinoError, Crash):
            caller(self.centre, f"CA{self.asked}", number=f"+39333123456{customer}")
        self.relays()

    @rule(number=st.integers(0, 9))
    def hangs_up(self, number: int) -> None:
        found = self.inbound()
        if found:
            contact = found[number % len(found)]
            with suppress(CentralinoError, Crash):
                talk.end_call(self.centre.app, contact.id, by="caller", cause="w", seen=contact)

    @rule(number=st.integers(0, 9))
    def takes_back(self, number: int) -> None:
        contact = self.pick(number)
        if contact is not None:
            with suppress(CentralinoError, Crash):
                callbacks.cancel(self.centre.app, callback_id(contact.id), "customer", "api")

    @rule(
        number=st.integers(0, 9),
        place=st.sampled_from((None, 0, 2, 7)),
        by=st.sampled_from(("customer", "agent")),
    )
    def moves(self, number: int, place: int | None, by: str) -> None:
        contact = self.pick(number)
        if contact is not None:
            with suppress(CentralinoError, Crash):
                at = self.time_to_pick(place)
                callback_moving.move(self.centre.app, callback_id(contact.id), at, by, "api")

    # ------------------------------------------------------------------ agents

    @rule(wait=st.sampled_from((0, 0, 47, 61)), leaves=st.sampled_from((False, False, True)))
    def an_agent_works(self, wait: int, leaves: bool) -> None:
        """What mostly happens: somebody is free, takes the next one and comes on the line."""
        for name in ("ann", "bob"):
            with suppress(CentralinoError, Crash):
                self.centre.ready(f"ag_{name}")
        self.time_passes(wait)
        self.sweeps()
        app = self.centre.app
        for contact in self.centre.world.store.contacts():
            if str(contact.state) != "OFFERED" or contact.rid is None or contact.agent is None:
                continue
            with suppress(CentralinoError, Crash):
                offers.accept(app, contact.agent, contact.id, contact.rid, "api")
                if contact.callback is None:
                    self.centre.caller_joins(contact.id)
                    self.centre.world.media.join(contact.id, contact.rid)
                legs.joined(app, LegJoined(contact.id, "CAagent", contact.rid))
                if leaves:
                    legs.left(app, LegLeft(contact.id, "CAagent", contact.rid, "hung_up"))

    @rule(number=st.integers(0, 9))
    def declines(self, number: int) -> None:
        contact = self.pick(number)
        if contact is not None and contact.rid is not None and contact.agent is not None:
            with suppress(CentralinoError, Crash):
                app, rid = self.centre.app, contact.rid
                offers.decline(app, contact.agent, contact.id, rid, "busy", "api")

    @rule(number=st.integers(0, 9), queue=st.sampled_from(("sales", "support")))
    def gives_away(self, number: int, queue: str) -> None:
        contact = self.pick(number)
        if contact is not None:
            with suppress(CentralinoError, Crash):
                callback_reassigning.reassign(
                    self.centre.app,
                    callback_id(contact.id),
                    queue=queue,
                    agent=None,
                    by="agent",
                    cause="api",
                )

    @rule(name=st.sampled_from(("ann", "bob")))
    def goes_home(self, name: str) -> None:
        with suppress(CentralinoError, Crash):
            state = AgentState.OFFLINE
            agents.set_state(self.centre.app, f"ag_{name}", state, None, "api")

    # ------------------------------------------------------------------ the carrier

    @rule(
        number=st.integers(0, 9),
        outcome=st.sampled_from(("ringing", "answered", "answered", "machine", *OVER)),
        times=st.integers(1, 2),
    )
    def carrier_tells(self, number: int, outcome: str, times: int) -> None:
        made = self.centre.world.dialler.calls
        if not made:
            return
        call = made[-1 - number % len(made)]
        if outcome in OVER:
            self.over.add(call.call)
        app, named = self.centre.app, (call.contact, call.attempt, call.call)
        for _ in range(times):
            with suppress(CentralinoError, Crash):
                if outcome == "machine":
                    callbacks.answer_detected(app, AnswerDetected(*named, "machine", "w"))
                else:
                    callbacks.attempt_progressed(app, AttemptProgressed(*named, outcome, "w"))

    @rule(outcome=st.sampled_from(("answered", "answered", *OVER)))
    def a_customer_is_called(self, outcome: str) -> None:
        """What mostly happens to a callback: an agent takes it, and the phone rings."""
        before = len(self.centre.world.dialler.calls)
        self.an_agent_works(0, leaves=False)
        self.time_passes(1)
        if len(self.centre.world.dialler.calls) > before:
            self.carrier_tells(0, "ringing", 1)
            self.carrier_tells(0, outcome, 1)

    # ------------------------------------------------------------------ time

    @rule(seconds=st.sampled_from((1, 13, 46, 61, 301, 1200)))
    def time_passes(self, seconds: int) -> None:
        clock, timers = self.centre.world.clock, self.centre.world.timers
        end = clock.time + seconds * SECOND
        # Step by step: who dies over one message leaves the others to the next process.
        while (due := timers.next_at()) is not None and due <= end:
            with suppress(CentralinoError, Crash):
                self.centre.advance(max(0, int(due - clock.time)))
        clock.move_to(end)

    @rule(seconds=st.sampled_from((-2, 3_600, 7_200, 18_000)))
    def the_clock_jumps(self, seconds: int) -> None:
        """It is set back a little, or nobody runs for hours and all that was due comes at once."""
        self.centre.world.clock.advance(seconds * SECOND)

    @rule()
    def sweeps(self) -> None:
        with suppress(CentralinoError, Crash):
            self.centre.sweep()

    @rule()
    def relays(self) -> None:
        try:
            self.centre.relay()
        except (CentralinoError, Crash):
            # The stream gives the batch again, to the next process.
            self.centre.stream.redeliver()

    # ------------------------------------------------------------------ what goes wrong

    @rule(
        what=st.sampled_from(
            (
                "dies",
                "dies",
                "dialler.*",
                "media.drop_agent",
                "store.save*",
                "operations.*",
                "timers.send",
                "messages",
            )
        ),
        boundary=st.integers(1, 40),
        lost=st.booleans(),
        lose=st.sampled_from((0.0, 0.3, 1.0)),
        double=st.sampled_from((0.0, 0.3)),
    )
    def something_goes_wrong(
        self, what: str, boundary: int, lost: bool, lose: float, double: float
    ) -> None:
        """A process dies soon, a request fails or its reply is lost, or messages go astray."""
        faults = self.centre.world.faults
        if what == "dies":
            faults.crash_at(boundary)
        elif what == "messages":
            for port in (self.centre.world.timers, self.centre.world.schedules):
                port.mishaps.lose = lose
                port.mishaps.duplicate = double
        else:
            (faults.lose_reply if lost else faults.refuse)(what)

    # ------------------------------------------------------------------ what must be true

    @invariant()
    def no_phone_rings_twice_or_out_of_hours(self) -> None:
        assert not self.wrong, self.wrong

    @invariant()
    def one_open_request_each(self) -> None:
        pending = [c for c in self.callbacks() if c.callback is not None and c.callback.pending]
        doubled = {who: n for who, n in Counter(c.subject for c in pending).items() if n > 1}
        assert not doubled, f"doubled: {doubled}"

    def teardown(self) -> None:
        """Let everything come to rest; then every request has ended, exactly once."""
        callback_rest.come_to_rest(self.centre)
        self.no_phone_rings_twice_or_out_of_hours()
        callback_rest.every_request_ended_once(self.centre)
        callback_rest.nothing_is_lost(self.centre, self.booked)
        callback_rest.the_ledger_tells_the_same(self.centre)
        callback_rest.every_promise_is_judged(self.centre)


class Calls(list[Dialled]):
    """The calls of a carrier, each told the moment it is made."""

    def __init__(self, told: object) -> None:
        super().__init__()
        self._told = told

    def append(self, call: Dialled) -> None:
        """Keep a call, and tell of it."""
        super().append(call)
        self._told(call)  # type: ignore[operator]
