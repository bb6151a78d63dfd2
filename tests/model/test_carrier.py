"""Whatever a carrier tells, in whatever order: a legal state, and no leg left once all is over.

Every invariant of the routing protocol is checked after every step as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from centralino.application import agents, offers, reaping, rejoining, timers, transfers
from centralino.domain.contacts.model import TALKING, Contact
from centralino.domain.ids import contact_of_offer
from centralino.domain.telephony.commands import (
    CallProgressed,
    HoldContinued,
    InputGiven,
    PresentAsked,
    WaitContinued,
)
from tests.model.carrier import Carrier, Leg
from tests.model.driven import Driven, callers, offers_made
from tests.model.mishaps import MISHAPS, WHICH, Mishap
from tests.model.plant import Plant
from tests.support.centre import configuration

CI = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=250,
    stateful_step_count=40,
    suppress_health_check=list(HealthCheck),
)
FULL = settings(CI, derandomize=False, max_examples=2_000, stateful_step_count=80)
_ASKS: dict[str, Callable[[Plant, str, str], object]] = {
    "hang up": lambda p, a, c: agents.hang_up(p.app, a, c, "api"),
    "rejoin": lambda p, a, c: rejoining.rejoin(p.app, a, c, "api"),
    "decline to rejoin": lambda p, a, c: rejoining.decline(p.app, a, c, "api"),
    "hold": lambda p, a, c: transfers.hold(p.app, a, c, "api"),
    "resume": lambda p, a, c: transfers.resume(p.app, a, c, "api"),
    "return": lambda p, a, c: transfers.return_to_queue(p.app, a, c, "api"),
    "dispose": lambda p, a, c: agents.dispose(p.app, a, c, "resolved", "api"),
}


class CarrierMachine(Driven):
    """Two agents, up to three callers, and a carrier that tells as it likes."""

    @initialize(
        attentive=st.sampled_from([True, True, False]),
        callers=st.integers(1, 2),
        talks=st.sampled_from([True, True, False]),
    )
    def open(self, attentive: bool, callers: int, talks: bool) -> None:
        """Open a centre with two agents ready and somebody in the queue, or in a talk."""
        self.lagging = False
        self.attentive = attentive
        self.plant = Plant(configuration(), joins=True)
        self.carrier = Carrier(self.plant)
        for name in ("ann", "bob"):
            self.plant.agent(name, "all")
        for number in range(callers):
            self.plant.queue(f"CA{number}")
        self.pages_answer()
        if talks:
            self.talk(0)

    @rule(number=st.integers(0, 2), mishap=MISHAPS)
    def caller_queues(self, number: int, mishap: Mishap | None) -> None:
        """A caller rings and chooses."""
        self.attempt(lambda: self.plant.queue(f"CA{number}"), mishap)

    @precondition(lambda self: offers_made(self))
    @rule(which=st.integers(0, 2), mishap=MISHAPS)
    def accept(self, which: int, mishap: Mishap | None) -> None:
        """An agent accepts what rings, or rang."""
        agent, rid = self.offer(which) or ("", "")
        room, app = contact_of_offer(rid), self.plant.app
        self.attempt(lambda: offers.accept(app, agent, room, rid, "api"), mishap, about=rid)

    @precondition(lambda self: offers_made(self))
    @rule(which=st.integers(0, 2))
    def talk(self, which: int) -> None:
        """An agent accepts, the legs join, and all of it is told at once."""
        agent, rid = self.offer(which) or ("", "")
        room, app = contact_of_offer(rid), self.plant.app
        self.attempt(lambda: offers.accept(app, agent, room, rid, "api"), None, about=rid)
        if (room, rid) in self.carrier.ringing():
            self.carrier.answer((room, rid))
        for _ in range(3):
            self._tell(len(self.carrier.post) - 1, None, keep=False)
            if room in self.carrier.redirected:
                self.attempt(lambda: self.carrier.follow_redirect(room), None)

    @precondition(lambda self: offers_made(self))
    @rule(which=WHICH, what=st.sampled_from(sorted(_ASKS)), mishap=MISHAPS)
    def agent_asks(self, which: int, what: str, mishap: Mishap | None) -> None:
        """An agent asks for something, fitting or not."""
        agent, rid = self.offer(which) or ("", "")
        room = contact_of_offer(rid)
        self.attempt(lambda: _ASKS[what](self.plant, agent, room), mishap)

    @precondition(lambda self: _legs(self, Carrier.ringing))
    @rule(which=WHICH, picks_up=st.booleans())
    def ring_ends(self, which: int, picks_up: bool) -> None:
        """A ringing leg is answered, or is not."""
        legs = self.carrier.ringing()
        leg = legs[which % len(legs)]
        self.carrier.answer(leg) if picks_up else self.carrier.refuse(leg)

    @precondition(lambda self: _legs(self, Carrier.talking))
    @rule(which=WHICH)
    def leg_breaks_off(self, which: int) -> None:
        """A leg in a conversation ends."""
        legs = self.carrier.talking()
        self.carrier.break_off(legs[which % len(legs)])

    @precondition(lambda self: _in_talk(self))
    @rule(
        which=WHICH,
        told=st.integers(0, 2),
        then=st.sampled_from(["rejoin", "rejoin", "ring", "too late", "decline to rejoin"]),
        mishap=MISHAPS,
    )
    def agent_is_lost(self, which: int, told: int, then: str, mishap: Mishap | None) -> None:
        """An agent's leg breaks off in a talk; they come back, or try, or do not."""
        found = _in_talk(self)
        contact = found[which % len(found)]
        agent, leg = contact.agent or "", (contact.id, contact.rid or "")
        if leg in self.carrier.talking():
            self.carrier.break_off(leg)
        for _ in range(told):
            self._tell(len(self.carrier.post) - 1, mishap, keep=False)
        if then == "too late":
            self.plant.world.clock.advance(21_000)
            return
        ask = _ASKS["rejoin" if then == "ring" else then]
        self.attempt(lambda: ask(self.plant, agent, contact.id), None)
        if then == "rejoin" and leg in self.carrier.ringing():
            self.carrier.answer(leg)
            self._tell(len(self.carrier.post) - 1, None, keep=False)

    @precondition(lambda self: callers(self))
    @rule(which=WHICH)
    def caller_goes(self, which: int) -> None:
        """A caller hangs up."""
        contact = self.contact(which)
        if contact is not None and contact.id not in self.plant.world.media.gone:
            self.carrier.caller_goes(contact.id)

    @precondition(lambda self: hasattr(self, "carrier") and self.carrier.redirected)
    @rule(which=WHICH, mishap=MISHAPS)
    def redirect_is_followed(self, which: int, mishap: Mishap | None) -> None:
        """A redirected call asks what to do, and does it."""
        rooms = self.carrier.redirected
        room = rooms[which % len(rooms)]
        self.attempt(lambda: self.carrier.follow_redirect(room), mishap)

    @precondition(lambda self: hasattr(self, "carrier") and self.carrier.post)
    @rule(which=st.integers(0, 50), keep=st.booleans(), mishap=MISHAPS)
    def something_is_told(self, which: int, keep: bool, mishap: Mishap | None) -> None:
        """The carrier tells something, in any order; it may come again."""
        self._tell(which, mishap, keep=keep)

    @precondition(lambda self: hasattr(self, "carrier") and self.carrier.post)
    @rule(which=st.integers(0, 50))
    def something_is_lost(self, which: int) -> None:
        """A message never arrives."""
        self.carrier.post.pop(which % len(self.carrier.post))

    @precondition(lambda self: hasattr(self, "carrier") and self.carrier.told)
    @rule(which=st.integers(0, 50), mishap=MISHAPS)
    def something_is_told_again(self, which: int, mishap: Mishap | None) -> None:
        """The carrier repeats itself much later."""
        told = self.carrier.told[which % len(self.carrier.told)]
        self.attempt(lambda: self.carrier.deliver(told), mishap)

    @precondition(lambda self: callers(self))
    @rule(which=WHICH, what=st.sampled_from(["wait", "hold", "present", "input", "ringing"]))
    def carrier_asks(self, which: int, what: str) -> None:
        """The carrier asks what is to be heard, or tells of a status, fitting or not."""
        contact = self.contact(which)
        if contact is not None:
            self.attempt(lambda: self.carrier.deliver(_asked(contact, what)), None)

    @rule(mishap=MISHAPS)
    def next_timer(self, mishap: Mishap | None) -> None:
        """The next timer fires; one whose function died comes again."""
        queue = self.plant.world.timers
        due = queue.next_at()
        if due is None:
            return
        self.plant.world.clock.move_to(due)
        (timer,) = queue.due(1)
        self.plant.fired.append(timer)
        fire = lambda: timers.fire(self.plant.app, timer, "timer")  # noqa: E731
        if not self.attempt(fire, mishap, about=timer.rid, of_a_person=False):
            queue._enqueue(replace(timer, delay_ms=30_000))

    @rule(milliseconds=st.sampled_from([1, 1_000, 7_000, 21_000, 61_000]))
    def time_passes(self, milliseconds: int) -> None:
        """Time passes; timers are late."""
        self.plant.world.clock.advance(milliseconds)

    @rule(mishap=MISHAPS)
    def stream_and_sweep(self, mishap: Mishap | None) -> None:
        """The relay and the sweep run."""
        if not self.attempt(lambda: self.plant.relay(20), mishap, of_a_person=False):
            self.plant.stream.redeliver()
        self.attempt(self.plant.sweep, None, of_a_person=False)

    @invariant()
    def hold(self) -> None:
        """Every invariant holds after every step."""
        if hasattr(self, "carrier"):
            self.plant.look()

    def teardown(self) -> None:
        """In the end nothing is stuck, and no leg is open."""
        if hasattr(self, "carrier"):
            self.plant.come_to_rest()
            self.plant.run(2)
            assert not self.carrier.open(), f"{self.carrier.open()} are still there"

    def _tell(self, which: int, mishap: Mishap | None, *, keep: bool) -> None:
        if self.carrier.post:
            at = which % len(self.carrier.post)
            told = self.carrier.post[at] if keep else self.carrier.post.pop(at)
            self.attempt(lambda: self.carrier.deliver(told), mishap)


