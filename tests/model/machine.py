"""The routing protocol under everything that can happen, as a Hypothesis state machine.

People do what people do, messages are lost, doubled, late and repeated, processes die at any port
and services fail before or after they did their work, indexes lag and clocks step back. After
every step every invariant is checked; in the end the centre must come to rest by itself.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
)

from centralino.application import agents, offers, timers
from centralino.domain.agents.model import AgentState
from centralino.domain.ids import contact_of_offer
from tests.model.driven import callers, offers_made
from tests.model.evidence import beside
from tests.model.leg_rules import LegRules
from tests.model.mishaps import MISHAPS, WHICH, Mishap
from tests.model.plant import Plant
from tests.support.centre import configuration


class RoutingMachine(LegRules):
    """See the module's docstring."""

    @initialize(
        lag_ms=st.sampled_from([None, 5, 400, 2_000]),
        joins=st.booleans(),
        seed=st.integers(0, 9),
        stages=st.lists(st.sampled_from(["queued", "talking", "wrapping up"]), max_size=4),
        attentive=st.booleans(),
    )
    def open(
        self, lag_ms: int | None, joins: bool, seed: int, stages: list[str], attentive: bool
    ) -> None:
        """Open a centre of three agents, two of them ready, with some calls under way."""
        chance = Random(seed)
        lag = None if lag_ms is None else lambda: chance.random() * lag_ms
        self.lagging = lag_ms is not None
        self.attentive = attentive
        self.plant = Plant(configuration(), joins=joins, seed=seed, lag=lag)
        self.plant.witness.fair = not self.lagging
        self.staff = [
            self.plant.agent(name, profile, ready=name != "cat")
            for name, profile in (("ann", "sales"), ("bob", "support"), ("cat", "all"))
        ]
        for number, stage in enumerate(stages, 1):
            contact_id = self.plant.queue(f"CA{number}", "12"[number % 2])
            rid = self.plant.contact(contact_id).rid
            if rid is not None and stage != "queued":
                self._connect(contact_id, rid, None)
                if stage == "wrapping up":
                    self.plant.caller_leaves(contact_id)
        self.pages_answer()

    @rule(number=st.integers(1, 5), mishap=MISHAPS)
    def ring(self, number: int, mishap: Mishap | None) -> None:
        """A caller rings, or the carrier says so once more."""
        self.attempt(lambda: self.plant.ring(f"CA{number}"), mishap)

    @rule(number=st.integers(1, 5), digits=st.sampled_from("1112"), mishap=MISHAPS)
    def queue(self, number: int, digits: str, mishap: Mishap | None) -> None:
        """A caller rings and chooses at once."""
        self.attempt(lambda: self.plant.queue(f"CA{number}", digits), mishap)

    @precondition(lambda self: callers(self))
    @rule(which=WHICH, digits=st.sampled_from(["1", "2", "3", "9", ""]), mishap=MISHAPS)
    def press(self, which: int, digits: str, mishap: Mishap | None) -> None:
        """A caller presses something, at whatever step."""
        contact = self.contact(which)
        if contact is not None:
            tries = contact.flow.tries if contact.flow is not None else 0
            self.attempt(lambda: self.plant.press(contact.id, digits, f"menu.{tries}"), mishap)

    @precondition(lambda self: callers(self))
    @rule(which=WHICH, mishap=MISHAPS)
    def caller_leaves(self, which: int, mishap: Mishap | None) -> None:
        """A caller hangs up, in any state, and we are told."""
        contact = self.contact(which)
        if contact is not None:
            self.plant.world.media.gone.add(contact.id)
            self.attempt(lambda: self.plant.caller_leaves(contact.id), mishap)

    @precondition(lambda self: callers(self))
    @rule(which=WHICH)
    def caller_vanishes(self, which: int) -> None:
        """A caller hangs up and the word of it is lost."""
        contact = self.contact(which)
        if contact is not None:
            self.plant.world.media.gone.add(contact.id)

    @rule(which=st.integers(0, 2), state=st.sampled_from(AgentState), mishap=MISHAPS)
    def presence(self, which: int, state: AgentState, mishap: Mishap | None) -> None:
        """An agent becomes ready, not ready or leaves, in the middle of anything."""
        agent = self.staff[which]
        self.attempt(lambda: agents.set_state(self.plant.app, agent, state, None, "api"), mishap)

    @precondition(lambda self: offers_made(self))
    @rule(which=WHICH, mishap=MISHAPS)
    def accept(self, which: int, mishap: Mishap | None) -> None:
        """An agent accepts an offer, perhaps long over."""
        part = self.offer(which)
        if part is not None:
            agent, rid = part
            contact_id, app = contact_of_offer(rid), self.plant.app
            self.attempt(
                lambda: offers.accept(app, agent, contact_id, rid, "api"), mishap, about=rid
            )

    @precondition(lambda self: offers_made(self))
    @rule(which=st.integers(0, 2), mishap=MISHAPS)
    def talk(self, which: int, mishap: Mishap | None) -> None:
        """An agent takes what rings, and the legs join."""
        part = self.offer(which)
        if part is not None:
            self._connect(contact_of_offer(part[1]), part[1], mishap)

    def _connect(self, contact_id: str, rid: str, mishap: Mishap | None) -> None:
        plant = self.plant
        agent = plant.contact(contact_id).agent or self.staff[0]
        self.attempt(
            lambda: offers.accept(plant.app, agent, contact_id, rid, "api"), mishap, about=rid
        )
        self.attempt(lambda: plant.agent_joins(contact_id, rid), None, about=rid)
        self.attempt(lambda: plant.caller_joins(contact_id), None)

    @precondition(lambda self: offers_made(self))
    @rule(which=WHICH, mishap=MISHAPS)
    def decline(self, which: int, mishap: Mishap | None) -> None:
        """An agent declines an offer, perhaps long over."""
        part = self.offer(which)
        if part is not None:
            agent, rid = part
            contact_id, app = contact_of_offer(rid), self.plant.app
            self.attempt(
                lambda: offers.decline(app, agent, contact_id, rid, "busy", "api"),
                mishap,
                about=rid,
            )

    @precondition(lambda self: offers_made(self))
    @rule(which=WHICH, mishap=MISHAPS)
    def acknowledge(self, which: int, mishap: Mishap | None) -> None:
        """An agent's page says that an offer reached it."""
        part = self.offer(which)
        if part is not None:
            agent, rid = part
            self.attempt(
                lambda: offers.acknowledge(self.plant.app, agent, rid, "ws"), mishap, about=rid
            )

    @precondition(lambda self: offers_made(self))
    @rule(which=WHICH, mishap=MISHAPS)
    def agent_hangs_up(self, which: int, mishap: Mishap | None) -> None:
        """An agent ends a conversation, or tries to."""
        part = self.offer(which)
        if part is not None:
            agent, rid = part
            self.attempt(
                lambda: agents.hang_up(self.plant.app, agent, contact_of_offer(rid), "api"), mishap
            )

    @precondition(lambda self: offers_made(self))
    @rule(which=WHICH, filed=st.sampled_from(["resolved", "other", "nonsense"]), mishap=MISHAPS)
    def dispose(self, which: int, filed: str, mishap: Mishap | None) -> None:
        """An agent files a disposition, perhaps too early or of no such kind."""
        part = self.offer(which)
        if part is not None:
            agent, rid = part
            contact_id, app = contact_of_offer(rid), self.plant.app
            self.attempt(lambda: agents.dispose(app, agent, contact_id, filed, "api"), mishap)

    @rule(which=st.integers(0, 2), page=st.integers(0, 1), mishap=MISHAPS)
    def page_opens(self, which: int, page: int, mishap: Mishap | None) -> None:
        """An agent opens a page."""
        app, agent = self.plant.app, self.staff[which]
        self.attempt(
            lambda: agents.connect(app, f"{agent}/{page}", agents.issue_ticket(app, agent)), mishap
        )

    @rule(which=st.integers(0, 2), page=st.integers(0, 1), mishap=MISHAPS)
    def page_closes(self, which: int, page: int, mishap: Mishap | None) -> None:
        """A page of an agent closes."""
        connection = f"{self.staff[which]}/{page}"
        self.attempt(lambda: agents.disconnect(self.plant.app, connection), mishap)

    @rule(mishap=MISHAPS)
    def next_timer(self, mishap: Mishap | None) -> None:
        """The next timer fires; one whose function died comes again."""
        clock, queue = self.plant.world.clock, self.plant.world.timers
        due = queue.next_at()
        if due is None:
            return
        clock.move_to(due)
        (timer,) = queue.due(1)
        self.plant.fired.append(timer)
        app = self.plant.app
        done = self.attempt(
            lambda: timers.fire(app, timer, "timer"), mishap, about=timer.rid, of_a_person=False
        )
        if not done:
            queue._enqueue(replace(timer, delay_ms=30_000))

    @precondition(lambda self: self.plant.fired)
    @rule(which=st.integers(0, 50), mishap=MISHAPS)
    def timer_again(self, which: int, mishap: Mishap | None) -> None:
        """A timer that fired before is delivered once more."""
        timer = self.plant.fired[which % len(self.plant.fired)]
        app = self.plant.app
        self.attempt(
            lambda: timers.fire(app, timer, "timer"), mishap, about=timer.rid, of_a_person=False
        )

    @rule(mishap=MISHAPS)
    def nudges(self, mishap: Mishap | None) -> None:
        """The consumer drains what was nudged; if it dies the nudge comes again."""
        if not self.attempt(self.plant.drain_nudged, mishap, of_a_person=False):
            self.plant.world.nudges.send("main")

    @rule(limit=st.integers(1, 8), refused=st.booleans(), mishap=MISHAPS)
    def relay(self, limit: int, refused: bool, mishap: Mishap | None) -> None:
        """The relay gets a batch; what fails, dies or is refused comes again."""
        refusals = iter([refused])
        self.plant.world.bus.refuses = lambda _: next(refusals, False)
        if not self.attempt(lambda: self.plant.relay(limit), mishap, of_a_person=False):
            self.plant.stream.redeliver()
        self.plant.world.bus.refuses = None

    @precondition(lambda self: self.plant.everything)
    @rule(which=st.integers(0, 200), size=st.integers(1, 6), mishap=MISHAPS)
    def stream_again(self, which: int, size: int, mishap: Mishap | None) -> None:
        """A batch that was relayed before is delivered once more."""
        at = which % len(self.plant.everything)
        batch = self.plant.everything[at : at + size]
        self.attempt(lambda: self.plant.deliver(batch), mishap, of_a_person=False)

    @rule(mishap=MISHAPS)
    def minute_sweep(self, mishap: Mishap | None) -> None:
        """The sweep runs."""
        self.attempt(self.plant.sweep, mishap, of_a_person=False)

    @rule(milliseconds=st.sampled_from([1, 50, 1_000, 7_000, 31_000, 61_000, 301_000]))
    def time_passes(self, milliseconds: int) -> None:
        """Time passes; timers wait in their queue meanwhile, as when their function is slow."""
        self.plant.world.clock.advance(milliseconds)

    @rule(milliseconds=st.sampled_from([1, 200, 3_000]))
    def clock_steps_back(self, milliseconds: int) -> None:
        """A server's clock is corrected."""
        self.plant.world.clock.advance(-milliseconds)

    @rule(
        lose=st.sampled_from([0.0, 0.0, 0.5]),
        duplicate=st.sampled_from([0.0, 0.5]),
        late_ms=st.sampled_from([0.0, 3_000.0]),
    )
    def weather(self, lose: float, duplicate: float, late_ms: float) -> None:
        """From now on messages are lost, doubled and late, or not."""
        for queue in (self.plant.world.timers, self.plant.world.nudges):
            queue.mishaps.lose, queue.mishaps.duplicate = lose, duplicate
            queue.mishaps.late_ms = late_ms

    @rule(mute=st.booleans())
    def carrier(self, mute: bool) -> None:
        """The carrier cannot tell, or can again, which calls exist."""
        self.plant.world.media.mute = mute

    @rule()
    def fair_weather(self) -> None:
        """Nothing fails for a heartbeat and the lag: who could be served by then is."""
        self.weather(0.0, 0.0, 0.0)
        self.plant.witness.fair = not self.lagging
        before = beside(self.plant.look())
        self.plant.relay()
        self.plant.sweep()
        self.plant.advance(12_000)
        self.plant.relay()
        still = before & beside(self.plant.look())
        assert not still, f"{still} waited beside each other"

    @invariant()
    def hold(self) -> None:
        """Every invariant holds after every step."""
        if hasattr(self, "plant"):
            self.plant.look()

    def teardown(self) -> None:
        """In the end everything is delivered and nothing is stuck."""
        if hasattr(self, "plant"):
            self.plant.witness.fair = not self.lagging
            self.plant.come_to_rest()
