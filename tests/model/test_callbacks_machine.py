"""Callbacks under anything that can happen: each ends once, and no phone rings twice at once.

Customers ask, agents take, decline and leave, the carrier tells what happens to its calls in any
order and as often as it likes, processes die anywhere, timers get lost or doubled. What the
customer's phones do is kept here, apart from the product: a call rings from the moment the carrier
made it until the carrier has told its end, or a ring time-out has passed.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from centralino.adapters.memory.dialler import Dialled
from centralino.adapters.memory.faults import Crash
from centralino.application import calls, legs, offers
from centralino.application.callbacks import commands as callbacks
from centralino.domain.callbacks.model import Mode, attempt_id
from centralino.domain.callbacks.rules import MOST_AGENTS_LEAVE, RING_MS, CallbackRules
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import CentralinoError
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.commands import (
    AnswerDetected,
    AttemptProgressed,
    LegJoined,
    LegLeft,
    PresentAsked,
)
from tests.support.centre import KEY
from tests.unit.application.calling_back import ask, caller, centre_with, ended_once, sound

MINUTE = 60_000
RULES = CallbackRules(expire_ms=15 * MINUTE, tries=3, per_day=50, busy_ms=MINUTE)
CARRIER = (
    "dialler.ring_into",
    "dialler.ring",
    "dialler.found",
    "media.drop_agent",
    "media.hang_up",
)
OVER = ("busy", "no_answer", "failed", "ended")


class CallbackMachine(RuleBasedStateMachine):
    """A small centre, two customers, two agents and a carrier that tells what it likes."""

    terms = RULES

    def __init__(self) -> None:
        super().__init__()
        self.centre = centre_with(self.terms)
        self.asked = 0
        self.asking: list[str] = []
        self.ringing: dict[str, int] = {}
        self.over: set[str] = set()
        self.seen = 0

    @initialize()
    def people(self) -> None:
        for name in ("ann", "bob"):
            self.centre.agent(name)

    # ------------------------------------------------------------------ helpers

    def callbacks(self) -> list[Contact]:
        return [c for c in self.centre.world.store.contacts() if c.callback is not None]

    def pick(self, number: int) -> Contact | None:
        found = self.callbacks()
        return found[number % len(found)] if found else None

    def call(self, number: int) -> Dialled | None:
        made = self.centre.world.dialler.calls
        return made[number % len(made)] if made else None

    def note_calls(self) -> None:
        """Hold every new call against those that may still ring for the same customer."""
        now = self.centre.app.clock.now()
        made = self.centre.world.dialler.calls
        for call in made[self.seen :]:
            others = [
                other
                for other in made
                if other.contact == call.contact
                and other.call in self.ringing
                and other.call not in self.over
                and now < self.ringing[other.call] + RING_MS
            ]
            assert not others, f"{call} while {others} may ring"
            self.ringing[call.call] = now
        self.seen = len(made)

    # ------------------------------------------------------------------ what happens

    @rule(customer=st.integers(0, 1), waits=st.booleans())
    def asks(self, customer: int, waits: bool) -> None:
        self.asked += 1
        number = f"+39333123456{customer}"
        with suppress(CentralinoError, Crash):
            first = caller(self.centre, f"CA{self.asked}", waits=waits, number=number)
            self.asking.append(first.id)
            ask(self.centre, first, number)

    @precondition(lambda self: self.asking)
    @rule(number=st.integers(0, 9))
    def asks_again(self, number: int) -> None:
        with suppress(CentralinoError, Crash):
            ask(self.centre, self.centre.contact(self.asking[number % len(self.asking)]))

    @rule(number=st.integers(0, 9), decline=st.booleans())
    def agent_answers(self, number: int, decline: bool) -> None:
        contact = self.pick(number)
        if contact is None or contact.rid is None or contact.agent is None:
            return
        with suppress(CentralinoError, Crash):
            if decline:
                offers.decline(
                    self.centre.app, contact.agent, contact.id, contact.rid, "busy", "api"
                )
            else:
                offers.accept(self.centre.app, contact.agent, contact.id, contact.rid, "api")
        self.note_calls()

    @rule(wait=st.sampled_from((0, 0, 47, 61)), leaves=st.sampled_from((False, False, True)))
    def an_agent_calls(self, wait: int, leaves: bool) -> None:
        """What mostly happens: somebody is free, takes the next one and comes on the line."""
        for name in ("ann", "bob"):
            self.agent_ready(name)
        self.time_passes(wait)
        self.sweeps()
        for contact in self.callbacks():
            if str(contact.state) != "OFFERED" or contact.rid is None or contact.agent is None:
                continue
            with suppress(CentralinoError, Crash):
                offers.accept(self.centre.app, contact.agent, contact.id, contact.rid, "api")
                legs.joined(self.centre.app, LegJoined(contact.id, "CAagent", contact.rid))
                if leaves:
                    legs.left(
                        self.centre.app, LegLeft(contact.id, "CAagent", contact.rid, "hung_up")
                    )
        self.note_calls()

    @rule(number=st.integers(0, 9), leaves=st.booleans())
    def agent_leg(self, number: int, leaves: bool) -> None:
        contact = self.pick(number)
        if contact is None or contact.rid is None:
            return
        with suppress(CentralinoError, Crash):
            if leaves:
                legs.left(self.centre.app, LegLeft(contact.id, "CAagent", contact.rid, "hung_up"))
            else:
                legs.joined(self.centre.app, LegJoined(contact.id, "CAagent", contact.rid))
        self.note_calls()

    @rule(
        number=st.integers(0, 9),
        outcome=st.sampled_from(("ringing", "answered", *OVER)),
        times=st.integers(1, 2),
    )
    def carrier_tells(self, number: int, outcome: str, times: int) -> None:
        call = self.call(number)
        if call is None:
            return
        if outcome in OVER:
            self.over.add(call.call)
        told = AttemptProgressed(call.contact, call.attempt, call.call, outcome, "w")
        for _ in range(times):
            with suppress(CentralinoError, Crash):
                callbacks.attempt_progressed(self.centre.app, told)
        self.note_calls()

    @rule(number=st.integers(0, 9))
    def taken_back(self, number: int) -> None:
        contact = self.pick(number)
        if contact is not None:
            with suppress(CentralinoError, Crash):
                callbacks.cancel(self.centre.app, "cb_" + contact.id[3:], "customer", "api")

    @rule(seconds=st.sampled_from((1, 4, 13, 46, 61, 301)))
    def time_passes(self, seconds: int) -> None:
        # Step by step, so that a call is noted at the moment at which it was made.
        end = self.centre.world.clock.time + seconds * 1_000
        while (due := self.centre.world.timers.next_at()) is not None and due <= end:
            self.quietly(max(0, int(due - self.centre.world.clock.time)))
        self.quietly(max(0, int(end - self.centre.world.clock.time)))

    def quietly(self, milliseconds: int) -> None:
        with suppress(CentralinoError, Crash):  # the message is lost; the sweep sees to it
            self.centre.advance(milliseconds)
        self.note_calls()

    @rule()
    def sweeps(self) -> None:
        with suppress(CentralinoError, Crash):
            self.centre.sweep()
        self.note_calls()

    @rule()
    def relays(self) -> None:
        for _ in range(2):
            with suppress(CentralinoError, Crash):
                self.centre.relay()
        self.note_calls()

    @rule(name=st.sampled_from(("ann", "bob")))
    def agent_ready(self, name: str) -> None:
        with suppress(CentralinoError, Crash):
            self.centre.ready(f"ag_{name}")

    # ------------------------------------------------------------------ what goes wrong

    @rule(boundary=st.integers(1, 40))
    def dies_soon(self, boundary: int) -> None:
        self.centre.world.faults.crash_at(boundary)

    @rule(
        operation=st.sampled_from(CARRIER),
        lost=st.booleans(),
    )
    def carrier_fails(self, operation: str, lost: bool) -> None:
        faults = self.centre.world.faults
        (faults.lose_reply if lost else faults.refuse)(operation)

    @rule(lose=st.sampled_from((0.0, 0.3)), double=st.sampled_from((0.0, 0.3)))
    def timers_go_wrong(self, lose: float, double: float) -> None:
        self.centre.world.timers.mishaps.lose = lose
        self.centre.world.timers.mishaps.duplicate = double

    # ------------------------------------------------------------------ what must be true

    @invariant()
    def one_open_request_each(self) -> None:
        pending = [c for c in self.callbacks() if c.callback is not None and c.callback.pending]
        doubled = {who: n for who, n in Counter(c.subject for c in pending).items() if n > 1}
        assert not doubled, doubled

    @invariant()
    def attempts_are_bounded(self) -> None:
        for contact in self.callbacks():
            assert contact.callback is not None
            tried = contact.callback.tried
            assert tried <= RULES.tries
            assert len(contact.callback.attempts) - tried <= MOST_AGENTS_LEAVE
            for attempt in contact.callback.attempts[:-1]:
                assert attempt.outcome is not None, attempt_id(contact.id, attempt.number)

    def teardown(self) -> None:
        """Let everything come to rest: every callback ends, exactly once."""
        self.centre.world.faults.clear()
        self.centre.world.timers.mishaps.lose = 0.0
        for _ in range(20):
            for contact in self.centre.world.store.contacts():
                if not contact.calls_back:
                    self.centre.world.media.gone.add(contact.id)
            self.centre.relay()
            self.centre.advance(MINUTE)
            self.centre.sweep()
            self.note_calls()
        self.centre.relay()
        sound(self.centre)
        ended_once(self.centre)
        for contact in self.centre.world.store.contacts():
            assert contact.ended, contact


CI = settings(
    max_examples=150,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


class CustomerFirstMachine(CallbackMachine):
    """The same centre, whose customers are rung before an agent is found."""

    terms = replace(RULES, mode=Mode.CUSTOMER_FIRST, detect=True)

    @rule(number=st.integers(0, 9))
    def phone_is_picked_up(self, number: int) -> None:
        """The carrier asks what the call should do; of one that is over it does not."""
        call = self.call(number)
        if call is None or call.call in self.over:
            return
        with suppress(CentralinoError, Crash):
            heard = calls.handle(
                self.centre.app, PresentAsked(call.contact, call.call, "w", call.attempt), KEY
            )
            if heard == [act.Hangup()]:
                self.over.add(call.call)

    @rule(number=st.integers(0, 9), who=st.sampled_from(("human", "machine", "unknown")))
    def carrier_detects(self, number: int, who: str) -> None:
        call = self.call(number)
        if call is not None:
            told = AnswerDetected(call.contact, call.attempt, call.call, who, "w")
            with suppress(CentralinoError, Crash):
                callbacks.answer_detected(self.centre.app, told)

    @rule(number=st.integers(0, 9))
    def customer_leg(self, number: int) -> None:
        contact = self.pick(number)
        if contact is not None and contact.call is not None:
            with suppress(CentralinoError, Crash):
                legs.joined(self.centre.app, LegJoined(contact.id, contact.call, None))

    @rule(number=st.integers(0, 9), detects=st.booleans(), leaves=st.booleans())
    def a_customer_is_served(self, number: int, detects: bool, leaves: bool) -> None:
        """What mostly happens: the phone is picked up, an agent takes the call, or is too late."""
        for name in ("ann", "bob"):
            self.agent_ready(name)
        self.time_passes(13)
        self.phone_is_picked_up(number)
        if detects:
            self.carrier_detects(number, "human")
        if leaves:
            self.carrier_tells(number, "ended", 1)
        for contact in self.callbacks():
            if str(contact.state) == "OFFERED" and contact.rid and contact.agent:
                with suppress(CentralinoError, Crash):
                    offers.accept(self.centre.app, contact.agent, contact.id, contact.rid, "api")
                    legs.joined(self.centre.app, LegJoined(contact.id, "CAagent", contact.rid))
                    legs.joined(self.centre.app, LegJoined(contact.id, contact.call or "", None))
        self.note_calls()

    @invariant()
    def who_waits_is_on_the_line(self) -> None:
        for contact in self.callbacks():
            if contact.answers_callback:
                assert contact.call is not None
                assert str(contact.state) in ("WAITING", "OFFERED"), contact
            if contact.calls_back:
                assert contact.call is None, contact


def test_callbacks_end_once_whatever_happens() -> None:
    run_state_machine_as_test(CallbackMachine, settings=CI)


def test_customers_who_are_rung_first_are_called_once_and_forgotten_never() -> None:
    run_state_machine_as_test(CustomerFirstMachine, settings=settings(CI, max_examples=100))