def _legs(machine: CarrierMachine, which: Callable[[Carrier], list[Leg]]) -> bool:
    return hasattr(machine, "carrier") and bool(which(machine.carrier))


def _in_talk(machine: CarrierMachine) -> list[Contact]:
    if not hasattr(machine, "carrier"):
        return []
    contacts = sorted(machine.plant.world.store.contacts(), key=lambda c: c.created_at)
    return [c for c in contacts if c.state in TALKING]


def _asked(
    contact: Contact, what: str
) -> WaitContinued | HoldContinued | PresentAsked | InputGiven | CallProgressed:
    call = contact.call or ""
    match what:
        case "wait":
            return WaitContinued(contact.id, call)
        case "hold":
            return HoldContinued(contact.id, call)
        case "present":
            return PresentAsked(contact.id, call)
        case "input":
            return InputGiven(contact.id, call, "menu.0", "1")
        case _:
            return CallProgressed("twilio", call, "ringing", False, contact.id)


def test_any_sequence_of_a_carriers_events_leaves_a_legal_state_and_no_leg() -> None:
    run_state_machine_as_test(CarrierMachine, settings=CI)


@pytest.mark.full
def test_long_sequences_of_a_carriers_events_leave_a_legal_state_and_no_leg() -> None:
    run_state_machine_as_test(CarrierMachine, settings=FULL)


def test_without_the_reaper_a_leg_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaping, "reap", lambda *_: None)
    found = settings(CI, phases=[Phase.generate])
    with pytest.raises(AssertionError, match="are still there"):
        run_state_machine_as_test(CarrierMachine, settings=found)
